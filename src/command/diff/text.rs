//! Differences as text: headings, and instructions as a listing shows them.

use std::io;
use std::ops::Range;

use luadec_tok::chunk::{Chunk, Proto, TreePath};
use luadec_tok::compare::{DetailChange, FoundFunction, FunctionDiff, InstructionChange};
use luadec_tok::view::{DiffMark, ListedFunction, Page};

use super::DifferentChunks;
use super::inputs::{DiffFile, FilePair};
use crate::command::io::shown::escaped;

/// The number of instructions shown before and after those that differ.
const CONTEXT: usize = 3;

/// Writes the differences of two chunks.
pub fn write(page: &mut Page, pair: &FilePair, chunks: &DifferentChunks) -> io::Result<()> {
    let heading = |sign: &str, side: &DiffFile| {
        let stream = match side.is_streams {
            true => format!(", stream {}", chunks.number),
            false => String::new(),
        };
        format!("{sign} {}{stream}", escaped(&side.name))
    };
    page.diff_text(DiffMark::Heading, &heading("---", &pair.old))?;
    page.diff_text(DiffMark::Heading, &heading("+++", &pair.new))?;
    match (chunks.old, chunks.new) {
        (Some(old), None) => {
            page.diff_text(DiffMark::Removed, &size(&TreePath::default(), &old.main))
        }
        (None, Some(new)) => {
            page.diff_text(DiffMark::Added, &size(&TreePath::default(), &new.main))
        }
        (Some(old), Some(_)) => {
            let mut functions = chunks.functions.iter();
            functions.try_for_each(|function| write_function(page, old, function))
        }
        (None, None) => Ok(()),
    }
}

fn write_function(page: &mut Page, chunk: &Chunk, function: &FunctionDiff) -> io::Result<()> {
    let (old, new) = match (&function.old, &function.new) {
        (Some(old), Some(new)) => (old, new),
        (Some(old), None) => return page.diff_text(DiffMark::Removed, &size(&old.path, old.p)),
        (None, Some(new)) => return page.diff_text(DiffMark::Added, &size(&new.path, new.p)),
        (None, None) => return Ok(()),
    };
    page.diff_text(DiffMark::Heading, &format!("@@ {} @@", place(old, new)))?;
    for detail in &function.details {
        match detail {
            DetailChange::Removed(text) => page.diff_text(DiffMark::Removed, &escaped(text))?,
            DetailChange::Added(text) => page.diff_text(DiffMark::Added, &escaped(text))?,
        }
    }
    let listed_old = ListedFunction::new(chunk.version, chunk.extension(), old.p)?;
    let listed_new = ListedFunction::new(chunk.version, chunk.extension(), new.p)?;
    let mut shown = 0;
    for hunk in hunks(&function.instructions) {
        if shown > 0 {
            page.diff_text(DiffMark::Heading, "@@")?;
        }
        for change in &function.instructions[hunk.clone()] {
            match *change {
                InstructionChange::Same(_, pc) => {
                    page.diff_instruction(DiffMark::Same, &listed_new, pc)?;
                }
                InstructionChange::Removed(pc) => {
                    page.diff_instruction(DiffMark::Removed, &listed_old, pc)?;
                }
                InstructionChange::Added(pc) => {
                    page.diff_instruction(DiffMark::Added, &listed_new, pc)?;
                }
            }
        }
        shown = hunk.end;
    }
    Ok(())
}

/// Describes the place of a function: its path and lines, of both chunks if they are not the same.
fn place(old: &FoundFunction, new: &FoundFunction) -> String {
    let path = match old.path == new.path {
        true => new.path.to_string(),
        false => format!("{} -> {}", old.path, new.path),
    };
    match (lines(old.p), lines(new.p)) {
        (Some(old), Some(new)) if old != new => format!("{path}, lines {old} -> {new}"),
        (_, Some(new)) => format!("{path}, lines {new}"),
        _ => path,
    }
}

/// Returns the lines of a function. A main function has none.
fn lines(p: &Proto) -> Option<String> {
    (p.linedefined != 0).then(|| format!("{}-{}", p.linedefined, p.lastlinedefined))
}

/// Describes a function and its size.
fn size(path: &TreePath, p: &Proto) -> String {
    let (functions, instructions) = super::row::size(p);
    let lines = lines(p).map_or_else(String::new, |lines| format!(", lines {lines}"));
    let instructions = counted(instructions, "instruction");
    match functions {
        1 => format!("{path}{lines}: {instructions}"),
        _ => format!(
            "{path}{lines}: {} with {instructions}",
            counted(functions, "function")
        ),
    }
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// Returns the ranges of instructions to show: those that differ, with context.
fn hunks(changes: &[InstructionChange]) -> Vec<Range<usize>> {
    let mut hunks: Vec<Range<usize>> = Vec::new();
    for (i, change) in changes.iter().enumerate() {
        if matches!(change, InstructionChange::Same(..)) {
            continue;
        }
        let hunk = i.saturating_sub(CONTEXT)..(i + 1 + CONTEXT).min(changes.len());
        match hunks.last_mut() {
            Some(last) if last.end >= hunk.start => last.end = hunk.end,
            _ => hunks.push(hunk),
        }
    }
    hunks
}
