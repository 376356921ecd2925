//! `luadec-tok dialect`: the dialects that come with the program.

pub mod file;
pub mod read;

use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use luadec_tok::dialect::BUILTIN;

use super::io::output::Output;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  luadec-tok dialect                              list the dialects
  luadec-tok dialect xlua > game.dialect          start a dialect of your own
  luadec-tok --dialect game.dialect input.luac

Exit status:
  0  the names or the file were printed
  1  the output failed
  2  the command line is wrong")]
pub struct ShowDialect {
    /// The dialect to print; without it, list the names
    #[arg(value_parser = PossibleValuesParser::new(BUILTIN.map(|(name, _)| PossibleValue::new(name))), hide_possible_values = true)]
    name: Option<String>,
}

pub fn run(options: &ShowDialect) -> Result<()> {
    let mut output = Output::stdout()?;
    match &options.name {
        None => {
            for (name, _) in BUILTIN {
                writeln!(output, "{name}")?;
            }
        }
        Some(name) => match BUILTIN.iter().find(|(builtin, _)| builtin == name) {
            Some((_, text)) => output.write_all(text.as_bytes())?,
            None => bail!("no dialect {name}"),
        },
    }
    output.finish()
}
