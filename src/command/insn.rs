//! Disassembles single instruction words.

use anyhow::Result;
use clap::Args;
use luadec_tok::Version;
use luadec_tok::opcodes::Instruction;
use luadec_tok::view::Page;

use super::dialect::file::{DialectArgs, DialectFile};
use super::io::output::Output;
use super::version;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  luadec-tok insn 0x00800026              a word, in hexadecimal or decimal
  luadec-tok insn 26008000                the bytes of a hexdump
  luadec-tok insn --lua 5.4 0x00020028

Exit status:
  0  all words were disassembled
  1  --opmap or the output failed
  2  the command line is wrong")]
pub struct Insn {
    /// Instruction words, such as 0x00800026
    ///
    /// Hexadecimal after 0x, decimal, or the eight hexadecimal digits of a hexdump, lowest byte first.
    #[arg(value_name = "WORD", required = true, value_parser = word)]
    words: Vec<u32>,
    /// The version of Lua, 5.1 to 5.5
    ///
    /// [default: 5.3, or the dialect's]
    #[arg(
        long,
        value_name = "VERSION",
        value_parser = version::parser(),
        hide_possible_values = true
    )]
    lua: Option<Version>,
    #[command(flatten)]
    dialect: DialectArgs,
}

/// Parses an instruction word.
fn word(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let hex = digits.unwrap_or(text);
    let hex = match hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        true => u32::from_str_radix(hex, 16).ok(),
        false => None,
    };
    let decimal = text.parse().ok();
    match (digits, hex, decimal) {
        (Some(_), Some(word), _) => Ok(word),
        (None, Some(bytes), decimal) if text.len() == 8 => {
            let dumped = bytes.swap_bytes();
            match decimal.filter(|_| !text.starts_with('0')) {
                None => Ok(dumped),
                Some(decimal) => Err(format!(
                    "ambiguous: write {decimal:#010x} if it is decimal, {dumped:#010x} if it is from a hexdump"
                )),
            }
        }
        (None, _, Some(word)) => Ok(word),
        _ => Err(
            "expected 32 bits: 0x0 to 0xFFFFFFFF, 0 to 4294967295, or eight hexadecimal digits"
                .to_owned(),
        ),
    }
}

pub fn run(options: &Insn) -> Result<()> {
    let dialect = options.dialect.read()?;
    let default = dialect
        .as_ref()
        .map_or(Version::Lua53, DialectFile::default_version);
    let lua = options.lua.unwrap_or(default);
    let opcodes = dialect.as_ref().map(|file| file.opcodes(lua)).transpose()?;
    let mut output = Output::stdout()?;
    let mut page = Page::new(&mut output, false);
    for &word in &options.words {
        match opcodes {
            None => page.insn(lua, word)?,
            Some(opcodes) => {
                let i = Instruction(word);
                let i = opcodes.map.as_ref().map_or(i, |map| map.shown(i));
                page.insn_of(lua, &opcodes.extension, i.0)?;
            }
        }
    }
    page.finish()?;
    output.finish()
}
