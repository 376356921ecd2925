//! The opcodes of Lua 5.5.

use super::instruction_set::{InstructionSet, names};
use super::opcode::{NextWord, OpMode, Opcode, Operand, row};
use super::word::WordLayout;
use crate::version::Lua55;

/// The opcodes in numeric order, each with its description in `lopcodes.h`.
///
/// The compiler marks a CLOSE that turned out not to be needed with a B of 1.
#[rustfmt::skip]
static OPCODES: [Opcode; 85] = {
    use NextWord::{ExtraArg, ExtraArgIfK, Jump, Plain};
    use OpMode::{iABC, iABx, iAsBx, iAx, isJ, ivABC};
    use Operand::{Constant as Kst, Decimal as Dec, Function as Fun, Label, LabelAhead as Ahead, LabelBack as Back, LabelExit as Exit, Name, Number as Num, Register as Reg, Rk, Signed as Sgn, Unused as No, Upvalue as Up, Wide};
    [
        //  name          T  A  mode   A, B, C, k             next word
        row("MOVE",       0, 1, iABC,  [Reg, Reg, No, No],    Plain),       // R[A] := R[B]
        row("LOADI",      0, 1, iAsBx, [Reg, Sgn, No, No],    Plain),       // R[A] := sBx
        row("LOADF",      0, 1, iAsBx, [Reg, Sgn, No, No],    Plain),       // R[A] := (lua_Number)sBx
        row("LOADK",      0, 1, iABx,  [Reg, Kst, No, No],    Plain),       // R[A] := K[Bx]
        row("LOADKX",     0, 1, iABx,  [Reg, No, No, No],     ExtraArg),    // R[A] := K[extra arg]
        row("LOADFALSE",  0, 1, iABC,  [Reg, No, No, No],     Plain),       // R[A] := false
        row("LFALSESKIP", 0, 1, iABC,  [Reg, No, No, No],     Plain),       // R[A] := false; pc++
        row("LOADTRUE",   0, 1, iABC,  [Reg, No, No, No],     Plain),       // R[A] := true
        row("LOADNIL",    0, 1, iABC,  [Reg, Num, No, No],    Plain),       // R[A], R[A+1], ..., R[A+B] := nil
        row("GETUPVAL",   0, 1, iABC,  [Reg, Up, No, No],     Plain),       // R[A] := UpValue[B]
        row("SETUPVAL",   0, 0, iABC,  [Reg, Up, No, No],     Plain),       // UpValue[B] := R[A]
        row("GETTABUP",   0, 1, iABC,  [Reg, Up, Kst, No],    Plain),       // R[A] := UpValue[B][K[C]:shortstring]
        row("GETTABLE",   0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B][R[C]]
        row("GETI",       0, 1, iABC,  [Reg, Reg, Num, No],   Plain),       // R[A] := R[B][C]
        row("GETFIELD",   0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A] := R[B][K[C]:shortstring]
        row("SETTABUP",   0, 0, iABC,  [Up, Kst, Rk, No],     Plain),       // UpValue[A][K[B]:shortstring] := RK(C)
        row("SETTABLE",   0, 0, iABC,  [Reg, Reg, Rk, No],    Plain),       // R[A][R[B]] := RK(C)
        row("SETI",       0, 0, iABC,  [Reg, Num, Rk, No],    Plain),       // R[A][B] := RK(C)
        row("SETFIELD",   0, 0, iABC,  [Reg, Kst, Rk, No],    Plain),       // R[A][K[B]:shortstring] := RK(C)
        row("NEWTABLE",   0, 1, ivABC, [Reg, Num, Wide, Num], ExtraArg),    // R[A] := {}
        row("SELF",       0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A+1] := R[B]; R[A] := R[B][K[C]:shortstring]
        row("ADDI",       0, 1, iABC,  [Reg, Reg, Sgn, No],   Plain),       // R[A] := R[B] + sC
        row("ADDK",       0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A] := R[B] + K[C]:number
        row("SUBK",       0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A] := R[B] - K[C]:number
        row("MULK",       0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A] := R[B] * K[C]:number
        row("MODK",       0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A] := R[B] % K[C]:number
        row("POWK",       0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A] := R[B] ^ K[C]:number
        row("DIVK",       0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A] := R[B] / K[C]:number
        row("IDIVK",      0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A] := R[B] // K[C]:number
        row("BANDK",      0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A] := R[B] & K[C]:integer
        row("BORK",       0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A] := R[B] | K[C]:integer
        row("BXORK",      0, 1, iABC,  [Reg, Reg, Kst, No],   Plain),       // R[A] := R[B] ~ K[C]:integer
        row("SHLI",       0, 1, iABC,  [Reg, Reg, Sgn, No],   Plain),       // R[A] := sC << R[B]
        row("SHRI",       0, 1, iABC,  [Reg, Reg, Sgn, No],   Plain),       // R[A] := R[B] >> sC
        row("ADD",        0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] + R[C]
        row("SUB",        0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] - R[C]
        row("MUL",        0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] * R[C]
        row("MOD",        0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] % R[C]
        row("POW",        0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] ^ R[C]
        row("DIV",        0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] / R[C]
        row("IDIV",       0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] // R[C]
        row("BAND",       0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] & R[C]
        row("BOR",        0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] | R[C]
        row("BXOR",       0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] ~ R[C]
        row("SHL",        0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] << R[C]
        row("SHR",        0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B] >> R[C]
        row("MMBIN",      0, 0, iABC,  [Reg, Reg, Num, No],   Plain),       // call C metamethod over R[A] and R[B]
        row("MMBINI",     0, 0, iABC,  [Reg, Sgn, Num, Num],  Plain),       // call C metamethod over R[A] and sB
        row("MMBINK",     0, 0, iABC,  [Reg, Kst, Num, Num],  Plain),       // call C metamethod over R[A] and K[B]
        row("UNM",        0, 1, iABC,  [Reg, Reg, No, No],    Plain),       // R[A] := -R[B]
        row("BNOT",       0, 1, iABC,  [Reg, Reg, No, No],    Plain),       // R[A] := ~R[B]
        row("NOT",        0, 1, iABC,  [Reg, Reg, No, No],    Plain),       // R[A] := not R[B]
        row("LEN",        0, 1, iABC,  [Reg, Reg, No, No],    Plain),       // R[A] := #R[B]
        row("CONCAT",     0, 1, iABC,  [Reg, Num, No, No],    Plain),       // R[A] := R[A].. ... ..R[A + B - 1]
        row("CLOSE",      0, 0, iABC,  [Reg, Num, No, No],    Plain),       // close all upvalues >= R[A]
        row("TBC",        0, 0, iABC,  [Reg, No, No, No],     Plain),       // mark variable A 'to be closed'
        row("JMP",        0, 0, isJ,   [Label, No, No, No],   Plain),       // pc += sJ
        row("EQ",         1, 0, iABC,  [Reg, Reg, No, Num],   Jump),        // if ((R[A] == R[B]) ~= k) then pc++
        row("LT",         1, 0, iABC,  [Reg, Reg, No, Num],   Jump),        // if ((R[A] < R[B]) ~= k) then pc++
        row("LE",         1, 0, iABC,  [Reg, Reg, No, Num],   Jump),        // if ((R[A] <= R[B]) ~= k) then pc++
        row("EQK",        1, 0, iABC,  [Reg, Kst, No, Num],   Jump),        // if ((R[A] == K[B]) ~= k) then pc++
        row("EQI",        1, 0, iABC,  [Reg, Sgn, Num, Num],  Jump),        // if ((R[A] == sB) ~= k) then pc++
        row("LTI",        1, 0, iABC,  [Reg, Sgn, Num, Num],  Jump),        // if ((R[A] < sB) ~= k) then pc++
        row("LEI",        1, 0, iABC,  [Reg, Sgn, Num, Num],  Jump),        // if ((R[A] <= sB) ~= k) then pc++
        row("GTI",        1, 0, iABC,  [Reg, Sgn, Num, Num],  Jump),        // if ((R[A] > sB) ~= k) then pc++
        row("GEI",        1, 0, iABC,  [Reg, Sgn, Num, Num],  Jump),        // if ((R[A] >= sB) ~= k) then pc++
        row("TEST",       1, 0, iABC,  [Reg, No, No, Num],    Jump),        // if (not R[A] == k) then pc++
        row("TESTSET",    1, 1, iABC,  [Reg, Reg, No, Num],   Jump),        // if (not R[B] == k) then pc++ else R[A] := R[B]
        row("CALL",       0, 1, iABC,  [Reg, Num, Num, No],   Plain),       // R[A], ... ,R[A+C-2] := R[A](R[A+1], ... ,R[A+B-1])
        row("TAILCALL",   0, 1, iABC,  [Reg, Num, Num, Num],  Plain),       // return R[A](R[A+1], ... ,R[A+B-1])
        row("RETURN",     0, 0, iABC,  [Reg, Num, Num, Num],  Plain),       // return R[A], ... ,R[A+B-2]
        row("RETURN0",    0, 0, iABC,  [Reg, Num, No, No],    Plain),       // return
        row("RETURN1",    0, 0, iABC,  [Reg, Num, No, No],    Plain),       // return R[A]
        row("FORLOOP",    0, 1, iABx,  [Reg, Back, No, No],   Plain),       // update counters; if loop continues then pc-=Bx
        row("FORPREP",    0, 1, iABx,  [Reg, Exit, No, No],   Plain),       // <check values and prepare counters>; if not to run then pc+=Bx+1
        row("TFORPREP",   0, 0, iABx,  [Reg, Ahead, No, No],  Plain),       // create upvalue for R[A + 3]; pc+=Bx
        row("TFORCALL",   0, 0, iABC,  [Reg, No, Num, No],    Plain),       // R[A+4], ... ,R[A+3+C] := R[A](R[A+1], R[A+2])
        row("TFORLOOP",   0, 1, iABx,  [Reg, Back, No, No],   Plain),       // if R[A+2] ~= nil then { R[A]=R[A+2]; pc -= Bx }
        row("SETLIST",    0, 0, ivABC, [Reg, Num, Wide, Num], ExtraArgIfK), // R[A][vC+i] := R[A+i], 1 <= i <= vB
        row("CLOSURE",    0, 1, iABx,  [Reg, Fun, No, No],    Plain),       // R[A] := closure(KPROTO[Bx])
        row("VARARG",     0, 1, iABC,  [Reg, Reg, Num, Num],  Plain),       // R[A], ..., R[A+C-2] = varargs
        row("GETVARG",    0, 1, iABC,  [Reg, Reg, Reg, No],   Plain),       // R[A] := R[B][R[C]], R[B] is vararg parameter
        row("ERRNNIL",    0, 0, iABx,  [Reg, Name, No, No],   Plain),       // raise error if R[A] ~= nil (K[Bx - 1] is global name)
        row("VARARGPREP", 0, 0, iABC,  [Num, No, No, No],     Plain),       // (adjust varargs)
        row("EXTRAARG",   0, 0, iAx,   [Dec, No, No, No],     Plain),       // extra (larger) argument for previous opcode
    ]
};

impl InstructionSet for Lua55 {
    const OPCODES: &'static [Opcode] = &OPCODES;
    const NAMES: &'static [u64] = &names(&OPCODES);
    const LAYOUT: WordLayout = WordLayout::SINCE_54;
}
