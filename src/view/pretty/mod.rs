//! The streams laid out in lines, which can still be parsed.

mod full;
mod terse;

use std::io;

use crate::bytes::try_collect;
use crate::chunk::{Constant, Proto};
use crate::disasm::{MOST_SHOWN, Print, Style};
use crate::float::Float;
use crate::stream::{ESCAPE_MAX, ESCAPE_SLACK, escape, pieces};
use crate::version::Version;

use super::page::Page;

/// The number of spaces per level.
const INDENT: usize = 2;

impl Page<'_> {
    /// Continues on the next line.
    fn new_line(&mut self, depth: usize) {
        self.break_line();
        self.spaces(depth * INDENT);
    }

    /// Writes a text of the stream.
    fn stream_text(&mut self, text: &[u8], quoted: bool) -> io::Result<()> {
        const PIECE: usize = 4096;
        for piece in pieces(text, PIECE) {
            self.paint(Style::String, |page| {
                page.fill(piece.len() * ESCAPE_MAX + ESCAPE_SLACK, |room| {
                    escape(piece, quoted, room)
                });
            });
            self.turn()?;
        }
        Ok(())
    }

    /// Ends the line with a comment that shows these constants of a function. Long strings are cut.
    fn comment(&mut self, version: Version, k: &[Constant], indices: &[usize]) {
        if !indices.iter().any(|index| k.get(*index).is_some()) {
            return;
        }
        self.paint(Style::Comment, |page| {
            page.text("  ;");
            for constant in indices.iter().filter_map(|index| k.get(*index)) {
                page.byte(b' ');
                page.short_constant(version, constant);
            }
        });
    }

    fn short_constant(&mut self, version: Version, constant: &Constant) {
        match constant {
            Constant::Nil => self.text("nil"),
            Constant::Null => self.text("NULL"),
            Constant::Boolean(value) => self.text(if *value { "true" } else { "false" }),
            Constant::Integer(value) => self.integer(*value),
            Constant::Float(value) => {
                let mut float = Float::new();
                let text = float.format(*value);
                // Before Lua 5.3 all numbers are floats.
                let whole = text.strip_suffix(b".0");
                self.text(whole.filter(|_| version < Version::Lua53).unwrap_or(text));
            }
            Constant::String(string) => {
                let start = &string[..string.len().min(MOST_SHOWN)];
                self.byte(b'"');
                self.fill(MOST_SHOWN * ESCAPE_MAX + ESCAPE_SLACK, |room| {
                    escape(start, true, room)
                });
                self.text(if start.len() < string.len() {
                    "...\""
                } else {
                    "\""
                });
            }
        }
    }
}

/// The functions that have begun and not ended, with their constants.
struct OpenProtos<'c> {
    main: Option<&'c Proto<'c>>,
    stack: Vec<OpenConstants<'c>>,
    /// The path to the last of them.
    path: Vec<usize>,
}

struct OpenConstants<'c> {
    p: &'c Proto<'c>,
    k: Vec<Constant<'c>>,
    /// How many of the functions inside it have begun.
    begun: usize,
}

impl<'c> OpenProtos<'c> {
    fn new(main: &'c Proto<'c>) -> Self {
        OpenProtos {
            main: Some(main),
            stack: Vec::new(),
            path: Vec::new(),
        }
    }

    /// Enters the next function.
    fn begin(&mut self) -> io::Result<()> {
        let p = match self.stack.last_mut() {
            None => self.main.take(),
            Some(around) => {
                self.path.push(around.begun);
                around.begun += 1;
                around.p.p.get(around.begun - 1)
            }
        };
        // The stream has just the functions of the chunk.
        if let Some(p) = p {
            let k = try_collect(p.k.iter())?;
            self.stack.push(OpenConstants { p, k, begun: 0 });
        }
        Ok(())
    }

    fn end(&mut self) {
        self.stack.pop();
        self.path.pop();
    }

    /// The function that was entered last.
    fn last(&self) -> Option<&OpenConstants<'c>> {
        self.stack.last()
    }
}
