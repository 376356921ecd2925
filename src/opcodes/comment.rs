//! What the views say beside an instruction.

use super::instruction::{Instruction, constant_of};

/// What a comment beside an instruction tells. A constant is told where the operand is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comment {
    /// Nothing.
    Silent,
    /// The constant Bx.
    Bx,
    /// The constant Ax.
    Ax,
    /// The constant Bx, a global's name.
    Global,
    /// The constant C.
    C,
    /// The constants B and C.
    BC,
    /// The upvalue B.
    Upvalue,
    /// The upvalue B and the constant C.
    UpvalueC,
    /// The upvalue A and the constants B and C.
    UpvalueBC,
    /// Where the jump goes.
    Jump,
    /// Where the jump back of a loop goes.
    Loop,
    /// Where the loop ends, two instructions on.
    Exit,
    /// Where a comparison of B and C goes whose result is not A, and what it compares.
    Compare,
    /// Where a test goes whose value is not as C wants it.
    Test,
    /// The boolean B, and where it goes if C says so.
    Boolean,
    /// The sizes B and C of a new table.
    TableSizes,
    /// What a SETLIST sets.
    SetList,
    /// The function Bx.
    Closure,
}

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
