//! The tokens of the terse stream.
//!
//! A part of the build script, which renders them as constants (see `stream/fragments.rs`).

use crate::Rendered;
use crate::opcodes::{OPCODES, Opcode, lua51, lua52, lua54, lua55};
use crate::tokens::{self, close, open};

/// The versions whose streams these are.
pub const VERSIONS: [&str; 5] = ["5.1", "5.2", "5.3", "5.4", "5.5"];

/// Renders every token.
pub fn render(out: &mut Rendered) {
    out.one("PROTO", open("Proto"));
    out.one("PROTO_END", close("Proto"));
    out.only(&["5.3", "5.4", "5.5"], |out| {
        out.one("NUPVALUES", open("Proto-nupvalues"));
    });
    out.one("SOURCE", open("Proto-source"));
    out.one("NAME", open("Upvaldesc-name"));
    out.one("LOCVAR", open("LocVar"));
    out.one("LOCVAR_END", close("LocVar"));
    out.one("CONSTANT", open("Constant"));
    out.one("LINE", open("LineInfo"));
    out.one("INSTRUCTION", open("Instruction"));
    out.one("LOCVARS", open("Proto-locvars"));
    out.one("STARTPC", open("LocVar-startpc"));
    out.one("ENDPC", open("LocVar-endpc"));
    out.one("LINEINFO", open("Proto-lineinfo"));
    out.one("LINE_PAD", open("LineInfo-pad"));
    out.one("P", open("Proto-p"));
    out.one("NULL", tokens::NULL.to_owned());

    // What has no token of its own is said by the letter's and a number.
    out.one("ANY_K", open("K"));
    out.one("ANY_U", open("U"));
    out.one("ANY_L", open("L"));
    out.one("ANY_P", open("P"));

    let numbered = |name: &'static str, values: std::ops::Range<u16>| {
        values.map(move |value| open(&format!("{name}{value}")))
    };
    out.table("R", numbered("R", 0..256));
    out.table("K", numbered("K", 0..256));
    out.table("U", numbered("U", 0..256));
    out.table("N", numbered("N", 0..512));
    out.table("L", numbered("L", 0..256));
    out.table("FORWARD", numbered("+", 0..256));
    out.table("BACK", numbered("-", 1..256));
    out.only(&["5.3"], |out| out.table("OP", opcodes(&OPCODES)));
    // What the other versions' streams begin with, and their opcodes.
    out.only(&["5.1"], |out| other(out, "5.1", &lua51::OPCODES));
    out.only(&["5.2"], |out| other(out, "5.2", &lua52::OPCODES));
    out.only(&["5.4"], |out| other(out, "5.4", &lua54::OPCODES));
    out.only(&["5.5"], |out| {
        other(out, "5.5", &lua55::OPCODES);
        out.one("ANY_N", open("N"));
    });
    out.only(&["5.4", "5.5"], |out| {
        out.one("ABSLINEINFO", open("Proto-abslineinfo"));
        out.one("ABS_PC", open("AbsLineInfo-pc"));
        out.one("ABS_LINE", open("AbsLineInfo-line"));
    });
}

/// The tokens of another version than Lua 5.3: what its streams begin with, and its opcodes.
fn other(out: &mut Rendered, version: &str, table: &[Opcode]) {
    let number = version.replace('.', "");
    out.one(&format!("LUA_{number}"), open(&format!("Lua-{version}")));
    out.table(&format!("OP_{number}"), opcodes(table));
}

fn opcodes(table: &[Opcode]) -> impl Iterator<Item = String> {
    table.iter().map(|row| tokens::opcode(row.name))
}
