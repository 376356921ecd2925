//! Statistics: a row per function or file, with its sizes and its tokens.

#[cfg(feature = "tokenizer")]
mod ids;
mod row;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use luadec_tok::chunk::Chunk;

use super::dialect::file::{DialectArgs, DialectFile};
use super::dialect::read::{impossible_code, read_chunk};
use super::io::chunks::{InputChunks, chunks_or_streams};
use super::io::input::{self, Input, NamesArgs};
use super::io::messages::Messages;
use super::io::ordered::{Spread, Task, ordered, parse_jobs, threads};
use super::io::output::Output;
use row::{Counts, Row};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Columns:
  path          the file
  function      the path of the function in it; with --sum, functions: how many there are
  lua           the version of Lua
  lines         from the first line of the function to the last; empty if they are not known
  parameters, upvalues, constants, instructions
                without those of the functions inside it
  tokens_full, tokens_terse
                of the stream that --function gives, so with the functions inside it; each
                special token and each value counts as one. Only Lua 5.3 has a full stream
  ids_full, ids_terse
                with --tokenizer: the ids of these streams; empty if it lacks their tokens

Examples:
  luadec-tok stats input.luac
  luadec-tok stats chunks/ | sort -t $'\\t' -k 8nr | head    the longest functions
  luadec-tok stats --sum --json chunks/ > stats.jsonl

Exit status:
  0  there is a row for every chunk
  1  an input or the output failed; there are rows for all other inputs
  2  the command line is wrong")]
pub struct Stats {
    /// Chunks, streams or directories; - for standard input
    ///
    /// Standard input is the default. A directory stands for every chunk and stream below it, in
    /// sorted order; hidden files are skipped.
    #[arg(value_name = "INPUT", display_order = 0, help_heading = "Input")]
    inputs: Vec<PathBuf>,
    #[command(flatten, next_help_heading = "Input")]
    names: NamesArgs,
    #[command(flatten, next_help_heading = "Input")]
    dialect: DialectArgs,
    /// Also count the ids of this tokenizer
    ///
    /// FILE is a tokenizer.json or a directory with one.
    #[cfg(feature = "tokenizer")]
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    tokenizer: Option<PathBuf>,
    /// Write a row per file
    #[arg(long, help_heading = "Output")]
    sum: bool,
    /// Write JSON Lines instead of tab-separated values
    #[arg(long, help_heading = "Output")]
    json: bool,
    /// Write to FILE
    ///
    /// FILE appears whole or not at all [default: -, standard output].
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Use at most N threads
    ///
    /// [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = parse_jobs, help_heading = "Output")]
    jobs: Option<NonZeroUsize>,
}

/// How many inputs may be ahead of the one whose rows are written.
const AHEAD: usize = 64;

pub fn run(options: &Stats, messages: &mut Messages) -> Result<()> {
    let inputs = options.names.after(&options.inputs)?;
    let dialect = options.dialect.read()?;
    let inputs = input::expand(&inputs, &chunks_or_streams(dialect.as_ref()), messages);
    let mut claims = input::claims(&inputs);
    options.dialect.claim(&mut claims);
    #[cfg(feature = "tokenizer")]
    if let Some(tokenizer) = &options.tokenizer {
        claims.input(Some(&super::train::tokenizer::file(tokenizer)));
    }
    claims.output(options.output.as_deref())?;
    let work = Work {
        sum: options.sum,
        json: options.json,
        dialect,
        #[cfg(feature = "tokenizer")]
        tokenizer: options
            .tokenizer
            .as_deref()
            .map(ids::Tokenizers::load)
            .transpose()?,
    };
    let mut output = Output::open(options.output.as_deref())?;
    let mut has_rows = false;
    let tasks = inputs.into_iter().map(|input| Task {
        name: input.as_ref().map(Input::to_string).unwrap_or_default(),
        cost: input.as_ref().map_or(0, cost),
        item: input,
    });
    ordered(
        tasks,
        Spread::new(threads(options.jobs), AHEAD),
        |input, events| {
            // Errors of the input are sent, too: this fails only if nobody takes them.
            let _ = work.send_rows(input, &Events(events));
        },
        |event| {
            match event {
                Event::Error(message) => messages.error(message),
                Event::Warning(message) => messages.warning(message),
                Event::Rows { names, text } => {
                    if !has_rows && !options.json {
                        writeln!(output, "{}", names.join("\t"))?;
                    }
                    has_rows = true;
                    output.write_all(text.as_bytes())?;
                }
            }
            Ok(())
        },
        |_| {},
    )?;
    match has_rows {
        // An existing file stays as it is.
        false if messages.failed => Ok(()),
        _ => Ok(output.finish()?),
    }
}

/// Returns the memory that an input takes: its contents, and what is read from them.
fn cost(input: &Input) -> usize {
    usize::try_from(input.length())
        .unwrap_or(usize::MAX)
        .saturating_mul(4)
}

/// A part of what an input gives.
enum Event {
    /// Lines with these columns.
    Rows {
        names: Vec<&'static str>,
        text: String,
    },
    Error(String),
    Warning(String),
}

/// Sends events.
struct Events<'s>(&'s SyncSender<Event>);

impl Events<'_> {
    fn send(&self, event: Event) -> Result<(), Stop> {
        self.0.send(event).map_err(|_| Stop::Unwanted)
    }

    fn error(&self, error: anyhow::Error) -> Result<(), Stop> {
        self.send(Event::Error(format!("{error:#}")))
    }
}

/// Why there are no more rows of a chunk.
enum Stop {
    /// Nobody takes them: the output has failed.
    Unwanted,
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Stop {
    fn from(error: E) -> Stop {
        Stop::Failed(error.into())
    }
}

/// What is done with each input.
struct Work {
    sum: bool,
    json: bool,
    dialect: Option<DialectFile>,
    #[cfg(feature = "tokenizer")]
    tokenizer: Option<ids::Tokenizers>,
}

impl Work {
    /// Sends the rows of an input, and its errors.
    fn send_rows(&self, input: Result<Input>, events: &Events) -> Result<(), Stop> {
        let input = match input {
            Ok(input) => input,
            Err(error) => return events.error(error),
        };
        let path = input.to_string();
        let chunks = match InputChunks::of_chunk_or_streams(&input, self.dialect.as_ref())
            .context(path.clone())
        {
            Ok(chunks) => chunks,
            Err(error) => return events.error(error),
        };
        let mut lines = Lines::new(self.json, events);
        let mut file = Row::of_file(path.clone());
        let mut is_empty = true;
        for chunk in chunks {
            is_empty = false;
            match self.count(chunk, &path, &mut file, &mut lines, events) {
                Err(Stop::Failed(error)) => events.error(error.context(path.clone()))?,
                counted => counted?,
            }
        }
        if is_empty {
            events.error(anyhow!("{path}: no stream in this file"))?;
        }
        if self.sum && file.has_functions() {
            lines.push(&file)?;
        }
        lines.flush()
    }

    /// Adds the functions of a chunk to the rows, or to the row of their file.
    fn count(
        &self,
        chunk: Result<Vec<u8>>,
        path: &str,
        file: &mut Row,
        lines: &mut Lines,
        events: &Events,
    ) -> Result<(), Stop> {
        let bytes = chunk?;
        let (undumped, found) = read_chunk(&bytes, self.dialect.as_ref())?;
        let chunk = undumped.chunk;
        let found = found.map(|found| found.to_string());
        let impossible = impossible_code(&chunk, self.dialect.as_ref());
        for warning in found.into_iter().chain(impossible) {
            events.send(Event::Warning(format!("{path}: {warning}")))?;
        }
        for function in chunk.functions() {
            let mut counts = Counts::of(&function);
            let is_main = function.path.0.is_empty();
            if is_main || !self.sum {
                let stream = match is_main {
                    true => chunk.clone(),
                    false => Chunk {
                        extension: chunk.extension.clone(),
                        ..Chunk::of_function(chunk.version, function.proto.clone())
                    },
                };
                counts.count_tokens(&stream);
                #[cfg(feature = "tokenizer")]
                if let Some(tokenizer) = &self.tokenizer {
                    counts.ids = Some(tokenizer.count(&stream)?);
                }
            } else {
                // Those of the main function include them.
                counts.lines = None;
            }
            match self.sum {
                true => file.add(&function, counts),
                false => lines.push(&Row::of_function(path.to_owned(), &function, counts))?,
            }
        }
        Ok(())
    }
}

/// Collects lines and sends many at once.
struct Lines<'e> {
    json: bool,
    names: Vec<&'static str>,
    text: String,
    events: &'e Events<'e>,
}

impl<'e> Lines<'e> {
    fn new(json: bool, events: &'e Events) -> Self {
        Lines {
            json,
            names: Vec::new(),
            text: String::new(),
            events,
        }
    }

    fn push(&mut self, row: &Row) -> Result<(), Stop> {
        const ENOUGH: usize = 64 << 10;
        if self.names.is_empty() {
            self.names = row.names();
        }
        self.text += &match self.json {
            true => row.json(),
            false => row.tsv(),
        };
        self.text += "\n";
        match self.text.len() < ENOUGH {
            true => Ok(()),
            false => self.flush(),
        }
    }

    fn flush(&mut self) -> Result<(), Stop> {
        if self.text.is_empty() {
            return Ok(());
        }
        self.events.send(Event::Rows {
            names: self.names.clone(),
            text: std::mem::take(&mut self.text),
        })
    }
}
