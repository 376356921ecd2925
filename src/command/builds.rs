//! The subcommands and options that only some builds have.

use std::ffi::OsString;

/// The features that a build of the command may have, and whether this one does.
const FEATURES: [(&str, bool); 4] = [
    ("cli", true),
    ("tokenizer", cfg!(feature = "tokenizer")),
    ("dataset", cfg!(feature = "dataset")),
    ("score", cfg!(feature = "score")),
];

/// What a feature adds.
const ADDED: [(&str, &str); 9] = [
    ("ask", "score"),
    ("assemble", "score"),
    ("dataset", "dataset"),
    ("merge-reports", "dataset"),
    ("score", "score"),
    ("--ids", "tokenizer"),
    ("--tokenizer", "tokenizer"),
    ("--add-to", "tokenizer"),
    ("--train", "dataset"),
];

/// The features of this build.
pub fn features() -> Vec<&'static str> {
    let built = FEATURES.into_iter().filter(|(_, is_built)| *is_built);
    built.map(|(feature, _)| feature).collect()
}

/// The message for a subcommand or an option that other builds have and this one lacks.
pub fn missing(part: &str) -> Option<String> {
    // The value of an option may be part of the argument.
    let part = part.split('=').next().unwrap_or(part);
    let (_, feature) = ADDED.into_iter().find(|(added, _)| *added == part)?;
    if FEATURES.contains(&(feature, true)) {
        return None;
    }
    let kind = match part.starts_with('-') {
        true => "option",
        false => "subcommand",
    };
    Some(format!(
        "this build lacks the {kind} {part}; install one that has it: \
         cargo install luadec-tok --features full, or pip install luadec-tok"
    ))
}

/// The message for a command line whose subcommand this build lacks, so that its name is never taken
/// for an input's.
pub fn missing_subcommand(arguments: &[OsString]) -> Option<String> {
    let before = ["-q", "--quiet", "help"];
    let mut arguments = arguments.iter().skip(1);
    let first = arguments.find(|argument| !before.iter().any(|before| argument == before))?;
    let name = first.to_str().filter(|name| !name.starts_with('-'))?;
    missing(name)
}
