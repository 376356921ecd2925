//! Chunks to streams and views: one output for all inputs, or a file for each.

pub mod arguments;
mod chunk;
mod form;
#[cfg(feature = "tokenizer")]
mod ids;
mod tokens;
mod view;

use std::io::{self, IsTerminal};

use anyhow::{Result, bail};
use luadec_tok::stream::Language;

use super::io::folder::{self, Endings, Target};
use super::io::input::{self, Input};
use super::io::messages::Messages;
use super::io::output::Output;
use super::io::usage::Usage;
use arguments::{Color, Convert, Format};
use form::Form;
use tokens::Tokens;
use view::{View, ViewKind};

pub fn run(options: &Convert, messages: &mut Messages) -> Result<()> {
    #[cfg(feature = "tokenizer")]
    if let (Some(form), Some(tokenizer)) = (options.ids, &options.tokenizer) {
        let ids = ids::Ids::new(options, form, tokenizer)?;
        return run_as(&ids, ids.ending(), options, messages);
    }
    let kind = match (options.format, options.pretty) {
        (Format::Tokens, false) => return run_as_tokens(Language::Full, options, messages),
        (Format::Terse, false) => return run_as_tokens(Language::Terse, options, messages),
        (Format::Tokens, true) | (Format::Pretty, _) => ViewKind::Pretty(Language::Full),
        (Format::Terse, true) => ViewKind::Pretty(Language::Terse),
        (Format::Listing, false) => ViewKind::Listing,
        (Format::Hexdump, false) => ViewKind::Hexdump,
        (Format::Listing | Format::Hexdump, true) => {
            bail!(Usage(
                "--pretty is for the formats tokens and terse".to_owned()
            ))
        }
    };
    if options.verify {
        let message = "--verify is for the formats tokens and terse, without --pretty";
        bail!(Usage(message.to_owned()));
    }
    let view = View {
        kind,
        strip: options.strip,
        color: is_colored(options),
        terminal: is_to_terminal(options),
    };
    let ending = match kind {
        ViewKind::Pretty(_) => "txt",
        ViewKind::Listing => "listing",
        ViewKind::Hexdump => "hexdump",
    };
    run_as(&view, ending, options, messages)
}

fn run_as_tokens(language: Language, options: &Convert, messages: &mut Messages) -> Result<()> {
    let tokens = Tokens {
        language,
        strip: options.strip,
        verify: options.verify,
    };
    run_as(&tokens, "txt", options, messages)
}

/// Converts the inputs to a form, whose files end in `ending`.
fn run_as(
    form: &impl Form,
    ending: &'static str,
    options: &Convert,
    messages: &mut Messages,
) -> Result<()> {
    let inputs = input::expand(&options.inputs, &chunk::CHUNK);
    let mut claims = input::claims(&inputs);
    #[cfg(feature = "tokenizer")]
    if let Some(tokenizer) = &options.tokenizer {
        claims.input(Some(&super::tokenizer::file(tokenizer)));
    }
    let Some(folder) = &options.output.output_dir else {
        claims.output(options.output.output.as_deref())?;
        let output = Output::open(options.output.output.as_deref())?;
        return to_one(form, inputs, output, messages);
    };
    let endings = Endings {
        from: "luac",
        to: ending,
    };
    let targets = folder::plan(inputs, folder, &endings, &mut claims, messages)?;
    to_folder(form, &targets, options, messages)
}

/// All inputs to one output, one after another. An existing file stays as it is if nothing can be
/// written of any input.
fn to_one<F: Form>(
    form: &F,
    inputs: Vec<Result<Input>>,
    output: Output,
    messages: &mut Messages,
) -> Result<()> {
    let mut writer = form.writer(output);
    let mut any = false;
    for input in inputs {
        match input {
            Ok(input) => any |= form.write(&input, || Ok(&mut writer), messages)?,
            Err(error) => messages.error(format_args!("{error:#}")),
        }
    }
    let output = F::into_output(writer)?;
    if any { output.finish() } else { Ok(()) }
}

/// Each input to a file of its own.
fn to_folder<F: Form>(
    form: &F,
    targets: &[Target],
    options: &Convert,
    messages: &mut Messages,
) -> Result<()> {
    folder::write(targets, options.jobs, messages, |target, messages| {
        let mut writer = None;
        let open = || Output::file_in_new_folder(&target.path).map(|output| form.writer(output));
        form.write(&target.input, || Ok(writer.insert(open()?)), messages)?;
        writer.map_or(Ok(()), |writer| F::into_output(writer)?.finish())
    })
}

/// Whether views are in color.
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
