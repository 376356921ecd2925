//! Which files a run writes, and which it refuses to replace.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::card;
use super::formats::{arrow, bin};
use super::paths::SetPaths;
use crate::command::dataset::arguments::{Dataset, IdsOutput};
use crate::command::io::claims::{Claims, Clash};
use crate::command::io::shown::Shown;

/// What is read and written, as far as it is known before the sources are found.
pub fn claims(options: &Dataset, paths: &SetPaths) -> Result<Claims> {
    let mut claims = Claims::default();
    if let Some(rows) = &options.input.rows {
        claims.input(named(rows));
    }
    for file in options.tokens.files() {
        claims.input(Some(&file));
    }
    let mut output = |path: Option<&Path>| {
        claims.output(path)?;
        path.map_or(Ok(()), writable)
    };
    for file in files_of_parts(options, paths) {
        output(named(&file))?;
    }
    if options.card {
        for file in card::files(options, paths) {
            output(Some(&file))?;
        }
    }
    if let Some(report) = &options.report {
        if report == &options.output {
            bail!(Clash::Output(Shown(report).to_string()));
        }
        if options.files.shard_size.is_some()
            && paths.is_shard(report.file_name().unwrap_or_default())
        {
            bail!(
                "{} is named as the shards are: name another report",
                Shown(report)
            );
        }
        output(named(report))?;
    }
    Ok(claims)
}

/// Refuses to replace a file that its owner has made read-only.
fn writable(path: &Path) -> Result<()> {
    let metadata = path.metadata();
    if metadata.is_ok_and(|file| file.is_file() && file.permissions().readonly()) {
        bail!(
            "{} is read-only: make it writable, or name another output",
            Shown(path)
        );
    }
    Ok(())
}

/// The file at `path`, or `None` for `-`, standard input or output.
fn named(path: &Path) -> Option<&Path> {
    (path.as_os_str() != "-").then_some(path)
}

/// The files of the parts, as far as their names are known before.
fn files_of_parts(options: &Dataset, paths: &SetPaths) -> Vec<PathBuf> {
    let files = paths.files(options).into_iter();
    files
        .flat_map(|path| match options.tokens.ids {
            Some(IdsOutput::Arrow) => arrow::files(&path),
            Some(IdsOutput::Bin) => vec![bin::index(&path), path],
            _ => vec![path],
        })
        .collect()
}

/// Refuses to replace what this command did not write, in the files that the user does not name.
///
/// # Errors
/// There is such a file.
pub fn check_existing(options: &Dataset, paths: &SetPaths) -> Result<()> {
    let files = paths.files(options);
    match options.tokens.ids {
        Some(IdsOutput::Arrow) => {
            if options.files.split.is_some() {
                arrow::check_dict(&paths.folder)?;
            }
            files.iter().try_for_each(|file| arrow::check(file))
        }
        Some(IdsOutput::Bin) => files.iter().try_for_each(|file| bin::check(file)),
        _ => Ok(()),
    }
}
