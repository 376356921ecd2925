//! Chunks to the ids of their tokens.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use luadec_tok::stream::{Language, Text, Verify};
use luadec_tok::tokenizer::{Ids, TakeIds, Tokenizer};

use super::arguments::IdEncoding;
use super::chunk::{ChangedChunk, Changes, read_chunk};
use super::form::{Form, Label, Remark, WriteError};
use super::stream::{check_reversible, verify};
use crate::command::dialect::file::DialectFile;
use crate::command::io::output::Output;
use crate::command::io::shown::Shown;
use crate::command::train::tokenizer::{load, put_ids};

/// How much memory the ids of values may take, in bytes.
const MEMORY: usize = 64 << 20;

pub struct ToIds {
    tokenizer: Arc<Tokenizer>,
    encoding: IdEncoding,
    changes: Changes,
    /// True if the ids of each chunk are part of a JSON row.
    is_json: bool,
}

impl ToIds {
    pub fn new(
        language: Language,
        changes: Changes,
        encoding: IdEncoding,
        tokenizer: &Path,
        is_json: bool,
    ) -> Result<ToIds> {
        let path = tokenizer;
        let tokenizer = load(path, language)?;
        if let Some(dialect) = changes.dialect.as_ref().and_then(DialectFile::dialect) {
            let checked = tokenizer.check_dialect(dialect);
            checked.with_context(|| Shown(path).to_string())?;
        }
        let count = tokenizer.ids();
        if encoding == IdEncoding::U16 && count > 1 << 16 {
            bail!(
                "{}: {count} ids do not fit into u16, which holds 65536: use --ids u32",
                Shown(path)
            );
        }
        Ok(ToIds {
            tokenizer: Arc::new(tokenizer),
            encoding,
            changes,
            is_json,
        })
    }
}

impl Form for ToIds {
    type Content<'a> = ChangedChunk<'a>;
    type Writer = Ids<IdsOutput>;
    const HEADED: bool = false;

    fn takes_streams(&self) -> bool {
        false
    }

    fn dialect(&self) -> Option<&DialectFile> {
        self.changes.dialect.as_ref()
    }

    fn extension(&self) -> &'static str {
        match (self.tokenizer.language(), self.encoding) {
            (Language::Full, _) if self.is_json => "ids.jsonl",
            (Language::Full, IdEncoding::Text) => "ids",
            (Language::Full, IdEncoding::U16) => "u16",
            (Language::Full, IdEncoding::U32) => "u32",
            (Language::Terse, _) if self.is_json => "terse.ids.jsonl",
            (Language::Terse, IdEncoding::Text) => "terse.ids",
            (Language::Terse, IdEncoding::U16) => "terse.u16",
            (Language::Terse, IdEncoding::U32) => "terse.u32",
        }
    }

    fn read<'a>(&self, bytes: &'a mut Vec<u8>) -> Result<ChangedChunk<'a>> {
        let language = self.tokenizer.language();
        let content = read_chunk(bytes, &self.changes, language)?;
        self.tokenizer.check(content.chunk.version)?;
        if self.changes.verify {
            check_reversible(language, &content.chunk)?;
        }
        Ok(content)
    }

    fn writer(&self, output: Output) -> Self::Writer {
        let output = IdsOutput {
            encoding: self.encoding,
            separator: if self.is_json { ", " } else { " " },
            is_started: false,
            bytes: Vec::new(),
            output,
        };
        Ids::new(Arc::clone(&self.tokenizer), output, MEMORY)
    }

    fn write(
        &self,
        label: &Label,
        content: ChangedChunk,
        ids: &mut Self::Writer,
    ) -> Result<Vec<Remark>, WriteError> {
        let chunk = &content.chunk;
        if self.changes.verify {
            let mut verify_to = Verify::new(io::sink(), true);
            verify_to.begin(chunk);
            let mut text = Text::new(verify_to, 1 << 16);
            self.tokenizer.language().emit(chunk, &mut text)?;
            verify(chunk, &mut text)?;
        }
        if self.is_json {
            let start = content.row_start(label, "ids") + "[";
            ids.get_mut().output.write_all(start.as_bytes())?;
        }
        ids.emit(chunk)?;
        ids.flush()?;
        ids.get_mut().end(self.is_json)?;
        let control = ids.take_control().map(|control| {
            Remark::Warning(format!(
                "warning: a string contains {control}, a control token of the tokenizer"
            ))
        });
        Ok(content.remarks.into_iter().chain(control).collect())
    }

    fn into_output(ids: Self::Writer) -> io::Result<Output> {
        Ok(ids.finish()?.output)
    }
}

/// Writes ids in one of the encodings.
pub struct IdsOutput {
    encoding: IdEncoding,
    /// What is between ids in text.
    separator: &'static str,
    /// True if a separator goes before the next id.
    is_started: bool,
    bytes: Vec<u8>,
    output: Output,
}

impl IdsOutput {
    /// Ends the ids of a chunk.
    fn end(&mut self, is_json: bool) -> io::Result<()> {
        self.is_started = false;
        match self.encoding {
            IdEncoding::Text if is_json => self.output.write_all(b"]}\n"),
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
                    if std::mem::replace(&mut self.is_started, true) {
                        self.bytes.extend(self.separator.as_bytes());
                    }
                    self.bytes.extend(number.format(*id).as_bytes());
                }
            }
        }
        self.output.write_all(&self.bytes)
    }
}
