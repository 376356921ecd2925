//! A function taken out of its file: what answers an outline, or a record of one function.

use super::scope::{Binding, FunctionId, Name};
use super::token::TokenKind;
use super::tree::NodeKind;
use super::{Source, SyntaxError, parse_answer};

/// What becomes of the functions inside a function that is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// Each is a `<|Hole|>` after its name.
    Holes,
    /// They are written out.
    Written,
}

impl Source<'_> {
    /// Returns the canonical answer of a function: the [canonical text](Self::canonical) of what
    /// [`taken_out`](Self::taken_out) returns.
    ///
    /// ```
    /// use luadec_tok::Version;
    /// use luadec_tok::source::{Inside, parse};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let text = b"local M = {} function M:run(n) return function() return n end end return M";
    /// let source = parse(text, Version::Lua53)?;
    /// let answer = |function| source.answer(function, Inside::Holes);
    /// assert_eq!(answer(0)?, "local M = {}\nfunction M:run<|Hole|>\nreturn M");
    /// assert_eq!(answer(1)?, "function(self, n)\n\treturn function<|Hole|>\nend");
    /// assert_eq!(answer(2)?, "function()\n\treturn n\nend");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The function cannot be written outside of its file: it is part of a table that is a compile-time
    /// constant, for example.
    pub fn answer(&self, function: FunctionId, inside: Inside) -> Result<String, SyntaxError> {
        let text = self.taken_out(function, inside);
        Ok(parse_answer(&text, self.version)?.canonical())
    }

    /// Returns the text of a function as it is laid out: `function`, then everything from the parenthesis to
    /// `end`, with the parameter `self` of a method. For the main function, returns the whole text.
    ///
    /// Two kinds of names do not mean the same outside of the file: a compile-time constant of an enclosing
    /// function is replaced by its value, and `x` becomes `_ENV.x` where `_ENV` is a variable of an
    /// enclosing function.
    pub fn taken_out(&self, function: FunctionId, inside: Inside) -> Vec<u8> {
        let definition = &self.functions[function as usize];
        let (mut out, mut from) = (Vec::new(), 0);
        if function > 0 {
            out.extend_from_slice(b"function");
            from = definition.open;
            if definition.is_method {
                from += 1;
                out.extend_from_slice(match self.tokens[from as usize].kind {
                    TokenKind::CloseParen => b"(self",
                    _ if self.text[self.bytes(0..from).end] == b' ' => b"(self,",
                    _ => b"(self, ",
                });
            }
        }
        let end = match function {
            0 => self.text.len(),
            _ => self.bytes(from..definition.end).end,
        };
        // Bytes up to here are written.
        let mut done = match function {
            0 => 0,
            _ if definition.is_method => self.bytes(0..from).end,
            _ => self.bytes(from..from).start,
        };
        let holes: Vec<FunctionId> = match inside {
            Inside::Holes => self.functions_in(function).collect(),
            Inside::Written => Vec::new(),
        };
        let holes = holes.into_iter().map(Some).chain([None]);
        for hole in holes {
            let hole = hole.map(|hole| &self.functions[hole as usize]);
            let until = hole.map_or(definition.end, |hole| hole.open);
            for name in self.names_between(from, until) {
                if let Some(text) = self.name_outside(function, name) {
                    let range = self.tokens[name.token as usize].range();
                    out.extend_from_slice(&self.text[done..range.start]);
                    out.extend_from_slice(text.as_bytes());
                    done = range.end;
                }
            }
            if let Some(hole) = hole {
                let range = self.bytes(hole.open..hole.end);
                out.extend_from_slice(&self.text[done..range.start]);
                out.extend_from_slice(TokenKind::Hole.spelling().as_bytes());
                (done, from) = (range.end, hole.end);
            }
        }
        out.extend_from_slice(&self.text[done..end]);
        out
    }

    /// Returns the names used between two tokens.
    fn names_between(&self, from: u32, until: u32) -> &[Name] {
        let at = |token| self.names.partition_point(|name| name.token < token);
        &self.names[at(from)..at(until).max(at(from))]
    }

    /// Returns what a name becomes in a function that is taken out, unless it stays.
    fn name_outside(&self, function: FunctionId, name: &Name) -> Option<String> {
        let is_outside = |variable| {
            let owner = self.variables[variable as usize].function;
            !self.is_inside(owner, function)
        };
        match name.binding {
            Binding::Free { env: Some(env), .. } if is_outside(env) => {
                Some(format!("_ENV.{}", self.name(name).escape_ascii()))
            }
            Binding::Variable(variable) if is_outside(variable) => {
                let constant = self.constants.get(&variable)?;
                let mut text = String::new();
                constant.write(&mut text, self.version);
                let next = self.tokens[name.token as usize + 1].kind;
                let is_in_parentheses = match next {
                    TokenKind::Dot
                    | TokenKind::Colon
                    | TokenKind::OpenBracket
                    | TokenKind::OpenParen
                    | TokenKind::OpenBrace
                    | TokenKind::String => true,
                    TokenKind::Caret => constant.is_negative(),
                    _ => false,
                };
                Some(match is_in_parentheses {
                    true if self.starts_statement(name.token) => format!(";({text})"),
                    true => format!("({text})"),
                    // Not `--5`, nor `5..x`.
                    false => format!(" {text} "),
                })
            }
            _ => None,
        }
    }

    /// Returns true if a token is the first of a call or an assignment.
    fn starts_statement(&self, token: u32) -> bool {
        let first = self.nodes.partition_point(|node| node.first < token);
        let nodes = self.nodes[first..].iter();
        let mut nodes = nodes.take_while(|node| node.first == token);
        nodes.any(|node| matches!(node.kind, NodeKind::CallStatement | NodeKind::Assignment))
    }
}
