//! Chunks to streams, one line each.

use std::io::{self, BufWriter, Write};

use anyhow::{Result, bail};
use luadec_tok::TreePath;
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::stream::{Language, Text, Verify};

use super::chunk::{ChangedChunk, Changes, read_chunk};
use super::form::{Form, Label, Remark, WriteError};
use crate::command::dialect::file::DialectFile;
use crate::command::io::json::JsonString;
use crate::command::io::output::{CAPACITY, Output};
use crate::command::io::shown::escaped;

pub struct ToStream {
    pub language: Language,
    pub changes: Changes,
    /// True if each stream is part of a JSON row.
    pub is_json: bool,
}

impl Form for ToStream {
    type Content<'a> = ChangedChunk<'a>;
    type Writer = Text<Verify<StreamOutput>>;
    const HEADED: bool = false;

    fn takes_streams(&self) -> bool {
        false
    }

    fn dialect(&self) -> Option<&DialectFile> {
        self.changes.dialect.as_ref()
    }

    fn extension(&self) -> &'static str {
        match (self.language, self.is_json) {
            (Language::Full, false) => "txt",
            (Language::Terse, false) => "terse",
            (Language::Full, true) => "jsonl",
            (Language::Terse, true) => "terse.jsonl",
        }
    }

    fn read<'a>(&self, bytes: &'a mut Vec<u8>) -> Result<ChangedChunk<'a>> {
        let content = read_chunk(bytes, &self.changes, self.language)?;
        if self.changes.verify {
            check_reversible(self.language, &content.chunk)?;
        }
        Ok(content)
    }

    fn writer(&self, output: Output) -> Self::Writer {
        let output = match self.is_json {
            true => StreamOutput::Json(JsonString(BufWriter::with_capacity(CAPACITY, output))),
            false => StreamOutput::Plain(output),
        };
        Text::new(Verify::new(output, self.changes.verify), CAPACITY)
    }

    fn write(
        &self,
        label: &Label,
        content: ChangedChunk,
        text: &mut Self::Writer,
    ) -> Result<Vec<Remark>, WriteError> {
        let before = match self.is_json {
            true => content.row_start(label, "text") + "\"",
            false if label.is_written => format!("{}\t", escaped(label.path)),
            false => String::new(),
        };
        if !before.is_empty() {
            text.flush()?;
            text.get_mut().get_mut().write_around(&before)?;
        }
        text.get_mut().begin(&content.chunk);
        self.language.emit(&content.chunk, text)?;
        if self.changes.verify {
            verify(&content.chunk, text)?;
        }
        match self.is_json {
            true => {
                text.flush()?;
                text.get_mut().get_mut().write_around("\"}\n")?;
            }
            false => text.end_line()?,
        }
        Ok(content.remarks)
    }

    fn into_output(text: Self::Writer) -> io::Result<Output> {
        match text.finish()?.into_inner() {
            StreamOutput::Plain(output) => Ok(output),
            StreamOutput::Json(string) => Ok(string.0.into_inner()?),
        }
    }
}

/// Where streams are written to.
pub enum StreamOutput {
    Plain(Output),
    /// Everything is escaped as part of a JSON string.
    Json(JsonString<BufWriter<Output>>),
}

impl StreamOutput {
    /// Writes what is not part of a stream.
    fn write_around(&mut self, text: &str) -> io::Result<()> {
        match self {
            StreamOutput::Plain(output) => output.write_all(text.as_bytes()),
            StreamOutput::Json(string) => string.0.write_all(text.as_bytes()),
        }
    }
}

impl Write for StreamOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            StreamOutput::Plain(output) => output.write(bytes),
            StreamOutput::Json(string) => string.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            StreamOutput::Plain(output) => output.flush(),
            StreamOutput::Json(_) => Ok(()),
        }
    }
}

/// Checks that the stream of a chunk can be turned back.
pub fn check_reversible(language: Language, chunk: &Chunk) -> Result<()> {
    if language == Language::Full
        && let Some(path) = chunk.find_unknown()
    {
        bail!(
            "{path}: an unknown opcode, which the full stream cannot be turned back into; -f terse can"
        );
    }
    let has_kinds = |p: &Proto| p.upvalues.iter().any(|upvalue| upvalue.kind != 0);
    if language == Language::Full
        && let Some(function) = chunk.functions().find(|function| has_kinds(function.proto))
    {
        bail!(
            "{}: an upvalue of another kind than 0, which the full stream does not say; -f terse does",
            function.path
        );
    }
    Ok(())
}

/// Checks that the stream just written, which was parsed meanwhile, turned back into the chunk.
pub fn verify<W: Write>(chunk: &Chunk, text: &mut Text<Verify<W>>) -> Result<(), WriteError> {
    text.flush()?;
    let parsed = text.get_mut().take();
    let difference = parsed.map_or(Some(TreePath::default()), |parsed| {
        chunk.difference(&parsed)
    });
    match difference {
        None => Ok(()),
        Some(path) => Err(WriteError::Irreversible(path)),
    }
}
