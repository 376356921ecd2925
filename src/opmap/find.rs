//! Finds the opcode map of a VM from one source compiled by it and by Lua.

use thiserror::Error;

use super::map::{OpcodeMap, is_opcode, next_word_is_bare, number_of};
use crate::chunk::{Chunk, Proto, Step, TreePath};
use crate::opcodes::{Instruction, OpMode, WordLayout};
use crate::version::Version;

/// Why two chunks give no map, and where.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{path}: {mismatch}")]
pub struct FindError {
    /// The first place where the chunks disagree.
    pub path: TreePath,
    /// The disagreement.
    pub mismatch: Mismatch,
}

/// A disagreement of two chunks.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Mismatch {
    /// Different versions.
    #[error("the foreign chunk is of {}, the original of {}", foreign.name(), original.name())]
    Version {
        /// The version of the foreign chunk.
        foreign: Version,
        /// The version of the original.
        original: Version,
    },
    /// Different numbers of functions inside.
    #[error("{foreign} functions in the foreign chunk, {original} in the original")]
    Functions {
        /// The number in the foreign chunk.
        foreign: usize,
        /// The number in the original.
        original: usize,
    },
    /// Different numbers of instructions.
    #[error("{foreign} instructions in the foreign chunk, {original} in the original")]
    Instructions {
        /// The number in the foreign chunk.
        foreign: usize,
        /// The number in the original.
        original: usize,
    },
    /// An unknown opcode in the original.
    #[error("the original has the unknown opcode {0}; is it the foreign chunk?")]
    Unknown(u8),
    /// Different operands.
    #[error(
        "the operands differ: {foreign:#010x} in the foreign chunk, {original:#010x} in the original"
    )]
    Operands {
        /// The word in the foreign chunk.
        foreign: u32,
        /// The word in the original.
        original: u32,
    },
    /// One number for two opcodes.
    #[error("number {number} is {name} here, but {before} at {at}")]
    Number {
        /// The number.
        number: u8,
        /// The opcode here.
        name: &'static str,
        /// The opcode before.
        before: &'static str,
        /// The place before.
        at: TreePath,
    },
    /// Two numbers for one opcode.
    #[error("{name} has number {number} here, but {before} at {at}")]
    Name {
        /// The opcode.
        name: &'static str,
        /// The number here.
        number: u8,
        /// The number before.
        before: u8,
        /// The place before.
        at: TreePath,
    },
}

/// Finds the opcode map of a VM from a chunk that it made and the chunk that Lua makes of the same
/// source. Only the code is compared: names and constants may differ. An opcode that does not occur
/// gets no number.
///
/// # Errors
/// The first place where the chunks are not from one source, or contradict an earlier place.
pub fn find(foreign: &Chunk, original: &Chunk) -> Result<OpcodeMap, FindError> {
    find_in(original.version.layout(), foreign, original)
}

/// Does the same for a VM whose words have another layout.
pub(crate) fn find_in(
    layout: WordLayout,
    foreign: &Chunk,
    original: &Chunk,
) -> Result<OpcodeMap, FindError> {
    let version = original.version;
    let mut found = Find {
        version,
        layout,
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
    /// The layout of foreign words.
    layout: WordLayout,
    /// For each foreign number its opcode, and the place where it was first seen.
    seen: Vec<Option<(u8, TreePath)>>,
    /// The place being compared.
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
            let number = self.layout.op.get(word) as u8;
            let opcode = number_of(self.version, own);
            // A word that is an operand has no opcode.
            let same = match is_bare {
                true => word == own,
                false => self.has_same_operands(word, own),
            };
            if !same {
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

    /// Returns whether a foreign word is equal to one of Lua's except for the opcode.
    fn has_same_operands(&self, foreign: Instruction, own: Instruction) -> bool {
        let layout = self.version.layout();
        if self.layout == layout {
            let op = layout.op.max();
            return foreign.0 & !op == own.0 & !op;
        }
        let fields = |layout: WordLayout| match self.version.opcode_of(own).mode {
            OpMode::iABC | OpMode::ivABC => [layout.a, layout.b, layout.c, layout.k],
            OpMode::iABx | OpMode::iAsBx => [layout.a, layout.bx, layout.bx, layout.bx],
            OpMode::iAx | OpMode::isJ | OpMode::iNone => [layout.ax; 4],
        };
        let mut pairs = fields(self.layout).into_iter().zip(fields(layout));
        pairs.all(|(theirs, ours)| theirs.get(foreign) == ours.get(own))
    }

    /// Records the opcode of a number.
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
