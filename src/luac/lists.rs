//! The ints and the lists of a function, which each format stores in its own way.

use crate::bytes::{AsLayout, Layout};
use crate::chunk::{Packed, PackedList, PackedWord, PackedWords, Step};

use super::error::{Result, UndumpError};
use super::fields::Fields;
use super::format::Format;
use super::observer::{Field, Observer};

impl<'a, O: Observer<'a>, L: AsLayout> Fields<'a, '_, O, L> {
    /// Reads an `int`.
    #[inline(always)]
    pub fn int<F: Format>(
        &mut self,
        format: F,
        what: &'static str,
        field: fn(i32) -> Field<'a>,
    ) -> Result<i32> {
        let offset = self.reader.position();
        let value = format.load_int(&mut self.reader, what)?;
        self.report(offset, field(value));
        Ok(value)
    }

    /// Reads the number of elements of a list, which take at least `each` bytes.
    #[inline(always)]
    pub fn count<F: Format>(&mut self, format: F, what: &'static str, each: u64) -> Result<usize> {
        let offset = self.reader.position();
        let count = format.load_count(&mut self.reader, what)?;
        let count = self.reader.count(offset, count, what, each)?;
        self.report(offset, Field::Count(count));
        Ok(count)
    }

    /// Reads `count` words of 4 bytes.
    pub fn words<T: PackedWord>(
        &mut self,
        count: usize,
        what: &'static str,
        field: fn(T) -> Field<'a>,
    ) -> Result<PackedWords<'a, T>> {
        let offset = self.reader.position();
        let bytes = self.reader.take(count as u64 * 4, what)?;
        let words = PackedWords::of_bytes(bytes, self.reader.layout().layout().big_endian);
        let words = self.reader.reserved(words, count, T::COUNT)?;
        if self.observer.listens() {
            for (i, (word, bytes)) in words.iter().zip(bytes.chunks_exact(4)).enumerate() {
                self.observer.field(offset + 4 * i, bytes, field(word));
            }
        }
        Ok(words)
    }

    /// Reads `count` elements; `step` makes the place of one from its index. If the chunk stores
    /// them exactly as a list packs them, they are only checked, and borrowed.
    #[inline(always)]
    pub fn list<F: Format, T: Packed>(
        &mut self,
        format: F,
        list: &mut PackedList<'a, T>,
        count: usize,
        step: fn(usize) -> Step,
        mut load: impl FnMut(&mut Fields<'a, '_, O, L>) -> Result<T::Of<'a>>,
    ) -> Result<()> {
        let at = |index| move |error: UndumpError| error.within(step(index));
        if !(format.is_packed() && self.reader.layout().layout() == Layout::USUAL) {
            for i in 0..count {
                let element = load(self).map_err(at(i))?;
                let pushed = list.try_push(&element);
                self.reader.reserved(pushed, count, T::COUNT)?;
            }
            return Ok(());
        }
        // A copy of the reader that nothing else refers to stays in registers.
        let mut fields = Fields {
            reader: self.reader,
            observer: &mut *self.observer,
        };
        let start = fields.reader.position();
        let mut end = start;
        let mut read = 0;
        let mut result = Ok(());
        while read < count {
            if let Err(error) = load(&mut fields) {
                result = Err(at(read)(error));
                break;
            }
            read += 1;
            end = fields.reader.position();
        }
        let packed = &self.reader.rest()[..end - start];
        self.reader = fields.reader;
        *list = PackedList::of_packed(packed, read);
        result
    }
}
