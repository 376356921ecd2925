//! The properties a tokenizer must have for the ids of a stream to be the ids of its pieces.

use ahash::AHashMap;
use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::{AddedToken, Model, ModelWrapper, Tokenizer};

use super::error::TokenizerError;
use super::hazard::name;
use crate::stream::Language;

/// Checks everything that could make the ids of a stream differ from the ids of its pieces. The
/// vocabulary is sorted.
pub fn check(
    tokenizer: &Tokenizer,
    vocabulary: &[&str],
    language: Language,
) -> Result<(), TokenizerError> {
    let added = added(tokenizer);
    registered(tokenizer, vocabulary, &added, language)?;
    own_ids(tokenizer, vocabulary)?;
    for token in vocabulary {
        options(&added[*token].1)?;
    }
    normalized(tokenizer, vocabulary, &added)?;
    settings(tokenizer)?;
    apart(vocabulary, &added)
}

type Added = AHashMap<String, (u32, AddedToken)>;

fn added(tokenizer: &Tokenizer) -> Added {
    let added = tokenizer.get_added_tokens_decoder().into_iter();
    added
        .map(|(id, token)| (token.content.clone(), (id, token)))
        .collect()
}

/// Checks that every token of the vocabulary is an added token.
fn registered(
    tokenizer: &Tokenizer,
    vocabulary: &[&str],
    added: &Added,
    language: Language,
) -> Result<(), TokenizerError> {
    let (known, missing): (Vec<&str>, Vec<&str>) = vocabulary
        .iter()
        .copied()
        .filter(|token| !added.contains_key(*token))
        .partition(|token| tokenizer.get_model().token_to_id(token).is_some());
    if !missing.is_empty() {
        let tokens = missing.into_iter().map(str::to_owned).collect();
        return Err(TokenizerError::Missing { tokens, language });
    }
    match known.first() {
        Some(token) => Err(TokenizerError::NotAdded {
            token: (*token).to_owned(),
            language,
        }),
        None => Ok(()),
    }
}

/// Checks that no id stands for two tokens. `tokenizers` assigns ids twice if the model has unused
/// ids.
fn own_ids(tokenizer: &Tokenizer, vocabulary: &[&str]) -> Result<(), TokenizerError> {
    match vocabulary
        .iter()
        .find(|token| !has_own_id(tokenizer, token))
    {
        Some(token) => Err(TokenizerError::SharedId((*token).to_owned())),
        None => Ok(()),
    }
}

/// Returns whether no other token, added or of the model, has a token's id.
pub(super) fn has_own_id(tokenizer: &Tokenizer, token: &str) -> bool {
    let Some(id) = tokenizer.token_to_id(token) else {
        return false;
    };
    let found = [
        tokenizer.id_to_token(id),
        tokenizer.get_model().id_to_token(id),
    ];
    found.into_iter().flatten().all(|found| found == token)
}

/// Checks that a token of the vocabulary is found everywhere and includes no white space around it.
fn options(token: &AddedToken) -> Result<(), TokenizerError> {
    let set = [
        (token.single_word, "single_word"),
        (token.lstrip, "lstrip"),
        (token.rstrip, "rstrip"),
    ];
    match set.iter().find(|(set, _)| *set) {
        Some((_, option)) => Err(TokenizerError::Option {
            token: token.content.clone(),
            option,
        }),
        None => Ok(()),
    }
}

/// Checks that normalization does not hide tokens that are found after it: the normalizer does not
/// change ASCII, and no other token is found first.
fn normalized(
    tokenizer: &Tokenizer,
    vocabulary: &[&str],
    added: &Added,
) -> Result<(), TokenizerError> {
    let Some(token) = vocabulary.iter().find(|token| added[**token].1.normalized) else {
        return Ok(());
    };
    if let Some(normalizer) = tokenizer.get_normalizer().and_then(changes_ascii) {
        return Err(TokenizerError::Normalized {
            token: (*token).to_owned(),
            normalizer,
        });
    }
    for (own, _) in added
        .values()
        .map(|(_, own)| (&own.content, own))
        .filter(|(_, own)| !own.normalized)
    {
        let within = |token: &&&str| {
            added[**token].1.normalized && **token != own && token.contains(own.as_str())
        };
        if let Some(token) = vocabulary.iter().find(within) {
            return Err(overlap(own, token));
        }
    }
    Ok(())
}

/// Returns the type of a normalizer that may change ASCII.
fn changes_ascii(normalizer: &NormalizerWrapper) -> Option<String> {
    use NormalizerWrapper::{NFC, NFD, NFKC, NFKD, Sequence};
    match normalizer {
        NFC(_) | NFD(_) | NFKC(_) | NFKD(_) => None,
        Sequence(all) => all.as_ref().iter().find_map(changes_ascii),
        other => Some(name(other)),
    }
}

/// Checks that the same text always has the same ids, and that none are cut off or added.
fn settings(tokenizer: &Tokenizer) -> Result<(), TokenizerError> {
    let sampled = match tokenizer.get_model() {
        ModelWrapper::BPE(model) if model.dropout.is_some_and(|dropout| dropout > 0.0) => {
            Some("dropout")
        }
        ModelWrapper::Unigram(model) if model.alpha.is_some() => Some("alpha"),
        ModelWrapper::Unigram(model) if model.nbest_size.is_some() => Some("nbest_size"),
        _ => None,
    };
    let settings = [
        (
            tokenizer.get_truncation().is_some().then_some("truncation"),
            "cuts records",
            "in Python: tokenizer.backend_tokenizer.no_truncation()",
        ),
        (
            tokenizer.get_padding().is_some().then_some("padding"),
            "adds ids to records",
            "in Python: tokenizer.backend_tokenizer.no_padding()",
        ),
        (sampled, "makes ids random", "set it to null in the model"),
    ];
    for (setting, consequence, remedy) in settings {
        if let Some(setting) = setting {
            return Err(TokenizerError::Setting {
                setting,
                consequence,
                remedy,
            });
        }
    }
    Ok(())
}

/// Checks that no other added token overlaps a token that frames a value. One that begins inside
/// such a token is not found there; of two that begin at the same place, the longer is found.
fn apart(vocabulary: &[&str], added: &Added) -> Result<(), TokenizerError> {
    let framing: Vec<&str> = vocabulary
        .iter()
        .copied()
        .filter(|token| token.starts_with("<|"))
        .collect();
    let is_framing = |own: &&String| framing.binary_search(&own.as_str()).is_ok();
    for own in added.keys().filter(|own| !is_framing(own)) {
        for (at, _) in own.match_indices('<') {
            let rest = &own[at..];
            let meets =
                |token: &&&str| rest.starts_with(**token) || at > 0 && token.starts_with(rest);
            if let Some(token) = framing.iter().find(meets) {
                return Err(overlap(own, token));
            }
        }
    }
    Ok(())
}

fn overlap(own: &str, token: &str) -> TokenizerError {
    TokenizerError::Overlap {
        added: own.to_owned(),
        token: token.to_owned(),
    }
}
