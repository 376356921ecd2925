//! The arguments of `luadec-tok dataset`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use luadec_tok::dataset::{Format, Strip};

/// Makes training records of Lua sources: the stream of each and its text.
///
/// The sources are compiled as luac5.3 does and never executed; those that cannot be are dropped
/// and counted. Each stream is verified: it turns back into its chunk.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  luadec-tok dataset src/ -o train.jsonl                  a line a file, half of them stripped
  luadec-tok dataset --strip both -o train.jsonl.zst src/ both variants of each, compressed
  luadec-tok dataset --format chatml -o - demo.lua        the record as the model sees it

Exit status:
  0  records were written, even if sources were dropped
  1  no record was made, or an input or an output failed
  2  the command line is wrong")]
pub struct Dataset {
    /// Lua files, and folders that are searched for *.lua; hidden folders are passed over
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Write to file F, - for standard output; compressed if F ends in .zst or .gz
    #[arg(short, long, value_name = "F")]
    pub output: PathBuf,
    /// The form of a record
    #[arg(long, value_enum, default_value_t = RecordFormat::Messages)]
    pub format: RecordFormat,
    /// Whose debug information is cleared: never, always, both (a record for each variant), or a
    /// share of the sources from 0 to 1
    #[arg(long, value_name = "WHICH", default_value = "0.5")]
    pub strip: Strip,
    /// What the draws depend on, beside the content
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// In folders, take the files that match too, e.g. '*.luau' or 'conf/*.rc'
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Drop records whose stream is longer than N bytes
    #[arg(long, value_name = "N")]
    pub max_bytes: Option<u64>,
    /// Write the counts and every drop to file F, as JSON
    #[arg(long, value_name = "F")]
    pub report: Option<PathBuf>,
    /// Stop at the first drop
    #[arg(long)]
    pub fail_fast: bool,
    /// Threads [default: the cores there are]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RecordFormat {
    /// JSON lines with `messages`: a user turn with the stream, an assistant turn with the source
    Messages,
    /// JSON lines with `text`: the record as ChatML
    Text,
    /// JSON lines with `prompt` and `completion`
    Completion,
    /// ChatML as it is
    Chatml,
}

impl From<RecordFormat> for Format {
    fn from(format: RecordFormat) -> Self {
        match format {
            RecordFormat::Messages => Format::Messages,
            RecordFormat::Text => Format::Text,
            RecordFormat::Completion => Format::Completion,
            RecordFormat::Chatml => Format::Chatml,
        }
    }
}
