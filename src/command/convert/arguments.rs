//! The arguments of a conversion.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::command::io::output::OutputArgs;

#[derive(Debug, Args)]
pub struct Convert {
    /// Chunk files, folders, or - for standard input (the default when it is not a terminal). A
    /// folder gives every file in it that starts with ESC "Lua", in sorted order
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// What to write for each chunk
    #[arg(short, long, value_enum, default_value_t = Format::Tokens)]
    pub format: Format,
    /// Clear debug information first, exactly as luac -s does
    #[arg(short, long)]
    pub strip: bool,
    /// Lay out the stream of -f tokens or -f terse in lines; decode takes it all the same
    #[arg(long)]
    pub pretty: bool,
    /// Parse each stream back and compare it with the chunk before it is written
    #[arg(long)]
    pub verify: bool,
    /// Write the tokens' ids instead, in the tokenizer of --tokenizer
    #[cfg(feature = "tokenizer")]
    #[arg(long, value_enum, value_name = "FORM", requires = "tokenizer")]
    pub ids: Option<IdsForm>,
    /// A tokenizer.json, or the folder that it is in
    #[cfg(feature = "tokenizer")]
    #[arg(long, value_name = "FILE", requires = "ids")]
    pub tokenizer: Option<PathBuf>,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Color in pretty, listing and hexdump
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
    /// Threads for --output-dir [default: the cores there are]
    #[arg(short, long, value_name = "N", requires = "output_dir")]
    pub jobs: Option<NonZeroUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The full token stream, a line a chunk
    Tokens,
    /// The terse token stream, which is nine times shorter
    Terse,
    /// The full token stream in lines, as --pretty lays it out
    Pretty,
    /// What luac -l -l prints, with offsets for addresses (Lua 5.1 too)
    Listing,
    /// Every byte with what it means (Lua 5.1 too)
    Hexdump,
}

#[cfg(feature = "tokenizer")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IdsForm {
    /// Two bytes each, the low one first; for tokenizers of up to 65536 tokens
    U16,
    /// Four bytes each, the low one first
    U32,
    /// In decimal, a line a chunk
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}
