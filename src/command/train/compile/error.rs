//! The limits of compiling, and the errors.

use serde::{Deserialize, Serialize};

/// The limits for compiling a source.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory, in bytes.
    pub memory: usize,
    /// Time, in seconds: processor time for the built-in compiler, elapsed time for any other.
    pub seconds: u64,
}

/// The reason a source has no chunk.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum CompileError {
    /// Lua's own message, cut if it is long.
    #[error("{0}")]
    Syntax(String),
    /// More memory than this, in bytes.
    #[error("compiling it takes more than {} MiB of memory", .0 >> 20)]
    Memory(usize),
    /// More processor time than this, in seconds.
    #[error("compiling it takes more than {0} s of processor time")]
    Time(u64),
    /// More time than this, in seconds.
    #[error("compiling it takes more than {0} s")]
    LongTime(u64),
    /// A chunk that is longer than this, in bytes.
    #[error("the compiler wrote more than {} MiB", .0 >> 20)]
    LongChunk(usize),
    /// Output of the compiler that cannot be read as a chunk.
    #[error("the compiler did not write a readable chunk: {0}")]
    BadChunk(String),
    /// The end of the process that compiled it.
    #[error("the process that compiled it died: {0}")]
    Died(String),
    /// A process that cannot be started.
    #[error("cannot start a process to compile it: {0}")]
    NoProcess(String),
}

/// The longest message that is kept whole, in bytes. Lua quotes the offending token, which may be as long
/// as the source.
pub const MESSAGE: usize = 400;

impl CompileError {
    /// Describes a source that Lua refuses with a message.
    pub fn syntax(message: &str) -> CompileError {
        CompileError::Syntax(cut(message))
    }
}

/// Returns a message, cut to [`MESSAGE`] bytes.
pub fn cut(message: &str) -> String {
    if message.len() <= MESSAGE {
        return message.to_owned();
    }
    let end = (0..=MESSAGE).rfind(|end| message.is_char_boundary(*end));
    format!("{}...", &message[..end.unwrap_or(0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        let long = format!("x{}", "é".repeat(MESSAGE));
        let kept = cut(&long);
        assert_eq!(kept.len(), MESSAGE - 1 + "...".len());
        assert!(long.starts_with(kept.strip_suffix("...").unwrap()));
    }
}
