//! Code that Lua loads but no compiler emits: a sign that the chunk is of a modified Lua, whose opcodes
//! mean something else.

use thiserror::Error;

use super::path::{Step, TreePath};
use super::proto::{Chunk, Proto};
use crate::opcodes::{BITRK, Instruction, InstructionSet, NextWord, OpMode, Opcode, Operand};
use crate::version::with_version;

/// The first place with code that no compiler emits.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{path}: {problem}")]
pub struct Impossible {
    /// The place of the instruction.
    pub path: TreePath,
    /// What is impossible about it.
    pub problem: ImpossibleCode,
}

/// Why no compiler emits an instruction.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImpossibleCode {
    /// The number is not an opcode.
    #[error("unknown opcode {0}")]
    Unknown(u8),
    /// An EXTRAARG after an instruction that does not take one.
    #[error("EXTRAARG after no instruction that takes it")]
    Stray,
    /// An instruction without the one that must follow it.
    #[error("{opcode} without {follower} after it")]
    Alone {
        /// The opcode.
        opcode: String,
        /// The opcode that must follow.
        follower: &'static str,
    },
    /// An operand that refers to something that the function does not have.
    #[error("{opcode} with {what} {index}, but the function has {count}")]
    Beyond {
        /// The opcode.
        opcode: String,
        /// What the operand refers to.
        what: &'static str,
        /// Its index.
        index: u32,
        /// How many there are.
        count: usize,
    },
}

impl Chunk<'_> {
    /// Returns the first place with code that no compiler emits, in the order of
    /// [`functions`](Chunk::functions): an unknown opcode, a register, constant, upvalue or function that
    /// is not there, a test without a jump after it, or an EXTRAARG that is missing or that nothing takes.
    pub fn find_impossible(&self) -> Option<Impossible> {
        let mut steps = Vec::new();
        let problem = with_version!(self.version, V => self.search::<V>(&self.main, &mut steps))?;
        Some(Impossible {
            path: TreePath(steps),
            problem,
        })
    }

    fn search<S: InstructionSet>(
        &self,
        p: &Proto,
        steps: &mut Vec<Step>,
    ) -> Option<ImpossibleCode> {
        if let Some((pc, problem)) = self.search_code::<S>(p) {
            steps.push(Step::Instruction(pc));
            return Some(problem);
        }
        for (i, inside) in p.p.iter().enumerate() {
            steps.push(Step::Function(i));
            if let Some(problem) = self.search::<S>(inside, steps) {
                return Some(problem);
            }
            steps.pop();
        }
        None
    }

    /// Goes over the code of a function with the table of [`Row`]s, and looks at what it doubts.
    fn search_code<S: InstructionSet>(&self, p: &Proto) -> Option<(usize, ImpossibleCode)> {
        let rows = &<S as Rows>::ROWS;
        let limits = Limits::of(p);
        let mut follower = Follower::Any;
        for (pc, word) in p.code.iter().enumerate() {
            let row = &rows[usize::from(S::op(word) & 127)];
            let is_expected = follower.allows(row.is);
            if (!is_expected | !row.fits::<S>(word, &limits)) && follower != Follower::Word {
                let before = pc.checked_sub(1).and_then(|before| p.code.get(before));
                match (is_expected, before) {
                    (false, Some(before)) if follower != Follower::Any => {
                        return Some((pc - 1, self.alone(before, follower)));
                    }
                    (false, _) => return Some((pc, ImpossibleCode::Stray)),
                    (true, _) => {}
                }
                if let Some(problem) = self.doubt::<S>(p, pc, word) {
                    return Some((pc, problem));
                }
            }
            follower = match follower {
                Follower::Word => Follower::Any,
                _ => row.follower::<S>(word),
            };
        }
        let last = p.code.len().checked_sub(1)?;
        let is_whole = matches!(follower, Follower::Any | Follower::Word);
        (!is_whole).then(|| {
            (
                last,
                self.alone(p.code.last().unwrap_or_default(), follower),
            )
        })
    }

    #[cold]
    fn alone(&self, before: Instruction, follower: Follower) -> ImpossibleCode {
        let opcode = self.extension().opcode_of(self.version, before);
        ImpossibleCode::Alone {
            opcode: opcode.name().to_owned(),
            follower: match follower {
                Follower::ExtraArg => "EXTRAARG",
                Follower::ForLoop => "TFORLOOP",
                _ => "JMP",
            },
        }
    }

    /// Looks at an instruction field by field.
    #[cold]
    fn doubt<S: InstructionSet>(
        &self,
        p: &Proto,
        pc: usize,
        word: Instruction,
    ) -> Option<ImpossibleCode> {
        let row = self.extension().opcode_of(self.version, word);
        if row.is_unknown() {
            return Some(ImpossibleCode::Unknown(S::op(word)));
        }
        let mut fields = S::stored(row.mode, word);
        if S::LAYOUT.has_k() && row.operands[2] == Operand::Rk {
            fields[2] |= fields[3] * BITRK;
        }
        let is_empty_range = match row.name() {
            "RETURN0" => true,
            "RETURN" => fields[1] == 1,
            _ => false,
        };
        let beyond = |what, index: u32, count: usize| {
            (index as usize >= count).then(|| ImpossibleCode::Beyond {
                opcode: row.name().to_owned(),
                what,
                index,
                count,
            })
        };
        if row.name() == "LOADKX" {
            let extra = p.code.get(pc + 1).unwrap_or_default();
            return beyond("constant", S::LAYOUT.ax.get(extra), p.k.len());
        }
        let mut operands = row.operands.into_iter().zip(fields);
        operands.find_map(|(operand, field)| match operand {
            Operand::Register if is_empty_range => None,
            Operand::Rk if field >= BITRK => beyond("constant", field - BITRK, p.k.len()),
            Operand::Register | Operand::Rk => beyond("register", field, p.maxstacksize.into()),
            Operand::Constant => beyond("constant", field, p.k.len()),
            Operand::Name => beyond("constant", field.checked_sub(1)?, p.k.len()),
            Operand::Upvalue => beyond("upvalue", field, p.upvalues.len()),
            Operand::Function => beyond("function", field, p.p.len()),
            _ => None,
        })
    }
}

/// What must follow an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follower {
    /// Anything but an EXTRAARG.
    Any,
    Jump,
    ForLoop,
    ExtraArg,
    /// A word that is not an instruction.
    Word,
}

/// What an opcode is to the instruction before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Other,
    Jump,
    ForLoop,
    ExtraArg,
}

impl Follower {
    #[inline(always)]
    fn allows(self, is: Is) -> bool {
        match self {
            Follower::Any => is != Is::ExtraArg,
            Follower::Jump => is == Is::Jump,
            Follower::ForLoop => is == Is::ForLoop,
            Follower::ExtraArg => is == Is::ExtraArg,
            Follower::Word => true,
        }
    }
}

/// The kinds of operands that have a limit, as indices of [`Limits`]. Each takes two places, the second
/// one for numbers with [`BITRK`].
#[derive(Clone, Copy)]
enum Kind {
    Free = 0,
    Register = 2,
    Rk = 4,
    Constant = 6,
    Upvalue = 8,
    Function = 10,
    Name = 12,
    /// No number is within the limit, so that the instruction is looked at.
    Doubtful = 14,
}

/// The first number that is beyond the limit, for each kind of operand in a function.
struct Limits([u32; 16]);

impl Limits {
    fn of(p: &Proto) -> Limits {
        let registers = p.maxstacksize.into();
        let [constants, upvalues, functions] =
            [p.k.len(), p.upvalues.len(), p.p.len()].map(|count| count as u32);
        let both = |limit: u32| [limit, limit];
        let limits = [
            both(u32::MAX),
            both(registers),
            [registers, BITRK + constants],
            both(constants),
            both(upvalues),
            both(functions),
            both(constants + 1),
            both(0),
        ];
        Limits(std::array::from_fn(|i| limits[i / 2][i % 2]))
    }

    #[inline(always)]
    fn allow(&self, kind: Kind, field: u32) -> bool {
        field < self.0[(kind as usize | (field >> 8 & 1) as usize) & 15]
    }
}

/// What there is to check about an opcode.
#[derive(Clone, Copy)]
struct Row {
    /// The kinds of A, B, C and Bx.
    kinds: [Kind; 4],
    /// True if k makes C a constant.
    has_k: bool,
    is: Is,
    follower: Follower,
    /// True if the follower depends on C or k.
    is_conditional: bool,
}

/// The rows of a version, by the numbers of its opcodes.
trait Rows {
    const ROWS: [Row; 128];
}

impl<S: InstructionSet> Rows for S {
    const ROWS: [Row; 128] = rows(S::OPCODES, S::LAYOUT.has_k());
}

impl Row {
    /// Returns whether the operands are certainly within the limits.
    #[inline(always)]
    fn fits<S: InstructionSet>(&self, i: Instruction, limits: &Limits) -> bool {
        let layout = S::LAYOUT;
        let mut c = layout.c.get(i);
        if layout.has_k() {
            c |= (layout.k.get(i) & u32::from(self.has_k)) * BITRK;
        }
        limits.allow(self.kinds[0], layout.a.get(i))
            & limits.allow(self.kinds[1], layout.b.get(i))
            & limits.allow(self.kinds[2], c)
            & limits.allow(self.kinds[3], layout.bx.get(i))
    }

    #[inline(always)]
    fn follower<S: InstructionSet>(&self, i: Instruction) -> Follower {
        let layout = S::LAYOUT;
        let is_followed = !self.is_conditional
            || match layout.has_k() {
                true => layout.k.get(i) == 1,
                false => layout.c.get(i) == 0,
            };
        match is_followed {
            true => self.follower,
            false => Follower::Any,
        }
    }
}

const fn rows(opcodes: &[Opcode], has_k: bool) -> [Row; 128] {
    let unknown = Row {
        kinds: [Kind::Doubtful, Kind::Free, Kind::Free, Kind::Free],
        has_k: false,
        is: Is::Other,
        follower: Follower::Any,
        is_conditional: false,
    };
    let mut rows = [unknown; 128];
    let mut op = 0;
    while op < opcodes.len() {
        rows[op] = row(&opcodes[op], has_k);
        op += 1;
    }
    rows
}

const fn row(opcode: &Opcode, has_k: bool) -> Row {
    let [a, b, c, _] = opcode.operands;
    let mut kinds = match opcode.mode {
        OpMode::iABC | OpMode::ivABC => [kind(a), kind(b), kind(c), Kind::Free],
        OpMode::iABx | OpMode::iAsBx => [kind(a), Kind::Free, Kind::Free, kind(b)],
        OpMode::iAx | OpMode::isJ | OpMode::iNone => [Kind::Free; 4],
    };
    // Its constant is in the next word.
    if is_named(opcode, b"LOADKX") {
        kinds[1] = Kind::Doubtful;
    }
    Row {
        kinds,
        has_k: has_k && matches!(c, Operand::Rk),
        is: if is_named(opcode, b"JMP") {
            Is::Jump
        } else if is_named(opcode, b"TFORLOOP") {
            Is::ForLoop
        } else if is_named(opcode, b"EXTRAARG") {
            Is::ExtraArg
        } else {
            Is::Other
        },
        follower: match opcode.next {
            NextWord::Plain | NextWord::SkippedIfC => Follower::Any,
            NextWord::Jump if opcode.t => Follower::Jump,
            NextWord::Jump => Follower::ForLoop,
            NextWord::ExtraArg | NextWord::ExtraArgUnlessC | NextWord::ExtraArgIfK => {
                Follower::ExtraArg
            }
            NextWord::BareUnlessC => Follower::Word,
        },
        is_conditional: matches!(
            opcode.next,
            NextWord::ExtraArgUnlessC | NextWord::ExtraArgIfK | NextWord::BareUnlessC
        ),
    }
}

const fn kind(operand: Operand) -> Kind {
    match operand {
        Operand::Register => Kind::Register,
        Operand::Rk => Kind::Rk,
        Operand::Constant => Kind::Constant,
        Operand::Upvalue => Kind::Upvalue,
        Operand::Function => Kind::Function,
        Operand::Name => Kind::Name,
        _ => Kind::Free,
    }
}

const fn is_named(opcode: &Opcode, name: &[u8]) -> bool {
    let found = opcode.name_bytes();
    let mut i = 0;
    while i < name.len() && i < found.len() && found[i] == name[i] {
        i += 1;
    }
    i == name.len() && i == found.len()
}
