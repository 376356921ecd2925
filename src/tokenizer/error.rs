//! Why a tokenizer cannot be used.

use serde_json::error::Category;
use thiserror::Error;

use crate::stream::{Language, is_special};
use crate::version::Version;

/// Why a tokenizer cannot be used, or a text has no ids.
#[derive(Debug, Error)]
pub enum TokenizerError {
    /// The bytes are not a `tokenizer.json` that the `tokenizers` crate reads.
    #[error("not a tokenizer.json: {0}")]
    Invalid(String),
    /// The file of this name beside it is damaged.
    #[error("{0} is not a JSON object; correct or remove it")]
    Beside(String),
    /// There is not enough memory for the ids of a text.
    #[error("out of memory")]
    OutOfMemory,
    /// Tokens of the vocabulary are missing.
    #[error("{}", missing(.tokens, *.language, match .language {
        Language::Full => "the full stream",
        Language::Terse => "the terse stream",
    }))]
    Missing {
        /// All that are missing.
        tokens: Vec<String>,
        /// The stream that needs them.
        language: Language,
    },
    /// Tokens that only outlines have are missing.
    #[error("{}", missing(.0, Language::Terse, "outlines"))]
    MissingForOutlines(Vec<String>),
    /// Tokens that a dialect adds are missing.
    #[error("lacks {}, which the dialect adds; luadec-tok vocab --dialect with --add-to adds them", .0.join(", "))]
    MissingForDialect(Vec<String>),
    /// A token is only in the model's vocabulary, so texts may be split inside it.
    #[error(
        "{token} is in the model's vocabulary, but not an added token; \
         luadec-tok vocab{} --add-to registers it",
        stream_option(*.language)
    )]
    NotAdded {
        /// The token.
        token: String,
        /// The stream that needs it.
        language: Language,
    },
    /// Another token has the id of this one.
    #[error(
        "another token has the id of {0}, as happens if the model has unused ids; add the tokens again, to the \
         base tokenizer, with luadec-tok vocab --add-to"
    )]
    SharedId(String),
    /// An option of a token changes where it is found or what it includes.
    #[error(
        "{token} has the option `{option}`, so the ids of a stream would not be those of its tokens; \
         luadec-tok vocab --add-to clears it"
    )]
    Option {
        /// The token.
        token: String,
        /// The option as `tokenizer.json` calls it.
        option: &'static str,
    },
    /// A token is found only after a normalizer that may change it or its neighbors.
    #[error(
        "{token} has the option `normalized`, and the normalizer {normalizer} may change the text around it; \
         register it with normalized=False"
    )]
    Normalized {
        /// The token.
        token: String,
        /// The normalizer's type.
        normalizer: String,
    },
    /// A setting of the tokenizer makes the ids of a stream differ from those of its pieces.
    #[error("`{setting}` is set, which {consequence}; {remedy}")]
    Setting {
        /// The setting as `tokenizer.json` calls it.
        setting: &'static str,
        /// Its effect.
        consequence: &'static str,
        /// How to remove it.
        remedy: &'static str,
    },
    /// An added token of the tokenizer would be found across the end of a token of the stream.
    #[error(
        "the added token {added:?} overlaps with {token}, so streams would not be split at their tokens; remove it"
    )]
    Overlap {
        /// The added token of the tokenizer.
        added: String,
        /// The token of the vocabulary.
        token: String,
    },
    /// The tokenizer has the tokens of streams of Lua 5.3, but not those of this version.
    #[error(
        "the tokenizer lacks tokens of streams of {}; luadec-tok vocab --stream terse --add-to adds them, \
         luadec-tok vocab --stream terse --lua {} prints them",
        .0.name(), .0
    )]
    OtherVersion(Version),
    /// `<|Hole|>` is a special token.
    #[error(
        "<|Hole|> is a special token, which servers remove from answers; make it an added token with \
         \"special\": false"
    )]
    SpecialHole,
    /// The tokenizer has no such token.
    #[error("the tokenizer has no token {0:?}")]
    NoToken(String),
    /// The model cannot encode a text.
    #[error("the tokenizer cannot encode {text:?}: {reason}")]
    Encode {
        /// The start of the text.
        text: String,
        /// The message of the `tokenizers` crate.
        reason: String,
    },
}

/// Describes why `serde_json` or the `tokenizers` crate does not read a file.
pub(super) fn invalid(error: impl Into<tokenizers::Error>) -> TokenizerError {
    let error = error.into();
    let json = error.downcast_ref::<serde_json::Error>();
    TokenizerError::Invalid(match json.map(|json| (json.classify(), json)) {
        Some((Category::Eof, _)) => "the JSON ends early".to_owned(),
        Some((Category::Syntax, json)) => format!(
            "syntax error in line {}, column {}",
            json.line(),
            json.column()
        ),
        _ => format!("the `tokenizers` crate does not read it ({error})"),
    })
}

/// Names the first missing tokens of something and the Python code that adds them.
fn missing(tokens: &[String], language: Language, of: &str) -> String {
    const NAMED: usize = 8;
    let stream = stream_option(language);
    let named = tokens.iter().take(NAMED);
    let python = match tokens.len() {
        0..=NAMED => {
            let calls: Vec<String> = named
                .clone()
                .map(|token| {
                    let special = if is_special(token) { "True" } else { "False" };
                    let token = token.replace('\\', "\\\\");
                    format!("AddedToken(\"{token}\", special={special}, normalized=False)")
                })
                .collect();
            format!("tokenizer.add_tokens([{}])", calls.join(", "))
        }
        _ => format!(
            "tokenizer.add_tokens([AddedToken(t, special=t.startswith(\"<|\"){}, normalized=False) \
             for t in subprocess.check_output(\"luadec-tok vocab{stream}\".split(), text=True).split()])",
            match language {
                Language::Full => "",
                Language::Terse => " and t != \"<|Hole|>\"",
            }
        ),
    };
    let names: Vec<&str> = named.map(String::as_str).collect();
    let more = match tokens.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "lacks tokens of {of}: {}{more}; luadec-tok vocab{stream} --add-to adds them, or in Python {python}",
        names.join(" "),
    )
}

/// Returns the option of `luadec-tok vocab` that selects the tokens of a stream.
fn stream_option(language: Language) -> &'static str {
    match language {
        Language::Full => "",
        Language::Terse => " --stream terse",
    }
}
