//! A chunk without its debug information, in its own layout.

use std::io;

use super::partial::PartialChunk;
use crate::field::{Field, Observer, Part};
use crate::walk::walk;

impl PartialChunk<'_> {
    /// The bytes that `luac -s` would have written, as far as the chunk can be read. What follows
    /// the main function stays.
    pub fn stripped(&self) -> Vec<u8> {
        let mut strip = Strip::default();
        // Where the chunk is damaged, so much of it is what there is.
        let _ = walk(self.lua, self.bytes, &mut strip);
        strip.out
    }
}

/// Copies all fields but those of the debug information. A list or a name of that begins with its
/// size: this becomes 0, and nothing comes after it.
#[derive(Default)]
struct Strip {
    out: Vec<u8>,
    part: Debug,
}

/// Where in the debug information a field is.
#[derive(Default)]
enum Debug {
    #[default]
    None,
    Size,
    Elements,
}

impl<'a> Observer<'a> for Strip {
    fn part(&mut self, _offset: usize, part: Part) -> io::Result<()> {
        self.part = match part {
            Part::Source | Part::Lines | Part::Locals | Part::UpvalueNames => Debug::Size,
            _ => Debug::None,
        };
        Ok(())
    }

    fn field(&mut self, _offset: usize, bytes: &'a [u8], _field: Field<'a>) -> io::Result<()> {
        match self.part {
            Debug::None => self.out.extend_from_slice(bytes),
            Debug::Size => {
                self.out.resize(self.out.len() + bytes.len(), 0);
                self.part = Debug::Elements;
            }
            Debug::Elements => {}
        }
        Ok(())
    }
}
