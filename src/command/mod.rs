//! The command: what its arguments are, and what each job does with the library.

#[cfg(feature = "tokenizer")]
mod add_to;
mod builds;
#[cfg(feature = "dataset")]
mod compile;
mod completions;
mod convert;
#[cfg(feature = "dataset")]
mod dataset;
mod decode;
mod deferred;
#[cfg(feature = "dataset")]
mod helper;
mod insn;
mod io;
mod man;
mod mistyped;
mod opmap;
#[cfg(feature = "score")]
mod score;
#[cfg(feature = "tokenizer")]
mod tokenizer;
mod vocab;

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal, Write, stderr, stdin, stdout};
use std::path::Path;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser, Subcommand};
use completions::Completions;
use convert::arguments::Convert;
use decode::Decode;
use deferred::Deferred;
use insn::Insn;
use io::color;
use io::messages::Messages;
use io::output::{Output, ReaderLeft};
use io::shown::{Shown, escaped};
use io::signals;
use io::usage::Usage;
use man::Pages;
use opmap::FindMap;
use vocab::Vocab;

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
struct Cli {
    #[command(subcommand)]
    job: Option<Job>,
    #[command(flatten)]
    convert: Convert,
    /// Say errors alone
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Job {
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

/// Reads the arguments. Without a subcommand they are those of a conversion: to describe the
/// subcommands, too, would take longer than to convert a small chunk.
fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let is_subcommand = |argument: &OsString| {
        let name = argument.to_str();
        name.is_some_and(|name| name == "help" || Job::has_subcommand(name))
    };
    if !arguments.iter().skip(1).any(is_subcommand)
        && let Ok(Conversion { convert, quiet }) = Conversion::try_parse_from(arguments)
    {
        return Ok(Cli {
            job: None,
            convert,
            quiet,
        });
    }
    Cli::try_parse_from(arguments)
}

/// Does what the arguments say and gives the exit status.
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().collect();
    let mut messages = Messages::default();
    if let Some(message) = builds::missing_subcommand(&arguments) {
        messages.error(message);
        return ExitCode::from(2);
    }
    let cli = match parse(&arguments) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            match missing_option(&error) {
                Some(message) => messages.error(message),
                None => refuse(error),
            }
            return ExitCode::from(2);
        }
        Err(shown) if shown.kind() == ErrorKind::DisplayVersion => {
            // The version of a job is that of the command, under the command's name.
            let version = Cli::command().render_version();
            let features = builds::features().join(", ");
            return print(&format!("{version}features: {features}\n"));
        }
        Err(help) => {
            let text = help.render();
            return print(&match color::is_wanted(stdout().is_terminal()) {
                true => text.ansi().to_string(),
                false => text.to_string(),
            });
        }
    };
    messages.is_quiet = cli.quiet;
    let done = match cli.job {
        #[cfg(feature = "dataset")]
        Some(Job::Dataset(options)) => dataset::run(&options.0, &mut messages),
        #[cfg(feature = "dataset")]
        Some(Job::CompileForAnother) => compile::remote::serve(),
        Some(Job::Decode(options)) => decode::run(&options.0, &mut messages),
        Some(Job::Insn(options)) => insn::run(&options.0),
        Some(Job::Opmap(options)) => opmap::run(&options.0, &mut messages),
        #[cfg(feature = "score")]
        Some(Job::Score(options)) => score::run(&options.0, &mut messages),
        #[cfg(feature = "score")]
        Some(Job::ScoreForAnother) => score::remote::serve(),
        Some(Job::Vocab(options)) => vocab::run(&options.0, &mut messages),
        Some(Job::Completions(options)) => completions::run(&options.0),
        Some(Job::Man(options)) => man::run(&options.0),
        None if cli.convert.names_nothing() && stdin().is_terminal() => {
            eprint!("{}", Cli::command().render_help());
            return ExitCode::from(2);
        }
        None => {
            let first = cli.convert.inputs.first();
            first
                .map_or(Ok(()), |first| mistyped::check(first))
                .and_then(|()| convert::run(&cli.convert, &mut messages))
        }
    };
    end(done, &mut messages)
}

/// Prints what was asked for instead of work.
fn print(text: &str) -> ExitCode {
    let print = || {
        let mut output = Output::stdout()?;
        output.write_all(text.as_bytes())?;
        output.finish()
    };
    end(print(), &mut Messages::default())
}

/// Says what went wrong and gives the exit status.
fn end(done: anyhow::Result<()>, messages: &mut Messages) -> ExitCode {
    match done {
        Err(error) if is_reader_left(&error) => {
            signals::die_of_closed_pipe();
            return ExitCode::FAILURE;
        }
        Err(error) if error.is::<Usage>() => {
            messages.error(error);
            return ExitCode::from(2);
        }
        Err(error) => messages.error(format_args!("{error:#}")),
        Ok(()) => {}
    }
    if messages.failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The message for an option that other builds have and this one lacks.
fn missing_option(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::InvalidArg)? {
        ContextValue::String(option) if error.kind() == ErrorKind::UnknownArgument => {
            builds::missing(option)
        }
        _ => None,
    }
}

/// Says what is wrong with the arguments. The message quotes them, and they may hold what a terminal
/// would obey, so it is the message about the same arguments with control characters escaped.
fn refuse(error: clap::Error) {
    let arguments = std::env::args_os();
    let harmless = arguments.map(|argument| escaped(&Shown(Path::new(&argument)).to_string()));
    let error = Cli::try_parse_from(harmless).err().unwrap_or(error);
    let text = error.render();
    let text = match color::is_wanted(stderr().is_terminal()) {
        true => text.ansi().to_string(),
        false => text.to_string(),
    };
    // One write, as for other messages. With standard error closed there is nobody left to tell.
    let _ = stderr().write_all(text.as_bytes());
}

/// Whether the reader of standard output has had enough, which is no reason for a message.
fn is_reader_left(error: &anyhow::Error) -> bool {
    let mut causes = error.chain();
    causes.any(|cause| {
        let cause = cause.downcast_ref::<std::io::Error>();
        let inner = cause.and_then(std::io::Error::get_ref);
        inner.is_some_and(|inner| inner.is::<ReaderLeft>())
    })
}
