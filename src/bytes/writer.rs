//! The end of a file being written, and the fields that can be appended (`DumpByte` and so on in
//! `ldump.c`), in the usual layout.

use std::collections::TryReserveError;

/// Appends to a buffer (`DumpState`), as long as there is memory.
pub struct Writer<'o> {
    out: &'o mut Vec<u8>,
    written: Result<(), TryReserveError>,
}

impl<'o> Writer<'o> {
    #[inline(always)]
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        Writer {
            out,
            written: Ok(()),
        }
    }

    /// Returns an error if memory ran out.
    pub fn finish(self) -> Result<(), TryReserveError> {
        self.written
    }

    #[inline(always)]
    pub fn bytes(&mut self, bytes: &[u8]) {
        if self.has_room(bytes.len()) {
            self.out.extend_from_slice(bytes);
        }
    }

    #[inline(always)]
    pub fn byte(&mut self, byte: u8) {
        if self.has_room(1) {
            self.out.push(byte);
        }
    }

    #[inline(always)]
    fn has_room(&mut self, bytes: usize) -> bool {
        self.out.capacity() - self.out.len() >= bytes || self.make_room(bytes)
    }

    #[cold]
    fn make_room(&mut self, bytes: usize) -> bool {
        let reserved = self.out.try_reserve(bytes);
        let has_room = reserved.is_ok();
        self.written = std::mem::replace(&mut self.written, Ok(())).and(reserved);
        has_room
    }

    #[inline(always)]
    pub fn int(&mut self, value: i32) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes an unsigned integer with 7 bits per byte, the highest first. The top bit of a byte
    /// equals `last` in the last one only.
    pub fn varint(&mut self, last: bool, value: u64) {
        let (end, before) = if last { (0x80, 0) } else { (0, 0x80) };
        let bits = (u64::BITS - value.leading_zeros()).max(1);
        for group in (1..bits.div_ceil(7)).rev() {
            self.byte((value >> (7 * group)) as u8 & 0x7F | before);
        }
        self.byte(value as u8 & 0x7F | end);
    }

    /// Writes zeros up to a multiple of `align` bytes from the start of the buffer.
    pub fn align(&mut self, align: usize) {
        while !self.out.len().is_multiple_of(align) && self.has_room(1) {
            self.out.push(0);
        }
    }

    #[inline(always)]
    pub fn size_t(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes a `lua_Integer`.
    #[inline(always)]
    pub fn integer(&mut self, value: i64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Writes a `lua_Number`.
    #[inline(always)]
    pub fn number(&mut self, value: f64) {
        self.bytes(&value.to_le_bytes());
    }
}
