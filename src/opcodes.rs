//! The opcodes of Lua 5.3 and the fields of an instruction word.
//!
//! Mirrors `lopcodes.h` and the table `luaP_opmodes` of `lopcodes.c`. The build script reads this
//! same file to render the constant parts of the token stream, so it refers to nothing else.

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
    /// The opcode is not one of Lua's, so nothing is known.
    None,
}

impl OpArgMask {
    /// The name in `lopcodes.h`; `OpArgNone` for an unknown opcode.
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
            OpMode::iNone => "iNone",
        }
    }
}

/// One row of the opcode table.
#[derive(Debug)]
pub struct Opcode {
    /// The name without its `OP_`.
    pub name: &'static str,
    /// The test flag: the next instruction must be a jump.
    pub t: bool,
    /// Whether the instruction sets register A.
    pub a: bool,
    /// How B is used.
    pub b: OpArgMask,
    /// How C is used.
    pub c: OpArgMask,
    /// The layout of the operands.
    pub mode: OpMode,
    /// What it does, as `lopcodes.h` puts it.
    pub meaning: &'static str,
}

/// The number of opcodes (`NUM_OPCODES`).
pub const NUM_OPCODES: usize = 47;

/// The number of values that the opcode field can hold (`1 << SIZE_OP`).
pub const OPCODE_VALUES: usize = 1 << SIZE_OP;

/// A row of such a table.
pub(crate) const fn row(
    name: &'static str,
    t: u8,
    a: u8,
    b: OpArgMask,
    c: OpArgMask,
    mode: OpMode,
    meaning: &'static str,
) -> Opcode {
    Opcode {
        name,
        t: t == 1,
        a: a == 1,
        b,
        c,
        mode,
        meaning,
    }
}

/// The opcodes in numeric order.
#[rustfmt::skip]
pub static OPCODES: [Opcode; NUM_OPCODES] = {
    use OpArgMask::{K, N, R, U};
    use OpMode::{iABC, iABx, iAsBx, iAx};
    [
        //   name        T  A  B  C  mode
        row("MOVE",      0, 1, R, N, iABC,  "R(A) := R(B)"),
        row("LOADK",     0, 1, K, N, iABx,  "R(A) := Kst(Bx)"),
        row("LOADKX",    0, 1, N, N, iABx,  "R(A) := Kst(extra arg)"),
        row("LOADBOOL",  0, 1, U, U, iABC,  "R(A) := (Bool)B; if (C) pc++"),
        row("LOADNIL",   0, 1, U, N, iABC,  "R(A), R(A+1), ..., R(A+B) := nil"),
        row("GETUPVAL",  0, 1, U, N, iABC,  "R(A) := UpValue[B]"),
        row("GETTABUP",  0, 1, U, K, iABC,  "R(A) := UpValue[B][RK(C)]"),
        row("GETTABLE",  0, 1, R, K, iABC,  "R(A) := R(B)[RK(C)]"),
        row("SETTABUP",  0, 0, K, K, iABC,  "UpValue[A][RK(B)] := RK(C)"),
        row("SETUPVAL",  0, 0, U, N, iABC,  "UpValue[B] := R(A)"),
        row("SETTABLE",  0, 0, K, K, iABC,  "R(A)[RK(B)] := RK(C)"),
        row("NEWTABLE",  0, 1, U, U, iABC,  "R(A) := {} (size = B,C)"),
        row("SELF",      0, 1, R, K, iABC,  "R(A+1) := R(B); R(A) := R(B)[RK(C)]"),
        row("ADD",       0, 1, K, K, iABC,  "R(A) := RK(B) + RK(C)"),
        row("SUB",       0, 1, K, K, iABC,  "R(A) := RK(B) - RK(C)"),
        row("MUL",       0, 1, K, K, iABC,  "R(A) := RK(B) * RK(C)"),
        row("MOD",       0, 1, K, K, iABC,  "R(A) := RK(B) % RK(C)"),
        row("POW",       0, 1, K, K, iABC,  "R(A) := RK(B) ^ RK(C)"),
        row("DIV",       0, 1, K, K, iABC,  "R(A) := RK(B) / RK(C)"),
        row("IDIV",      0, 1, K, K, iABC,  "R(A) := RK(B) // RK(C)"),
        row("BAND",      0, 1, K, K, iABC,  "R(A) := RK(B) & RK(C)"),
        row("BOR",       0, 1, K, K, iABC,  "R(A) := RK(B) | RK(C)"),
        row("BXOR",      0, 1, K, K, iABC,  "R(A) := RK(B) ~ RK(C)"),
        row("SHL",       0, 1, K, K, iABC,  "R(A) := RK(B) << RK(C)"),
        row("SHR",       0, 1, K, K, iABC,  "R(A) := RK(B) >> RK(C)"),
        row("UNM",       0, 1, R, N, iABC,  "R(A) := -R(B)"),
        row("BNOT",      0, 1, R, N, iABC,  "R(A) := ~R(B)"),
        row("NOT",       0, 1, R, N, iABC,  "R(A) := not R(B)"),
        row("LEN",       0, 1, R, N, iABC,  "R(A) := length of R(B)"),
        row("CONCAT",    0, 1, R, R, iABC,  "R(A) := R(B).. ... ..R(C)"),
        row("JMP",       0, 0, R, N, iAsBx, "pc+=sBx; if (A) close all upvalues >= R(A - 1)"),
        row("EQ",        1, 0, K, K, iABC,  "if ((RK(B) == RK(C)) ~= A) then pc++"),
        row("LT",        1, 0, K, K, iABC,  "if ((RK(B) <  RK(C)) ~= A) then pc++"),
        row("LE",        1, 0, K, K, iABC,  "if ((RK(B) <= RK(C)) ~= A) then pc++"),
        row("TEST",      1, 0, N, U, iABC,  "if not (R(A) <=> C) then pc++"),
        row("TESTSET",   1, 1, R, U, iABC,  "if (R(B) <=> C) then R(A) := R(B) else pc++"),
        row("CALL",      0, 1, U, U, iABC,  "R(A), ... ,R(A+C-2) := R(A)(R(A+1), ... ,R(A+B-1))"),
        row("TAILCALL",  0, 1, U, U, iABC,  "return R(A)(R(A+1), ... ,R(A+B-1))"),
        row("RETURN",    0, 0, U, N, iABC,  "return R(A), ... ,R(A+B-2)"),
        row("FORLOOP",   0, 1, R, N, iAsBx, "R(A)+=R(A+2); if R(A) <?= R(A+1) then { pc+=sBx; R(A+3)=R(A) }"),
        row("FORPREP",   0, 1, R, N, iAsBx, "R(A)-=R(A+2); pc+=sBx"),
        row("TFORCALL",  0, 0, N, U, iABC,  "R(A+3), ... ,R(A+2+C) := R(A)(R(A+1), R(A+2))"),
        row("TFORLOOP",  0, 1, R, N, iAsBx, "if R(A+1) ~= nil then { R(A)=R(A+1); pc += sBx }"),
        row("SETLIST",   0, 0, U, U, iABC,  "R(A)[(C-1)*FPF+i] := R(A+i), 1 <= i <= B"),
        row("CLOSURE",   0, 1, U, N, iABx,  "R(A) := closure(KPROTO[Bx])"),
        row("VARARG",    0, 1, U, N, iABC,  "R(A), R(A+1), ..., R(A+B-2) = vararg"),
        row("EXTRAARG",  0, 0, U, U, iAx,   "extra (larger) argument for previous opcode"),
    ]
};

/// What stands in for an opcode above 46, which no Lua 5.3 compiler writes.
pub static UNKNOWN: Opcode = Opcode {
    name: "UNKNOWN",
    t: false,
    a: false,
    b: OpArgMask::None,
    c: OpArgMask::None,
    mode: OpMode::iNone,
    meaning: "not an opcode of Lua 5.3",
};

/// The row of an opcode number, [`UNKNOWN`] where there is none.
pub const fn opcode(number: u8) -> &'static Opcode {
    if (number as usize) < NUM_OPCODES {
        &OPCODES[number as usize]
    } else {
        &UNKNOWN
    }
}

/// The opcode number of a name without its `OP_`.
pub fn number_of(name: &[u8]) -> Option<u8> {
    let name = name_as_number(name)?;
    NAMES
        .iter()
        .position(|other| *other == name)
        .map(|number| number as u8)
}

/// The names as numbers, which compare faster.
static NAMES: [u64; NUM_OPCODES] = {
    let mut names = [0; NUM_OPCODES];
    let mut number = 0;
    while number < NUM_OPCODES {
        let Some(name) = name_as_number(OPCODES[number].name.as_bytes()) else {
            panic!("no name is longer than eight bytes")
        };
        names[number] = name;
        number += 1;
    }
    names
};

const fn name_as_number(name: &[u8]) -> Option<u64> {
    if name.len() > 8 {
        return None;
    }
    let mut number = 0;
    let mut i = name.len();
    while i > 0 {
        i -= 1;
        number = number << 8 | name[i] as u64;
    }
    Some(number)
}

const SIZE_OP: u32 = 6;
const POS_A: u32 = SIZE_OP;
const POS_C: u32 = POS_A + 8;
const POS_B: u32 = POS_C + 9;

/// The bit of B or C that says "constant" (`BITRK`).
pub const BITRK: u16 = 1 << 8;

/// The largest Bx (`MAXARG_Bx`).
pub const MAXARG_BX: u32 = (1 << 18) - 1;

/// The offset of sBx (`MAXARG_sBx`).
pub const MAXARG_SBX: i32 = (MAXARG_BX >> 1) as i32;

/// One instruction word, with the fields of `lopcodes.h`: from the low end the opcode (6 bits),
/// A (8), C (9) and B (9); Bx is B and C together, Ax is Bx and A.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Instruction(pub u32);

impl Instruction {
    /// The word with these fields; bits beyond a field's width are cut off (`CREATE_ABC`).
    pub const fn new(op: u8, a: u8, b: u16, c: u16) -> Instruction {
        Instruction(
            (op as u32 & (OPCODE_VALUES as u32 - 1))
                | (a as u32) << POS_A
                | (c as u32 & 0x1FF) << POS_C
                | (b as u32 & 0x1FF) << POS_B,
        )
    }

    /// The opcode number, 0 to 63.
    pub const fn op(self) -> u8 {
        (self.0 & (OPCODE_VALUES as u32 - 1)) as u8
    }

    /// The row of the opcode table.
    pub const fn opcode(self) -> &'static Opcode {
        opcode(self.op())
    }

    /// A, 0 to 255.
    pub const fn a(self) -> u8 {
        (self.0 >> POS_A) as u8
    }

    /// B, 0 to 511.
    pub const fn b(self) -> u16 {
        (self.0 >> POS_B) as u16
    }

    /// C, 0 to 511.
    pub const fn c(self) -> u16 {
        (self.0 >> POS_C) as u16 & 0x1FF
    }

    /// Bx, 0 to [`MAXARG_BX`].
    pub const fn bx(self) -> u32 {
        self.0 >> POS_C
    }

    /// sBx, -[`MAXARG_SBX`] to [`MAXARG_SBX`] + 1.
    pub const fn sbx(self) -> i32 {
        self.bx() as i32 - MAXARG_SBX
    }

    /// Ax, 26 bits.
    pub const fn ax(self) -> u32 {
        self.0 >> POS_A
    }

    /// Whether the next word belongs to this instruction: an EXTRAARG, the jump of a test, or the
    /// instruction that a LOADBOOL passes over.
    pub const fn is_inline(self) -> bool {
        is_inline(self.op(), self.c())
    }

    /// Whether sBx is a jump offset of this instruction.
    pub const fn is_jump(self) -> bool {
        is_jump(self.op())
    }

    /// Whether the VM takes the next word as a jump without looking at its opcode (`donextjump`
    /// and OP_TFORCALL in `lvm.c`).
    pub const fn next_is_jump(self) -> bool {
        matches!(self.op(), EQ | LT | LE | TEST | TESTSET | TFORCALL)
    }

    /// Where this instruction at `pc` jumps to, if it is a jump by itself or after `before`, and if
    /// the target is one of the function's `sizecode` instructions.
    pub fn jump_target(
        self,
        before: Option<Instruction>,
        pc: usize,
        sizecode: usize,
    ) -> Option<u32> {
        if !self.is_jump() && !before.is_some_and(Instruction::next_is_jump) {
            return None;
        }
        let target = pc as i64 + 1 + i64::from(self.sbx());
        (0..sizecode as i64)
            .contains(&target)
            .then_some(target as u32)
    }
}

const LOADKX: u8 = 2;
const LOADBOOL: u8 = 3;
const JMP: u8 = 30;
const EQ: u8 = 31;
const LT: u8 = 32;
const LE: u8 = 33;
const TEST: u8 = 34;
const TESTSET: u8 = 35;
const FORLOOP: u8 = 39;
const FORPREP: u8 = 40;
const TFORCALL: u8 = 41;
const TFORLOOP: u8 = 42;
const SETLIST: u8 = 43;

/// [`Instruction::is_inline`] of the fields that decide it.
pub const fn is_inline(op: u8, c: u16) -> bool {
    match op {
        LOADKX | EQ | LT | LE | TEST | TESTSET | TFORCALL => true,
        LOADBOOL => c != 0,
        SETLIST => c == 0,
        _ => false,
    }
}

/// [`Instruction::is_jump`] of the field that decides it.
pub const fn is_jump(op: u8) -> bool {
    matches!(op, JMP | FORLOOP | FORPREP | TFORLOOP)
}
