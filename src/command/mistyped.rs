//! A job's name with a mistake in it, which is taken for an input.

use std::path::Path;

use anyhow::{Result, bail};
use clap::{Command, CommandFactory};

use super::Cli;
use super::builds;
use super::io::usage::Usage;

/// Refuses a first input that was meant as a job.
///
/// # Errors
/// There is no such file, and the name is a job's behind options, that of a job of other builds, or
/// nearly a job's.
pub fn check(first: &Path) -> Result<()> {
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
