//! A `tokenizer.json` with the vocabulary of streams added.

use serde_json::{Value, json};
use tokenizers::AddedToken;

use super::error::TokenizerError;
use super::is_special;

/// The options of a token that would keep it from being found wherever it stands.
const OPTIONS: [&str; 4] = ["single_word", "lstrip", "rstrip", "normalized"];

/// Adds tokens to a `tokenizer.json`, with the ids that Python's `add_tokens` gives them, and gives
/// the new file and how many were missing. Whatever else the file says stays as it is; of a token
/// that is there already, the options that hinder it are cleared.
///
/// # Errors
/// The bytes are no `tokenizer.json`.
pub fn add_vocabulary(file: &[u8], vocabulary: &[&str]) -> Result<(String, usize), TokenizerError> {
    let invalid = |error: &dyn std::fmt::Display| TokenizerError::Invalid(error.to_string());
    let mut tokenizer = tokenizers::Tokenizer::from_bytes(file).map_err(|error| invalid(&error))?;
    let mut json: Value = serde_json::from_slice(file).map_err(|error| invalid(&error))?;
    let token = |token: &&str| {
        let special = is_special(token);
        AddedToken::from(*token, special).normalized(false)
    };
    tokenizer
        .add_tokens(vocabulary.iter().map(token))
        .map_err(|error| invalid(&error))?;

    let added = &mut json["added_tokens"];
    if added.is_null() {
        *added = json!([]);
    }
    let added = added
        .as_array_mut()
        .ok_or_else(|| invalid(&"`added_tokens` is not a list"))?;
    let mut missing = 0;
    for token in vocabulary {
        match added.iter_mut().find(|entry| entry["content"] == *token) {
            Some(entry) => OPTIONS
                .iter()
                .for_each(|option| entry[option] = json!(false)),
            None => {
                missing += 1;
                added.push(json!({
                    "id": tokenizer.token_to_id(token),
                    "content": token,
                    "single_word": false,
                    "lstrip": false,
                    "rstrip": false,
                    "normalized": false,
                    "special": is_special(token),
                }));
            }
        }
    }
    let json = serde_json::to_string_pretty(&json).map_err(|error| invalid(&error))?;
    Ok((json + "\n", missing))
}
