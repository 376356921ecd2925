//! Records as ids: their frame, their lengths, and the files that hold them.

pub mod arrow;
mod bin;
pub mod encode;
pub mod file;
mod frame;
pub mod lengths;
mod npy;
pub mod picture;
