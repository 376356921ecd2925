//! The prompt of a record: the stream of a chunk, or an outline.

use std::io::{self, Write};

use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::stream::{Language, Outline, Text};
use luadec_tok::tokenizer::{Ids, TakeIds};

/// The prompt of a record.
#[derive(Clone, Copy)]
pub enum Prompt<'a> {
    Stream(Language, &'a Chunk<'a>),
    Outline(&'a Outline<'a>),
}

impl Prompt<'_> {
    pub fn version(self) -> Version {
        match self {
            Prompt::Stream(_, chunk) => chunk.version,
            Prompt::Outline(outline) => outline.version,
        }
    }

    /// Returns the number of instructions in all functions that it shows.
    pub fn instructions(self) -> usize {
        fn of(p: &Proto) -> usize {
            p.code.len() + p.p.iter().map(of).sum::<usize>()
        }
        match self {
            Prompt::Stream(_, chunk) => of(&chunk.main),
            Prompt::Outline(outline) => of(&outline.function),
        }
    }

    /// Writes its text, without a line end.
    pub fn emit<W: Write>(self, text: &mut Text<W>) -> io::Result<()> {
        match self {
            Prompt::Stream(language, chunk) => language.emit(chunk, text),
            Prompt::Outline(outline) => outline.emit(text),
        }
    }

    /// Emits its ids in a tokenizer that was loaded for its stream.
    pub fn emit_ids<O: TakeIds>(self, ids: &mut Ids<O>) -> io::Result<()> {
        match self {
            Prompt::Stream(_, chunk) => ids.emit(chunk),
            Prompt::Outline(outline) => ids.emit_outline(outline),
        }
    }
}
