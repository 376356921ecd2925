//! A position in the bytes of a chunk.

use byteorder::{BE, ByteOrder, LE};

use crate::error::{ChunkProblem, UndumpError};

/// A slice and a position in it. Every error it makes carries the offset of the field at fault.
pub struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, position: 0 }
    }

    pub fn position(&self) -> usize {
        self.position
    }

    /// The bytes not yet read.
    #[inline(always)]
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.position..]
    }

    /// The next so many bytes, which are there.
    pub fn skip(&mut self, bytes: usize) -> &'a [u8] {
        let skipped = &self.rest()[..bytes];
        self.position += bytes;
        skipped
    }

    /// The next `wanted` bytes; `what` they are is said where they are not there.
    #[inline(always)]
    pub fn take(&mut self, wanted: u64, what: &'static str) -> Result<&'a [u8], UndumpError> {
        let rest = self.rest();
        let taken = usize::try_from(wanted)
            .ok()
            .and_then(|wanted| rest.get(..wanted));
        let Some(taken) = taken else {
            let left = rest.len();
            return Err(UndumpError::at(
                self.position,
                ChunkProblem::End { what, wanted, left },
            ));
        };
        self.position += taken.len();
        Ok(taken)
    }

    #[inline(always)]
    pub fn byte(&mut self, what: &'static str) -> Result<u8, UndumpError> {
        Ok(self.take(1, what)?[0])
    }

    /// A signed integer of `width` bytes, 1 to 8.
    #[inline(always)]
    pub fn int(
        &mut self,
        big_endian: bool,
        width: u8,
        what: &'static str,
    ) -> Result<i64, UndumpError> {
        let bytes = self.take(width.into(), what)?;
        Ok(match (big_endian, width) {
            (false, 4) => LE::read_i32(bytes).into(),
            (false, 8) => LE::read_i64(bytes),
            (false, _) => LE::read_int(bytes, width.into()),
            (true, _) => BE::read_int(bytes, width.into()),
        })
    }

    /// An unsigned integer of `width` bytes, 1 to 8.
    #[inline(always)]
    pub fn uint(
        &mut self,
        big_endian: bool,
        width: u8,
        what: &'static str,
    ) -> Result<u64, UndumpError> {
        let bytes = self.take(width.into(), what)?;
        Ok(match big_endian {
            false => LE::read_uint(bytes, width.into()),
            true => BE::read_uint(bytes, width.into()),
        })
    }

    /// A float of `width` bytes, 4 or 8, as a double.
    #[inline(always)]
    pub fn number(
        &mut self,
        big_endian: bool,
        width: u8,
        what: &'static str,
    ) -> Result<f64, UndumpError> {
        let bytes = self.take(width.into(), what)?;
        Ok(match (big_endian, width) {
            (false, 4) => LE::read_f32(bytes).into(),
            (false, _) => LE::read_f64(bytes),
            (true, 4) => BE::read_f32(bytes).into(),
            (true, _) => BE::read_f64(bytes),
        })
    }

    /// A number of elements that take at least `each` bytes, read at `offset`. It is a claim of the
    /// file's, so it is held against the bytes that remain.
    pub fn checked_count(
        &self,
        offset: usize,
        what: &'static str,
        count: i32,
        each: u64,
    ) -> Result<usize, UndumpError> {
        let count = i64::from(count);
        let left = self.rest().len();
        let problem = match u64::try_from(count) {
            Err(_) => ChunkProblem::NegativeCount { what, count },
            Ok(count) if count * each > left as u64 => ChunkProblem::LargeCount {
                what,
                count,
                least: count * each,
                left,
            },
            Ok(count) => return Ok(count as usize),
        };
        Err(UndumpError::at(offset, problem))
    }
}
