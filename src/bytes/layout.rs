//! The byte order and the widths of a file's numbers.

use byteorder::{BE, ByteOrder, LE};

/// The byte order of a file's numbers and their widths in bytes, each named after its C type. The
/// integers have 4 or 8 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// True if the highest byte of a number comes first.
    pub big_endian: bool,
    /// The width of an `int`.
    pub int: u8,
    /// The width of a `size_t`.
    pub size_t: u8,
    /// The width of an `Instruction`.
    pub instruction: u8,
    /// The width of a `lua_Integer`; 0 if there is no such type.
    pub integer: u8,
    /// The width of a `lua_Number`; 0 if numbers are integers.
    pub number: u8,
}

impl Layout {
    /// The layout on today's machines, x86-64 and 64-bit ARM.
    pub const USUAL: Layout = Layout {
        big_endian: false,
        int: 4,
        size_t: 8,
        instruction: 4,
        integer: 8,
        number: 8,
    };

    /// Reads a signed integer of 4 or 8 bytes.
    #[inline(always)]
    pub(crate) fn signed(self, bytes: &[u8]) -> i64 {
        match (self.big_endian, bytes.len()) {
            (false, 4) => LE::read_i32(bytes).into(),
            (false, _) => LE::read_i64(bytes),
            (true, 4) => BE::read_i32(bytes).into(),
            (true, _) => BE::read_i64(bytes),
        }
    }

    /// Reads an unsigned integer of 4 or 8 bytes.
    #[inline(always)]
    pub(crate) fn unsigned(self, bytes: &[u8]) -> u64 {
        match (self.big_endian, bytes.len()) {
            (false, 4) => LE::read_u32(bytes).into(),
            (false, _) => LE::read_u64(bytes),
            (true, 4) => BE::read_u32(bytes).into(),
            (true, _) => BE::read_u64(bytes),
        }
    }

    /// Reads a float of 4 or 8 bytes, as a double.
    #[inline(always)]
    pub(crate) fn float(self, bytes: &[u8]) -> f64 {
        match (self.big_endian, bytes.len()) {
            (false, 4) => LE::read_f32(bytes).into(),
            (false, _) => LE::read_f64(bytes),
            (true, 4) => BE::read_f32(bytes).into(),
            (true, _) => BE::read_f64(bytes),
        }
    }
}

/// A layout, or a type that stands for one. A reader compiled for such a type looks up no width at run
/// time.
pub(crate) trait AsLayout: Copy {
    fn layout(self) -> Layout;
}

impl AsLayout for Layout {
    #[inline(always)]
    fn layout(self) -> Layout {
        self
    }
}
