//! Lua 5.3.

use std::sync::LazyLock;

use super::row::rows;
use super::{Lua, Rows};
use crate::chunk::{Constant, Proto, tag};
use crate::cursor::Cursor;
use crate::error::ChunkProblem;
use crate::field::{Field, Part};
use crate::header::check_header;
use crate::opcodes::opcode;
use crate::walk::{Result, Walk};

pub(crate) struct Lua53;

impl Lua for Lua53 {
    fn name(&self) -> &'static str {
        "Lua 5.3"
    }

    fn version_byte(&self) -> u8 {
        0x53
    }

    fn chunk(&self, walk: &mut Walk) -> Result<()> {
        header(walk)?;
        walk.byte("the number of upvalues", Field::ChunkUpvalues)?;
        function(walk).map_err(|stop| stop.within_main())
    }

    /// Its size counts a final NUL that is not stored. A large size stands behind a byte 0xFF.
    fn string<'a>(&self, walk: &mut Walk<'a, '_>, what: &'static str) -> Result<Option<&'a [u8]>> {
        let size = walk.byte(what, |byte| match byte {
            0xFF => Field::LongString,
            size => Field::StringSize(size.into()),
        })?;
        let size = match size {
            0xFF => walk.size_t("the size of a long string")?,
            size => size.into(),
        };
        match size.checked_sub(1) {
            None => Ok(None),
            Some(length) => walk.text(length, what).map(Some),
        }
    }

    fn rows(&self) -> &'static Rows {
        &ROWS
    }

    fn extra_argument_is_bare(&self) -> bool {
        false
    }

    fn has_integers(&self) -> bool {
        true
    }

    fn lists_code_size(&self) -> bool {
        false
    }

    fn listed_upvalues(&self, p: &Proto) -> usize {
        p.upvalues.len()
    }

    fn lists_captures(&self) -> bool {
        true
    }
}

static ROWS: LazyLock<Rows> = LazyLock::new(|| rows(opcode));

fn header(walk: &mut Walk) -> Result<()> {
    const INTEGER_SIZE: usize = 15;
    const NUMBER_SIZE: usize = 16;
    let bytes = walk.bytes();
    let checked = check_header(&mut Cursor::new(bytes), bytes);
    let size_at = |offset| bytes.get(offset).copied().unwrap_or(0);
    walk.header(
        checked,
        &[
            (4, "header signature: \"\\27Lua\""),
            (1, "version (major:minor hex digits)"),
            (1, "format (0=official)"),
            (6, "LUAC_DATA (shows a transfer in text mode)"),
            (1, "size of int (bytes)"),
            (1, "size of size_t (bytes)"),
            (1, "size of Instruction (bytes)"),
            (1, "size of lua_Integer (bytes)"),
            (1, "size of lua_Number (bytes)"),
            (
                size_at(INTEGER_SIZE),
                "LUAC_INT (0x5678 shows the byte order)",
            ),
            (
                size_at(NUMBER_SIZE),
                "LUAC_NUM (370.5 shows the number format)",
            ),
        ],
    )
}

/// `LoadFunction`
fn function(walk: &mut Walk) -> Result<()> {
    walk.source()?;
    walk.int("linedefined", Field::LineDefined)?;
    walk.int("lastlinedefined", Field::LastLineDefined)?;
    walk.byte("numparams", Field::NumParams)?;
    walk.byte("is_vararg", Field::IsVararg)?;
    walk.byte("maxstacksize", Field::MaxStackSize)?;
    walk.code()?;
    walk.constants(constant)?;
    let sizeupvalues = upvalues(walk)?;
    // A function has at least nine ints, three bytes and the size of its source.
    walk.functions(9 * u64::from(walk.layout().int) + 4, function)?;
    walk.lines()?;
    walk.locals(1)?;
    walk.upvalue_names(1, sizeupvalues)
}

fn constant(walk: &mut Walk) -> Result<()> {
    let offset = walk.position();
    match walk.byte("a constant's tag", Field::Tag)? {
        tag::NIL => walk.constant(Constant::Nil),
        tag::BOOLEAN => walk.boolean("a boolean"),
        tag::FLOAT => walk.float("a float"),
        tag::INTEGER => walk.integer("an integer"),
        tag::SHORT_STRING | tag::LONG_STRING => match walk.string("a string")? {
            Some(string) => walk.constant(Constant::String(string.into())),
            None => walk.problem(offset, ChunkProblem::NullConstant),
        },
        tag => walk.problem(offset, ChunkProblem::ConstantTag(tag)),
    }
}

/// `LoadUpvalues`: gives how many there are.
fn upvalues(walk: &mut Walk) -> Result<usize> {
    let sizeupvalues = walk.count(Part::Upvalues, "sizeupvalues", 2)?;
    for _ in 0..sizeupvalues {
        walk.pair("upvalues", |instack, idx| Field::Upvaldesc { instack, idx })?;
    }
    Ok(sizeupvalues)
}
