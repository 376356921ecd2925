//! The stream in a prompt.

/// Finds the stream that a prompt asks about, and the number of streams in it. It is the last one:
/// those before it are examples. Text around the streams is skipped. A stream without its end reaches
/// to the last `<|/Proto|>`.
pub fn last_stream(prompt: &str) -> Option<(&str, usize)> {
    let mut last = None;
    let mut streams = 0;
    // The stream that is open: where it starts, its functions that are open, and its end so far.
    let mut open: Option<usize> = None;
    let (mut depth, mut end) = (0, prompt.len());
    for (at, _) in prompt.match_indices("<|") {
        let token = &prompt[at..];
        if token.starts_with(LUA) {
            streams += usize::from(depth > 0);
            (open, depth, end) = (Some(at), 0, prompt.len());
        } else if token.starts_with(OPEN) {
            open.get_or_insert(at);
            depth += 1;
        } else if token.starts_with(CLOSE)
            && let Some(start) = open
        {
            depth -= 1;
            end = at + CLOSE.len();
            if depth <= 0 {
                last = Some(start..end);
                streams += 1;
                (open, depth, end) = (None, 0, prompt.len());
            }
        }
    }
    if let Some(start) = open
        && (depth > 0 || last.is_none())
    {
        last = Some(start..end);
        streams += 1;
    }
    Some((&prompt[last?], streams))
}

const LUA: &str = "<|Lua-";
const OPEN: &str = "<|Proto|>";
const CLOSE: &str = "<|/Proto|>";

#[cfg(test)]
mod tests {
    use super::last_stream;

    #[test]
    fn the_last_stream_is_the_one_that_is_asked_about() {
        let (one, two) = (
            "<|Proto|>a<|Proto|>b<|/Proto|>c<|/Proto|>",
            "<|Proto|>d<|/Proto|>",
        );
        let marked = format!("<|Lua-5.4|>{two}");
        let inner = "<|Proto|>a<|Proto|>b<|/Proto|>";
        for (prompt, wanted) in [
            (String::new(), None),
            ("no stream".to_owned(), None),
            ("<|/Proto|> <|other|>".to_owned(), None),
            (one.to_owned(), Some((one, 1))),
            (
                format!("Decompile:\n{one}\nThanks<|im_end|>"),
                Some((one, 1)),
            ),
            (format!("{one} is f() {two} is"), Some((two, 2))),
            (format!("{two}{one}"), Some((one, 2))),
            (format!("{marked} is f()\n{marked} is"), Some((&marked, 2))),
            (
                format!("{one} and {marked}, which has no <|Lua-5.1|>"),
                Some((&marked, 2)),
            ),
            // An example that was cut off.
            (format!("{inner}...\n{marked}"), Some((&marked, 2))),
            // A stream without its end is not right, and no other is read for it.
            (inner.to_owned(), Some((inner, 1))),
            (format!("{two} {inner} c"), Some((inner, 2))),
            ("<|Lua-5.4|> x".to_owned(), Some(("<|Lua-5.4|> x", 1))),
        ] {
            assert_eq!(last_stream(&prompt), wanted, "{prompt}");
        }
    }
}
