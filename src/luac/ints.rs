//! The ints of a function, which each version stores in its own way.

use crate::bytes::AsLayout;

use super::dialect::Dialect;
use super::fields::{Fields, Result};
use super::observer::{Field, Observer};

impl<'a, O: Observer<'a>, L: AsLayout> Fields<'a, '_, O, L> {
    #[inline(always)]
    pub fn int<D: Dialect>(
        &mut self,
        what: &'static str,
        field: fn(i32) -> Field<'a>,
    ) -> Result<i32> {
        let offset = self.reader.position();
        let value = D::load_int(&mut self.reader, what)?;
        self.tell(offset, field(value));
        Ok(value)
    }

    /// The number of elements of a list, which take at least `each` bytes.
    #[inline(always)]
    pub fn count<D: Dialect>(&mut self, what: &'static str, each: u64) -> Result<usize> {
        let offset = self.reader.position();
        let count = D::load_int(&mut self.reader, what)?;
        let count = self.reader.count(offset, count, what, each)?;
        self.tell(offset, Field::Count(count));
        Ok(count)
    }
}
