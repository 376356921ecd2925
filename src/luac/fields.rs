//! Fields that are read and reported in one step.

use crate::bytes::{AsLayout, Reader};
use crate::chunk::Constant;
use crate::opcodes::Instruction;

use super::error::{ChunkProblem, Result, UndumpError};
use super::observer::{Field, Observer};

/// A reader and its observer.
pub(crate) struct Fields<'a, 'o, O, L> {
    pub reader: Reader<'a, L>,
    pub observer: &'o mut O,
}

impl<'a, O: Observer<'a>, L: AsLayout> Fields<'a, '_, O, L> {
    /// Reports the field from `offset` to the position.
    #[inline(always)]
    pub fn report(&mut self, offset: usize, field: Field<'a>) {
        if self.observer.listens() {
            self.observer
                .field(offset, self.reader.since(offset), field);
        }
    }

    /// Reports a field without bytes.
    #[inline(always)]
    pub fn sum_up(&mut self, field: Field<'a>) {
        self.report(self.reader.position(), field);
    }

    /// Reads a field of the header, and reports it if `check` accepts it.
    pub fn header<T>(
        &mut self,
        width: u8,
        what: &'static str,
        description: &'static str,
        check: impl FnOnce(&'a [u8]) -> Result<T, ChunkProblem>,
    ) -> Result<T> {
        let offset = self.reader.position();
        let bytes = self.reader.take(width.into(), what)?;
        let value = check(bytes).map_err(|problem| UndumpError::at(offset, problem))?;
        self.report(offset, Field::Header(description));
        Ok(value)
    }

    #[inline(always)]
    pub fn byte(&mut self, what: &'static str, field: fn(u8) -> Field<'a>) -> Result<u8> {
        let offset = self.reader.position();
        let byte = self.reader.byte(what)?;
        self.report(offset, field(byte));
        Ok(byte)
    }

    /// Reads an instruction of 8 bytes, of which the lower half is used.
    pub fn wide_instruction(&mut self) -> Result<Instruction> {
        let offset = self.reader.position();
        let bytes = self.reader.take(8, "an instruction")?;
        let word = self.reader.layout().layout().unsigned(bytes);
        let problem = |_| UndumpError::at(offset, ChunkProblem::WideInstruction(word));
        let i = Instruction(word.try_into().map_err(problem)?);
        self.report(offset, Field::Instruction(i));
        Ok(i)
    }

    /// Skips the bytes up to a multiple of `align`.
    pub fn align(&mut self, align: u8) -> Result<()> {
        let offset = self.reader.position();
        let padding = offset.next_multiple_of(align.into()) - offset;
        if padding > 0 {
            self.reader.take(padding as u64, "the padding")?;
            self.report(offset, Field::Padding);
        }
        Ok(())
    }

    /// Reads the size of a string, a varint.
    #[inline(always)]
    pub fn varint_size(&mut self, last: bool, what: &'static str) -> Result<u64> {
        let offset = self.reader.position();
        let size = self.reader.varint(last, what)?;
        self.report(offset, Field::StringSize(size));
        Ok(size)
    }

    /// Reads the size of a string.
    #[inline(always)]
    pub fn string_size(&mut self, what: &'static str) -> Result<u64> {
        let offset = self.reader.position();
        let size = self.reader.size_t(what)?;
        self.report(offset, Field::StringSize(size));
        Ok(size)
    }

    /// Reads the bytes of a string.
    #[inline(always)]
    pub fn text(&mut self, length: u64, what: &'static str) -> Result<&'a [u8]> {
        let offset = self.reader.position();
        let text = self.reader.take(length, what)?;
        self.report(offset, Field::Text);
        Ok(text)
    }

    /// Reports a constant whose bytes have been reported.
    #[inline(always)]
    pub fn constant(&mut self, constant: Constant<'a>) -> Constant<'a> {
        if self.observer.listens() {
            self.sum_up(Field::Constant(constant.clone()));
        }
        constant
    }

    #[inline(always)]
    pub fn boolean(&mut self, what: &'static str) -> Result<Constant<'a>> {
        let byte = self.byte(what, |byte| Field::Constant(Constant::Boolean(byte != 0)))?;
        Ok(Constant::Boolean(byte != 0))
    }

    #[inline(always)]
    pub fn integer(&mut self, what: &'static str) -> Result<Constant<'a>> {
        let offset = self.reader.position();
        let value = self.reader.integer(what)?;
        self.report(offset, Field::Constant(Constant::Integer(value)));
        Ok(Constant::Integer(value))
    }

    #[inline(always)]
    pub fn float(&mut self, what: &'static str) -> Result<Constant<'a>> {
        let offset = self.reader.position();
        let value = self.reader.number(what)?;
        self.report(offset, Field::Constant(Constant::Float(value)));
        Ok(Constant::Float(value))
    }
}
