//! Where the functions of a source stand in its text.

use std::ops::Range;

use full_moon::LuaVersion;
use full_moon::tokenizer::{Lexer, LexerResult, Symbol, TokenType};

use super::compile::skip_comment;
use crate::chunk::Proto;

/// A function in a source.
#[derive(Debug, PartialEq)]
pub struct Function {
    /// Its bytes, from `function` or `local function` to `end`.
    pub range: Range<usize>,
    /// The functions inside, in their order.
    pub functions: Vec<Function>,
}

/// The functions of a source that Lua compiles, in their order: the n-th is `p[n]` of the chunk's
/// main function, for Lua numbers them as it meets the word `function`. `None` where the lexer
/// takes something for what Lua does not.
pub fn functions(source: &str) -> Option<Vec<Function>> {
    let text = str::from_utf8(skip_comment(source.as_bytes())).ok()?;
    let skipped = source.len().checked_sub(text.len())?;
    let mut lexer = Lexer::new_lazy(text, LuaVersion::lua53());
    // Each block that is open: where its function starts, if it is one's.
    let mut open = Vec::new();
    // The functions found so far in each function that is open, the main one first.
    let mut found = vec![Vec::new()];
    // Where `local` stands, if that is the token before.
    let mut local = None;
    while let Some(token) = lexer.process_next() {
        let LexerResult::Ok(token) = token else {
            return None;
        };
        let place = skipped + token.start_position().bytes();
        match token.token_type() {
            kind if kind.is_trivia() => continue,
            TokenType::Symbol { symbol } => match symbol {
                Symbol::Local => {
                    local = Some(place);
                    continue;
                }
                Symbol::Function => {
                    open.push(Some(local.unwrap_or(place)));
                    found.push(Vec::new());
                }
                Symbol::Do | Symbol::If | Symbol::Repeat => open.push(None),
                Symbol::End | Symbol::Until => {
                    if let Some(start) = open.pop()? {
                        let range = start..skipped + token.end_position().bytes();
                        let functions = found.pop()?;
                        found.last_mut()?.push(Function { range, functions });
                    }
                }
                _ => {}
            },
            _ => {}
        }
        local = None;
    }
    (open.is_empty()).then(|| found.pop())?
}

/// Whether functions and prototypes are trees of one shape.
pub fn fit(functions: &[Function], p: &[Proto]) -> bool {
    let mut pairs = functions.iter().zip(p);
    functions.len() == p.len() && pairs.all(|(function, p)| fit(&function.functions, &p.p))
}
