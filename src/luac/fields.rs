//! Fields that are read and reported in one step.

use crate::bytes::{AsLayout, ChunkProblem, Reader, UndumpError};
use crate::chunk::Constant;
use crate::opcodes::Instruction;

use super::observer::{Field, Observer};

pub(super) type Result<T, Error = UndumpError> = std::result::Result<T, Error>;

/// A reader and its observer.
pub(crate) struct Fields<'a, 'o, O, L> {
    pub reader: Reader<'a, L>,
    pub observer: &'o mut O,
}

impl<'a, 'o, O: Observer<'a>, L: AsLayout> Fields<'a, 'o, O, L> {
    /// The same, with the numbers from here on in another layout.
    pub fn with_layout<M>(self, layout: M) -> Fields<'a, 'o, O, M> {
        Fields {
            reader: self.reader.with_layout(layout),
            observer: self.observer,
        }
    }

    /// Reports the field that began at `offset` and ends here.
    #[inline(always)]
    pub fn tell(&mut self, offset: usize, field: Field<'a>) {
        if O::LISTENS {
            self.observer
                .field(offset, self.reader.since(offset), field);
        }
    }

    /// Reports a field without bytes.
    #[inline(always)]
    pub fn sum_up(&mut self, field: Field<'a>) {
        self.tell(self.reader.position(), field);
    }

    /// A field of the header, reported if `check` accepts it.
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
        self.tell(offset, Field::Header(description));
        Ok(value)
    }

    #[inline(always)]
    pub fn byte(&mut self, what: &'static str, field: fn(u8) -> Field<'a>) -> Result<u8> {
        let offset = self.reader.position();
        let byte = self.reader.byte(what)?;
        self.tell(offset, field(byte));
        Ok(byte)
    }

    /// An instruction that the build keeps in 8 bytes, of which it uses half.
    pub fn wide_instruction(&mut self) -> Result<Instruction> {
        let offset = self.reader.position();
        let bytes = self.reader.take(8, "an instruction")?;
        let word = self.reader.layout().layout().unsigned(bytes);
        let problem = |_| UndumpError::at(offset, ChunkProblem::WideInstruction(word));
        let i = Instruction(word.try_into().map_err(problem)?);
        self.tell(offset, Field::Instruction(i));
        Ok(i)
    }

    /// The bytes up to a multiple of `align`, if there are any.
    pub fn align(&mut self, align: u8) -> Result<()> {
        let offset = self.reader.position();
        let padding = offset.next_multiple_of(align.into()) - offset;
        if padding > 0 {
            self.reader.take(padding as u64, "the padding")?;
            self.tell(offset, Field::Padding);
        }
        Ok(())
    }

    /// The size of a string as a varint.
    #[inline(always)]
    pub fn varint_size(&mut self, last: bool, what: &'static str) -> Result<u64> {
        let offset = self.reader.position();
        let size = self.reader.varint(last, what)?;
        self.tell(offset, Field::StringSize(size));
        Ok(size)
    }

    /// The size of a string.
    #[inline(always)]
    pub fn string_size(&mut self, what: &'static str) -> Result<u64> {
        let offset = self.reader.position();
        let size = self.reader.size_t(what)?;
        self.tell(offset, Field::StringSize(size));
        Ok(size)
    }

    /// The bytes of a string.
    #[inline(always)]
    pub fn text(&mut self, length: u64, what: &'static str) -> Result<&'a [u8]> {
        let offset = self.reader.position();
        let text = self.reader.take(length, what)?;
        self.tell(offset, Field::Text);
        Ok(text)
    }

    /// Reports a constant whose bytes have been reported.
    #[inline(always)]
    pub fn constant(&mut self, constant: Constant<'a>) -> Constant<'a> {
        if O::LISTENS {
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
        self.tell(offset, Field::Constant(Constant::Integer(value)));
        Ok(Constant::Integer(value))
    }

    #[inline(always)]
    pub fn float(&mut self, what: &'static str) -> Result<Constant<'a>> {
        let offset = self.reader.position();
        let value = self.reader.number(what)?;
        self.tell(offset, Field::Constant(Constant::Float(value)));
        Ok(Constant::Float(value))
    }
}
