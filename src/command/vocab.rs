//! The vocabulary as text or JSON.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use luadec_tok::Version;
use luadec_tok::stream::{Language, vocabulary_of_both};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::io::json::spaced;
use super::io::messages::Messages;
use super::io::output::Output;
use super::usage::Usage;

#[derive(Debug, Args)]
pub struct Vocab {
    /// One token a line, sorted by bytes, or a JSON object with those to register as special and
    /// those to add as ordinary ones
    #[arg(short, long, value_enum, default_value_t = VocabFormat::Text)]
    format: VocabFormat,
    /// The stream whose tokens they are
    #[arg(long, value_enum, default_value_t = VocabStream::Full)]
    stream: VocabStream,
    /// Those tokens alone that streams of one version can hold, 5.1 to 5.5
    #[arg(long, value_name = "VERSION")]
    lua: Option<Version>,
    /// Write this tokenizer with the tokens added that it lacks: a tokenizer.json, or a directory, for
    /// which -o names a directory too, the same one to update it in place
    #[cfg(feature = "tokenizer")]
    #[arg(long, value_name = "PATH", conflicts_with = "format")]
    add_to: Option<PathBuf>,
    /// Write to file F, which appears whole or not at all [default: -, standard output]
    #[arg(short, long, value_name = "F")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum VocabStream {
    /// That of -f tokens
    Full,
    /// That of -f terse
    Terse,
    /// Both: a token of either
    Both,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum VocabFormat {
    Text,
    Json,
}

/// The tokens by how they are to be registered. Bytes are not special: they are part of answers,
/// from which `skip_special_tokens` would drop them.
struct TokenLists {
    additional_special: Vec<&'static str>,
    added: Vec<&'static str>,
}

impl Serialize for TokenLists {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("additional_special_tokens", &self.additional_special)?;
        map.serialize_entry("added_tokens", &self.added)?;
        map.end()
    }
}

#[cfg_attr(
    not(feature = "tokenizer"),
    expect(unused_variables, reason = "only --add-to has something to say")
)]
pub fn run(options: &Vocab, messages: &mut Messages) -> Result<()> {
    let file = options.output.as_deref();
    let file = file.filter(|file| file.as_os_str() != "-");
    let tokens = tokens(options)?;
    #[cfg(feature = "tokenizer")]
    if let Some(path) = &options.add_to {
        return super::add_to::run(path, &tokens, file, messages);
    }
    let mut text = match options.format {
        VocabFormat::Text => tokens.join("\n"),
        VocabFormat::Json => {
            let (special, added) = tokens.iter().partition(|token| token.starts_with("<|"));
            spaced(&TokenLists {
                additional_special: special,
                added,
            })
        }
    };
    text.push('\n');
    let mut output = Output::open(file)?;
    output.write_all(text.as_bytes())?;
    output.finish()
}

/// The tokens that are asked for.
fn tokens(options: &Vocab) -> Result<Vec<&'static str>> {
    let languages = match options.stream {
        VocabStream::Full => &[Language::Full][..],
        VocabStream::Terse => &[Language::Terse],
        VocabStream::Both => &[Language::Full, Language::Terse],
    };
    let Some(version) = options.lua else {
        return Ok(match languages {
            [language] => language.vocabulary().collect(),
            _ => vocabulary_of_both().collect(),
        });
    };
    if let [language] = languages
        && language.check(version).is_err()
    {
        bail!(Usage(format!(
            "{} has no full stream: --stream terse lists the tokens that its terse stream can hold",
            version.name()
        )));
    }
    let tokens = languages.iter();
    let tokens = tokens.flat_map(|language| language.vocabulary_of(version));
    Ok(tokens.collect::<BTreeSet<_>>().into_iter().collect())
}
