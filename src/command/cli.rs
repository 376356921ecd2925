//! The command line: its arguments and subcommands.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches, Parser, Subcommand};

use super::completions::Completions;
use super::convert::arguments::Convert;
use super::decode::Decode;
use super::dialect::ShowDialect;
use super::diff::Diff;
use super::insn::Insn;
use super::man::Pages;
use super::opmap::FindMap;
use super::stats::Stats;
#[cfg(feature = "dataset")]
use super::train::dataset;
#[cfg(feature = "score")]
use super::train::{ask, assemble, score};
use super::vocab::Vocab;

/// Convert Lua bytecode to token streams for language models, and back
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    args_override_self = true,
    args_conflicts_with_subcommands = true,
    subcommand_help_heading = "Subcommands",
    subcommand_value_name = "SUBCOMMAND",
    after_long_help = "\
Files of --output-dir:
  NAME.luac becomes NAME.txt (full), NAME.terse, NAME.listing or NAME.hexdump; with --pretty,
  NAME.pretty or NAME.terse.pretty; with --ids, NAME.ids, .u16 or .u32, and .terse before that for
  terse streams; with --jsonl, .jsonl after that. Other names keep their ending. Directories are
  created as needed.

Examples:
  luadec-tok -f terse input.luac               print the terse stream
  luac5.3 -o - input.lua | luadec-tok          convert from a pipe
  luadec-tok -f listing input.luac             print a listing
  luadec-tok --strip -o all.txt chunks/        convert every chunk below chunks/ to one file
  luadec-tok -O streams/ chunks/               convert each to a file of its own
  luadec-tok input.luac | luadec-tok decode -o same.luac

Exit status:
  0  all inputs were converted
  1  an input or an output failed; all other inputs were converted
  2  the command line is wrong; nothing was converted"
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Commands>,
    #[command(flatten)]
    pub convert: Convert,
    /// Print errors only
    #[arg(short, long, global = true, help_heading = None::<&str>)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Commands {
    /// Turn streams back into chunks
    ///
    /// Turns full and terse streams back into chunks, as luac writes them on x86-64: a chunk that luac
    /// wrote there comes back byte for byte. A stream is one line, or several if there is white space
    /// between its tokens.
    Decode(Deferred<Decode>),
    /// List the built-in dialects, or print one
    ///
    /// Lists the modified versions of Lua that --dialect knows by name, or prints the file of one.
    Dialect(Deferred<ShowDialect>),
    /// Compare chunks function by function
    ///
    /// Compares two chunks, or the chunks and streams of two directories, and prints the instructions
    /// that differ.
    Diff(Deferred<Diff>),
    /// Disassemble instruction words
    ///
    /// Disassembles instruction words, one line each, as a listing shows them.
    Insn(Deferred<Insn>),
    /// Find the opcode numbers of a modified Lua
    ///
    /// Finds the opcode numbers of a modified Lua from one source compiled by its compiler and by luac.
    Opmap(Deferred<FindMap>),
    /// Print sizes and token counts, a row per function
    ///
    /// Prints a row per function, or per file, with its lines, parameters, upvalues, constants,
    /// instructions and tokens.
    Stats(Deferred<Stats>),
    /// Print the tokens that streams can contain
    ///
    /// Prints every token that a stream can contain, and the two that a chat record adds; or adds them
    /// to a tokenizer, which it can train, too.
    Vocab(Deferred<Vocab>),
    /// Make training records from Lua sources
    ///
    /// Makes training records, each with a source and its stream. Sources are compiled as luac5.3 does
    /// and never executed; those that do not compile are dropped and counted. Every stream is verified
    /// to turn back into its chunk.
    #[cfg(feature = "dataset")]
    Dataset(Deferred<Box<dataset::arguments::Dataset>>),
    /// Add up the reports of several data sets
    ///
    /// Prints the report of a set that several runs of luadec-tok dataset made with the same options,
    /// from their reports.
    #[cfg(feature = "dataset")]
    MergeReports(Deferred<dataset::merge_reports::MergeReports>),
    /// Score a model's answers
    ///
    /// Scores a model's answers by whether they compile to the code that was asked for.
    #[cfg(feature = "score")]
    Score(Deferred<score::arguments::Score>),
    /// Turn a chunk into prompts for a model
    ///
    /// Writes a prompt for each function of a chunk, with the functions inside it left out. luadec-tok
    /// assemble makes a Lua file of the answers.
    #[cfg(feature = "score")]
    Ask(Deferred<ask::arguments::Ask>),
    /// Make a proven Lua file of a model's answers
    ///
    /// Proves a model's answers to the outlines of a chunk, puts them together and proves the whole file
    /// against the chunk. Nothing is executed.
    #[cfg(feature = "score")]
    Assemble(Deferred<assemble::arguments::Assemble>),
    /// Print shell completions
    Completions(Deferred<Completions>),
    /// Print manual pages
    Man(Deferred<Pages>),
}

/// A conversion as [`Cli`] describes it, without the subcommands and the help.
#[derive(Debug, Parser)]
#[command(args_override_self = true, disable_help_flag = true)]
struct Conversion {
    #[command(flatten)]
    convert: Convert,
    #[arg(short, long)]
    quiet: bool,
}

/// Parses the arguments with no more of clap than they need. Describing the options of a conversion to
/// it takes as long as converting a small chunk, and describing the subcommands longer still.
pub fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let rest = arguments.get(1..).unwrap_or_default();
    if rest.iter().any(is_subcommand) {
        return Cli::try_parse_from(arguments);
    }
    if !rest.iter().any(needs_parsing) {
        let convert = Convert {
            inputs: rest.iter().map(PathBuf::from).collect(),
            ..Convert::default()
        };
        return Ok(Cli {
            command: None,
            convert,
            quiet: false,
        });
    }
    match Conversion::try_parse_from(arguments) {
        Ok(Conversion { convert, quiet }) => Ok(Cli {
            command: None,
            convert,
            quiet,
        }),
        // It is an error, or help, which the whole description makes complete.
        Err(_) => Cli::try_parse_from(arguments),
    }
}

fn is_subcommand(argument: &OsString) -> bool {
    let name = argument.to_str();
    name.is_some_and(|name| name == "help" || Commands::has_subcommand(name))
}

/// Returns whether an argument is more than an input: an option, or empty, which is an error.
fn needs_parsing(argument: &OsString) -> bool {
    let bytes = argument.as_encoded_bytes();
    bytes.is_empty() || bytes.starts_with(b"-") && bytes != b"-"
}

/// The arguments of a subcommand, described to clap only when the subcommand or its help is used:
/// describing those of all subcommands takes longer than converting a small chunk.
#[derive(Debug)]
pub struct Deferred<T>(pub T);

impl<T: Args> Args for Deferred<T> {
    fn augment_args(command: Command) -> Command {
        command.args_override_self(true).defer(T::augment_args)
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
