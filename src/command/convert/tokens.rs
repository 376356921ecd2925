//! Chunks to streams, a line each.

use std::io::{self, Write};

use anyhow::{Result, bail};
use luadec_tok::TreePath;
use luadec_tok::chunk::Chunk;
use luadec_tok::stream::{Language, Text, Verify};

use super::chunk::{Changes, with_chunk};
use super::form::Form;
use crate::command::io::input::{Input, of_input};
use crate::command::io::messages::Messages;
use crate::command::io::output::{CAPACITY, Output};
use crate::command::io::shown::escaped;

pub struct Tokens {
    pub language: Language,
    pub changes: Changes,
}

impl Form for Tokens {
    type Writer = Text<Verify<Output>>;
    const HEADED: bool = false;

    fn name(&self, text: &mut Self::Writer, name: &str, _: bool) -> io::Result<()> {
        text.flush()?;
        let output = text.get_mut().get_mut();
        output.write_all(format!("{}\t", escaped(name)).as_bytes())
    }

    fn writer(&self, output: Output) -> Self::Writer {
        Text::new(Verify::new(output, self.changes.verify), CAPACITY)
    }

    fn write<'w>(
        &self,
        input: &Input,
        open: impl FnOnce() -> Result<&'w mut Self::Writer>,
        messages: &mut Messages,
    ) -> Result<bool> {
        with_chunk(
            input,
            &self.changes,
            self.language,
            messages,
            |chunk, messages| {
                if self.changes.verify && !turns_back(self.language, input, chunk, messages) {
                    return Ok(false);
                }
                let text = open()?;
                let emitted = self.language.emit(chunk, text);
                emitted.map_err(|error| of_input(input, error))?;
                if self.changes.verify {
                    verify(input, chunk, text)?;
                }
                text.end_line()?;
                Ok(true)
            },
        )
    }

    fn into_output(text: Self::Writer) -> io::Result<Output> {
        Ok(text.finish()?.into_inner())
    }
}

/// Whether the stream of a chunk can be turned back; if not, says why.
pub fn turns_back(
    language: Language,
    input: &Input,
    chunk: &Chunk,
    messages: &mut Messages,
) -> bool {
    let unknown = match language {
        Language::Full => chunk.find_unknown(),
        Language::Terse => None,
    };
    if let Some(path) = &unknown {
        messages.error(format_args!(
            "{input}: {path}: an unknown opcode, which the full stream cannot be turned back into; -f terse can"
        ));
    }
    unknown.is_none()
}

/// Checks that the stream just written, which has been parsed meanwhile, is that of the chunk.
pub fn verify<W: Write>(input: &Input, chunk: &Chunk, text: &mut Text<Verify<W>>) -> Result<()> {
    text.flush().map_err(|error| of_input(input, error))?;
    let parsed = text.get_mut().take();
    if let Some(path) = parsed.map_or(Some(TreePath::default()), |parsed| {
        chunk.difference(&parsed)
    }) {
        bail!(
            "{input}: the stream does not turn back into its chunk: {path} differs (a fault of luadec-tok's)"
        );
    }
    Ok(())
}
