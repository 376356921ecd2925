//! The functions of a chunk and their instructions in order, each with its place and its version of
//! Lua.

use super::extension::Extension;
use super::path::{Step, TreePath};
use super::proto::{Chunk, Proto};
use crate::opcodes::{Instruction, InstructionSet, Opcode, Operand};
use crate::version::{Version, with_version};

impl<'a> Chunk<'a> {
    /// Returns the functions in the order of a listing: each before the functions inside it.
    pub fn functions(&self) -> Functions<'_, 'a> {
        Functions {
            version: self.version,
            extension: self.extension(),
            main: Some(&self.main),
            stack: Vec::new(),
        }
    }

    /// Returns the place of the first instruction with an opcode that the chunk's version does not
    /// have.
    pub fn find_unknown(&self) -> Option<TreePath> {
        self.functions().find_map(|function| {
            let mut instructions = function.instructions();
            let is_unknown = |i: &InstructionAt| !i.is_operand && i.opcode().is_unknown();
            let unknown = instructions.find(is_unknown)?;
            let mut path = function.path;
            path.0.push(Step::Instruction(unknown.pc));
            Some(path)
        })
    }
}

/// The functions of a chunk. See [`Chunk::functions`].
pub struct Functions<'c, 'a> {
    version: Version,
    extension: &'c Extension,
    /// The main function, until it has been returned.
    main: Option<&'c Proto<'a>>,
    /// The function returned last, after those around it, each with the index of the next function
    /// inside it.
    stack: Vec<(&'c Proto<'a>, usize)>,
}

impl<'c, 'a> Iterator for Functions<'c, 'a> {
    type Item = FunctionAt<'c, 'a>;

    fn next(&mut self) -> Option<FunctionAt<'c, 'a>> {
        let proto = match self.main.take() {
            Some(main) => main,
            None => loop {
                let (around, next) = self.stack.last_mut()?;
                if let Some(inside) = around.p.get(*next) {
                    *next += 1;
                    break inside;
                }
                self.stack.pop();
            },
        };
        let steps = self.stack.iter().map(|(_, next)| Step::Function(next - 1));
        let path = TreePath(steps.collect());
        self.stack.push((proto, 0));
        Some(FunctionAt {
            version: self.version,
            extension: self.extension,
            path,
            proto,
        })
    }
}

/// A function and its place in a chunk.
#[derive(Clone, Debug)]
pub struct FunctionAt<'c, 'a> {
    /// The version of Lua of the chunk.
    pub version: Version,
    /// What a dialect adds to it.
    pub extension: &'c Extension,
    /// Its place in the chunk.
    pub path: TreePath,
    /// The function.
    pub proto: &'c Proto<'a>,
}

impl<'c, 'a> FunctionAt<'c, 'a> {
    /// Returns the instructions in order.
    pub fn instructions(&self) -> impl Iterator<Item = InstructionAt<'c, 'a>> + use<'c, 'a> {
        let (version, extension, proto) = (self.version, self.extension, self.proto);
        let mut is_operand = false;
        proto.code.iter().enumerate().map(move |(pc, word)| {
            let instruction = InstructionAt {
                version,
                extension,
                proto,
                pc,
                word,
                is_operand,
            };
            is_operand = !is_operand && with_version!(version, V => V::takes_bare_word(word));
            instruction
        })
    }
}

/// An instruction and its place in a function. It displays as its opcode and its operands with
/// their values: `GETTABUP R0 U0(_ENV) "print"`. A constant is looked up from the start of the
/// function's list.
#[derive(Clone, Copy)]
pub struct InstructionAt<'c, 'a> {
    pub(crate) version: Version,
    pub(crate) extension: &'c Extension,
    pub(crate) proto: &'c Proto<'a>,
    pub(crate) pc: usize,
    pub(crate) word: Instruction,
    /// True if this is not an instruction but an operand of the one before.
    is_operand: bool,
}

impl<'c> InstructionAt<'c, '_> {
    /// Returns the index in the function's code.
    pub fn pc(&self) -> usize {
        self.pc
    }

    /// Returns the instruction's word.
    pub fn word(&self) -> Instruction {
        self.word
    }

    /// Returns the opcode's row in the table of the version.
    pub fn opcode(&self) -> &'c Opcode {
        self.extension.opcode_of(self.version, self.word)
    }

    /// Returns whether this is not an instruction but an operand of the one before, as after a SETLIST of
    /// Lua 5.1.
    pub fn is_operand(&self) -> bool {
        self.is_operand
    }

    /// Returns the index that it jumps to, if it jumps. The function may have no such instruction.
    pub fn target(&self) -> Option<i64> {
        let operands = self.opcode().operands;
        let label = operands.into_iter().position(Operand::is_label);
        let label = label.filter(|_| !self.is_operand)?;
        let distance = with_version!(self.version, V => {
            V::distance(operands[label], V::fields_of(self.opcode(), self.word)[label])
        });
        Some(self.pc as i64 + 1 + distance)
    }

    /// Returns the line, if the function has line information.
    pub fn line(&self) -> Option<i32> {
        self.proto.lineinfo.get(self.pc)
    }
}
