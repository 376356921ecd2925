//! A position in bytes, and the fields that can be read there (`LoadByte` and so on in
//! `lundump.c`).

use std::collections::TryReserveError;
use std::ops::Range;

use super::error::{FieldError, FieldProblem};
use super::layout::AsLayout;

type Result<T, Error = FieldError> = std::result::Result<T, Error>;

/// A slice, a position in it, and the layout of its numbers (`LoadState`). Every error has the
/// offset of its field and the field's name, `what`.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a, L> {
    bytes: &'a [u8],
    position: usize,
    layout: L,
}

impl<'a, L: AsLayout> Reader<'a, L> {
    pub fn new(bytes: &'a [u8], layout: L) -> Self {
        Reader {
            bytes,
            position: 0,
            layout,
        }
    }

    /// Returns the same position with another layout for what follows.
    pub fn with_layout<M>(self, layout: M) -> Reader<'a, M> {
        Reader {
            bytes: self.bytes,
            position: self.position,
            layout,
        }
    }

    pub fn layout(&self) -> L {
        self.layout
    }

    #[inline(always)]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Returns the bytes that have not been read yet.
    #[inline(always)]
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.position..]
    }

    /// Returns a range of the bytes.
    pub fn bytes_of(&self, range: Range<usize>) -> &'a [u8] {
        &self.bytes[range]
    }

    /// Returns the bytes from an offset to the position.
    #[inline(always)]
    pub fn since(&self, offset: usize) -> &'a [u8] {
        &self.bytes[offset..self.position]
    }

    #[inline(always)]
    pub fn take(&mut self, wanted: u64, what: &'static str) -> Result<&'a [u8]> {
        let taken = usize::try_from(wanted)
            .ok()
            .and_then(|wanted| self.rest().get(..wanted));
        let Some(taken) = taken else {
            return Err(self.end(wanted, what));
        };
        self.position += taken.len();
        Ok(taken)
    }

    #[cold]
    fn end(&self, wanted: u64, what: &'static str) -> FieldError {
        let left = self.rest().len();
        at(self.position, FieldProblem::End { what, wanted, left })
    }

    #[inline(always)]
    pub fn byte(&mut self, what: &'static str) -> Result<u8> {
        Ok(self.take(1, what)?[0])
    }

    /// Reads an `int`, which must fit into 32 bits whatever its width.
    #[inline(always)]
    pub fn int(&mut self, what: &'static str) -> Result<i32> {
        let offset = self.position;
        let layout = self.layout.layout();
        let value = layout.signed(self.take(layout.int.into(), what)?);
        value
            .try_into()
            .map_err(|_| at(offset, FieldProblem::LargeInt { what, value }))
    }

    /// Reads an unsigned integer with 7 bits per byte, the highest first. The top bit of a byte
    /// equals `last` in the last one only.
    pub fn varint(&mut self, last: bool, what: &'static str) -> Result<u64> {
        let offset = self.position;
        let mut value = 0;
        loop {
            let byte = self.byte(what)?;
            if value > u64::MAX >> 7 {
                return Err(at(offset, FieldProblem::LargeVarint { what }));
            }
            value = value << 7 | u64::from(byte & 0x7F);
            if (byte & 0x80 != 0) == last {
                return Ok(value);
            }
        }
    }

    /// Reads an `int` that is stored as a varint and so is not negative.
    pub fn varint_int(&mut self, last: bool, what: &'static str) -> Result<i32> {
        let offset = self.position;
        let value = self.varint(last, what)?;
        value.try_into().map_err(|_| {
            let value = value.try_into().unwrap_or(i64::MAX);
            at(offset, FieldProblem::LargeInt { what, value })
        })
    }

    #[inline(always)]
    pub fn size_t(&mut self, what: &'static str) -> Result<u64> {
        let layout = self.layout.layout();
        Ok(layout.unsigned(self.take(layout.size_t.into(), what)?))
    }

    /// Reads a `lua_Integer`.
    #[inline(always)]
    pub fn integer(&mut self, what: &'static str) -> Result<i64> {
        let layout = self.layout.layout();
        Ok(layout.signed(self.take(layout.integer.into(), what)?))
    }

    /// Reads a `lua_Number`.
    #[inline(always)]
    pub fn number(&mut self, what: &'static str) -> Result<f64> {
        let layout = self.layout.layout();
        Ok(layout.float(self.take(layout.number.into(), what)?))
    }

    /// Checks the number of elements of a list, read at `offset`, against the bytes that remain;
    /// each element takes at least `each` bytes. The count is only the file's claim.
    pub fn count(&self, offset: usize, count: i32, what: &'static str, each: u64) -> Result<usize> {
        let count = i64::from(count);
        let left = self.rest().len();
        let problem = match u64::try_from(count) {
            Err(_) => FieldProblem::NegativeCount { what, count },
            Ok(count) if count * each > left as u64 => FieldProblem::LargeCount {
                what,
                count,
                least: count * each,
                left,
            },
            Ok(count) => return Ok(count as usize),
        };
        Err(at(offset, problem))
    }

    /// Returns an empty list with room for exactly `count` elements.
    pub fn room<T>(&self, count: usize, what: &'static str) -> Result<Vec<T>> {
        let mut list = Vec::new();
        self.reserved(list.try_reserve_exact(count), count, what)?;
        Ok(list)
    }

    /// Turns the failure to reserve memory for a list of `count` elements into an error.
    pub fn reserved<T>(
        &self,
        result: Result<T, TryReserveError>,
        count: usize,
        what: &'static str,
    ) -> Result<T> {
        result.map_err(|_| at(self.position, FieldProblem::Memory { what, count }))
    }
}

#[cold]
fn at(offset: usize, problem: FieldProblem) -> FieldError {
    FieldError { offset, problem }
}
