//! The byte order and the widths of a chunk's numbers.

use byteorder::{BE, ByteOrder, LE};

/// What the header says about the chunk's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub big_endian: bool,
    /// Bytes of an `int`.
    pub int: u8,
    /// Bytes of a `size_t`.
    pub size_t: u8,
    /// Bytes of an `Instruction`.
    pub instruction: u8,
    /// Bytes of a `lua_Integer`; 0 where there is no such type.
    pub integer: u8,
    /// Bytes of a `lua_Number`; 0 where numbers are integers.
    pub number: u8,
}

impl Layout {
    /// That of Lua on today's machines, x86-64 and 64-bit ARM.
    pub const USUAL: Layout = Layout {
        big_endian: false,
        int: 4,
        size_t: 8,
        instruction: 4,
        integer: 8,
        number: 8,
    };

    /// A signed integer of 4 or 8 bytes.
    #[inline(always)]
    pub fn signed(self, bytes: &[u8]) -> i64 {
        match (self.big_endian, bytes.len()) {
            (false, 4) => LE::read_i32(bytes).into(),
            (false, _) => LE::read_i64(bytes),
            (true, 4) => BE::read_i32(bytes).into(),
            (true, _) => BE::read_i64(bytes),
        }
    }

    /// An unsigned integer of 4 or 8 bytes.
    #[inline(always)]
    pub fn unsigned(self, bytes: &[u8]) -> u64 {
        match (self.big_endian, bytes.len()) {
            (false, 4) => LE::read_u32(bytes).into(),
            (false, _) => LE::read_u64(bytes),
            (true, 4) => BE::read_u32(bytes).into(),
            (true, _) => BE::read_u64(bytes),
        }
    }

    /// A float of 4 or 8 bytes, as a double.
    #[inline(always)]
    pub fn float(self, bytes: &[u8]) -> f64 {
        match (self.big_endian, bytes.len()) {
            (false, 4) => LE::read_f32(bytes).into(),
            (false, _) => LE::read_f64(bytes),
            (true, 4) => BE::read_f32(bytes).into(),
            (true, _) => BE::read_f64(bytes),
        }
    }
}

/// A layout, or a type that stands for one: a reader compiled for [`Usual`] looks up no width at
/// run time.
pub(crate) trait AsLayout: Copy {
    fn layout(self) -> Layout;
}

impl AsLayout for Layout {
    #[inline(always)]
    fn layout(self) -> Layout {
        self
    }
}

/// [`Layout::USUAL`].
#[derive(Clone, Copy)]
pub(crate) struct Usual;

impl AsLayout for Usual {
    #[inline(always)]
    fn layout(self) -> Layout {
        Layout::USUAL
    }
}
