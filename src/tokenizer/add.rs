//! Adds the vocabulary of streams to a `tokenizer.json`.

use std::collections::BTreeSet;
use std::fmt::Display;

use ahash::AHashMap;
use serde_json::{Map, Value, json};
use tokenizers::Model;

use super::check::has_own_id;
use super::error::TokenizerError;
use super::hazard::{Hazard, hazards};
use super::special::is_special;

/// The options of a token that would keep it from being found wherever it stands.
const OPTIONS: [&str; 4] = ["single_word", "lstrip", "rstrip", "normalized"];

/// A `tokenizer.json` to which tokens were added.
pub struct Extended {
    /// The new file.
    pub json: String,
    /// How many tokens were missing.
    pub added: usize,
    /// What will make training fail later.
    pub hazards: Vec<Hazard>,
    /// The added tokens, old and new, as the file lists them.
    pub(super) tokens: Vec<Value>,
    /// Whether the pre-tokenizer puts a space before a text, if that is an option of it.
    pub(super) prefix_space: Option<bool>,
    pub(super) tokenizer: tokenizers::Tokenizer,
}

/// A token to be added.
pub(super) struct NewToken {
    pub content: String,
    pub special: bool,
}

/// The tokens of the vocabulary.
pub(super) fn of_vocabulary(vocabulary: &[&str]) -> Vec<NewToken> {
    let tokens = vocabulary.iter().map(|token| NewToken {
        content: (*token).to_owned(),
        special: is_special(token),
    });
    tokens.collect()
}

/// Adds the tokens that a `tokenizer.json` lacks, with the ids that Python's `add_tokens` gives them.
/// Whatever else the file says stays as it is, except that the options that hinder a token are
/// cleared, and that ids without a token get one: `tokenizers` would give them out twice.
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

    // Their ids are those that the file has when it is read.
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

pub(super) fn invalid(error: impl Display) -> TokenizerError {
    TokenizerError::Invalid(error.to_string())
}

fn list(json: &mut Value) -> Result<&mut Vec<Value>, TokenizerError> {
    let object = json.as_object_mut();
    let added = object.map(|object| object.entry("added_tokens").or_insert(Value::Null));
    let added = added.ok_or_else(|| invalid("not a JSON object"))?;
    if added.is_null() {
        *added = json!([]);
    }
    let added = added.as_array_mut();
    added.ok_or_else(|| invalid("`added_tokens` is not a list"))
}

/// Lists the tokens that are missing, and returns how many these are.
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

/// Names the ids below the highest that the model has no token for. `tokenizers` numbers added tokens
/// from the model's number of tokens on, so they would get ids that are taken.
fn fill_gaps(json: &mut Value) -> Option<Hazard> {
    let vocabulary = json.get_mut("model")?.get_mut("vocab")?.as_object_mut()?;
    let ids: BTreeSet<u64> = vocabulary.values().filter_map(Value::as_u64).collect();
    let last = *ids.last()?;
    // As many as a model has tokens are believed; more would be a claim without end.
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

/// A name for an id that the vocabulary does not have.
fn unused(id: u64, vocabulary: &Map<String, Value>) -> String {
    let mut name = format!("<|unused-{id}|>");
    while vocabulary.contains_key(&name) {
        name.insert(2, '-');
    }
    name
}

/// Whether the model itself knows an added token.
pub(super) fn in_model(tokenizer: &tokenizers::Tokenizer, token: &str) -> bool {
    tokenizer.get_model().token_to_id(token).is_some()
}
