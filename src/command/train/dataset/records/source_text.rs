//! Checks whether the text of a source can be part of a record.

use std::collections::HashMap;
use std::sync::LazyLock;

use luadec_tok::stream::vocabulary_of_both;

use crate::command::train::dataset::dropped::Reason;

/// Returns the text of a source, which JSON can hold and which contains no framing token.
///
/// # Errors
/// [`Reason::NotUtf8`] and [`Reason::Token`].
pub fn text(bytes: &[u8]) -> Result<&str, Reason> {
    let text = std::str::from_utf8(bytes).map_err(|error| Reason::NotUtf8(error.valid_up_to()))?;
    match token(text) {
        Some((offset, token)) => Err(Reason::Token { token, offset }),
        None => Ok(text),
    }
}

/// Checks that the text of an answer contains no token but this many holes. A string may spell one
/// that the source wrote with an escape.
///
/// # Errors
/// [`Reason::Token`].
pub fn check_answer(text: &str, mut holes: usize) -> Result<(), Reason> {
    let mut from = 0;
    while let Some((offset, token)) = token(&text[from..]) {
        let offset = from + offset;
        holes = match holes.checked_sub(1) {
            Some(holes) if token == HOLE => holes,
            _ => return Err(Reason::Token { token, offset }),
        };
        from = offset + token.len();
    }
    Ok(())
}

const HOLE: &str = "<|Hole|>";

/// Finds the first token `<|…|>` of the vocabulary in a text, with its offset. The other tokens,
/// `\x00` to `\xFF`, are common in Lua's strings and frame nothing.
fn token(text: &str) -> Option<(usize, &'static str)> {
    let bytes = text.as_bytes();
    let tokens = &*TOKENS;
    memchr::memmem::find_iter(bytes, "<|").find_map(|start| {
        // Looking no further than the longest token keeps the time linear.
        let rest = &bytes[start..bytes.len().min(start + tokens.longest)];
        let end = memchr::memmem::find(rest, b"|>")? + b"|>".len();
        let token = tokens.all.get(&rest[..end])?;
        Some((start, *token))
    })
}

/// The vocabulary, for looking up tokens.
struct FramingTokens {
    all: HashMap<&'static [u8], &'static str>,
    /// The length of the longest token, in bytes.
    longest: usize,
}

static TOKENS: LazyLock<FramingTokens> = LazyLock::new(|| FramingTokens {
    all: vocabulary_of_both()
        .map(|token| (token.as_bytes(), token))
        .collect(),
    longest: vocabulary_of_both().map(str::len).max().unwrap_or(0),
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_any_context() {
        let found = |source: &str| token(source).map(|(offset, _)| offset);
        assert_eq!(found("-- <|im_end|>"), Some(3));
        assert_eq!(found("<|<|<|x|><|OP_MOVE|>"), Some(9));
        assert_eq!(found("<|<|Proto|>"), Some(2));
        assert_eq!(found("a <| b |> c <|im_end| >"), None);
        assert_eq!(found("'\\x0A'"), None);
    }

    #[test]
    fn an_answer_has_its_holes_and_no_other_token() {
        let answer = "local function f<|Hole|>\nreturn function<|Hole|>";
        assert!(check_answer(answer, 2).is_ok());
        let refused = |text, holes| check_answer(text, holes).unwrap_err().to_string();
        assert_eq!(
            refused(answer, 1),
            "it contains the token <|Hole|> at byte 40"
        );
        assert_eq!(
            refused("f(\"<|Proto|>\")", 1),
            "it contains the token <|Proto|> at byte 3"
        );
    }

    #[test]
    fn a_token_of_any_length_is_found() {
        for wanted in vocabulary_of_both().filter(|token| token.starts_with("<|")) {
            for source in [wanted.to_owned(), format!("--<|x{wanted}<||>")] {
                let at = source.find(wanted).unwrap();
                assert_eq!(token(&source), Some((at, wanted)));
            }
        }
        let longest = vocabulary_of_both().map(str::len).max();
        assert!(longest > Some(20), "{longest:?}");
    }

    /// Searching the whole vocabulary at each `<|` would take several times the limit.
    #[test]
    fn a_text_full_of_brackets_is_read_once() {
        let start = std::time::Instant::now();
        assert_eq!(token(&"<||>".repeat(1 << 18)), None);
        assert_eq!(token(&"<|".repeat(1 << 19)), None);
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }
}
