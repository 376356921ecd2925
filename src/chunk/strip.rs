//! The tree without its debug information.

use super::packed_list::PackedList;
use super::packed_words::PackedWords;
use super::proto::{Chunk, Proto};

impl Chunk<'_> {
    /// Clears the debug information that `luac -s` does not write (see [`Proto::strip`]).
    pub fn strip(&mut self) {
        self.main.strip();
    }
}

impl Proto<'_> {
    /// Clears line tables, local variables, upvalue names and sources, here and in every function
    /// inside, as `ldump.c` does under `strip`. The lines where functions begin and end stay.
    pub fn strip(&mut self) {
        self.source = None;
        self.lineinfo = PackedWords::default();
        self.stored_lines = None;
        self.locvars = PackedList::default();
        for upvalue in &mut self.upvalues {
            upvalue.name = None;
        }
        for function in &mut self.p {
            function.strip();
        }
    }

    /// Whether this function itself has anything that [`strip`](Self::strip) clears.
    pub fn has_debug(&self) -> bool {
        self.source.is_some()
            || !self.lineinfo.is_empty()
            || self.stored_lines.is_some()
            || !self.locvars.is_empty()
            || self.upvalues.iter().any(|upvalue| upvalue.name.is_some())
    }
}
