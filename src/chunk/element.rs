//! How a constant and a local variable stand in a chunk.

use crate::chunk::{Constant, LocVar, tag};
use crate::dump::Dump;
use crate::error::{ChunkProblem, UndumpError};
use crate::load::Load;

/// The longest string that Lua keeps as a short one (`LUAI_MAXSHORTLEN`).
const MAX_SHORT_LENGTH: usize = 40;

/// What a chunk has lists of.
pub trait Element {
    /// The element, with texts that live so long.
    type Read<'b>: PartialEq + std::fmt::Debug;

    /// Reads an element.
    fn load<'b>(load: &mut Load<'b>) -> Result<Self::Read<'b>, UndumpError>;

    /// Writes an element.
    fn dump(element: &Self::Read<'_>, dump: &mut Dump);
}

impl Element for Constant<'_> {
    type Read<'b> = Constant<'b>;

    #[inline(always)]
    fn load<'b>(load: &mut Load<'b>) -> Result<Constant<'b>, UndumpError> {
        let offset = load.position();
        Ok(match load.byte("a constant's tag")? {
            tag::NIL => Constant::Nil,
            tag::BOOLEAN => Constant::Boolean(load.byte("a boolean")? != 0),
            tag::FLOAT => Constant::Float(load.number("a float")?),
            tag::INTEGER => Constant::Integer(load.integer("an integer")?),
            tag::SHORT_STRING | tag::LONG_STRING => match load.string("a string")? {
                Some(string) => Constant::String(string),
                None => return Err(UndumpError::at(offset, ChunkProblem::NullConstant)),
            },
            tag => return Err(UndumpError::at(offset, ChunkProblem::ConstantTag(tag))),
        })
    }

    #[inline]
    fn dump(element: &Constant, dump: &mut Dump) {
        match element {
            Constant::Nil => dump.byte(tag::NIL),
            Constant::Boolean(value) => {
                dump.byte(tag::BOOLEAN);
                dump.byte(u8::from(*value));
            }
            Constant::Float(value) => {
                dump.byte(tag::FLOAT);
                dump.number(*value);
            }
            Constant::Integer(value) => {
                dump.byte(tag::INTEGER);
                dump.integer(*value);
            }
            Constant::String(string) => {
                let short = string.len() <= MAX_SHORT_LENGTH;
                dump.byte(if short {
                    tag::SHORT_STRING
                } else {
                    tag::LONG_STRING
                });
                dump.string(Some(string));
            }
        }
    }
}

impl Element for LocVar<'_> {
    type Read<'b> = LocVar<'b>;

    #[inline(always)]
    fn load<'b>(load: &mut Load<'b>) -> Result<LocVar<'b>, UndumpError> {
        Ok(LocVar {
            varname: load.string("varname")?,
            startpc: load.int("startpc")?,
            endpc: load.int("endpc")?,
        })
    }

    fn dump(element: &LocVar, dump: &mut Dump) {
        dump.string(element.varname.as_ref());
        dump.int(element.startpc);
        dump.int(element.endpc);
    }
}
