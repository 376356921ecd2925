//! Chunks to the views that people read.

use std::io::{self, IsTerminal};
use std::path::Path;

use anyhow::{Result, bail};
use luadec_tok::skip_comment;
use luadec_tok::view::{Page, read};

use super::Usage;
use super::convert::{CHUNK, bytes_of, warn_of_trailing, with_chunk};
use super::folder::{self, Endings};
use super::input::{self, Input};
use super::output::Output;
use super::report::Report;
use crate::cli::{Color, Convert, Format};

pub fn run(options: &Convert, report: &mut Report) -> Result<()> {
    if options.verify {
        bail!(Usage("--verify is for the format tokens".to_owned()));
    }
    let inputs = input::expand(&options.inputs, &CHUNK);
    match &options.output.output_dir {
        Some(folder) => to_folder(options, inputs, folder, report),
        None => {
            let output = Output::open(options.output.output.as_deref())?;
            to_one(options, inputs, output, report)
        }
    }
}

/// All views to one output, one after another. A file stays as it was where there is nothing to see
/// of any input.
fn to_one(
    options: &Convert,
    inputs: Vec<Result<Input>>,
    mut output: Output,
    report: &mut Report,
) -> Result<()> {
    let color = is_colored(options);
    let mut any = false;
    for input in inputs {
        match input {
            Ok(input) => any |= show(options, &input, color, report, || Ok(&mut output))?,
            Err(error) => report.error(format_args!("{error:#}")),
        }
    }
    if any { output.finish() } else { Ok(()) }
}

/// Each view to a file of its own.
fn to_folder(
    options: &Convert,
    inputs: Vec<Result<Input>>,
    folder: &Path,
    report: &mut Report,
) -> Result<()> {
    let endings = Endings {
        from: CHUNK_ENDING,
        to: ending(options.format),
    };
    let jobs = folder::plan(inputs, folder, &endings, report)?;
    let threads = options.jobs.map_or_else(folder::cores, usize::from);
    let color = is_colored(options);
    folder::run(&jobs, threads, report, |job, report| {
        let mut output = None;
        show(options, &job.input, color, report, || {
            Ok(output.insert(Output::file_in_new_folder(&job.target)?))
        })?;
        output.map_or(Ok(()), Output::finish)
    });
    Ok(())
}

const CHUNK_ENDING: &str = "luac";

fn ending(format: Format) -> &'static str {
    match format {
        Format::Tokens | Format::Pretty => "txt",
        Format::Listing => "listing",
        Format::Hexdump => "hexdump",
    }
}

/// Whether the views are to be in color.
fn is_colored(options: &Convert) -> bool {
    match options.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            is_to_terminal(options)
                && !anstyle_query::no_color()
                && anstyle_query::term_supports_ansi_color()
        }
    }
}

fn is_to_terminal(options: &Convert) -> bool {
    let output = &options.output;
    output.output.is_none() && output.output_dir.is_none() && io::stdout().is_terminal()
}

/// Writes what there is to see of an input and says true, or says why there is nothing and false.
fn show<'o>(
    options: &Convert,
    input: &Input,
    color: bool,
    report: &mut Report,
    output: impl FnOnce() -> Result<&'o mut Output>,
) -> Result<bool> {
    if options.format == Format::Pretty {
        return with_chunk(options, input, report, |chunk| {
            let mut page = Page::new(output()?, color);
            page.pretty(chunk)?;
            Ok(page.finish()?)
        });
    }
    let Some(bytes) = bytes_of(input, report) else {
        return Ok(false);
    };
    let bytes = skip_comment(&bytes);
    let whole = match read(bytes) {
        Ok(reading) => reading,
        Err(error) => {
            report.error(format_args!("{input}: {error}"));
            return Ok(false);
        }
    };
    let stripped = options.strip.then(|| whole.stripped());
    let reading = match &stripped {
        Some(stripped) => &read(stripped)?,
        None => &whole,
    };
    let mut page = Page::new(output()?, color);
    if is_to_terminal(options) {
        page = page.for_terminal();
    }
    match options.format {
        Format::Hexdump => page.hexdump(reading),
        _ => page.listing(reading),
    }
    .and_then(|()| page.finish())?;
    warn_of_trailing(input, whole.trailing(), report);
    if let Some(error) = whole.error() {
        report.error(format_args!("{input}: {error}"));
    }
    Ok(true)
}
