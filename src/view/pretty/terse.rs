//! The terse stream laid out in lines.

use std::io;

use super::OpenProtos;
use crate::chunk::{Chunk, Extension};
use crate::disasm::{Print, Style};
use crate::float::Float;
use crate::opcodes::{Opcode, Operand};
use crate::stream::terse::emit;
use crate::stream::{Numbered, Sink, TokenWriter};
use crate::version::Version;
use crate::view::page::Page;

impl Page<'_> {
    /// Writes the terse stream of a chunk in lines: one for each instruction, with its label, its line
    /// and the variables before it, and one for each upvalue. A line never ends after a name, which
    /// extends to the next token. A line that uses a constant without its value ends with the value, as a
    /// comment.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn pretty_terse(&mut self, chunk: &Chunk) -> io::Result<()> {
        let mut lines = TerseLines {
            page: self,
            version: chunk.version,
            extension: chunk.extension(),
            protos: OpenProtos::new(&chunk.main),
            functions: Vec::new(),
            before: LastToken::Nothing,
            mention: None,
            mentioned: Vec::new(),
            memory: Ok(()),
        };
        emit(chunk, &mut lines)?;
        lines.memory?;
        self.end_line()
    }
}

/// The last thing written.
#[derive(Clone, Copy, PartialEq)]
enum LastToken {
    Nothing,
    Token,
    /// `<|K|>`, which a number and `<|Constant|>` follow on the same line.
    AnyConstant,
    /// A name, which extends to the next token.
    Name,
}

/// The state of a function that decides which of its next tokens begin a line.
#[derive(Clone, Copy, Default)]
struct FunctionLines {
    /// How many of the header's two line numbers have been written.
    header_lines: usize,
    /// How many tokens of operands are still to come.
    operands: usize,
    /// True if the line has begun, with a token that belongs to the next instruction.
    is_begun: bool,
}

struct TerseLines<'p, 'w, 'c> {
    page: &'p mut Page<'w>,
    version: Version,
    extension: &'c Extension,
    protos: OpenProtos<'c>,
    functions: Vec<FunctionLines>,
    before: LastToken,
    /// The constant that was just mentioned, unless its value follows.
    mention: Option<usize>,
    /// The constants that the line mentions without their values.
    mentioned: Vec<usize>,
    /// An error if there was not enough memory for the constants of a function.
    memory: io::Result<()>,
}

impl TerseLines<'_, '_, '_> {
    fn token(&mut self, token: &[u8]) {
        let before = std::mem::replace(&mut self.before, LastToken::Token);
        let has_value = token == b"<|Constant|>" && before == LastToken::AnyConstant;
        if let Some(index) = self.mention.take().filter(|_| !has_value) {
            self.mentioned.push(index);
        }
        let mut depth = self.functions.len();
        let begins_line = match (token, self.functions.last_mut()) {
            (b"<|Proto|>", around) => {
                if let Some(around) = around {
                    around.operands = 0;
                }
                self.functions.push(FunctionLines::default());
                true
            }
            (b"<|/Proto|>", _) => {
                self.functions.pop();
                depth -= 1;
                true
            }
            (b"<|K|>", function) => {
                self.before = LastToken::AnyConstant;
                function.is_some_and(FunctionLines::operand)
            }
            (b"<|Constant|>", _) if before == LastToken::AnyConstant => false,
            (token, Some(function)) => function.begins_line(token, self.version, self.extension),
            (_, None) => false,
        };
        // White space would become part of a name.
        let is_tight = matches!(before, LastToken::Nothing | LastToken::Name);
        if begins_line && !is_tight {
            self.comment();
        }
        if token == b"<|Proto|>" {
            let begun = self.protos.begin();
            self.memory = std::mem::replace(&mut self.memory, Ok(())).and(begun);
            self.page.enter(&self.protos.path);
        }
        match (is_tight, begins_line) {
            (true, _) => {}
            (false, true) => self.page.new_line(depth),
            (false, false) => self.page.byte(b' '),
        }
        self.page.paint(style(token), |page| page.text(token));
        if token == b"<|/Proto|>" {
            self.protos.end();
            self.page.enter(&self.protos.path);
        }
        if let [b'<', b'|', b'K', number @ .., b'|', b'>'] = token {
            let number = std::str::from_utf8(number).ok();
            self.mention = number.and_then(|number| number.parse().ok());
        }
    }

    /// Ends the line with the values of the constants that it mentions without them.
    fn comment(&mut self) {
        if let Some(open) = self.protos.last() {
            self.page.comment(self.version, &open.k, &self.mentioned);
        }
        self.mentioned.clear();
    }
}

impl FunctionLines {
    /// Returns whether a token begins a line.
    fn begins_line(&mut self, token: &[u8], version: Version, extension: &Extension) -> bool {
        match token {
            [b'<', b'|', b'+' | b'-', ..] | b"<|LineInfo|>" if self.header_lines < 2 => {
                self.header_lines += 1;
                false
            }
            [b'<', b'|', b'O', b'P', b'_', name @ ..] => {
                let name = name.strip_suffix(b"|>").unwrap_or(name);
                let added = || extension.row(extension.number(name)?);
                let row = version.opcode_named(name).or_else(added);
                self.operands = row.map_or(0, operands_of_tokens);
                !std::mem::take(&mut self.is_begun)
            }
            b"<|Instruction|>" => !std::mem::take(&mut self.is_begun),
            b"<|LocVar-startpc|>" => {
                self.is_begun = false;
                false
            }
            b"<|Proto-locvars|>" | b"<|Proto-lineinfo|>" | b"<|Proto-p|>" => true,
            b"<|LocVar|>" | b"<|/LocVar|>" => self.before_instruction(),
            [b'<', b'|', b'+' | b'-', ..] | b"<|LineInfo|>" => self.before_instruction(),
            [b'<', b'|', b'L', b'0'..=b'9' | b'|', ..] if self.operands == 0 => {
                self.before_instruction()
            }
            [b'<', b'|', b'U', b'0'..=b'9' | b'|', ..] if self.operands == 0 => {
                // Next comes what the upvalue captures, if the version stores it.
                self.operands = usize::from(version != Version::Lua51);
                true
            }
            [b'<', b'|', b'K', ..] | b"<|Constant|>" => self.operand(),
            [
                b'<',
                b'|',
                b'R' | b'N' | b'U' | b'L' | b'P',
                b'0'..=b'9' | b'|',
                ..,
            ] => {
                self.operand();
                false
            }
            _ => false,
        }
    }

    /// Counts an operand, and returns whether the token is not an operand.
    fn operand(&mut self) -> bool {
        let is_alone = self.operands == 0;
        self.operands = self.operands.saturating_sub(1);
        is_alone
    }

    fn before_instruction(&mut self) -> bool {
        !std::mem::replace(&mut self.is_begun, true)
    }
}

/// The number of an opcode's operands that are tokens.
fn operands_of_tokens(row: &Opcode) -> usize {
    let is_token =
        |of: &&Operand| !matches!(of, Operand::Unused | Operand::Decimal | Operand::Signed);
    row.operands.iter().filter(is_token).count()
}

fn style(token: &[u8]) -> Style {
    match token {
        [b'<', b'|', b'O', b'P', b'_', ..] => Style::Opcode,
        [
            _,
            _,
            b'R' | b'K' | b'U' | b'N' | b'L' | b'P',
            b'0'..=b'9' | b'|',
            ..,
        ] => Style::Number,
        _ => Style::Comment,
    }
}

impl TokenWriter for TerseLines<'_, '_, '_> {
    fn fragment<const N: usize>(&mut self, fragment: Numbered<N>) {
        self.token(fragment.tokens());
    }

    fn integer(&mut self, value: i64) {
        self.mention = match self.before {
            LastToken::AnyConstant => usize::try_from(value).ok(),
            _ => None,
        };
        self.page.paint(Style::Number, |page| page.integer(value));
    }

    fn float(&mut self, value: f64) {
        self.mention = None;
        self.page
            .paint(Style::Number, |page| page.text(Float::new().format(value)));
    }

    fn word(&mut self, word: &'static str) {
        self.mention = None;
        let style = match word {
            "\"" => Style::String,
            _ => Style::Number,
        };
        self.page.paint(style, |page| page.text(word));
        self.before = LastToken::Token;
    }

    fn token(&mut self, token: &str) {
        self.token(token.as_bytes());
    }
}

impl Sink for TerseLines<'_, '_, '_> {
    type Out<'a> = Self;

    fn write(&mut self, write: impl FnOnce(&mut Self)) -> io::Result<()> {
        write(self);
        self.page.turn()
    }

    fn text(&mut self, text: &[u8], quoted: bool) -> io::Result<()> {
        self.mention = None;
        self.page.stream_text(text, quoted)?;
        self.before = LastToken::Name;
        Ok(())
    }
}
