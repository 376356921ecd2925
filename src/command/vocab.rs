//! The vocabulary as text or JSON.

use std::collections::BTreeSet;
use std::io::Write;
#[cfg(feature = "tokenizer")]
use std::path::Path;
use std::path::PathBuf;

#[cfg(feature = "tokenizer")]
use anyhow::Context;
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use luadec_tok::Version;
use luadec_tok::stream::{Language, vocabulary_of_both};
#[cfg(feature = "tokenizer")]
use luadec_tok::tokenizer::add_vocabulary;
use serde::Serialize;

#[cfg(feature = "tokenizer")]
use super::io::claims::Claims;
#[cfg(feature = "tokenizer")]
use super::io::input::read_file;
use super::io::json::spaced;
#[cfg(feature = "tokenizer")]
use super::io::memory::probe;
use super::io::messages::Messages;
use super::io::output::Output;
#[cfg(feature = "tokenizer")]
use super::io::shown::Shown;
use super::io::usage::Usage;
#[cfg(feature = "tokenizer")]
use super::tokenizer::MOST;

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
    /// Write this tokenizer.json, or the one in this folder, with the tokens added that it lacks
    #[cfg(feature = "tokenizer")]
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
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
#[derive(Serialize)]
struct Tokens {
    additional_special_tokens: Vec<&'static str>,
    added_tokens: Vec<&'static str>,
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
        let path = super::tokenizer::file(path);
        return add_to(&path, &tokens, file, messages);
    }
    let mut text = match options.format {
        VocabFormat::Text => tokens.join("\n"),
        VocabFormat::Json => {
            let (special, added) = tokens.iter().partition(|token| token.starts_with("<|"));
            spaced(&Tokens {
                additional_special_tokens: special,
                added_tokens: added,
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

/// Writes a tokenizer with the vocabulary added.
#[cfg(feature = "tokenizer")]
fn add_to(
    path: &Path,
    tokens: &[&str],
    output: Option<&Path>,
    messages: &mut Messages,
) -> Result<()> {
    let named = || Shown(path).to_string();
    let mut claims = Claims::default();
    claims.input(Some(path));
    claims.output(output)?;
    let file = read_file(path, MOST).with_context(named)?;
    // What its JSON takes as a tree.
    probe(20 * file.len()).with_context(named)?;
    let (json, missing) = add_vocabulary(&file, tokens).with_context(named)?;
    let mut output = Output::open(output)?;
    output.write_all(json.as_bytes())?;
    output.finish()?;
    messages.warning(format_args!("{}: {missing} tokens added", Shown(path)));
    Ok(())
}
