//! Completions for shells.

use std::io::Write;

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::io::output::Output;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  luadec-tok completions bash > ~/.local/share/bash-completion/completions/luadec-tok
  luadec-tok completions zsh > ~/.zfunc/_luadec-tok
  luadec-tok completions fish > ~/.config/fish/completions/luadec-tok.fish")]
pub struct Completions {
    /// The shell that completes
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(options: &Completions, mut command: Command) -> Result<()> {
    let mut script = Vec::new();
    generate(
        options.shell,
        &mut command,
        env!("CARGO_PKG_NAME"),
        &mut script,
    );
    let mut output = Output::stdout()?;
    output.write_all(&script)?;
    output.finish()
}
