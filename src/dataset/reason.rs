//! Why a source gives no record.

use std::io;

use thiserror::Error;

/// Why a source, or a variant of it, gives no record.
#[derive(Debug, Error)]
pub enum Reason {
    /// It could not be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// Its name cannot be written into JSON.
    #[error("its path is not UTF-8")]
    PathNotUtf8,
    /// Its text cannot be written into JSON.
    #[error("not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// It would forge a part of the record, and cannot be escaped without being changed.
    #[error("it holds the token {token} at byte {offset}")]
    Token {
        /// The token of the vocabulary.
        token: &'static str,
        /// Where it stands in the source, counted from 0.
        offset: usize,
    },
    /// The row is not JSON.
    #[error("the row is no JSON object: {0}")]
    RowNotJson(String),
    /// The row has no such key.
    #[error("the row has no key {0:?}")]
    RowWithoutKey(String),
    /// The row's value is no text.
    #[error("the row's {0:?} is not a string")]
    RowNotText(String),
    /// Lua does not compile it. The message is Lua's own.
    #[error("{0}")]
    Syntax(String),
    /// Lua needs too much memory to compile it.
    #[error("to compile it takes more than {} MiB of memory", .0 >> 20)]
    Memory(usize),
    /// It is too large to be tried.
    #[error("{bytes} bytes are too many; at most {most} are read")]
    TooLarge {
        /// The length of the source.
        bytes: u64,
        /// The most that is read.
        most: u64,
    },
    /// Its stream is longer than wanted.
    #[error("its stream is longer than {0} bytes")]
    TooLong(u64),
    /// Its stream does not parse back to the chunk: a fault of this library.
    #[error("its stream does not turn back into its chunk: {0} (a fault of luadec-tok's)")]
    Unverified(String),
}

impl Reason {
    /// What reasons are counted by: one name for all of a kind.
    pub fn name(&self) -> &'static str {
        match self {
            Reason::Unreadable(_) => "unreadable",
            Reason::PathNotUtf8 => "path-not-utf8",
            Reason::NotUtf8(_) => "not-utf8",
            Reason::Token { .. } => "token",
            Reason::RowNotJson(_) => "row-not-json",
            Reason::RowWithoutKey(_) => "row-without-key",
            Reason::RowNotText(_) => "row-not-text",
            Reason::Syntax(_) => "syntax",
            Reason::Memory(_) => "memory",
            Reason::TooLarge { .. } => "too-large",
            Reason::TooLong(_) => "too-long",
            Reason::Unverified(_) => "unverified",
        }
    }
}
