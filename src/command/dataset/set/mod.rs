//! The set as files: parts, shards, and what is said about it.

pub mod card;
mod continued;
mod counts;
mod drops;
mod lock;
pub mod paths;
mod shards;
pub mod split;
pub mod unfinished;
pub mod writer;
