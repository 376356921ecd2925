//! The arguments of `luadec-tok score`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use crate::command::io::ordered::parse_jobs;
use crate::command::sizes;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
An answer is compiled and never run. It is the same if it compiles to the same code: constants count by
value and upvalues by what they capture; line numbers, names and sources do not count. docs/SCORING.md
explains every figure.

Output:
  A JSON line for each row on standard output, and a table of rates on standard error.

Limits:
  Rows of more than 128 MiB are not scored.

Examples:
  luadec-tok score predictions.jsonl --report report.json
  luadec-tok score predictions.jsonl --html page.html > scores.jsonl
  luadec-tok score -                                  answer each row as soon as it comes
  luadec-tok score input.luac guess.lua               one chunk and one answer
  luadec-tok score --luac luac5.4 predictions.jsonl   answers to chunks of Lua 5.4

Exit status:
  0  rows were scored, whatever the scores; of a chunk and an answer: they are the same
  1  no row could be scored, or an input or an output failed; of two: they are not the same
  2  the command line is wrong")]
pub struct Score {
    /// Rows, or a chunk and an answer; - for standard input
    ///
    /// Rows are JSON lines with a stream and an answer each, also compressed as .zst or .gz.
    #[arg(
        value_name = "ROWS | CHUNK ANSWER",
        required = true,
        num_args = 1..=2,
        help_heading = "Input"
    )]
    pub inputs: Vec<PathBuf>,
    /// Key of a row's stream
    ///
    /// [default: prompt, or else the last user turn of messages]
    #[arg(long, value_name = "KEY", help_heading = "Input")]
    pub stream_key: Option<String>,
    /// Key of a row's answer, a text or a list of texts
    ///
    /// [default: prediction, or else completion, or else the last assistant turn of messages]
    #[arg(long, value_name = "KEY", help_heading = "Input")]
    pub answer_key: Option<String>,
    /// Compile answers with COMMAND instead of the built-in Lua 5.3
    ///
    /// COMMAND takes luac's arguments, such as luac5.1 or luac5.4; -o - - is added to it.
    #[arg(long, value_name = "COMMAND", help_heading = "Compiling")]
    pub luac: Option<String>,
    /// Fail answers that take longer than N seconds [default: 10]
    ///
    /// N is in seconds of processor time, with --luac of elapsed time.
    #[arg(
        long,
        value_name = "N",
        value_parser = sizes::positive::<u64>,
        default_value = "10",
        hide_default_value = true,
        help_heading = "Compiling"
    )]
    pub max_seconds: u64,
    /// Use N threads [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = parse_jobs, help_heading = "Compiling")]
    pub jobs: Option<NonZeroUsize>,
    /// Write the rates, and the rows that could not be scored, to FILE as JSON
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub report: Option<PathBuf>,
    /// Write a page to FILE that shows the rates and the worst answers
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub html: Option<PathBuf>,
}
