//! What the jobs of the command share: inputs, outputs, messages and threads.

mod budget;
pub mod claims;
mod closed;
pub mod color;
pub mod folder;
pub mod input;
pub mod json;
pub mod memory;
pub mod messages;
#[cfg(feature = "dataset")]
pub mod named;
mod nameless;
pub mod names;
pub mod ordered;
pub mod output;
pub mod pending;
pub mod progress;
mod room;
pub mod shown;
pub mod signals;
pub mod usage;

#[cfg(feature = "dataset")]
pub mod compressed;
#[cfg(feature = "dataset")]
pub mod rows;
