//! What is particular to a version of Lua in its terse streams.

use crate::opcodes::InstructionSet;
use crate::stream::fragments::{Numbered, terse as f};
use crate::stream::scan::Scan;
use crate::stream::sink::TokenWriter;
use crate::version::{Lua51, Lua52, Lua53, Lua54, Lua55, LuaVersion, Version, with_version};

/// The terse stream of a version: chosen once a stream, and compiled into the emitter and the
/// parser. What the instructions are made of is for [`InstructionSet`] to say.
pub(super) trait TerseDialect: InstructionSet + LuaVersion {
    /// What the stream begins with; nothing in Lua 5.3.
    const START: Option<Numbered<16>>;

    /// Every token that the stream can hold, a line each.
    const VOCABULARY: &'static str;

    /// Whether a function says where its upvalues are. If not, it has 255 of them at most.
    const HAS_PLACES: bool;

    /// Whether integers and floats are told apart. If not, a float that is whole looks like an
    /// integer.
    const HAS_INTEGERS: bool;

    /// The least that an `int` of a chunk can be.
    const LEAST_INT: i32 = i32::MIN;

    /// The least that one of `abslineinfo` can be.
    const LEAST_ABSOLUTE: i32 = Self::LEAST_INT;

    /// Says the token of an opcode.
    fn say_opcode(op: u8, out: &mut impl TokenWriter);

    /// The token of an opcode.
    fn opcode_token(op: u8) -> &'static [u8];

    /// Passes over the token of an opcode if it stands here.
    fn passes_opcode(op: u8, scan: &mut Scan) -> bool;
}

/// What the streams of a version begin with; nothing in Lua 5.3.
pub(crate) fn start(version: Version) -> Option<Numbered<16>> {
    with_version!(version, V => V::START)
}

/// Every token that streams of a version can hold, a line each.
pub(crate) fn vocabulary(version: Version) -> &'static str {
    with_version!(version, V => V::VOCABULARY)
}

/// The three that say and pass over an opcode's token, with the table of the version's.
macro_rules! opcode_tokens {
    ($table:expr) => {
        #[inline(always)]
        fn say_opcode(op: u8, out: &mut impl TokenWriter) {
            out.fragment($table.at(usize::from(op)));
        }

        fn opcode_token(op: u8) -> &'static [u8] {
            $table.at(usize::from(op)).fragment().tokens()
        }

        #[inline(always)]
        fn passes_opcode(op: u8, scan: &mut Scan) -> bool {
            scan.passes_token(&$table[usize::from(op)])
        }
    };
}

impl TerseDialect for Lua51 {
    const START: Option<Numbered<16>> = Some(f::LUA_51);
    const VOCABULARY: &'static str = f::VOCABULARY_51;
    const HAS_PLACES: bool = false;
    const HAS_INTEGERS: bool = false;
    opcode_tokens!(f::OP_51);
}

impl TerseDialect for Lua52 {
    const START: Option<Numbered<16>> = Some(f::LUA_52);
    const VOCABULARY: &'static str = f::VOCABULARY_52;
    const HAS_PLACES: bool = true;
    const HAS_INTEGERS: bool = false;
    opcode_tokens!(f::OP_52);
}

impl TerseDialect for Lua53 {
    const START: Option<Numbered<16>> = None;
    const VOCABULARY: &'static str = f::VOCABULARY_53;
    const HAS_PLACES: bool = true;
    const HAS_INTEGERS: bool = true;
    opcode_tokens!(f::OP);
}

impl TerseDialect for Lua54 {
    const START: Option<Numbered<16>> = Some(f::LUA_54);
    const VOCABULARY: &'static str = f::VOCABULARY_54;
    const HAS_PLACES: bool = true;
    const HAS_INTEGERS: bool = true;
    const LEAST_INT: i32 = 0;
    opcode_tokens!(f::OP_54);
}

impl TerseDialect for Lua55 {
    const START: Option<Numbered<16>> = Some(f::LUA_55);
    const VOCABULARY: &'static str = f::VOCABULARY_55;
    const HAS_PLACES: bool = true;
    const HAS_INTEGERS: bool = true;
    const LEAST_INT: i32 = 0;
    const LEAST_ABSOLUTE: i32 = i32::MIN;
    opcode_tokens!(f::OP_55);
}
