//! Single instruction words.

use anyhow::Result;
use clap::Args;
use luadec_tok::Version;
use luadec_tok::opcodes::Instruction;
use luadec_tok::view::Page;

use super::io::output::Output;
use super::opmap::file::OpmapArgs;

#[derive(Debug, Args)]
pub struct Insn {
    /// Instruction words, in hex after 0x or in decimal
    #[arg(value_name = "WORD", required = true, value_parser = word)]
    words: Vec<u32>,
    /// The Lua whose instructions they are, 5.1 to 5.5
    #[arg(long, value_name = "VERSION", default_value = "5.3")]
    lua: Version,
    #[command(flatten)]
    opmap: OpmapArgs,
}

fn word(text: &str) -> Result<u32, &'static str> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let word = match digits {
        // `from_str_radix` accepts a sign.
        Some(digits) if digits.starts_with('+') => None,
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    word.ok_or("a word has 32 bits: 0x0 to 0xFFFFFFFF, or 0 to 4294967295")
}

pub fn run(options: &Insn) -> Result<()> {
    let opmap = options.opmap.read()?;
    let map = opmap
        .as_ref()
        .map(|file| file.map(options.lua))
        .transpose()?;
    let mut output = Output::stdout()?;
    let mut page = Page::new(&mut output, false);
    for &word in &options.words {
        let i = Instruction(word);
        page.insn(options.lua, map.map_or(i, |map| map.shown(i)).0)?;
    }
    page.finish()?;
    output.finish()
}
