//! What there is to say about an instruction beyond its operands.

use super::operand::constant_of;
pub(crate) use crate::opcodes::Comment;
use crate::opcodes::Instruction;

impl Comment {
    /// Whether there is anything to tell about an instruction.
    pub fn is_silent(self, i: Instruction) -> bool {
        match self {
            Comment::Silent => true,
            Comment::C => constant_of(i.c()).is_none(),
            Comment::BC => constant_of(i.b()).is_none() && constant_of(i.c()).is_none(),
            _ => false,
        }
    }
}
