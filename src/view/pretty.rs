//! The token stream with line breaks and indentation, which the parser takes as well.

use std::io;

use super::page::Page;
use super::print::Print;
use super::style::Style;
use crate::chunk::Chunk;
use crate::stream::full::emit;
use crate::stream::{
    ESCAPE_MAX, ESCAPE_SLACK, Float, Language, Numbered, Sink, TokenWriter, escape, pieces,
};

/// The spaces of a level.
const INDENT: usize = 2;
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
        let mut pretty = Pretty {
            page: self,
            depth: 0,
            before: Before::Nothing,
            lines: 0,
        };
        emit(chunk, &mut pretty)?;
        self.end_line()
    }
}

/// Where a token goes.
enum Place {
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

fn place(token: &[u8]) -> Place {
    match token {
        b"<|Proto|>"
        | b"<|Proto-k|>"
        | b"<|Proto-code|>"
        | b"<|Proto-lineinfo|>"
        | b"<|LineInfo|>"
        | b"<|Proto-locvars|>"
        | b"<|Proto-upvalues|>"
        | b"<|Proto-p|>" => Place::Begin,
        b"<|/Proto|>"
        | b"<|/Proto-k|>"
        | b"<|/Proto-code|>"
        | b"<|/Proto-lineinfo|>"
        | b"<|/LineInfo|>"
        | b"<|/Proto-locvars|>"
        | b"<|/Proto-upvalues|>"
        | b"<|/Proto-p|>" => Place::End,
        b"<|Proto-sizeupvalues|>"
        | b"<|Proto-linedefined|>"
        | b"<|Proto-source|>"
        | b"<|Proto-k-idx|>"
        | b"<|Proto-code-idx|>"
        | b"<|Proto-locvars-idx|>"
        | b"<|Proto-upvalues-idx|>"
        | b"<|Proto-p-idx|>" => Place::Line,
        b"<|LineInfo-pad|>" => Place::Pad,
        b"<|NULL|>" => Place::Tight,
        _ if token.starts_with(b"<|/") => Place::Tight,
        _ => Place::Word,
    }
}

/// What was written last.
#[derive(Clone, Copy, PartialEq)]
enum Before {
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
struct Pretty<'p, 'w> {
    page: &'p mut Page<'w>,
    depth: usize,
    before: Before,
    /// How many line numbers of the function have been written.
    lines: usize,
}

impl Pretty<'_, '_> {
    fn token(&mut self, token: &[u8]) {
        let before = std::mem::replace(&mut self.before, Before::Token);
        match place(token) {
            Place::Begin => {
                if before != Before::Nothing {
                    self.new_line();
                }
                self.depth += 1;
                self.lines = 0;
                self.before = Before::Begin;
            }
            Place::End => {
                self.depth -= 1;
                if before != Before::Begin {
                    self.new_line();
                }
            }
            Place::Line => self.new_line(),
            Place::Word if before == Before::Begin => self.new_line(),
            Place::Word if before == Before::Token => self.page.byte(b' '),
            Place::Word | Place::Tight => {}
            Place::Pad => {
                self.lines += 1;
                if self.lines.is_multiple_of(ROW) {
                    self.before = Before::Row;
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
        if matches!(self.before, Before::Begin | Before::Row) {
            self.new_line();
        }
        self.before = Before::Value;
    }
}

impl TokenWriter for Pretty<'_, '_> {
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

impl Sink for Pretty<'_, '_> {
    type Out<'a> = Self;

    fn say(&mut self, say: impl FnOnce(&mut Self)) -> io::Result<()> {
        say(self);
        self.page.turn()
    }

    fn text(&mut self, text: &[u8], quoted: bool) -> io::Result<()> {
        const PIECE: usize = 4096;
        self.value();
        for piece in pieces(text, PIECE) {
            self.page.paint(Style::String, |page| {
                page.fill(piece.len() * ESCAPE_MAX + ESCAPE_SLACK, |room| {
                    escape(piece, quoted, room)
                });
            });
            self.page.turn()?;
        }
        Ok(())
    }
}
