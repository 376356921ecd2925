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
    /// Parse each stream back and compare it with the chunk before it is written
    #[arg(long)]
    pub verify: bool,
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
    /// The token stream, a line a chunk
    Tokens,
    /// The token stream with line breaks, which decode takes as well
    Pretty,
    /// What luac -l -l prints, with offsets for addresses (Lua 5.1 and 5.2 too)
    Listing,
    /// Every byte with what it means (Lua 5.1 and 5.2 too)
    Hexdump,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}
