//! Errors of streams.

use thiserror::Error;

use crate::chunk::{MAX_DEPTH, TreePath};
use crate::foreign::FileKind;

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
    /// The problem there.
    pub problem: StreamProblem,
}

/// A problem with a stream.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum StreamProblem {
    /// A token or value other than the grammar expects.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What the grammar expects.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A token or value that contradicts another.
    #[error("{found} contradicts {with}, whose {what} is {value}")]
    DoesNotFit {
        /// What is there.
        found: String,
        /// What it contradicts.
        with: String,
        /// The property that they disagree on.
        what: String,
        /// The value that would agree.
        value: String,
    },
    /// An opcode that the stream does not name.
    #[error("<|OP_UNKNOWN|> cannot be converted back: the stream does not name the opcode")]
    UnknownOpcode,
    /// A function without a source inside one that has a source, which a chunk cannot store.
    #[error(
        "expected a source, found <|NULL|>: a function inside one with a source has that source or its own"
    )]
    LostSource,
    /// A token that only outlines have.
    #[error(
        "{0} belongs to the outline of a function, which is not a whole chunk; luadec-tok assemble makes a file of the answers to outlines"
    )]
    Outline(String),
    /// Functions nested too deeply.
    #[error("functions are nested deeper than {MAX_DEPTH}, the limit of Lua")]
    Depth,
    /// Memory runs out.
    #[error("out of memory")]
    Memory,
    /// Another kind of file.
    #[error("{0}")]
    Foreign(FileKind),
}
