//! The end of a file being written, and the fields that can be appended (`DumpByte` and so on in
//! `ldump.c`).

use std::collections::TryReserveError;

use super::layout::Layout;

/// Appends to a buffer (`DumpState`), as long as there is memory. Numbers that do not fit into their
/// widths are cut off.
pub struct Writer<'o> {
    out: &'o mut Vec<u8>,
    layout: Layout,
    written: Result<(), TryReserveError>,
}

impl<'o> Writer<'o> {
    #[inline(always)]
    pub fn new(out: &'o mut Vec<u8>, layout: Layout) -> Self {
        Writer {
            out,
            layout,
            written: Ok(()),
        }
    }

    #[inline(always)]
    pub fn layout(&self) -> Layout {
        self.layout
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
        self.signed(value.into(), self.layout.int);
    }

    /// Writes a word of 32 bits into the width of an `Instruction`.
    #[inline(always)]
    pub fn instruction(&mut self, word: u32) {
        self.signed(word.into(), self.layout.instruction);
    }

    /// Writes a signed integer of 4 or 8 bytes.
    #[inline(always)]
    pub fn signed(&mut self, value: i64, width: u8) {
        match (self.layout.big_endian, width) {
            (false, 4) => self.bytes(&(value as i32).to_le_bytes()),
            (false, _) => self.bytes(&value.to_le_bytes()),
            (true, 4) => self.bytes(&(value as i32).to_be_bytes()),
            (true, _) => self.bytes(&value.to_be_bytes()),
        }
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
    pub fn align(&mut self, align: u8) {
        while !self.out.len().is_multiple_of(align.into()) && self.has_room(1) {
            self.out.push(0);
        }
    }

    #[inline(always)]
    pub fn size_t(&mut self, value: u64) {
        self.signed(value as i64, self.layout.size_t);
    }

    /// Writes a `lua_Integer`.
    #[inline(always)]
    pub fn integer(&mut self, value: i64) {
        self.signed(value, self.layout.integer);
    }

    /// Writes a `lua_Number`.
    #[inline(always)]
    pub fn number(&mut self, value: f64) {
        match (self.layout.big_endian, self.layout.number) {
            (false, 4) => self.bytes(&(value as f32).to_le_bytes()),
            (false, _) => self.bytes(&value.to_le_bytes()),
            (true, 4) => self.bytes(&(value as f32).to_be_bytes()),
            (true, _) => self.bytes(&value.to_be_bytes()),
        }
    }
}
