//! The vocabulary as text or JSON.

use std::io::Write;

use anyhow::Result;
use luadec_tok::stream::vocabulary;

use super::output::Output;
use crate::cli::{Vocab, VocabFormat};

pub fn run(options: &Vocab) -> Result<()> {
    let mut text = String::new();
    match options.format {
        VocabFormat::Text => {
            for token in vocabulary() {
                text.push_str(token);
                text.push('\n');
            }
        }
        VocabFormat::Json => {
            // No token holds a character that JSON escapes but the backslash.
            let tokens: Vec<String> = vocabulary()
                .map(|token| format!("\"{}\"", token.replace('\\', "\\\\")))
                .collect();
            text = format!(
                "{{\"additional_special_tokens\": [{}]}}\n",
                tokens.join(", ")
            );
        }
    }
    let mut output = Output::stdout()?;
    output.write_all(text.as_bytes())?;
    output.finish()
}
