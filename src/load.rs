//! The fields of a chunk, in the byte order and the widths of its header (`LoadByte` and so on of
//! `lundump.c`).

use std::borrow::Cow;

use crate::chunk::LuaString;
use crate::cursor::Cursor;
use crate::error::{ChunkProblem, UndumpError};
use crate::header::Layout;

type Result<T, Error = UndumpError> = std::result::Result<T, Error>;

/// A cursor that knows the layout (`LoadState`).
pub struct Load<'a> {
    cursor: Cursor<'a>,
    pub(crate) layout: Layout,
}

impl<'a> Load<'a> {
    pub(crate) fn new(cursor: Cursor<'a>, layout: Layout) -> Self {
        Load { cursor, layout }
    }

    /// From the start of bytes in the layout of today's machines. As that is known when this is
    /// built, the fields are read without asking for it.
    #[inline(always)]
    pub(crate) fn usual(bytes: &'a [u8]) -> Self {
        Load::new(Cursor::new(bytes), Layout::USUAL)
    }

    pub(crate) fn is_usual(&self) -> bool {
        self.layout == Layout::USUAL
    }

    #[inline(always)]
    pub(crate) fn position(&self) -> usize {
        self.cursor.position()
    }

    /// The bytes not yet read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.cursor.rest()
    }

    /// The next so many bytes, which are there.
    pub(crate) fn skip(&mut self, bytes: usize) -> &'a [u8] {
        self.cursor.skip(bytes)
    }

    #[inline(always)]
    pub(crate) fn take(&mut self, wanted: u64, what: &'static str) -> Result<&'a [u8]> {
        self.cursor.take(wanted, what)
    }

    #[inline(always)]
    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8> {
        self.cursor.byte(what)
    }

    #[inline(always)]
    pub(crate) fn int(&mut self, what: &'static str) -> Result<i32> {
        let offset = self.position();
        let value = self
            .cursor
            .int(self.layout.big_endian, self.layout.int, what)?;
        value
            .try_into()
            .map_err(|_| UndumpError::at(offset, ChunkProblem::LargeInt { what, value }))
    }

    #[inline(always)]
    pub(crate) fn integer(&mut self, what: &'static str) -> Result<i64> {
        self.cursor
            .int(self.layout.big_endian, self.layout.integer, what)
    }

    #[inline(always)]
    pub(crate) fn number(&mut self, what: &'static str) -> Result<f64> {
        self.cursor
            .number(self.layout.big_endian, self.layout.number, what)
    }

    /// A number of elements that take at least `each` bytes.
    pub(crate) fn count(&mut self, what: &'static str, each: u64) -> Result<usize> {
        let offset = self.position();
        let count = self.int(what)?;
        self.cursor.checked_count(offset, what, count, each)
    }

    /// An empty list with room for `count` elements and no more.
    pub(crate) fn room<T>(&self, count: usize, what: &'static str) -> Result<Vec<T>> {
        let mut list = Vec::new();
        match list.try_reserve_exact(count) {
            Ok(()) => Ok(list),
            Err(_) => Err(UndumpError::at(
                self.position(),
                ChunkProblem::Memory { what, count },
            )),
        }
    }

    #[inline(always)]
    pub(crate) fn size_t(&mut self, what: &'static str) -> Result<u64> {
        self.cursor
            .uint(self.layout.big_endian, self.layout.size_t, what)
    }

    /// A string, `None` for NULL. Its size counts a final NUL that is not stored.
    #[inline(always)]
    pub(crate) fn string(&mut self, what: &'static str) -> Result<Option<LuaString<'a>>> {
        let size = match self.byte(what)? {
            0xFF => self.size_t("the size of a long string")?,
            size => size.into(),
        };
        match size.checked_sub(1) {
            None => Ok(None),
            Some(length) => Ok(Some(Cow::Borrowed(self.take(length, what)?))),
        }
    }
}
