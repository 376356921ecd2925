//! Manual pages.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Command, ValueHint};
use clap_mangen::Man;

use super::builds;
use super::io::output::Output;
use super::usage::Usage;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  luadec-tok man | man -l -                      show the page of the conversion
  luadec-tok man decode | man -l -               show the page of a subcommand
  luadec-tok man -O ~/.local/share/man/man1      install all pages

Exit status:
  0  the pages were written
  1  the output failed
  2  the command line is wrong")]
pub struct Pages {
    /// Print the page of this subcommand [default: the conversion]
    #[arg(
        value_name = "SUBCOMMAND",
        value_hint = ValueHint::CommandName,
        conflicts_with = "output_dir"
    )]
    subcommand: Option<String>,
    /// Write every page to a file in directory DIR
    #[arg(short = 'O', long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    output_dir: Option<PathBuf>,
}

/// When a page last changed in substance, which its footer shows.
const DATE: &str = "2026-11-28";

pub fn run(options: &Pages, command: Command) -> Result<()> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    if let Some(directory) = &options.output_dir {
        let subcommands = command.get_subcommands().filter(|c| !c.is_hide_set());
        for command in [&command].into_iter().chain(subcommands) {
            let file = directory.join(Man::new(command.clone()).get_filename());
            write(command, Output::file_in_new_dir(&file)?)?;
        }
        return Ok(());
    }
    let command = match &options.subcommand {
        None => &command,
        Some(name) => match command.find_subcommand(name) {
            Some(found) => found,
            None => bail!(Usage(builds::missing(name).unwrap_or_else(|| format!(
                "there is no subcommand {name}, only {}",
                subcommands(&command)
            )))),
        },
    };
    write(command, Output::stdout()?)
}

fn subcommands(command: &Command) -> String {
    let subcommands = command.get_subcommands().filter(|c| !c.is_hide_set());
    let names: Vec<&str> = subcommands.map(Command::get_name).collect();
    names.join(", ")
}

fn write(command: &Command, mut output: Output) -> Result<()> {
    output.write_all(page(command)?.as_bytes())?;
    output.finish()
}

/// The page of a command. clap_mangen renders what clap knows; the help that follows the options
/// becomes sections of its own.
fn page(command: &Command) -> Result<String> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let mut described = command
        .clone()
        .subcommand_help_heading("SUBCOMMANDS")
        // What -h leaves out belongs here.
        .mut_args(|argument| argument.hide_short_help(false));
    // The first paragraph is in the section NAME already.
    let about = command.get_long_about().map(ToString::to_string);
    if let Some((_, rest)) = about.as_deref().and_then(|about| about.split_once("\n\n")) {
        described = described.long_about(rest.to_owned());
    }
    let man = Man::new(described)
        .title(name.to_uppercase())
        .date(DATE)
        .source(format!("luadec-tok {}", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    let help = command.get_after_long_help().or(command.get_after_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    let (notes, sections) = sections(&help);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    for line in notes {
        match line {
            "" => writeln!(page, ".PP")?,
            _ => writeln!(page, "{}", escaped(line))?,
        }
    }
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    for (heading, lines) in sections {
        writeln!(page, ".SH {}\n.nf", escaped(&heading))?;
        for line in lines {
            writeln!(page, "{}", escaped(line.strip_prefix("  ").unwrap_or(line)))?;
        }
        writeln!(page, ".fi")?;
    }
    Ok(tidy(&String::from_utf8(page)?))
}

/// The help that follows the options: the lines before the first heading, and what is under each
/// heading, a line without indentation that ends in a colon. Examples come last, as in other pages.
fn sections(help: &str) -> (Vec<&str>, Vec<(String, Vec<&str>)>) {
    let mut notes = Vec::new();
    let mut sections: Vec<(String, Vec<&str>)> = Vec::new();
    for line in help.lines() {
        let heading = line.strip_suffix(':').filter(|line| !line.starts_with(' '));
        match (heading, sections.last_mut()) {
            (Some("Example"), _) => sections.push(("EXAMPLES".to_owned(), Vec::new())),
            (Some(heading), _) => sections.push((heading.to_uppercase(), Vec::new())),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => notes.push(line),
        }
    }
    let without_end = |lines: &mut Vec<&str>| {
        while lines.last() == Some(&"") {
            lines.pop();
        }
    };
    without_end(&mut notes);
    if !notes.is_empty() {
        notes.insert(0, "");
    }
    sections
        .iter_mut()
        .for_each(|(_, lines)| without_end(lines));
    sections.sort_by_key(|(heading, _)| heading == "EXAMPLES");
    (notes, sections)
}

/// A line of text for roff.
fn escaped(line: &str) -> String {
    let text = line.replace('\\', "\\e").replace('-', "\\-");
    match line.starts_with(['.', '\'']) {
        true => format!("\\&{text}"),
        false => text,
    }
}

/// Breaks long lines of text and leaves out breaks that do nothing, as mandoc's lint wants it.
fn tidy(page: &str) -> String {
    const WIDTH: usize = 80;
    let mut tidy = String::new();
    let mut is_literal = false;
    for line in page.lines().map(str::trim_end) {
        match line {
            ".nf" => is_literal = true,
            ".fi" => is_literal = false,
            "" if !is_literal => {
                tidy.truncate(tidy.trim_end_matches("\n.br\n").len());
                if !tidy.ends_with('\n') {
                    tidy.push('\n');
                }
                tidy += ".sp\n";
                continue;
            }
            ".br" if tidy.ends_with("\n.sp\n") => continue,
            _ => {}
        }
        let mut rest = line;
        while !is_literal && rest.len() > WIDTH && !rest.starts_with('.') {
            // A word that is a request at the start of a line stays where it is.
            let breaks = rest.match_indices(' ').map(|(at, _)| at);
            let breaks =
                breaks.filter(|at| *at > 0 && !rest[at + 1..].starts_with(['.', '\'', ' ']));
            let Some(at) = breaks.take_while(|at| *at <= WIDTH).last() else {
                break;
            };
            tidy += &rest[..at];
            tidy += "\n";
            rest = &rest[at + 1..];
        }
        tidy += rest;
        tidy += "\n";
    }
    tidy
}
