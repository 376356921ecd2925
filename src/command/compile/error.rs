//! The reasons for which a source does not compile, and the limits of compiling.

use serde::{Deserialize, Serialize};

/// The limits of compiling a source.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory, in bytes.
    pub memory: usize,
    /// Time, in seconds: processor time of Lua's compiler, any time of another.
    pub seconds: u64,
}

/// The reason a source has no chunk.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum CompileError {
    /// Lua refuses it. The message is Lua's own, but cut.
    #[error("{0}")]
    Syntax(String),
    /// It takes more memory than this, in bytes.
    #[error("compiling it takes more than {} MiB of memory", .0 >> 20)]
    Memory(usize),
    /// It takes more processor time than this, in seconds.
    #[error("compiling it takes more than {0} s of processor time")]
    Time(u64),
    /// It takes longer than this, in seconds.
    #[error("compiling it takes more than {0} s")]
    LongTime(u64),
    /// The compiler writes more than this, in bytes.
    #[error("the compiler's output is longer than {} MiB", .0 >> 20)]
    LongChunk(usize),
    /// The compiler's output is not a chunk that can be read.
    #[error("cannot read the compiler's output: {0}")]
    BadChunk(String),
    /// The process that compiled it died.
    #[error("the process that compiled it died: {0}")]
    Died(String),
    /// No process to compile it can be started.
    #[error("cannot start a process to compile it: {0}")]
    NoProcess(String),
}

/// The longest message that is kept, in bytes. Lua quotes the offending token, which may be as long
/// as the source.
pub const MESSAGE: usize = 400;

impl CompileError {
    /// Makes the error for a source that Lua refuses in these words.
    pub fn syntax(message: &str) -> CompileError {
        CompileError::Syntax(cut(message))
    }
}

/// Cuts a message to [`MESSAGE`] bytes.
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
