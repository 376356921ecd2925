//! What is wrong with a command line, in one line.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Result, bail};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use super::builds;
use super::cli::Cli;
use super::io::shown::Shown;
use super::usage::Usage;

/// Describes what clap found wrong with the arguments.
pub fn describe(error: &clap::Error, arguments: &[OsString]) -> Usage {
    let strings = |kind| match error.get(kind) {
        Some(ContextValue::String(string)) => vec![string.clone()],
        Some(ContextValue::Strings(strings)) => strings.clone(),
        _ => Vec::new(),
    };
    let string = |kind| strings(kind).into_iter().next().unwrap_or_default();
    let argument = string(ContextKind::InvalidArg);
    // Without the name of its value, as in `--jobs <N>`.
    let name = argument.split(' ').next().unwrap_or_default();
    let value = string(ContextKind::InvalidValue);
    let help = match subcommand(arguments) {
        Some(subcommand) => format!("luadec-tok {subcommand} --help"),
        None => "luadec-tok --help".to_owned(),
    };
    let message = match error.kind() {
        ErrorKind::UnknownArgument => {
            if let Some(message) = builds::missing(name) {
                message
            } else if !name.starts_with('-') {
                format!("unexpected argument {name}; see {help}")
            } else {
                let near = string(ContextKind::SuggestedArg);
                match is_slip(name, &near) {
                    true => format!("unknown option {name}; did you mean {near}?"),
                    false => format!("unknown option {name}; see {help}"),
                }
            }
        }
        ErrorKind::InvalidSubcommand => {
            let name = string(ContextKind::InvalidSubcommand);
            format!("unknown subcommand {name}; see {help}")
        }
        ErrorKind::InvalidValue => {
            let values = list(&strings(ContextKind::ValidValue), "or");
            match (value.as_str(), values.as_str()) {
                ("", _) if !name.starts_with('-') => format!("an argument is empty; see {help}"),
                ("", "") => format!("{name} needs a value; see {help}"),
                ("", values) => format!("{name} needs a value: {values}"),
                (value, values) => format!("{}: expected {values}", given(name, value)),
            }
        }
        ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(error);
            let reason = reason.map_or_else(|| help.clone(), ToString::to_string);
            format!("{}: {reason}", given(name, &value))
        }
        ErrorKind::TooManyValues if !name.starts_with('-') => {
            format!("unexpected argument {value}; see {help}")
        }
        ErrorKind::TooManyValues => format!("{name} takes no value, found {value}"),
        ErrorKind::MissingRequiredArgument => {
            let missing = list(&strings(ContextKind::InvalidArg), "and");
            format!("missing {missing}; see {help}")
        }
        ErrorKind::ArgumentConflict => {
            let mut both = vec![name.to_owned()];
            for prior in strings(ContextKind::PriorArg) {
                both.extend(prior.split(' ').next().map(str::to_owned));
            }
            format!("{} cannot be used together", list(&both, "and"))
        }
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8".to_owned(),
        _ => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            line.trim_start_matches("error: ").to_owned()
        }
    };
    Usage(message)
}

/// The value of an argument as it was given.
fn given(name: &str, value: &str) -> String {
    match name.starts_with('-') {
        true => format!("{name} {value}"),
        false => value.to_owned(),
    }
}

/// A list in words: `a, b or c`.
fn list(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [item] => item.clone(),
        [items @ .., item] => format!("{} {last} {item}", items.join(", ")),
    }
}

/// The subcommand that the arguments name, if there is one of that name.
fn subcommand(arguments: &[OsString]) -> Option<&str> {
    let name = arguments.get(1)?.to_str()?;
    Cli::command().find_subcommand(name).map(|_| name)
}

/// Checks the first input, which may be a misspelt subcommand.
///
/// # Errors
/// There is no such file. Then nothing should be converted, as another command line was meant.
pub fn check_first_input(first: &Path) -> Result<()> {
    if first.as_os_str() == "-" || !is_missing(first) {
        return Ok(());
    }
    let shown = Shown(first).to_string();
    let Some(name) = first
        .to_str()
        .filter(|name| !name.contains(['/', '\\', '.']))
    else {
        // Nobody misspells a subcommand as a path or with an extension.
        bail!("{shown}: no such file or directory");
    };
    let command = Cli::command();
    let message = if let Some(message) = builds::missing(name) {
        message
    } else if command.find_subcommand(name).is_some() {
        format!("the subcommand {name} goes before all options: luadec-tok {name} ...")
    } else if let Some(subcommand) = nearest(name, &command) {
        format!("{shown}: neither a file nor a subcommand; did you mean {subcommand}?")
    } else {
        format!("{shown}: neither a file nor a subcommand; see luadec-tok --help")
    };
    bail!(Usage(message))
}

fn is_missing(path: &Path) -> bool {
    fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Returns the subcommand that a name was probably meant to be.
fn nearest(name: &str, command: &Command) -> Option<String> {
    let names = command.get_subcommands().map(Command::get_name);
    let near = names.filter(|near| is_slip(name, near));
    let nearest = near.min_by_key(|near| strsim::osa_distance(name, near));
    nearest.map(str::to_owned)
}

/// Whether a name misses another by a slip or two, or is the beginning or a longer form of it.
fn is_slip(name: &str, near: &str) -> bool {
    let letters = name.trim_start_matches('-').len();
    let slips = strsim::osa_distance(name, near);
    !near.is_empty()
        && (letters > 2 && (near.starts_with(name) || name.starts_with(near))
            || slips <= 2 && 2 * slips < near.trim_start_matches('-').len())
}
