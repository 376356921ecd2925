//! A row of an opcode table, and the types of its columns.

/// The layout of an instruction's operands (`enum OpMode` of `lopcodes.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, reason = "the names are those of lopcodes.h")]
pub enum OpMode {
    /// A, B and C, and from Lua 5.4 on k.
    iABC,
    /// A and the unsigned Bx.
    iABx,
    /// A and the signed sBx.
    iAsBx,
    /// Only Ax.
    iAx,
    /// A, k, B of 6 bits and C of 10 (Lua 5.5).
    ivABC,
    /// Only the signed sJ (from Lua 5.4 on).
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

/// What a field of an instruction is, according to the comments of `lopcodes.h`.
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
    /// A number with a sign: a value that the instruction holds itself.
    Signed,
    /// A constant, `Kst(x)`.
    Constant,
    /// The distance of a jump from the next instruction.
    Label,
    /// A nested function, `KPROTO[x]`.
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
    /// Returns whether it is the distance of a jump.
    pub const fn is_label(self) -> bool {
        matches!(
            self,
            Operand::Label | Operand::LabelBack | Operand::LabelAhead | Operand::LabelExit
        )
    }
}

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
    /// Nothing is known: the opcode is not one of Lua's.
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

    const fn of(operand: Operand) -> OpArgMask {
        match operand {
            Operand::Unused => OpArgMask::N,
            Operand::Register | Operand::Label => OpArgMask::R,
            Operand::Rk | Operand::Constant => OpArgMask::K,
            _ => OpArgMask::U,
        }
    }
}

/// How an instruction uses the word after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextWord {
    /// Not at all: it is an instruction like any other.
    Plain,
    /// As the jump that the instruction takes or skips. The VM takes it as one without looking at its
    /// opcode (`donextjump` and OP_TFORCALL of `lvm.c`).
    Jump,
    /// As an EXTRAARG with the operand that the instruction has no field for.
    ExtraArg,
    /// As an EXTRAARG if C is 0.
    ExtraArgUnlessC,
    /// As an EXTRAARG if k is 1.
    ExtraArgIfK,
    /// As the operand C itself, a word without an opcode, if C is 0.
    BareUnlessC,
    /// As the instruction that is skipped if C is not 0.
    SkippedIfC,
}

/// The most operands that an opcode of any version has: A, B, C and k.
pub(crate) const MAX_OPERANDS: usize = 4;

/// One row of an opcode table. It holds its name rather than point to it, so that the loader has no
/// addresses to adjust when the program starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Opcode {
    name: [u8; Opcode::LONGEST_NAME],
    name_len: u8,
    /// The test flag: the next instruction must be a jump.
    pub t: bool,
    /// True if the instruction sets register A.
    pub a: bool,
    /// The layout of the operands.
    pub mode: OpMode,
    /// What the fields are: A, B, C and k; or A and Bx, A and sBx, Ax, or sJ, by the mode. A k that
    /// makes C a constant belongs to C.
    pub operands: [Operand; MAX_OPERANDS],
    /// How the instruction uses the next word.
    pub next: NextWord,
}

impl Opcode {
    /// The length of the longest name.
    pub(crate) const LONGEST_NAME: usize = 10;

    /// The row for numbers that are not opcodes of a version.
    pub(crate) const UNKNOWN: Opcode = row("UNKNOWN", 0, 0, OpMode::iNone, [], NextWord::Plain);

    /// The row of an opcode that Lua does not have. The name, without its `OP_`, has at most
    /// [`LONGEST_NAME`](Self::LONGEST_NAME) characters.
    #[allow(dead_code, reason = "the build script has only Lua's")]
    pub(crate) fn added(
        name: &str,
        [test, sets_a]: [bool; 2],
        mode: OpMode,
        operands: [Operand; MAX_OPERANDS],
    ) -> Opcode {
        let next = if test {
            NextWord::Jump
        } else {
            NextWord::Plain
        };
        row(name, test.into(), sets_a.into(), mode, operands, next)
    }

    /// The name without its `OP_`; `UNKNOWN` for a number that is not an opcode.
    pub fn name(&self) -> &str {
        std::str::from_utf8(self.name_bytes()).expect("names are ASCII")
    }

    /// The name as bytes.
    #[inline]
    pub(crate) const fn name_bytes(&self) -> &[u8] {
        self.name.split_at(self.name_len as usize).0
    }

    /// Returns whether this stands in for a number that is not an opcode.
    pub const fn is_unknown(&self) -> bool {
        matches!(self.mode, OpMode::iNone)
    }

    /// How B and C are used, as `lopcodes.h` of Lua 5.1 to 5.3 has it.
    pub const fn masks(&self) -> [OpArgMask; 2] {
        let [_, b, c, _] = self.operands;
        match self.mode {
            OpMode::iNone => [OpArgMask::None; 2],
            OpMode::iAx => [OpArgMask::U; 2],
            _ => [OpArgMask::of(b), OpArgMask::of(c)],
        }
    }

    /// Returns whether an operand is the distance of a jump.
    pub const fn is_jump(&self) -> bool {
        let [a, b, ..] = self.operands;
        a.is_label() || b.is_label()
    }
}

/// The columns of a row, in their order in the tables. Operands that are not listed are unused.
pub(super) const fn row<const N: usize>(
    name: &str,
    t: u8,
    a: u8,
    mode: OpMode,
    operands: [Operand; N],
    next: NextWord,
) -> Opcode {
    let mut row = Opcode {
        name: [0; Opcode::LONGEST_NAME],
        name_len: name.len() as u8,
        t: t == 1,
        a: a == 1,
        mode,
        operands: [Operand::Unused; MAX_OPERANDS],
        next,
    };
    let mut i = 0;
    while i < name.len() {
        row.name[i] = name.as_bytes()[i];
        i += 1;
    }
    let mut i = 0;
    while i < N {
        row.operands[i] = operands[i];
        i += 1;
    }
    row
}
