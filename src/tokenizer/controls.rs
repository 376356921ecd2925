//! The tokens of a tokenizer that mean something to the models it is of.

use ahash::{AHashMap, AHashSet};

use crate::stream::vocabulary;

/// The control tokens of a tokenizer beside the vocabulary of streams, such as `</s>`, `[INST]` and
/// `<think>`, by their ids.
pub struct Controls(AHashMap<u32, Control>);

struct Control {
    content: String,
    normalized: bool,
}

impl Controls {
    /// Those of a tokenizer: the added tokens that are special, and those in brackets. What else is
    /// added, such as runs of spaces, is text.
    pub fn of(tokenizer: &tokenizers::Tokenizer) -> Controls {
        let ours: AHashSet<&str> = vocabulary().collect();
        let added = tokenizer.get_added_tokens_decoder().into_iter();
        let controls = added.filter(|(_, token)| {
            !ours.contains(token.content.as_str())
                && (token.special || is_bracketed(&token.content))
        });
        let controls = controls.map(|(id, token)| {
            let control = Control {
                content: token.content,
                normalized: token.normalized,
            };
            (id, control)
        });
        Controls(controls.collect())
    }

    /// The first control among the ids of a text. An id that a model gives for what it does not know
    /// is none, unless the text spells it.
    pub fn find(&self, ids: &[u32], text: &str) -> Option<&str> {
        let mut found = ids.iter().filter_map(|id| self.0.get(id));
        found
            .find(|control| control.normalized || text.contains(&control.content))
            .map(|control| control.content.as_str())
    }
}

fn is_bracketed(token: &str) -> bool {
    let pairs = [('<', '>'), ('[', ']')];
    pairs
        .iter()
        .any(|(open, close)| token.starts_with(*open) && token.ends_with(*close))
}
