//! Lua VMs with their own opcode numbers.
//!
//! Some programs ship a Lua whose opcodes are shuffled. Everything else in its chunks is as usual, so a
//! table of numbers and names is enough to read them:
//!
//! ```
//! use luadec_tok::opmap::OpcodeMap;
//! use luadec_tok::{Chunk, Version};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let bytes = include_bytes!("../../fixtures/demo.luac");
//! # let text = ".op 8 settabup .op 38 return";
//! let map = OpcodeMap::parse(Version::Lua53, text)?;
//! let mut chunk = Chunk::read(bytes)?;
//! map.to_own(&mut chunk)?;
//! # Ok(())
//! # }
//! ```

mod find;
mod map;
mod text;

pub(crate) use find::find_in;
pub use find::{FindError, Mismatch, find};
pub use map::{OpcodeMap, RenumberError, Unmapped};
pub use text::{MapTextError, MapTextProblem};
