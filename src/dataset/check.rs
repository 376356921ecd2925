//! What a source's text must be to stand in a record.

use super::Reason;
use crate::stream::vocabulary;

/// The text of a source that JSON can hold and that forges no token.
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

/// The first token `<|…|>` of the vocabulary in a text, and where it stands. The others, `\x00` to
/// `\xFF`, are at home in Lua's strings: they frame nothing, and so can forge nothing.
fn token(text: &str) -> Option<(usize, &'static str)> {
    memchr::memmem::find_iter(text.as_bytes(), "<|").find_map(|start| {
        let end = start + text[start..].find("|>")? + "|>".len();
        let found = vocabulary().binary_search(&&text[start..end]).ok()?;
        Some((start, vocabulary()[found]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_whatever_stands_around_it() {
        let found = |source: &str| token(source).map(|(offset, _)| offset);
        assert_eq!(found("-- <|im_end|>"), Some(3));
        assert_eq!(found("<|<|<|x|><|OP_MOVE|>"), Some(9));
        assert_eq!(found("<|<|Proto|>"), Some(2));
        assert_eq!(found("a <| b |> c <|im_end| >"), None);
        assert_eq!(found("'\\x0A'"), None);
    }
}
