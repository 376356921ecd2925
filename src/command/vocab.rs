//! The vocabulary as text or JSON.

use std::io::Write;

use anyhow::Result;
use clap::{Args, ValueEnum};
use luadec_tok::stream::{Language, vocabulary_of_both};
use serde::Serialize;

use super::io::json::spaced;
use super::io::output::Output;

#[derive(Debug, Args)]
pub struct Vocab {
    /// One token a line, sorted by bytes, or the JSON object that add_special_tokens takes
    #[arg(short, long, value_enum, default_value_t = VocabFormat::Text)]
    format: VocabFormat,
    /// The stream whose tokens they are
    #[arg(long, value_enum, default_value_t = VocabStream::Full)]
    stream: VocabStream,
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

#[derive(Serialize)]
struct SpecialTokens {
    additional_special_tokens: Vec<&'static str>,
}

pub fn run(options: &Vocab) -> Result<()> {
    let tokens: Vec<&str> = match options.stream {
        VocabStream::Full => Language::Full.vocabulary().collect(),
        VocabStream::Terse => Language::Terse.vocabulary().collect(),
        VocabStream::Both => vocabulary_of_both().collect(),
    };
    let mut text = match options.format {
        VocabFormat::Text => tokens.join("\n"),
        VocabFormat::Json => spaced(&SpecialTokens {
            additional_special_tokens: tokens,
        }),
    };
    text.push('\n');
    let mut output = Output::stdout()?;
    output.write_all(text.as_bytes())?;
    output.finish()
}
