//! What a tokenizer must be like, so that the ids of a stream are the ids of its pieces.

use ahash::AHashMap;
use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::{AddedToken, Model, ModelWrapper, Tokenizer};

use super::error::TokenizerError;
use super::hazard::name;
use crate::stream::Language;

/// Checks all that could break the law for streams of this vocabulary.
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

/// Every token of the vocabulary is an added one.
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

/// No id stands for two tokens. Where ids of the model are missing, `tokenizers` gives some out twice.
fn own_ids(tokenizer: &Tokenizer, vocabulary: &[&str]) -> Result<(), TokenizerError> {
    match vocabulary
        .iter()
        .find(|token| !has_own_id(tokenizer, token))
    {
        Some(token) => Err(TokenizerError::SharedId((*token).to_owned())),
        None => Ok(()),
    }
}

/// Whether a token's id is that of no other token, added or of the model.
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

/// A token of the vocabulary is found wherever it stands, and takes nothing else with it.
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

/// A token that is found after normalization is found just the same: the normalizer changes no
/// ASCII, and no other token comes before it.
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

/// The type of a normalizer that may change ASCII.
fn changes_ascii(normalizer: &NormalizerWrapper) -> Option<String> {
    use NormalizerWrapper::{NFC, NFD, NFKC, NFKD, Sequence};
    match normalizer {
        NFC(_) | NFD(_) | NFKC(_) | NFKD(_) => None,
        Sequence(all) => all.as_ref().iter().find_map(changes_ascii),
        other => Some(name(other)),
    }
}

/// The same text always gives the same ids, and all of them.
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
        (
            sampled,
            "gives other ids each time",
            "set it to null in the model",
        ),
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

/// No other added token reaches into a token that frames a value. One that begins within is not
/// found there, and the longer of two that begin in the same place is.
fn apart(vocabulary: &[&str], added: &Added) -> Result<(), TokenizerError> {
    let framing: Vec<&str> = vocabulary
        .iter()
        .copied()
        .filter(|token| token.starts_with("<|"))
        .collect();
    for own in added.keys().filter(|own| !framing.contains(&own.as_str())) {
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
