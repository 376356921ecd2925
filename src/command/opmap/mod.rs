//! Finding opcode maps, and reading them.

pub mod file;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use luadec_tok::chunk::Chunk;
use luadec_tok::opmap::find;
use luadec_tok::{Version, undump};

use super::io::claims::Claims;
use super::io::input::read_file;
use super::io::messages::Messages;
use super::io::output::Output;
use super::io::shown::Shown;

#[derive(Debug, Args)]
#[command(after_help = "\
The map is what --opmap and unluac read. What does not occur in the source is not in it: the more of
the language the source uses, the better.

Example:
  luac5.3 -o original.luac opcodes.lua; foreign-luac -o foreign.luac opcodes.lua
  luadec-tok opmap foreign.luac original.luac > game.opmap
  luadec-tok --opmap game.opmap script.luac")]
pub struct FindMap {
    /// The chunk that the foreign VM's compiler makes of a source
    foreign: PathBuf,
    /// The chunk that luac makes of the same source
    original: PathBuf,
    /// The Lua whose luac that is
    #[arg(long, value_name = "VERSION", default_value = "5.3")]
    lua: Version,
    /// Write to file F instead of standard output; F appears whole or not at all
    #[arg(short, long, value_name = "F")]
    output: Option<PathBuf>,
}

pub fn run(options: &FindMap, messages: &mut Messages) -> Result<()> {
    let mut claims = Claims::default();
    claims.input(Some(&options.foreign));
    claims.input(Some(&options.original));
    claims.output(options.output.as_deref())?;
    let (foreign, original) = (read(&options.foreign)?, read(&options.original)?);
    let foreign = chunk(&options.foreign, &foreign, options.lua)?;
    let original = chunk(&options.original, &original, options.lua)?;
    let map = find(&foreign, &original).with_context(|| Shown(&options.foreign).to_string())?;
    let mut output = Output::open(options.output.as_deref())?;
    output.write_all(map.to_string().as_bytes())?;
    output.finish()?;
    let unnamed: Vec<&str> = map.unnamed().collect();
    if !unnamed.is_empty() {
        let names = unnamed.join(", ");
        messages.warning(format_args!(
            "not in the source, and so not in the map: {names}"
        ));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    const MOST: u64 = 1 << 30;
    read_file(path, MOST).with_context(|| Shown(path).to_string())
}

fn chunk<'a>(path: &Path, bytes: &'a [u8], version: Version) -> Result<Chunk<'a>> {
    let chunk = undump(bytes)
        .with_context(|| Shown(path).to_string())?
        .chunk;
    if chunk.version != version {
        bail!(
            "{}: a chunk of {}, not of {}: give --lua {}",
            Shown(path),
            chunk.version.name(),
            version.name(),
            chunk.version
        );
    }
    Ok(chunk)
}
