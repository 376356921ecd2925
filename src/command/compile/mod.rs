//! Compiles Lua sources to chunks, by Lua's own compiler or by one that the user names.

mod error;
mod lua;
mod luac;
pub mod remote;

#[cfg(feature = "score")]
pub use error::cut;
pub use error::{CompileError, Limits};
#[cfg(test)]
pub use lua::compile as compile_here;
#[cfg(feature = "score")]
pub use lua::skip_comment;

use anyhow::Result;
use luadec_tok::Version;
use luadec_tok::chunk::Chunk;
use serde::{Deserialize, Serialize};

use super::helper::Helpers;
use luac::Luac;

/// The compiler to use.
#[derive(Clone, Serialize, Deserialize)]
pub enum Lua {
    /// Lua 5.3, which is part of this program.
    Own,
    /// A command that the user names.
    Luac(Luac),
}

/// A compiler.
pub struct Compiler {
    lua: Lua,
    /// The helpers it works in; none if this process is a helper.
    helpers: Option<Helpers>,
}

impl Compiler {
    /// Makes the compiler that a command line starts, or the one of this program. Anything that
    /// could take long is compiled in a helper.
    ///
    /// # Errors
    /// The command does not compile as luac does.
    pub fn new(line: Option<&str>) -> Result<Compiler> {
        Ok(Compiler {
            lua: match line {
                None => Lua::Own,
                Some(line) => Lua::Luac(Luac::new(line)?),
            },
            helpers: Some(Helpers::new(remote::SUBCOMMAND)),
        })
    }

    /// Makes a compiler for a process that is a helper.
    pub fn in_helper(lua: Lua) -> Compiler {
        Compiler { lua, helpers: None }
    }

    /// The compiler to use.
    #[cfg(feature = "score")]
    pub fn lua(&self) -> &Lua {
        &self.lua
    }

    /// Returns true if it does not have to be started for each source.
    pub fn starts_at_once(&self) -> bool {
        matches!(self.lua, Lua::Own)
    }

    /// Returns the version of its chunks.
    pub fn version(&self) -> Version {
        match &self.lua {
            Lua::Own => Version::Lua53,
            Lua::Luac(luac) => luac.version(),
        }
    }

    /// Compiles a source to a chunk with all debug information. Lua 5.3 compiles it as `luac5.3`
    /// does a file called `name`; for other compilers see [`name_source`](Self::name_source).
    /// Nothing is executed, and no library is open.
    ///
    /// # Errors
    /// What the compiler refuses, and what goes beyond a limit.
    pub fn compile(
        &self,
        source: &[u8],
        name: &str,
        limits: Limits,
    ) -> Result<Vec<u8>, CompileError> {
        match (&self.lua, &self.helpers) {
            (lua, Some(helpers)) if source.len() > SMALL || !self.starts_at_once() => {
                remote::compile(helpers, lua, source, name, limits)
            }
            (Lua::Own, _) => lua::compile(source, name, limits.memory),
            (Lua::Luac(luac), _) => luac.compile(source, name, limits),
        }
    }

    /// Gives the source of a compiled chunk the name that luac gives a file at `path`.
    pub fn name_source(&self, chunk: &mut Chunk, path: &str) {
        if let Lua::Luac(_) = self.lua {
            luac::name_source(&mut chunk.main, &format!("@{path}").into_bytes().into());
        }
    }
}

/// The longest source, in bytes, that is compiled in this process: none of this length takes long.
const SMALL: usize = 64 << 10;
