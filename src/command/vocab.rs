//! The vocabulary as text or JSON.

use std::io::Write;

use anyhow::Result;
use clap::{Args, ValueEnum};
use luadec_tok::stream::vocabulary;
use serde::Serialize;

use super::io::json::spaced;
use super::io::output::Output;

#[derive(Debug, Args)]
pub struct Vocab {
    /// One token a line, sorted by bytes, or the JSON object that add_special_tokens takes
    #[arg(short, long, value_enum, default_value_t = VocabFormat::Text)]
    format: VocabFormat,
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
    let mut text = match options.format {
        VocabFormat::Text => vocabulary().collect::<Vec<_>>().join("\n"),
        VocabFormat::Json => spaced(&SpecialTokens {
            additional_special_tokens: vocabulary().collect(),
        }),
    };
    text.push('\n');
    let mut output = Output::stdout()?;
    output.write_all(text.as_bytes())?;
    output.finish()
}
