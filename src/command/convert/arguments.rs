//! The arguments of a conversion.

use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use luadec_tok::view::FunctionSpec;

use crate::command::dialect::file::DialectArgs;
use crate::command::io::input::NamesArgs;
use crate::command::io::ordered::parse_jobs;
use crate::command::io::output::OutputArgs;
use crate::command::io::shown::is_color_wanted;
use crate::command::sizes;

#[derive(Debug, Default, Args)]
pub struct Convert {
    /// Chunks or directories; - for standard input
    ///
    /// Standard input is the default unless it is a terminal. A directory stands for every chunk below
    /// it, in sorted order. Chunks are recognised by their first bytes (ESC "Lua"), not by their names;
    /// hidden files are skipped. -f listing and -f hexdump take streams, too.
    #[arg(value_name = "INPUT", display_order = 0, help_heading = "Input")]
    pub inputs: Vec<PathBuf>,
    #[command(flatten, next_help_heading = "Input")]
    pub names: NamesArgs,
    #[arg(
        short,
        long,
        value_enum,
        hide_possible_values = true,
        help_heading = "Conversion",
        help = "full, terse, listing or hexdump [default: full]",
        long_help = "\
What to write for each chunk [default: full]

  full     the full token stream, one line per chunk; Lua 5.3 only
  terse    the terse token stream, about nine times shorter; Lua 5.1 to 5.5
  listing  what luac -l -l prints, with offsets in place of addresses
  hexdump  every byte and its meaning

decode turns both streams back into chunks. tokens is another name for full."
    )]
    pub format: Option<Format>,
    /// Break the stream into indented lines
    ///
    /// decode reads them as well. On a terminal, this is the default for a single chunk without -f.
    #[arg(long, help_heading = "Conversion")]
    pub pretty: bool,
    /// Clear debug information first, as luac -s does
    #[arg(short, long, help_heading = "Conversion")]
    pub strip: bool,
    /// Convert one function: main/3/1, or a line in it
    ///
    /// A path is written as a listing shows it, main/3/1, or as messages do, main > function 3 >
    /// function 1. A line number stands for the innermost function around that line.
    #[arg(long, value_name = "PATH", help_heading = "Conversion")]
    pub function: Option<FunctionSpec>,
    #[command(flatten, next_help_heading = "Conversion")]
    pub dialect: DialectArgs,
    /// Write token ids as text, u16 or u32
    ///
    /// Needs --tokenizer. text is decimal, one line per chunk; u16 and u32 are little-endian, chunks end
    /// to end. u16 needs a tokenizer of at most 65,536 tokens.
    #[cfg(feature = "tokenizer")]
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        requires = "tokenizer",
        hide_possible_values = true,
        help_heading = "Conversion"
    )]
    pub ids: Option<IdEncoding>,
    /// A tokenizer.json, or the directory that has it, for --ids
    #[cfg(feature = "tokenizer")]
    #[arg(
        long,
        value_name = "PATH",
        requires = "ids",
        hide_short_help = true,
        help_heading = "Conversion"
    )]
    pub tokenizer: Option<PathBuf>,
    /// Check that each stream turns back into its chunk
    ///
    /// Each stream is parsed while it is written, and the result compared with the chunk. Takes about
    /// twice as long.
    #[arg(long, hide_short_help = true, help_heading = "Conversion")]
    pub verify: bool,
    /// Show what can be read of damaged chunks
    ///
    /// A line about the damage ends the view, and the exit status is 0, as git's textconv needs it. For
    /// views only: listing, hexdump and --pretty.
    #[arg(long, hide_short_help = true, help_heading = "Conversion")]
    pub partial: bool,
    /// Start a hexdump at byte N
    ///
    /// Counted from the chunk's ESC; decimal, hexadecimal as in 0x40, or with a unit as in 4k or 1MiB.
    #[arg(
        long,
        value_name = "N",
        value_parser = sizes::bytes::<usize>,
        conflicts_with = "function",
        hide_short_help = true,
        help_heading = "Conversion"
    )]
    pub offset: Option<usize>,
    /// Show N bytes in a hexdump
    ///
    /// Decimal, hexadecimal as in 0x40, or with a unit as in 4k or 1MiB [default: to the end].
    #[arg(
        long,
        value_name = "N",
        value_parser = sizes::bytes::<usize>,
        conflicts_with = "function",
        hide_short_help = true,
        help_heading = "Conversion"
    )]
    pub length: Option<usize>,
    #[command(flatten, next_help_heading = "Output")]
    pub output: OutputArgs,
    /// Write one JSON object per chunk
    ///
    /// One per line, with path, lua (the version), stripped and text; with --ids text, ids in place of
    /// text; with --function, function, too.
    #[arg(long, help_heading = "Output")]
    pub jsonl: bool,
    /// Begin lines with the input's name
    ///
    /// A stream begins with the input's path and a tab; every line of a view begins with the input's
    /// path, a tab, the function's path and a tab. Without this, views of several inputs have headings.
    #[arg(long, overrides_with = "no_filename", help_heading = "Output")]
    pub with_filename: bool,
    /// Print no names, not even above the views of several inputs
    #[arg(
        long,
        overrides_with = "with_filename",
        hide_short_help = true,
        help_heading = "Output"
    )]
    pub no_filename: bool,
    /// Color views: auto, always or never
    ///
    /// auto colors views on terminals; NO_COLOR, CLICOLOR and CLICOLOR_FORCE change that [default:
    /// auto].
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        hide_short_help = true,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub color: Option<Color>,
    /// Use at most N threads for --output-dir
    ///
    /// [default: one per core]
    #[arg(
        short,
        long,
        value_name = "N",
        value_parser = parse_jobs,
        hide_short_help = true,
        help_heading = "Output"
    )]
    pub jobs: Option<NonZeroUsize>,
}

impl Convert {
    /// Returns whether the command line names no input at all.
    pub fn names_nothing(&self) -> bool {
        self.inputs.is_empty() && self.names.files_from.is_none()
    }

    /// Returns whether all output goes to a terminal.
    pub fn is_to_terminal(&self) -> bool {
        let output = &self.output;
        output.file().is_none() && output.output_dir.is_none() && io::stdout().is_terminal()
    }

    /// Returns whether views are colored.
    pub fn is_colored(&self) -> bool {
        match self.color {
            Some(Color::Always) => true,
            Some(Color::Never) => false,
            Some(Color::Auto) | None => is_color_wanted(self.is_to_terminal()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The full token stream, one line per chunk
    #[value(alias = "tokens")]
    Full,
    /// The terse token stream, about nine times shorter
    Terse,
    /// What luac -l -l prints
    Listing,
    /// Every byte and its meaning
    Hexdump,
}

#[cfg(feature = "tokenizer")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IdEncoding {
    /// In decimal, one line per chunk
    Text,
    /// Two bytes each, little-endian
    U16,
    /// Four bytes each, little-endian
    U32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On terminals
    Auto,
    Always,
    Never,
}
