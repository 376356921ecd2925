//! `luadec-tok vocab`: the tokens of streams.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use luadec_tok::Version;
use luadec_tok::stream::{Language, is_special, vocabulary_of_both};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::dialect::file::{DialectArgs, DialectFile};
use super::io::json::spaced;
use super::io::messages::Messages;
use super::io::output::Output;
#[cfg(feature = "dataset")]
use super::io::shown::Shown;
use super::usage::Usage;
use super::version;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  luadec-tok vocab --stream terse                          print the tokens of terse streams
  luadec-tok vocab --stream terse --add-to base/ -o new/   add them to a tokenizer
  luadec-tok vocab --stream terse --train 32768 -o new/ src/   train one on Lua sources, and add them

Exit status:
  0  the vocabulary or the tokenizer was written
  1  an input or the output failed
  2  the command line is wrong")]
pub struct Vocab {
    /// text or json [default: text]
    ///
    /// text is one token per line, sorted by bytes. json is an object with two lists: the tokens to
    /// register as special tokens, and those to add as ordinary ones.
    #[arg(
        short,
        long,
        value_enum,
        default_value_t = VocabFormat::Text,
        hide_default_value = true,
        hide_possible_values = true
    )]
    format: VocabFormat,
    /// terse, full or both: the stream with the tokens [default: full]
    #[arg(
        long,
        value_enum,
        default_value_t = VocabStream::Full,
        hide_default_value = true,
        hide_possible_values = true
    )]
    stream: VocabStream,
    /// Print only tokens for one version of Lua: 5.1 to 5.5
    ///
    /// Without it, the tokens are those of the streams of all versions.
    #[arg(long, value_name = "VERSION", value_parser = version::parser(), hide_possible_values = true)]
    lua: Option<Version>,
    #[command(flatten)]
    dialect: DialectArgs,
    /// Add the missing tokens to a tokenizer
    ///
    /// PATH is a tokenizer.json, or the directory of a tokenizer; -o names the new file or
    /// directory. If it names the same directory, the tokenizer is updated in place.
    #[cfg(feature = "tokenizer")]
    #[arg(long, value_name = "PATH", conflicts_with = "format")]
    add_to: Option<PathBuf>,
    /// Write to file F [default: standard output]
    ///
    /// The file is complete when it appears. - is standard output. A tokenizer with several files goes
    /// to the directory F.
    #[arg(short, long, value_name = "F")]
    output: Option<PathBuf>,
    #[cfg(feature = "dataset")]
    #[command(flatten)]
    train: super::train::train_base::TrainArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum VocabStream {
    #[value(alias = "tokens")]
    Full,
    Terse,
    Both,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum VocabFormat {
    Text,
    Json,
}

/// Tokens by how they are to be registered.
struct TokenLists<'t> {
    additional_special: Vec<&'t str>,
    added: Vec<&'t str>,
}

impl Serialize for TokenLists<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("additional_special_tokens", &self.additional_special)?;
        map.serialize_entry("added_tokens", &self.added)?;
        map.end()
    }
}

#[cfg_attr(
    not(feature = "tokenizer"),
    expect(unused_variables, reason = "only --add-to has messages")
)]
pub fn run(options: &Vocab, messages: &mut Messages) -> Result<()> {
    let file = options.output.as_deref();
    let file = file.filter(|file| file.as_os_str() != "-");
    let dialect = options.dialect.read()?;
    if let (Some(dialect), Some(version)) = (&dialect, options.lua) {
        dialect.opcodes(version)?;
    }
    let tokens = tokens(options, dialect.as_ref())?;
    #[cfg(feature = "tokenizer")]
    if let Some(path) = &options.add_to {
        return super::train::add_to::run(path, &borrowed(&tokens), file, messages);
    }
    #[cfg(feature = "dataset")]
    if let (None, Some(path)) = (options.train.train, options.train.paths.first()) {
        bail!(Usage(format!(
            "unexpected argument {}; see luadec-tok vocab --help",
            Shown(path)
        )));
    }
    #[cfg(feature = "dataset")]
    if let Some(size) = options.train.train {
        return super::train::train_base::run(
            &options.train,
            size,
            &borrowed(&tokens),
            file,
            messages,
        );
    }
    let mut text = match options.format {
        VocabFormat::Text => tokens.join("\n"),
        VocabFormat::Json => {
            let (special, added) = borrowed(&tokens)
                .into_iter()
                .partition(|token| is_special(token));
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

fn borrowed<'t>(tokens: &'t [Cow<'static, str>]) -> Vec<&'t str> {
    tokens.iter().map(|token| &**token).collect()
}

/// Returns the tokens that the options ask for, and those that a dialect adds.
fn tokens(options: &Vocab, dialect: Option<&DialectFile>) -> Result<Vec<Cow<'static, str>>> {
    let languages = match options.stream {
        VocabStream::Full => &[Language::Full][..],
        VocabStream::Terse => &[Language::Terse],
        VocabStream::Both => &[Language::Full, Language::Terse],
    };
    let of_lua = tokens_of_lua(options, languages)?
        .into_iter()
        .map(Cow::Borrowed);
    let Some(dialect) = dialect.and_then(DialectFile::dialect) else {
        return Ok(of_lua.collect());
    };
    let added = languages
        .iter()
        .flat_map(|language| language.added_tokens(dialect));
    let all: BTreeSet<Cow<str>> = of_lua.chain(added.map(Cow::Owned)).collect();
    Ok(all.into_iter().collect())
}

fn tokens_of_lua(options: &Vocab, languages: &[Language]) -> Result<Vec<&'static str>> {
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
            "{} has no full stream; add --stream terse",
            version.name()
        )));
    }
    let tokens = languages.iter();
    let tokens = tokens.flat_map(|language| language.vocabulary_of(version));
    Ok(tokens.collect::<BTreeSet<_>>().into_iter().collect())
}
