//! Forms of a chunk, and the way of each input through one: its bytes are read, the form makes its
//! content of them, the content is written.

use std::io;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use luadec_tok::{LUA_SIGNATURE, TreePath};

use super::arguments::Convert;
use crate::command::io::claims::Claims;
use crate::command::io::input::{self, Input, Kind, of_input};
use crate::command::io::messages::Messages;
use crate::command::io::output::Output;
use crate::command::io::output_dir::{self, Endings};

/// A form that chunks are converted to.
pub trait Form: Sync {
    /// What there is to write of an input.
    type Content<'a>;

    /// What it is written to.
    type Writer;

    /// Whether each of several inputs has its name above it.
    const HEADED: bool;

    /// Reads the content of a file with these bytes, which may be changed for it.
    ///
    /// # Errors
    /// Nothing can be written of these bytes.
    fn read<'a>(&self, bytes: &'a mut Vec<u8>) -> Result<Self::Content<'a>>;

    /// Returns a writer to `output`.
    fn writer(&self, output: Output) -> Self::Writer;

    /// Writes the name of an input before its content.
    ///
    /// # Errors
    /// Those of the output.
    fn name(&self, writer: &mut Self::Writer, name: &str, is_first: bool) -> io::Result<()>;

    /// Writes the content of an input and returns what there is to be said about it.
    ///
    /// # Errors
    /// Those of the output, and a bug.
    fn write(
        &self,
        content: Self::Content<'_>,
        writer: &mut Self::Writer,
    ) -> Result<Vec<Remark>, WriteError>;

    /// Returns the output with everything written to it.
    fn into_output(writer: Self::Writer) -> io::Result<Output>;
}

/// What there is to be said about an input that has been written.
pub enum Remark {
    Warning(String),
    /// The input is damaged.
    Error(String),
}

/// Why the content of an input was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the stream does not turn back into its chunk: {0} differs (a fault of luadec-tok's)")]
    Irreversible(TreePath),
}

impl WriteError {
    /// Names the input, if it is its error and not the output's, which names itself.
    fn of(self, input: &Input) -> anyhow::Error {
        match self {
            WriteError::Io(error) => of_input(input, error),
            error => anyhow!(error).context(input.to_string()),
        }
    }
}

pub const CHUNK: Kind = Kind {
    starts: |start| start.starts_with(LUA_SIGNATURE),
    name: "Lua chunk",
    ending: Some("luac"),
};

/// Whether a file that starts with these bytes may hold a chunk. Its comment line may be longer
/// than they are, or end where they do.
fn may_be_chunk(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let chunk = match start {
        [b'#', ..] => start.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or(b""),
        _ => start,
    };
    chunk.starts_with(LUA_SIGNATURE) || LUA_SIGNATURE.starts_with(chunk)
}

/// Converts the inputs to a form, whose files end in `ending`.
pub fn convert<F: Form>(
    form: &F,
    ending: &'static str,
    options: &Convert,
    messages: &mut Messages,
) -> Result<()> {
    let inputs = input::expand(&options.names.after(&options.inputs)?, &CHUNK, messages);
    options.output.check()?;
    let mut claims = input::claims(&inputs);
    claims.input(options.opmap.opmap.as_deref());
    #[cfg(feature = "tokenizer")]
    if let Some(tokenizer) = &options.tokenizer {
        claims.input(Some(&crate::command::tokenizer::file(tokenizer)));
    }
    match &options.output.output_dir {
        Some(directory) => {
            let endings = Endings {
                from: &["luac"],
                to: ending,
            };
            to_files(form, inputs, directory, &endings, claims, options, messages)
        }
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
    endings: &Endings,
    mut claims: Claims,
    options: &Convert,
    messages: &mut Messages,
) -> Result<()> {
    let planned = output_dir::plan(inputs, directory, endings, &mut claims, messages)?;
    output_dir::write(&planned, options.jobs, messages, |planned, messages| {
        let mut bytes = Vec::new();
        let content = read(form, &planned.input, &mut bytes)?;
        let mut writer = form.writer(Output::file_in_new_folder(&planned.path)?);
        write(form, &planned.input, content, &mut writer, messages)?;
        F::into_output(writer)?.finish()
    })
}

/// Writes all inputs to one output, one after another. An existing file stays as it is if nothing can
/// be written of any input.
fn to_one<F: Form>(
    form: &F,
    inputs: Vec<Result<Input>>,
    options: &Convert,
    messages: &mut Messages,
) -> Result<()> {
    let is_named = options.with_filename || F::HEADED && inputs.len() > 1 && !options.no_filename;
    let mut writer = form.writer(Output::open(options.output.file())?);
    // Not below what is written to the terminal itself.
    if !options.is_to_terminal() {
        messages.show_progress(inputs.len());
    }
    let mut is_first = true;
    for (done, input) in inputs.into_iter().enumerate() {
        messages.advance(done);
        let mut bytes = Vec::new();
        let input = input.and_then(|input| {
            let content = read(form, &input, &mut bytes)?;
            Ok((input, content))
        });
        match input {
            Ok((input, content)) => {
                if is_named {
                    form.name(&mut writer, &input.to_string(), is_first)?;
                }
                is_first = false;
                write(form, &input, content, &mut writer, messages)?;
            }
            Err(error) => messages.error(format_args!("{error:#}")),
        }
    }
    messages.end_progress();
    let output = F::into_output(writer)?;
    match is_first {
        true => Ok(()),
        false => output.finish(),
    }
}

/// Reads the content of an input. Its bytes are kept in `bytes`.
fn read<'a, F: Form>(form: &F, input: &Input, bytes: &'a mut Vec<u8>) -> Result<F::Content<'a>> {
    *bytes = input::read(input, may_be_chunk).with_context(|| input.to_string())?;
    form.read(bytes).with_context(|| input.to_string())
}

/// Writes the content of an input, then says what there is to be said about it.
fn write<F: Form>(
    form: &F,
    input: &Input,
    content: F::Content<'_>,
    writer: &mut F::Writer,
    messages: &mut Messages,
) -> Result<()> {
    let remarks = form.write(content, writer);
    for remark in remarks.map_err(|error| error.of(input))? {
        match remark {
            Remark::Warning(remark) => messages.warning(format_args!("{input}: {remark}")),
            Remark::Error(remark) => messages.error(format_args!("{input}: {remark}")),
        }
    }
    Ok(())
}
