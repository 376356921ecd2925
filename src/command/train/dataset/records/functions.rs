//! The functions of a source, paired with those of its chunk.

use luadec_tok::chunk::Chunk;
use luadec_tok::source::Source;

/// Returns whether a source and a chunk have trees of functions of the same shape, with each pair on
/// the same lines. Then the n-th function of the source is the n-th of [`Chunk::functions`], because
/// Lua numbers functions by their keywords.
pub fn are_paired(source: &Source, chunk: &Chunk) -> bool {
    let mut functions = source.functions.iter();
    let all = chunk.functions().all(|compiled| {
        let p = compiled.proto;
        let lines = [p.linedefined, p.lastlinedefined].map(|line| u32::try_from(line).ok());
        let depth = compiled.path.0.len();
        functions.next().is_some_and(|function| {
            let is_main = depth == 0;
            function.depth as usize == depth
                && (is_main || lines == [function.line, function.last_line].map(Some))
        })
    });
    all && functions.next().is_none()
}

#[cfg(test)]
mod tests;
