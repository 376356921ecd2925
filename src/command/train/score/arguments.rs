//! The arguments of `luadec-tok score`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use crate::command::dialect::file::DialectArgs;
use crate::command::io::ordered::parse_jobs;
use crate::command::train::compile::arguments::CompilerArgs;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Rows:
  A row is a line of JSON, of at most 128 MiB. Its stream is in the string `prompt` or in the last
  user turn of `messages`; text around the stream is skipped, and the last of several streams
  counts. Its answer is in `prediction`, `completion` or the last assistant turn of `messages`: a
  string, null for an answer that fails, or a list of several samples.

Levels:
  identical  the same, and all instruction words, constants and upvalues have the same numbers
  same       the same code: constants by value, upvalues by what they capture; lines and names of
             local variables do not count
  differs    it compiles, but is not the same
  fails      it does not compile, or exceeds a limit

Examples:
  luadec-tok score input.luac guess.lua           one chunk and one answer: print where they differ
  luadec-tok score predictions.jsonl > scores.jsonl
  luadec-tok score predictions.jsonl --report report.json --html page.html > scores.jsonl
  luadec-tok score predictions.jsonl --luac luac5.4 > scores.jsonl
  luadec-tok score new.jsonl --against scores.jsonl > new-scores.jsonl
  luadec-tok score -                              score each row as it comes

Exit status:
  0  rows were scored, whatever their scores are; for one answer: it is the same
  1  no row could be scored, or an input or an output failed; for one answer: it is not the same
  2  the command line is wrong")]
pub struct Score {
    /// Use N threads [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = parse_jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// Rows of JSON, or a chunk and an answer
    ///
    /// Rows may come from standard input (-), and are decompressed if the name ends in .zst or .gz. The
    /// chunk may be a stream instead. The answer is a Lua file.
    #[arg(
        value_name = "ROWS | CHUNK ANSWER",
        required = true,
        num_args = 1..=2,
        display_order = 0,
        help_heading = "Input"
    )]
    pub inputs: Vec<PathBuf>,
    /// Take streams from this key of a row
    ///
    /// [default: `prompt`, or else `messages`]
    #[arg(long, value_name = "KEY", help_heading = "Input")]
    pub stream_key: Option<String>,
    /// Take answers from this key of a row
    ///
    /// [default: `prediction`, or else `completion`, or else `messages`]
    #[arg(long, value_name = "KEY", help_heading = "Input")]
    pub answer_key: Option<String>,
    /// Compare with the scores of an earlier run
    ///
    /// SCORES is what luadec-tok score printed for other answers to the same prompts. Rows are joined by
    /// their `id`. Lines and the report say which are better and worse, and the summary has the p-value of
    /// a sign test.
    #[arg(long, value_name = "SCORES", help_heading = "Input")]
    pub against: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Compilation")]
    pub compiler: CompilerArgs,
    #[command(flatten, next_help_heading = "Compilation")]
    pub dialect: DialectArgs,
    /// Write the rates to file F, as JSON
    ///
    /// The report has the counts and rates, with 95 % intervals, of all rows and by size, by construct
    /// (loops, closures, varargs, gotos) and by stripped or not. It lists the first 1,000 bad rows and, with
    /// --against, the first 1,000 rows that have changed.
    #[arg(long, value_name = "F", help_heading = "Output")]
    pub report: Option<PathBuf>,
    /// Write a page with the worst answers to file F
    ///
    /// The HTML page shows the rates, and each of the worst answers beside both disassemblies.
    #[arg(long, value_name = "F", help_heading = "Output")]
    pub html: Option<PathBuf>,
}
