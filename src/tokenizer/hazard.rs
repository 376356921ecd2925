//! Properties of a tokenizer that make training fail.

use std::fmt;

use ahash::AHashMap;
use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::{AddedToken, NormalizedString, Normalizer, Tokenizer};

/// A property of a tokenizer that makes training fail.
#[derive(Clone, Debug, PartialEq)]
pub enum Hazard {
    /// There is no decoder.
    NoDecoder,
    /// This many of the bytes `\x00` to `\xFF` are special tokens.
    SpecialBytes(usize),
    /// `<|Hole|>` is a special token.
    SpecialHole,
    /// The post-processor adds tokens to every text.
    PostProcessor(String),
    /// The model had unused ids.
    Gaps {
        /// The first of them.
        first: u32,
        /// Their number.
        count: usize,
    },
    /// The normalizer changes texts permanently.
    Normalizer {
        /// Its type.
        name: String,
        /// A text.
        text: String,
        /// The text after normalization.
        normalized: String,
    },
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Hazard::NoDecoder => f.write_str(
                "its decoder is null, so decoded text has spaces inside names and no answer compiles; \
                 set the decoder that fits its pre_tokenizer, such as ByteLevel for ByteLevel",
            ),
            Hazard::SpecialBytes(count) => write!(
                f,
                "{count} of the bytes \\x00 to \\xFF are special tokens, which skip_special_tokens, vLLM's \
                 default, removes from answers; decode without it"
            ),
            Hazard::SpecialHole => f.write_str(
                "<|Hole|> is a special token, which skip_special_tokens, vLLM's default, removes from answers \
                 to outlines; decode without it",
            ),
            Hazard::PostProcessor(tokens) => write!(
                f,
                "its post-processor adds {tokens} to every text, but --ids does not; encode prompts \
                 with add_special_tokens=False"
            ),
            Hazard::Gaps { first, count } => write!(
                f,
                "{count} ids, from {first} on, had no token, and tokenizers would assign some ids twice; now they \
                 are <|unused-{first}|> and so on"
            ),
            Hazard::Normalizer {
                name,
                text,
                normalized,
            } => write!(
                f,
                "its normalizer {name} changes text, such as {text:?} to {normalized:?}; dataset drops records \
                 with such text, which would teach another program"
            ),
        }
    }
}

const HOLE: &str = "<|Hole|>";

/// Returns true if `<|Hole|>` is among the added tokens and special.
pub(super) fn is_hole_special(added: &AHashMap<u32, AddedToken>) -> bool {
    let mut added = added.values();
    added.any(|token| token.special && token.content == HOLE)
}

/// Returns the hazards of a tokenizer, except for unused ids.
pub(super) fn hazards(tokenizer: &Tokenizer) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    if tokenizer.get_decoder().is_none() {
        hazards.push(Hazard::NoDecoder);
    }
    let added = tokenizer.get_added_tokens_decoder();
    let is_byte = |token: &str| {
        let digits = token.strip_prefix("\\x");
        digits.is_some_and(|digits| digits.len() == 2 && u8::from_str_radix(digits, 16).is_ok())
    };
    let special = |token: &&tokenizers::AddedToken| token.special && is_byte(&token.content);
    match added.values().filter(special).count() {
        0 => {}
        count => hazards.push(Hazard::SpecialBytes(count)),
    }
    if is_hole_special(&added) {
        hazards.push(Hazard::SpecialHole);
    }
    if let Ok(encoding) = tokenizer.encode("", true)
        && !encoding.get_ids().is_empty()
    {
        hazards.push(Hazard::PostProcessor(encoding.get_tokens().join(" and ")));
    }
    hazards.extend(tokenizer.get_normalizer().and_then(loss));
    hazards
}

/// Texts that normalizers change: case, spaces at the ends, accents, and characters that Unicode or
/// SentencePiece consider the same.
const TEXTS: [&str; 7] = ["e\u{301}", "é", "ﬁ", "A", " a ", "``", "\u{3000}"];

/// Returns a permanent change by a normalizer. Decoders undo `▁` for a space, and a space before
/// the text.
fn loss(normalizer: &NormalizerWrapper) -> Option<Hazard> {
    if let NormalizerWrapper::Sequence(all) = normalizer {
        return all.as_ref().iter().find_map(loss);
    }
    TEXTS.iter().find_map(|text| {
        let mut string = NormalizedString::from(*text);
        normalizer.normalize(&mut string).ok()?;
        let normalized = string.get().replace('▁', " ");
        let kept = normalized == *text || normalized.strip_prefix(' ') == Some(text);
        (!kept).then(|| Hazard::Normalizer {
            name: name(normalizer),
            text: (*text).to_owned(),
            normalized,
        })
    })
}

/// Returns the type of a normalizer as in `tokenizer.json`.
pub(super) fn name(normalizer: &NormalizerWrapper) -> String {
    let json = serde_json::to_value(normalizer).unwrap_or_default();
    json["type"].as_str().unwrap_or("of its own").to_owned()
}
