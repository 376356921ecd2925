//! The opcodes of Lua 5.1. An instruction word is laid out as in Lua 5.3.

use super::comment::Comment;
use super::instruction_set::{InstructionSet, names};
use super::row::{Next, OpArgMask, OpMode, Opcode, Operand, row};
use crate::version::Lua51;

/// The opcodes in numeric order. `luac` lists no constants beside a MOD: its `PrintCode` leaves MOD
/// out of the arithmetic.
#[rustfmt::skip]
pub(crate) static OPCODES: [Opcode; 38] = {
    use Comment::{BC, Boolean, Bx, C, Closure, Compare, Exit, Global, Jump as To, Loop, SetList, Silent, TableSizes, Test, Upvalue};
    use Next::{Free, Jump, SkippedIfC, WordUnlessC};
    use OpArgMask::{K, N, R, U};
    use OpMode::{iABC, iABx, iAsBx};
    use Operand::{Constant as Kst, Function as Fun, Label, Number as Num, Register as Reg, Rk, Unused as No, Upvalue as Up};
    [
        //  name         T  A  B  C  mode   operands            next word        listing    hexdump     meaning
        row("MOVE",      0, 1, R, N, iABC,  [Reg, Reg, No],     Free,            Silent,    Silent,     "R(A) := R(B)"),
        row("LOADK",     0, 1, K, N, iABx,  [Reg, Kst, No],     Free,            Bx,        Bx,         "R(A) := Kst(Bx)"),
        row("LOADBOOL",  0, 1, U, U, iABC,  [Reg, Num, Num],    SkippedIfC,      Silent,    Boolean,    "R(A) := (Bool)B; if (C) pc++"),
        row("LOADNIL",   0, 1, R, N, iABC,  [Reg, Reg, No],     Free,            Silent,    Silent,     "R(A) := ... := R(B) := nil"),
        row("GETUPVAL",  0, 1, U, N, iABC,  [Reg, Up, No],      Free,            Upvalue,   Upvalue,    "R(A) := UpValue[B]"),
        row("GETGLOBAL", 0, 1, K, N, iABx,  [Reg, Kst, No],     Free,            Global,    Global,     "R(A) := Gbl[Kst(Bx)]"),
        row("GETTABLE",  0, 1, R, K, iABC,  [Reg, Reg, Rk],     Free,            C,         C,          "R(A) := R(B)[RK(C)]"),
        row("SETGLOBAL", 0, 0, K, N, iABx,  [Reg, Kst, No],     Free,            Global,    Global,     "Gbl[Kst(Bx)] := R(A)"),
        row("SETUPVAL",  0, 0, U, N, iABC,  [Reg, Up, No],      Free,            Upvalue,   Upvalue,    "UpValue[B] := R(A)"),
        row("SETTABLE",  0, 0, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A)[RK(B)] := RK(C)"),
        row("NEWTABLE",  0, 1, U, U, iABC,  [Reg, Num, Num],    Free,            Silent,    TableSizes, "R(A) := {} (size = B,C)"),
        row("SELF",      0, 1, R, K, iABC,  [Reg, Reg, Rk],     Free,            C,         C,          "R(A+1) := R(B); R(A) := R(B)[RK(C)]"),
        row("ADD",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) + RK(C)"),
        row("SUB",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) - RK(C)"),
        row("MUL",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) * RK(C)"),
        row("DIV",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) / RK(C)"),
        row("MOD",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            Silent,    BC,         "R(A) := RK(B) % RK(C)"),
        row("POW",       0, 1, K, K, iABC,  [Reg, Rk, Rk],      Free,            BC,        BC,         "R(A) := RK(B) ^ RK(C)"),
        row("UNM",       0, 1, R, N, iABC,  [Reg, Reg, No],     Free,            Silent,    Silent,     "R(A) := -R(B)"),
        row("NOT",       0, 1, R, N, iABC,  [Reg, Reg, No],     Free,            Silent,    Silent,     "R(A) := not R(B)"),
        row("LEN",       0, 1, R, N, iABC,  [Reg, Reg, No],     Free,            Silent,    Silent,     "R(A) := length of R(B)"),
        row("CONCAT",    0, 1, R, R, iABC,  [Reg, Reg, Reg],    Free,            Silent,    Silent,     "R(A) := R(B).. ... ..R(C)"),
        row("JMP",       0, 0, R, N, iAsBx, [No, Label, No],    Free,            To,        To,         "pc+=sBx"),
        row("EQ",        1, 0, K, K, iABC,  [Num, Rk, Rk],      Jump,            BC,        Compare,    "if ((RK(B) == RK(C)) ~= A) then pc++"),
        row("LT",        1, 0, K, K, iABC,  [Num, Rk, Rk],      Jump,            BC,        Compare,    "if ((RK(B) <  RK(C)) ~= A) then pc++"),
        row("LE",        1, 0, K, K, iABC,  [Num, Rk, Rk],      Jump,            BC,        Compare,    "if ((RK(B) <= RK(C)) ~= A) then pc++"),
        row("TEST",      1, 1, R, U, iABC,  [Reg, No, Num],     Jump,            Silent,    Test,       "if not (R(A) <=> C) then pc++"),
        row("TESTSET",   1, 1, R, U, iABC,  [Reg, Reg, Num],    Jump,            Silent,    Test,       "if (R(B) <=> C) then R(A) := R(B) else pc++"),
        row("CALL",      0, 1, U, U, iABC,  [Reg, Num, Num],    Free,            Silent,    Silent,     "R(A), ... ,R(A+C-2) := R(A)(R(A+1), ... ,R(A+B-1))"),
        row("TAILCALL",  0, 1, U, U, iABC,  [Reg, Num, Num],    Free,            Silent,    Silent,     "return R(A)(R(A+1), ... ,R(A+B-1))"),
        row("RETURN",    0, 0, U, N, iABC,  [Reg, Num, No],     Free,            Silent,    Silent,     "return R(A), ... ,R(A+B-2)"),
        row("FORLOOP",   0, 1, R, N, iAsBx, [Reg, Label, No],   Free,            To,        Loop,       "R(A)+=R(A+2); if R(A) <?= R(A+1) then { pc+=sBx; R(A+3)=R(A) }"),
        row("FORPREP",   0, 1, R, N, iAsBx, [Reg, Label, No],   Free,            To,        To,         "R(A)-=R(A+2); pc+=sBx"),
        row("TFORLOOP",  1, 0, N, U, iABC,  [Reg, No, Num],     Jump,            Silent,    Exit,       "R(A+3), ... ,R(A+2+C) := R(A)(R(A+1), R(A+2)); if R(A+3) ~= nil then R(A+2)=R(A+3) else pc++"),
        row("SETLIST",   0, 0, U, U, iABC,  [Reg, Num, Num],    WordUnlessC,     SetList,   SetList,    "R(A)[(C-1)*FPF+i] := R(A+i), 1 <= i <= B"),
        row("CLOSE",     0, 0, N, N, iABC,  [Reg, No, No],      Free,            Silent,    Silent,     "close all variables in the stack up to (>=) R(A)"),
        row("CLOSURE",   0, 1, U, N, iABx,  [Reg, Fun, No],     Free,            Closure,   Closure,    "R(A) := closure(KPROTO[Bx], R(A), ... ,R(A+n))"),
        row("VARARG",    0, 1, U, N, iABC,  [Reg, Num, No],     Free,            Silent,    Silent,     "R(A), R(A+1), ..., R(A+B-1) = vararg"),
    ]
};

/// What stands in for an opcode above 37.
pub(crate) static UNKNOWN: Opcode = Opcode::unknown("not an opcode of Lua 5.1");

impl InstructionSet for Lua51 {
    const OPCODES: &'static [Opcode] = &OPCODES;
    const UNKNOWN: &'static Opcode = &UNKNOWN;
    const NAMES: &'static [u64] = &names(&OPCODES);
}
