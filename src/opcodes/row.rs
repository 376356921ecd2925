//! A row of an opcode table, and the types of its columns.

use super::comment::Comment;
use super::instruction::Instruction;

/// How an opcode uses its operand B or C (`enum OpArgMask` of `lopcodes.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpArgMask {
    /// Not used.
    N,
    /// Used, neither as a register nor as a constant.
    U,
    /// A register or a jump offset.
    R,
    /// A constant, or a register or constant (RK).
    K,
    /// Nothing is known: the opcode is not one of Lua's, or one of Lua 5.4 or later.
    None,
}

impl OpArgMask {
    /// The name in `lopcodes.h`; `OpArgNone` where nothing is known.
    pub const fn name(self) -> &'static str {
        match self {
            OpArgMask::N => "OpArgN",
            OpArgMask::U => "OpArgU",
            OpArgMask::R => "OpArgR",
            OpArgMask::K => "OpArgK",
            OpArgMask::None => "OpArgNone",
        }
    }
}

/// The layout of an instruction's operands (`enum OpMode` of `lopcodes.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, reason = "the names are those of lopcodes.h")]
pub enum OpMode {
    /// A, B and C.
    iABC,
    /// A and the unsigned Bx.
    iABx,
    /// A and the signed sBx.
    iAsBx,
    /// Ax alone.
    iAx,
    /// A, B of 6 bits and C of 10 (Lua 5.5).
    ivABC,
    /// The signed sJ alone (from Lua 5.4 on).
    isJ,
    /// The opcode is not one of Lua's, so nothing is known.
    iNone,
}

impl OpMode {
    /// The name in `lopcodes.h`; `iNone` for an unknown opcode.
    pub const fn name(self) -> &'static str {
        match self {
            OpMode::iABC => "iABC",
            OpMode::iABx => "iABx",
            OpMode::iAsBx => "iAsBx",
            OpMode::iAx => "iAx",
            OpMode::ivABC => "ivABC",
            OpMode::isJ => "isJ",
            OpMode::iNone => "iNone",
        }
    }
}

/// What a field of an instruction is, according to the comments of `lopcodes.h`. They are finer
/// than the masks, which do not tell a jump from a register, or an upvalue from a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The opcode does not use the field.
    Unused,
    /// A register, `R(x)`.
    Register,
    /// A register or, with [`BITRK`](super::BITRK) or from Lua 5.4 on with k, a constant, `RK(x)`.
    Rk,
    /// An upvalue, `UpValue[x]`.
    Upvalue,
    /// A small number: a count, a flag, a size.
    Number,
    /// A number with a sign: a value or an amount that the instruction holds itself.
    Signed,
    /// A constant, `Kst(x)`.
    Constant,
    /// The distance of a jump from the next instruction.
    Label,
    /// A function inside, `KPROTO[x]`.
    Function,
    /// A number of up to 26 bits.
    Decimal,
    /// A number of up to 10 bits.
    Wide,
    /// The distance of a jump back from the next instruction.
    LabelBack,
    /// The distance of a jump ahead from the next instruction.
    LabelAhead,
    /// The distance of a jump ahead from the instruction after the next.
    LabelExit,
    /// A constant, `K[x - 1]`, or none if x is 0.
    Name,
}

impl Operand {
    /// Whether it is the distance of a jump.
    pub const fn is_label(self) -> bool {
        matches!(
            self,
            Operand::Label | Operand::LabelBack | Operand::LabelAhead | Operand::LabelExit
        )
    }
}

/// What the next word is to an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// An instruction like any other.
    Free,
    /// The jump that the instruction takes or skips. The VM takes it as one without looking at its
    /// opcode (`donextjump` and OP_TFORCALL of `lvm.c`).
    Jump,
    /// An EXTRAARG, with the operand that the instruction has no field for.
    ExtraArg,
    /// An EXTRAARG where C is 0.
    ExtraArgUnlessC,
    /// An EXTRAARG where k is 1.
    ExtraArgIfK,
    /// The operand C itself, as a bare word, where C is 0.
    WordUnlessC,
    /// The instruction that is skipped if C is not 0.
    SkippedIfC,
}

/// One row of an opcode table.
#[derive(Debug)]
pub struct Opcode {
    /// The name without its `OP_`.
    pub name: &'static str,
    /// The test flag: the next instruction must be a jump.
    pub t: bool,
    /// Whether the instruction sets register A.
    pub a: bool,
    /// How B is used. From Lua 5.4 on there are no masks.
    pub b: OpArgMask,
    /// How C is used.
    pub c: OpArgMask,
    /// The layout of the operands.
    pub mode: OpMode,
    /// What the fields are: A, B and C, or A and Bx, or A and sBx, or Ax, by the mode. Those that
    /// the mode does not have are unused.
    pub operands: [Operand; 3],
    /// What k is, unless it belongs to another operand; unused before Lua 5.4.
    pub k: Operand,
    /// From Lua 5.4 on, which fields `luac` lists, in their order: of `A`, `B`, `C`, `k`, `x` (Bx), `X`
    /// (sBx), `a` (Ax) and `J` (sJ); `K` is a k behind the last number where k is 1.
    pub(crate) listed: &'static str,
    /// What the next word is to the instruction.
    pub next: Next,
    /// What a listing says after the operands (`PrintCode` of `luac.c`).
    pub(crate) listing: Comment,
    /// What a hexdump says there, which is more.
    pub(crate) hexdump: Comment,
    /// What it does, as `lopcodes.h` puts it.
    pub meaning: &'static str,
}

impl Opcode {
    /// The row for numbers that are no opcode of a version.
    pub(super) const fn unknown(meaning: &'static str) -> Opcode {
        Opcode {
            name: "UNKNOWN",
            t: false,
            a: false,
            b: OpArgMask::None,
            c: OpArgMask::None,
            mode: OpMode::iNone,
            operands: [Operand::Unused; 3],
            k: Operand::Unused,
            listed: "",
            next: Next::Free,
            listing: Comment::Silent,
            hexdump: Comment::Silent,
            meaning,
        }
    }

    /// Whether this is what stands in for a number that is no opcode.
    pub(crate) const fn is_unknown(&self) -> bool {
        matches!(self.mode, OpMode::iNone)
    }

    /// Whether an operand is the distance of a jump.
    pub const fn is_jump(&self) -> bool {
        let [a, b, _] = self.operands;
        a.is_label() || b.is_label()
    }

    /// Whether the next word is an operand of this instruction rather than an instruction that
    /// runs: `luac` lists the two as one.
    pub(crate) const fn takes_next_word(&self, i: Instruction) -> bool {
        matches!(self.next, Next::ExtraArgUnlessC | Next::WordUnlessC) && i.c() == 0
    }

    /// Whether the next word can be an operand without an opcode.
    pub(crate) const fn may_take_bare_word(&self) -> bool {
        matches!(self.next, Next::WordUnlessC)
    }

    /// Whether that word has no opcode: all its bits are the operand.
    pub(crate) const fn next_word_is_bare(&self, i: Instruction) -> bool {
        self.may_take_bare_word() && i.c() == 0
    }
}

/// The columns of a row, in their order in the tables.
#[allow(
    clippy::too_many_arguments,
    reason = "a row of a table has its columns"
)]
pub(super) const fn row(
    name: &'static str,
    t: u8,
    a: u8,
    b: OpArgMask,
    c: OpArgMask,
    mode: OpMode,
    operands: [Operand; 3],
    next: Next,
    listing: Comment,
    hexdump: Comment,
    meaning: &'static str,
) -> Opcode {
    Opcode {
        name,
        t: t == 1,
        a: a == 1,
        b,
        c,
        mode,
        operands,
        k: Operand::Unused,
        listed: "",
        next,
        listing,
        hexdump,
        meaning,
    }
}

/// The columns of a row from Lua 5.4 on, in their order in the tables.
#[allow(
    clippy::too_many_arguments,
    reason = "a row of a table has its columns"
)]
pub(super) const fn row54(
    name: &'static str,
    t: u8,
    a: u8,
    mode: OpMode,
    operands: [Operand; 3],
    k: Operand,
    next: Next,
    listed: &'static str,
    listing: Comment,
    hexdump: Comment,
    meaning: &'static str,
) -> Opcode {
    let none = OpArgMask::None;
    let row = row(
        name, t, a, none, none, mode, operands, next, listing, hexdump, meaning,
    );
    Opcode { k, listed, ..row }
}
