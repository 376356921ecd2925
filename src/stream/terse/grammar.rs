//! The tokens of the terse stream.
//!
//! A part of the build script, which renders them as constants (see `stream/fragments.rs`).

use crate::Rendered;
use crate::tokens::{self, close, open};
use crate::version::Version;

/// Renders every token.
pub fn render(out: &mut Rendered) {
    out.one("PROTO", open("Proto"));
    out.one("PROTO_END", close("Proto"));
    let with_closure = [Version::Lua53, Version::Lua54, Version::Lua55];
    out.only(&with_closure, |out| {
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

    // Only outlines have these. Lua 5.1 has no `_ENV`.
    out.one("HOLE", tokens::HOLE.to_owned());
    let with_env = [
        Version::Lua52,
        Version::Lua53,
        Version::Lua54,
        Version::Lua55,
    ];
    out.only(&with_env, |out| out.one("ENV", tokens::ENV.to_owned()));

    // A number without a token of its own follows the token of its letter.
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
    for version in Version::ALL {
        out.only(&[version], |out| of_version(out, version));
    }
    out.only(&[Version::Lua55], |out| out.one("ANY_N", open("N")));
    out.only(&[Version::Lua54, Version::Lua55], |out| {
        out.one("ABSLINEINFO", open("Proto-abslineinfo"));
        out.one("ABS_PC", open("AbsLineInfo-pc"));
        out.one("ABS_LINE", open("AbsLineInfo-line"));
    });
}

/// Renders the tokens of one version: its opcodes and, except for Lua 5.3, the token that its
/// streams begin with.
fn of_version(out: &mut Rendered, version: Version) {
    let number = version.to_string().replace('.', "");
    if version != Version::Lua53 {
        out.one(&format!("LUA_{number}"), open(&format!("Lua-{version}")));
    }
    let opcodes = version.opcodes().iter();
    let tokens = opcodes.map(|row| tokens::opcode(row.name()));
    out.table(&format!("OP_{number}"), tokens);
}
