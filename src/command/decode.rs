//! Turns streams back into chunks.

use std::io::{self, IsTerminal, Read, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use luadec_tok::chunk::{Chunk, Constant};
use luadec_tok::dialect::Dialect;
use luadec_tok::stream::{Chunks, ParseError, ReadError, StreamProblem};
use luadec_tok::{Header, Undumped, Version, try_dump_like, undump_in};

use super::dialect::file::{DialectArgs, DialectFile};
use super::dialect::read::{FoundDialect, added_token, read_chunk};
use super::io::chunks::{STREAM, may_be_chunk, signature};
use super::io::claims::Claims;
use super::io::input::{self, Input, NamesArgs, read_file, read_start};
use super::io::messages::Messages;
use super::io::ordered::parse_jobs;
use super::io::output::{Output, OutputArgs};
use super::io::output_dir::{self, Endings};
use super::io::shown::Shown;
use super::usage::Usage;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Files of --output-dir:
  NAME.txt, NAME.terse, NAME.pretty and NAME.terse.pretty become NAME.luac; other names keep their
  ending. The second stream of an input becomes NAME.2.luac, and so on.

Examples:
  luadec-tok decode stream.txt -o chunk.luac   one stream, one chunk
  luadec-tok decode -O chunks/ streams/        every stream below streams/
  luadec-tok decode < stream.txt | lua5.3 -    run it
  luadec-tok decode --like old.luac new.txt -o new.luac
                                               for the machine that old.luac is for

Exit status:
  0  all streams were turned back
  1  an input or an output failed; all other streams were turned back
  2  the command line is wrong; nothing was written")]
pub struct Decode {
    /// Streams or directories; - for standard input
    ///
    /// Standard input is the default. A directory stands for every file below it that starts with
    /// <|Proto|> or <|Lua-, in sorted order; hidden files are skipped.
    #[arg(value_name = "INPUT", display_order = 0, help_heading = "Input")]
    inputs: Vec<PathBuf>,
    #[command(flatten, next_help_heading = "Input")]
    names: NamesArgs,
    /// Clear debug information first, as luac -s does
    #[arg(short, long, help_heading = "Conversion")]
    strip: bool,
    #[command(flatten, next_help_heading = "Conversion")]
    dialect: DialectArgs,
    /// Write chunks with the header of the chunk FILE [default: as on x86-64]
    ///
    /// Chunks get FILE's byte order, its sizes of int, size_t, Instruction, lua_Integer and lua_Number, and
    /// its format byte. FILE is of the version of the streams; a chunk of a dialect needs --dialect, too. A
    /// value that does not fit is an error.
    #[arg(long, value_name = "FILE", help_heading = "Conversion")]
    like: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Output")]
    output: OutputArgs,
    /// Use at most N threads for --output-dir
    ///
    /// [default: one per core]
    #[arg(
        short,
        long,
        value_name = "N",
        value_parser = parse_jobs,
        help_heading = "Output"
    )]
    jobs: Option<NonZeroUsize>,
}

const ENDINGS: Endings = Endings {
    from: &["terse.pretty", "txt", "terse", "pretty"],
    to: "luac",
};

pub fn run(options: &Decode, messages: &mut Messages) -> Result<()> {
    if options.jobs.is_some() && options.output.output_dir.is_none() {
        bail!(Usage(
            "--jobs has no effect without --output-dir; one output is written by one thread"
                .to_owned()
        ));
    }
    let inputs = input::expand(&options.names.after(&options.inputs)?, &STREAM, messages);
    options.output.check()?;
    let dialect = options.dialect.read()?;
    let dialect = dialect.as_ref();
    let like = options.like.as_deref();
    let like = like.map(|path| Like::read(path, dialect)).transpose()?;
    let form = Form {
        strip: options.strip,
        dialect,
        like: like.as_ref(),
    };
    let mut claims = input::claims(&inputs);
    options.dialect.claim(&mut claims);
    if let Some(like) = &options.like {
        claims.input(Some(like));
    }
    if let Some(directory) = &options.output.output_dir {
        return to_files(&form, options.jobs, inputs, directory, claims, messages);
    }
    if inputs.len() > 1 {
        bail!(Usage(
            "several inputs become several chunks: use -O DIR to write each to a file".to_owned()
        ));
    }
    if options.output.file().is_none() && io::stdout().is_terminal() {
        bail!(Usage(
            "a chunk is not for a terminal: use -o FILE, or redirect the output".to_owned()
        ));
    }
    claims.output(options.output.file())?;
    for input in inputs {
        let input = input?;
        let chunk = only_chunk(&input, dialect)?;
        let bytes = form.bytes(chunk).with_context(|| input.to_string())?;
        write(&bytes, Output::open(options.output.file())?)?;
    }
    Ok(())
}

/// Reads the only chunk of an input.
fn only_chunk(input: &Input, dialect: Option<&DialectFile>) -> Result<Chunk<'static>> {
    let mut chunks = open(input, dialect)?;
    let mut next = || {
        let next = chunks.next().transpose().map_err(|error| match error {
            ReadError::Parse(error) => with_dialect(*error, dialect),
            error => error.into(),
        });
        next.with_context(|| input.to_string())
    };
    let Some(chunk) = next()? else {
        bail!("{input}: no stream in it; expected <|Proto|> or <|Lua-");
    };
    match next()? {
        None => Ok(chunk),
        Some(_) => bail!("{input}: more than one stream: use -O DIR to write each chunk to a file"),
    }
}

/// Returns an error of a stream with the dialects that have the opcode which it refuses.
fn with_dialect(error: ParseError, dialect: Option<&DialectFile>) -> anyhow::Error {
    match (&error.problem, dialect) {
        (StreamProblem::Expected { found, .. }, None) => match added_token(found) {
            Some(hint) => anyhow!("{error}; {hint}"),
            None => error.into(),
        },
        _ => error.into(),
    }
}

/// Opens an input for its streams.
fn open(input: &Input, dialect: Option<&DialectFile>) -> Result<Chunks<impl Read + use<>>> {
    let chunks = Chunks::new(input.open().with_context(|| input.to_string())?.0);
    Ok(match dialect.and_then(DialectFile::dialect) {
        Some(dialect) => chunks.in_dialect(dialect),
        None => chunks,
    })
}

/// Writes each chunk to a file of its own: NAME.luac, NAME.2.luac and so on.
fn to_files(
    form: &Form,
    jobs: Option<NonZeroUsize>,
    inputs: Vec<Result<Input>>,
    directory: &Path,
    mut claims: Claims,
    messages: &mut Messages,
) -> Result<()> {
    let planned = output_dir::plan(inputs, directory, &ENDINGS, &mut claims, messages)?;
    output_dir::write(&planned, jobs, messages, |planned, messages| {
        let input = &planned.input;
        let chunks = open(input, form.dialect)?;
        let mut streams = 0;
        for (i, chunk) in chunks.enumerate() {
            streams += 1;
            let mut path = planned.path.clone();
            if i > 0 {
                path.set_extension(format!("{}.{}", i + 1, ENDINGS.to));
                if claims.contains(&path) {
                    bail!(
                        "{input}: stream {} would be written to {}, which is an input or another output",
                        i + 1,
                        Shown(&path)
                    );
                }
            }
            match chunk {
                Ok(chunk) => match form.bytes(chunk) {
                    Ok(bytes) => write(&bytes, Output::file_in_new_dir(&path)?)?,
                    Err(error) => messages.error(format_args!("{input}: {error:#}")),
                },
                Err(ReadError::Parse(error)) => {
                    let error = with_dialect(*error, form.dialect);
                    messages.error(format_args!("{input}: {error}"));
                }
                Err(error) => return Err(error).with_context(|| input.to_string()),
            }
        }
        if streams == 0 {
            bail!("{input}: no stream in it; expected <|Proto|> or <|Lua-");
        }
        Ok(())
    })
}

/// How chunks are written.
struct Form<'o> {
    /// True if debug information is cleared.
    strip: bool,
    /// The dialect of the chunks, if not plain Lua.
    dialect: Option<&'o DialectFile>,
    /// The chunk that has the header, if it is not the usual one.
    like: Option<&'o Like>,
}

impl Form<'_> {
    /// Returns the bytes of a chunk.
    fn bytes(&self, mut chunk: Chunk) -> Result<Vec<u8>> {
        if self.strip {
            chunk.strip();
        }
        let like = self.like.map(|like| like.header(chunk.version));
        let header = like.transpose()?;
        if let Some(dialect) = self.dialect {
            return dialect.write(chunk, header);
        }
        let header = header.unwrap_or(Header::usual(chunk.version));
        Ok(try_dump_like(&chunk, &header)?)
    }
}

/// The dialect whose integers plain Lua 5.1 reads as doubles.
const LNUM: &str = "lnum";

/// Returns whether a chunk has an integer that only its tag tells from a number.
fn has_added_integers(bytes: &[u8]) -> bool {
    let dialect = Dialect::builtin(LNUM);
    let undumped = dialect.and_then(|dialect| undump_in(bytes, &dialect).ok());
    undumped.is_some_and(|Undumped { chunk, header, .. }| {
        let is_integer = |constant| matches!(constant, Constant::Integer(_));
        header.layout.integer == 0
            && chunk
                .functions()
                .any(|function| function.proto.k.iter().any(is_integer))
    })
}

/// The chunk that --like names.
struct Like {
    path: PathBuf,
    version: Version,
    header: Header,
}

impl Like {
    fn read(path: &Path, dialect: Option<&DialectFile>) -> Result<Like> {
        const MOST: u64 = 1 << 30;
        const START: u64 = 1 << 12;
        let named = || Shown(path).to_string();
        // A device may never end, but it does not begin as a chunk does.
        let start = read_start(path, START).with_context(named)?;
        let bytes = match may_be_chunk(&start, signature(dialect)) {
            true => read_file(path, MOST).with_context(named)?,
            false => start,
        };
        let (undumped, found) = read_chunk(&bytes, dialect).with_context(named)?;
        let is_lnum = || dialect.is_none() && has_added_integers(&bytes);
        let found = found.map(|FoundDialect(name)| name);
        if let Some(name) = found.or_else(|| is_lnum().then_some(LNUM)) {
            bail!("{}: a chunk of {name}: use --dialect {name}, too", named());
        }
        Ok(Like {
            path: path.to_owned(),
            version: undumped.chunk.version,
            header: undumped.header,
        })
    }

    /// Returns the header for a chunk of a version.
    fn header(&self, version: Version) -> Result<Header> {
        if version != self.version {
            bail!(
                "a stream of {}, but {}, which --like names, is a chunk of {}",
                version.name(),
                Shown(&self.path),
                self.version.name()
            );
        }
        Ok(self.header)
    }
}

fn write(bytes: &[u8], mut output: Output) -> Result<()> {
    output.write_all(bytes)?;
    output.finish()
}
