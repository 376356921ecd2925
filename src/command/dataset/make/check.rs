//! Whether a source's text can stand in a record.

use luadec_tok::stream::vocabulary_of_both;

use crate::command::dataset::reason::Reason;

/// The text of a source, which JSON can hold and which forges no token.
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

/// The first token `<|…|>` of the vocabulary in a text, with its offset. The other tokens, `\x00`
/// to `\xFF`, are ordinary in Lua's strings; they frame nothing and so forge nothing.
fn token(text: &str) -> Option<(usize, &'static str)> {
    // No token is longer.
    const LONGEST: usize = 64;
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, "<|").find_map(|start| {
        let rest = &bytes[start..bytes.len().min(start + LONGEST)];
        let end = memchr::memmem::find(rest, b"|>")? + b"|>".len();
        let token = vocabulary_of_both().find(|token| token.as_bytes() == &rest[..end])?;
        Some((start, token))
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
