//! `vocab --train`: trains a byte-level BPE on Lua sources, and adds the vocabulary to it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use luadec_tok::LUA_SIGNATURE;
use luadec_tok::tokenizer::{Directory, FEWEST, WordCounts, add_to_directory};

use super::add_to::{check_output, write};
use super::dataset::dropped::{Dropped, Reason};
use super::dataset::sources::encoding::SourceEncoding;
use super::dataset::sources::files::{FileSources, check_pattern};
use super::dataset::sources::row::{PathsFound, SourceKeys};
use super::dataset::sources::rows;
use super::dataset::sources::{LuaSource, UnreadSource};
use crate::command::io::claims::Claims;
use crate::command::io::messages::Messages;
use crate::command::io::ordered::{Spread, Task, ordered, parse_jobs, threads};
use crate::command::io::progress::Progress;
use crate::command::io::shown::Shown;
use crate::command::sizes;
use crate::command::usage::Usage;

// The sources that a tokenizer is trained on, as `dataset` takes them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Training")]
pub struct TrainArgs {
    /// Train a tokenizer of N tokens on Lua sources
    ///
    /// It is a byte-level BPE that splits digits. N counts a token for each byte and those that are
    /// learned; the tokens of the streams are added to them. -o names the directory of the tokenizer.
    #[arg(
        long,
        value_name = "N",
        value_parser = size,
        conflicts_with_all = ["format", "add_to"]
    )]
    pub train: Option<usize>,
    /// Lua files, or directories to search for *.lua
    #[arg(value_name = "PATH", conflicts_with = "rows", display_order = 0)]
    pub paths: Vec<PathBuf>,
    /// Search directories for GLOB, too: '*.luau'
    #[arg(
        long,
        value_name = "GLOB",
        value_parser = check_pattern,
        conflicts_with = "rows",
        requires = "train"
    )]
    pub include: Vec<String>,
    /// Read files that are not UTF-8 in this encoding: latin1
    #[arg(
        long,
        value_name = "LABEL",
        conflicts_with = "rows",
        requires = "train"
    )]
    pub encoding: Option<SourceEncoding>,
    /// Read sources from the rows of F: JSON Lines or Arrow
    ///
    /// As luadec-tok dataset does: - is standard input, and F is decompressed if it ends in .zst or .gz.
    #[arg(long, value_name = "F", requires = "train")]
    pub rows: Option<PathBuf>,
    /// Take sources from this key of a row [default: content]
    #[arg(long, value_name = "KEY", requires = "rows")]
    pub content_key: Option<String>,
    /// Use N threads [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = parse_jobs, requires = "train")]
    pub jobs: Option<NonZeroUsize>,
}

/// Reads the number of tokens.
fn size(text: &str) -> Result<usize, String> {
    match sizes::count::<u32>(text)? as usize {
        size if size >= FEWEST => Ok(size),
        _ => Err(format!(
            "expected {FEWEST} or more: there is a token for each byte"
        )),
    }
}

/// How many sources may be ahead of the one whose words are added.
const AHEAD: usize = 64;

/// The memory that counting the words of a source takes, in multiples of its length.
const COST: u64 = 4;

/// Trains a tokenizer of `size` tokens, adds `tokens` to it, and writes its files.
pub fn run(
    options: &TrainArgs,
    size: usize,
    tokens: &[&str],
    output: Option<&Path>,
    messages: &mut Messages,
) -> Result<()> {
    let Some(directory) = output else {
        bail!(Usage(
            "--train writes a directory; name one with -o".to_owned()
        ));
    };
    let ends = |ending: &str| directory.extension().is_some_and(|own| own == ending);
    if directory.is_file() || ends("json") {
        bail!(Usage(format!(
            "-o {}: not a directory; --train writes the files of a tokenizer into one",
            Shown(directory)
        )));
    }
    if options.content_key.is_some() && options.rows.is_none() {
        bail!(Usage(
            "--content-key has no effect without --rows".to_owned()
        ));
    }
    if options.paths.is_empty() && options.rows.is_none() {
        bail!(Usage(
            "--train needs Lua sources: name files, directories or --rows".to_owned()
        ));
    }
    // What does not depend on the sources is checked before they are read.
    let names = Directory::TRAINED.map(str::to_owned);
    check_output(directory, names.iter())?;
    let mut claims = Claims::default();
    if let Some(rows) = &options.rows {
        claims.input(Some(rows.as_path()).filter(|rows| rows.as_os_str() != "-"));
    }
    for name in &names {
        claims.output(Some(&directory.join(name)))?;
    }
    let counted = match &options.rows {
        Some(rows) => {
            let found = PathsFound::default();
            let keys = SourceKeys {
                content: options.content_key.as_deref().unwrap_or("content"),
                path: None,
                paths: &found,
            };
            count(options, "rows", rows::open(rows, keys, 1)?, messages)?
        }
        None => {
            let sources =
                FileSources::new(&options.paths, &options.include, options.encoding, &claims)?;
            let counted = count(options, "files", sources.iter(), messages)?;
            if counted.sources + counted.dropped == 0 {
                bail!(sources.why_none());
            }
            counted
        }
    };
    if counted.sources == 0 {
        bail!(
            "no source is left to train on; dropped: {}",
            counted.dropped
        );
    }
    let trained = counted.words.train(size)?;
    let learned = trained.tokens;
    let made = add_to_directory(trained.into_files(), tokens)?;
    write(directory, made.files.iter())?;
    let named = Shown(directory);
    let sources = match counted.sources {
        1 => "1 source".to_owned(),
        sources => format!("{sources} sources"),
    };
    messages.warning(format_args!(
        "{named}: {learned} tokens from {} bytes in {}, {} dropped; {} tokens added",
        counted.bytes, sources, counted.dropped, made.added
    ));
    if learned < size {
        messages.warning(format_args!(
            "{named}: no other pair of tokens occurs twice; for {size} tokens, train on more sources"
        ));
    }
    Ok(())
}

#[derive(Default)]
struct Counted {
    words: WordCounts,
    sources: u64,
    bytes: u64,
    dropped: u64,
}

/// Counts the words of all sources.
fn count<'a>(
    options: &TrainArgs,
    unit: &'static str,
    sources: impl Iterator<Item = Result<UnreadSource<'a>>> + Send,
    messages: &mut Messages,
) -> Result<Counted> {
    let progress = match messages.is_quiet {
        true => Progress::hidden(),
        false => Progress::new(unit, || None),
    };
    let mut counted = Counted::default();
    let done = ordered(
        sources.map(|source| Task {
            name: String::new(),
            cost: source
                .as_ref()
                .map_or(0, |source| (COST * source.length) as usize),
            item: source,
        }),
        Spread::new(threads(options.jobs), AHEAD),
        |source, sender| {
            let words = source.map(|source| (source.read)().and_then(words));
            // If the receiver is gone, the run has already failed.
            let _ = sender.send(words);
        },
        |words| {
            match words? {
                Ok((words, bytes)) => {
                    counted.words.append(words);
                    counted.sources += 1;
                    counted.bytes += bytes as u64;
                }
                Err(dropped) => {
                    counted.dropped += 1;
                    progress.suspended(|| messages.warning(dropped));
                }
            }
            progress.advance(counted.sources + counted.dropped);
            Ok(())
        },
        |_| {},
    );
    progress.clear();
    done.map(|()| counted)
}

/// Counts the words of a source, and its bytes.
fn words(source: LuaSource) -> Result<(WordCounts, usize), Dropped> {
    let LuaSource { path, bytes, .. } = source;
    let dropped = |reason| Dropped::new(path.to_string(), reason);
    match std::str::from_utf8(&bytes) {
        _ if bytes.starts_with(LUA_SIGNATURE) => Err(dropped(Reason::Chunk)),
        Err(error) => Err(dropped(Reason::NotUtf8(error.valid_up_to()))),
        Ok(text) => {
            let mut words = WordCounts::default();
            words.add(text);
            Ok((words, bytes.len()))
        }
    }
}
