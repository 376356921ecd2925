//! Chunks to streams and views: one output for all inputs, or a file for each.

pub mod arguments;
mod chunk;
mod form;
#[cfg(feature = "tokenizer")]
mod ids;
mod tokens;
mod view;

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::path::Path;

use anyhow::{Result, bail};
use luadec_tok::stream::Language;

use super::io::input::{self, Input};
use super::io::messages::Messages;
use super::io::output::Output;
use super::io::output_dir::{self, Endings, Planned};
use super::io::shown::is_color_wanted;
use super::usage::Usage;
#[cfg(feature = "tokenizer")]
use arguments::IdsForm;
use arguments::{Color, Convert, Format};
use chunk::Changes;
use form::Form;
use tokens::Tokens;
use view::{View, ViewKind};

pub fn run(options: &Convert, messages: &mut Messages) -> Result<()> {
    check(options)?;
    let changes = Changes {
        verify: options.verify,
        function: options.function.clone(),
        strip: options.strip,
        opmap: options.opmap.read()?,
    };
    #[cfg(feature = "tokenizer")]
    if options.ids.is_some() && options.with_filename {
        bail!(Usage(
            "--with-filename: ids have no place for a name".to_owned()
        ));
    }
    #[cfg(feature = "tokenizer")]
    if let Some(IdsForm::U16 | IdsForm::U32) = options.ids
        && is_to_terminal(options)
    {
        bail!(Usage(
            "ids as bytes are not for a terminal: give -o FILE, or --ids text".to_owned()
        ));
    }
    #[cfg(feature = "tokenizer")]
    if let (Some(form), Some(tokenizer)) = (options.ids, &options.tokenizer) {
        let ids = ids::Ids::new(options, changes, form, tokenizer)?;
        return run_as(&ids, ids.ending(), options, messages);
    }
    let kind = match (options.format, options.pretty) {
        (Format::Tokens, false) => {
            return run_as_tokens(Language::Full, changes, options, messages);
        }
        (Format::Terse, false) => {
            return run_as_tokens(Language::Terse, changes, options, messages);
        }
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
    let from = options.offset.unwrap_or(0);
    let length = options.length.unwrap_or(usize::MAX);
    let view = View {
        kind,
        changes,
        color: is_colored(options),
        partial: options.partial,
        range: from..from.saturating_add(length),
        terminal: is_to_terminal(options),
    };
    let ending = match kind {
        ViewKind::Pretty(Language::Full) => "pretty",
        ViewKind::Pretty(Language::Terse) => "terse.pretty",
        ViewKind::Listing => "listing",
        ViewKind::Hexdump => "hexdump",
    };
    run_as(&view, ending, options, messages)
}

/// Refuses options that the format has no use for.
fn check(options: &Convert) -> Result<()> {
    let is_stream = matches!(options.format, Format::Tokens | Format::Terse) && !options.pretty;
    let problem = if options.verify && !is_stream {
        "--verify is for the formats tokens and terse, without --pretty"
    } else if options.partial && is_stream {
        "--partial is for views: the formats pretty, listing and hexdump, and --pretty"
    } else if options.length == Some(0) {
        "--length 0 would show nothing: give 1 or more"
    } else if options.format != Format::Hexdump
        && (options.offset.is_some() || options.length.is_some())
    {
        "--offset and --length are for the format hexdump"
    } else if options.output.file().is_some_and(is_compressed) {
        "a conversion does not compress; pipe it: luadec-tok INPUT | zstd > FILE"
    } else {
        return Ok(());
    };
    bail!(Usage(problem.to_owned()))
}

/// Whether a name promises a compressed file, as data sets are under such a name.
fn is_compressed(file: &Path) -> bool {
    let ending = file.extension().and_then(OsStr::to_str);
    matches!(ending, Some("zst" | "gz"))
}

fn run_as_tokens(
    language: Language,
    changes: Changes,
    options: &Convert,
    messages: &mut Messages,
) -> Result<()> {
    let tokens = Tokens { language, changes };
    let ending = match language {
        Language::Full => "txt",
        Language::Terse => "terse",
    };
    run_as(&tokens, ending, options, messages)
}

/// Converts the inputs to a form, whose files end in `ending`.
fn run_as<F: Form>(
    form: &F,
    ending: &'static str,
    options: &Convert,
    messages: &mut Messages,
) -> Result<()> {
    let inputs = input::expand(
        &options.names.after(&options.inputs)?,
        &chunk::CHUNK,
        messages,
    );
    options.output.check()?;
    let mut claims = input::claims(&inputs);
    claims.input(options.opmap.opmap.as_deref());
    #[cfg(feature = "tokenizer")]
    if let Some(tokenizer) = &options.tokenizer {
        claims.input(Some(&super::train::tokenizer::file(tokenizer)));
    }
    let Some(folder) = &options.output.output_dir else {
        claims.output(options.output.file())?;
        let output = Output::open(options.output.file())?;
        let several = F::HEADED && inputs.len() > 1;
        let is_named = options.with_filename || several && !options.no_filename;
        // Not below what is written to the terminal itself.
        if !is_to_terminal(options) {
            messages.show_progress(inputs.len());
        }
        return to_one(form, inputs, output, is_named, messages);
    };
    let endings = Endings {
        from: &["luac"],
        to: ending,
    };
    let targets = output_dir::plan(inputs, folder, &endings, &mut claims, messages)?;
    to_folder(form, &targets, options, messages)
}

/// All inputs to one output, one after another. An existing file stays as it is if nothing can be
/// written of any input.
fn to_one<F: Form>(
    form: &F,
    inputs: Vec<Result<Input>>,
    output: Output,
    is_named: bool,
    messages: &mut Messages,
) -> Result<()> {
    let mut writer = form.writer(output);
    let mut any = false;
    for (done, input) in inputs.into_iter().enumerate() {
        messages.advance(done);
        match input {
            Ok(input) => {
                let name = is_named.then(|| input.to_string());
                let is_first = !any;
                let open = opening(form, &mut writer, name, is_first);
                any |= form.write(&input, open, messages)?;
            }
            Err(error) => messages.error(format_args!("{error:#}")),
        }
    }
    messages.end_progress();
    let output = F::into_output(writer)?;
    if any { output.finish() } else { Ok(()) }
}

/// Gives the writer to what is written of an input, after its name if it has one.
fn opening<'w, F: Form>(
    form: &F,
    writer: &'w mut F::Writer,
    name: Option<String>,
    is_first: bool,
) -> impl FnOnce() -> Result<&'w mut F::Writer> {
    move || {
        if let Some(name) = name {
            form.name(writer, &name, is_first)?;
        }
        Ok(writer)
    }
}

/// Each input to a file of its own.
fn to_folder<F: Form>(
    form: &F,
    targets: &[Planned],
    options: &Convert,
    messages: &mut Messages,
) -> Result<()> {
    output_dir::write(targets, options.jobs, messages, |target, messages| {
        let mut writer = None;
        let open = || Output::file_in_new_folder(&target.path).map(|output| form.writer(output));
        form.write(&target.input, || Ok(writer.insert(open()?)), messages)?;
        writer.map_or(Ok(()), |writer| F::into_output(writer)?.finish())
    })
}

fn is_colored(options: &Convert) -> bool {
    match options.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => is_color_wanted(is_to_terminal(options)),
    }
}

fn is_to_terminal(options: &Convert) -> bool {
    let output = &options.output;
    output.file().is_none() && output.output_dir.is_none() && io::stdout().is_terminal()
}
