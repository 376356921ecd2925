//! The end of a chunk being written, and the fields that can be put there (`DumpByte` and so on of
//! `ldump.c`), in the usual layout.

/// Writes to the end of a buffer (`DumpState`).
pub struct Writer<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> Writer<'o> {
    #[inline(always)]
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        Writer { out }
    }

    #[inline(always)]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    #[inline(always)]
    pub fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    #[inline(always)]
    pub fn int(&mut self, value: i32) {
        self.bytes(&value.to_le_bytes());
    }

    /// A number of elements. No list in memory has more than an `int` can count: each was read
    /// from bytes, or from a stream, that count with one.
    #[inline(always)]
    pub fn count(&mut self, count: usize) {
        self.int(count as i32);
    }

    #[inline(always)]
    pub fn size_t(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    /// A `lua_Integer`.
    #[inline(always)]
    pub fn integer(&mut self, value: i64) {
        self.bytes(&value.to_le_bytes());
    }

    /// A `lua_Number`.
    #[inline(always)]
    pub fn number(&mut self, value: f64) {
        self.bytes(&value.to_le_bytes());
    }
}
