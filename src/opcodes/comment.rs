//! What the views say beside an instruction.

use super::instruction::{Instruction, constant_of};

/// What the comment beside an instruction shows. A constant is shown if the operand is one.
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
    /// What is compared, B and C, and where execution goes if the result is not A.
    Compare,
    /// Where execution goes if the value is not as C wants it.
    Test,
    /// The boolean B, and where execution goes if C is not 0.
    Boolean,
    /// The sizes B and C of a new table.
    TableSizes,
    /// What a SETLIST sets.
    SetList,
    /// The function Bx.
    Closure,

    // From Lua 5.4 on:
    /// The constant that the next word names.
    ExtraK,
    /// How many registers are cleared, B + 1.
    Nils,
    /// The constant B.
    KB,
    /// The constant C.
    KC,
    /// The constant C if k is 1.
    RkC,
    /// The constant B, and C if k is 1.
    KBRkC,
    /// The upvalue B and the constant C.
    UpvalueKC,
    /// The upvalue A and the constant B, and C if k is 1.
    UpvalueKBRkC,
    /// The size of a new table's array, C and the next word.
    ArraySize,
    /// Where a SETLIST begins, if the next word says so.
    ListOffset,
    /// The metamethod C.
    Event,
    /// The metamethod C, and whether k flips the operands.
    EventFlip,
    /// The same, with the constant B.
    EventKB,
    /// How many values a call takes, B, and gives, C.
    Call,
    /// How many values a call takes, B.
    Arguments,
    /// How many values are given, B.
    Results,
    /// How many values are given, C.
    ResultsC,
    /// Where the jump back by Bx goes.
    JumpBack,
    /// The same, of a loop.
    LoopBack,
    /// Where the jump ahead by Bx goes.
    JumpAhead,
    /// The same, to the end of a loop.
    JumpExit,
    /// Where execution goes.
    Skip,
    /// Where execution goes if the result is not k.
    SkipK,
    /// The same, with the constant B.
    SkipKB,
    /// Where execution goes if the value is not as k wants it.
    SkipTest,
    /// The constant Bx - 1, a global's name, if there is one.
    Name,
}

impl Comment {
    /// Whether there is nothing to say about an instruction of Lua 5.1 to 5.3.
    pub fn is_silent(self, i: Instruction) -> bool {
        match self {
            Comment::Silent => true,
            Comment::C => constant_of(i.c()).is_none(),
            Comment::BC => constant_of(i.b()).is_none() && constant_of(i.c()).is_none(),
            _ => false,
        }
    }
}
