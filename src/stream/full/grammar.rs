//! The tokens of the full stream, as fixed runs for emitter and parser.
//!
//! A part of the build script, which renders them as constants (see `stream/fragments.rs`).

use crate::Rendered;
use crate::opcodes::{BITRK, OpArgMask, Opcode};
use crate::tokens::{self, close, open, with};
use crate::version::Version;

/// Renders every fixed run of tokens. A run ends where a value follows, so one that closes an
/// element often opens the next.
pub fn render(out: &mut Rendered) {
    out.one("PROTO", open("Proto"));
    out.one("SIZEUPVALUES", open("Proto-sizeupvalues"));
    out.one("SIZEK", between("Proto-sizeupvalues", "Proto-sizek"));
    out.one("SIZECODE", between("Proto-sizek", "Proto-sizecode"));
    out.one(
        "SIZELINEINFO",
        between("Proto-sizecode", "Proto-sizelineinfo"),
    );
    out.one("SIZEP", between("Proto-sizelineinfo", "Proto-sizep"));
    out.one("SIZELOCVARS", between("Proto-sizep", "Proto-sizelocvars"));
    out.one(
        "LINEDEFINED",
        between("Proto-sizelocvars", "Proto-linedefined"),
    );
    out.one(
        "LASTLINEDEFINED",
        between("Proto-linedefined", "Proto-lastlinedefined"),
    );

    out.one("K", between("Proto-lastlinedefined", "Proto-k"));
    out.one("K_IDX", open("Proto-k-idx"));
    out.one("CONSTANT", between("Proto-k-idx", "Constant"));
    out.one("CONSTANT_END", close("Constant"));

    out.one("CODE", between("Proto-k", "Proto-code"));
    out.one("CODE_IDX", open("Proto-code-idx"));
    out.one("SBX", between("Instruction-Bx", "Instruction-sBx"));
    out.one("AX", between("Instruction-sBx", "Instruction-Ax"));
    out.one(
        "INSTRUCTION_END",
        close("Instruction-Ax") + &close("Instruction"),
    );
    out.one("JUMP_TARGET", open("Jump-Target"));
    out.one("JUMP_TARGET_END", close("Jump-Target"));

    out.one("LINEINFO", between("Proto-code", "Proto-lineinfo"));
    out.one("LINES", open("LineInfo"));
    out.one("LINE_PAD", open("LineInfo-pad"));
    out.one("LINES_END", close("LineInfo"));

    out.one("LOCVARS", between("Proto-lineinfo", "Proto-locvars"));
    out.one("LOCVARS_IDX", open("Proto-locvars-idx"));
    out.one(
        "VARNAME",
        between("Proto-locvars-idx", "LocVar") + &open("LocVar-varname"),
    );
    out.one("STARTPC", between("LocVar-varname", "LocVar-startpc"));
    out.one("ENDPC", between("LocVar-startpc", "LocVar-endpc"));
    out.one("LOCVAR_END", close("LocVar-endpc") + &close("LocVar"));

    out.one("UPVALUES", between("Proto-locvars", "Proto-upvalues"));
    out.one("UPVALUES_IDX", open("Proto-upvalues-idx"));
    out.one(
        "NAME",
        between("Proto-upvalues-idx", "Upvaldesc") + &open("Upvaldesc-name"),
    );
    out.one("NAME_END", close("Upvaldesc-name"));
    out.one("UPVALDESC_END", close("Upvaldesc"));

    out.one("SOURCE", between("Proto-upvalues", "Proto-source"));
    out.one("P", between("Proto-source", "Proto-p"));
    out.one("P_IDX", open("Proto-p-idx"));
    out.one("P_IDX_END", close("Proto-p-idx"));
    out.one("PROTO_END", close("Proto-p") + &close("Proto"));
    out.one("NULL", tokens::NULL.to_owned());

    let bytes = |name: &'static str| (0..=255u8).map(move |value| with(name, value));
    out.table("NUPVALUES", bytes("Proto-nupvalues"));
    out.table("NUMPARAMS", bytes("Proto-numparams"));
    out.table("IS_VARARG", bytes("Proto-is_vararg"));
    out.table("MAXSTACKSIZE", bytes("Proto-maxstacksize"));
    out.table("INSTACK", bytes("Upvaldesc-instack"));
    out.table("IDX", bytes("Upvaldesc-idx"));

    let values = Version::Lua53.opcode_values() as u8;
    let rows = || (0..values).map(|op| Version::Lua53.opcode(op));
    out.table("HEAD", rows().map(head));
    out.table("B_OPERAND", (0..512).map(|value| operand('B', value)));
    out.table("C_MASK", rows().map(|row| mask('C', row.masks()[1])));
    out.table("C_OPERAND", (0..512).map(|value| operand('C', value)));
    out.table("TAIL", rows().map(|row| tail(row, false)));
    out.table("TAIL_INLINE", rows().map(|row| tail(row, true)));
    out.table("A", (0..256).map(|value| field('A', value)));
    out.table("B", (0..512).map(|value| field('B', value)));
    out.table(
        "C_BX",
        (0..512).map(|value| field('C', value) + &open("Instruction-Bx")),
    );
}

/// Returns the end of one element and the start of the next.
fn between(closed: &str, opened: &str) -> String {
    close(closed) + &open(opened)
}

/// Returns the tokens from the end of the instruction's index to the mask of B, which the opcode
/// decides.
fn head(row: &Opcode) -> String {
    between("Proto-code-idx", "Instruction")
        + &tokens::opcode(row.name())
        + &with("Instruction-T", u8::from(row.t))
        + &with("Instruction-A", u8::from(row.a))
        + &mask('B', row.masks()[0])
}

/// Returns the mask of operand `B` or `C`.
fn mask(operand: char, mask: OpArgMask) -> String {
    with(&format!("Instruction-{operand}"), mask.name())
}

/// Returns the meanings of operand `B` or `C`: whether it is a constant, its constant index, and
/// its register.
fn operand(operand: char, value: u32) -> String {
    with(&format!("Instruction-{operand}-ISK"), value & BITRK != 0)
        + &with(&format!("Instruction-{operand}-K"), value & !BITRK)
        + &with(&format!("Instruction-{operand}-R"), value)
}

/// Returns the mode and the flags INLINE and JUMP.
fn tail(row: &Opcode, inline: bool) -> String {
    with("Instruction-MODE", row.mode.name())
        + &with("Instruction-INLINE", inline)
        + &with("Instruction-JUMP", row.is_jump())
}

/// Returns the value of field `A`, `B` or `C`.
fn field(field: char, value: u32) -> String {
    with(&format!("Instruction-{field}"), value)
}
