//! Chunks to the ids of their tokens.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use luadec_tok::stream::{Language, Text, Verify};
use luadec_tok::tokenizer::{self, TakeIds, Tokenizer};

use super::arguments::{Convert, Format, IdEncoding};
use super::chunk::{ChangedChunk, Changes, read_chunk, trailing_bytes};
use super::form::{Form, Remark, WriteError};
use super::stream::{check_reversible, verify};
use crate::command::io::output::Output;
use crate::command::io::shown::Shown;
use crate::command::tokenizer::{load, put_ids};
use crate::command::usage::Usage;

/// How much memory the ids of values may take, in bytes.
const MEMORY: usize = 64 << 20;

pub struct ToIds {
    tokenizer: Arc<Tokenizer>,
    encoding: IdEncoding,
    changes: Changes,
}

impl ToIds {
    pub fn new(
        options: &Convert,
        changes: Changes,
        encoding: IdEncoding,
        path: &Path,
    ) -> Result<ToIds> {
        let language = match (options.format, options.pretty) {
            (Format::Tokens, false) => Language::Full,
            (Format::Terse, false) => Language::Terse,
            _ => bail!(Usage(
                "--ids is for the formats tokens and terse, without --pretty".to_owned()
            )),
        };
        let tokenizer = load(path, language)?;
        let count = tokenizer.ids();
        if encoding == IdEncoding::U16 && count > 1 << 16 {
            bail!(
                "{}: {count} ids are more than u16 can tell apart: use --ids u32",
                Shown(path)
            );
        }
        Ok(ToIds {
            tokenizer: Arc::new(tokenizer),
            encoding,
            changes,
        })
    }

    /// The ending of files.
    pub fn ending(&self) -> &'static str {
        match (self.tokenizer.language(), self.encoding) {
            (Language::Full, IdEncoding::U16) => "u16",
            (Language::Full, IdEncoding::U32) => "u32",
            (Language::Full, IdEncoding::Text) => "ids",
            (Language::Terse, IdEncoding::U16) => "terse.u16",
            (Language::Terse, IdEncoding::U32) => "terse.u32",
            (Language::Terse, IdEncoding::Text) => "terse.ids",
        }
    }
}

impl Form for ToIds {
    type Content<'a> = ChangedChunk<'a>;
    type Writer = tokenizer::Ids<IdsOutput>;
    const HEADED: bool = false;

    fn read<'a>(&self, bytes: &'a mut Vec<u8>) -> Result<ChangedChunk<'a>> {
        let language = self.tokenizer.language();
        let read = read_chunk(bytes, &self.changes, language)?;
        self.tokenizer.check(read.chunk.version)?;
        if self.changes.verify {
            check_reversible(language, &read.chunk)?;
        }
        Ok(read)
    }

    fn writer(&self, output: Output) -> Self::Writer {
        let output = IdsOutput {
            encoding: self.encoding,
            line: false,
            bytes: Vec::new(),
            output,
        };
        tokenizer::Ids::new(Arc::clone(&self.tokenizer), output, MEMORY)
    }

    /// Ids have no place for a name: the arguments refuse it.
    fn name(&self, _: &mut Self::Writer, _: &str, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn write(
        &self,
        content: ChangedChunk,
        ids: &mut Self::Writer,
    ) -> Result<Vec<Remark>, WriteError> {
        let chunk = &content.chunk;
        if self.changes.verify {
            let mut text = Text::new(Verify::new(io::sink(), true), 1 << 16);
            self.tokenizer.language().emit(chunk, &mut text)?;
            verify(chunk, &mut text)?;
        }
        ids.emit(chunk)?;
        ids.flush()?;
        ids.get_mut().end_line()?;
        let control = ids.take_control().map(|control| {
            Remark::Warning(format!(
                "warning: a string holds {control}, a control token of the tokenizer"
            ))
        });
        Ok(trailing_bytes(content.trailing)
            .into_iter()
            .chain(control)
            .collect())
    }

    fn into_output(ids: Self::Writer) -> io::Result<Output> {
        Ok(ids.finish()?.output)
    }
}

/// Writes ids in one of the forms.
pub struct IdsOutput {
    encoding: IdEncoding,
    /// Whether there are ids in the line.
    line: bool,
    bytes: Vec<u8>,
    output: Output,
}

impl IdsOutput {
    fn end_line(&mut self) -> io::Result<()> {
        self.line = false;
        match self.encoding {
            IdEncoding::Text => self.output.write_all(b"\n"),
            IdEncoding::U16 | IdEncoding::U32 => Ok(()),
        }
    }
}

impl TakeIds for IdsOutput {
    fn take(&mut self, ids: &[u32]) -> io::Result<()> {
        self.bytes.clear();
        match self.encoding {
            IdEncoding::U16 | IdEncoding::U32 => {
                put_ids(ids, self.encoding == IdEncoding::U32, &mut self.bytes);
            }
            IdEncoding::Text => {
                let mut number = itoa::Buffer::new();
                for id in ids {
                    if std::mem::replace(&mut self.line, true) {
                        self.bytes.push(b' ');
                    }
                    self.bytes.extend(number.format(*id).as_bytes());
                }
            }
        }
        self.output.write_all(&self.bytes)
    }
}
