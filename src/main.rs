//! The command `luadec-tok`: arguments in, exit status out.

mod command;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::run()
}
