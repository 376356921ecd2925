//! The command `luadec-tok`: its arguments and its subcommands.

mod builds;
mod cli;
mod completions;
mod convert;
mod decode;
mod dialect;
mod diff;
mod insn;
mod io;
mod man;
mod opmap;
mod refuse;
mod sizes;
mod stats;
#[cfg(feature = "tokenizer")]
mod train;
mod usage;
mod version;
mod vocab;

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal, Write, stdin, stdout};
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ErrorKind;
use cli::{Cli, Commands};
use io::messages::Messages;
use io::output::{Output, ReaderLeft};
use io::shown::is_color_wanted;
use io::signals;
use usage::Usage;

/// Runs what the arguments ask for and returns the exit status.
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().collect();
    #[cfg(feature = "dataset")]
    if let Some(served) = serve_parent(&arguments) {
        return end(served, &mut Messages::default());
    }
    let mut messages = Messages::default();
    if let Some(message) = builds::missing_subcommand(&arguments) {
        return end(Err(Usage(message).into()), &mut messages);
    }
    let cli = match cli::parse(&arguments) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            let usage = refuse::describe(&error, &arguments);
            return end(Err(usage.into()), &mut messages);
        }
        Err(shown) if shown.kind() == ErrorKind::DisplayVersion => {
            // Subcommands have the version of the command.
            let version = Cli::command().render_version();
            let features = builds::features().join(", ");
            return print(&format!("{version}features: {features}\n"));
        }
        Err(help) => {
            let text = help.render();
            return print(&match is_color_wanted(stdout().is_terminal()) {
                true => text.ansi().to_string(),
                false => text.to_string(),
            });
        }
    };
    messages.is_quiet = cli.quiet;
    let done = match cli.command {
        Some(Commands::Decode(options)) => decode::run(&options.0, &mut messages),
        Some(Commands::Diff(options)) => {
            let differs = diff::run(&options.0, &mut messages);
            return end_of_diff(differs, &mut messages);
        }
        Some(Commands::Dialect(options)) => dialect::run(&options.0),
        Some(Commands::Insn(options)) => insn::run(&options.0),
        Some(Commands::Opmap(options)) => opmap::run(&options.0, &mut messages),
        Some(Commands::Vocab(options)) => vocab::run(&options.0, &mut messages),
        #[cfg(feature = "dataset")]
        Some(Commands::Dataset(options)) => train::dataset::run(&options.0, &mut messages),
        #[cfg(feature = "dataset")]
        Some(Commands::MergeReports(options)) => {
            train::dataset::merge_reports::run(&options.0, &mut messages)
        }
        #[cfg(feature = "score")]
        Some(Commands::Score(options)) => train::score::run(&options.0, &mut messages),
        #[cfg(feature = "score")]
        Some(Commands::Ask(options)) => train::ask::run(&options.0, &mut messages),
        #[cfg(feature = "score")]
        Some(Commands::Assemble(options)) => {
            let proven = train::assemble::run(&options.0, &mut messages);
            return end_of_assemble(proven, &mut messages);
        }
        Some(Commands::Stats(options)) => stats::run(&options.0, &mut messages),
        Some(Commands::Completions(options)) => completions::run(&options.0, Cli::command()),
        Some(Commands::Man(options)) => man::run(&options.0, Cli::command()),
        None if cli.convert.names_nothing() && stdin().is_terminal() => {
            eprint!("{}", Cli::command().render_help());
            return ExitCode::from(2);
        }
        None => {
            let first = cli.convert.inputs.first();
            first
                .map_or(Ok(()), |first| refuse::check_first_input(first))
                .and_then(|()| convert::run(&cli.convert, &mut messages))
        }
    };
    end(done, &mut messages)
}

/// Serves the process that started this one as a helper, if one did.
#[cfg(feature = "dataset")]
fn serve_parent(arguments: &[OsString]) -> Option<anyhow::Result<()>> {
    let [_, name] = arguments else {
        return None;
    };
    let serve = match name.to_str()? {
        train::compile::remote::SUBCOMMAND => train::compile::remote::serve,
        #[cfg(feature = "score")]
        train::score::remote::SUBCOMMAND => train::score::remote::serve,
        _ => return None,
    };
    train::helper::is_helper().then(serve)
}

/// Prints a help page or the version.
fn print(text: &str) -> ExitCode {
    let print = || {
        let mut output = Output::stdout()?;
        output.write_all(text.as_bytes())?;
        output.finish()
    };
    end(print(), &mut Messages::default())
}

/// Prints what went wrong and returns the exit status.
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

/// Prints what went wrong and returns the exit status of diff: 1 if anything differs, 2 for trouble.
fn end_of_diff(differs: anyhow::Result<bool>, messages: &mut Messages) -> ExitCode {
    match differs {
        Err(error) if is_reader_left(&error) || error.is::<Usage>() => end(Err(error), messages),
        Err(error) => {
            messages.error(format_args!("{error:#}"));
            ExitCode::from(2)
        }
        Ok(_) if messages.failed => ExitCode::from(2),
        Ok(differs) => ExitCode::from(u8::from(differs)),
    }
}

/// Prints what went wrong and returns the exit status of assemble: 3 if the file was written but is not
/// proven.
#[cfg(feature = "score")]
fn end_of_assemble(proven: anyhow::Result<bool>, messages: &mut Messages) -> ExitCode {
    match proven {
        Ok(false) => ExitCode::from(3),
        proven => end(proven.map(|_| ()), messages),
    }
}

/// Returns whether the reader of standard output has closed it, which needs no message.
fn is_reader_left(error: &anyhow::Error) -> bool {
    let mut causes = error.chain();
    causes.any(|cause| {
        let cause = cause.downcast_ref::<std::io::Error>();
        let inner = cause.and_then(std::io::Error::get_ref);
        inner.is_some_and(|inner| inner.is::<ReaderLeft>())
    })
}
