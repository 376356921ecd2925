//! The set as files: parts, shards, and what is said about it.

mod append;
pub mod card;
mod counts;
mod drops;
pub mod paths;
mod shards;
pub mod split;
mod unfinished;
pub mod writer;
