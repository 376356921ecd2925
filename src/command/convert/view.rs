//! Chunks to the views that people read.

use std::fmt::Display;
use std::io::{self, Write};
use std::ops::Range;

use anyhow::Result;
use luadec_tok::chunk::Chunk;
use luadec_tok::skip_comment;
use luadec_tok::stream::Language;
use luadec_tok::view::{Page, PartialChunk, read};

use super::chunk::{Changes, bytes_of, no_function, warn_of_trailing, with_chunk};
use super::form::Form;
use crate::command::io::input::{Input, of_input};
use crate::command::io::messages::Messages;
use crate::command::io::output::Output;
use crate::command::io::shown::escaped;

#[derive(Clone, Copy)]
pub enum ViewKind {
    Pretty(Language),
    Listing,
    Hexdump,
}

pub struct View {
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

impl Form for View {
    type Writer = Output;
    const HEADED: bool = true;

    fn name(&self, output: &mut Output, name: &str, is_first: bool) -> io::Result<()> {
        let space = if is_first { "" } else { "\n" };
        output.write_all(format!("{space}==> {} <==\n", escaped(name)).as_bytes())
    }

    fn writer(&self, output: Output) -> Output {
        output
    }

    /// Of a damaged chunk, listing and hexdump show what can be read; so does pretty if that is
    /// wanted.
    fn write<'w>(
        &self,
        input: &Input,
        open: impl FnOnce() -> Result<&'w mut Output>,
        messages: &mut Messages,
    ) -> Result<bool> {
        if let (ViewKind::Pretty(language), false) = (self.kind, self.partial) {
            return with_chunk(input, &self.changes, language, messages, |chunk, _| {
                self.pretty(input, language, chunk, open()?).map(|()| true)
            });
        }
        let Some(bytes) = bytes_of(input, messages) else {
            return Ok(false);
        };
        let whole = match read(&bytes) {
            Ok(chunk) => chunk,
            Err(error) if self.partial => return partial(&error, open()?),
            Err(error) => {
                messages.error(format_args!("{input}: {error}"));
                return Ok(false);
            }
        };
        let (trailing, error) = (whole.trailing(), whole.error().cloned());
        let output = match self.kind {
            ViewKind::Pretty(language) => {
                if let Err(problem) = language.check(whole.version()) {
                    return partial(&problem, open()?);
                }
                let Some(chunk) = whole.chunk().cloned() else {
                    return match error {
                        Some(error) => partial(&error, open()?),
                        None => Ok(true),
                    };
                };
                let Ok(chunk) = self.changes.make(input, chunk, messages) else {
                    return Ok(false);
                };
                let output = open()?;
                self.pretty(input, language, &chunk, output)?;
                output
            }
            ViewKind::Listing | ViewKind::Hexdump => {
                match self.shown(input, &bytes, whole, open, messages)? {
                    Some(output) => output,
                    None => return Ok(false),
                }
            }
        };
        warn_of_trailing(input, trailing, messages);
        match error {
            Some(error) if self.partial => return partial(&error, output),
            Some(error) => messages.error(format_args!("{input}: {error}")),
            None => {}
        }
        Ok(true)
    }

    fn into_output(output: Output) -> io::Result<Output> {
        Ok(output)
    }
}

impl View {
    fn pretty(
        &self,
        input: &Input,
        language: Language,
        chunk: &Chunk,
        output: &mut Output,
    ) -> Result<()> {
        let mut page = Page::new(output, self.color);
        match language {
            Language::Full => page.pretty(chunk),
            Language::Terse => page.pretty_terse(chunk),
        }
        .and_then(|()| page.finish())
        .map_err(|error| of_input(input, error))
    }

    /// Writes a listing or a hexdump to the output that `open` gives, and gives it back; or says why
    /// there is nothing to show.
    fn shown<'w>(
        &self,
        input: &Input,
        bytes: &[u8],
        whole: PartialChunk,
        open: impl FnOnce() -> Result<&'w mut Output>,
        messages: &mut Messages,
    ) -> Result<Option<&'w mut Output>> {
        let Ok(map) = self.changes.opmap(input, whole.version(), messages) else {
            return Ok(None);
        };
        let stripped = match self.changes.strip {
            true => Some(whole.stripped().map_err(|error| of_input(input, error))?),
            false => None,
        };
        let bytes = stripped.as_deref().unwrap_or(skip_comment(bytes));
        let mut shown = match &stripped {
            Some(stripped) => read(stripped)?,
            None => whole,
        };
        if let Some(map) = map {
            shown.name_opcodes(map);
        }
        let function = match &self.changes.function {
            None => None,
            Some(which) => match shown.select(which) {
                Some(function) => Some(function),
                None => {
                    no_function(input, messages);
                    return Ok(None);
                }
            },
        };
        if self.range.start > 0 && self.range.start >= bytes.len() {
            messages.error(format_args!(
                "{input}: --offset {} is past the end: the chunk has {} bytes",
                self.range.start,
                bytes.len()
            ));
            return Ok(None);
        }
        let output = open()?;
        let mut page = Page::new(output, self.color);
        if self.terminal {
            page = page.for_terminal();
        }
        match (self.kind, function) {
            (ViewKind::Hexdump, Some(function)) => page.hexdump_range(&shown, function.range()),
            (ViewKind::Hexdump, None) => page.hexdump_range(&shown, self.range.clone()),
            (_, Some(function)) => page.listing_of(&shown, function),
            (_, None) => page.listing(&shown),
        }
        .and_then(|()| page.finish())
        .map_err(|error| of_input(input, error))?;
        Ok(Some(output))
    }
}

/// Ends the text of a damaged chunk with the reason, and counts that as success. The input has no
/// name there: git gives a text converter another one each time.
fn partial(reason: &dyn Display, output: &mut Output) -> Result<bool> {
    let line = format!("error: {}\n", escaped(&reason.to_string()));
    output.write_all(line.as_bytes())?;
    Ok(true)
}
