//! The command line: its arguments and subcommands.

use std::ffi::OsString;

use clap::{ArgMatches, Args, Command, FromArgMatches, Parser, Subcommand};

#[cfg(feature = "dataset")]
use super::compile;
use super::completions::Completions;
use super::convert::arguments::Convert;
#[cfg(feature = "dataset")]
use super::dataset;
use super::decode::Decode;
use super::insn::Insn;
use super::man::Pages;
use super::opmap::FindMap;
#[cfg(feature = "score")]
use super::score;
use super::vocab::Vocab;

/// Turns Lua 5.3 chunks, as luac writes them, into the token stream that language models read.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    propagate_version = true,
    args_conflicts_with_subcommands = true,
    subcommand_help_heading = "Other jobs",
    subcommand_value_name = "JOB",
    after_help = "\
Examples:
  luadec-tok input.luac > out.txt          one chunk, one line
  luac5.3 -o - input.lua | luadec-tok      from a pipe
  luadec-tok -f terse input.luac           the stream that is nine times shorter
  luadec-tok --strip -o all.txt chunks/    every chunk of a folder, as luac -s would have it
  luadec-tok -O streams chunks/            a file for each, in the same layout
  luadec-tok input.luac | luadec-tok decode | cmp - input.luac

Exit status:
  0  all inputs were converted
  1  an input or the output failed; the other inputs were converted all the same
  2  the command line is wrong"
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Commands>,
    #[command(flatten)]
    pub convert: Convert,
    /// Say errors alone
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Commands {
    /// Makes training records of Lua sources: the stream of each and its text.
    ///
    /// The sources are compiled as luac5.3 does and never executed; those that cannot be are
    /// dropped and counted. Each stream is verified: it turns back into its chunk.
    #[cfg(feature = "dataset")]
    Dataset(Deferred<Box<dataset::arguments::Dataset>>),
    /// Turns streams, full and terse ones, back into chunks.
    ///
    /// A stream is a line, or more lines where there is white space between its tokens. A chunk is
    /// written as luac5.3 does on x86-64, so the chunk that luac5.3 wrote comes back byte for byte.
    Decode(Deferred<Decode>),
    /// Disassembles instruction words, a line each, as a listing shows them.
    Insn(Deferred<Insn>),
    /// Finds the opcode map of a foreign VM, from one source compiled by it and by luac.
    Opmap(Deferred<FindMap>),
    /// Scores a model's answers: whether each compiles to the code that was asked for.
    #[cfg(feature = "score")]
    Score(Deferred<score::arguments::Score>),
    /// Compiles for another process of this program, which asks through a pipe.
    #[cfg(feature = "dataset")]
    #[command(name = compile::remote::SUBCOMMAND, hide = true)]
    CompileForAnother,
    /// Judges answers for another process of this program, which asks through a pipe.
    #[cfg(feature = "score")]
    #[command(name = score::remote::SUBCOMMAND, hide = true)]
    ScoreForAnother,
    /// Lists every token that a stream can hold, and the two of a chat record.
    Vocab(Deferred<Vocab>),
    /// Prints what makes a shell complete the command line.
    Completions(Deferred<Completions>),
    /// Prints manual pages, for man -l -.
    Man(Deferred<Pages>),
}

/// A conversion, as [`Cli`] describes it, without what only its help needs.
#[derive(Debug, Parser)]
#[command(disable_help_flag = true)]
struct Conversion {
    #[command(flatten)]
    convert: Convert,
    #[arg(short, long)]
    quiet: bool,
}

/// Parses the arguments. Without a subcommand they are those of a conversion: to describe the
/// subcommands, too, would take longer than to convert a small chunk.
pub fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let is_subcommand = |argument: &OsString| {
        let name = argument.to_str();
        name.is_some_and(|name| name == "help" || Commands::has_subcommand(name))
    };
    if !arguments.iter().skip(1).any(is_subcommand)
        && let Ok(Conversion { convert, quiet }) = Conversion::try_parse_from(arguments)
    {
        return Ok(Cli {
            command: None,
            convert,
            quiet,
        });
    }
    Cli::try_parse_from(arguments)
}

/// The arguments of a subcommand, described to clap only when the subcommand or its help is used:
/// describing those of all subcommands takes longer than converting a small chunk.
#[derive(Debug)]
pub struct Deferred<T>(pub T);

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(T::augment_args)
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(T::augment_args_for_update)
    }
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches(matches).map(Deferred)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}
