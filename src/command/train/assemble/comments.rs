//! Comments on the functions of a file that are not proven.

use luadec_tok::Version;
use luadec_tok::source::{NodeId, NodeKind, Source, parse};

use crate::command::io::shown::escaped;

/// Adds a comment on the line before the statement of each of some functions, which are numbered in the
/// order of the text. The text is canonical.
pub fn with_comments(text: &str, version: Version, comments: &[(usize, String)]) -> String {
    let Ok(source) = parse(text.as_bytes(), version) else {
        return text.to_owned();
    };
    let mut lines: Vec<(usize, &str)> = Vec::new();
    for (function, comment) in comments {
        lines.push((line_of(&source, *function), comment));
    }
    // The sort is stable, so functions of one statement keep their order.
    lines.sort_by_key(|(at, _)| *at);
    let mut commented = String::with_capacity(text.len() + 80 * lines.len());
    let mut from = 0;
    for (at, comment) in lines {
        commented.push_str(&text[from..at]);
        from = at;
        let indent = text[at..].len() - text[at..].trim_start_matches('\t').len();
        commented.push_str(&text[at..at + indent]);
        commented.push_str("-- ");
        commented.push_str(&escaped(comment));
        commented.push('\n');
    }
    commented.push_str(&text[from..]);
    commented
}

/// Returns the start of the line of the statement that a function stands in.
fn line_of(source: &Source, function: usize) -> usize {
    let Some(function) = source.functions.get(function).filter(|_| function > 0) else {
        return 0;
    };
    // The statements around the function, from the outside.
    let mut statement: NodeId = 0;
    let mut node: NodeId = 0;
    while node != function.node {
        let is_block = source.nodes[node as usize].kind == NodeKind::Block;
        let Some(child) = source
            .children(node)
            .find(|child| (*child..source.nodes[*child as usize].end).contains(&function.node))
        else {
            break;
        };
        if is_block {
            statement = child;
        }
        node = child;
    }
    let first = source.nodes[statement as usize].first;
    let start = source.tokens[first as usize].range().start;
    // Strings of a canonical text have no line breaks.
    source.text[..start]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |line_end| line_end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_stands_before_the_statement() {
        let text = "local f = g\n;(function()\n\treturn {\n\t\tfunction() end,\n\t}\nend)()";
        let comments = [(0, "main"), (1, "one\nreturn"), (2, "two")];
        let comments = comments.map(|(function, comment)| (function, comment.to_owned()));
        assert_eq!(
            with_comments(text, Version::Lua53, &comments),
            "-- main\nlocal f = g\n-- one\\x0Areturn\n;(function()\n\t-- two\n\treturn {\n\t\tfunction() end,\n\t}\nend)()"
        );
    }
}
