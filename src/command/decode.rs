//! Streams to chunks.

use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use luadec_tok::chunk::Chunk;
use luadec_tok::stream::{Chunks, ReadError, is_stream};
use luadec_tok::try_dump;

use super::io::claims::Claims;
use super::io::input::{self, Input, Kind, NamesArgs};
use super::io::messages::Messages;
use super::io::ordered::parse_jobs;
use super::io::output::{Output, OutputArgs};
use super::io::output_dir::{self, Endings};
use super::io::shown::Shown;
use super::opmap::file::{OpmapArgs, OpmapFile};
use super::usage::Usage;

#[derive(Debug, Args)]
#[command(after_help = "\
One chunk goes to standard output or -o; several need -O, where NAME.txt, .terse, .pretty or
.terse.pretty gives NAME.luac, NAME.2.luac and so on. A stream that is no chunk's is refused, with the first place where its
tokens disagree.

Exit status: as for the conversion")]
pub struct Decode {
    /// Stream files, folders, or - for standard input (the default). A folder gives every file in
    /// it that starts with <|Proto|> or <|Lua- and is not hidden, in sorted order
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    names: NamesArgs,
    /// Clear debug information first, exactly as luac -s does
    #[arg(short, long)]
    strip: bool,
    #[command(flatten)]
    opmap: OpmapArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Threads; only --output-dir has work for several [default: the cores there are]
    #[arg(short, long, value_name = "N", value_parser = parse_jobs)]
    jobs: Option<NonZeroUsize>,
}

const STREAM: Kind = Kind {
    starts: is_stream,
    name: "token stream",
    ending: None,
};
const ENDINGS: Endings = Endings {
    from: &["terse.pretty", "txt", "terse", "pretty"],
    to: "luac",
};

pub fn run(options: &Decode, messages: &mut Messages) -> Result<()> {
    let inputs = input::expand(&options.names.after(&options.inputs)?, &STREAM, messages);
    options.output.check()?;
    let opmap = options.opmap.read()?;
    let opmap = opmap.as_ref();
    let mut claims = input::claims(&inputs);
    claims.input(options.opmap.opmap.as_deref());
    if let Some(folder) = &options.output.output_dir {
        return to_folder(options, opmap, inputs, folder, claims, messages);
    }
    if inputs.len() > 1 {
        bail!(Usage(
            "several inputs give several chunks: -O DIR writes each to a file".to_owned()
        ));
    }
    if options.output.file().is_none() && io::stdout().is_terminal() {
        bail!(Usage(
            "a chunk is not for a terminal: give -o FILE, or send the output elsewhere".to_owned()
        ));
    }
    claims.output(options.output.file())?;
    for input in inputs {
        let input = input?;
        let chunk = only_chunk(&input)?;
        let bytes = bytes(options, opmap, chunk).with_context(|| input.to_string())?;
        write(&bytes, Output::open(options.output.file())?)?;
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
    opmap: Option<&OpmapFile>,
    inputs: Vec<Result<Input>>,
    folder: &Path,
    mut claims: Claims,
    messages: &mut Messages,
) -> Result<()> {
    let targets = output_dir::plan(inputs, folder, &ENDINGS, &mut claims, messages)?;
    output_dir::write(&targets, options.jobs, messages, |target, messages| {
        let input = &target.input;
        let chunks = Chunks::new(input.open().with_context(|| input.to_string())?.0);
        let mut streams = 0;
        for (i, chunk) in chunks.enumerate() {
            streams += 1;
            let mut path = target.path.clone();
            if i > 0 {
                path.set_extension(format!("{}.{}", i + 1, ENDINGS.to));
                if claims.contains(&path) {
                    bail!(
                        "{input}: its stream {} would be written to {}, which is an input or another output",
                        i + 1,
                        Shown(&path)
                    );
                }
            }
            match chunk {
                Ok(chunk) => match bytes(options, opmap, chunk) {
                    Ok(bytes) => write(&bytes, Output::file_in_new_folder(&path)?)?,
                    Err(error) => messages.error(format_args!("{input}: {error:#}")),
                },
                Err(ReadError::Parse(error)) => messages.error(format_args!("{input}: {error}")),
                Err(error) => return Err(error).with_context(|| input.to_string()),
            }
        }
        if streams == 0 {
            bail!("{input}: there is no stream in it");
        }
        Ok(())
    })
}

/// The chunk's bytes, changed as wanted.
fn bytes(options: &Decode, opmap: Option<&OpmapFile>, mut chunk: Chunk) -> Result<Vec<u8>> {
    if options.strip {
        chunk.strip();
    }
    if let Some(file) = opmap {
        file.map(chunk.version)?.to_foreign(&mut chunk)?;
    }
    Ok(try_dump(&chunk).map_err(io::Error::from)?)
}

fn write(bytes: &[u8], mut output: Output) -> Result<()> {
    output.write_all(bytes)?;
    output.finish()
}
