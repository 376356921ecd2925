//! The full stream laid out in lines.

use std::io;

use super::OpenProtos;
use crate::chunk::{Chunk, Extension};
use crate::disasm::{Print, Reference, Style, operands};
use crate::float::Float;
use crate::stream::full::emit;
use crate::stream::{Language, Numbered, Sink, TokenWriter};
use crate::version::Version;
use crate::view::page::Page;

/// The number of line numbers in a row.
const ROW: usize = 10;

impl Page<'_> {
    /// Writes the full stream of a chunk in lines: one for each instruction, constant, local variable
    /// and upvalue. The line of an instruction ends with the values of its constants, as a comment.
    ///
    /// # Errors
    /// Errors of the writer, or the chunk has no full stream (see [`Language::check`]).
    pub fn pretty(&mut self, chunk: &Chunk) -> io::Result<()> {
        Language::Full.check_io(chunk)?;
        let mut lines = FullLines {
            page: self,
            extension: chunk.extension(),
            protos: OpenProtos::new(&chunk.main),
            is_index: false,
            pc: None,
            depth: 0,
            before: LastWritten::Nothing,
            lines: 0,
            memory: Ok(()),
        };
        emit(chunk, &mut lines)?;
        lines.memory?;
        self.end_line()
    }
}

/// Where a token goes.
enum TokenPlace {
    /// On a line of its own; what follows, up to the matching end, is indented.
    Begin,
    /// On a line of its own, or right after its beginning if the block is empty.
    End,
    /// At the start of a line.
    Line,
    /// On the current line, after a space.
    Word,
    /// Right after the token before it, because white space would become part of a text.
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

/// The last thing written.
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

/// Lays the stream out in lines. White space goes only between tokens, because it would become part of
/// a text.
struct FullLines<'p, 'w, 'c> {
    page: &'p mut Page<'w>,
    extension: &'c Extension,
    protos: OpenProtos<'c>,
    /// True if the number of an instruction comes next.
    is_index: bool,
    /// The instruction that the line shows.
    pc: Option<usize>,
    depth: usize,
    before: LastWritten,
    /// How many line numbers of the function have been written.
    lines: usize,
    /// An error if there was not enough memory for the constants of a function.
    memory: io::Result<()>,
}

impl FullLines<'_, '_, '_> {
    fn token(&mut self, token: &[u8]) {
        let before = std::mem::replace(&mut self.before, LastWritten::Token);
        if token == b"<|Proto|>" {
            let begun = self.protos.begin();
            self.memory = std::mem::replace(&mut self.memory, Ok(())).and(begun);
            self.page.enter(&self.protos.path);
        }
        self.is_index = token == b"<|Proto-code-idx|>";
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
        if token == b"<|/Proto|>" {
            self.protos.end();
            self.page.enter(&self.protos.path);
        }
    }

    fn new_line(&mut self) {
        if let Some(pc) = self.pc.take() {
            self.comment(pc);
        }
        self.page.new_line(self.depth);
    }

    /// Ends the line of an instruction with the values of its constants.
    fn comment(&mut self, pc: usize) {
        let Some(open) = self.protos.last() else {
            return;
        };
        let Some(i) = open.p.code.get(pc) else {
            return;
        };
        let before = pc.checked_sub(1).and_then(|before| open.p.code.get(before));
        let operands = operands(self.extension, Version::Lua53, i, before).into_iter();
        let constants = operands.filter_map(|operand| match operand {
            Reference::Constant(index) => Some(index),
            _ => None,
        });
        let constants: Vec<usize> = constants.collect();
        self.page.comment(Version::Lua53, &open.k, &constants);
    }

    /// Prepares for a value: it goes on a new line at the start of a row.
    fn value(&mut self) {
        if matches!(self.before, LastWritten::Begin | LastWritten::Row) {
            self.new_line();
        }
        self.before = LastWritten::Value;
    }
}

impl TokenWriter for FullLines<'_, '_, '_> {
    fn fragment<const N: usize>(&mut self, fragment: Numbered<N>) {
        for token in fragment.tokens().split_inclusive(|byte| *byte == b'>') {
            self.token(token);
        }
    }

    fn integer(&mut self, value: i64) {
        if self.is_index {
            self.pc = usize::try_from(value).ok();
        }
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

    fn token(&mut self, token: &str) {
        self.token(token.as_bytes());
    }
}

impl Sink for FullLines<'_, '_, '_> {
    type Out<'a> = Self;

    fn write(&mut self, write: impl FnOnce(&mut Self)) -> io::Result<()> {
        write(self);
        self.page.turn()
    }

    fn text(&mut self, text: &[u8], quoted: bool) -> io::Result<()> {
        self.value();
        self.page.stream_text(text, quoted)
    }
}
