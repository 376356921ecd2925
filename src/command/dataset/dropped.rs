//! What is dropped, and why.

use std::{fmt, io};

use luadec_tok::tokenizer::{LostText, TokenizerError};
use thiserror::Error;

use crate::command::compile::CompileError;

/// A source, a function of it or a variant of either that gives no record.
#[derive(Debug)]
pub struct Dropped {
    /// The path of the source.
    pub path: String,
    /// The function, if records are made of functions.
    pub function: Option<String>,
    /// Whether it is the stripped variant, if it is just one of them.
    pub stripped: Option<bool>,
    /// Why it is dropped.
    pub reason: Reason,
}

impl Dropped {
    /// A source that gives nothing at all.
    pub fn new(path: String, reason: Reason) -> Self {
        Dropped {
            path,
            function: None,
            stripped: None,
            reason,
        }
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(function) = &self.function {
            write!(f, ", {function}")?;
        }
        f.write_str(match self.stripped {
            None => "",
            Some(false) => " (with debug information)",
            Some(true) => " (stripped)",
        })?;
        write!(f, ": dropped: {}", self.reason)
    }
}

/// Why a source, or a variant of it, gives no record.
#[derive(Debug, Error)]
pub enum Reason {
    /// It could not be read.
    #[error("{0}")]
    Unreadable(io::Error),
    /// Its name cannot be written as JSON.
    #[error("its path is not UTF-8")]
    PathNotUtf8,
    /// Lua's names end at a NUL.
    #[error("its path holds a NUL")]
    PathWithNul,
    /// Its text cannot be written as JSON.
    #[error("not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// It would forge a part of the record; escaping would change the source.
    #[error("it holds the token {token} at byte {offset}")]
    Token {
        /// The token of the vocabulary.
        token: &'static str,
        /// Its offset in the source.
        offset: usize,
    },
    /// The row is not JSON.
    #[error("the row is not a JSON object: {0}")]
    RowNotJson(String),
    /// The row has no such key.
    #[error("the row has no key {0:?}")]
    RowWithoutKey(String),
    /// The row's value is not a string.
    #[error("the row's {0:?} is not a string")]
    RowNotText(String),
    /// The row's value holds half of a character, which is not text.
    #[error("the row's {0:?} holds a lone surrogate (\\uD800 to \\uDFFF), which is not text")]
    RowSurrogate(String),
    /// It is compiled already.
    #[error("it is a chunk, not a source; luadec-tok without `dataset` converts it")]
    Chunk,
    /// It is empty, or holds nothing but comments.
    #[error("it compiles to no code")]
    Empty,
    /// It does not compile.
    #[error(transparent)]
    NotCompiled(#[from] CompileError),
    /// It is too large to be tried.
    #[error("{bytes} bytes are too many; at most {most} are read")]
    TooLarge {
        /// The length of the source.
        bytes: u64,
        /// The longest that is read.
        most: u64,
    },
    /// Its stream is longer than wanted.
    #[error("its stream is longer than {0} bytes")]
    TooLong(u64),
    /// It has more tokens than wanted.
    #[error("it has more than {0} tokens")]
    TooManyTokens(u32),
    /// It spells a control token of the tokenizer, whose id would mean something.
    #[error("it spells {0}, a control token of the tokenizer")]
    Control(String),
    /// Its ids decode to another text.
    #[error("the tokenizer does not keep its text: {0}; --keep-lossy keeps the record")]
    Lossy(#[from] LostText),
    /// The tokenizer has no ids for it.
    #[error("{0}")]
    NoIds(String),
    /// There is no memory for what it takes.
    #[error("out of memory")]
    OutOfMemory,
    /// Its stream does not parse back to its chunk: a fault of this program.
    #[error("its stream does not turn back into its chunk: {0} (a fault of luadec-tok's)")]
    Unverified(String),
}

impl Reason {
    /// The name that drops of this kind are counted by.
    pub fn name(&self) -> &'static str {
        match self {
            Reason::Unreadable(_) => "unreadable",
            Reason::PathNotUtf8 => "path-not-utf8",
            Reason::PathWithNul => "path-with-nul",
            Reason::NotUtf8(_) => "not-utf8",
            Reason::Token { .. } => "token",
            Reason::RowNotJson(_) => "row-not-json",
            Reason::RowWithoutKey(_) => "row-without-key",
            Reason::RowNotText(_) => "row-not-text",
            Reason::RowSurrogate(_) => "row-surrogate",
            Reason::Chunk => "chunk",
            Reason::Empty => "empty",
            Reason::NotCompiled(CompileError::Syntax(_)) => "syntax",
            Reason::NotCompiled(CompileError::Memory(_) | CompileError::LongChunk(_)) => "memory",
            Reason::NotCompiled(CompileError::Time(_) | CompileError::LongTime(_)) => "time",
            Reason::NotCompiled(
                CompileError::BadChunk(_) | CompileError::Died(_) | CompileError::NoProcess(_),
            ) => "compiler",
            Reason::TooLarge { .. } => "too-large",
            Reason::TooLong(_) => "too-long",
            Reason::TooManyTokens(_) => "too-many-tokens",
            Reason::Control(_) => "control-token",
            Reason::Lossy(_) => "lossy",
            Reason::NoIds(_) => "no-ids",
            Reason::OutOfMemory => "out-of-memory",
            Reason::Unverified(_) => "unverified",
        }
    }

    /// What an error of making the record means, if it is not that there is no memory.
    pub fn of(error: &io::Error, other: fn(String) -> Reason) -> Reason {
        match error.kind() {
            io::ErrorKind::OutOfMemory => Reason::OutOfMemory,
            _ => other(error.to_string()),
        }
    }
}

impl From<io::Error> for Reason {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::OutOfMemory => Reason::OutOfMemory,
            _ => Reason::Unreadable(error),
        }
    }
}

impl From<TokenizerError> for Reason {
    fn from(error: TokenizerError) -> Self {
        match error {
            TokenizerError::OutOfMemory => Reason::OutOfMemory,
            error => Reason::NoIds(error.to_string()),
        }
    }
}
