//! Adds the vocabulary of streams to a `tokenizer.json`.

use std::collections::BTreeSet;

use ahash::AHashMap;
use serde_json::{Map, Value, json};
use tokenizers::Model;

use super::check::has_own_id;
use super::error::{TokenizerError, invalid};
use super::hazard::{Hazard, hazards};
use crate::stream::is_special;

/// The options of an added token that would keep it from being found everywhere.
const OPTIONS: [&str; 4] = ["single_word", "lstrip", "rstrip", "normalized"];

/// A `tokenizer.json` to which tokens were added.
pub struct Extended {
    /// The new file.
    pub json: String,
    /// The number of tokens that were missing.
    pub added: usize,
    /// Properties that will make training fail.
    pub hazards: Vec<Hazard>,
    /// The added tokens of the file, old and new.
    pub(super) tokens: Vec<Value>,
    /// Whether the pre-tokenizer adds a space before a text, if it has that option.
    pub(super) prefix_space: Option<bool>,
    pub(super) tokenizer: tokenizers::Tokenizer,
}

/// A token to add.
pub(super) struct NewToken {
    pub content: String,
    pub special: bool,
}

/// Returns the tokens of the vocabulary.
pub(super) fn of_vocabulary(vocabulary: &[&str]) -> Vec<NewToken> {
    let tokens = vocabulary.iter().map(|token| NewToken {
        content: (*token).to_owned(),
        special: is_special(token),
    });
    tokens.collect()
}

/// Adds the tokens that a `tokenizer.json` lacks, with the ids that Python's `add_tokens` would
/// assign. The rest of the file is unchanged, with two exceptions: options that keep a token from
/// being found are cleared, and unused ids get a token, because `tokenizers` would assign them
/// twice.
///
/// # Errors
/// The bytes are not a `tokenizer.json`.
pub fn add_vocabulary(file: &[u8], vocabulary: &[&str]) -> Result<Extended, TokenizerError> {
    extend(file, &of_vocabulary(vocabulary))
}

pub(super) fn extend(file: &[u8], tokens: &[NewToken]) -> Result<Extended, TokenizerError> {
    let base = tokenizers::Tokenizer::from_bytes(file).map_err(invalid)?;
    let mut json: Value = serde_json::from_slice(file).map_err(invalid)?;
    let mut hazards = hazards(&base);
    hazards.extend(fill_gaps(&mut json));
    let missing = add_tokens(&mut json, tokens)?;

    // The ids are assigned when the file is read.
    let bytes = serde_json::to_vec(&json).map_err(invalid)?;
    let tokenizer = tokenizers::Tokenizer::from_bytes(bytes).map_err(invalid)?;
    let tokens = list(&mut json)?;
    for entry in tokens.iter_mut() {
        let content = entry["content"].as_str().unwrap_or_default();
        if !has_own_id(&tokenizer, content) {
            return Err(TokenizerError::SharedId(content.to_owned()));
        }
        entry["id"] = json!(tokenizer.token_to_id(content));
    }
    let tokens = tokens.clone();
    let prefix_space = json["pre_tokenizer"]["add_prefix_space"].as_bool();
    let json = serde_json::to_string_pretty(&json).map_err(invalid)? + "\n";
    Ok(Extended {
        json,
        added: missing,
        hazards,
        tokens,
        prefix_space,
        tokenizer,
    })
}

fn list(json: &mut Value) -> Result<&mut Vec<Value>, TokenizerError> {
    let object = json.as_object_mut();
    let added = object.map(|object| object.entry("added_tokens").or_insert(Value::Null));
    let added =
        added.ok_or_else(|| TokenizerError::Invalid("this is not a JSON object".to_owned()))?;
    if added.is_null() {
        *added = json!([]);
    }
    let added = added.as_array_mut();
    added.ok_or_else(|| TokenizerError::Invalid("`added_tokens` is not a list".to_owned()))
}

/// Adds the missing tokens to the list and returns their number.
fn add_tokens(json: &mut Value, tokens: &[NewToken]) -> Result<usize, TokenizerError> {
    let added = list(json)?;
    let known = added.iter().enumerate().filter_map(|(i, entry)| {
        let content = entry["content"].as_str()?;
        Some((content.to_owned(), i))
    });
    let known: AHashMap<String, usize> = known.collect();
    let mut missing = 0;
    for NewToken { content, special } in tokens {
        match known.get(content) {
            Some(i) => OPTIONS
                .iter()
                .for_each(|option| added[*i][option] = json!(false)),
            None => {
                missing += 1;
                added.push(json!({
                    "id": 0,
                    "content": content,
                    "single_word": false,
                    "lstrip": false,
                    "rstrip": false,
                    "normalized": false,
                    "special": special,
                }));
            }
        }
    }
    Ok(missing)
}

/// Adds a token for each unused id below the highest id of the model. `tokenizers` numbers added
/// tokens from the number of the model's tokens on, so some would get ids that are taken.
fn fill_gaps(json: &mut Value) -> Option<Hazard> {
    let vocabulary = json.get_mut("model")?.get_mut("vocab")?.as_object_mut()?;
    let ids: BTreeSet<u64> = vocabulary.values().filter_map(Value::as_u64).collect();
    let last = *ids.last()?;
    // A limit, because a damaged file may claim any id.
    if last > 2 * ids.len() as u64 {
        return None;
    }
    let gaps: Vec<u64> = (0..last).filter(|id| !ids.contains(id)).collect();
    for id in &gaps {
        vocabulary.insert(unused(*id, vocabulary), json!(id));
    }
    let first = *gaps.first()?;
    Some(Hazard::Gaps {
        first: first as u32,
        count: gaps.len(),
    })
}

/// Returns a name for an unused id that the vocabulary does not contain.
fn unused(id: u64, vocabulary: &Map<String, Value>) -> String {
    let mut name = format!("<|unused-{id}|>");
    while vocabulary.contains_key(&name) {
        name.insert(2, '-');
    }
    name
}

/// Returns whether an added token is also in the model's vocabulary.
pub(super) fn in_model(tokenizer: &tokenizers::Tokenizer, token: &str) -> bool {
    tokenizer.get_model().token_to_id(token).is_some()
}
