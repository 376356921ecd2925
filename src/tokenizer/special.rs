//! Special tokens: those of the vocabulary, and the control tokens of the tokenizer's own.

use ahash::{AHashMap, AHashSet};

use crate::stream::vocabulary_of_both;

/// Whether a token of the vocabulary is to be registered as special. The bytes, `\x00` to `\xFF`,
/// are not: they are part of what a model answers, and `skip_special_tokens` would drop them.
pub fn is_special(token: &str) -> bool {
    token.starts_with("<|")
}

/// The control tokens of a tokenizer beside the vocabulary of streams, such as `</s>`, `[INST]` and
/// `<think>`, by their ids.
pub struct Controls(AHashMap<u32, String>);

impl Controls {
    /// Those of a tokenizer: the added tokens that are special, and those in brackets. What else is
    /// added, such as runs of spaces, is text.
    pub fn of(tokenizer: &tokenizers::Tokenizer) -> Controls {
        let ours: AHashSet<&str> = vocabulary_of_both().collect();
        let added = tokenizer.get_added_tokens_decoder().into_iter();
        let controls = added.filter(|(_, token)| {
            !ours.contains(token.content.as_str())
                && (token.special || is_bracketed(&token.content))
        });
        Controls(controls.map(|(id, token)| (id, token.content)).collect())
    }

    /// The first control among `ids` that a text spells. What else is among them, such as what a
    /// model gives for characters that it does not know, was not forged by the text.
    pub fn find(&self, ids: &[u32], text: &str) -> Option<&str> {
        let mut found = ids.iter().filter_map(|id| self.0.get(id));
        found
            .find(|control| text.contains(control.as_str()))
            .map(String::as_str)
    }
}

fn is_bracketed(token: &str) -> bool {
    let pairs = [('<', '>'), ('[', ']')];
    pairs
        .iter()
        .any(|(open, close)| token.starts_with(*open) && token.ends_with(*close))
}
