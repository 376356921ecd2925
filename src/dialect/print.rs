//! Prints a dialect as its file.

use std::fmt;

use super::parse::{NUMBER_TYPES, OPERAND_FIELDS, OPERAND_KINDS, SIZED_TYPES, TAG_KINDS};
use super::{Dialect, DialectOpcode, TagKind};
use crate::opcodes::{NextWord, OpMode, Operand};

/// Displays as the lines of its file, in the order of this documentation's fields.
impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let hex = |bytes: &[u8]| words(bytes.iter().map(|byte| format!("{byte:02X}")));
        writeln!(f, ".base{}", words(&self.base))?;
        if let Some(signature) = &self.signature {
            writeln!(f, ".signature{}", hex(signature))?;
        }
        if !self.version_bytes.is_empty() {
            writeln!(f, ".version{}", hex(&self.version_bytes))?;
        }
        if !self.formats.is_empty() {
            let formats = self.formats.iter().map(|byte| format!("{byte:X}"));
            writeln!(f, ".format{}", words(formats))?;
        }
        for field in &self.lacks {
            writeln!(f, ".header - {}", field.name())?;
        }
        for opcode in &self.opcodes {
            self.opcode(f, opcode)?;
        }
        for place in &self.fields {
            let bits = place.bits;
            writeln!(
                f,
                ".field {} {} {}",
                place.field.name(),
                bits.position(),
                bits.size()
            )?;
        }
        for (tag, kind) in &self.tags {
            writeln!(f, ".tag {tag} {}", kind.name())?;
        }
        for (is_so, line) in [
            (self.upvalue_kinds, ".upvalues kind"),
            (self.negative_counts, ".counts negative"),
            (self.null_constants, ".null constant"),
        ] {
            if is_so {
                writeln!(f, "{line}")?;
            }
        }
        if let Some(align) = self.align {
            let lists = [(align.code, "code"), (align.lineinfo, "lineinfo")];
            let lists = lists.into_iter().filter(|(is_aligned, _)| *is_aligned);
            writeln!(
                f,
                ".align {}{}",
                align.to,
                words(lists.map(|(_, list)| list))
            )?;
        }
        if self.packed_lines {
            writeln!(f, ".lines packed")?;
        }
        for sizes in &self.sizes {
            writeln!(
                f,
                ".size {}{}",
                name(&SIZED_TYPES, sizes.of),
                words(&sizes.sizes)
            )?;
        }
        if self.big_endian {
            writeln!(f, ".endian big")?;
        }
        match self.number {
            Some(number) => writeln!(f, ".number {}", name(&NUMBER_TYPES, number)),
            None => Ok(()),
        }
    }
}

impl Dialect {
    fn opcode(&self, f: &mut fmt::Formatter, opcode: &DialectOpcode) -> fmt::Result {
        let DialectOpcode { number, row } = opcode;
        write!(f, ".op {number} {}", row.name().to_ascii_lowercase())?;
        let mut base = self.base.iter();
        if base.any(|version| version.opcode_number(row.name()).is_some()) {
            return writeln!(f);
        }
        let mut is_reserved = true;
        for (index, operand) in row.operands.into_iter().enumerate() {
            if operand == Operand::Unused {
                continue;
            }
            let mut fields = OPERAND_FIELDS.iter();
            let field = fields.find(|(_, mode, place)| {
                *place == index
                    && (*mode == row.mode
                        || index == 0
                            && *mode == OpMode::iABC
                            && !matches!(row.mode, OpMode::iAx | OpMode::isJ))
            });
            let field = field.map_or("?", |(name, ..)| name);
            write!(f, " {field}:{}", name(&OPERAND_KINDS, operand))?;
            is_reserved = false;
        }
        for (is_so, words) in [
            (row.a, " sets A"),
            (row.next == NextWord::Jump, " test"),
            (is_reserved && row.next != NextWord::Jump, " reserved"),
        ] {
            if is_so {
                write!(f, "{words}")?;
            }
        }
        writeln!(f)
    }
}

/// Returns words with a space before each.
fn words<T: ToString>(words: impl IntoIterator<Item = T>) -> String {
    words
        .into_iter()
        .map(|word| format!(" {}", word.to_string()))
        .collect()
}

/// Returns the name of a value.
impl TagKind {
    /// Returns the name, as a file has it.
    pub(crate) fn name(self) -> &'static str {
        name(&TAG_KINDS, self)
    }
}

fn name<T: PartialEq>(names: &[(T, &'static str)], value: T) -> &'static str {
    let found = names.iter().find(|(named, _)| *named == value);
    found.map_or("?", |(_, name)| name)
}
