//! Converts chunks to streams and views: one output for all inputs, or a file for each.

pub mod arguments;
mod chunk;
mod form;
#[cfg(feature = "tokenizer")]
mod ids;
mod stream;
mod view;

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Result, bail};
use luadec_tok::stream::Language;

use super::io::chunks::chunks;
use super::io::input;
use super::io::messages::Messages;
use super::usage::Usage;
#[cfg(feature = "tokenizer")]
use arguments::IdEncoding;
use arguments::{Convert, Format};
use chunk::Changes;
use form::convert;
use stream::ToStream;
use view::{ToView, ViewKind};

pub fn run(options: &Convert, messages: &mut Messages) -> Result<()> {
    check(options)?;
    let changes = Changes {
        verify: options.verify,
        function: options.function.clone(),
        strip: options.strip,
        dialect: options.dialect.read()?,
        is_quiet: messages.is_quiet,
    };
    let names = options.names.after(&options.inputs)?;
    let inputs = input::expand(&names, &chunks(changes.dialect.as_ref()), messages);
    let target = match Target::of(options) {
        Target::Stream(Language::Full) if is_laid_out(options, inputs.len()) => {
            Target::View(ViewKind::Pretty(Language::Full))
        }
        target => target,
    };
    let kind = match target {
        #[cfg(feature = "tokenizer")]
        Target::Stream(language) if options.ids.is_some() => {
            let (Some(encoding), Some(tokenizer)) = (options.ids, &options.tokenizer) else {
                unreachable!("--ids requires --tokenizer");
            };
            let ids = ids::ToIds::new(language, changes, encoding, tokenizer, options.jsonl)?;
            return convert(&ids, inputs, options, messages);
        }
        Target::Stream(language) => {
            if options.color.is_some() {
                bail!(Usage(
                    "--color has no effect on streams; it is for views".to_owned()
                ));
            }
            let stream = ToStream {
                language,
                changes,
                is_json: options.jsonl,
            };
            return convert(&stream, inputs, options, messages);
        }
        Target::View(kind) => kind,
    };
    let from = options.offset.unwrap_or(0);
    let length = options.length.unwrap_or(usize::MAX);
    let view = ToView {
        kind,
        changes,
        color: options.is_colored(),
        partial: options.partial,
        range: from..from.saturating_add(length),
        is_prefixed: options.with_filename,
        terminal: options.is_to_terminal(),
    };
    convert(&view, inputs, options, messages)
}

/// What the options ask for.
enum Target {
    Stream(Language),
    View(ViewKind),
}

impl Target {
    fn of(options: &Convert) -> Target {
        let language = match options.format.unwrap_or(Format::Full) {
            Format::Full => Language::Full,
            Format::Terse => Language::Terse,
            Format::Listing => return Target::View(ViewKind::Listing),
            Format::Hexdump => return Target::View(ViewKind::Hexdump),
        };
        match options.pretty {
            true => Target::View(ViewKind::Pretty(language)),
            false => Target::Stream(language),
        }
    }
}

/// Returns whether the default stream is laid out in lines, as it is for a person to read.
fn is_laid_out(options: &Convert, inputs: usize) -> bool {
    #[cfg(feature = "tokenizer")]
    if options.ids.is_some() {
        return false;
    }
    let is_default =
        options.format.is_none() && !options.jsonl && !options.verify && !options.with_filename;
    is_default && inputs == 1 && options.is_to_terminal()
}

/// Refuses options that would have no effect.
fn check(options: &Convert) -> Result<()> {
    let is_stream = matches!(Target::of(options), Target::Stream(_));
    let is_hexdump = options.format == Some(Format::Hexdump);
    let is_table = matches!(options.format, Some(Format::Listing | Format::Hexdump));
    let has_directory = options.output.output_dir.is_some();
    let problem = if options.pretty && is_table {
        "--pretty has no effect on listings and hexdumps; it is for -f full and -f terse"
    } else if options.verify && !is_stream {
        "--verify has no effect on views; it is for -f full and -f terse without --pretty"
    } else if options.partial && is_stream {
        "--partial has no effect on streams; it is for -f listing, -f hexdump and --pretty"
    } else if options.length == Some(0) {
        "--length 0 would show nothing; expected 1 or more"
    } else if !is_hexdump && (options.offset.is_some() || options.length.is_some()) {
        "--offset and --length need -f hexdump"
    } else if options.jsonl && !is_stream {
        "--jsonl is for streams: -f full or -f terse without --pretty"
    } else if options.with_filename && options.jsonl {
        "--with-filename has no effect with --jsonl, whose rows have the path"
    } else if options.with_filename && has_directory {
        "--with-filename has no effect with --output-dir, whose files have the names"
    } else if options.jobs.is_some() && !has_directory {
        "--jobs has no effect without --output-dir; one output is written by one thread"
    } else if options.output.file().is_some_and(is_compressed) {
        "conversions are not compressed; use a pipe: luadec-tok INPUT | zstd > FILE"
    } else {
        return check_ids(options, is_stream);
    };
    bail!(Usage(problem.to_owned()))
}

#[cfg(feature = "tokenizer")]
fn check_ids(options: &Convert, is_stream: bool) -> Result<()> {
    let Some(encoding) = options.ids else {
        return Ok(());
    };
    let problem = if !is_stream {
        "--ids is for streams: -f full or -f terse without --pretty"
    } else if options.with_filename {
        "--with-filename: ids have no place for names; use --jsonl"
    } else if encoding == IdEncoding::Text {
        return Ok(());
    } else if options.jsonl {
        "--jsonl writes ids as text: use --ids text"
    } else if options.is_to_terminal() {
        "ids in binary are not for a terminal: use -o FILE or --ids text"
    } else {
        return Ok(());
    };
    bail!(Usage(problem.to_owned()))
}

#[cfg(not(feature = "tokenizer"))]
fn check_ids(_: &Convert, _: bool) -> Result<()> {
    Ok(())
}

/// Returns whether a name promises a compressed file. Data sets are compressed under such a name.
fn is_compressed(file: &Path) -> bool {
    let extension = file.extension().and_then(OsStr::to_str);
    matches!(extension, Some("zst" | "gz"))
}
