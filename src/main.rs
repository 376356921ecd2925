//! The command `luadec-tok`: arguments in, exit status out.

mod cli;
mod command;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    command::run(cli::Cli::parse())
}
