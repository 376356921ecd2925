//! The map from a VM's opcode numbers to Lua's and back, applied to the code of a chunk.

use thiserror::Error;

use crate::chunk::{Chunk, ExtraOpcode, PackedWords, Proto, Step, TreePath};
use crate::opcodes::{BitField, Instruction, InstructionSet, OpMode, WordLayout};
use crate::version::{Version, with_version};

/// The opcodes of a foreign VM's numbers.
///
/// A number without a name is kept as an unknown opcode: itself if Lua has no such opcode,
/// otherwise the lowest free number. So code converts both ways without loss. If the map leaves so
/// many opcodes without a number that the unknown ones do not suffice, the highest numbers have
/// none.
#[derive(Clone, Debug, PartialEq)]
pub struct OpcodeMap {
    version: Version,
    /// Lua's number of each foreign number.
    own: Vec<Option<u8>>,
    /// The foreign number of each of Lua's.
    foreign: Vec<Option<u8>>,
    /// The places of fields in foreign words, if they differ.
    words: Option<ForeignWords>,
}

/// Instruction words whose fields are elsewhere.
#[derive(Clone, Debug, PartialEq)]
struct ForeignWords {
    layout: WordLayout,
    /// The layout of the operands of each of Lua's numbers.
    modes: Vec<OpMode>,
}

/// An instruction whose opcode has no number in the other numbering.
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
        "the opcode map has no name for number {0}, and too few names to keep it as an unknown opcode: add a line .op {0} NAME"
    )]
    Name(u8),
    /// The number of one of Lua's opcodes.
    #[error("the opcode map has no number for {0}")]
    Number(&'static str),
}

/// The numbering to convert to.
#[derive(Clone, Copy, PartialEq)]
enum Numbering {
    Own,
    Foreign,
    /// Lua's, for people to look at; always succeeds.
    Shown,
}

impl OpcodeMap {
    /// Makes the map in which `own[n]` is the opcode of the foreign number `n`. No opcode occurs
    /// twice.
    pub(super) fn new(version: Version, mut own: Vec<Option<u8>>) -> OpcodeMap {
        let mut foreign = vec![None; own.len()];
        for (number, own) in (0..).zip(&own) {
            if let Some(own) = own {
                foreign[usize::from(*own)] = Some(number);
            }
        }
        // Numbers with a name, or that can stay, come first.
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
            words: None,
        }
    }

    /// Makes the map of a dialect whose words have this layout. `added` has the opcodes in `own` that
    /// Lua does not have.
    pub(crate) fn of_dialect(
        version: Version,
        own: Vec<Option<u8>>,
        layout: WordLayout,
        added: &[ExtraOpcode],
    ) -> OpcodeMap {
        let mut map = OpcodeMap::new(version, own);
        if layout != version.layout() {
            let mode = |number| {
                let added = added.iter().find(|opcode| opcode.number == number);
                added
                    .map_or(version.opcode(number), |opcode| &opcode.row)
                    .mode
            };
            let modes = (0..map.own.len() as u8).map(mode).collect();
            map.words = Some(ForeignWords { layout, modes });
        }
        map
    }

    /// Returns the version of Lua whose opcodes the map has.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns the foreign numbers that have a name, in order, with their names.
    pub fn names(&self) -> impl Iterator<Item = (u8, &'static str)> {
        let numbers = (0..).zip(&self.own);
        numbers.filter_map(|(number, own)| {
            let own = own.filter(|own| is_opcode(self.version, *own))?;
            Some((number, self.version.opcode(own).name()))
        })
    }

    /// Returns the names of Lua's opcodes without a number, in Lua's order.
    pub fn unnamed(&self) -> impl Iterator<Item = &'static str> {
        let numbers = (0..).zip(&self.foreign);
        let without =
            numbers.filter(|(own, foreign)| foreign.is_none() && is_opcode(self.version, *own));
        without.map(|(own, _)| self.version.opcode(own).name())
    }

    /// Converts the foreign numbers in the code of a chunk to Lua's.
    ///
    /// # Errors
    /// The first instruction whose number has no name and cannot be kept as an unknown opcode. The
    /// code before it has been converted.
    pub fn to_own(&self, chunk: &mut Chunk) -> Result<(), RenumberError> {
        self.function(&mut chunk.main, Numbering::Own, &mut Vec::new())
    }

    /// Converts Lua's numbers in the code of a chunk to the foreign ones: undoes
    /// [`to_own`](Self::to_own).
    ///
    /// # Errors
    /// The first instruction whose opcode has no number. The code before it has been converted.
    pub fn to_foreign(&self, chunk: &mut Chunk) -> Result<(), RenumberError> {
        self.function(&mut chunk.main, Numbering::Foreign, &mut Vec::new())
    }

    /// Returns the instruction with Lua's number. A number that cannot be kept becomes the unknown
    /// opcode with the highest number.
    pub fn shown(&self, i: Instruction) -> Instruction {
        let last = self.own.len() as u8 - 1;
        let own = self.own[usize::from(self.foreign_number(i))].unwrap_or(last);
        self.with_own(i, own)
    }

    /// Returns the number of a foreign instruction.
    fn foreign_number(&self, i: Instruction) -> u8 {
        match &self.words {
            Some(words) => words.layout.op.get(i) as u8,
            None => number_of(self.version, i),
        }
    }

    /// Returns a foreign instruction with Lua's number.
    fn with_own(&self, i: Instruction, own: u8) -> Instruction {
        match &self.words {
            Some(words) => {
                let to = self.version.layout();
                let mode = words.modes[usize::from(own)];
                Instruction(to.op.put(own.into()) | operands(i, mode, words.layout, to))
            }
            None => with_number(self.version, i, own),
        }
    }

    /// Returns an instruction of Lua's with the foreign number.
    fn with_foreign(&self, i: Instruction, foreign: u8) -> Instruction {
        match &self.words {
            Some(words) => {
                let mode = words.modes[usize::from(number_of(self.version, i))];
                let bits = operands(i, mode, self.version.layout(), words.layout);
                Instruction(words.layout.op.put(foreign.into()) | bits)
            }
            None => with_number(self.version, i, foreign),
        }
    }

    /// Converts all instructions as [`shown`](Self::shown) does.
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
            // A word that is an operand has no opcode.
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
        match way {
            Numbering::Shown => Ok(self.shown(i)),
            Numbering::Own => {
                let number = self.foreign_number(i);
                let own = self.own[usize::from(number)].ok_or(Unmapped::Name(number))?;
                Ok(self.with_own(i, own))
            }
            Numbering::Foreign => {
                let number = number_of(self.version, i);
                let foreign = self.foreign[usize::from(number)]
                    .ok_or_else(|| Unmapped::Number(self.version.opcode(number).name()))?;
                Ok(self.with_foreign(i, foreign))
            }
        }
    }
}

/// Returns the operands of an instruction in words of another layout.
fn operands(i: Instruction, mode: OpMode, from: WordLayout, to: WordLayout) -> u32 {
    let same = |from: BitField, to: BitField| to.put(from.get(i));
    match mode {
        OpMode::iAx | OpMode::isJ => same(from.ax, to.ax),
        OpMode::iABx | OpMode::iAsBx => same(from.a, to.a) | same(from.bx, to.bx),
        // All bits of a word, whatever they are.
        OpMode::iABC | OpMode::ivABC | OpMode::iNone => {
            let [a, k] = [same(from.a, to.a), same(from.k, to.k)];
            a | same(from.b, to.b) | same(from.c, to.c) | k
        }
    }
}

/// Returns whether Lua has an opcode with this number.
pub(super) fn is_opcode(version: Version, number: u8) -> bool {
    !version.opcode(number).is_unknown()
}

/// Returns the opcode number of an instruction.
pub(super) fn number_of(version: Version, i: Instruction) -> u8 {
    (i.0 & mask(version)) as u8
}

fn with_number(version: Version, i: Instruction, number: u8) -> Instruction {
    Instruction(i.0 & !mask(version) | u32::from(number))
}

fn mask(version: Version) -> u32 {
    version.opcode_values() as u32 - 1
}

/// Returns whether the word after an instruction is an operand.
pub(super) fn next_word_is_bare(version: Version, i: Instruction) -> bool {
    with_version!(version, V => V::takes_bare_word(i))
}
