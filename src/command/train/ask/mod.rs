//! `luadec-tok ask`: from a chunk to a prompt for each of its functions.

pub mod arguments;
mod earlier;
mod encoder;
mod row;
mod unique;

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use luadec_tok::chunk::Chunk;

use self::arguments::{Ask, Form};
use self::earlier::Earlier;
use self::encoder::PromptEncoder;
use self::row::{AskRow, line};
use self::unique::unique;
use super::assemble::build::Building;
use super::assemble::choose::Choice;
use super::assemble::functions::functions;
use super::assemble::report::{FunctionReport, Outcome};
use super::assemble::{assemble, judge};
use super::compile::Compiler;
use crate::command::dialect::file::DialectFile;
use crate::command::dialect::read::read_and_warn;
use crate::command::io::claims::Claims;
use crate::command::io::compressed::Compressed;
use crate::command::io::messages::Messages;
use crate::command::io::output::Output;
use crate::command::io::shown::Shown;
use crate::command::usage::Usage;

/// Writes the prompts for a chunk.
pub fn run(options: &Ask, messages: &mut Messages) -> Result<()> {
    check(options)?;
    let name = match is_stdio(&options.chunk) {
        true => "standard input".to_owned(),
        false => Shown(&options.chunk).to_string(),
    };
    let dialect = options.dialect.read()?;
    let encoder = PromptEncoder::new(options)?;
    let bytes = read(&options.chunk).with_context(|| name.clone())?;
    let mut chunk = read_and_warn(&bytes, dialect.as_ref(), &name, messages)?;
    // Refuses functions that no answer can have.
    let count = functions(&chunk).with_context(|| name.clone())?.len();
    let earlier = match options.after.is_empty() {
        true => None,
        false => {
            let unproven = unproven(options, dialect, &chunk, messages);
            Some(unproven.with_context(|| name.clone())?)
        }
    };
    if options.strip {
        chunk.strip();
    }
    let mut prompts = unique(&chunk);
    if let Some(unproven) = &earlier {
        prompts.retain(|prompt| unproven.contains_key(&prompt.id));
    }
    let path = options.output.as_deref().unwrap_or(Path::new("-"));
    let mut output = Compressed::new(Output::file_or_stdout(path)?, path, 1)?;
    let (mut rows, mut left_out) = (0, 0);
    for prompt in &prompts {
        let mut before = earlier
            .as_ref()
            .and_then(|unproven| unproven[&prompt.id].as_ref());
        let is_long = |ids: &Vec<u32>| {
            options
                .max_tokens
                .is_some_and(|most| ids.len() > most as usize)
        };
        let encode = |before| {
            let encoder = encoder.as_ref();
            let ids = encoder.map(|encoder| encoder.encode(&prompt.outline, before));
            ids.transpose().with_context(|| name.clone())
        };
        let mut ids = encode(before)?;
        if before.is_some() && ids.as_ref().is_some_and(is_long) {
            // The earlier answer is too long: ask as if there were none.
            before = None;
            ids = encode(None)?;
        }
        let function = prompt.path.to_string();
        if let (Some(ids), Some(most)) =
            (ids.as_ref().filter(|ids| is_long(ids)), options.max_tokens)
        {
            let same = match prompt.count {
                1 => String::new(),
                count => format!(" and {} like it", count - 1),
            };
            messages.warning(format_args!(
                "{name}: {function}{same}: left out: {} tokens, more than {most}",
                ids.len()
            ));
            left_out += 1;
            continue;
        }
        let row = AskRow {
            id: &prompt.id,
            path: &options.chunk.to_string_lossy(),
            function: &function,
            count: prompt.count,
            text: &prompt.outline.to_terse(),
            ids: ids.as_deref(),
            earlier: before,
        };
        output.write_all(line(&row, options.form(), options.model.as_deref()).as_bytes())?;
        rows += 1;
    }
    output.finish()?;
    let left_out = match left_out {
        0 => String::new(),
        left_out => format!("; {left_out} left out"),
    };
    let (s, t) = (plural(count), plural(rows));
    messages.warning(format_args!(
        "{name}: {count} function{s}, {rows} prompt{t}{left_out}"
    ));
    Ok(())
}

/// Judges answers, and returns the functions that are not proven, by the ids to ask with, each with the
/// best answer if there is one. Of functions with one outline, returns the first.
fn unproven(
    options: &Ask,
    dialect: Option<DialectFile>,
    chunk: &Chunk,
    messages: &mut Messages,
) -> Result<HashMap<String, Option<Earlier>>> {
    let compiler = Compiler::for_chunk(options.compiler.luac.as_deref(), dialect, chunk.version)?;
    let functions = functions(chunk)?;
    let (seconds, paths) = (options.compiler.seconds(), &options.after);
    let judged = judge(&compiler, seconds, chunk, &functions, paths, messages)?;
    let mut choices = Vec::new();
    let mut asked = Vec::new();
    for function in judged {
        choices.push(function.choice);
        asked.push((function.ids, function.best));
    }
    let is_proven = |choice: &Choice| choice.report.outcome == Outcome::Proven;
    let reports: Vec<FunctionReport> = match choices.iter().all(is_proven) {
        false => choices.into_iter().map(|choice| choice.report).collect(),
        // Answers may be proven alone, but not together.
        true => {
            let building = Building {
                compiler: &compiler,
                seconds,
            };
            assemble(&building, chunk, &functions, choices)?
                .report
                .by_function
        }
    };
    let mut unproven = HashMap::new();
    for (report, ([own, stripped], best)) in reports.into_iter().zip(asked) {
        if report.outcome != Outcome::Proven {
            let id = if options.strip { stripped } else { own };
            unproven
                .entry(id)
                .or_insert_with(|| Some(Earlier::new(&best?, &report.reason())));
        }
    }
    Ok(unproven)
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn is_stdio(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !is_stdio(path) {
        return fs::read(path);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Refuses options without effect, and an output that is an input.
fn check(options: &Ask) -> Result<()> {
    if options.form() == Form::Ids && options.tokenizer.is_none() {
        bail!(Usage(
            "--form ids needs a tokenizer; name it with --tokenizer".to_owned()
        ));
    }
    if options.model.is_some() && options.form() != Form::Openai {
        bail!(Usage(
            "--model has no effect without --form openai".to_owned()
        ));
    }
    if options
        .model
        .as_deref()
        .is_some_and(|model| model.trim().is_empty())
    {
        bail!(Usage(
            "--model is empty; expected the name of the model on the server".to_owned()
        ));
    }
    if let Some(option) = options
        .compiler
        .given()
        .filter(|_| options.after.is_empty())
    {
        bail!(Usage(format!(
            "{option} has no effect without --after: nothing is compiled"
        )));
    }
    let inputs = [&options.chunk].into_iter().chain(&options.after);
    if inputs.filter(|path| is_stdio(path)).count() > 1 {
        bail!(Usage("standard input (-) is named twice".to_owned()));
    }
    let mut claims = Claims::default();
    let file = |path: &Path| (!is_stdio(path)).then(|| path.to_owned());
    claims.input(file(&options.chunk).as_deref());
    options.dialect.claim(&mut claims);
    for path in &options.after {
        claims.input(file(path).as_deref());
    }
    for path in encoder::files(options) {
        claims.input(Some(&path));
    }
    let output = options.output.as_deref().and_then(file);
    Ok(claims.output(output.as_deref())?)
}
