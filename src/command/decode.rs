//! Streams to chunks.

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use luadec_tok::chunk::Chunk;
use luadec_tok::dump;
use luadec_tok::stream::{Chunks, ReadError};

use super::Usage;
use super::folder::{self, Endings};
use super::input::{self, Input, Kind};
use super::output::Output;
use super::report::Report;
use crate::cli::Decode;

const STREAM: Kind = Kind {
    start: b"<|Proto|>",
    name: "token stream",
};
const ENDINGS: Endings = Endings {
    from: "txt",
    to: "luac",
};

pub fn run(options: &Decode, report: &mut Report) -> Result<()> {
    let inputs = input::expand(&options.inputs, &STREAM);
    if let Some(folder) = &options.output.output_dir {
        return to_folder(options, inputs, folder, report);
    }
    if inputs.len() > 1 {
        bail!(Usage(
            "several inputs give several chunks: -O DIR writes each to a file".to_owned()
        ));
    }
    if options.output.output.is_none() && io::stdout().is_terminal() {
        bail!(Usage(
            "a chunk is not for a terminal: give -o FILE, or send the output elsewhere".to_owned()
        ));
    }
    for input in inputs {
        let chunk = only_chunk(&input?)?;
        let output = Output::open(options.output.output.as_deref())?;
        write(options, chunk, output)?;
    }
    Ok(())
}

/// The chunk of an input that holds one.
fn only_chunk(input: &Input) -> Result<Chunk<'static>> {
    let mut chunks = Chunks::new(input.open().with_context(|| input.to_string())?.0);
    let mut next = || chunks.next().transpose().with_context(|| input.to_string());
    let Some(chunk) = next()? else {
        bail!("{input}: there is no stream in it");
    };
    match next()? {
        None => Ok(chunk),
        Some(_) => bail!(
            "{input}: there is more than one stream in it: -O DIR writes each chunk to a file"
        ),
    }
}

/// Each chunk to a file of its own: NAME.luac, NAME.2.luac and so on.
fn to_folder(
    options: &Decode,
    inputs: Vec<Result<Input>>,
    folder: &Path,
    report: &mut Report,
) -> Result<()> {
    let jobs = folder::plan(inputs, folder, &ENDINGS, report)?;
    let targets: HashSet<&PathBuf> = jobs.iter().map(|job| &job.target).collect();
    folder::run(&jobs, folder::cores(), report, |job, report| {
        let input = &job.input;
        let chunks = Chunks::new(input.open().with_context(|| input.to_string())?.0);
        let mut streams = 0;
        for (i, chunk) in chunks.enumerate() {
            streams += 1;
            let mut target = job.target.clone();
            if i > 0 {
                target.set_extension(format!("{}.{}", i + 1, ENDINGS.to));
                if targets.contains(&target) {
                    bail!(
                        "{input}: its stream {} and another input would both be written to {}",
                        i + 1,
                        target.display()
                    );
                }
            }
            match chunk {
                Ok(chunk) => write(options, chunk, Output::file_in_new_folder(&target)?)?,
                Err(ReadError::Parse(error)) => report.error(format_args!("{input}: {error}")),
                Err(error) => return Err(error).with_context(|| input.to_string()),
            }
        }
        if streams == 0 {
            bail!("{input}: there is no stream in it");
        }
        Ok(())
    });
    Ok(())
}

fn write(options: &Decode, mut chunk: Chunk, mut output: Output) -> Result<()> {
    if options.strip {
        chunk.strip();
    }
    output.write_all(&dump(&chunk))?;
    output.finish()
}
