//! The opcodes of Lua 5.4.

use super::comment::Comment;
use super::instruction::Instruction;
use super::instruction_set::{InstructionSet, MAX_OPERANDS, names};
use super::instruction54::{self, Instruction54, with_k};
use super::row::{Next, OpMode, Opcode, Operand, row54};
use crate::version::Lua54;

/// The opcodes in numeric order.
#[rustfmt::skip]
pub(crate) static OPCODES: [Opcode; 83] = {
    use Comment::{Arguments, ArraySize, Bx, Call, Closure, Event, EventFlip, EventKB, ExtraK, Jump as To, JumpAhead, JumpBack, JumpExit, KB, KBRkC, KC, ListOffset, LoopBack, Nils, Results, ResultsC, RkC, SetList, Silent, Skip, SkipK, SkipKB, SkipTest, TableSizes, Upvalue, UpvalueKBRkC, UpvalueKC};
    use Next::{ExtraArg, ExtraArgIfK, Free, Jump};
    use OpMode::{iABC, iABx, iAsBx, iAx, isJ};
    use Operand::{Constant as Kst, Decimal as Dec, Function as Fun, Label, LabelAhead as Ahead, LabelBack as Back, LabelExit as Exit, Number as Num, Register as Reg, Rk, Signed as Sgn, Unused as No, Upvalue as Up};
    [
        //    name          T  A  mode   operands            k    next word    listed  listing       hexdump       meaning
        row54("MOVE",       0, 1, iABC,  [Reg, Reg, No],     No,  Free,        "AB",   Silent,       Silent,       "R[A] := R[B]"),
        row54("LOADI",      0, 1, iAsBx, [Reg, Sgn, No],     No,  Free,        "AX",   Silent,       Silent,       "R[A] := sBx"),
        row54("LOADF",      0, 1, iAsBx, [Reg, Sgn, No],     No,  Free,        "AX",   Silent,       Silent,       "R[A] := (lua_Number)sBx"),
        row54("LOADK",      0, 1, iABx,  [Reg, Kst, No],     No,  Free,        "Ax",   Bx,           Bx,           "R[A] := K[Bx]"),
        row54("LOADKX",     0, 1, iABx,  [Reg, No, No],      No,  ExtraArg,    "A",    ExtraK,       ExtraK,       "R[A] := K[extra arg]"),
        row54("LOADFALSE",  0, 1, iABC,  [Reg, No, No],      No,  Free,        "A",    Silent,       Silent,       "R[A] := false"),
        row54("LFALSESKIP", 0, 1, iABC,  [Reg, No, No],      No,  Free,        "A",    Silent,       Skip,         "R[A] := false; pc++"),
        row54("LOADTRUE",   0, 1, iABC,  [Reg, No, No],      No,  Free,        "A",    Silent,       Silent,       "R[A] := true"),
        row54("LOADNIL",    0, 1, iABC,  [Reg, Num, No],     No,  Free,        "AB",   Nils,         Nils,         "R[A], R[A+1], ..., R[A+B] := nil"),
        row54("GETUPVAL",   0, 1, iABC,  [Reg, Up, No],      No,  Free,        "AB",   Upvalue,      Upvalue,      "R[A] := UpValue[B]"),
        row54("SETUPVAL",   0, 0, iABC,  [Reg, Up, No],      No,  Free,        "AB",   Upvalue,      Upvalue,      "UpValue[B] := R[A]"),
        row54("GETTABUP",   0, 1, iABC,  [Reg, Up, Kst],     No,  Free,        "ABC",  UpvalueKC,    UpvalueKC,    "R[A] := UpValue[B][K[C]:shortstring]"),
        row54("GETTABLE",   0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B][R[C]]"),
        row54("GETI",       0, 1, iABC,  [Reg, Reg, Num],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B][C]"),
        row54("GETFIELD",   0, 1, iABC,  [Reg, Reg, Kst],    No,  Free,        "ABC",  KC,           KC,           "R[A] := R[B][K[C]:shortstring]"),
        row54("SETTABUP",   0, 0, iABC,  [Up, Kst, Rk],      No,  Free,        "ABCK", UpvalueKBRkC, UpvalueKBRkC, "UpValue[A][K[B]:shortstring] := RK(C)"),
        row54("SETTABLE",   0, 0, iABC,  [Reg, Reg, Rk],     No,  Free,        "ABCK", RkC,          RkC,          "R[A][R[B]] := RK(C)"),
        row54("SETI",       0, 0, iABC,  [Reg, Num, Rk],     No,  Free,        "ABCK", RkC,          RkC,          "R[A][B] := RK(C)"),
        row54("SETFIELD",   0, 0, iABC,  [Reg, Kst, Rk],     No,  Free,        "ABCK", KBRkC,        KBRkC,        "R[A][K[B]:shortstring] := RK(C)"),
        row54("NEWTABLE",   0, 1, iABC,  [Reg, Num, Num],    Num, ExtraArg,    "ABC",  ArraySize,    TableSizes,   "R[A] := {}"),
        row54("SELF",       0, 1, iABC,  [Reg, Reg, Rk],     No,  Free,        "ABCK", RkC,          RkC,          "R[A+1] := R[B]; R[A] := R[B][RK(C):string]"),
        row54("ADDI",       0, 1, iABC,  [Reg, Reg, Sgn],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] + sC"),
        row54("ADDK",       0, 1, iABC,  [Reg, Reg, Kst],    No,  Free,        "ABC",  KC,           KC,           "R[A] := R[B] + K[C]:number"),
        row54("SUBK",       0, 1, iABC,  [Reg, Reg, Kst],    No,  Free,        "ABC",  KC,           KC,           "R[A] := R[B] - K[C]:number"),
        row54("MULK",       0, 1, iABC,  [Reg, Reg, Kst],    No,  Free,        "ABC",  KC,           KC,           "R[A] := R[B] * K[C]:number"),
        row54("MODK",       0, 1, iABC,  [Reg, Reg, Kst],    No,  Free,        "ABC",  KC,           KC,           "R[A] := R[B] % K[C]:number"),
        row54("POWK",       0, 1, iABC,  [Reg, Reg, Kst],    No,  Free,        "ABC",  KC,           KC,           "R[A] := R[B] ^ K[C]:number"),
        row54("DIVK",       0, 1, iABC,  [Reg, Reg, Kst],    No,  Free,        "ABC",  KC,           KC,           "R[A] := R[B] / K[C]:number"),
        row54("IDIVK",      0, 1, iABC,  [Reg, Reg, Kst],    No,  Free,        "ABC",  KC,           KC,           "R[A] := R[B] // K[C]:number"),
        row54("BANDK",      0, 1, iABC,  [Reg, Reg, Kst],    No,  Free,        "ABC",  KC,           KC,           "R[A] := R[B] & K[C]:integer"),
        row54("BORK",       0, 1, iABC,  [Reg, Reg, Kst],    No,  Free,        "ABC",  KC,           KC,           "R[A] := R[B] | K[C]:integer"),
        row54("BXORK",      0, 1, iABC,  [Reg, Reg, Kst],    No,  Free,        "ABC",  KC,           KC,           "R[A] := R[B] ~ K[C]:integer"),
        row54("SHRI",       0, 1, iABC,  [Reg, Reg, Sgn],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] >> sC"),
        row54("SHLI",       0, 1, iABC,  [Reg, Reg, Sgn],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := sC << R[B]"),
        row54("ADD",        0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] + R[C]"),
        row54("SUB",        0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] - R[C]"),
        row54("MUL",        0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] * R[C]"),
        row54("MOD",        0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] % R[C]"),
        row54("POW",        0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] ^ R[C]"),
        row54("DIV",        0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] / R[C]"),
        row54("IDIV",       0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] // R[C]"),
        row54("BAND",       0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] & R[C]"),
        row54("BOR",        0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] | R[C]"),
        row54("BXOR",       0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] ~ R[C]"),
        row54("SHL",        0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] << R[C]"),
        row54("SHR",        0, 1, iABC,  [Reg, Reg, Reg],    No,  Free,        "ABC",  Silent,       Silent,       "R[A] := R[B] >> R[C]"),
        row54("MMBIN",      0, 0, iABC,  [Reg, Reg, Num],    No,  Free,        "ABC",  Event,        Event,        "call C metamethod over R[A] and R[B]"),
        row54("MMBINI",     0, 0, iABC,  [Reg, Sgn, Num],    Num, Free,        "ABCk", EventFlip,    EventFlip,    "call C metamethod over R[A] and sB"),
        row54("MMBINK",     0, 0, iABC,  [Reg, Kst, Num],    Num, Free,        "ABCk", EventKB,      EventKB,      "call C metamethod over R[A] and K[B]"),
        row54("UNM",        0, 1, iABC,  [Reg, Reg, No],     No,  Free,        "AB",   Silent,       Silent,       "R[A] := -R[B]"),
        row54("BNOT",       0, 1, iABC,  [Reg, Reg, No],     No,  Free,        "AB",   Silent,       Silent,       "R[A] := ~R[B]"),
        row54("NOT",        0, 1, iABC,  [Reg, Reg, No],     No,  Free,        "AB",   Silent,       Silent,       "R[A] := not R[B]"),
        row54("LEN",        0, 1, iABC,  [Reg, Reg, No],     No,  Free,        "AB",   Silent,       Silent,       "R[A] := #R[B]"),
        row54("CONCAT",     0, 1, iABC,  [Reg, Num, No],     No,  Free,        "AB",   Silent,       Silent,       "R[A] := R[A].. ... ..R[A + B - 1]"),
        row54("CLOSE",      0, 0, iABC,  [Reg, No, No],      No,  Free,        "A",    Silent,       Silent,       "close all upvalues >= R[A]"),
        row54("TBC",        0, 0, iABC,  [Reg, No, No],      No,  Free,        "A",    Silent,       Silent,       "mark variable A 'to be closed'"),
        row54("JMP",        0, 0, isJ,   [Label, No, No],    No,  Free,        "J",    To,           To,           "pc += sJ"),
        row54("EQ",         1, 0, iABC,  [Reg, Reg, No],     Num, Jump,        "ABk",  Silent,       SkipK,        "if ((R[A] == R[B]) ~= k) then pc++"),
        row54("LT",         1, 0, iABC,  [Reg, Reg, No],     Num, Jump,        "ABk",  Silent,       SkipK,        "if ((R[A] < R[B]) ~= k) then pc++"),
        row54("LE",         1, 0, iABC,  [Reg, Reg, No],     Num, Jump,        "ABk",  Silent,       SkipK,        "if ((R[A] <= R[B]) ~= k) then pc++"),
        row54("EQK",        1, 0, iABC,  [Reg, Kst, No],     Num, Jump,        "ABk",  KB,           SkipKB,       "if ((R[A] == K[B]) ~= k) then pc++"),
        row54("EQI",        1, 0, iABC,  [Reg, Sgn, Num],    Num, Jump,        "ABk",  Silent,       SkipK,        "if ((R[A] == sB) ~= k) then pc++"),
        row54("LTI",        1, 0, iABC,  [Reg, Sgn, Num],    Num, Jump,        "ABk",  Silent,       SkipK,        "if ((R[A] < sB) ~= k) then pc++"),
        row54("LEI",        1, 0, iABC,  [Reg, Sgn, Num],    Num, Jump,        "ABk",  Silent,       SkipK,        "if ((R[A] <= sB) ~= k) then pc++"),
        row54("GTI",        1, 0, iABC,  [Reg, Sgn, Num],    Num, Jump,        "ABk",  Silent,       SkipK,        "if ((R[A] > sB) ~= k) then pc++"),
        row54("GEI",        1, 0, iABC,  [Reg, Sgn, Num],    Num, Jump,        "ABk",  Silent,       SkipK,        "if ((R[A] >= sB) ~= k) then pc++"),
        row54("TEST",       1, 0, iABC,  [Reg, No, No],      Num, Jump,        "Ak",   Silent,       SkipTest,     "if (not R[A] == k) then pc++"),
        row54("TESTSET",    1, 1, iABC,  [Reg, Reg, No],     Num, Jump,        "ABk",  Silent,       SkipTest,     "if (not R[B] == k) then pc++ else R[A] := R[B]"),
        row54("CALL",       0, 1, iABC,  [Reg, Num, Num],    No,  Free,        "ABC",  Call,         Call,         "R[A], ... ,R[A+C-2] := R[A](R[A+1], ... ,R[A+B-1])"),
        row54("TAILCALL",   0, 1, iABC,  [Reg, Num, Num],    Num, Free,        "ABCK", Arguments,    Arguments,    "return R[A](R[A+1], ... ,R[A+B-1])"),
        row54("RETURN",     0, 0, iABC,  [Reg, Num, Num],    Num, Free,        "ABCK", Results,      Results,      "return R[A], ... ,R[A+B-2]"),
        row54("RETURN0",    0, 0, iABC,  [Reg, Num, No],     No,  Free,        "",     Silent,       Silent,       "return"),
        row54("RETURN1",    0, 0, iABC,  [Reg, Num, No],     No,  Free,        "A",    Silent,       Silent,       "return R[A]"),
        row54("FORLOOP",    0, 1, iABx,  [Reg, Back, No],    No,  Free,        "Ax",   JumpBack,     LoopBack,     "update counters; if loop continues then pc-=Bx"),
        row54("FORPREP",    0, 1, iABx,  [Reg, Exit, No],    No,  Free,        "Ax",   JumpExit,     JumpExit,     "<check values and prepare counters>; if not to run then pc+=Bx+1"),
        row54("TFORPREP",   0, 0, iABx,  [Reg, Ahead, No],   No,  Free,        "Ax",   JumpAhead,    JumpAhead,    "create upvalue for R[A + 3]; pc+=Bx"),
        row54("TFORCALL",   0, 0, iABC,  [Reg, No, Num],     No,  Free,        "AC",   Silent,       Silent,       "R[A+4], ... ,R[A+3+C] := R[A](R[A+1], R[A+2])"),
        row54("TFORLOOP",   0, 1, iABx,  [Reg, Back, No],    No,  Free,        "Ax",   JumpBack,     LoopBack,     "if R[A+2] ~= nil then { R[A]=R[A+2]; pc -= Bx }"),
        row54("SETLIST",    0, 0, iABC,  [Reg, Num, Num],    Num, ExtraArgIfK, "ABC",  ListOffset,   SetList,      "R[A][C+i] := R[A+i], 1 <= i <= B"),
        row54("CLOSURE",    0, 1, iABx,  [Reg, Fun, No],     No,  Free,        "Ax",   Closure,      Closure,      "R[A] := closure(KPROTO[Bx])"),
        row54("VARARG",     0, 1, iABC,  [Reg, No, Num],     No,  Free,        "AC",   ResultsC,     ResultsC,     "R[A], R[A+1], ..., R[A+C-2] = vararg"),
        row54("VARARGPREP", 0, 1, iABC,  [Num, No, No],      No,  Free,        "A",    Silent,       Silent,       "(adjust vararg parameters)"),
        row54("EXTRAARG",   0, 0, iAx,   [Dec, No, No],      No,  Free,        "a",    Silent,       Silent,       "extra (larger) argument for previous opcode"),
    ]
};

/// What stands in for an opcode above 82.
pub(crate) static UNKNOWN: Opcode = Opcode::unknown("not an opcode of Lua 5.4");

impl InstructionSet for Lua54 {
    const OPCODES: &'static [Opcode] = &OPCODES;
    const UNKNOWN: &'static Opcode = &UNKNOWN;
    const NAMES: &'static [u64] = &names(&OPCODES);
    with_k!();
}
