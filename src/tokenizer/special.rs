//! The control tokens that a tokenizer already has.

use ahash::{AHashMap, AHashSet};

use crate::stream::vocabulary_of_both;

/// The control tokens of a tokenizer that are not in the vocabulary of streams, such as `</s>`,
/// `[INST]` and `<think>`, by their ids.
pub struct Controls(AHashMap<u32, String>);

impl Controls {
    /// Collects the control tokens of a tokenizer: its added tokens that are special or in
    /// brackets. Other added tokens, such as runs of spaces, are text.
    pub fn of(tokenizer: &tokenizers::Tokenizer) -> Controls {
        let ours: AHashSet<&str> = vocabulary_of_both().collect();
        let added = tokenizer.get_added_tokens_decoder().into_iter();
        let controls = added.filter(|(_, token)| {
            !ours.contains(token.content.as_str())
                && (token.special || is_bracketed(&token.content))
        });
        Controls(controls.map(|(id, token)| (id, token.content)).collect())
    }

    /// Returns the first control token among `ids` that the text spells. Others, such as the token
    /// for unknown characters, are not spelled by the text.
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
