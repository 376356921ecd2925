//! Loads and checks a `tokenizer.json`, and prepares the ids of every fragment of streams.

use std::collections::BTreeSet;
use std::hint::black_box;

use ahash::{AHashMap, AHashSet};

use super::check;
use super::error::{TokenizerError, invalid};
use super::hazard;
use super::special::Controls;
use crate::dialect::Dialect;
use crate::stream::{Language, vocabulary_of_outlines};
use crate::version::Version;

/// At most seven ids, and their number in the last place. A row is copied as a whole.
pub(super) type IdRow = [u32; 8];

/// Returns ids as a row, unless there are too many.
pub(super) fn row(ids: &[u32]) -> Option<IdRow> {
    let mut row = IdRow::default();
    row[..7].get_mut(..ids.len())?.copy_from_slice(ids);
    row[7] = ids.len() as u32;
    Some(row)
}

/// A tokenizer that has all tokens of the streams of Lua 5.3, and perhaps of other versions.
pub struct Tokenizer {
    pub(super) encoder: tokenizers::Tokenizer,
    language: Language,
    /// The versions for whose streams it has all tokens.
    versions: Vec<Version>,
    /// The tokens that it lacks for outlines.
    missing_for_outlines: Vec<&'static str>,
    /// The ids of the fragments, by their numbers.
    pub(super) fragments: Vec<IdRow>,
    pub(super) controls: Controls,
    /// The ids of added tokens.
    added: AHashSet<u32>,
    first: u32,
    last: u32,
}

/// Tokens around a value while it is encoded, because some tokenizers treat the start of a text
/// specially.
pub(super) const FIRST: &str = "<|Proto|>";
pub(super) const LAST: &str = "<|/Proto|>";

/// The length in bytes from which on the memory is checked before a text is encoded.
const LONG: usize = 64 << 10;

/// The memory per byte of text while it is encoded, in bytes; 175 were measured.
const COST: usize = 180;

impl Tokenizer {
    /// Loads a `tokenizer.json` for streams in a language.
    ///
    /// # Errors
    /// The bytes are not a `tokenizer.json`, a token of the vocabulary is missing, or an option
    /// would make the ids of a stream differ from the ids of its tokens and values.
    pub fn from_bytes(json: &[u8], language: Language) -> Result<Tokenizer, TokenizerError> {
        let encoder = tokenizers::Tokenizer::from_bytes(json).map_err(invalid)?;
        Tokenizer::new(encoder, language)
    }

    /// Uses a tokenizer that is already loaded.
    ///
    /// # Errors
    /// As for [`from_bytes`](Self::from_bytes).
    pub fn new(
        encoder: tokenizers::Tokenizer,
        language: Language,
    ) -> Result<Tokenizer, TokenizerError> {
        let versions = versions(&encoder, language);
        let mut missing_for_outlines: Vec<&str> = vocabulary_of_outlines().collect();
        missing_for_outlines.retain(|token| encoder.token_to_id(token).is_none());
        let vocabulary: BTreeSet<&str> = versions
            .iter()
            .flat_map(|version| language.vocabulary_of(*version))
            .filter(|token| !missing_for_outlines.contains(token))
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
            // Fragments of what is refused, versions and outlines, have no ids.
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
            missing_for_outlines,
        })
    }

    /// Checks that the tokenizer has all tokens of a version's streams.
    ///
    /// # Errors
    /// It lacks some. Only those of Lua 5.3 are required.
    pub fn check(&self, version: Version) -> Result<(), TokenizerError> {
        match self.versions.contains(&version) {
            true => Ok(()),
            false => Err(TokenizerError::OtherVersion(version)),
        }
    }

    /// Checks that the tokenizer has the tokens that only outlines have, and that `<|Hole|>`, which answers
    /// have, too, is not special.
    ///
    /// # Errors
    /// It lacks one, or servers would remove `<|Hole|>` from answers. Only outlines require them.
    pub fn check_outlines(&self) -> Result<(), TokenizerError> {
        let added = self.encoder.get_added_tokens_decoder();
        if hazard::is_hole_special(&added) {
            return Err(TokenizerError::SpecialHole);
        }
        match self.missing_for_outlines.as_slice() {
            [] => Ok(()),
            missing => Err(TokenizerError::MissingForOutlines(
                missing.iter().map(|token| (*token).to_owned()).collect(),
            )),
        }
    }

    /// Checks that the tokenizer has the tokens that a dialect adds.
    ///
    /// # Errors
    /// It lacks some.
    pub fn check_dialect(&self, dialect: &Dialect) -> Result<(), TokenizerError> {
        let added = self.language.added_tokens(dialect);
        let tokens: Vec<String> = added.filter(|token| self.id(token).is_err()).collect();
        match tokens.is_empty() {
            true => Ok(()),
            false => Err(TokenizerError::MissingForDialect(tokens)),
        }
    }

    /// Returns the language of the streams that it was loaded for.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Returns the number of ids: one more than the highest.
    pub fn ids(&self) -> u32 {
        let highest = self.encoder.get_vocab(true).into_values().max();
        highest.map_or(0, |id| id + 1)
    }

    /// Returns the id of a token.
    ///
    /// # Errors
    /// The tokenizer has no such token.
    pub fn id(&self, token: &str) -> Result<u32, TokenizerError> {
        self.encoder
            .token_to_id(token)
            .ok_or_else(|| TokenizerError::NoToken(token.to_owned()))
    }

    /// Returns the ids of a whole text.
    ///
    /// # Errors
    /// The model cannot encode it.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        if text.len() >= LONG {
            // The library would abort without enough memory.
            let mut probe = Vec::<u8>::new();
            let reserved = probe.try_reserve_exact(COST * text.len());
            reserved.map_err(|_| TokenizerError::OutOfMemory)?;
            black_box(probe);
        }
        let encoding = self.encoder.encode_fast(text, false);
        let encoding = encoding.map_err(|error| TokenizerError::Encode {
            text: shortened(text),
            reason: error.to_string(),
        })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Returns the ids of a text between two tokens of the vocabulary.
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
                reason: format!(
                    "its pre-tokenizer joins it with {FIRST} before or {LAST} after it"
                ),
            }),
        }
    }

    /// Returns the ids of a text at the start, before a token of the vocabulary.
    ///
    /// # Errors
    /// The model cannot encode it.
    pub fn encode_before(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let mut ids = self.encode(&[text, FIRST].concat())?;
        ids.pop();
        Ok(ids)
    }

    /// Returns whether an id belongs to an added token, which is found before the text is split.
    pub(super) fn is_added(&self, id: u32) -> bool {
        self.added.contains(&id)
    }

    /// Returns the ids of the tokens around a value while it is encoded.
    pub(super) fn around(&self) -> (u32, u32) {
        (self.first, self.last)
    }

    /// Returns a control token of the tokenizer that the text spells and whose id is among its ids.
    pub fn control<'a>(&'a self, ids: &[u32], text: &str) -> Option<&'a str> {
        self.controls.find(ids, text)
    }
}

/// Returns the versions for whose streams a tokenizer can be used: Lua 5.3, and those for which it
/// has all tokens.
fn versions(encoder: &tokenizers::Tokenizer, language: Language) -> Vec<Version> {
    // Only outlines require theirs.
    let of_outlines: Vec<&str> = vocabulary_of_outlines().collect();
    let has = |token: &str| encoder.token_to_id(token).is_some() || of_outlines.contains(&token);
    let versions = Version::ALL.into_iter().filter(|version| {
        language.check(*version).is_ok()
            && (*version == Version::Lua53 || language.vocabulary_of(*version).all(has))
    });
    versions.collect()
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
