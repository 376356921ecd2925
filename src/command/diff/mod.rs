//! Two chunks, or the chunks of two directories, function by function.

mod inputs;
mod row;
mod text;

use std::io::{IsTerminal, Write, stdout};
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::Args;
use luadec_tok::chunk::Chunk;
use luadec_tok::compare::{FunctionDiff, InstructionChange, diff};
use luadec_tok::view::Page;

use super::convert::arguments::Color;
use super::dialect::file::{DialectArgs, DialectFile};
use super::dialect::read::read_and_warn;
use super::io::messages::Messages;
use super::io::output::Output;
use super::io::shown::is_color_wanted;
use inputs::{DiffFile, FilePair};
use row::DiffRow;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Functions are matched in order by their best match. Constants are compared by value, jumps by the
instruction they lead to, upvalues by the variable they capture, and registers up to a consistent
renaming. What moved is not printed. Chunks of more than 16 MiB are not compared.

Output:
  @@ main > function 3, lines 10-20 @@    a function that differs; its instructions follow, as a
                                          listing shows them, with three lines of context
  -main > function 4, lines 30-32: ...    a function that only OLD has
  +main > function 5, lines 40-45: ...    a function that only NEW has

Columns of --stat:
  path, function, lua   the file, the path of the function in it, and the version of Lua
  change                changed, added or removed
  similarity            the share of the instructions that are the same, from 0 to 1
  added, removed        the number of instructions that only NEW, or only OLD, has

Examples:
  luadec-tok diff old.luac new.luac
  luadec-tok diff --stat build-1/ build-2/        one line per function that differs
  git difftool -y -x 'luadec-tok diff' HEAD~1     what a commit changed in the chunks of a repository

Exit status:
  0  both are the same
  1  they differ
  2  trouble: an input or the output failed, or the chunks are of different versions of Lua")]
pub struct Diff {
    /// Old chunk, streams or directory; - for standard input
    ///
    /// In directories, chunks and streams are matched by their relative paths.
    #[arg(value_name = "OLD", display_order = 0, help_heading = "Input")]
    old: PathBuf,
    /// New chunk, streams or directory; - for standard input
    #[arg(value_name = "NEW", display_order = 0, help_heading = "Input")]
    new: PathBuf,
    #[command(flatten, next_help_heading = "Input")]
    dialect: DialectArgs,
    /// Also compare debug information
    ///
    /// Line numbers, names of variables and the name of the source.
    #[arg(long, help_heading = "Output")]
    debug: bool,
    /// Write one line per function: similarity, instructions added and removed
    #[arg(long, help_heading = "Output")]
    stat: bool,
    /// Write JSON Lines, one object per function
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Color the output: auto, always or never
    ///
    /// auto colors it on terminals; NO_COLOR, CLICOLOR and CLICOLOR_FORCE change that [default:
    /// auto].
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        hide_short_help = true,
        hide_possible_values = true,
        conflicts_with_all = ["stat", "json"],
        help_heading = "Output"
    )]
    color: Option<Color>,
}

/// Prints what differs. Returns whether anything does.
pub fn run(options: &Diff, messages: &mut Messages) -> Result<bool> {
    let dialect = options.dialect.read()?;
    let dialect = dialect.as_ref();
    let pairs = inputs::pair(&options.old, &options.new, dialect, messages)?;
    let is_terminal = stdout().is_terminal();
    let is_colored = match options.color {
        Some(Color::Always) => true,
        Some(Color::Never) => false,
        Some(Color::Auto) | None => is_color_wanted(is_terminal),
    };
    let mut output = Output::stdout()?;
    let mut has_rows = false;
    let mut differs = false;
    for pair in pairs {
        let compared = compare(pair, dialect, options.debug, messages, |pair, chunks| {
            differs = true;
            if options.json || options.stat {
                for row in DiffRow::of(pair, chunks) {
                    if !options.json && !has_rows {
                        writeln!(output, "{}", DiffRow::COLUMNS.join("\t"))?;
                    }
                    has_rows = true;
                    let line = match options.json {
                        true => row.json(options.stat),
                        false => row.tsv(),
                    };
                    writeln!(output, "{line}")?;
                }
                return Ok(());
            }
            let mut page = Page::new(&mut output, is_colored);
            if is_terminal {
                page = page.for_terminal();
            }
            text::write(&mut page, pair, chunks)?;
            Ok(page.finish()?)
        });
        match compared {
            Err(error) if error.is::<Unreadable>() => messages.error(format_args!("{error:#}")),
            compared => compared?,
        }
    }
    output.finish()?;
    Ok(differs)
}

/// An input that cannot be compared. The others are compared all the same.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
struct Unreadable(anyhow::Error);

/// Two chunks that differ, or one that has no counterpart.
struct DifferentChunks<'a> {
    old: Option<&'a Chunk<'a>>,
    new: Option<&'a Chunk<'a>>,
    /// Which chunks of their files they are, counted from 1: a file of streams has several.
    number: usize,
    functions: Vec<FunctionDiff<'a>>,
}

/// Compares the chunks of two files, and calls `differ` for those that differ.
fn compare(
    mut pair: FilePair,
    dialect: Option<&DialectFile>,
    with_debug: bool,
    messages: &mut Messages,
    mut differ: impl FnMut(&FilePair, &DifferentChunks) -> Result<()>,
) -> Result<()> {
    let mut old_chunks = pair.old.open(dialect).map_err(Unreadable)?;
    let mut new_chunks = pair.new.open(dialect).map_err(Unreadable)?;
    for number in 1.. {
        let old = pair.old.next(&mut old_chunks).map_err(Unreadable)?;
        let new = pair.new.next(&mut new_chunks).map_err(Unreadable)?;
        if old.is_none() && new.is_none() {
            break;
        }
        if old == new {
            continue;
        }
        let mut read = |side: &DiffFile, bytes| read_and_warn(bytes, dialect, &side.name, messages);
        let old = old
            .as_deref()
            .map(|bytes| read(&pair.old, bytes))
            .transpose();
        let old = old.map_err(Unreadable)?;
        let new = new
            .as_deref()
            .map(|bytes| read(&pair.new, bytes))
            .transpose();
        let new = new.map_err(Unreadable)?;
        let functions = match (&old, &new) {
            (Some(old), Some(new)) if old.version != new.version => {
                return Err(Unreadable(other_version(&pair, old, new)).into());
            }
            (Some(old), Some(new)) => diff(old.version, &old.main, &new.main, with_debug),
            _ => Vec::new(),
        };
        let is_pair = old.is_some() && new.is_some();
        if is_pair && functions.is_empty() {
            continue;
        }
        differ(
            &pair,
            &DifferentChunks {
                old: old.as_ref(),
                new: new.as_ref(),
                number,
                functions,
            },
        )?;
    }
    Ok(())
}

fn other_version(pair: &FilePair, old: &Chunk, new: &Chunk) -> anyhow::Error {
    anyhow!(
        "{} is {} and {} is {}; expected two chunks of the same version",
        pair.old.name,
        old.version.name(),
        pair.new.name,
        new.version.name()
    )
}

/// The number of instructions that only the new function has, and only the old one.
fn counts(function: &FunctionDiff) -> (usize, usize) {
    let count = |wanted: fn(&InstructionChange) -> bool| {
        function
            .instructions
            .iter()
            .filter(|change| wanted(change))
            .count()
    };
    (
        count(|change| matches!(change, InstructionChange::Added(_))),
        count(|change| matches!(change, InstructionChange::Removed(_))),
    )
}
