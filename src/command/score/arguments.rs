//! The arguments of `luadec-tok score`.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::Args;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  luadec-tok score predictions.jsonl --report score.json   a JSON line for each row, and the rates
  luadec-tok score predictions.jsonl --html page.html > scores.jsonl
  luadec-tok score -                                       answers each row as it comes
  luadec-tok score input.luac guess.lua                    one chunk, one answer

An answer is compiled by Lua 5.3 and never run. It is `same` if it compiles to the same code:
constants by value, upvalues by what they capture, not lines, names or sources.

Exit status:
  0  rows were scored, whatever came out; of a chunk and an answer: they are the same
  1  no row could be scored, an input or an output failed; of two: they are not the same
  2  the command line is wrong")]
pub struct Score {
    /// Rows: JSON lines with a stream and an answer each, .zst and .gz too, - for standard input.
    /// Or a chunk and an answer
    #[arg(value_name = "ROWS | CHUNK ANSWER", required = true, num_args = 1..=2)]
    pub inputs: Vec<PathBuf>,
    /// The key of a row's stream [default: `prompt`, else the last user turn of `messages`]
    #[arg(long, value_name = "KEY")]
    pub stream_key: Option<String>,
    /// The key of a row's answer, a string or a list of several [default: `prediction`, else
    /// `completion`, else the last assistant turn of `messages`]
    #[arg(long, value_name = "KEY")]
    pub answer_key: Option<String>,
    /// Write the rates, and which rows were bad, to file F, as JSON
    #[arg(long, value_name = "F")]
    pub report: Option<PathBuf>,
    /// Write a page to file F that shows the rates and the worst answers beside the code
    #[arg(long, value_name = "F")]
    pub html: Option<PathBuf>,
    /// Compile answers with this command instead of Lua 5.3 inside this program: luac5.1, luac5.4, or
    /// what takes luac's arguments. It is called with -o - - behind its own
    #[arg(long, value_name = "COMMAND")]
    pub luac: Option<String>,
    /// Fail answers that take longer than N seconds of processor time; with --luac, of any
    #[arg(long, value_name = "N", default_value = "10")]
    pub max_seconds: NonZeroU64,
    /// Threads [default: the cores there are]
    #[arg(short, long, value_name = "N", value_parser = crate::command::io::ordered::parse_jobs)]
    pub jobs: Option<NonZeroUsize>,
}
