//! Where the functions of a source stand in its text.

#[cfg(test)]
mod tests;

use std::ops::Range;

use full_moon::LuaVersion;
use full_moon::tokenizer::{Lexer, LexerResult, Symbol, TokenType};

use luadec_tok::chunk::{Proto, Version};

use crate::command::compile::skip_comment;

/// A function in a source.
#[derive(Debug, PartialEq)]
pub struct Function {
    /// Its bytes, from `function` or `local function` to `end`.
    pub range: Range<usize>,
    /// The functions inside it, in order.
    pub functions: Vec<Function>,
}

/// The functions of a source that Lua compiles, in order: the n-th is `p[n]` of the chunk's main
/// function, because Lua numbers functions as it meets the keyword. `None` if the lexer reads
/// something that Lua reads otherwise.
pub fn functions(source: &str, version: Version) -> Option<Vec<Function>> {
    let text = str::from_utf8(skip_comment(source.as_bytes())).ok()?;
    let skipped = source.len().checked_sub(text.len())?;
    let mut lexer = Lexer::new_lazy(text, dialect(version));
    // For each open block, where its function starts if it is a function's.
    let mut open = Vec::new();
    // The functions found so far in each open function, the main function first.
    let mut found = vec![Vec::new()];
    // The offset of `local` if that was the last token.
    let mut local = None;
    while let Some(token) = lexer.process_next() {
        let LexerResult::Ok(token) = token else {
            return None;
        };
        let start = skipped + token.start_position().bytes();
        match token.token_type() {
            kind if kind.is_trivia() => continue,
            TokenType::Symbol { symbol } => match symbol {
                Symbol::Local => {
                    local = Some(start);
                    continue;
                }
                Symbol::Function => {
                    open.push(Some(local.unwrap_or(start)));
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

/// The language of a version. What a later one than 5.4 adds is not told from names.
fn dialect(version: Version) -> LuaVersion {
    match version.byte() {
        0x51 => LuaVersion::lua51(),
        0x52 => LuaVersion::lua52(),
        0x53 => LuaVersion::lua53(),
        _ => LuaVersion::lua54(),
    }
}

/// Whether functions and prototypes are trees of the same shape.
pub fn fit(functions: &[Function], p: &[Proto]) -> bool {
    let mut pairs = functions.iter().zip(p);
    functions.len() == p.len() && pairs.all(|(function, p)| fit(&function.functions, &p.p))
}
