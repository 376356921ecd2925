//! The differences between versions of Lua in their terse streams.

use crate::opcodes::InstructionSet;
use crate::stream::fragments::{Numbered, terse as f};
use crate::stream::scan::Scan;
use crate::stream::sink::TokenWriter;
use crate::version::{Lua51, Lua52, Lua53, Lua54, Lua55, LuaVersion, Version, with_version};

/// The terse stream of a version: chosen once per stream and compiled into the emitter and the
/// parser. [`InstructionSet`] has what differs in instructions.
pub(super) trait TerseDialect: InstructionSet + LuaVersion {
    /// The token that the stream begins with; none in Lua 5.3.
    const START: Option<Numbered<16>>;

    /// True if a function stores where its upvalues are. If not, it has at most 255.
    const HAS_PLACES: bool;

    /// True if integers and floats differ. If not, a whole float is written like an integer.
    const HAS_INTEGERS: bool;

    /// The smallest `int` of a chunk.
    const LEAST_INT: i32 = i32::MIN;

    /// The smallest `int` of `abslineinfo`.
    const LEAST_ABSOLUTE: i32 = Self::LEAST_INT;

    /// Writes the token of an opcode.
    fn write_opcode(op: u8, out: &mut impl TokenWriter);

    /// Takes the token of an opcode if it is here.
    fn accept_opcode(op: u8, scan: &mut Scan) -> bool;
}

/// Returns the token that streams of a version begin with; none for Lua 5.3.
pub(crate) fn start(version: Version) -> Option<Numbered<16>> {
    with_version!(version, V => V::START)
}

/// The functions for opcode tokens, with the table of the version's.
macro_rules! opcode_tokens {
    ($table:expr) => {
        #[inline(always)]
        fn write_opcode(op: u8, out: &mut impl TokenWriter) {
            out.fragment($table.at(usize::from(op)));
        }

        #[inline(always)]
        fn accept_opcode(op: u8, scan: &mut Scan) -> bool {
            scan.accept(&$table[usize::from(op)])
        }
    };
}

impl TerseDialect for Lua51 {
    const START: Option<Numbered<16>> = Some(f::LUA_51);
    const HAS_PLACES: bool = false;
    const HAS_INTEGERS: bool = false;
    opcode_tokens!(f::OP_51);
}

impl TerseDialect for Lua52 {
    const START: Option<Numbered<16>> = Some(f::LUA_52);
    const HAS_PLACES: bool = true;
    const HAS_INTEGERS: bool = false;
    opcode_tokens!(f::OP_52);
}

impl TerseDialect for Lua53 {
    const START: Option<Numbered<16>> = None;
    const HAS_PLACES: bool = true;
    const HAS_INTEGERS: bool = true;
    opcode_tokens!(f::OP_53);
}

impl TerseDialect for Lua54 {
    const START: Option<Numbered<16>> = Some(f::LUA_54);
    const HAS_PLACES: bool = true;
    const HAS_INTEGERS: bool = true;
    const LEAST_INT: i32 = 0;
    opcode_tokens!(f::OP_54);
}

impl TerseDialect for Lua55 {
    const START: Option<Numbered<16>> = Some(f::LUA_55);
    const HAS_PLACES: bool = true;
    const HAS_INTEGERS: bool = true;
    const LEAST_INT: i32 = 0;
    const LEAST_ABSOLUTE: i32 = i32::MIN;
    opcode_tokens!(f::OP_55);
}
