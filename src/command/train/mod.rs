//! What the feature `full` adds to the command.

#[cfg(feature = "tokenizer")]
pub mod add_to;
#[cfg(feature = "dataset")]
pub mod dataset;
#[cfg(feature = "tokenizer")]
pub mod tokenizer;
