//! Chunks to streams and views: one output for all inputs, or a file for each.

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
        opmap: options.opmap.read()?,
    };
    #[cfg(feature = "tokenizer")]
    if options.ids.is_some() && options.with_filename {
        bail!(Usage(
            "--with-filename: ids have no place for a name".to_owned()
        ));
    }
    #[cfg(feature = "tokenizer")]
    if let Some(IdEncoding::U16 | IdEncoding::U32) = options.ids
        && options.is_to_terminal()
    {
        bail!(Usage(
            "ids as bytes are not for a terminal: give -o FILE, or --ids text".to_owned()
        ));
    }
    #[cfg(feature = "tokenizer")]
    if let (Some(encoding), Some(tokenizer)) = (options.ids, &options.tokenizer) {
        let ids = ids::ToIds::new(options, changes, encoding, tokenizer)?;
        return convert(&ids, ids.ending(), options, messages);
    }
    let kind = match (options.format, options.pretty) {
        (Format::Tokens, false) | (Format::Terse, false) => {
            let language = match options.format {
                Format::Terse => Language::Terse,
                _ => Language::Full,
            };
            let stream = ToStream { language, changes };
            return convert(&stream, stream.ending(), options, messages);
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
    let view = ToView {
        kind,
        changes,
        color: options.is_colored(),
        partial: options.partial,
        range: from..from.saturating_add(length),
        terminal: options.is_to_terminal(),
    };
    let ending = match kind {
        ViewKind::Pretty(Language::Full) => "pretty",
        ViewKind::Pretty(Language::Terse) => "terse.pretty",
        ViewKind::Listing => "listing",
        ViewKind::Hexdump => "hexdump",
    };
    convert(&view, ending, options, messages)
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
