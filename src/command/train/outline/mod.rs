//! Outlines and the answers to them.

mod id;

pub use id::id;
