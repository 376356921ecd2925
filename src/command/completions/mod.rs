//! Completions for shells.
//!
//! The scripts for bash, zsh and fish ask this subcommand what may stand in place of the word at the
//! cursor. clap_complete's scripts for them cannot complete a command that takes both inputs and
//! subcommands, and bash's fails on the hyphen in our name (clap issue 6421).

mod candidates;

use std::ffi::OsString;
use std::io::Write;

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::io::output::Output;
use candidates::{Candidates, Paths, candidates};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  luadec-tok completions bash > ~/.local/share/bash-completion/completions/luadec-tok
  luadec-tok completions zsh > ~/.zfunc/_luadec-tok
  luadec-tok completions fish > ~/.config/fish/completions/luadec-tok.fish

Exit status:
  0  the script was written
  1  the output failed
  2  the command line is wrong")]
pub struct Completions {
    /// Print the script for this shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
    /// What the scripts ask for: the words after the command's name, up to the one at the cursor
    #[arg(last = true, hide = true)]
    words: Vec<OsString>,
}

pub fn run(options: &Completions, command: Command) -> Result<()> {
    let text = match (options.words.as_slice(), options.shell) {
        ([], Shell::Bash) => include_str!("luadec-tok.bash").to_owned(),
        ([], Shell::Zsh) => include_str!("_luadec-tok").to_owned(),
        ([], Shell::Fish) => include_str!("luadec-tok.fish").to_owned(),
        ([], shell) => generated(shell, command),
        (words, shell) => answer(shell, words, command),
    };
    let mut output = Output::stdout()?;
    output.write_all(text.as_bytes())?;
    output.finish()
}

/// clap_complete's script for a shell.
fn generated(shell: Shell, mut command: Command) -> String {
    let mut script = Vec::new();
    generate(shell, &mut command, env!("CARGO_PKG_NAME"), &mut script);
    String::from_utf8(script).expect("a script is text")
}

/// Answers a script: a line that names the kind of paths to complete, and one per candidate.
fn answer(shell: Shell, words: &[OsString], mut command: Command) -> String {
    let mut words: Vec<String> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    // bash makes `--name`, `=` and the value of `--name=value`, and completes the value only.
    let is_split = shell == Shell::Bash && join_values(&mut words);
    command.build();
    let Candidates { paths, words } = candidates(&command, &words);
    let mut answer = match paths {
        Paths::None => "none\n",
        Paths::Files => "files\n",
        Paths::Directories => "directories\n",
    }
    .to_owned();
    for (word, help) in words {
        let value = word.split_once('=').map(|(_, value)| value);
        let word = value.filter(|_| is_split).unwrap_or(&word);
        answer += &match shell {
            Shell::Zsh => format!("{}:{help}\n", word.replace(':', "\\:")),
            _ => format!("{word}\t{help}\n"),
        };
    }
    answer
}

/// Joins options with what is after their `=`, and returns whether the last word is now such an option.
fn join_values(words: &mut Vec<String>) -> bool {
    let mut joined: Vec<String> = Vec::new();
    let mut is_value = false;
    for word in words.drain(..) {
        let is_equals = word == "=" && joined.last().is_some_and(|last| last.starts_with("--"));
        match joined.last_mut() {
            Some(last) if is_equals || is_value => last.push_str(&word),
            _ => {
                joined.push(word);
                is_value = false;
                continue;
            }
        }
        is_value = is_equals;
    }
    *words = joined;
    words
        .last()
        .is_some_and(|last| last.starts_with("--") && last.contains('='))
}
