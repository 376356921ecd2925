//! The opcodes of Lua 5.3.

use std::fmt;

use super::comment::Comment;
use super::instruction::{Instruction, OPCODE_VALUES};
use super::instruction_set::{InstructionSet, names};
use super::row::{Next, OpArgMask, OpMode, Opcode, Operand, row};
use crate::version::Lua53;

/// The number of opcodes (`NUM_OPCODES`).
pub const NUM_OPCODES: usize = 47;

/// The opcodes in numeric order.
#[rustfmt::skip]
pub static OPCODES: [Opcode; NUM_OPCODES] = {
    use Comment::{Ax, BC, Boolean, Bx, C, Closure, Compare, Jump as To, Loop, SetList, Silent, TableSizes, Test, Upvalue, UpvalueBC, UpvalueC};
    use Next::{ExtraArg, ExtraArgUnlessC, Free, Jump, SkippedIfC};
    use OpArgMask::{K, N, R, U};
    use OpMode::{iABC, iABx, iAsBx, iAx};
    use Operand::{Constant as Kst, Decimal as Dec, Function as Fun, Label, Number as Num, Register as Reg, Rk, Unused as No, Upvalue as Up};
    [
        //  name         T  A  B  C  mode   operands            next word        listing    hexdump     meaning
        row("MOVE",      0, 1, R, N, iABC,  [Reg, Reg, No],     Free,            Silent,    Silent,     "R(A) := R(B)"),
        row("LOADK",     0, 1, K, N, iABx,  [Reg, Kst, No],     Free,            Bx,        Bx,         "R(A) := Kst(Bx)"),
        row("LOADKX",    0, 1, N, N, iABx,  [Reg, No, No],      ExtraArg,        Silent,    Silent,     "R(A) := Kst(extra arg)"),
        row("LOADBOOL",  0, 1, U, U, iABC,  [Reg, Num, Num],    SkippedIfC,      Silent,    Boolean,    "R(A) := (Bool)B; if (C) pc++"),
        row("LOADNIL",   0, 1, U, N, iABC,  [Reg, Num, No],     Free,            Silent,    Silent,     "R(A), R(A+1), ..., R(A+B) := nil"),
        row("GETUPVAL",  0, 1, U, N, iABC,  [Reg, Up, No],      Free,            Upvalue,   Upvalue,    "R(A) := UpValue[B]"),
        row("GETTABUP",  0, 1, U, K, iABC,  [Reg, Up, Rk],      Free,            UpvalueC,  UpvalueC,   "R(A) := UpValue[B][RK(C)]"),
        row("GETTABLE",  0, 1, R, K, iABC,  [Reg, Reg, Rk],     Free,            C,         C,          "R(A) := R(B)[RK(C)]"),
        row("SETTABUP",  0, 0, K, K, iABC,  [Up, Rk, Rk],       Free,            UpvalueBC, UpvalueBC,  "UpValue[A][RK(B)] := RK(C)"),
        row("SETUPVAL",  0, 0, U, N, iABC,  [Reg, Up, No],      Free,            Upvalue,   Upvalue,    "UpValue[B] := R(A)"),
        row("SETTABLE",  0, 0, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A)[RK(B)] := RK(C)"),
        row("NEWTABLE",  0, 1, U, U, iABC,  [Reg, Num, Num],    Free,            Silent,    TableSizes, "R(A) := {} (size = B,C)"),
        row("SELF",      0, 1, R, K, iABC,  [Reg, Reg, Rk],     Free,            C,         C,          "R(A+1) := R(B); R(A) := R(B)[RK(C)]"),
        row("ADD",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) + RK(C)"),
        row("SUB",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) - RK(C)"),
        row("MUL",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) * RK(C)"),
        row("MOD",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) % RK(C)"),
        row("POW",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) ^ RK(C)"),
        row("DIV",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) / RK(C)"),
        row("IDIV",      0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) // RK(C)"),
        row("BAND",      0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) & RK(C)"),
        row("BOR",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) | RK(C)"),
        row("BXOR",      0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) ~ RK(C)"),
        row("SHL",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) << RK(C)"),
        row("SHR",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) >> RK(C)"),
        row("UNM",       0, 1, R, N, iABC,  [Reg, Reg, No],     Free,            Silent,    Silent,     "R(A) := -R(B)"),
        row("BNOT",      0, 1, R, N, iABC,  [Reg, Reg, No],     Free,            Silent,    Silent,     "R(A) := ~R(B)"),
        row("NOT",       0, 1, R, N, iABC,  [Reg, Reg, No],     Free,            Silent,    Silent,     "R(A) := not R(B)"),
        row("LEN",       0, 1, R, N, iABC,  [Reg, Reg, No],     Free,            Silent,    Silent,     "R(A) := length of R(B)"),
        row("CONCAT",    0, 1, R, R, iABC,  [Reg, Reg, Reg],    Free,            Silent,    Silent,     "R(A) := R(B).. ... ..R(C)"),
        row("JMP",       0, 0, R, N, iAsBx, [Num, Label, No],   Free,            To,        To,         "pc+=sBx; if (A) close all upvalues >= R(A - 1)"),
        row("EQ",        1, 0, K, K, iABC,  [Num, Rk, Rk],      Jump,            BC,        Compare,    "if ((RK(B) == RK(C)) ~= A) then pc++"),
        row("LT",        1, 0, K, K, iABC,  [Num, Rk, Rk],      Jump,            BC,        Compare,    "if ((RK(B) <  RK(C)) ~= A) then pc++"),
        row("LE",        1, 0, K, K, iABC,  [Num, Rk, Rk],      Jump,            BC,        Compare,    "if ((RK(B) <= RK(C)) ~= A) then pc++"),
        row("TEST",      1, 0, N, U, iABC,  [Reg, No, Num],     Jump,            Silent,    Test,       "if not (R(A) <=> C) then pc++"),
        row("TESTSET",   1, 1, R, U, iABC,  [Reg, Reg, Num],    Jump,            Silent,    Test,       "if (R(B) <=> C) then R(A) := R(B) else pc++"),
        row("CALL",      0, 1, U, U, iABC,  [Reg, Num, Num],    Free,            Silent,    Silent,     "R(A), ... ,R(A+C-2) := R(A)(R(A+1), ... ,R(A+B-1))"),
        row("TAILCALL",  0, 1, U, U, iABC,  [Reg, Num, Num],    Free,            Silent,    Silent,     "return R(A)(R(A+1), ... ,R(A+B-1))"),
        row("RETURN",    0, 0, U, N, iABC,  [Reg, Num, No],     Free,            Silent,    Silent,     "return R(A), ... ,R(A+B-2)"),
        row("FORLOOP",   0, 1, R, N, iAsBx, [Reg, Label, No],   Free,            To,        Loop,       "R(A)+=R(A+2); if R(A) <?= R(A+1) then { pc+=sBx; R(A+3)=R(A) }"),
        row("FORPREP",   0, 1, R, N, iAsBx, [Reg, Label, No],   Free,            To,        To,         "R(A)-=R(A+2); pc+=sBx"),
        row("TFORCALL",  0, 0, N, U, iABC,  [Reg, No, Num],     Jump,            Silent,    Silent,     "R(A+3), ... ,R(A+2+C) := R(A)(R(A+1), R(A+2))"),
        row("TFORLOOP",  0, 1, R, N, iAsBx, [Reg, Label, No],   Free,            To,        Loop,       "if R(A+1) ~= nil then { R(A)=R(A+1); pc += sBx }"),
        row("SETLIST",   0, 0, U, U, iABC,  [Reg, Num, Num],    ExtraArgUnlessC, SetList,   SetList,    "R(A)[(C-1)*FPF+i] := R(A+i), 1 <= i <= B"),
        row("CLOSURE",   0, 1, U, N, iABx,  [Reg, Fun, No],     Free,            Closure,   Closure,    "R(A) := closure(KPROTO[Bx])"),
        row("VARARG",    0, 1, U, N, iABC,  [Reg, Num, No],     Free,            Silent,    Silent,     "R(A), R(A+1), ..., R(A+B-2) = vararg"),
        row("EXTRAARG",  0, 0, U, U, iAx,   [Dec, No, No],      Free,            Ax,        Ax,         "extra (larger) argument for previous opcode"),
    ]
};

/// What stands in for an opcode above 46, which no Lua 5.3 compiler writes.
pub static UNKNOWN: Opcode = Opcode::unknown("not an opcode of Lua 5.3");

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
    Lua53::candidate(name).filter(|_| name.len() <= 8)
}

impl InstructionSet for Lua53 {
    const OPCODES: &'static [Opcode] = &OPCODES;
    const UNKNOWN: &'static Opcode = &UNKNOWN;
    const NAMES: &'static [u64] = &names(&OPCODES);
}

/// The opcodes whose next word belongs to them, as sets of bits: always, if C is not 0, if C is 0.
const INLINE: [u64; 3] = {
    let mut sets = [0; 3];
    let mut op = 0;
    while op < NUM_OPCODES {
        let bit = 1 << op;
        match OPCODES[op].next {
            Next::Free | Next::ExtraArgIfK => {}
            Next::Jump | Next::ExtraArg => sets[0] |= bit,
            Next::SkippedIfC => sets[1] |= bit,
            Next::ExtraArgUnlessC | Next::WordUnlessC => sets[2] |= bit,
        }
        op += 1;
    }
    sets
};

/// The opcodes that jump by their sBx, and those whose next word is a jump, as sets of bits.
const JUMPS: [u64; 2] = {
    let mut sets = [0; 2];
    let mut op = 0;
    while op < NUM_OPCODES {
        if OPCODES[op].is_jump() {
            sets[0] |= 1 << op;
        }
        if matches!(OPCODES[op].next, Next::Jump) {
            sets[1] |= 1 << op;
        }
        op += 1;
    }
    sets
};

const fn has(set: u64, op: u8) -> bool {
    set >> (op as usize % OPCODE_VALUES) & 1 == 1
}

/// [`Instruction::is_inline`] of the fields that decide it.
pub const fn is_inline(op: u8, c: u16) -> bool {
    let [always, if_c, unless_c] = INLINE;
    has(always | if c != 0 { if_c } else { unless_c }, op)
}

/// [`Instruction::is_jump`] of the field that decides it.
pub const fn is_jump(op: u8) -> bool {
    has(JUMPS[0], op)
}

/// What a word is in Lua 5.3.
impl Instruction {
    /// The row of the opcode table.
    pub const fn opcode(self) -> &'static Opcode {
        opcode(self.op())
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
        has(JUMPS[1], self.op())
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

impl fmt::Debug for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let row = self.opcode();
        f.write_str(row.name)?;
        match row.mode {
            OpMode::iABC => write!(f, " {} {} {}", self.a(), self.b(), self.c()),
            OpMode::iABx => write!(f, " {} {}", self.a(), self.bx()),
            OpMode::iAsBx => write!(f, " {} {}", self.a(), self.sbx()),
            OpMode::iAx => write!(f, " {}", self.ax()),
            _ => write!(f, " {}", self.op()),
        }?;
        write!(f, " ({:#010x})", self.0)
    }
}
