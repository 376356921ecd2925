//! Lua sources to chunks, by Lua's own compiler.

mod lua;
#[cfg(unix)]
mod process;
mod protocol;
#[cfg(unix)]
pub mod worker;

#[cfg(test)]
pub use lua::compile as compile_here;
pub use lua::skip_comment;
pub use protocol::{CompileError, Limits};

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
pub fn compile(source: &[u8], name: &str, limits: Limits) -> Result<Vec<u8>, CompileError> {
    #[cfg(unix)]
    if source.len() > SMALL {
        return process::compile(source, name, limits);
    }
    lua::compile(source, name, limits.memory)
}
