//! Chunks to streams.

use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use luadec_tok::chunk::Chunk;
use luadec_tok::stream::{Text, Verify, emit};
use luadec_tok::{LUA_SIGNATURE, TreePath, skip_comment, undump};

use super::folder::{self, Endings};
use super::input::{self, Input, Kind};
use super::output::Output;
use super::report::Report;
use crate::cli::Convert;

pub(super) const CHUNK: Kind = Kind {
    start: LUA_SIGNATURE,
    name: "Lua chunk",
};
const ENDINGS: Endings = Endings {
    from: "luac",
    to: "txt",
};

pub fn run(options: &Convert, report: &mut Report) -> Result<()> {
    let inputs = input::expand(&options.inputs, &CHUNK);
    match &options.output.output_dir {
        Some(folder) => to_folder(options, inputs, folder, report),
        None => {
            let output = Output::open(options.output.output.as_deref())?;
            to_one(options, inputs, output, report)
        }
    }
}

/// All streams to one output, a line each. A file stays as it was where not one input is good.
fn to_one(
    options: &Convert,
    inputs: Vec<Result<Input>>,
    output: Output,
    report: &mut Report,
) -> Result<()> {
    let mut text = text_to(output, options.verify);
    let mut any = false;
    for input in inputs {
        match input {
            Ok(input) => {
                any |= with_chunk(options, &input, report, |chunk| {
                    line(&input, chunk, &mut text)
                })?
            }
            Err(error) => report.error(format_args!("{error:#}")),
        }
    }
    let output = text.finish()?.into_inner();
    if any { output.finish() } else { Ok(()) }
}

/// Each stream to a file of its own.
fn to_folder(
    options: &Convert,
    inputs: Vec<Result<Input>>,
    folder: &Path,
    report: &mut Report,
) -> Result<()> {
    let jobs = folder::plan(inputs, folder, &ENDINGS, report)?;
    let threads = options.jobs.map_or_else(folder::cores, usize::from);
    folder::run(&jobs, threads, report, |job, report| {
        let write = |chunk: &Chunk| {
            let mut text = text_to(Output::file_in_new_folder(&job.target)?, options.verify);
            line(&job.input, chunk, &mut text)?;
            text.finish()?.into_inner().finish()
        };
        with_chunk(options, &job.input, report, write).map(drop)
    });
    Ok(())
}

fn text_to(output: Output, verify: bool) -> Text<Verify<Output>> {
    let capacity = output.capacity();
    Text::new(Verify::new(output, verify), capacity)
}

/// Writes the stream of a chunk; if it is verified, no byte that does not parse.
fn line<W: Write>(input: &Input, chunk: &Chunk, text: &mut Text<Verify<W>>) -> Result<()> {
    emit(chunk, text)?;
    if text.get_mut().is_on() {
        text.flush()?;
        let parsed = text.get_mut().take();
        if let Some(path) = parsed.map_or(Some(TreePath::default()), |parsed| {
            chunk.difference(&parsed)
        }) {
            bail!(
                "{input}: the stream does not turn back into its chunk: {path} differs (a fault of luadec-tok's)"
            );
        }
    }
    text.end_line()?;
    Ok(())
}

/// Gives the chunk of an input to `write` and says true, or says why there is none and false.
pub(super) fn with_chunk(
    options: &Convert,
    input: &Input,
    report: &mut Report,
    write: impl FnOnce(&Chunk) -> Result<()>,
) -> Result<bool> {
    let Some(bytes) = bytes_of(input, report) else {
        return Ok(false);
    };
    let mut undumped = match undump(skip_comment(&bytes)) {
        Ok(undumped) => undumped,
        Err(error) => {
            report.error(format_args!("{input}: {error}"));
            return Ok(false);
        }
    };
    warn_of_trailing(input, undumped.trailing, report);
    if options.strip {
        undumped.chunk.strip();
    }
    if options.verify
        && let Some(path) = undumped.chunk.find_unknown()
    {
        report.error(format_args!(
            "{input}: {path}: an unknown opcode, which no stream can be turned back into"
        ));
        return Ok(false);
    }
    write(&undumped.chunk)?;
    Ok(true)
}

/// The bytes of an input that may be a chunk; or says why there are none.
pub(super) fn bytes_of(input: &Input, report: &mut Report) -> Option<Vec<u8>> {
    match input::read(input, may_be_chunk) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            report.error(format_args!("{input}: {error}"));
            None
        }
    }
}

pub(super) fn warn_of_trailing(input: &Input, trailing: usize, report: &mut Report) {
    if trailing > 0 {
        let s = if trailing == 1 { "" } else { "s" };
        let message = format_args!("warning: {trailing} byte{s} after the main function ignored");
        report.warning(format_args!("{input}: {message}"));
    }
}

/// Whether the first bytes of a file are those of a chunk, or may lead up to one: its comment line
/// may be longer than they are, or end where they do.
fn may_be_chunk(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
    let chunk = match start {
        [b'#', ..] => start.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or(b""),
        _ => start,
    };
    chunk.starts_with(LUA_SIGNATURE) || LUA_SIGNATURE.starts_with(chunk)
}
