//! A `tokenizer.json`, loaded and checked, with the ids of every fragment.

use std::collections::BTreeSet;
use std::hint::black_box;

use ahash::{AHashMap, AHashSet};

use super::check;
use super::error::TokenizerError;
use super::special::Controls;
use crate::chunk::Version;
use crate::stream::Language;

/// At most seven ids, and how many they are: what is copied as a whole.
pub(super) type IdRow = [u32; 8];

/// A row of ids, where there are no more than it has room for.
pub(super) fn row(ids: &[u32]) -> Option<IdRow> {
    let mut row = IdRow::default();
    row[..7].get_mut(..ids.len())?.copy_from_slice(ids);
    row[7] = ids.len() as u32;
    Some(row)
}

/// A tokenizer that knows the whole vocabulary of the streams of Lua 5.3, and perhaps of others.
pub struct Tokenizer {
    pub(super) encoder: tokenizers::Tokenizer,
    language: Language,
    /// The versions whose streams it knows all tokens of.
    versions: Vec<Version>,
    /// The ids of the fragments, by their numbers.
    pub(super) fragments: Vec<IdRow>,
    pub(super) controls: Controls,
    /// Which ids are those of added tokens.
    added: AHashSet<u32>,
    first: u32,
    last: u32,
}

/// Tokens that a value is put between to be encoded: what stands at the start of a text is special
/// to some tokenizers.
pub(super) const FIRST: &str = "<|Proto|>";
pub(super) const LAST: &str = "<|/Proto|>";

/// From this length on, in bytes, there is a look at the memory before a text is encoded.
const LONG: usize = 64 << 10;

/// The memory that a byte of text takes while it is encoded, in bytes; 175 were measured.
const COST: usize = 180;

impl Tokenizer {
    /// Reads the bytes of a `tokenizer.json` for streams in a language.
    ///
    /// # Errors
    /// It is none; a token of the vocabulary is missing; or an option of it would make the ids of a
    /// stream differ from the ids of its tokens and values.
    pub fn from_bytes(json: &[u8], language: Language) -> Result<Tokenizer, TokenizerError> {
        let encoder = tokenizers::Tokenizer::from_bytes(json)
            .map_err(|error| TokenizerError::Invalid(error.to_string()))?;
        Tokenizer::new(encoder, language)
    }

    /// Takes a tokenizer as it was built.
    ///
    /// # Errors
    /// As for [`from_bytes`](Self::from_bytes).
    pub fn new(
        encoder: tokenizers::Tokenizer,
        language: Language,
    ) -> Result<Tokenizer, TokenizerError> {
        let versions = versions(&encoder, language);
        let vocabulary: BTreeSet<&str> = versions
            .iter()
            .flat_map(|version| language.vocabulary_of(*version))
            .collect();
        let vocabulary: Vec<&str> = vocabulary.into_iter().collect();
        check::check(&encoder, &vocabulary, language)?;
        let tokens: AHashMap<&str, u32> = vocabulary
            .iter()
            .filter_map(|token| Some((*token, encoder.token_to_id(token)?)))
            .collect();
        let mut fragments = Vec::new();
        language.each_fragment(|fragment| {
            let ids: Option<Vec<u32>> = fragment
                .split_inclusive(|byte| *byte == b'>')
                .map(|token| tokens.get(str::from_utf8(token).expect("tokens are ASCII")))
                .map(Option::<&u32>::copied)
                .collect();
            // Those of another version's streams, which are refused, have none.
            let ids = ids.unwrap_or_default();
            fragments.push(row(&ids).expect("a fragment has few tokens"));
        });
        Ok(Tokenizer {
            controls: Controls::of(&encoder),
            added: encoder.get_added_tokens_decoder().into_keys().collect(),
            first: tokens[FIRST],
            last: tokens[LAST],
            fragments,
            encoder,
            language,
            versions,
        })
    }

    /// Whether the tokenizer knows the tokens of a version's streams.
    ///
    /// # Errors
    /// It does not. A tokenizer need only know those of Lua 5.3.
    pub fn check(&self, version: Version) -> Result<(), TokenizerError> {
        match self.versions.contains(&version) {
            true => Ok(()),
            false => Err(TokenizerError::OtherVersion(version)),
        }
    }

    /// The language of the streams that it is for.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The number of ids there are: one more than the highest.
    pub fn ids(&self) -> u32 {
        let highest = self.encoder.get_vocab(true).into_values().max();
        highest.map_or(0, |id| id + 1)
    }

    /// The id of a token.
    ///
    /// # Errors
    /// There is none.
    pub fn id(&self, token: &str) -> Result<u32, TokenizerError> {
        self.encoder
            .token_to_id(token)
            .ok_or_else(|| TokenizerError::NoToken(token.to_owned()))
    }

    /// The ids of a text that stands by itself.
    ///
    /// # Errors
    /// The model cannot encode it.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        if text.len() >= LONG {
            // The library cannot say that there is no memory.
            let mut room = Vec::<u8>::new();
            let reserved = room.try_reserve_exact(COST * text.len());
            reserved.map_err(|_| TokenizerError::OutOfMemory)?;
            black_box(room);
        }
        let encoding = self.encoder.encode_fast(text, false);
        let encoding = encoding.map_err(|error| TokenizerError::Encode {
            text: shortened(text),
            reason: error.to_string(),
        })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The ids of a text that stands between two tokens of the vocabulary.
    ///
    /// # Errors
    /// The model cannot encode it.
    pub fn encode_between(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let mut ids = self.encode(&[FIRST, text, LAST].concat())?;
        match ids.as_slice() {
            [first, .., last] if (*first, *last) == (self.first, self.last) => {
                ids.pop();
                ids.remove(0);
                Ok(ids)
            }
            _ => Err(TokenizerError::Encode {
                text: shortened(text),
                reason: format!("it takes {FIRST} before it or {LAST} after it for text"),
            }),
        }
    }

    /// The ids of a text that stands at the start, before a token of the vocabulary.
    ///
    /// # Errors
    /// The model cannot encode it.
    pub fn encode_before(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let mut ids = self.encode(&[text, FIRST].concat())?;
        ids.pop();
        Ok(ids)
    }

    /// Whether an id is that of an added token, which is found before the text is split.
    pub(super) fn is_added(&self, id: u32) -> bool {
        self.added.contains(&id)
    }

    /// The ids of the tokens that a value is put between.
    pub(super) fn around(&self) -> (u32, u32) {
        (self.first, self.last)
    }

    /// The control token of the tokenizer's own that is among the ids of a text, if one is.
    pub fn control<'a>(&'a self, ids: &[u32], text: &str) -> Option<&'a str> {
        self.controls.find(ids, text)
    }
}

/// The versions whose streams a tokenizer is for: Lua 5.3, and those of which it has every token.
fn versions(encoder: &tokenizers::Tokenizer, language: Language) -> Vec<Version> {
    let has = |token: &str| encoder.token_to_id(token).is_some();
    let versions = Version::ALL.into_iter().filter(|version| {
        language.check(*version).is_ok()
            && (*version == Version::Lua53 || language.vocabulary_of(*version).all(has))
    });
    versions.collect()
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
