//! Manual pages.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Command};
use clap_mangen::Man;

use super::builds;
use super::io::output::Output;
use super::usage::Usage;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  luadec-tok man | man -l -                         the page of the conversion
  luadec-tok man decode | man -l -                  the page of a job
  luadec-tok man -O ~/.local/share/man/man1         a file for each")]
pub struct Pages {
    /// The job whose page is printed [default: the conversion]
    #[arg(value_name = "JOB", conflicts_with = "output_dir")]
    job: Option<String>,
    /// Write every page to a file below D
    #[arg(short = 'O', long, value_name = "D")]
    output_dir: Option<PathBuf>,
}

pub fn run(options: &Pages, command: Command) -> Result<()> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    if let Some(folder) = &options.output_dir {
        for page in pages(&command) {
            let file = folder.join(page.get_filename());
            write(&page, Output::file_in_new_dir(&file)?)?;
        }
        return Ok(());
    }
    let command = match &options.job {
        None => command,
        Some(job) => match command.find_subcommand(job) {
            Some(found) => found.clone(),
            None => bail!(Usage(builds::missing(job).unwrap_or_else(|| format!(
                "there is no job {job}; there is {}",
                jobs(&command)
            )))),
        },
    };
    write(&Man::new(command), Output::stdout()?)
}

/// The page of the conversion, and those of all jobs.
fn pages(command: &Command) -> Vec<Man> {
    let jobs = command.get_subcommands().cloned();
    std::iter::once(command.clone())
        .chain(jobs)
        .map(Man::new)
        .collect()
}

fn jobs(command: &Command) -> String {
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    names.join(", ")
}

fn write(page: &Man, mut output: Output) -> Result<()> {
    let mut text = Vec::new();
    page.render(&mut text)?;
    output.write_all(&text)?;
    output.finish()
}
