//! Chunks to views for people: listings, hexdumps and streams in lines.

use std::io::{self, Write};
use std::ops::Range;

use anyhow::{Result, bail};
use luadec_tok::chunk::Chunk;
use luadec_tok::skip_comment;
use luadec_tok::stream::Language;
use luadec_tok::view::{Page, PartialChunk};

use super::chunk::{Changes, check_language, no_function, read_chunk, remarks as of_reading};
use super::form::{Form, Label, Remark, WriteError};
use crate::command::dialect::file::DialectFile;
use crate::command::dialect::read::{FoundDialect, ReadView, read_view};
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
    /// True if a damaged chunk is shown as far as it can be read, without an error.
    pub partial: bool,
    /// The bytes that a hexdump shows.
    pub range: Range<usize>,
    /// Whether every line begins with the paths of the input and the function, in place of headings.
    pub is_prefixed: bool,
    /// True if the output is a terminal, so that control characters are escaped.
    pub terminal: bool,
}

/// What a view shows of an input.
pub struct ViewContent<'a> {
    shown: Option<ShownChunk<'a>>,
    remarks: Vec<Remark>,
    /// Why not all of the input is shown.
    damage: Option<String>,
}

enum ShownChunk<'a> {
    /// A chunk, and the indices down to its main function from the input's.
    Pretty(Language, Box<Chunk<'a>>, Vec<usize>),
    /// For listings and hexdumps, which show damaged chunks, too.
    Fields(Box<PartialChunk<'a>>),
}

impl Form for ToView {
    type Content<'a> = ViewContent<'a>;
    type Writer = Output;
    const HEADED: bool = true;

    fn takes_streams(&self) -> bool {
        matches!(self.kind, ViewKind::Listing | ViewKind::Hexdump)
    }

    fn dialect(&self) -> Option<&DialectFile> {
        self.changes.dialect.as_ref()
    }

    fn extension(&self) -> &'static str {
        match self.kind {
            ViewKind::Pretty(Language::Full) => "pretty",
            ViewKind::Pretty(Language::Terse) => "terse.pretty",
            ViewKind::Listing => "listing",
            ViewKind::Hexdump => "hexdump",
        }
    }

    fn read<'a>(&self, bytes: &'a mut Vec<u8>) -> Result<ViewContent<'a>> {
        match self.kind {
            ViewKind::Pretty(language) if self.partial => self.read_damaged(language, bytes),
            ViewKind::Pretty(language) => {
                let read = read_chunk(bytes, &self.changes, language)?;
                Ok(ViewContent {
                    shown: Some(ShownChunk::Pretty(
                        language,
                        Box::new(read.chunk),
                        read.function.unwrap_or_default(),
                    )),
                    remarks: read.remarks,
                    damage: None,
                })
            }
            ViewKind::Listing | ViewKind::Hexdump => self.read_fields(bytes),
        }
    }

    fn writer(&self, output: Output) -> Output {
        output
    }

    fn write(
        &self,
        label: &Label,
        content: ViewContent,
        output: &mut Output,
    ) -> Result<Vec<Remark>, WriteError> {
        let name = escaped(label.path);
        if label.is_written && !self.is_prefixed {
            let space = if label.is_first { "" } else { "\n" };
            let heading = format!("{space}==> {name} <==\n");
            output.write_all(heading.as_bytes())?;
        }
        if let Some(shown) = &content.shown {
            let mut page = Page::new(output, self.color);
            if self.terminal {
                page = page.for_terminal();
            }
            if self.is_prefixed {
                let path = match shown {
                    ShownChunk::Pretty(_, _, path) => path.as_slice(),
                    ShownChunk::Fields(_) => &[],
                };
                page = page.prefixed(&name, path);
            }
            match shown {
                ShownChunk::Pretty(Language::Full, chunk, _) => page.pretty(chunk)?,
                ShownChunk::Pretty(Language::Terse, chunk, _) => page.pretty_terse(chunk)?,
                ShownChunk::Fields(chunk) => self.write_fields(chunk, &mut page)?,
            }
            page.finish()?;
        }
        let mut remarks = content.remarks;
        match content.damage {
            // Without the name of the input: git gives a text converter another one each time.
            Some(damage) if self.partial => {
                let prefix = match self.is_prefixed {
                    true => format!("{name}\tmain\t"),
                    false => String::new(),
                };
                let line = format!("{prefix}error: {}\n", escaped(&damage));
                output.write_all(line.as_bytes())?;
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
    /// Nothing, and the reason why.
    fn damage(reason: impl ToString) -> Self {
        ViewContent {
            shown: None,
            remarks: Vec::new(),
            damage: Some(reason.to_string()),
        }
    }
}

impl ToView {
    /// Reads as much as possible of a chunk that may be damaged.
    fn read_damaged<'a>(&self, language: Language, bytes: &'a [u8]) -> Result<ViewContent<'a>> {
        let ReadView {
            chunk: whole,
            found,
            damage,
        } = match read_view(bytes, self.changes.dialect.as_ref(), None) {
            Ok(read) => read,
            Err(error) => return Ok(ViewContent::damage(error)),
        };
        if let Err(problem) = check_language(language, whole.version()) {
            return Ok(ViewContent::damage(problem));
        }
        let mut remarks = Vec::new();
        let shown = match whole.chunk().cloned() {
            None => None,
            Some(chunk) => {
                let path = self.changes.path(&chunk).unwrap_or_default();
                let chunk = self.with_own_opcodes(chunk)?;
                let chunk = self.changes.apply(chunk, &mut remarks)?;
                Some(ShownChunk::Pretty(language, Box::new(chunk), path))
            }
        };
        // What refers beyond the damage is not impossible.
        if damage.is_some() {
            remarks.clear();
        }
        remarks.extend(of_reading(whole.trailing(), found));
        Ok(ViewContent {
            shown,
            remarks,
            damage,
        })
    }

    /// Returns a chunk with Lua's opcode numbers, if an opcode map is given. A dialect has named them
    /// already.
    fn with_own_opcodes<'a>(&self, mut chunk: Chunk<'a>) -> Result<Chunk<'a>> {
        if let Some(map) = self.opcode_map() {
            map.opcodes(chunk.version)?.to_own(&mut chunk)?;
        }
        Ok(chunk)
    }

    /// Returns what --opmap gives.
    fn opcode_map(&self) -> Option<&DialectFile> {
        let given = self.changes.dialect.as_ref();
        given.filter(|given| given.dialect().is_none())
    }

    /// Reads the fields of a chunk for a listing or a hexdump. To strip it, its bytes are replaced.
    fn read_fields<'a>(&self, bytes: &'a mut Vec<u8>) -> Result<ViewContent<'a>> {
        let unstripped = match self.changes.strip {
            true => strip(bytes, self.changes.dialect.as_ref())?,
            false => None,
        };
        let found = unstripped.as_ref().and_then(|before| before.found);
        let read = match read_view(bytes, self.changes.dialect.as_ref(), found) {
            Err(error) if self.partial => return Ok(ViewContent::damage(error)),
            read => read?,
        };
        let mut chunk = read.chunk;
        let Extent {
            trailing,
            damage,
            found,
        } = unstripped.unwrap_or(Extent {
            trailing: chunk.trailing(),
            damage: read.damage,
            found: read.found,
        });
        if let Some(given) = self.opcode_map()
            && let Some(map) = &given.opcodes(chunk.version())?.map
        {
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
                "--offset {} is past the end; the chunk has {length} bytes",
                self.range.start,
            );
        }
        let mut remarks = of_reading(trailing, found);
        if let Some(whole) = chunk.chunk().filter(|_| damage.is_none()) {
            remarks.extend(self.changes.impossible_code(whole));
        }
        Ok(ViewContent {
            shown: Some(ShownChunk::Fields(Box::new(chunk))),
            remarks,
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

/// How far a chunk can be read, and as what.
struct Extent {
    /// The number of bytes after it.
    trailing: usize,
    /// Why it cannot be read to its end.
    damage: Option<String>,
    /// The dialect that it was found to be in.
    found: Option<FoundDialect>,
}

/// Strips the chunk in these bytes and returns its extent; does nothing if they hold none.
fn strip(bytes: &mut Vec<u8>, given: Option<&DialectFile>) -> io::Result<Option<Extent>> {
    let Ok(read) = read_view(bytes, given, None) else {
        return Ok(None);
    };
    let extent = Extent {
        trailing: read.chunk.trailing(),
        damage: read.damage,
        found: read.found,
    };
    *bytes = read.chunk.stripped()?;
    Ok(Some(extent))
}
