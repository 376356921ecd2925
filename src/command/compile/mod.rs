//! Lua sources to chunks, by Lua's own compiler or one that the user names.

mod lua;
mod luac;
#[cfg(unix)]
mod process;
mod protocol;
#[cfg(unix)]
pub mod worker;

#[cfg(test)]
pub use lua::compile as compile_here;
pub use lua::skip_comment;
pub use protocol::{CompileError, Limits};

use anyhow::Result;
use luadec_tok::Version;
use luadec_tok::chunk::Chunk;

use luac::Luac;

/// Who compiles.
pub enum Compiler {
    /// Lua 5.3, which is part of this program.
    Own,
    /// A command of the user's.
    Luac(Luac),
}

impl Compiler {
    /// The compiler that a command line starts; without one, that of this program.
    ///
    /// # Errors
    /// The command does not compile as luac does.
    pub fn new(line: Option<&str>) -> Result<Compiler> {
        Ok(match line {
            None => Compiler::Own,
            Some(line) => Compiler::Luac(Luac::new(line)?),
        })
    }

    /// The version of its chunks.
    pub fn version(&self) -> Version {
        match self {
            Compiler::Own => Version::Lua53,
            Compiler::Luac(luac) => luac.version,
        }
    }

    /// Compiles a source to a chunk with all debug information. See
    /// [`name_source`](Self::name_source) for its name in it.
    ///
    /// # Errors
    /// What the compiler refuses, and what goes beyond a limit.
    pub fn compile(
        &self,
        source: &[u8],
        name: &str,
        limits: Limits,
    ) -> Result<Vec<u8>, CompileError> {
        match self {
            Compiler::Own => compile(source, name, limits),
            Compiler::Luac(luac) => luac.compile(source, name, limits),
        }
    }

    /// Gives the source of a chunk that was compiled the name that luac gives a file at `path`.
    pub fn name_source(&self, chunk: &mut Chunk, path: &str) {
        if let Compiler::Luac(_) = self {
            luac::name_source(&mut chunk.main, &format!("@{path}").into_bytes().into());
        }
    }
}

/// The longest source, in bytes, that is compiled in this process: none of this length takes long.
const SMALL: usize = 64 << 10;

/// Compiles a source to a chunk, as `luac5.3` does a file called `name`: the chunk has all debug
/// information and the source name `@name`. Nothing is executed, and no library is open.
///
/// Lua's compiler cannot be interrupted, so a source that could take long is compiled in another
/// process, one for each thread.
///
/// # Errors
/// What Lua refuses, and what goes beyond a limit.
fn compile(source: &[u8], name: &str, limits: Limits) -> Result<Vec<u8>, CompileError> {
    #[cfg(unix)]
    if source.len() > SMALL {
        return process::compile(source, name, limits);
    }
    lua::compile(source, name, limits.memory)
}
