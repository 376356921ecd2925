//! What the subcommands share: inputs, outputs, messages and threads.

pub mod chunks;
pub mod claims;
pub mod input;
pub mod json;
pub mod memory;
pub mod messages;
#[cfg(feature = "dataset")]
pub mod named;
pub mod ordered;
pub mod output;
pub mod output_dir;
pub mod pending;
mod preallocation;
pub mod progress;
pub mod shown;
pub mod signals;

#[cfg(feature = "dataset")]
pub mod compressed;
#[cfg(feature = "dataset")]
pub mod rows;
