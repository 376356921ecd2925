//! Single instruction words.

use anyhow::Result;
use luadec_tok::view::Page;

use super::output::Output;
use crate::cli::Insn;

pub fn run(options: &Insn) -> Result<()> {
    let mut output = Output::stdout()?;
    let mut page = Page::new(&mut output, false);
    for &word in &options.words {
        page.insn(options.lua, word)?;
    }
    page.finish()?;
    output.finish()
}
