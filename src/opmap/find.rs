//! The map of a VM from one source compiled by it and by Lua.

use thiserror::Error;

use super::map::{OpcodeMap, is_opcode, next_word_is_bare, number_of};
use crate::chunk::{Chunk, Proto, Step, TreePath};
use crate::version::Version;

/// Why two chunks give no map, and where.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{path}: {mismatch}")]
pub struct FindError {
    /// The first place at which they are at odds.
    pub path: TreePath,
    /// In what.
    pub mismatch: Mismatch,
}

/// In what two chunks are at odds.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Mismatch {
    /// The versions of the chunks.
    #[error("the foreign chunk is of {}, the original one of {}", foreign.name(), original.name())]
    Version {
        /// That of the foreign chunk.
        foreign: Version,
        /// That of the original one.
        original: Version,
    },
    /// The number of functions inside.
    #[error("{foreign} functions inside, {original} in the original")]
    Functions {
        /// That of the foreign chunk.
        foreign: usize,
        /// That of the original one.
        original: usize,
    },
    /// The number of instructions.
    #[error("{foreign} instructions, {original} in the original")]
    Instructions {
        /// That of the foreign chunk.
        foreign: usize,
        /// That of the original one.
        original: usize,
    },
    /// An opcode of the original that Lua does not have.
    #[error("the original has an unknown opcode here, {0}: is it the foreign one?")]
    Unknown(u8),
    /// What an instruction is apart from its opcode.
    #[error(
        "the operands differ, apart from the opcode: {foreign:#010x}, {original:#010x} in the original"
    )]
    Operands {
        /// The word of the foreign chunk.
        foreign: u32,
        /// That of the original one.
        original: u32,
    },
    /// The number is two opcodes.
    #[error("the number {number} is {name} here, and {before} at {at}")]
    Number {
        /// The number.
        number: u8,
        /// What it is here.
        name: &'static str,
        /// What it was before.
        before: &'static str,
        /// Where.
        at: TreePath,
    },
    /// The opcode has two numbers.
    #[error("{name} is the number {number} here, and {before} at {at}")]
    Name {
        /// The opcode.
        name: &'static str,
        /// Its number here.
        number: u8,
        /// Its number before.
        before: u8,
        /// Where.
        at: TreePath,
    },
}

/// Finds the map of a VM from a chunk of it and the chunk that Lua makes of the same source. Only the
/// code is looked at: names and constants may differ. An opcode that does not occur has no number.
///
/// # Errors
/// The first place at which the chunks are not of one source, or contradict what came before.
pub fn find(foreign: &Chunk, original: &Chunk) -> Result<OpcodeMap, FindError> {
    let version = original.version;
    let mut found = Find {
        version,
        seen: vec![None; version.opcode_values()],
        path: Vec::new(),
    };
    let looked = if foreign.version == version {
        found.function(&foreign.main, &original.main)
    } else {
        Err(Mismatch::Version {
            foreign: foreign.version,
            original: version,
        })
    };
    match looked {
        Ok(()) => {
            let own = found.seen.into_iter().map(|seen| Some(seen?.0)).collect();
            Ok(OpcodeMap::new(version, own))
        }
        Err(mismatch) => Err(FindError {
            path: TreePath(found.path),
            mismatch,
        }),
    }
}

struct Find {
    version: Version,
    /// What each foreign number is, and where that was seen first.
    seen: Vec<Option<(u8, TreePath)>>,
    /// The place being looked at.
    path: Vec<Step>,
}

impl Find {
    fn function(&mut self, foreign: &Proto, original: &Proto) -> Result<(), Mismatch> {
        if foreign.code.len() != original.code.len() {
            return Err(Mismatch::Instructions {
                foreign: foreign.code.len(),
                original: original.code.len(),
            });
        }
        if foreign.p.len() != original.p.len() {
            return Err(Mismatch::Functions {
                foreign: foreign.p.len(),
                original: original.p.len(),
            });
        }
        let mut is_bare = false;
        for (pc, (word, own)) in foreign.code.iter().zip(&original.code).enumerate() {
            self.path.push(Step::Instruction(pc));
            let (number, opcode) = (number_of(self.version, word), number_of(self.version, own));
            // Equal but for the opcode; a word that is all operand has none.
            let beyond = if is_bare { 0 } else { number ^ opcode };
            if word.0 ^ own.0 != u32::from(beyond) {
                return Err(Mismatch::Operands {
                    foreign: word.0,
                    original: own.0,
                });
            }
            if !is_bare {
                self.pair(number, opcode)?;
            }
            is_bare = !is_bare && next_word_is_bare(self.version, own);
            self.path.pop();
        }
        for (i, (foreign, original)) in foreign.p.iter().zip(&original.p).enumerate() {
            self.path.push(Step::Function(i));
            self.function(foreign, original)?;
            self.path.pop();
        }
        Ok(())
    }

    /// Notes that a number is an opcode.
    fn pair(&mut self, number: u8, opcode: u8) -> Result<(), Mismatch> {
        if !is_opcode(self.version, opcode) {
            return Err(Mismatch::Unknown(opcode));
        }
        let name = |opcode: u8| self.version.opcode(opcode).name();
        match &self.seen[usize::from(number)] {
            Some((before, _)) if *before == opcode => return Ok(()),
            Some((before, at)) => {
                return Err(Mismatch::Number {
                    number,
                    name: name(opcode),
                    before: name(*before),
                    at: at.clone(),
                });
            }
            None => {}
        }
        let mut others = (0..).zip(&self.seen);
        let other = others.find_map(|(number, seen)| match seen {
            Some((before, at)) if *before == opcode => Some((number, at)),
            _ => None,
        });
        if let Some((before, at)) = other {
            return Err(Mismatch::Name {
                name: name(opcode),
                number,
                before,
                at: at.clone(),
            });
        }
        self.seen[usize::from(number)] = Some((opcode, TreePath(self.path.clone())));
        Ok(())
    }
}
