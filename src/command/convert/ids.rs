//! Chunks to the ids of their tokens.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use luadec_tok::stream::{Language, Text, Verify};
use luadec_tok::tokenizer::{self, TakeIds, Tokenizer};

use super::arguments::{Convert, Format, IdsForm};
use super::chunk::{Changes, with_chunk};
use super::form::Form;
use super::tokens::{self, turns_back};
use crate::command::io::input::{Input, of_input};
use crate::command::io::messages::Messages;
use crate::command::io::output::Output;
use crate::command::io::shown::Shown;
use crate::command::train::tokenizer::{load, put_ids};
use crate::command::usage::Usage;

/// How much memory the ids of values may take, in bytes.
const MEMORY: usize = 64 << 20;

pub struct Ids {
    tokenizer: Arc<Tokenizer>,
    form: IdsForm,
    changes: Changes,
}

impl Ids {
    pub fn new(options: &Convert, changes: Changes, form: IdsForm, path: &Path) -> Result<Ids> {
        let language = match (options.format, options.pretty) {
            (Format::Tokens, false) => Language::Full,
            (Format::Terse, false) => Language::Terse,
            _ => bail!(Usage(
                "--ids is for the formats tokens and terse, without --pretty".to_owned()
            )),
        };
        let tokenizer = load(path, language)?;
        let count = tokenizer.ids();
        if form == IdsForm::U16 && count > 1 << 16 {
            bail!(
                "{}: {count} ids are more than u16 can tell apart: use --ids u32",
                Shown(path)
            );
        }
        Ok(Ids {
            tokenizer: Arc::new(tokenizer),
            form,
            changes,
        })
    }

    /// The ending of files.
    pub fn ending(&self) -> &'static str {
        match (self.tokenizer.language(), self.form) {
            (Language::Full, IdsForm::U16) => "u16",
            (Language::Full, IdsForm::U32) => "u32",
            (Language::Full, IdsForm::Text) => "ids",
            (Language::Terse, IdsForm::U16) => "terse.u16",
            (Language::Terse, IdsForm::U32) => "terse.u32",
            (Language::Terse, IdsForm::Text) => "terse.ids",
        }
    }
}

impl Form for Ids {
    type Writer = tokenizer::Ids<IdsOutput>;
    const HEADED: bool = false;

    /// Ids have no place for a name: the arguments refuse it.
    fn name(&self, _: &mut Self::Writer, _: &str, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn writer(&self, output: Output) -> Self::Writer {
        let output = IdsOutput {
            form: self.form,
            line: false,
            bytes: Vec::new(),
            output,
        };
        tokenizer::Ids::new(Arc::clone(&self.tokenizer), output, MEMORY)
    }

    fn write<'w>(
        &self,
        input: &Input,
        open: impl FnOnce() -> Result<&'w mut Self::Writer>,
        messages: &mut Messages,
    ) -> Result<bool> {
        let language = self.tokenizer.language();
        with_chunk(
            input,
            &self.changes,
            language,
            messages,
            |chunk, messages| {
                if let Err(error) = self.tokenizer.check(chunk.version) {
                    messages.error(format_args!("{input}: {error}"));
                    return Ok(false);
                }
                if self.changes.verify {
                    if !turns_back(language, input, chunk, messages) {
                        return Ok(false);
                    }
                    let mut text = Text::new(Verify::new(io::sink(), true), 1 << 16);
                    let emitted = language.emit(chunk, &mut text);
                    emitted.map_err(|error| of_input(input, error))?;
                    tokens::verify(input, chunk, &mut text)?;
                }
                let ids = open()?;
                let emitted = ids.emit(chunk).and_then(|()| ids.flush());
                emitted.map_err(|error| of_input(input, error))?;
                ids.get_mut().end_line()?;
                if let Some(control) = ids.take_control() {
                    messages.warning(format_args!(
                    "{input}: warning: a string holds {control}, a control token of the tokenizer"
                ));
                }
                Ok(true)
            },
        )
    }

    fn into_output(ids: Self::Writer) -> io::Result<Output> {
        Ok(ids.finish()?.output)
    }
}

/// Writes ids in one of the forms.
pub struct IdsOutput {
    form: IdsForm,
    /// Whether there are ids in the line.
    line: bool,
    bytes: Vec<u8>,
    output: Output,
}

impl IdsOutput {
    fn end_line(&mut self) -> io::Result<()> {
        self.line = false;
        match self.form {
            IdsForm::Text => self.output.write_all(b"\n"),
            IdsForm::U16 | IdsForm::U32 => Ok(()),
        }
    }
}

impl TakeIds for IdsOutput {
    fn take(&mut self, ids: &[u32]) -> io::Result<()> {
        self.bytes.clear();
        match self.form {
            IdsForm::U16 | IdsForm::U32 => {
                put_ids(ids, self.form == IdsForm::U32, &mut self.bytes);
            }
            IdsForm::Text => {
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
