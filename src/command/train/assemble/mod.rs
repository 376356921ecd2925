//! Makes a proven Lua file of a chunk and a model's answers to its outlines.

mod answers;
pub mod arguments;
pub mod build;
pub mod choose;
mod comments;
mod file;
pub mod functions;
mod locals;
mod names;
mod page;
pub mod report;
mod skeleton;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use luadec_tok::chunk::Chunk;
use luadec_tok::stream::Outline;

use self::answers::Answers;
use self::arguments::Assemble;
use self::build::{Building, Built, UsedAnswer};
use self::choose::{Asked, Choice, choose, without_framing};
use self::comments::with_comments;
use self::functions::{Function, functions};
use self::page::page;
use self::report::{FunctionReport, Outcome, Report};
use super::compile::Compiler;
use super::outline;
use super::score::pair::read;
use super::score::result::ShownDifference;
use crate::command::dialect::read::read_and_warn;
use crate::command::io::claims::Claims;
use crate::command::io::json::harmless;
use crate::command::io::messages::Messages;
use crate::command::io::output::Output;
use crate::command::io::shown::Shown;
use crate::command::usage::Usage;

/// Assembles a file. Returns true if it is proven.
pub fn run(options: &Assemble, messages: &mut Messages) -> Result<bool> {
    check(options)?;
    let name = Shown(&options.chunk).to_string();
    let bytes = read(&options.chunk)?;
    let dialect = options.dialect.read()?;
    let chunk = read_and_warn(&bytes, dialect.as_ref(), &name, messages)?;
    let functions = functions(&chunk).with_context(|| name.clone())?;
    let compiler = Compiler::for_chunk(options.compiler.luac.as_deref(), dialect, chunk.version);
    let compiler = compiler.with_context(|| name.clone())?;
    let seconds = options.compiler.seconds();
    let judged = judge(
        &compiler,
        seconds,
        &chunk,
        &functions,
        &options.answers,
        messages,
    )?;
    let building = Building {
        compiler: &compiler,
        seconds,
    };
    let choices = judged.into_iter().map(|judged| judged.choice).collect();
    let assembled =
        assemble(&building, &chunk, &functions, choices).with_context(|| name.clone())?;
    write(options, &name, &chunk, &functions, &assembled)?;
    let Report {
        same,
        functions: all,
        proven,
        closest,
        missing,
        ..
    } = assembled.report;
    let whole = match same {
        true => "the file is the same as the chunk",
        false => "the file is not the same as the chunk",
    };
    messages.warning(format_args!(
        "{name}: {proven} of {all} functions proven, {closest} closest, {missing} missing; {whole}"
    ));
    Ok(same)
}

/// A file and what is known about it.
pub struct Assembled {
    /// Ends with a line break, unless it is empty.
    text: String,
    built: Built,
    pub report: Report,
}

/// A function and what was answered.
pub struct JudgedFunction {
    /// The ids of its outline, as it is and without debug information.
    pub ids: [String; 2],
    /// The best attempt without framing, even if it cannot be used.
    pub best: Option<String>,
    pub choice: Choice,
}

/// Reads answers to the functions of a chunk and judges them.
///
/// # Errors
/// A file cannot be read.
pub fn judge(
    compiler: &Compiler,
    seconds: u64,
    chunk: &Chunk,
    functions: &[Function],
    paths: &[PathBuf],
    messages: &mut Messages,
) -> Result<Vec<JudgedFunction>> {
    let mut stripped = chunk.clone();
    stripped.strip();
    let outlines = |chunk| {
        Chunk::to_outlines(chunk)
            .map(|(_, outline)| outline)
            .collect()
    };
    let (own, stripped): (Vec<Outline>, Vec<Outline>) = (outlines(chunk), outlines(&stripped));
    let both = own.iter().zip(&stripped);
    let ids: Vec<[String; 2]> = both
        .map(|(own, stripped)| [outline::id(own), outline::id(stripped)])
        .collect();
    let known: HashSet<&str> = ids.iter().flatten().map(String::as_str).collect();
    let answers = Answers::read(paths, |id| known.contains(id), messages)?;
    let asked: Vec<Asked> = (0..functions.len())
        .map(|number| Asked {
            function: &functions[number],
            outline: &own[number],
            stripped: &stripped[number],
            id: &ids[number][0],
            attempts: answers.attempts(&ids[number]),
        })
        .collect();
    messages.show_progress_of("functions", functions.len());
    let choices = choose(compiler, seconds, &asked, |done| messages.advance(done));
    messages.end_progress();
    let bests = choices.iter().zip(&asked).map(|(choice, asked)| {
        let mut texts = asked.attempts.texts.iter();
        let used = choice.report.used;
        let best = texts.find(|(index, _)| used.is_none_or(|used| used == *index));
        best.map(|(_, text)| without_framing(text, chunk.version).into_owned())
    });
    let bests: Vec<Option<String>> = bests.collect();
    let all = ids.into_iter().zip(bests).zip(choices);
    Ok(all
        .map(|((ids, best), choice)| JudgedFunction { ids, best, choice })
        .collect())
}

/// Puts the file together.
///
/// # Errors
/// The answers do not fit together, nor do skeletons.
pub fn assemble(
    building: &Building,
    chunk: &Chunk,
    functions: &[Function],
    mut choices: Vec<Choice>,
) -> Result<Assembled> {
    let built = build(building, chunk, functions, &mut choices)?;
    let (text, comparison) = (&built.text, &built.comparison);
    let mut reports: Vec<_> = choices.into_iter().map(|choice| choice.report).collect();
    let is_proven = |report: &FunctionReport| report.outcome == Outcome::Proven;
    let all_proven = reports.iter().all(is_proven);
    for report in &mut reports {
        if comparison.same {
            report.outcome = Outcome::Proven;
        } else if all_proven {
            // Each is proven, but not all of them together.
            let mut differences = comparison.differences.iter();
            let path = &report.function;
            if let Some(found) = differences.find(|found| found.function.to_string() == *path) {
                report.outcome = Outcome::Closest;
                report.first_difference = Some(ShownDifference {
                    // As in an outline, where main is the function asked for.
                    function: "main".to_owned(),
                    ..ShownDifference::of(found)
                });
            }
        }
    }
    if !comparison.same && reports.iter().all(is_proven) {
        // The difference is not in a function that was asked about, so the file's own is to blame.
        reports[0].outcome = Outcome::Closest;
        reports[0].first_difference = comparison.differences.first().map(ShownDifference::of);
    }
    let unproven = reports.iter().enumerate();
    let unproven = unproven.filter(|(_, report)| report.outcome != Outcome::Proven);
    let comments: Vec<(usize, String)> = unproven
        .map(|(number, report)| (number, format!("not proven: {}", report.reason())))
        .collect();
    let mut text = match comments.is_empty() {
        true => text.clone(),
        false => {
            let first = match chunk.main.is_main(chunk.version) {
                true => 0,
                false => 1,
            };
            let comments = comments
                .into_iter()
                .map(|(number, text)| (number + first, text));
            with_comments(text, chunk.version, &comments.collect::<Vec<_>>())
        }
    };
    if !text.is_empty() {
        text.push('\n');
    }
    // The last compilation is that of what is written.
    if text.trim_end() != built.text {
        let compiled = building.compile(text.as_bytes());
        compiled.map_err(|error| anyhow!("the file with comments does not compile: {error}"))?;
    }
    Ok(Assembled {
        text,
        report: Report::new(comparison, reports),
        built,
    })
}

/// Builds the file. If it does not compile, all functions that are not proven become skeletons, and if it
/// still does not, all functions.
fn build(
    building: &Building,
    chunk: &Chunk,
    functions: &[Function],
    choices: &mut [Choice],
) -> Result<Built> {
    let used = |choices: &[Choice]| -> Result<Built, String> {
        let answers: Vec<Option<&UsedAnswer>> =
            choices.iter().map(|choice| choice.used.as_ref()).collect();
        building.build(chunk, functions, &answers)
    };
    let mut first = None;
    for without in [
        &[][..],
        &[Outcome::Closest],
        &[Outcome::Closest, Outcome::Proven],
    ] {
        for choice in choices.iter_mut() {
            if without.contains(&choice.report.outcome) {
                choice.leave_out(first.as_deref().unwrap_or_default());
            }
        }
        match used(choices) {
            Ok(built) => return Ok(built),
            Err(error) => drop(first.get_or_insert(error)),
        }
    }
    bail!(
        "the answers do not fit together: {}",
        first.unwrap_or_default()
    )
}

/// Writes the outputs. None appears before all are whole.
fn write(
    options: &Assemble,
    name: &str,
    chunk: &Chunk,
    functions: &[Function],
    assembled: &Assembled,
) -> Result<()> {
    let Assembled {
        text,
        built,
        report,
    } = assembled;
    let mut outputs = Vec::new();
    if let Some(path) = &options.report {
        let mut output = Output::file_or_stdout(path)?;
        let json = serde_json::to_string_pretty(report)?;
        output.write_all(harmless(&format!("{json}\n")).as_bytes())?;
        outputs.push(output);
    }
    if let Some(path) = &options.html {
        outputs.push(built.with_code(functions, |compiled| {
            page(path, name, chunk, functions, &built.text, compiled, report)
        })?);
    }
    let mut output = match &options.output {
        Some(path) => Output::file_or_stdout(path)?,
        None => Output::stdout()?,
    };
    output.write_all(text.as_bytes())?;
    outputs.push(output);
    outputs.into_iter().try_for_each(Output::finish)
}

/// Checks that no output is an input or another output.
fn check(options: &Assemble) -> Result<()> {
    let is_stdin = |path: &Path| path.as_os_str() == "-";
    if is_stdin(&options.chunk) {
        bail!(Usage(
            "standard input (-) is for answers; name the file of the chunk".to_owned()
        ));
    }
    if options.answers.iter().filter(|path| is_stdin(path)).count() > 1 {
        bail!(Usage("standard input (-) is named twice".to_owned()));
    }
    let mut claims = Claims::default();
    claims.input(Some(&options.chunk));
    options.dialect.claim(&mut claims);
    for path in &options.answers {
        claims.input(Some(path.as_path()).filter(|path| !is_stdin(path)));
    }
    let output = options.output.as_deref().unwrap_or(Path::new("-"));
    let reports = options.report.iter().chain(&options.html);
    let outputs = [output].into_iter().chain(reports.map(PathBuf::as_path));
    if outputs.clone().filter(|path| is_stdin(path)).count() > 1 {
        bail!(Usage(
            "standard output is for one output; name files with -o, --report and --html".to_owned()
        ));
    }
    for output in outputs {
        claims.output(Some(output).filter(|path| !is_stdin(path)))?;
    }
    Ok(())
}
