//! Checks that ids decode to the text that they encode.

use thiserror::Error;

use super::load::Tokenizer;

/// The error for a text whose ids decode to another text.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{text:?} becomes {decoded:?}")]
pub struct LostText {
    /// The text from the first difference on, cut short.
    pub text: String,
    /// The decoded text from there on.
    pub decoded: String,
}

/// Lua that any tokenizer should decode correctly: letters, spaces, digits and brackets.
const PROBE: &str = "local function name() return 1 end";

impl Tokenizer {
    /// Checks that the tokenizer decodes plain Lua.
    ///
    /// # Errors
    /// It decodes the ids to another text.
    pub fn check_decoding(&self) -> Result<(), LostText> {
        match self.encode_between(PROBE) {
            Ok(ids) => self.check_text(&ids, PROBE),
            Err(_) => Err(lost(PROBE, "")),
        }
    }

    /// Decodes the ids of a text between two tokens of the vocabulary and compares the result. A
    /// space that the tokenizer adds to text after an added token is ignored.
    ///
    /// # Errors
    /// The ids decode to another text.
    pub fn check_text(&self, ids: &[u32], text: &str) -> Result<(), LostText> {
        let mut rest = text;
        for part in ids.chunk_by(|a, b| !self.is_added(*a) && !self.is_added(*b)) {
            let decoded = self.decode_between(part);
            let found = [Some(decoded.as_str()), decoded.strip_prefix(' ')];
            let found = found.into_iter().flatten();
            rest = match found.filter_map(|found| rest.strip_prefix(found)).next() {
                Some(rest) => rest,
                None => return Err(lost(rest, &decoded)),
            };
        }
        match rest.is_empty() {
            true => Ok(()),
            false => Err(lost(rest, "")),
        }
    }

    fn decode_between(&self, ids: &[u32]) -> String {
        let (first, last) = self.around();
        let all = [&[first], ids, &[last]].concat();
        // A decoder that fails decodes to nothing.
        let decoded = self.encoder.decode(&all, false).unwrap_or_default();
        let text = decoded.strip_prefix(super::load::FIRST).unwrap_or(&decoded);
        text.strip_suffix(super::load::LAST)
            .unwrap_or(text)
            .to_owned()
    }
}

/// Returns both texts from their first difference up to the next token.
fn lost(text: &str, decoded: &str) -> LostText {
    const SHOWN: usize = 10;
    let decoded = match text.starts_with(' ') {
        true => decoded,
        false => decoded.strip_prefix(' ').unwrap_or(decoded),
    };
    let same = text.chars().zip(decoded.chars());
    let same = same.take_while(|(a, b)| a == b).count();
    let rest = |text: &str| -> String {
        let rest: String = text.chars().skip(same).take(SHOWN).collect();
        rest.split("<|").next().unwrap_or_default().to_owned()
    };
    LostText {
        text: rest(text),
        decoded: rest(decoded),
    }
}
