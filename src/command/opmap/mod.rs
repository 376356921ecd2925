//! Finds the opcode map or the dialect of a modified Lua.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use luadec_tok::chunk::Chunk;
use luadec_tok::infer::{Inferred, infer};
use luadec_tok::{Version, undump};

use super::io::claims::Claims;
use super::io::input::read_file;
use super::io::messages::Messages;
use super::io::output::Output;
use super::io::shown::Shown;
use super::version;

#[derive(Debug, Args)]
#[command(after_long_help = "\
If only the numbers of opcodes differ, this is a text file that --opmap and unluac read. If the header,
the constant tags or the places of an instruction's fields differ as well, it is a file for --dialect.
Opcodes that the source does not use are not in it, so the more of the language it uses, the better.

Examples:
  luac5.3 -o original.luac opcodes.lua
  game-luac -o game.luac opcodes.lua
  luadec-tok opmap game.luac original.luac -o game.opmap
  luadec-tok --opmap game.opmap script.luac

Exit status:
  0  the map was written, even if it lacks opcodes
  1  the chunks do not match, or an input or the output failed
  2  the command line is wrong")]
pub struct FindMap {
    /// The chunk from the modified Lua's compiler
    foreign: PathBuf,
    /// The chunk from luac, of the same source
    original: PathBuf,
    /// The version of luac, 5.1 to 5.5
    #[arg(
        long,
        value_name = "VERSION",
        value_parser = version::parser(),
        hide_possible_values = true,
        default_value = "5.3"
    )]
    lua: Version,
    /// Write to FILE instead of standard output
    ///
    /// FILE appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn run(options: &FindMap, messages: &mut Messages) -> Result<()> {
    let mut claims = Claims::default();
    claims.input(Some(&options.foreign));
    claims.input(Some(&options.original));
    claims.output(options.output.as_deref())?;
    let (foreign, original) = (read(&options.foreign)?, read(&options.original)?);
    if let Ok(foreign) = undump(&foreign) {
        check_version(&options.foreign, &foreign.chunk, options.lua)?;
    }
    let named = |path| Shown(path).to_string();
    let original = undump(&original).with_context(|| named(&options.original))?;
    let original = original.chunk;
    check_version(&options.original, &original, options.lua)?;
    let found = infer(&foreign, &original).with_context(|| named(&options.foreign))?;
    let (text, map) = match found {
        Inferred::Map(map) => (map.to_string(), map),
        Inferred::Dialect(dialect, map) => (dialect.to_string(), map),
    };
    let mut output = Output::open(options.output.as_deref())?;
    output.write_all(text.as_bytes())?;
    output.finish()?;
    let unnamed: Vec<&str> = map.unnamed().collect();
    if !unnamed.is_empty() {
        let names = unnamed.join(", ");
        messages.warning(format_args!(
            "warning: not used by the source and so not in the map: {names}"
        ));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    const MOST: u64 = 1 << 30;
    read_file(path, MOST).with_context(|| Shown(path).to_string())
}

fn check_version(path: &Path, chunk: &Chunk, version: Version) -> Result<()> {
    if chunk.version != version {
        bail!(
            "{}: a chunk of {}, expected {}; use --lua {}",
            Shown(path),
            chunk.version.name(),
            version.name(),
            chunk.version
        );
    }
    Ok(())
}
