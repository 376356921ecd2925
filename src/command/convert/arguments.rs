//! The arguments of a conversion.

use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use luadec_tok::view::Which;

use crate::command::io::input::NamesArgs;
use crate::command::io::ordered::parse_jobs;
use crate::command::io::output::OutputArgs;
use crate::command::io::shown::is_color_wanted;
use crate::command::opmap::file::OpmapArgs;

#[derive(Debug, Args)]
pub struct Convert {
    /// Chunk files, folders, or - for standard input (the default when it is not a terminal). A
    /// folder gives every file in it that starts with ESC "Lua" and is not hidden, in sorted order
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub names: NamesArgs,
    /// What to write for each chunk
    #[arg(short, long, value_enum, default_value_t = Format::Tokens)]
    pub format: Format,
    /// Clear debug information first, exactly as luac -s does
    #[arg(short, long)]
    pub strip: bool,
    #[command(flatten)]
    pub opmap: OpmapArgs,
    /// Lay out the stream of -f tokens or -f terse in lines; decode takes it all the same
    #[arg(long)]
    pub pretty: bool,
    /// Parse each stream back and compare it with the chunk before it is written
    #[arg(long)]
    pub verify: bool,
    /// Show what can be read of a damaged chunk, end it with a line that says what is wrong, and
    /// exit with 0; for git's textconv
    #[arg(long)]
    pub partial: bool,
    /// Write the tokens' ids instead, in the tokenizer of --tokenizer
    #[cfg(feature = "tokenizer")]
    #[arg(long, value_enum, value_name = "FORM", requires = "tokenizer")]
    pub ids: Option<IdEncoding>,
    /// A tokenizer.json, or the folder that it is in
    #[cfg(feature = "tokenizer")]
    #[arg(long, value_name = "FILE", requires = "ids")]
    pub tokenizer: Option<PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Say the name of an input before what it gives: as a heading in views, which do so for several
    /// inputs anyway, and as NAME and a tab before a stream
    #[arg(long, overrides_with = "no_filename")]
    pub with_filename: bool,
    /// Say no names
    #[arg(long, overrides_with = "with_filename")]
    pub no_filename: bool,
    /// Convert one function only: its path, as main/3/1 in a listing, or a line in it
    #[arg(long, value_name = "PATH")]
    pub function: Option<Which>,
    /// In hexdump, show the fields from byte N on
    #[arg(long, value_name = "N", value_parser = number, conflicts_with = "function")]
    pub offset: Option<usize>,
    /// In hexdump, show the fields of so many bytes
    #[arg(long, value_name = "N", value_parser = number, conflicts_with = "function")]
    pub length: Option<usize>,
    /// Color in pretty, listing and hexdump
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
    /// Threads; only --output-dir has work for several [default: the cores there are]
    #[arg(short, long, value_name = "N", value_parser = parse_jobs)]
    pub jobs: Option<NonZeroUsize>,
}

impl Convert {
    /// Whether the command line names no input at all.
    pub fn names_nothing(&self) -> bool {
        self.inputs.is_empty() && self.names.files_from.is_none()
    }

    /// Whether all output goes to a terminal.
    pub fn is_to_terminal(&self) -> bool {
        let output = &self.output;
        output.file().is_none() && output.output_dir.is_none() && io::stdout().is_terminal()
    }

    /// Whether views are colored.
    pub fn is_colored(&self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_color_wanted(self.is_to_terminal()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The full token stream, a line a chunk
    Tokens,
    /// The terse token stream, which is nine times shorter
    Terse,
    /// The full token stream in lines, as --pretty lays it out
    Pretty,
    /// What luac -l -l prints, with offsets for addresses (of every version)
    Listing,
    /// Every byte with what it means (of every version)
    Hexdump,
}

#[cfg(feature = "tokenizer")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IdEncoding {
    /// Two bytes each, the low one first; for tokenizers of up to 65536 tokens
    U16,
    /// Four bytes each, the low one first
    U32,
    /// In decimal, a line a chunk
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal; NO_COLOR, CLICOLOR=0 and CLICOLOR_FORCE=1 change that
    Auto,
    Always,
    Never,
}

/// A number, in hex after 0x.
fn number(text: &str) -> Result<usize, &'static str> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => usize::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    number.ok_or("expected a number, as 64 or 0x40")
}
