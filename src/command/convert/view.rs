//! Chunks to the views that people read.

use std::io::{self, Write};
use std::ops::Range;

use anyhow::{Result, bail};
use luadec_tok::chunk::Chunk;
use luadec_tok::skip_comment;
use luadec_tok::stream::Language;
use luadec_tok::view::{Page, PartialChunk, read};

use super::chunk::{Changes, no_function, read_chunk, trailing_bytes};
use super::form::{Form, Remark, WriteError};
use crate::command::io::output::Output;
use crate::command::io::shown::escaped;

#[derive(Clone, Copy)]
pub enum ViewKind {
    Pretty(Language),
    Listing,
    Hexdump,
}

pub struct ToView {
    pub kind: ViewKind,
    pub changes: Changes,
    pub color: bool,
    /// Whether what can be read of a damaged chunk is good enough.
    pub partial: bool,
    /// The bytes whose fields a hexdump shows.
    pub range: Range<usize>,
    /// Whether control characters are escaped, as the output is a terminal.
    pub terminal: bool,
}

/// What a view shows of a file.
pub struct ViewContent<'a> {
    shown: Option<ShownChunk<'a>>,
    trailing: usize,
    /// Why not all of the file is shown.
    damage: Option<String>,
}

enum ShownChunk<'a> {
    Pretty(Language, Chunk<'a>),
    /// Listing and hexdump show also what can be read of a damaged chunk.
    Fields(PartialChunk<'a>),
}

impl Form for ToView {
    type Content<'a> = ViewContent<'a>;
    type Writer = Output;
    const HEADED: bool = true;

    fn read<'a>(&self, bytes: &'a mut Vec<u8>) -> Result<ViewContent<'a>> {
        match self.kind {
            ViewKind::Pretty(language) if self.partial => self.read_damaged(language, bytes),
            ViewKind::Pretty(language) => {
                let read = read_chunk(bytes, &self.changes, language)?;
                Ok(ViewContent {
                    shown: Some(ShownChunk::Pretty(language, read.chunk)),
                    trailing: read.trailing,
                    damage: None,
                })
            }
            ViewKind::Listing | ViewKind::Hexdump => self.read_fields(bytes),
        }
    }

    fn writer(&self, output: Output) -> Output {
        output
    }

    fn name(&self, output: &mut Output, name: &str, is_first: bool) -> io::Result<()> {
        let space = if is_first { "" } else { "\n" };
        output.write_all(format!("{space}==> {} <==\n", escaped(name)).as_bytes())
    }

    fn write(&self, content: ViewContent, output: &mut Output) -> Result<Vec<Remark>, WriteError> {
        let mut page = Page::new(output, self.color);
        match &content.shown {
            None => {}
            Some(ShownChunk::Pretty(Language::Full, chunk)) => page.pretty(chunk)?,
            Some(ShownChunk::Pretty(Language::Terse, chunk)) => page.pretty_terse(chunk)?,
            Some(ShownChunk::Fields(chunk)) => {
                if self.terminal {
                    page = page.for_terminal();
                }
                self.write_fields(chunk, &mut page)?;
            }
        }
        page.finish()?;
        let mut remarks: Vec<Remark> = trailing_bytes(content.trailing).into_iter().collect();
        match content.damage {
            // The input has no name there: git gives a text converter another one each time.
            Some(damage) if self.partial => {
                output.write_all(format!("error: {}\n", escaped(&damage)).as_bytes())?;
            }
            Some(damage) => remarks.push(Remark::Error(damage)),
            None => {}
        }
        Ok(remarks)
    }

    fn into_output(output: Output) -> io::Result<Output> {
        Ok(output)
    }
}

impl ViewContent<'_> {
    /// Nothing but the reason why.
    fn damage(reason: impl ToString) -> Self {
        ViewContent {
            shown: None,
            trailing: 0,
            damage: Some(reason.to_string()),
        }
    }
}

impl ToView {
    /// Reads what there is of a chunk that may be damaged.
    fn read_damaged<'a>(&self, language: Language, bytes: &'a [u8]) -> Result<ViewContent<'a>> {
        let whole = match read(bytes) {
            Ok(whole) => whole,
            Err(error) => return Ok(ViewContent::damage(error)),
        };
        if let Err(problem) = language.check(whole.version()) {
            return Ok(ViewContent::damage(problem));
        }
        let (trailing, damage) = extent(&whole);
        let chunk = whole.chunk().cloned();
        let chunk = chunk.map(|chunk| self.changes.apply(chunk)).transpose()?;
        Ok(ViewContent {
            shown: chunk.map(|chunk| ShownChunk::Pretty(language, chunk)),
            trailing,
            damage,
        })
    }

    /// Reads the fields of a chunk for a listing or a hexdump. To strip it, its bytes are replaced.
    fn read_fields<'a>(&self, bytes: &'a mut Vec<u8>) -> Result<ViewContent<'a>> {
        let unstripped = match self.changes.strip {
            true => strip(bytes)?,
            false => None,
        };
        let mut chunk = match read(bytes) {
            Err(error) if self.partial => return Ok(ViewContent::damage(error)),
            chunk => chunk?,
        };
        let (trailing, damage) = unstripped.unwrap_or_else(|| extent(&chunk));
        let map = self.changes.opmap(chunk.version())?;
        if let Some(map) = map {
            chunk.name_opcodes(map);
        }
        if let Some(which) = &self.changes.function
            && chunk.select(which).is_none()
        {
            return Err(no_function());
        }
        let length = skip_comment(bytes).len();
        if self.range.start > 0 && self.range.start >= length {
            bail!(
                "--offset {} is past the end: the chunk has {length} bytes",
                self.range.start,
            );
        }
        Ok(ViewContent {
            shown: Some(ShownChunk::Fields(chunk)),
            trailing,
            damage,
        })
    }

    fn write_fields(&self, chunk: &PartialChunk, page: &mut Page) -> io::Result<()> {
        let which = self.changes.function.as_ref();
        let function = which.and_then(|which| chunk.select(which));
        match (self.kind, function) {
            (ViewKind::Hexdump, Some(function)) => page.hexdump_range(chunk, function.range()),
            (ViewKind::Hexdump, None) => page.hexdump_range(chunk, self.range.clone()),
            (_, Some(function)) => page.listing_of(chunk, function),
            (_, None) => page.listing(chunk),
        }
    }
}

/// Returns how many bytes come after a chunk, and why not all of it can be read.
fn extent(chunk: &PartialChunk) -> (usize, Option<String>) {
    (chunk.trailing(), chunk.error().map(ToString::to_string))
}

/// Strips the chunk in these bytes and returns its extent; does nothing if they hold none.
fn strip(bytes: &mut Vec<u8>) -> io::Result<Option<(usize, Option<String>)>> {
    let Ok(chunk) = read(bytes) else {
        return Ok(None);
    };
    let extent = extent(&chunk);
    *bytes = chunk.stripped()?;
    Ok(Some(extent))
}
