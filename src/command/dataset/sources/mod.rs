//! Where sources come from: files and folders, or the rows of a set.

pub mod files;
pub mod item;
mod meta;
pub mod rows;
