//! Statistics: a row per function or file, with its sizes and its tokens.

#[cfg(feature = "tokenizer")]
mod ids;
mod row;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;

use anyhow::{Context, Result};
use clap::Args;
use luadec_tok::chunk::Chunk;

use super::io::chunks::{CHUNK_OR_STREAM, InputChunks};
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
    let inputs = input::expand(&inputs, &CHUNK_OR_STREAM, messages);
    let mut claims = input::claims(&inputs);
    #[cfg(feature = "tokenizer")]
    if let Some(tokenizer) = &options.tokenizer {
        claims.input(Some(&super::train::tokenizer::file(tokenizer)));
    }
    claims.output(options.output.as_deref())?;
    let work = Work {
        sum: options.sum,
        json: options.json,
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
            // Sending fails only if nobody wants more.
            let _ = work.send_rows(input, &Events(events));
        },
        |event| {
            match event {
                Event::Error(message) => messages.error(message),
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

/// The memory that the rows of an input take: its contents, and what is read from them.
fn cost(input: &Input) -> usize {
    usize::try_from(input.length())
        .unwrap_or(usize::MAX)
        .saturating_mul(4)
}

/// What comes of an input.
enum Event {
    /// Lines with these columns.
    Rows {
        names: Vec<&'static str>,
        text: String,
    },
    Error(String),
}

/// Sends events, until nobody wants more.
struct Events<'s>(&'s SyncSender<Event>);

/// Nobody wants more.
struct Unwanted;

impl Events<'_> {
    fn send(&self, event: Event) -> Result<(), Unwanted> {
        self.0.send(event).map_err(|_| Unwanted)
    }
}

/// What is done with each input.
struct Work {
    sum: bool,
    json: bool,
    #[cfg(feature = "tokenizer")]
    tokenizer: Option<ids::Tokenizers>,
}

impl Work {
    /// Sends the rows of an input, and its errors.
    fn send_rows(&self, input: Result<Input>, events: &Events) -> Result<(), Unwanted> {
        let error = |error: anyhow::Error| events.send(Event::Error(format!("{error:#}")));
        let input = match input {
            Ok(input) => input,
            Err(problem) => return error(problem),
        };
        let named = || input.to_string();
        let chunks = match InputChunks::of_chunk_or_streams(&input).with_context(named) {
            Ok(chunks) => chunks,
            Err(problem) => return error(problem),
        };
        let mut lines = Lines::new(self.json, events);
        let mut file = Row::of_file(named());
        let mut count = 0;
        for chunk in chunks {
            let sent = chunk.and_then(|bytes| {
                let chunk = Chunk::read(&bytes)?;
                self.add(&named(), &chunk, &mut file, &mut lines)
            });
            match sent.with_context(named) {
                Ok(sent) => sent?,
                Err(problem) => error(problem)?,
            }
            count += 1;
        }
        if count == 0 {
            error(anyhow::anyhow!("{input}: no stream in this file"))?;
        }
        if self.sum && file.has_functions() {
            lines.push(&file)?;
        }
        lines.flush()
    }

    /// Adds the functions of a chunk to the rows, or to the row of their file.
    fn add(
        &self,
        path: &str,
        chunk: &Chunk,
        file: &mut Row,
        lines: &mut Lines,
    ) -> Result<Result<(), Unwanted>> {
        for function in chunk.functions() {
            let mut counts = Counts::of(&function);
            let is_main = function.path.0.is_empty();
            let is_in_sum = self.sum && !is_main;
            if is_in_sum {
                // They are in the main function's.
                counts.lines = None;
            } else {
                let stream = match is_main {
                    true => chunk.clone(),
                    false => Chunk::of_function(chunk.version, function.proto.clone()),
                };
                counts.count_tokens(&stream);
                #[cfg(feature = "tokenizer")]
                if let Some(tokenizer) = &self.tokenizer {
                    counts.ids = Some(tokenizer.count(&stream)?);
                }
            }
            if self.sum {
                file.add(&function, counts);
            } else {
                let row = Row::of_function(path.to_owned(), &function, counts);
                if let Err(unwanted) = lines.push(&row) {
                    return Ok(Err(unwanted));
                }
            }
        }
        Ok(Ok(()))
    }
}

/// Collects lines and sends them, so that an event is worth its while.
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

    fn push(&mut self, row: &Row) -> Result<(), Unwanted> {
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

    fn flush(&mut self) -> Result<(), Unwanted> {
        if self.text.is_empty() {
            return Ok(());
        }
        self.events.send(Event::Rows {
            names: self.names.clone(),
            text: std::mem::take(&mut self.text),
        })
    }
}
