//! The functions of a chunk and their instructions, one after another, each with its place and the
//! version of Lua that it is for.

use super::path::{Step, TreePath};
use super::proto::{Chunk, Proto};
use crate::opcodes::{Instruction, InstructionSet, Opcode};
use crate::version::{Version, with_version};

impl<'a> Chunk<'a> {
    /// The functions: the main function, then those inside, each before those inside it.
    pub fn functions(&self) -> Functions<'_, 'a> {
        Functions {
            version: self.version,
            main: Some(&self.main),
            stack: Vec::new(),
        }
    }

    /// The first instruction whose opcode the chunk's version does not have.
    pub fn find_unknown(&self) -> Option<TreePath> {
        self.functions().find_map(|function| {
            let mut instructions = function.instructions();
            let unknown = instructions.find(|i| !i.is_operand && i.opcode().is_unknown())?;
            let mut path = function.path;
            path.0.push(Step::Instruction(unknown.pc));
            Some(path)
        })
    }
}

/// The functions of a chunk (see [`Chunk::functions`]).
pub struct Functions<'c, 'a> {
    version: Version,
    /// The main function, until it has been given.
    main: Option<&'c Proto<'a>>,
    /// The function given last, after those around it, each with the index of the next one inside.
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
            path,
            proto,
        })
    }
}

/// A function and its place in a chunk.
#[derive(Clone, Debug)]
pub struct FunctionAt<'c, 'a> {
    /// The version of Lua that it is for.
    pub version: Version,
    /// Its place in the chunk.
    pub path: TreePath,
    /// The function.
    pub proto: &'c Proto<'a>,
}

impl<'c, 'a> FunctionAt<'c, 'a> {
    /// The instructions in order.
    pub fn instructions(&self) -> impl Iterator<Item = InstructionAt<'c, 'a>> + use<'c, 'a> {
        let (version, proto) = (self.version, self.proto);
        let mut is_operand = false;
        proto.code.iter().enumerate().map(move |(pc, word)| {
            let instruction = InstructionAt {
                version,
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

/// An instruction and its place in a function. It shows as its opcode and its operands with their
/// values: `GETTABUP R0 U0(_ENV) "print"`.
#[derive(Clone, Copy)]
pub struct InstructionAt<'c, 'a> {
    pub(crate) version: Version,
    pub(crate) proto: &'c Proto<'a>,
    pub(crate) pc: usize,
    pub(crate) word: Instruction,
    /// Whether this is not an instruction but the operand of the one before.
    is_operand: bool,
}

impl InstructionAt<'_, '_> {
    /// The index in the function's code.
    pub fn pc(&self) -> usize {
        self.pc
    }

    /// The word.
    pub fn word(&self) -> Instruction {
        self.word
    }

    /// The row of the opcode in its version's table.
    pub fn opcode(&self) -> &'static Opcode {
        self.version.opcode_of(self.word)
    }

    /// The line, if the function has it.
    pub fn line(&self) -> Option<i32> {
        self.proto.lineinfo.get(self.pc)
    }
}
