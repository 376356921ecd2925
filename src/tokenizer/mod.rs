//! Streams as the ids of a `tokenizer.json`.
//!
//! A tokenizer finds the added tokens of a text before it splits the rest, so the ids of a stream
//! are the ids of its pieces: a fixed run of tokens is a fixed list of ids, and a value between two
//! tokens is encoded once and remembered. [`Ids`] is the sink that does this. [`Tokenizer`] refuses
//! files with options that would break this rule.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use luadec_tok::stream::Language;
//! use luadec_tok::tokenizer::{Ids, Tokenizer};
//!
//! let tokenizer = Tokenizer::from_bytes(&std::fs::read("tokenizer.json")?, Language::Full)?;
//! let bytes = std::fs::read("input.luac")?;
//! let chunk = luadec_tok::undump(&bytes)?.chunk;
//! let mut ids = Ids::new(Arc::new(tokenizer), Vec::new(), 64 << 20);
//! ids.emit(&chunk)?;
//! println!("{:?}", ids.finish()?);
//! # Ok(())
//! # }
//! ```

mod add;
mod check;
mod directory;
mod error;
mod hazard;
mod ids;
mod load;
mod memo;
mod round_trip;
mod special;
mod train;

pub use crate::stream::is_special;
pub use add::{Extended, add_vocabulary};
pub use directory::{CHATML, Directory, add_to_directory};
pub use error::TokenizerError;
pub use hazard::Hazard;
pub use ids::{Ids, TakeIds};
pub use load::Tokenizer;
pub use round_trip::LostText;
pub use train::{FEWEST, Trained, WordCounts};
