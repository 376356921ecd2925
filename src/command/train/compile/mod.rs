//! Compiles Lua sources to chunks, with the built-in compiler or one that the user names.

#[cfg(feature = "score")]
pub mod arguments;
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

use anyhow::{Result, bail};
use luadec_tok::Version;
use luadec_tok::chunk::Chunk;
use serde::{Deserialize, Serialize};

use super::helper::Helpers;
use crate::command::dialect::file::DialectFile;
use crate::command::usage::Usage;
use luac::Luac;

/// The choice of a compiler.
#[derive(Clone, Serialize, Deserialize)]
pub enum Lua {
    /// The built-in Lua 5.3.
    Own,
    /// A command that the user names.
    Luac(Luac),
}

/// A compiler.
pub struct Compiler {
    lua: Lua,
    /// The dialect of its chunks, if they are not plain Lua's.
    dialect: Option<DialectFile>,
    /// The helpers it works in; `None` if this process is a helper.
    helpers: Option<Helpers>,
}

impl Compiler {
    /// Takes the compiler, whose chunks may be in a dialect, from a command line; `None` is the built-in
    /// one. Sources that may take long are compiled in helpers.
    ///
    /// # Errors
    /// The command does not compile as luac does, or there is a dialect without a command.
    pub fn of_dialect(line: Option<&str>, dialect: Option<DialectFile>) -> Result<Compiler> {
        if line.is_none() && dialect.is_some() {
            bail!(Usage(
                "--dialect and --opmap need --luac: the built-in compiler writes plain Lua"
                    .to_owned()
            ));
        }
        Ok(Compiler {
            lua: match line {
                None => Lua::Own,
                Some(line) => Lua::Luac(Luac::new(line, dialect.as_ref())?),
            },
            dialect,
            helpers: Some(Helpers::new(remote::SUBCOMMAND)),
        })
    }

    /// Takes the compiler from a command line, for answers to a chunk of a version that may be in a
    /// dialect, as the chunks of the command are then. The built-in compiler fits any dialect, because the
    /// chunk was translated when it was read.
    ///
    /// # Errors
    /// It does not compile as luac does, or is of another version.
    #[cfg(feature = "score")]
    pub fn for_chunk(
        line: Option<&str>,
        dialect: Option<DialectFile>,
        version: Version,
    ) -> Result<Compiler> {
        let compiler = Compiler::of_dialect(line, dialect.filter(|_| line.is_some()))?;
        let own = compiler.version();
        if own != version {
            bail!(
                "the chunk is of Lua {version}, but answers are compiled as Lua {own}; use --luac \
                 luac{version}"
            );
        }
        Ok(compiler)
    }

    /// Creates a compiler that works in this process, which is a helper.
    pub fn in_helper(lua: Lua) -> Compiler {
        let dialect = match &lua {
            Lua::Own => None,
            Lua::Luac(luac) => luac.dialect(),
        };
        Compiler {
            lua,
            dialect,
            helpers: None,
        }
    }

    /// Returns the choice of the compiler.
    #[cfg(feature = "score")]
    pub fn lua(&self) -> &Lua {
        &self.lua
    }

    /// Returns the dialect of its chunks, if they are not plain Lua's. What [`compile`](Self::compile)
    /// returns is stored as plain Lua's, with the opcodes of the dialect.
    pub fn dialect(&self) -> Option<&DialectFile> {
        self.dialect.as_ref()
    }

    /// Returns true if no process has to be started for each source.
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

    /// Compiles a source to a chunk with debug information, without executing anything. The built-in
    /// compiler calls the source `name`, as `luac5.3` calls a file; for others, see
    /// [`name_source`](Self::name_source).
    ///
    /// # Errors
    /// The compiler refuses the source, or a limit is exceeded.
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

    /// Sets the source name of a compiled chunk to what luac uses for the file at `path`.
    pub fn name_source(&self, chunk: &mut Chunk, path: &str) {
        if let Lua::Luac(_) = self.lua {
            luac::name_source(&mut chunk.main, &format!("@{path}").into_bytes().into());
        }
    }
}

/// The longest source that is compiled in this process, in bytes. No source of this length takes long.
const SMALL: usize = 64 << 10;
