//! Forms of a chunk, and the way of each input through one: its chunks are read, the form makes its
//! content of each, the content is written.

use std::io;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use luadec_tok::TreePath;

use super::arguments::Convert;
use crate::command::dialect::file::DialectFile;
use crate::command::io::chunks::InputChunks;
use crate::command::io::claims::Claims;
use crate::command::io::input::{self, Input, of_input};
use crate::command::io::messages::Messages;
use crate::command::io::output::Output;
use crate::command::io::output_dir::{self, Endings};

/// A form that chunks are converted to.
pub trait Form: Sync {
    /// What there is to write of a chunk.
    type Content<'a>;

    /// What it is written to.
    type Writer;

    /// True if each of several inputs has its name above it.
    const HEADED: bool;

    /// Returns whether the chunks may come from streams.
    fn takes_streams(&self) -> bool;

    /// The dialect of the chunks, if one is given.
    fn dialect(&self) -> Option<&DialectFile>;

    /// The extension of its files.
    fn extension(&self) -> &'static str;

    /// Reads what there is to write of a chunk with these bytes, which may be changed.
    ///
    /// # Errors
    /// There is nothing to write.
    fn read<'a>(&self, bytes: &'a mut Vec<u8>) -> Result<Self::Content<'a>>;

    /// Returns a writer to `output`.
    fn writer(&self, output: Output) -> Self::Writer;

    /// Writes the content of a chunk and returns what to say about it.
    ///
    /// # Errors
    /// The output failed, or there is a bug.
    fn write(
        &self,
        label: &Label,
        content: Self::Content<'_>,
        writer: &mut Self::Writer,
    ) -> Result<Vec<Remark>, WriteError>;

    /// Returns the output with everything written to it.
    fn into_output(writer: Self::Writer) -> io::Result<Output>;
}

/// Where a content comes from, and how the output says so.
pub struct Label<'a> {
    /// The input, as messages name it.
    pub path: &'a str,
    /// True if it is written with the content.
    pub is_written: bool,
    /// True if this is the first content of the output.
    pub is_first: bool,
}

/// A message about an input that has been written.
pub enum Remark {
    Warning(String),
    /// The input is damaged.
    Error(String),
}

/// Why a content was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(
        "the stream does not turn back into its chunk, {0} differs: a bug in luadec-tok; please report it"
    )]
    Irreversible(TreePath),
}

impl WriteError {
    /// Names the input, unless the error is the output's.
    fn of(self, input: &Input) -> anyhow::Error {
        match self {
            WriteError::Io(error) => of_input(input, error),
            error => anyhow!(error).context(input.to_string()),
        }
    }
}

/// Converts the inputs to a form.
pub fn convert<F: Form>(
    form: &F,
    inputs: Vec<Result<Input>>,
    options: &Convert,
    messages: &mut Messages,
) -> Result<()> {
    options.output.check()?;
    let mut claims = input::claims(&inputs);
    options.dialect.claim(&mut claims);
    #[cfg(feature = "tokenizer")]
    if let Some(tokenizer) = &options.tokenizer {
        claims.input(Some(&crate::command::train::tokenizer::file(tokenizer)));
    }
    match &options.output.output_dir {
        Some(directory) => to_files(form, inputs, directory, claims, options, messages),
        None => {
            claims.output(options.output.file())?;
            to_one(form, inputs, options, messages)
        }
    }
}

/// Writes each input to a file of its own.
fn to_files<F: Form>(
    form: &F,
    inputs: Vec<Result<Input>>,
    directory: &Path,
    mut claims: Claims,
    options: &Convert,
    messages: &mut Messages,
) -> Result<()> {
    let endings = Endings {
        from: &["luac"],
        to: form.extension(),
    };
    let planned = output_dir::plan(inputs, directory, &endings, &mut claims, messages)?;
    output_dir::write(&planned, options.jobs, messages, |planned, messages| {
        let input = &planned.input;
        let mut chunks = open(form, input)?;
        let mut bytes = Vec::new();
        let mut writer = None;
        while let Some(content) = next_content(form, input, &mut chunks, &mut bytes) {
            match content {
                Ok(content) => {
                    let label = Label {
                        path: &input.to_string(),
                        is_written: false,
                        is_first: writer.is_none(),
                    };
                    let writer = match &mut writer {
                        Some(writer) => writer,
                        None => writer.insert(form.writer(Output::file_in_new_dir(&planned.path)?)),
                    };
                    write(form, input, &label, content, writer, messages)?;
                }
                Err(error) => messages.error(format_args!("{error:#}")),
            }
        }
        match writer {
            Some(writer) => F::into_output(writer)?.finish(),
            None => Ok(()),
        }
    })
}

/// Writes all inputs to one output, one after another. An existing file stays as it is if nothing can
/// be written.
fn to_one<F: Form>(
    form: &F,
    inputs: Vec<Result<Input>>,
    options: &Convert,
    messages: &mut Messages,
) -> Result<()> {
    let is_written = options.with_filename || F::HEADED && inputs.len() > 1 && !options.no_filename;
    let mut writer = form.writer(Output::open(options.output.file())?);
    // On a terminal, the output itself shows the progress.
    if !options.is_to_terminal() {
        messages.show_progress(inputs.len());
    }
    let mut is_first = true;
    for (done, input) in inputs.into_iter().enumerate() {
        messages.advance(done);
        let opened = input.and_then(|input| Ok((open(form, &input)?, input)));
        let (mut chunks, input) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                messages.error(format_args!("{error:#}"));
                continue;
            }
        };
        let mut bytes = Vec::new();
        while let Some(content) = next_content(form, &input, &mut chunks, &mut bytes) {
            match content {
                Ok(content) => {
                    let label = Label {
                        path: &input.to_string(),
                        is_written,
                        is_first,
                    };
                    is_first = false;
                    write(form, &input, &label, content, &mut writer, messages)?;
                }
                Err(error) => messages.error(format_args!("{error:#}")),
            }
        }
    }
    messages.end_progress();
    let output = F::into_output(writer)?;
    match is_first {
        true => Ok(()),
        false => output.finish(),
    }
}

fn open<'f, F: Form>(form: &'f F, input: &Input) -> Result<InputChunks<'f>> {
    match form.takes_streams() {
        true => InputChunks::of_chunk_or_streams(input, form.dialect()),
        false => InputChunks::of_chunk(input, form.dialect()),
    }
    .with_context(|| input.to_string())
}

/// Reads what there is to write of the next chunk, whose bytes are kept in `bytes`.
fn next_content<'a, F: Form>(
    form: &F,
    input: &Input,
    chunks: &mut InputChunks,
    bytes: &'a mut Vec<u8>,
) -> Option<Result<F::Content<'a>>> {
    let content = chunks.next()?.and_then(|chunk| {
        *bytes = chunk;
        form.read(bytes)
    });
    Some(content.with_context(|| input.to_string()))
}

/// Writes the content of a chunk, then prints what there is to say about it.
fn write<F: Form>(
    form: &F,
    input: &Input,
    label: &Label,
    content: F::Content<'_>,
    writer: &mut F::Writer,
    messages: &mut Messages,
) -> Result<()> {
    let remarks = form.write(label, content, writer);
    for remark in remarks.map_err(|error| error.of(input))? {
        match remark {
            Remark::Warning(remark) => messages.warning(format_args!("{input}: {remark}")),
            Remark::Error(remark) => messages.error(format_args!("{input}: {remark}")),
        }
    }
    Ok(())
}
