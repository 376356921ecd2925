//! What is dropped, and why.

use std::{fmt, io};

use luadec_tok::Version;
use luadec_tok::tokenizer::{LostText, TokenizerError};
use thiserror::Error;

use super::language::SourceLanguage;
use crate::command::train::compile::CompileError;

/// A source, a function in it, or a variant of either, from which no record is made.
#[derive(Debug)]
pub struct Dropped {
    /// The path of the source.
    pub path: String,
    /// The path of the function, if records are made from functions.
    pub function: Option<String>,
    /// Whether it is the stripped variant; `None` if all variants are dropped.
    pub stripped: Option<bool>,
    pub reason: Reason,
    /// The other keys of the source's row, if it is dropped before it is compiled.
    pub meta: Option<String>,
}

impl Dropped {
    /// Drops a whole source.
    pub fn new(path: String, reason: Reason) -> Self {
        Dropped {
            path,
            function: None,
            stripped: None,
            reason,
            meta: None,
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

/// Why a source or a unit is dropped.
#[derive(Debug, Error)]
pub enum Reason {
    /// It could not be read.
    #[error("{0}")]
    Unreadable(io::Error),
    /// JSON cannot hold its path.
    #[error("its path is not valid UTF-8")]
    PathNotUtf8,
    /// The names of Lua's chunks end at a NUL.
    #[error("its path contains a NUL")]
    PathWithNul,
    /// JSON cannot hold its text.
    #[error("not valid UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// Its bytes are not in the encoding of this name.
    #[error("not valid {0}")]
    NotDecoded(&'static str),
    /// The token would be taken for a part of the record; escaping it would change the source.
    #[error("it contains the token {token} at byte {offset}")]
    Token {
        token: &'static str,
        /// Its offset in the source.
        offset: usize,
    },
    /// The row is not a JSON object: for this reason, after a colon, or because it is other JSON.
    #[error("the row is not a JSON object{0}")]
    RowNotJson(String),
    /// The row lacks this key.
    #[error("the row has no key {0:?}")]
    RowWithoutKey(String),
    /// The value of this key is not a string.
    #[error("the value of the row's {0:?} is not a string")]
    RowNotText(String),
    /// The value of this key contains half of a character.
    #[error("the value of the row's {0:?} contains a lone surrogate (\\uD800 to \\uDFFF)")]
    RowSurrogate(String),
    /// It is already compiled.
    #[error("this is a compiled chunk, not a source; convert it with luadec-tok -f terse")]
    Chunk,
    /// It contains nothing, or only comments.
    #[error("it contains no code")]
    Empty,
    /// It does not compile.
    #[error(transparent)]
    NotCompiled(#[from] CompileError),
    /// It does not compile, because it is in another language.
    #[error("{error}; {}", advice(*.language))]
    OtherLanguage {
        error: CompileError,
        language: SourceLanguage,
    },
    /// It is too large to try.
    #[error("it has {bytes} bytes; the limit is {most}")]
    TooLarge { bytes: u64, most: u64 },
    /// Its stream has more bytes than allowed.
    #[error("its stream is longer than {0} bytes")]
    TooLong(u64),
    /// It has more tokens than allowed.
    #[error("it has more than {0} tokens")]
    TooManyTokens(u32),
    /// It spells a control token of the tokenizer, which the model would see in place of the text.
    #[error("it spells {0}, a control token of the tokenizer; --keep-controls keeps the record")]
    Control(String),
    /// Its ids decode to a different text.
    #[error("the tokenizer changes its text: {0}; --keep-lossy keeps the record")]
    Lossy(#[from] LostText),
    /// The tokenizer cannot encode it.
    #[error("{0}")]
    NoIds(String),
    /// There is not enough memory.
    #[error("out of memory")]
    OutOfMemory,
    /// It cannot be parsed, or its functions are not where its code has them.
    #[error("{0}")]
    Unparsed(String),
    /// Its answer does not compile to its code.
    #[error("its answer does not compile to its code: {0}")]
    Canonical(String),
    /// Its answer compiles to its code only with the constants of the functions inside it.
    #[error(
        "the constants of the functions inside it change its code, so its answer by itself does not compile to it"
    )]
    Constants,
    /// Its stream does not turn back into its chunk: a bug in this program.
    #[error(
        "its stream does not turn back into its chunk: {0} (a bug in luadec-tok; please report it)"
    )]
    Unverified(String),
}

impl Reason {
    /// Returns the name by which drops of this kind are counted.
    pub fn name(&self) -> &'static str {
        match self {
            Reason::Unreadable(_) => "unreadable",
            Reason::PathNotUtf8 => "path-not-utf8",
            Reason::PathWithNul => "path-with-nul",
            Reason::NotUtf8(_) => "not-utf8",
            Reason::NotDecoded(_) => "not-decoded",
            Reason::Token { .. } => "token",
            Reason::RowNotJson(_) => "row-not-json",
            Reason::RowWithoutKey(_) => "row-without-key",
            Reason::RowNotText(_) => "row-not-text",
            Reason::RowSurrogate(_) => "row-surrogate",
            Reason::Chunk => "chunk",
            Reason::Empty => "empty",
            Reason::NotCompiled(CompileError::Syntax(_)) | Reason::OtherLanguage { .. } => "syntax",
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
            Reason::Unparsed(_) => "unparsed",
            Reason::Canonical(_) => "canonical",
            Reason::Constants => "constants",
            Reason::Unverified(_) => "unverified",
        }
    }

    /// Returns the reason for an error of the compiler of this version.
    pub fn of_compiler(error: CompileError, text: &str, version: Version) -> Reason {
        let language = match error {
            CompileError::Syntax(_) => SourceLanguage::of(text, version),
            _ => None,
        };
        match language {
            Some(language) => Reason::OtherLanguage { error, language },
            None => Reason::NotCompiled(error),
        }
    }

    /// Returns the language of a source that does not compile, if it was recognized.
    pub fn language(&self) -> Option<SourceLanguage> {
        match self {
            Reason::OtherLanguage { language, .. } => Some(*language),
            _ => None,
        }
    }

    /// Returns the reason for an error: [`Reason::OutOfMemory`], or `other` of its message.
    pub fn of(error: &io::Error, other: fn(String) -> Reason) -> Reason {
        match error.kind() {
            io::ErrorKind::OutOfMemory => Reason::OutOfMemory,
            _ => other(error.to_string()),
        }
    }
}

/// Says what a source is, and what compiles it.
fn advice(language: SourceLanguage) -> String {
    match language {
        SourceLanguage::Lua(version) => {
            format!("it is {language}, which --luac luac{version} compiles")
        }
        _ => format!("it looks like {language}"),
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
