//! The streams in lines, which the parser takes as well.

mod full;
mod terse;

use std::io;

use crate::disasm::{Print, Style};
use crate::stream::{ESCAPE_MAX, ESCAPE_SLACK, escape, pieces};

use super::page::Page;

/// The spaces of a level.
const INDENT: usize = 2;

impl Page<'_> {
    /// Writes a text of the stream.
    fn stream_text(&mut self, text: &[u8], quoted: bool) -> io::Result<()> {
        const PIECE: usize = 4096;
        for piece in pieces(text, PIECE) {
            self.paint(Style::String, |page| {
                page.fill(piece.len() * ESCAPE_MAX + ESCAPE_SLACK, |room| {
                    escape(piece, quoted, room)
                });
            });
            self.turn()?;
        }
        Ok(())
    }
}
