//! The set: its parts, its shards, and the files that describe it.

pub mod card;
pub mod continued;
pub mod counts;
mod formats;
pub mod identity;
mod lengths;
mod lengths_picture;
mod lock;
pub mod outputs;
pub mod paths;
pub mod report;
mod shards;
pub mod unfinished;
pub mod writer;
