//! The tokens of the terse stream.
//!
//! A part of the build script, which renders them as constants (see `stream/fragments.rs`).

use crate::Rendered;
use crate::tokens::{self, close, open};
use crate::version::Version;

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
    out.only(&["5.3"], |out| out.table("OP", opcodes(Version::Lua53)));
    // What the other versions' streams begin with, and their opcodes.
    out.only(&["5.1"], |out| other(out, Version::Lua51));
    out.only(&["5.2"], |out| other(out, Version::Lua52));
    out.only(&["5.4"], |out| other(out, Version::Lua54));
    out.only(&["5.5"], |out| {
        other(out, Version::Lua55);
        out.one("ANY_N", open("N"));
    });
    out.only(&["5.4", "5.5"], |out| {
        out.one("ABSLINEINFO", open("Proto-abslineinfo"));
        out.one("ABS_PC", open("AbsLineInfo-pc"));
        out.one("ABS_LINE", open("AbsLineInfo-line"));
    });
}

/// The tokens of another version than Lua 5.3: what its streams begin with, and its opcodes.
fn other(out: &mut Rendered, version: Version) {
    let number = version.to_string().replace('.', "");
    out.one(&format!("LUA_{number}"), open(&format!("Lua-{version}")));
    out.table(&format!("OP_{number}"), opcodes(version));
}

fn opcodes(version: Version) -> impl Iterator<Item = String> {
    let rows = version.opcodes().iter();
    rows.map(|row| tokens::opcode(row.name()))
}
