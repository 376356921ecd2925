//! Why a stream was refused, and where.

use thiserror::Error;

use crate::chunk::{MAX_DEPTH, TreePath};

/// Why a stream was refused, and where.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("line {line}, byte {byte}, {path}: {problem}")]
#[non_exhaustive]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The byte in the line, counted from 1.
    pub byte: usize,
    /// The place in the tree.
    pub path: TreePath,
    /// What is wrong there.
    pub problem: StreamProblem,
}

/// What can be wrong with a stream.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum StreamProblem {
    /// Something else stands where the grammar wants a token or value.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What the grammar wants.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A token or value contradicts another.
    #[error("{found} does not fit {with} (its {what} is {value})")]
    DoesNotFit {
        /// What stands there.
        found: String,
        /// What it contradicts.
        with: String,
        /// The property in question.
        what: String,
        /// The value that would fit.
        value: String,
    },
    /// The stream does not say which opcode this was.
    #[error("<|OP_UNKNOWN|> cannot be turned back: the stream does not say which opcode it was")]
    UnknownOpcode,
    /// A chunk that gives no source to a function cannot say that its parent has one.
    #[error(
        "<|NULL|> does not fit a function inside one that has a source (it would have its parent's)"
    )]
    LostSource,
    /// Functions in functions in functions.
    #[error("functions are nested deeper than {MAX_DEPTH}, Lua's own limit")]
    Depth,
    /// There is no memory for what stands here.
    #[error("out of memory")]
    Memory,
    /// The input is compressed: the format, and the command that undoes it.
    #[error("this is compressed with {0}; decompress it first: {1}")]
    Compressed(&'static str, &'static str),
    /// The input begins with a byte order mark.
    #[error(
        "this begins with a byte order mark, which no stream has; remove its three bytes: tail -c +4"
    )]
    ByteOrderMark,
    /// The input is text of two bytes a character.
    #[error("this is text in UTF-16; convert it first: iconv -f UTF-16 -t ASCII")]
    Utf16,
    /// The input is a chunk.
    #[error("this is a Lua chunk, not a token stream; `luadec-tok` without `decode` converts it")]
    Chunk,
}
