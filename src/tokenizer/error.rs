//! Why a tokenizer cannot be used.

use thiserror::Error;

use super::special::is_special;
use crate::chunk::Version;
use crate::stream::Language;

/// Why a tokenizer cannot be used, or a text has no ids.
#[derive(Debug, Error)]
pub enum TokenizerError {
    /// The bytes are not a `tokenizer.json` that the `tokenizers` crate reads.
    #[error("not a tokenizer.json: {0}")]
    Invalid(String),
    /// A file beside it is damaged.
    #[error("{name} is not a JSON object: {reason}")]
    Beside {
        /// The name of the file.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// There is no memory for the ids of a text.
    #[error("out of memory")]
    OutOfMemory,
    /// Tokens of the vocabulary are missing.
    #[error("{}", missing(.tokens, *.language))]
    Missing {
        /// All that are missing.
        tokens: Vec<String>,
        /// The stream that needs them.
        language: Language,
    },
    /// A token of the vocabulary is known to the model only, so a text is split before it is found.
    #[error(
        "{token} is in the model's vocabulary, but not an added token: \
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
        "another token has the id of {0}, as `tokenizers` counts past ids that the model does not \
         use: start again from the base tokenizer with luadec-tok vocab --add-to"
    )]
    SharedId(String),
    /// A token of the vocabulary has an option that changes what it is found in or what it takes.
    #[error("{token} is set to `{option}`: the ids of a stream would not be those of its tokens")]
    Option {
        /// The token.
        token: String,
        /// The option as `tokenizer.json` calls it.
        option: &'static str,
    },
    /// A token of the vocabulary is found only after a normalizer that may change it or its
    /// neighbors.
    #[error(
        "{token} is set to `normalized`, and the normalizer {normalizer} may change what stands \
         around it: register it with normalized=False"
    )]
    Normalized {
        /// The token.
        token: String,
        /// The normalizer's type.
        normalizer: String,
    },
    /// A setting of the whole tokenizer breaks the law.
    #[error("`{setting}` is set, which {consequence}; {remedy}")]
    Setting {
        /// The setting as `tokenizer.json` calls it.
        setting: &'static str,
        /// What comes of it.
        consequence: &'static str,
        /// How it is taken out.
        remedy: &'static str,
    },
    /// An added token of the tokenizer's own would be found across the end of a stream's token.
    #[error(
        "the added token {added:?} overlaps with {token}: streams would not be cut at their tokens"
    )]
    Overlap {
        /// The tokenizer's own token.
        added: String,
        /// The token of the vocabulary.
        token: String,
    },
    /// Tokens of a version's streams are missing, while those of Lua 5.3 are there.
    #[error(
        "the tokenizer lacks tokens of the streams of {}: luadec-tok vocab --stream terse --add-to adds \
         them, luadec-tok vocab --stream terse --lua {} lists them",
        .0.name(), .0
    )]
    OtherVersion(Version),
    /// There is no such token.
    #[error("the tokenizer has no token {0:?}")]
    NoToken(String),
    /// The model cannot encode a text.
    #[error("the tokenizer cannot encode {text:?}: {reason}")]
    Encode {
        /// The start of the text.
        text: String,
        /// What the `tokenizers` crate says.
        reason: String,
    },
}

/// Names the first of the missing tokens, and the Python that adds them.
fn missing(tokens: &[String], language: Language) -> String {
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
            "tokenizer.add_tokens([AddedToken(t, special=t.startswith(\"<|\"), normalized=False) \
             for t in subprocess.check_output(\"luadec-tok vocab{stream}\".split(), text=True).split()])"
        ),
    };
    let names: Vec<&str> = named.map(String::as_str).collect();
    let more = match tokens.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "tokens of the stream are missing: {}{more}; luadec-tok vocab{stream} --add-to adds them, or in Python {python}",
        names.join(" "),
    )
}

/// The option of `luadec-tok vocab` that names the tokens of a stream.
fn stream_option(language: Language) -> &'static str {
    match language {
        Language::Full => "",
        Language::Terse => " --stream terse",
    }
}
