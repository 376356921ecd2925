//! The files that a run writes, and the existing files that it refuses to replace.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::card;
use super::formats::{arrow, bin, npy};
use super::paths::SetPaths;
use crate::command::io::claims::{Claims, Clash};
use crate::command::io::compressed::decompressed;
use crate::command::io::input::starts;
use crate::command::io::shown::Shown;
use crate::command::train::dataset::arguments::{Dataset, IdsFormat};

/// Collects the files that are read and written, as far as they are known before the sources are
/// found.
pub fn claims(options: &Dataset, paths: &SetPaths) -> Result<Claims> {
    let mut claims = Claims::default();
    if let Some(rows) = &options.input.rows {
        claims.input(named(rows));
    }
    for file in options.tokens.files() {
        claims.input(Some(&file));
    }
    options.records.dialect.claim(&mut claims);
    let mut output = |path: Option<&Path>| {
        claims.output(path)?;
        path.map_or(Ok(()), check_writable)
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
                "{} is named like a shard; name another report",
                Shown(report)
            );
        }
        output(named(report))?;
    }
    Ok(claims)
}

/// Refuses to replace a read-only file.
fn check_writable(path: &Path) -> Result<()> {
    let metadata = path.metadata();
    if metadata.is_ok_and(|file| file.is_file() && file.permissions().readonly()) {
        bail!(
            "{} is read-only; make it writable, or name another output",
            Shown(path)
        );
    }
    Ok(())
}

/// Returns the file at `path`, or `None` for `-`, which is standard input or output.
fn named(path: &Path) -> Option<&Path> {
    (path.as_os_str() != "-").then_some(path)
}

/// Returns the files of the parts, as far as their names are known in advance.
fn files_of_parts(options: &Dataset, paths: &SetPaths) -> Vec<PathBuf> {
    let files = paths.files(options).into_iter();
    files
        .flat_map(|path| match options.tokens.ids {
            Some(IdsFormat::Arrow) if options.is_arrow_directory() => arrow::files(&path),
            Some(IdsFormat::Bin) => vec![bin::index(&path), path],
            _ => vec![path],
        })
        .collect()
}

/// Refuses to replace files that this command did not write and that the user did not name.
///
/// # Errors
/// There is such a file.
pub fn check_existing(options: &Dataset, paths: &SetPaths) -> Result<()> {
    let files = paths.files(options);
    match options.tokens.ids {
        Some(IdsFormat::Arrow) if options.is_arrow_directory() => {
            if options.files.split.is_some() {
                arrow::check_dict(&paths.directory)?;
            }
            files.iter().try_for_each(|file| arrow::check(file))
        }
        Some(IdsFormat::Bin) => files.iter().try_for_each(|file| bin::check(file)),
        _ => Ok(()),
    }
}

/// Refuses to write a set beside files of an earlier one that it would not replace: some records
/// would be there twice, perhaps in two parts.
///
/// # Errors
/// There are such files.
pub fn refuse_earlier(options: &Dataset, paths: &SetPaths) -> Result<()> {
    const NAMED: usize = 3;
    let files = earlier_files(options, paths);
    let named = files.iter().take(NAMED);
    let named: Vec<String> = named.map(|file| Shown(file).to_string()).collect();
    let more = match files.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (are, them) = match files.len() {
        0 => return Ok(()),
        1 => ("is", "it"),
        _ => ("are", "them"),
    };
    bail!(
        "{}{more} {are} from an earlier run; remove {them}, or name an output in another directory",
        named.join(", ")
    )
}

/// Returns such files, sorted. The directory of a split is for that split only; in other
/// directories, only shards of the same name are in the way.
fn earlier_files(options: &Dataset, paths: &SetPaths) -> Vec<PathBuf> {
    let is_split = options.split_into_files().is_some();
    if !is_split && options.files.shard_size.is_none() {
        return Vec::new();
    }
    let directory = match paths.directory.as_os_str().is_empty() {
        true => Path::new("."),
        false => &paths.directory,
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut own = paths.files(options);
    own.push(paths.unfinished());
    let mut files: Vec<PathBuf> = entries
        .map(|entry| paths.directory.join(entry.file_name()))
        .filter(|path| {
            let is_shard = paths.is_shard(path.file_name().unwrap_or_default());
            is_shard || is_split && !own.contains(path) && is_of_a_set(path)
        })
        .collect();
    files.sort();
    files
}

/// Returns whether this command writes such a file or directory.
fn is_of_a_set(path: &Path) -> bool {
    if path.is_dir() {
        return arrow::is_ours(path) || is_unfinished(path);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ending = name.find('.').map_or("", |dot| &name[dot..]);
    match ending {
        ".bin" => bin::is_index(&bin::index(path)),
        ".npy" => starts(path, &npy::START),
        ".jsonl" | ".jsonl.zst" | ".jsonl.gz" | ".chatml" | ".chatml.zst" | ".chatml.gz" => {
            let mut start = Vec::new();
            let file = decompressed(path).map(|file| file.take(64));
            file.is_ok_and(|mut file| file.read_to_end(&mut start).is_ok()) && is_record(&start)
        }
        _ => false,
    }
}

/// Returns whether a file starts like a record.
fn is_record(line: &[u8]) -> bool {
    let id = |rest: &[u8]| {
        rest.iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count()
    };
    line.starts_with(b"<|im_start|>user")
        || line
            .strip_prefix(b"{\"id\": \"")
            .is_some_and(|rest| id(rest) == 32)
}

/// Returns whether a directory holds an unfinished run, which would write its shards when it is
/// resumed.
fn is_unfinished(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "unfinished")
        && path.join("state.json").exists()
}
