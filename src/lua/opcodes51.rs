//! The opcodes of Lua 5.1: the table `luaP_opmodes` of its `lopcodes.c`. An instruction word is laid
//! out as in Lua 5.3.

use crate::opcodes::{OpArgMask, OpMode, Opcode, row};

/// The opcodes in numeric order.
#[rustfmt::skip]
static OPCODES: [Opcode; 38] = {
    use OpArgMask::{K, N, R, U};
    use OpMode::{iABC, iABx, iAsBx};
    [
        //   name        T  A  B  C  mode
        row("MOVE",      0, 1, R, N, iABC,  "R(A) := R(B)"),
        row("LOADK",     0, 1, K, N, iABx,  "R(A) := Kst(Bx)"),
        row("LOADBOOL",  0, 1, U, U, iABC,  "R(A) := (Bool)B; if (C) pc++"),
        row("LOADNIL",   0, 1, R, N, iABC,  "R(A) := ... := R(B) := nil"),
        row("GETUPVAL",  0, 1, U, N, iABC,  "R(A) := UpValue[B]"),
        row("GETGLOBAL", 0, 1, K, N, iABx,  "R(A) := Gbl[Kst(Bx)]"),
        row("GETTABLE",  0, 1, R, K, iABC,  "R(A) := R(B)[RK(C)]"),
        row("SETGLOBAL", 0, 0, K, N, iABx,  "Gbl[Kst(Bx)] := R(A)"),
        row("SETUPVAL",  0, 0, U, N, iABC,  "UpValue[B] := R(A)"),
        row("SETTABLE",  0, 0, K, K, iABC,  "R(A)[RK(B)] := RK(C)"),
        row("NEWTABLE",  0, 1, U, U, iABC,  "R(A) := {} (size = B,C)"),
        row("SELF",      0, 1, R, K, iABC,  "R(A+1) := R(B); R(A) := R(B)[RK(C)]"),
        row("ADD",       0, 1, K, K, iABC,  "R(A) := RK(B) + RK(C)"),
        row("SUB",       0, 1, K, K, iABC,  "R(A) := RK(B) - RK(C)"),
        row("MUL",       0, 1, K, K, iABC,  "R(A) := RK(B) * RK(C)"),
        row("DIV",       0, 1, K, K, iABC,  "R(A) := RK(B) / RK(C)"),
        row("MOD",       0, 1, K, K, iABC,  "R(A) := RK(B) % RK(C)"),
        row("POW",       0, 1, K, K, iABC,  "R(A) := RK(B) ^ RK(C)"),
        row("UNM",       0, 1, R, N, iABC,  "R(A) := -R(B)"),
        row("NOT",       0, 1, R, N, iABC,  "R(A) := not R(B)"),
        row("LEN",       0, 1, R, N, iABC,  "R(A) := length of R(B)"),
        row("CONCAT",    0, 1, R, R, iABC,  "R(A) := R(B).. ... ..R(C)"),
        row("JMP",       0, 0, R, N, iAsBx, "pc+=sBx"),
        row("EQ",        1, 0, K, K, iABC,  "if ((RK(B) == RK(C)) ~= A) then pc++"),
        row("LT",        1, 0, K, K, iABC,  "if ((RK(B) <  RK(C)) ~= A) then pc++"),
        row("LE",        1, 0, K, K, iABC,  "if ((RK(B) <= RK(C)) ~= A) then pc++"),
        row("TEST",      1, 1, R, U, iABC,  "if not (R(A) <=> C) then pc++"),
        row("TESTSET",   1, 1, R, U, iABC,  "if (R(B) <=> C) then R(A) := R(B) else pc++"),
        row("CALL",      0, 1, U, U, iABC,  "R(A), ... ,R(A+C-2) := R(A)(R(A+1), ... ,R(A+B-1))"),
        row("TAILCALL",  0, 1, U, U, iABC,  "return R(A)(R(A+1), ... ,R(A+B-1))"),
        row("RETURN",    0, 0, U, N, iABC,  "return R(A), ... ,R(A+B-2)"),
        row("FORLOOP",   0, 1, R, N, iAsBx, "R(A)+=R(A+2); if R(A) <?= R(A+1) then { pc+=sBx; R(A+3)=R(A) }"),
        row("FORPREP",   0, 1, R, N, iAsBx, "R(A)-=R(A+2); pc+=sBx"),
        row("TFORLOOP",  1, 0, N, U, iABC,  "R(A+3), ... ,R(A+2+C) := R(A)(R(A+1), R(A+2)); if R(A+3) ~= nil then R(A+2)=R(A+3) else pc++"),
        row("SETLIST",   0, 0, U, U, iABC,  "R(A)[(C-1)*FPF+i] := R(A+i), 1 <= i <= B"),
        row("CLOSE",     0, 0, N, N, iABC,  "close all variables in the stack up to (>=) R(A)"),
        row("CLOSURE",   0, 1, U, N, iABx,  "R(A) := closure(KPROTO[Bx], R(A), ... ,R(A+n))"),
        row("VARARG",    0, 1, U, N, iABC,  "R(A), R(A+1), ..., R(A+B-1) = vararg"),
    ]
};

static UNKNOWN: Opcode = Opcode {
    meaning: "not an opcode of Lua 5.1",
    ..crate::opcodes::UNKNOWN
};

/// The row of an opcode number.
pub(crate) fn opcode(number: u8) -> &'static Opcode {
    OPCODES.get(usize::from(number)).unwrap_or(&UNKNOWN)
}
