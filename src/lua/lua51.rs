//! Lua 5.1.

use std::sync::LazyLock;

use super::row::rows;
use super::{Lua, Rows};
use crate::chunk::{Constant, Proto};
use crate::cursor::Cursor;
use crate::error::{ChunkProblem, UndumpError};
use crate::field::Field;
use crate::header::{LUA_SIGNATURE, Layout, check_byte, check_format, check_size};
use crate::opcodes::lua51::opcode;
use crate::walk::{Result, Walk};

pub(crate) struct Lua51;

impl Lua for Lua51 {
    fn name(&self) -> &'static str {
        "Lua 5.1"
    }

    fn version_byte(&self) -> u8 {
        0x51
    }

    fn chunk(&self, walk: &mut Walk) -> Result<()> {
        header(walk)?;
        function(walk).map_err(|stop| stop.within_main())
    }

    /// Its size counts a final NUL that is stored.
    fn string<'a>(&self, walk: &mut Walk<'a, '_>, what: &'static str) -> Result<Option<&'a [u8]>> {
        let size = walk.size_t(what)?;
        if size == 0 {
            return Ok(None);
        }
        let text = walk.text(size, what)?;
        Ok(text.split_last().map(|(_, text)| text))
    }

    fn rows(&self) -> &'static Rows {
        &ROWS
    }

    fn extra_argument_is_bare(&self) -> bool {
        true
    }

    fn has_integers(&self) -> bool {
        false
    }

    fn lists_code_size(&self) -> bool {
        true
    }

    /// Those that have names: all, or none in a stripped function.
    fn listed_upvalues(&self, p: &Proto) -> usize {
        if p.upvalues.iter().any(|upvalue| upvalue.name.is_some()) {
            p.upvalues.len()
        } else {
            0
        }
    }

    fn lists_captures(&self) -> bool {
        false
    }
}

static ROWS: LazyLock<Rows> = LazyLock::new(|| rows(opcode));

const HEADER: [(u8, &str); 9] = [
    (4, "header signature: \"\\27Lua\""),
    (1, "version (major:minor hex digits)"),
    (1, "format (0=official)"),
    (1, "endianness (1=little endian)"),
    (1, "size of int (bytes)"),
    (1, "size of size_t (bytes)"),
    (1, "size of Instruction (bytes)"),
    (1, "size of number (bytes)"),
    (1, "integral (1=integral)"),
];

fn header(walk: &mut Walk) -> Result<()> {
    let mut cursor = Cursor::new(walk.bytes());
    walk.header(check_header(&mut cursor), &HEADER)
}

/// Reads the header (`LoadHeader`), of which the version is known to be right.
fn check_header(cursor: &mut Cursor) -> Result<Layout, UndumpError> {
    cursor.take(LUA_SIGNATURE.len() as u64 + 1, "the signature")?;
    check_byte(cursor, "the format", check_format)?;
    let flag = |field| {
        move |found| match found {
            0 | 1 => Ok(()),
            _ => Err(ChunkProblem::Flag { field, found }),
        }
    };
    let little_endian = check_byte(cursor, "endianness", flag("endianness"))? == 1;
    let int = check_size(cursor, "int", &[4, 8])?;
    let size_t = check_size(cursor, "size_t", &[4, 8])?;
    check_size(cursor, "Instruction", &[4])?;
    let number = check_size(cursor, "lua_Number", &[4, 8])?;
    let integral = check_byte(cursor, "integral", flag("integral"))? == 1;
    Ok(Layout {
        big_endian: !little_endian,
        int,
        size_t,
        // Numbers are of one kind: the other has no width.
        integer: if integral { number } else { 0 },
        number: if integral { 0 } else { number },
    })
}

/// `LoadFunction`
fn function(walk: &mut Walk) -> Result<()> {
    let Layout { int, size_t, .. } = walk.layout();
    let (int, size_t) = (u64::from(int), u64::from(size_t));
    walk.source()?;
    walk.int("linedefined", Field::LineDefined)?;
    walk.int("lastlinedefined", Field::LastLineDefined)?;
    let nups = walk.byte("nups", Field::Nups)?;
    walk.byte("numparams", Field::NumParams)?;
    walk.byte("is_vararg", Field::IsVararg)?;
    walk.byte("maxstacksize", Field::MaxStackSize)?;
    walk.code()?;
    walk.constants(constant)?;
    // A function has at least the size of its source, eight ints and four bytes.
    walk.functions(size_t + 8 * int + 4, function)?;
    walk.lines()?;
    walk.locals(size_t)?;
    walk.upvalue_names(size_t, nups.into())
}

/// The tags of constants (`LUA_TNIL` and so on, of `lua.h`).
mod tag {
    pub const NIL: u8 = 0;
    pub const BOOLEAN: u8 = 1;
    pub const NUMBER: u8 = 3;
    pub const STRING: u8 = 4;
}

fn constant(walk: &mut Walk) -> Result<()> {
    let offset = walk.position();
    let has_integers = walk.layout().integer > 0;
    match walk.byte("a constant's tag", Field::Tag)? {
        tag::NIL => walk.constant(Constant::Nil),
        tag::BOOLEAN => walk.boolean("a boolean"),
        tag::NUMBER if has_integers => walk.integer("a number"),
        tag::NUMBER => walk.float("a number"),
        tag::STRING => match walk.string("a string")? {
            Some(string) => walk.constant(Constant::String(string.into())),
            None => walk.problem(offset, ChunkProblem::NullConstant),
        },
        tag => walk.problem(offset, ChunkProblem::ConstantTag51(tag)),
    }
}
