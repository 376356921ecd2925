//! The functions of a source, as ranges of its text.

#[cfg(test)]
mod tests;

use std::ops::Range;

use luadec_tok::Version;
use luadec_tok::chunk::Proto;
use luadec_tok::source::{FunctionId, Source, parse};

/// A function in the text of a source.
#[derive(Debug, PartialEq)]
pub struct FunctionText {
    /// Its bytes, from `function`, or from `local` or `global` before it, to `end`.
    pub range: Range<usize>,
    /// Its first and last line, as Lua numbers them.
    lines: [u32; 2],
    /// The functions inside it, in order.
    pub functions: Vec<FunctionText>,
}

/// Returns the functions of a source that compiles, in order: the n-th is `p[n]` of the chunk's
/// main function, because Lua numbers functions by their keywords. Returns `None` if the source is
/// not Lua of this version: the compiler of `--luac` may accept more.
pub fn functions(source: &str, version: Version) -> Option<Vec<FunctionText>> {
    let source = parse(source.as_bytes(), version).ok()?;
    Some(inside(&source, 0))
}

fn inside(source: &Source, function: FunctionId) -> Vec<FunctionText> {
    let functions = source.functions_in(function);
    let of = |id: FunctionId| {
        let function = &source.functions[id as usize];
        FunctionText {
            range: source.function_bytes(id),
            lines: [function.line, function.last_line],
            functions: inside(source, id),
        }
    };
    functions.map(of).collect()
}

/// Returns whether functions and prototypes are trees of the same shape, with each pair on the same
/// lines.
pub fn fit(functions: &[FunctionText], p: &[Proto]) -> bool {
    let is_pair = |(function, p): (&FunctionText, &Proto)| {
        let lines = [p.linedefined, p.lastlinedefined].map(|line| u32::try_from(line).ok());
        lines == function.lines.map(Some) && fit(&function.functions, &p.p)
    };
    functions.len() == p.len() && functions.iter().zip(p).all(is_pair)
}
