//! A chunk without its debug information, in its own layout.

use crate::luac::{Field, Observer, Section, observe};

use super::partial::PartialChunk;

impl PartialChunk<'_> {
    /// The bytes that `luac -s` would have written, as far as the chunk can be read. What follows
    /// the main function stays.
    pub fn stripped(&self) -> Vec<u8> {
        let mut strip = Strip::default();
        observe(self.version, self.bytes, &mut strip);
        strip.out
    }
}

/// Copies all fields but those of the debug information. A list or a name of that begins with its
/// size: this becomes 0, and nothing comes after it.
#[derive(Default)]
struct Strip {
    out: Vec<u8>,
    next: Next,
}

/// What becomes of the next field.
#[derive(Default)]
enum Next {
    #[default]
    Copied,
    /// It is the size of debug information.
    Zeroed,
    /// It is debug information.
    Dropped,
}

impl<'a> Observer<'a> for Strip {
    fn section(&mut self, section: Section) {
        self.next = match section {
            Section::Source | Section::LineInfo | Section::LocVars | Section::UpvalueNames => {
                Next::Zeroed
            }
            _ => Next::Copied,
        };
    }

    fn field(&mut self, _: usize, bytes: &'a [u8], _: Field<'a>) {
        match self.next {
            Next::Copied => self.out.extend_from_slice(bytes),
            Next::Zeroed => {
                self.out.resize(self.out.len() + bytes.len(), 0);
                self.next = Next::Dropped;
            }
            Next::Dropped => {}
        }
    }

    fn end_chunk(&mut self, _: usize) {
        self.next = Next::Copied;
    }
}
