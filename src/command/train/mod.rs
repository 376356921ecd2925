//! Subcommands and options for training, which the feature `full` adds.

#[cfg(feature = "tokenizer")]
pub mod add_to;
#[cfg(feature = "score")]
pub mod ask;
#[cfg(feature = "score")]
pub mod assemble;
#[cfg(feature = "dataset")]
pub mod compile;
#[cfg(feature = "dataset")]
pub mod dataset;
#[cfg(feature = "dataset")]
mod hash;
#[cfg(feature = "dataset")]
pub mod helper;
#[cfg(feature = "dataset")]
pub mod outline;
#[cfg(feature = "score")]
pub mod score;
#[cfg(feature = "tokenizer")]
pub mod tokenizer;
#[cfg(feature = "dataset")]
pub mod train_base;
