//! The lines of a diff: text, and instructions as a listing shows them, after a mark.

use std::io;

use anstyle::AnsiColor;

use super::listing;
use super::page::Page;
use crate::bytes::Layout;
use crate::chunk::{Extension, Proto};
use crate::disasm::{Floats, Lookup, Print};
use crate::opcodes::InstructionSet;
use crate::version::{Version, with_version};

/// What a line of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffMark {
    /// A heading: where the lines after it are.
    Heading,
    /// In both.
    Same,
    /// Only in the old chunk.
    Removed,
    /// Only in the new chunk.
    Added,
}

/// A function whose instructions are written one at a time.
pub struct ListedFunction<'p> {
    version: Version,
    lookup: Lookup<'p>,
}

impl<'p> ListedFunction<'p> {
    /// Prepares a function of a chunk of this version.
    ///
    /// # Errors
    /// There is no memory for the list of its constants.
    pub fn new(version: Version, extension: &'p Extension, p: &'p Proto<'p>) -> io::Result<Self> {
        let floats = Floats::new(version, Layout::default());
        let lookup = Lookup::of(p, floats, extension)?;
        Ok(ListedFunction { version, lookup })
    }
}

impl Page<'_> {
    /// Writes a line of text.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn diff_text(&mut self, mark: DiffMark, text: &str) -> io::Result<()> {
        self.marked(mark, |page| page.name(text.as_bytes()))
    }

    /// Writes the line that a listing has for the instruction at `pc`. Functions inside show by their
    /// index, as addresses in a file mean nothing in another.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn diff_instruction(
        &mut self,
        mark: DiffMark,
        function: &ListedFunction,
        pc: usize,
    ) -> io::Result<()> {
        let p = &function.lookup;
        with_version!(function.version, V => {
            self.marked(mark, |page| instruction::<V>(page, p, pc))
        })
    }

    /// Writes a line after its mark, all of it in the color of that.
    fn marked(&mut self, mark: DiffMark, write: impl FnOnce(&mut Self)) -> io::Result<()> {
        let (sign, color) = match mark {
            DiffMark::Heading => ("", Some(AnsiColor::Cyan)),
            DiffMark::Same => (" ", None),
            DiffMark::Removed => ("-", Some(AnsiColor::Red)),
            DiffMark::Added => ("+", Some(AnsiColor::Green)),
        };
        let style = color
            .filter(|_| self.is_colored())
            .map(AnsiColor::on_default);
        if let Some(style) = style {
            self.text(style.render().to_string());
        }
        self.text(sign);
        self.plain(write);
        if let Some(style) = style {
            self.text(style.render_reset().to_string());
        }
        self.end_line()
    }
}

fn instruction<S: InstructionSet>(page: &mut Page, p: &Lookup, pc: usize) {
    let Some(i) = p.code.get(pc) else {
        return;
    };
    let before = pc.checked_sub(1).and_then(|before| p.code.get(before));
    match before.is_some_and(S::takes_next_word) {
        // Not an instruction. A listing does not show it.
        true => page.text(format!("\t{}\t[-]\t0x{:08x}", pc + 1, i.0)),
        false => listing::instruction::<S>(page, p, pc, i, None),
    }
}
