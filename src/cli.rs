//! The command line.

#[cfg(feature = "dataset")]
pub mod dataset;
mod deferred;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use deferred::Deferred;
use luadec_tok::view::Version;

/// Turns Lua 5.3 chunks, as luac writes them, into the token stream that language models read.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    args_conflicts_with_subcommands = true,
    subcommand_help_heading = "Other jobs",
    subcommand_value_name = "JOB",
    disable_help_subcommand = true,
    after_help = "\
Examples:
  luadec-tok input.luac > out.txt          one chunk, one line
  luac5.3 -o - input.lua | luadec-tok      from a pipe
  luadec-tok --strip -o all.txt chunks/    every chunk of a folder, as luac -s would have it
  luadec-tok -O streams chunks/            a file for each, in the same layout
  luadec-tok input.luac | luadec-tok decode | cmp - input.luac

Exit status:
  0  all inputs were converted
  1  an input or the output failed; the other inputs were converted all the same
  2  the command line is wrong"
)]
pub struct Cli {
    #[command(subcommand)]
    pub job: Option<Job>,
    #[command(flatten)]
    pub convert: Convert,
}

#[derive(Debug, Subcommand)]
pub enum Job {
    /// Makes training records of Lua sources: the stream of each and its text.
    ///
    /// The sources are compiled as luac5.3 does and never executed; those that cannot be are
    /// dropped and counted. Each stream is verified: it turns back into its chunk.
    #[cfg(feature = "dataset")]
    Dataset(Deferred<Box<dataset::Dataset>>),
    /// Turns streams back into chunks.
    ///
    /// A stream is a line, or more lines where there is white space between its tokens. A chunk is
    /// written as luac5.3 does on x86-64, so the chunk that luac5.3 wrote comes back byte for byte.
    Decode(Deferred<Decode>),
    /// Disassembles instruction words, a line each, as a listing shows them.
    Insn(Deferred<Insn>),
    /// Lists every token that a stream can hold, and the two of a chat record.
    Vocab(Deferred<Vocab>),
}

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
    pub output: Output,
    /// Color in pretty, listing and hexdump
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
    /// Threads for --output-dir [default: the cores there are]
    #[arg(short, long, value_name = "N", requires = "output_dir")]
    pub jobs: Option<std::num::NonZeroUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The token stream, a line a chunk
    Tokens,
    /// The token stream with line breaks, which decode takes as well
    Pretty,
    /// What luac -l -l prints, with offsets for addresses (Lua 5.1 too)
    Listing,
    /// Every byte with what it means (Lua 5.1 too)
    Hexdump,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

#[derive(Debug, Args)]
pub struct Output {
    /// Write to file F instead of standard output; F appears whole or not at all
    #[arg(
        short = 'o',
        long = "output",
        value_name = "F",
        conflicts_with = "output_dir"
    )]
    pub output: Option<PathBuf>,
    /// Write one file a chunk below D, in the layout of the inputs
    #[arg(short = 'O', long, value_name = "D")]
    pub output_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
One chunk goes to standard output or -o; several need -O, where NAME.txt gives NAME.luac,
NAME.2.luac and so on. A stream that is no chunk's is refused, with the first place where its
tokens disagree.

Exit status: as for the conversion")]
pub struct Decode {
    /// Stream files, folders, or - for standard input (the default). A folder gives every file in
    /// it that starts with <|Proto|>, in sorted order
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// Clear debug information first, exactly as luac -s does
    #[arg(short, long)]
    pub strip: bool,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Insn {
    /// Instruction words, in hex after 0x or in decimal
    #[arg(value_name = "WORD", required = true, value_parser = word)]
    pub words: Vec<u32>,
    /// The Lua whose instructions they are, 5.3 or 5.1
    #[arg(long, value_name = "VERSION", default_value = "5.3")]
    pub lua: Version,
}

fn word(text: &str) -> Result<u32, &'static str> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let word = match digits {
        // `from_str_radix` takes a sign.
        Some(digits) if digits.starts_with('+') => None,
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    word.ok_or("a word has 32 bits: 0x0 to 0xFFFFFFFF, or 0 to 4294967295")
}

#[derive(Debug, Args)]
pub struct Vocab {
    /// One token a line, sorted by bytes, or the JSON object that add_special_tokens takes
    #[arg(long, value_enum, default_value_t = VocabFormat::Text)]
    pub format: VocabFormat,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum VocabFormat {
    Text,
    Json,
}
