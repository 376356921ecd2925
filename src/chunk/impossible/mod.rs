//! Code that Lua loads but no compiler emits: a sign that the chunk is of a modified Lua, whose opcodes
//! mean something else.

mod suspicious;
mod tags;

use thiserror::Error;

use crate::chunk::path::{Step, TreePath};
use crate::chunk::proto::{Chunk, Proto};
use crate::opcodes::{BITRK, Instruction, InstructionSet, NextWord, Opcode, Operand};
use crate::version::{Version, with_version};
use suspicious::is_suspicious;

/// The first place with code that no compiler emits.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{path}: {problem}")]
pub struct Impossible {
    /// The place of the instruction.
    pub path: TreePath,
    /// What is impossible about it.
    pub problem: ImpossibleCode,
}

/// Why no compiler emits an instruction.
#[derive(Clone, Debug, Error, PartialEq)]
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
    /// Numbers that make sense only if their tags are those of Lua 5.4.
    #[error(
        "no numbers but ones such as {float:?}, which is {integer} with the constant tags of Lua 5.4"
    )]
    Tags {
        /// The first such float.
        float: f64,
        /// The integer with the same bytes.
        integer: i64,
    },
}

impl Chunk<'_> {
    /// Returns the first place with code that no compiler emits, in the order of
    /// [`functions`](Chunk::functions): an unknown opcode, a register, constant, upvalue or function that
    /// is not there, a test without a jump after it, or an EXTRAARG that is missing or that nothing takes.
    /// If there is none, and the numbers of Lua 5.3 make sense only with the constant tags of Lua 5.4,
    /// returns the place of the first.
    pub fn find_impossible(&self) -> Option<Impossible> {
        let mut steps = Vec::new();
        let found = with_version!(self.version, V => self.search::<V>(&self.main, &mut steps));
        let found = found.map(|problem| Impossible {
            path: TreePath(steps),
            problem,
        });
        found.or_else(|| match self.version {
            Version::Lua53 => tags::find_swapped(&self.main),
            _ => None,
        })
    }

    fn search<S: InstructionSet>(
        &self,
        p: &Proto,
        steps: &mut Vec<Step>,
    ) -> Option<ImpossibleCode> {
        if is_suspicious::<S>(p)
            && let Some((pc, problem)) = self.inspect::<S>(p)
        {
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

    /// Looks at each instruction of a function.
    #[cold]
    fn inspect<S: InstructionSet>(&self, p: &Proto) -> Option<(usize, ImpossibleCode)> {
        let row = |word| self.extension().opcode_of(self.version, word);
        let alone = |pc, before, follower| {
            let opcode = row(before).name().to_owned();
            Some((pc, ImpossibleCode::Alone { opcode, follower }))
        };
        // The instruction before that needs another, and that other.
        let mut needs: Option<(usize, Instruction, &str)> = None;
        let mut words = p.code.iter().enumerate();
        while let Some((pc, word)) = words.next() {
            match needs {
                Some((before, opcode, follower)) if row(word).name() != follower => {
                    return alone(before, opcode, follower);
                }
                None if is_extra_arg::<S>(word) => return Some((pc, ImpossibleCode::Stray)),
                _ => {}
            }
            if let Some(problem) = self.doubt::<S>(p, pc, word) {
                return Some((pc, problem));
            }
            needs = follower::<S>(row(word), word).map(|follower| (pc, word, follower));
            if S::takes_bare_word(word) {
                words.next();
            }
        }
        needs.and_then(|(pc, opcode, follower)| alone(pc, opcode, follower))
    }

    /// Looks at an instruction field by field.
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
            // Its constant is in the EXTRAARG after it, if that is there.
            let extra = p.code.get(pc + 1).filter(|extra| is_extra_arg::<S>(*extra));
            let beyond_k =
                extra.and_then(|extra| beyond("constant", S::LAYOUT.ax.get(extra), p.k.len()));
            return beyond_k.or_else(|| beyond("register", fields[0], p.maxstacksize.into()));
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

/// Returns the opcode that must follow an instruction.
fn follower<S: InstructionSet>(row: &Opcode, word: Instruction) -> Option<&'static str> {
    match row.next {
        NextWord::Jump if row.t => Some("JMP"),
        NextWord::Jump => Some("TFORLOOP"),
        NextWord::ExtraArg => Some("EXTRAARG"),
        NextWord::ExtraArgUnlessC => (S::LAYOUT.c.get(word) == 0).then_some("EXTRAARG"),
        NextWord::ExtraArgIfK => (S::LAYOUT.k.get(word) == 1).then_some("EXTRAARG"),
        NextWord::Plain | NextWord::BareUnlessC | NextWord::SkippedIfC => None,
    }
}

fn is_extra_arg<S: InstructionSet>(word: Instruction) -> bool {
    S::row(S::op(word)).name() == "EXTRAARG"
}
