//! Numbers to opcodes and back, and the code of a chunk from one numbering to the other.

use thiserror::Error;

use crate::chunk::{Chunk, PackedWords, Proto, Step, TreePath};
use crate::opcodes::{Instruction, InstructionSet};
use crate::version::{Version, with_version};

/// Which opcode each number of a foreign VM is.
///
/// A number without a name is kept as an unknown opcode: as itself if Lua has no such opcode, else
/// as the lowest number that is free. So code goes both ways without loss. If the map leaves so many
/// opcodes without a number that there are not enough unknown ones, the highest numbers have none.
#[derive(Clone, Debug, PartialEq)]
pub struct OpcodeMap {
    version: Version,
    /// Lua's own number of each foreign one.
    own: Vec<Option<u8>>,
    /// The foreign number of each of Lua's own.
    foreign: Vec<Option<u8>>,
}

/// An instruction whose opcode has no number on the other side, and where it is.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{path}: {unmapped}")]
pub struct RenumberError {
    /// The place of the instruction.
    pub path: TreePath,
    /// What the map lacks.
    pub unmapped: Unmapped,
}

/// What a map lacks.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Unmapped {
    /// The name of a foreign number.
    #[error(
        "the opcode map has no name for the number {0}, nor is there an unknown opcode left for it"
    )]
    Name(u8),
    /// The number of one of Lua's opcodes.
    #[error("the opcode map has no number for {0}")]
    Number(&'static str),
}

/// To which numbering: Lua's own from the foreign one, or back.
#[derive(Clone, Copy, PartialEq)]
enum Numbering {
    Own,
    Foreign,
    /// Lua's own for people to look at, which always succeeds.
    Shown,
}

impl OpcodeMap {
    /// The map in which `own[n]` is what the foreign number `n` stands for. No opcode occurs twice.
    pub(super) fn new(version: Version, mut own: Vec<Option<u8>>) -> OpcodeMap {
        let mut foreign = vec![None; own.len()];
        for (number, own) in (0..).zip(&own) {
            if let Some(own) = own {
                foreign[usize::from(*own)] = Some(number);
            }
        }
        // Who has a name or can stay as it is comes first.
        let numbers = 0..own.len() as u8;
        let (known, unknown): (Vec<u8>, Vec<u8>) =
            numbers.partition(|number| is_opcode(version, *number));
        for number in unknown.iter().chain(&known).copied() {
            if own[usize::from(number)].is_some() {
                continue;
            }
            let is_free = |place: &u8| foreign[usize::from(*place)].is_none();
            let itself = Some(number).filter(|number| !is_opcode(version, *number));
            let mut free = itself.into_iter().chain(unknown.iter().copied());
            if let Some(place) = free.find(is_free) {
                own[usize::from(number)] = Some(place);
                foreign[usize::from(place)] = Some(number);
            }
        }
        OpcodeMap {
            version,
            own,
            foreign,
        }
    }

    /// The version of Lua whose opcodes they are.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The foreign numbers that have a name, in order, each with that name.
    pub fn names(&self) -> impl Iterator<Item = (u8, &'static str)> {
        let numbers = (0..).zip(&self.own);
        numbers.filter_map(|(number, own)| {
            let own = own.filter(|own| is_opcode(self.version, *own))?;
            Some((number, self.version.opcode(own).name()))
        })
    }

    /// The names of Lua's opcodes that have no number, in Lua's order.
    pub fn unnamed(&self) -> impl Iterator<Item = &'static str> {
        let numbers = (0..).zip(&self.foreign);
        let without =
            numbers.filter(|(own, foreign)| foreign.is_none() && is_opcode(self.version, *own));
        without.map(|(own, _)| self.version.opcode(own).name())
    }

    /// Turns the foreign numbers in the code of a chunk into Lua's own.
    ///
    /// # Errors
    /// The first instruction whose number has no name and cannot be kept as an unknown opcode. Code
    /// before it has been turned.
    pub fn to_own(&self, chunk: &mut Chunk) -> Result<(), RenumberError> {
        self.function(&mut chunk.main, Numbering::Own, &mut Vec::new())
    }

    /// Turns Lua's own numbers in the code of a chunk into the foreign ones: undoes
    /// [`to_own`](Self::to_own).
    ///
    /// # Errors
    /// The first instruction whose opcode has no number. Code before it has been turned.
    pub fn to_foreign(&self, chunk: &mut Chunk) -> Result<(), RenumberError> {
        self.function(&mut chunk.main, Numbering::Foreign, &mut Vec::new())
    }

    /// The instruction with Lua's own number. One whose number cannot be kept becomes an unknown
    /// opcode all the same, that with the highest number.
    pub fn shown(&self, i: Instruction) -> Instruction {
        let last = self.own.len() as u8 - 1;
        let own = self.own[usize::from(number_of(self.version, i))].unwrap_or(last);
        with_number(self.version, i, own)
    }

    /// Turns all instructions into what [`shown`](Self::shown) makes of them.
    pub(crate) fn show(&self, chunk: &mut Chunk) {
        let shown = self.function(&mut chunk.main, Numbering::Shown, &mut Vec::new());
        debug_assert_eq!(shown, Ok(()));
    }

    fn function(
        &self,
        p: &mut Proto,
        way: Numbering,
        steps: &mut Vec<Step>,
    ) -> Result<(), RenumberError> {
        let mut code = PackedWords::default();
        code.reserve(p.code.len());
        let mut is_bare = false;
        for (pc, i) in p.code.iter().enumerate() {
            // A word that is all operand has no opcode.
            let turned = if is_bare { Ok(i) } else { self.turned(i, way) };
            let turned = turned.map_err(|unmapped| {
                steps.push(Step::Instruction(pc));
                let path = TreePath(std::mem::take(steps));
                RenumberError { path, unmapped }
            })?;
            let own = if way == Numbering::Foreign { i } else { turned };
            is_bare = !is_bare && next_word_is_bare(self.version, own);
            code.push(turned);
        }
        p.code = code;
        for (i, p) in p.p.iter_mut().enumerate() {
            steps.push(Step::Function(i));
            self.function(p, way, steps)?;
            steps.pop();
        }
        Ok(())
    }

    fn turned(&self, i: Instruction, way: Numbering) -> Result<Instruction, Unmapped> {
        let number = number_of(self.version, i);
        let turned = match way {
            Numbering::Shown => return Ok(self.shown(i)),
            Numbering::Own => self.own[usize::from(number)].ok_or(Unmapped::Name(number)),
            Numbering::Foreign => self.foreign[usize::from(number)]
                .ok_or_else(|| Unmapped::Number(self.version.opcode(number).name())),
        }?;
        Ok(with_number(self.version, i, turned))
    }
}

/// Whether a number is that of an opcode of Lua's.
pub(super) fn is_opcode(version: Version, number: u8) -> bool {
    !version.opcode(number).is_unknown()
}

/// The opcode number of an instruction.
pub(super) fn number_of(version: Version, i: Instruction) -> u8 {
    (i.0 & mask(version)) as u8
}

fn with_number(version: Version, i: Instruction, number: u8) -> Instruction {
    Instruction(i.0 & !mask(version) | u32::from(number))
}

fn mask(version: Version) -> u32 {
    version.opcode_values() as u32 - 1
}

/// Whether the word after an instruction is all operand.
pub(super) fn next_word_is_bare(version: Version, i: Instruction) -> bool {
    with_version!(version, V => V::takes_bare_word(i))
}
