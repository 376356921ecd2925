//! Values that a layout has no room for.

use std::collections::TryReserveError;

use thiserror::Error;

use crate::bytes::Layout;
use crate::chunk::{Chunk, Constant, Step, TreePath};
use crate::version::Version;

use super::lua51::as_integer;

/// Why a chunk was not written.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum DumpError {
    /// Memory runs out.
    #[error("out of memory")]
    Memory,
    /// A value does not fit into the layout.
    #[error("{path}: {misfit}")]
    Misfit {
        /// The place of the value.
        path: TreePath,
        /// What does not fit.
        misfit: Misfit,
    },
}

impl From<TryReserveError> for DumpError {
    fn from(_: TryReserveError) -> Self {
        DumpError::Memory
    }
}

/// A value that does not fit into a layout.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum Misfit {
    /// An integer.
    #[error("the integer {value} does not fit into {width} bytes, the size of lua_Integer")]
    Integer {
        /// The integer.
        value: i64,
        /// The width.
        width: u8,
    },
    /// A float.
    #[error(
        "the number {value:?} does not fit into {width} bytes, the size of lua_Number; the nearest that does is {nearest:?}"
    )]
    Number {
        /// The float.
        value: f64,
        /// The width.
        width: u8,
        /// The nearest float that has this width.
        nearest: f64,
    },
    /// A number where all numbers are integers.
    #[error("the number {value:?} is not an integer of {width} bytes, as all numbers here are")]
    Integral {
        /// The number.
        value: f64,
        /// The width.
        width: u8,
    },
    /// A string.
    #[error("the string of {length} bytes is too long for a size_t of 4 bytes")]
    String {
        /// Its length.
        length: usize,
    },
}

/// Checks that the values of a chunk fit into a layout, so that reading what is written gives them
/// back.
pub(super) fn check(chunk: &Chunk, layout: Layout) -> Result<(), DumpError> {
    // Everything fits into the widest.
    if layout.size_t == 8 && layout.number == 8 && matches!(layout.integer, 0 | 8) {
        return Ok(());
    }
    for function in chunk.functions() {
        let p = function.proto;
        let at = |misfit, step| {
            let mut path = function.path.clone();
            path.0.push(step);
            DumpError::Misfit { path, misfit }
        };
        for (i, constant) in p.k.iter().enumerate() {
            constant_fits(&constant, chunk.version, layout)
                .map_err(|misfit| at(misfit, Step::Constant(i)))?;
        }
        let text = |text: &[u8], step| string_fits(text, layout).map_err(|misfit| at(misfit, step));
        text(p.source.as_deref().unwrap_or_default(), Step::Source)?;
        for (i, local) in p.locvars.iter().enumerate() {
            text(local.varname.as_deref().unwrap_or_default(), Step::Local(i))?;
        }
        for (i, upvalue) in p.upvalues.iter().enumerate() {
            text(
                upvalue.name.as_deref().unwrap_or_default(),
                Step::Upvalue(i),
            )?;
        }
    }
    Ok(())
}

fn constant_fits(constant: &Constant, version: Version, layout: Layout) -> Result<(), Misfit> {
    match constant {
        Constant::Integer(value) if version < Version::Lua53 => number_fits(*value as f64, layout),
        Constant::Integer(value) => match layout.integer {
            4 if i32::try_from(*value).is_err() => Err(Misfit::Integer {
                value: *value,
                width: layout.integer,
            }),
            _ => Ok(()),
        },
        Constant::Float(value) => number_fits(*value, layout),
        Constant::String(string) => string_fits(string, layout),
        Constant::Nil | Constant::Boolean(_) | Constant::Null => Ok(()),
    }
}

fn number_fits(value: f64, layout: Layout) -> Result<(), Misfit> {
    let (width, integer) = (layout.number, layout.integer);
    if width == 0 {
        return match as_integer(value, integer) {
            Some(_) => Ok(()),
            None => Err(Misfit::Integral {
                value,
                width: integer,
            }),
        };
    }
    let nearest = f64::from(value as f32);
    if width == 8 || value.is_nan() || nearest == value {
        return Ok(());
    }
    Err(Misfit::Number {
        value,
        width,
        nearest,
    })
}

fn string_fits(string: &[u8], layout: Layout) -> Result<(), Misfit> {
    let length = string.len();
    // The size counts the final NUL.
    match layout.size_t {
        4 if length as u64 >= u32::MAX.into() => Err(Misfit::String { length }),
        _ => Ok(()),
    }
}
