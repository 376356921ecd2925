//! Chunks to streams, a line each.

use std::io::{self, Write};

use anyhow::{Result, bail};
use luadec_tok::TreePath;
use luadec_tok::chunk::Chunk;
use luadec_tok::stream::{Language, Text, Verify};

use super::chunk::{ChangedChunk, Changes, read_chunk, trailing_bytes};
use super::form::{Form, Remark, WriteError};
use crate::command::io::output::{CAPACITY, Output};
use crate::command::io::shown::escaped;

pub struct ToStream {
    pub language: Language,
    pub changes: Changes,
}

impl ToStream {
    /// Returns the ending of files.
    pub fn ending(&self) -> &'static str {
        match self.language {
            Language::Full => "txt",
            Language::Terse => "terse",
        }
    }
}

impl Form for ToStream {
    type Content<'a> = ChangedChunk<'a>;
    type Writer = Text<Verify<Output>>;
    const HEADED: bool = false;

    fn read<'a>(&self, bytes: &'a mut Vec<u8>) -> Result<ChangedChunk<'a>> {
        let read = read_chunk(bytes, &self.changes, self.language)?;
        if self.changes.verify {
            check_reversible(self.language, &read.chunk)?;
        }
        Ok(read)
    }

    fn writer(&self, output: Output) -> Self::Writer {
        Text::new(Verify::new(output, self.changes.verify), CAPACITY)
    }

    fn name(&self, text: &mut Self::Writer, name: &str, _: bool) -> io::Result<()> {
        text.flush()?;
        let output = text.get_mut().get_mut();
        output.write_all(format!("{}\t", escaped(name)).as_bytes())
    }

    fn write(
        &self,
        content: ChangedChunk,
        text: &mut Self::Writer,
    ) -> Result<Vec<Remark>, WriteError> {
        self.language.emit(&content.chunk, text)?;
        if self.changes.verify {
            verify(&content.chunk, text)?;
        }
        text.end_line()?;
        Ok(trailing_bytes(content.trailing).into_iter().collect())
    }

    fn into_output(text: Self::Writer) -> io::Result<Output> {
        Ok(text.finish()?.into_inner())
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
    Ok(())
}

/// Checks that the stream just written, which has been parsed meanwhile, is the chunk's.
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
