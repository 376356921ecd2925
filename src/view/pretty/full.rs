//! The full stream in lines.

use std::io;

use super::INDENT;
use crate::chunk::Chunk;
use crate::disasm::{Print, Style};
use crate::float::Float;
use crate::stream::full::emit;
use crate::stream::{Language, Numbered, Sink, TokenWriter};
use crate::view::page::Page;

/// The number of line numbers in a row.
const ROW: usize = 10;

impl Page<'_> {
    /// Writes the stream of a chunk in lines: one for each instruction, constant, local variable
    /// and upvalue. Only the outermost function begins at the margin.
    ///
    /// # Errors
    /// Those of the writer, and a chunk that has no full stream (see [`Language::check`]).
    pub fn pretty(&mut self, chunk: &Chunk) -> io::Result<()> {
        Language::Full.check_io(chunk)?;
        let mut lines = FullLines {
            page: self,
            depth: 0,
            before: LastWritten::Nothing,
            lines: 0,
        };
        emit(chunk, &mut lines)?;
        self.end_line()
    }
}

/// Where a token goes.
enum TokenPlace {
    /// On a line of its own; what follows, up to the matching end, is indented.
    Begin,
    /// On a line of its own, or right after its beginning if nothing stands between the two.
    End,
    /// At the start of a line.
    Line,
    /// On the current line, after a space.
    Word,
    /// Right after what comes before, because white space would become part of a text.
    Tight,
    /// After a line number.
    Pad,
}

fn place(token: &[u8]) -> TokenPlace {
    match token {
        b"<|Proto|>"
        | b"<|Proto-k|>"
        | b"<|Proto-code|>"
        | b"<|Proto-lineinfo|>"
        | b"<|LineInfo|>"
        | b"<|Proto-locvars|>"
        | b"<|Proto-upvalues|>"
        | b"<|Proto-p|>" => TokenPlace::Begin,
        b"<|/Proto|>"
        | b"<|/Proto-k|>"
        | b"<|/Proto-code|>"
        | b"<|/Proto-lineinfo|>"
        | b"<|/LineInfo|>"
        | b"<|/Proto-locvars|>"
        | b"<|/Proto-upvalues|>"
        | b"<|/Proto-p|>" => TokenPlace::End,
        b"<|Proto-sizeupvalues|>"
        | b"<|Proto-linedefined|>"
        | b"<|Proto-source|>"
        | b"<|Proto-k-idx|>"
        | b"<|Proto-code-idx|>"
        | b"<|Proto-locvars-idx|>"
        | b"<|Proto-upvalues-idx|>"
        | b"<|Proto-p-idx|>" => TokenPlace::Line,
        b"<|LineInfo-pad|>" => TokenPlace::Pad,
        b"<|NULL|>" => TokenPlace::Tight,
        _ if token.starts_with(b"<|/") => TokenPlace::Tight,
        _ => TokenPlace::Word,
    }
}

/// What was written last.
#[derive(Clone, Copy, PartialEq)]
enum LastWritten {
    Nothing,
    /// A token that begins an indented block.
    Begin,
    Token,
    Value,
    /// A full row of line numbers.
    Row,
}

/// Lays the stream out in lines. White space goes only between tokens, never next to a text, which
/// it would change.
struct FullLines<'p, 'w> {
    page: &'p mut Page<'w>,
    depth: usize,
    before: LastWritten,
    /// How many line numbers of the function have been written.
    lines: usize,
}

impl FullLines<'_, '_> {
    fn token(&mut self, token: &[u8]) {
        let before = std::mem::replace(&mut self.before, LastWritten::Token);
        match place(token) {
            TokenPlace::Begin => {
                if before != LastWritten::Nothing {
                    self.new_line();
                }
                self.depth += 1;
                self.lines = 0;
                self.before = LastWritten::Begin;
            }
            TokenPlace::End => {
                self.depth -= 1;
                if before != LastWritten::Begin {
                    self.new_line();
                }
            }
            TokenPlace::Line => self.new_line(),
            TokenPlace::Word if before == LastWritten::Begin => self.new_line(),
            TokenPlace::Word if before == LastWritten::Token => self.page.byte(b' '),
            TokenPlace::Word | TokenPlace::Tight => {}
            TokenPlace::Pad => {
                self.lines += 1;
                if self.lines.is_multiple_of(ROW) {
                    self.before = LastWritten::Row;
                }
            }
        }
        let style = match token.starts_with(b"<|OP_") {
            true => Style::Opcode,
            false => Style::Comment,
        };
        self.page.paint(style, |page| page.text(token));
    }

    fn new_line(&mut self) {
        self.page.byte(b'\n');
        self.page.spaces(self.depth * INDENT);
    }

    /// Prepares for a value: at the start of a row, it goes on a new line.
    fn value(&mut self) {
        if matches!(self.before, LastWritten::Begin | LastWritten::Row) {
            self.new_line();
        }
        self.before = LastWritten::Value;
    }
}

impl TokenWriter for FullLines<'_, '_> {
    fn fragment<const N: usize>(&mut self, fragment: Numbered<N>) {
        for token in fragment.tokens().split_inclusive(|byte| *byte == b'>') {
            self.token(token);
        }
    }

    fn integer(&mut self, value: i64) {
        self.value();
        self.page.paint(Style::Number, |page| page.integer(value));
    }

    fn float(&mut self, value: f64) {
        self.value();
        self.page
            .paint(Style::Number, |page| page.text(Float::new().format(value)));
    }

    fn word(&mut self, word: &'static str) {
        self.value();
        let style = if word == "\"" {
            Style::String
        } else {
            Style::Number
        };
        self.page.paint(style, |page| page.text(word));
    }
}

impl Sink for FullLines<'_, '_> {
    type Out<'a> = Self;

    fn say(&mut self, say: impl FnOnce(&mut Self)) -> io::Result<()> {
        say(self);
        self.page.turn()
    }

    fn text(&mut self, text: &[u8], quoted: bool) -> io::Result<()> {
        self.value();
        self.page.stream_text(text, quoted)
    }
}
