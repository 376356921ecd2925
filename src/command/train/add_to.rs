//! `vocab --add-to`: adds the vocabulary to a tokenizer, from a file to a file or from a directory
//! to a directory.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use luadec_tok::tokenizer::{Directory, Hazard, add_to_directory, add_vocabulary};

use super::tokenizer::{MOST, config, file};
use crate::command::io::claims::Claims;
use crate::command::io::input::read_file;
use crate::command::io::memory::probe;
use crate::command::io::messages::Messages;
use crate::command::io::output::Output;
use crate::command::io::output::create_dir;
use crate::command::io::shown::Shown;
use crate::command::usage::Usage;

/// Writes a copy of the tokenizer at `path` to which missing tokens are added.
pub fn run(
    path: &Path,
    tokens: &[&str],
    output: Option<&Path>,
    messages: &mut Messages,
) -> Result<()> {
    match path.is_dir() {
        true => add_to_directory_at(path, tokens, output, messages),
        false => add_to_file(path, tokens, output, messages),
    }
}

fn add_to_file(
    path: &Path,
    tokens: &[&str],
    output: Option<&Path>,
    messages: &mut Messages,
) -> Result<()> {
    if let Some(output) = output.filter(|output| output.is_dir()) {
        bail!(Usage(format!(
            "-o {} is a directory, but --add-to names a file; name two files or two directories",
            Shown(output)
        )));
    }
    let mut claims = Claims::default();
    claims.input(Some(path));
    claims.output(output)?;
    let named = || Shown(path).to_string();
    let file = read_file(path, MOST).with_context(named)?;
    // The library would abort if there were not enough memory for the tree of its JSON.
    probe(20 * file.len()).with_context(named)?;
    let extended = add_vocabulary(&file, tokens).with_context(named)?;
    let mut output = Output::open(output)?;
    output.write_all(extended.json.as_bytes())?;
    output.finish()?;
    messages.warning(format_args!(
        "{}: {} tokens added",
        Shown(path),
        extended.added
    ));
    if config(path).exists() {
        messages.warning(format_args!(
            "{}: not updated; name the directory with --add-to to update all files of a tokenizer",
            Shown(&config(path))
        ));
    }
    warn(path, &extended.hazards, messages);
    Ok(())
}

fn add_to_directory_at(
    path: &Path,
    tokens: &[&str],
    output: Option<&Path>,
    messages: &mut Messages,
) -> Result<()> {
    let Some(output) = output else {
        bail!(Usage(
            "--add-to names a directory; name another with -o, or the same one to update it in place"
                .to_owned()
        ));
    };
    if output
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
    {
        bail!(Usage(format!(
            "-o {} is the name of a file, but --add-to names a directory; name two files or two directories",
            Shown(output)
        )));
    }
    let read = read(path)?;
    let named = || Shown(path).to_string();
    let made = add_to_directory(read.clone(), tokens).with_context(named)?;
    let in_place = is_same(path, output);
    match in_place {
        true => refuse_links(path, &made.files)?,
        false => {
            check_output(output, made.files.keys())?;
            let mut claims = Claims::default();
            read.keys()
                .for_each(|name| claims.input(Some(&path.join(name))));
            for name in made.files.keys() {
                claims.output(Some(&output.join(name)))?;
            }
        }
    }
    let changed = |(name, bytes): &(&String, &Vec<u8>)| !in_place || read.get(*name) != Some(bytes);
    write(output, made.files.iter().filter(changed))?;

    let named = Shown(path);
    messages.warning(format_args!("{named}: {} tokens added", made.added));
    if made.new_template {
        messages.warning(format_args!(
            "{named}: had no chat template; now it has ChatML and the end token <|im_end|>"
        ));
    }
    if let Some(pad) = &made.new_pad {
        messages.warning(format_args!("{named}: had no pad token; now it is {pad}"));
    }
    warn(path, &made.hazards, messages);
    Ok(())
}

fn warn(path: &Path, hazards: &[Hazard], messages: &mut Messages) {
    for hazard in hazards {
        messages.warning(format_args!("{}: {hazard}", Shown(path)));
    }
}

/// Reads the files of the tokenizer in a directory, but not those of its model, for example.
fn read(directory: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut names: Vec<String> = Directory::NAMES.map(str::to_owned).into();
    if let Ok(entries) = directory.join(Directory::TEMPLATES).read_dir() {
        for entry in entries {
            let name = entry?.file_name();
            let name = name.to_str().filter(|name| name.ends_with(".jinja"));
            names.extend(name.map(|name| format!("{}/{name}", Directory::TEMPLATES)));
        }
    }
    let mut files = BTreeMap::new();
    for name in names {
        let path = directory.join(&name);
        match read_file(&path, MOST) {
            Ok(bytes) => drop(files.insert(name, bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if path == file(directory) {
                    bail!(
                        "{}: no tokenizer.json in this directory; in Python, \
                         AutoTokenizer.from_pretrained(…).save_pretrained(…) writes one",
                        Shown(directory)
                    );
                }
            }
            Err(error) => return Err(error).context(Shown(&path).to_string()),
        }
    }
    Ok(files)
}

fn is_same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// Refuses to update files through links: in the cache of the Hugging Face Hub, revisions share
/// them.
fn refuse_links(directory: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    for name in files.keys() {
        let path = directory.join(name);
        if path.is_symlink() {
            bail!(
                "{}: this is a link, as in the cache of the Hugging Face Hub; name another directory with -o",
                Shown(&path)
            );
        }
    }
    Ok(())
}

/// Refuses a directory with other files of a tokenizer, which would override those that are
/// written.
pub fn check_output<'a>(
    directory: &Path,
    files: impl Iterator<Item = &'a String> + Clone,
) -> Result<()> {
    let others = Directory::NAMES.iter().chain([&Directory::TEMPLATES]);
    for name in others {
        let path: PathBuf = directory.join(name);
        let is_written = files.clone().any(|file| file.starts_with(name));
        if !is_written && path.exists() {
            bail!(
                "{}: this file belongs to another tokenizer; name a new directory with -o",
                Shown(&path)
            );
        }
    }
    Ok(())
}

/// Writes all files before the first gets its name, and `tokenizer.json` last: a directory that has
/// it is complete.
pub fn write<'a>(
    directory: &Path,
    files: impl Iterator<Item = (&'a String, &'a Vec<u8>)>,
) -> Result<()> {
    create_dir(directory)?;
    let mut files: Vec<_> = files
        .map(|(name, bytes)| (directory.join(name), bytes))
        .collect();
    files.sort_by_key(|(path, _)| *path == file(directory));
    let mut outputs = Vec::new();
    for (path, bytes) in files {
        let mut output = Output::file_in_new_dir(&path)?;
        output.write_all(bytes)?;
        outputs.push(output);
    }
    outputs.into_iter().try_for_each(Output::finish)
}
