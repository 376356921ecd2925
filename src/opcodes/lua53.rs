//! The opcodes of Lua 5.3.

use super::instruction_set::{InstructionSet, names};
use super::opcode::{NextWord, OpMode, Opcode, Operand, row};
use super::word::WordLayout;
use crate::version::Lua53;

/// The opcodes in numeric order, each with its description in `lopcodes.h`.
#[rustfmt::skip]
static OPCODES: [Opcode; 47] = {
    use NextWord::{ExtraArg, ExtraArgUnlessC, Jump, Plain, SkippedIfC};
    use OpMode::{iABC, iABx, iAsBx, iAx};
    use Operand::{Constant as Kst, Decimal as Dec, Function as Fun, Label, Number as Num, Register as Reg, Rk, Unused as No, Upvalue as Up};
    [
        //  name        T  A  mode   A, B, C           next word
        row("MOVE",     0, 1, iABC,  [Reg, Reg, No],   Plain),           // R(A) := R(B)
        row("LOADK",    0, 1, iABx,  [Reg, Kst, No],   Plain),           // R(A) := Kst(Bx)
        row("LOADKX",   0, 1, iABx,  [Reg, No, No],    ExtraArg),        // R(A) := Kst(extra arg)
        row("LOADBOOL", 0, 1, iABC,  [Reg, Num, Num],  SkippedIfC),      // R(A) := (Bool)B; if (C) pc++
        row("LOADNIL",  0, 1, iABC,  [Reg, Num, No],   Plain),           // R(A), R(A+1), ..., R(A+B) := nil
        row("GETUPVAL", 0, 1, iABC,  [Reg, Up, No],    Plain),           // R(A) := UpValue[B]
        row("GETTABUP", 0, 1, iABC,  [Reg, Up, Rk],    Plain),           // R(A) := UpValue[B][RK(C)]
        row("GETTABLE", 0, 1, iABC,  [Reg, Reg, Rk],   Plain),           // R(A) := R(B)[RK(C)]
        row("SETTABUP", 0, 0, iABC,  [Up, Rk, Rk],     Plain),           // UpValue[A][RK(B)] := RK(C)
        row("SETUPVAL", 0, 0, iABC,  [Reg, Up, No],    Plain),           // UpValue[B] := R(A)
        row("SETTABLE", 0, 0, iABC,  [Reg, Rk, Rk],    Plain),           // R(A)[RK(B)] := RK(C)
        row("NEWTABLE", 0, 1, iABC,  [Reg, Num, Num],  Plain),           // R(A) := {} (size = B,C)
        row("SELF",     0, 1, iABC,  [Reg, Reg, Rk],   Plain),           // R(A+1) := R(B); R(A) := R(B)[RK(C)]
        row("ADD",      0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) + RK(C)
        row("SUB",      0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) - RK(C)
        row("MUL",      0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) * RK(C)
        row("MOD",      0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) % RK(C)
        row("POW",      0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) ^ RK(C)
        row("DIV",      0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) / RK(C)
        row("IDIV",     0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) // RK(C)
        row("BAND",     0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) & RK(C)
        row("BOR",      0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) | RK(C)
        row("BXOR",     0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) ~ RK(C)
        row("SHL",      0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) << RK(C)
        row("SHR",      0, 1, iABC,  [Reg, Rk, Rk],    Plain),           // R(A) := RK(B) >> RK(C)
        row("UNM",      0, 1, iABC,  [Reg, Reg, No],   Plain),           // R(A) := -R(B)
        row("BNOT",     0, 1, iABC,  [Reg, Reg, No],   Plain),           // R(A) := ~R(B)
        row("NOT",      0, 1, iABC,  [Reg, Reg, No],   Plain),           // R(A) := not R(B)
        row("LEN",      0, 1, iABC,  [Reg, Reg, No],   Plain),           // R(A) := length of R(B)
        row("CONCAT",   0, 1, iABC,  [Reg, Reg, Reg],  Plain),           // R(A) := R(B).. ... ..R(C)
        row("JMP",      0, 0, iAsBx, [Num, Label, No], Plain),           // pc+=sBx; if (A) close all upvalues >= R(A - 1)
        row("EQ",       1, 0, iABC,  [Num, Rk, Rk],    Jump),            // if ((RK(B) == RK(C)) ~= A) then pc++
        row("LT",       1, 0, iABC,  [Num, Rk, Rk],    Jump),            // if ((RK(B) <  RK(C)) ~= A) then pc++
        row("LE",       1, 0, iABC,  [Num, Rk, Rk],    Jump),            // if ((RK(B) <= RK(C)) ~= A) then pc++
        row("TEST",     1, 0, iABC,  [Reg, No, Num],   Jump),            // if not (R(A) <=> C) then pc++
        row("TESTSET",  1, 1, iABC,  [Reg, Reg, Num],  Jump),            // if (R(B) <=> C) then R(A) := R(B) else pc++
        row("CALL",     0, 1, iABC,  [Reg, Num, Num],  Plain),           // R(A), ... ,R(A+C-2) := R(A)(R(A+1), ... ,R(A+B-1))
        row("TAILCALL", 0, 1, iABC,  [Reg, Num, Num],  Plain),           // return R(A)(R(A+1), ... ,R(A+B-1))
        row("RETURN",   0, 0, iABC,  [Reg, Num, No],   Plain),           // return R(A), ... ,R(A+B-2)
        row("FORLOOP",  0, 1, iAsBx, [Reg, Label, No], Plain),           // R(A)+=R(A+2); if R(A) <?= R(A+1) then { pc+=sBx; R(A+3)=R(A) }
        row("FORPREP",  0, 1, iAsBx, [Reg, Label, No], Plain),           // R(A)-=R(A+2); pc+=sBx
        row("TFORCALL", 0, 0, iABC,  [Reg, No, Num],   Jump),            // R(A+3), ... ,R(A+2+C) := R(A)(R(A+1), R(A+2))
        row("TFORLOOP", 0, 1, iAsBx, [Reg, Label, No], Plain),           // if R(A+1) ~= nil then { R(A)=R(A+1); pc += sBx }
        row("SETLIST",  0, 0, iABC,  [Reg, Num, Num],  ExtraArgUnlessC), // R(A)[(C-1)*FPF+i] := R(A+i), 1 <= i <= B
        row("CLOSURE",  0, 1, iABx,  [Reg, Fun, No],   Plain),           // R(A) := closure(KPROTO[Bx])
        row("VARARG",   0, 1, iABC,  [Reg, Num, No],   Plain),           // R(A), R(A+1), ..., R(A+B-2) = vararg
        row("EXTRAARG", 0, 0, iAx,   [Dec, No, No],    Plain),           // extra (larger) argument for previous opcode
    ]
};

impl InstructionSet for Lua53 {
    const OPCODES: &'static [Opcode] = &OPCODES;
    const NAMES: &'static [u64] = &names(&OPCODES);
    const LAYOUT: WordLayout = WordLayout::SINCE_51;
}
