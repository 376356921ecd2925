//! The arguments of `luadec-tok assemble`.

use std::path::PathBuf;

use clap::Args;

use crate::command::dialect::file::DialectArgs;
use crate::command::train::compile::arguments::CompilerArgs;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Answers:
  A row is a line of JSON with the `id` that luadec-tok ask gave the function (or `custom_id`) \
and a `prediction`: a string, or a list of attempts. The output of a batch server is read as it \
is. The attempts of all rows and files add up in their order. The first that is proven is used, \
otherwise the closest one that compiles.

Proof:
  The file is compiled and compared with the chunk, as luadec-tok score does. If it is the same, \
every function is proven. Otherwise a comment marks each function that is not, and a function \
without a usable answer becomes a skeleton that raises an error. Nothing is executed.

Examples:
  luadec-tok assemble game.luac answers.jsonl -o game.lua
  luadec-tok assemble game.luac answers.jsonl -o game.lua --report report.json --html page.html
  luadec-tok assemble game.luac first.jsonl second.jsonl.zst --luac luac5.4 -o game.lua

Exit status:
  0  the file is proven: it compiles to the code of the chunk
  1  an input or an output failed; nothing was written
  2  the command line is wrong; nothing was written
  3  the file was written, but is not proven")]
pub struct Assemble {
    /// Chunk to decompile
    #[arg(value_name = "CHUNK", display_order = 0, help_heading = "Input")]
    pub chunk: PathBuf,
    #[command(flatten, next_help_heading = "Input")]
    pub dialect: DialectArgs,
    /// Answers to its outlines, as rows of JSON
    ///
    /// Rows may come from standard input (-), and are decompressed if the name ends in .zst or .gz.
    #[arg(
        value_name = "ANSWERS",
        required = true,
        display_order = 1,
        help_heading = "Input"
    )]
    pub answers: Vec<PathBuf>,
    #[command(flatten, next_help_heading = "Compilation")]
    pub compiler: CompilerArgs,
    /// Write the Lua file to FILE
    ///
    /// FILE appears whole or not at all [default: -, standard output].
    #[arg(short = 'o', long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Write what is proven and what is not to file F, as JSON; - for standard output
    #[arg(long, value_name = "F", help_heading = "Output")]
    pub report: Option<PathBuf>,
    /// Write a page with the file and the disassembly to file F
    ///
    /// The HTML page shows each function beside its instructions, and where it differs.
    #[arg(long, value_name = "F", help_heading = "Output")]
    pub html: Option<PathBuf>,
}
