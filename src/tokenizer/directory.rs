//! Adds the vocabulary to the directory of a tokenizer, as `AutoTokenizer` reads it.
//!
//! The ids come from `tokenizer.json`, but `transformers` lets the files beside it override them.
//! So all these files are rewritten to agree with it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::add::{Extended, NewToken, extend, in_model, of_vocabulary};
use super::error::{TokenizerError, invalid};
use super::hazard::Hazard;
use crate::stream::vocabulary_of_both;

/// The chat template of a tokenizer that has none: ChatML, with the answer between
/// `{% generation %}` and `{% endgeneration %}`.
pub const CHATML: &str = include_str!("chatml.jinja");

/// The token that ends a turn in ChatML.
const IM_END: &str = "<|im_end|>";

/// The token that fills up batches, for tokenizers without one.
const PAD: &str = "<|pad|>";

pub(super) const TOKENIZER: &str = "tokenizer.json";
const CONFIG: &str = "tokenizer_config.json";
const ADDED: &str = "added_tokens.json";
const SPECIAL: &str = "special_tokens_map.json";
const TEMPLATE: &str = "chat_template.jinja";

/// The files of a tokenizer, by their names.
type TokenizerFiles = BTreeMap<String, Vec<u8>>;

/// A tokenizer's directory to which tokens were added.
pub struct Directory {
    /// Its files, by their names.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The number of tokens of the vocabulary that were missing.
    pub added: usize,
    /// Properties that will make training fail.
    pub hazards: Vec<Hazard>,
    /// True if it had no chat template and got that of ChatML.
    pub new_template: bool,
    /// Its new pad token, if it had none.
    pub new_pad: Option<String>,
}

impl Directory {
    /// The files of a tokenizer, in addition to those in [`TEMPLATES`](Self::TEMPLATES).
    pub const NAMES: [&str; 12] = [
        CONFIG,
        ADDED,
        SPECIAL,
        TEMPLATE,
        "vocab.json",
        "merges.txt",
        "vocab.txt",
        "tokenizer.model",
        "spiece.model",
        "sentencepiece.bpe.model",
        "tekken.json",
        TOKENIZER,
    ];

    /// The files of a tokenizer that was trained here.
    pub const TRAINED: [&str; 3] = [CONFIG, SPECIAL, TOKENIZER];

    /// The subdirectory with more chat templates.
    pub const TEMPLATES: &str = "additional_chat_templates";
}

/// Adds the tokens that a tokenizer lacks to the files of its directory, so that `AutoTokenizer`
/// returns the ids of `tokenizer.json`. A tokenizer without a chat template gets [`CHATML`] and its
/// end token; one without a pad token gets one.
///
/// # Errors
/// There is no `tokenizer.json`, or a file is damaged.
pub fn add_to_directory(
    mut files: TokenizerFiles,
    vocabulary: &[&str],
) -> Result<Directory, TokenizerError> {
    let file = files.get(TOKENIZER).map_or(&[][..], Vec::as_slice);
    let known = Known::of(file)?;
    let mut config = object(&files, CONFIG)?.unwrap_or_default();
    let special = object(&files, SPECIAL)?;
    if let Some(special) = &special {
        take_named(&mut config, special);
    }

    let new_template = config.get("chat_template").is_none_or(Value::is_null)
        && !files.contains_key(TEMPLATE)
        && !files
            .keys()
            .any(|name| name.starts_with(Directory::TEMPLATES));
    if new_template {
        config.insert("chat_template".to_owned(), json!(CHATML));
        config.insert("eos_token".to_owned(), json!(IM_END));
    }
    let new_pad = match content(config.get("pad_token").unwrap_or(&Value::Null)) {
        Some(_) => None,
        None => Some(known.pad().unwrap_or(PAD).to_owned()),
    };
    if let Some(pad) = &new_pad {
        config.insert("pad_token".to_owned(), json!(pad));
    }

    // `transformers` would add the tokens that the configuration names and the tokenizer lacks.
    let mut tokens = of_vocabulary(vocabulary);
    for name in named(&config) {
        if !known.has(name) && !vocabulary.contains(&name) {
            let content = name.to_owned();
            let special = true;
            tokens.push(NewToken { content, special });
        }
    }
    let others = tokens.len() - vocabulary.len();
    let extended = extend(file, &tokens)?;
    configure(&mut config, &extended);

    if let Some(mut special) = special {
        for key in ["eos_token", "pad_token"] {
            if let Some(token) = config.get(key) {
                special.insert(key.to_owned(), token.clone());
            }
        }
        files.insert(SPECIAL.to_owned(), pretty(&special)?);
    }
    if files.contains_key(ADDED) {
        files.insert(ADDED.to_owned(), pretty(&ids(&extended))?);
    }
    files.insert(CONFIG.to_owned(), pretty(&config)?);
    files.insert(TOKENIZER.to_owned(), extended.json.into_bytes());
    Ok(Directory {
        files,
        added: extended.added - others,
        hazards: extended.hazards,
        new_template,
        new_pad,
    })
}

/// The added tokens of a `tokenizer.json`.
#[derive(Deserialize)]
struct Known {
    #[serde(default)]
    added_tokens: Vec<KnownToken>,
}

#[derive(Deserialize)]
struct KnownToken {
    content: String,
    #[serde(default)]
    special: bool,
}

impl Known {
    fn of(file: &[u8]) -> Result<Known, TokenizerError> {
        serde_json::from_slice(file).map_err(invalid)
    }

    fn has(&self, token: &str) -> bool {
        self.added_tokens.iter().any(|known| known.content == token)
    }

    /// Returns a token that was meant as the pad token, such as `<pad>` or
    /// `<|finetune_right_pad_id|>`, but not the streams' `<|LineInfo-pad|>`.
    fn pad(&self) -> Option<&str> {
        let is_own = |token: &&KnownToken| vocabulary_of_both().all(|own| own != token.content);
        let is_pad = |token: &&KnownToken| {
            let words = token.content.split(|char: char| !char.is_alphanumeric());
            token.special
                && words
                    .into_iter()
                    .any(|word| word.eq_ignore_ascii_case("pad"))
        };
        let pad = self.added_tokens.iter().filter(is_pad).find(is_own);
        pad.map(|token| token.content.as_str())
    }
}

/// Copies the tokens that `special_tokens_map.json` names into the configuration. `transformers`
/// ignores that file if the configuration lists all added tokens.
fn take_named(config: &mut Map<String, Value>, special: &Map<String, Value>) {
    let lists_tokens = config.contains_key("added_tokens_decoder");
    for (key, value) in special {
        let is_missing = config.get(key).is_none_or(Value::is_null);
        if is_missing || !lists_tokens {
            let plain = |value: &Value| content(value).map_or(value.clone(), |token| json!(token));
            let value = match value {
                Value::Array(all) => all.iter().map(plain).collect(),
                value => plain(value),
            };
            config.insert(key.clone(), value);
        }
    }
}

/// Returns the text of a token that a configuration names.
fn content(token: &Value) -> Option<&str> {
    token.as_str().or_else(|| token.get("content")?.as_str())
}

/// Returns all tokens that a configuration names, such as its `bos_token`.
fn named(config: &Map<String, Value>) -> Vec<&str> {
    let mut named = Vec::new();
    for (key, value) in config {
        match (key.as_str(), value) {
            ("additional_special_tokens" | "extra_special_tokens", Value::Array(all)) => {
                named.extend(all.iter().filter_map(content));
            }
            ("extra_special_tokens", Value::Object(all)) => {
                named.extend(all.values().filter_map(content));
            }
            _ if key.ends_with("_token") => named.extend(content(value)),
            _ => {}
        }
    }
    named.sort_unstable();
    named.dedup();
    named
}

/// Makes the configuration agree with `tokenizer.json`.
fn configure(config: &mut Map<String, Value>, extended: &Extended) {
    // Other classes build a tokenizer from the vocabulary and ignore the rest of `tokenizer.json`.
    for other in ["auto_map", "fast_tokenizer_files", "split_special_tokens"] {
        config.shift_remove(other);
    }
    let mut set = |key: &str, value| drop(config.insert(key.to_owned(), value));
    set("tokenizer_class", json!("PreTrainedTokenizerFast"));
    // It would remove the space of ` ,` in answers.
    set("clean_up_tokenization_spaces", json!(false));
    // `transformers` 4 sets this option of the pre-tokenizer.
    if let Some(prefix) = &extended.prefix_space {
        set("add_prefix_space", json!(prefix));
    }
    let tokens = extended.tokens.iter().map(|token| {
        let mut token = token.clone();
        let id = token
            .as_object_mut()
            .and_then(|token| token.shift_remove("id"));
        (id.unwrap_or_default().to_string(), token)
    });
    set("added_tokens_decoder", tokens.collect());
}

/// Returns the ids of the added tokens that are not in the model's vocabulary.
fn ids(extended: &Extended) -> Map<String, Value> {
    let tokens = extended.tokens.iter().filter_map(|token| {
        let content = token["content"].as_str()?;
        (!in_model(&extended.tokenizer, content)).then(|| (content.to_owned(), token["id"].clone()))
    });
    tokens.collect()
}

fn object(
    files: &TokenizerFiles,
    name: &str,
) -> Result<Option<Map<String, Value>>, TokenizerError> {
    let Some(file) = files.get(name) else {
        return Ok(None);
    };
    let object = serde_json::from_slice(file);
    let object = object.map_err(|_| TokenizerError::Beside(name.to_owned()));
    object.map(Some)
}

fn pretty(object: &Map<String, Value>) -> Result<Vec<u8>, TokenizerError> {
    let mut json = serde_json::to_vec_pretty(object).map_err(invalid)?;
    json.push(b'\n');
    Ok(json)
}
