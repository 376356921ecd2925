//! The opcodes of a dialect.

use super::word::layout;
use super::{Dialect, TagKind};
use crate::chunk::{Chunk, Extension, ExtraOpcode};
use crate::opcodes::Opcode;
use crate::opmap::{OpcodeMap, RenumberError};
use crate::version::Version;

/// An opcode with its number in a dialect.
#[derive(Clone, Debug, PartialEq)]
pub struct DialectOpcode {
    /// The number.
    pub number: u8,
    /// The row of Lua's opcode with this name, or of one that Lua does not have.
    pub row: Opcode,
}

/// The opcodes of a dialect of one version, and what else its trees hold.
#[derive(Clone, Debug, PartialEq)]
pub struct DialectOpcodes {
    /// The numbers; `None` if they are Lua's.
    pub map: Option<OpcodeMap>,
    /// What the version's trees do not have.
    pub extension: Extension,
}

impl Dialect {
    /// Returns the opcodes of the dialect in chunks of a version.
    pub fn opcodes_of(&self, version: Version) -> DialectOpcodes {
        let values = version.opcode_values() as u8;
        let mut extension = Extension {
            opcodes: Vec::new(),
            has_kinds: self.upvalue_kinds && !version.has_kinds(),
            has_integers: version < Version::Lua53 && self.has_tag(TagKind::Integer),
            has_null: self.null_constants,
            has_packed_lines: self.packed_lines,
        };
        // Each number that no line mentions is as in the version, unless its opcode has moved.
        let mut own: Vec<Option<u8>> = (0..values)
            .map(|number| Some(number).filter(|number| !version.opcode(*number).is_unknown()))
            .collect();
        let named = self.opcodes.iter();
        let named = named.map(|opcode| (opcode, version.opcode_number(opcode.row.name())));
        for (opcode, of_lua) in named {
            if let Some(moved) = of_lua
                && own[usize::from(moved)] == Some(moved)
            {
                own[usize::from(moved)] = None;
            }
            own[usize::from(opcode.number)] = None;
        }
        for opcode in &self.opcodes {
            let number = version.opcode_number(opcode.row.name());
            let number = number.unwrap_or_else(|| {
                let number = free_number(version, &extension, opcode.number);
                let row = opcode.row;
                extension.opcodes.push(ExtraOpcode { number, row });
                number
            });
            own[usize::from(opcode.number)] = Some(number);
        }
        let same = (0..)
            .zip(&own)
            .all(|(number, own)| own.is_none_or(|own| own == number));
        let map = (!same || !self.fields.is_empty()).then(|| {
            let rows = &extension.opcodes;
            OpcodeMap::of_dialect(version, own, layout(version, &self.fields), rows)
        });
        DialectOpcodes { map, extension }
    }

    pub(super) fn has_tag(&self, kind: TagKind) -> bool {
        self.tags.iter().any(|(_, tag)| *tag == kind)
    }
}

/// Returns a number for an opcode that Lua does not have: its own, if Lua has no opcode there, or else
/// the lowest free one.
fn free_number(version: Version, extension: &Extension, number: u8) -> u8 {
    let is_free =
        |number: &u8| version.opcode(*number).is_unknown() && extension.row(*number).is_none();
    let numbers = 0..version.opcode_values() as u8;
    let mut free = std::iter::once(number).chain(numbers).filter(is_free);
    free.next()
        .expect("the parser limits the number of added opcodes")
}

impl DialectOpcodes {
    /// Converts the code of a chunk that has been read to Lua's numbers, and notes what the chunk has
    /// beyond its version.
    ///
    /// # Errors
    /// The first instruction whose number has no opcode.
    pub fn to_own(&self, chunk: &mut Chunk) -> Result<(), RenumberError> {
        chunk.extend(&self.extension);
        self.map.as_ref().map_or(Ok(()), |map| map.to_own(chunk))
    }

    /// Converts the code of a chunk to the dialect's numbers, to be written.
    ///
    /// # Errors
    /// The first instruction whose opcode has no number in the dialect.
    pub fn to_foreign(&self, chunk: &mut Chunk) -> Result<(), RenumberError> {
        self.map
            .as_ref()
            .map_or(Ok(()), |map| map.to_foreign(chunk))
    }
}
