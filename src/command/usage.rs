//! What is wrong with a command line.

use std::io::{IsTerminal, Write, stderr};
use std::path::Path;

use anyhow::{Result, bail};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Parser};

use super::builds;
use super::cli::Cli;
use super::io::messages::Messages;
use super::io::shown::{Shown, escaped, is_color_wanted};

/// The arguments do not fit what they are used for: exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Says what is wrong with the arguments.
pub fn refuse(error: clap::Error, messages: &mut Messages) {
    match missing_option(&error) {
        Some(message) => messages.error(message),
        None => print(error),
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

/// The message quotes the arguments, and they may hold what a terminal would obey, so it is the
/// message about the same arguments with control characters escaped.
fn print(error: clap::Error) {
    let arguments = std::env::args_os();
    let harmless = arguments.map(|argument| escaped(&Shown(Path::new(&argument)).to_string()));
    let error = Cli::try_parse_from(harmless).err().unwrap_or(error);
    let text = error.render();
    let text = match is_color_wanted(stderr().is_terminal()) {
        true => text.ansi().to_string(),
        false => text.to_string(),
    };
    // One write, as for other messages. With standard error closed there is nobody left to tell.
    let _ = stderr().write_all(text.as_bytes());
}

/// Refuses a first input that was meant as a job.
///
/// # Errors
/// There is no such file, and the name is a job's behind options, that of a job of other builds, or
/// nearly a job's.
pub fn check_first_input(first: &Path) -> Result<()> {
    let Some(name) = first.to_str() else {
        return Ok(());
    };
    // A path or an ending is not what one mistypes a job for.
    if name.contains(['/', '\\', '.']) || first.exists() {
        return Ok(());
    }
    if let Some(message) = builds::missing(name) {
        bail!(Usage(format!("{name}: no such file; {message}")));
    }
    let command = Cli::command();
    if command.find_subcommand(name).is_some() {
        bail!(Usage(format!(
            "{name}: no such file; the job of that name goes before the options: luadec-tok {name} ..."
        )));
    }
    if let Some(job) = nearest(name, &command) {
        bail!(Usage(format!(
            "{name}: no such file, and no job of that name; did you mean {job}?"
        )));
    }
    Ok(())
}

/// The job that a name misses by a slip or two, or that it is the beginning or a longer form of.
fn nearest(name: &str, command: &Command) -> Option<String> {
    let jobs = command.get_subcommands().map(Command::get_name);
    let slips = |job: &str| match name.len() > 2 && (job.starts_with(name) || name.starts_with(job))
    {
        true => 0,
        false => strsim::osa_distance(name, job),
    };
    let (slips, job) = jobs.map(|job| (slips(job), job)).min()?;
    (slips <= 2 && 2 * slips < job.len()).then(|| job.to_owned())
}
