//! What the command does with the library: inputs, jobs, outputs and messages.

mod convert;
#[cfg(feature = "dataset")]
mod dataset;
mod decode;
mod folder;
mod input;
mod insn;
mod output;
mod report;
mod view;
mod vocab;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::CommandFactory;

use crate::cli::{Cli, Format, Job};
use report::Report;

/// Does the job and gives the exit status.
pub fn run(cli: Cli) -> ExitCode {
    let mut report = Report::default();
    let done = match cli.job {
        #[cfg(feature = "dataset")]
        Some(Job::Dataset(options)) => dataset::run(&options.0, &mut report),
        Some(Job::Decode(options)) => decode::run(&options.0, &mut report),
        Some(Job::Insn(options)) => insn::run(&options.0),
        Some(Job::Vocab(options)) => vocab::run(&options.0),
        None if cli.convert.inputs.is_empty() && io::stdin().is_terminal() => {
            eprint!("{}", Cli::command().render_help());
            return ExitCode::from(2);
        }
        None if cli.convert.format == Format::Tokens => convert::run(&cli.convert, &mut report),
        None => view::run(&cli.convert, &mut report),
    };
    match done {
        // Whoever reads standard output has had enough.
        Err(error) if is_broken_pipe(&error) => {}
        Err(error) if error.is::<Usage>() => {
            report.error(error);
            return ExitCode::from(2);
        }
        Err(error) => report.error(format_args!("{error:#}")),
        Ok(()) => {}
    }
    if report.failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The arguments do not fit what they are used for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let error = error.root_cause().downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
