//! The set as files: parts, shards, and what is said about it.

pub mod card;
mod continued;
pub mod counts;
mod drops;
pub mod earlier;
mod groups;
mod lock;
pub mod name;
pub mod paths;
mod shards;
pub mod split;
pub mod unfinished;
pub mod writer;
