//! Compiles in this process, with the built-in Lua 5.3.

use mlua::chunk::ChunkMode;
use mlua::{Error, Lua, LuaOptions, StdLib};

use super::SMALL;
use super::error::CompileError;

/// Compiles a source to a chunk, with a limit of memory in bytes and without one of time.
pub fn compile(source: &[u8], name: &str, memory: usize) -> Result<Vec<u8>, CompileError> {
    if source.len() <= SMALL {
        let compiled = LUA.with(|lua| {
            if lua.used_memory() > MAX_GARBAGE {
                lua.gc_collect().map_err(syntax)?;
            }
            compile_in(lua, source, name, memory)
        });
        // The garbage of earlier sources may be the reason: try again in a fresh state.
        if !matches!(compiled, Err(CompileError::Memory(_))) {
            return compiled;
        }
    }
    compile_in(&new(), source, name, memory)
}

/// The memory in use after which garbage of earlier sources is collected, in bytes.
const MAX_GARBAGE: usize = 1 << 20;

thread_local! {
    /// Creating a state takes as long as compiling a small source.
    static LUA: Lua = new();
}

fn new() -> Lua {
    Lua::new_with(StdLib::NONE, LuaOptions::default()).expect("no library is opened")
}

fn compile_in(
    lua: &Lua,
    source: &[u8],
    name: &str,
    memory: usize,
) -> Result<Vec<u8>, CompileError> {
    lua.set_memory_limit(memory).map_err(syntax)?;
    let function = lua
        .load(skip_comment(source))
        .set_name(format!("@{name}"))
        .set_mode(ChunkMode::Text)
        .into_function();
    match function {
        Ok(function) => Ok(function.dump(false)),
        Err(Error::MemoryError(_)) => Err(CompileError::Memory(memory)),
        Err(error) => Err(syntax(error)),
    }
}

fn syntax(error: Error) -> CompileError {
    CompileError::syntax(&match error {
        Error::SyntaxError { message, .. } => message,
        // A limit of the compiler. Lua's message ends before an empty traceback.
        Error::RuntimeError(message) => message.lines().take(1).collect(),
        error => error.to_string(),
    })
}

/// Returns a source without a byte order mark and without a first line that starts with `#`
/// (`skipcomment` in `lauxlib.c`). Keeps the end of that line, so line numbers do not change.
pub fn skip_comment(source: &[u8]) -> &[u8] {
    let rest = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    match rest {
        [b'#', ..] => memchr::memchr(b'\n', rest).map_or(b"\n", |end| &rest[end..]),
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use luadec_tok::undump;

    #[test]
    fn a_first_line_with_a_hash_is_skipped_and_counted() {
        for source in ["#!/usr/bin/lua\nreturn", "\u{FEFF}#\nreturn", "\nreturn"] {
            let chunk = compile(source.as_bytes(), "demo.lua", 1 << 20).unwrap();
            let main = undump(&chunk).unwrap().chunk.main;
            assert_eq!(main.source.as_deref(), Some(b"@demo.lua".as_slice()));
            assert_eq!(
                main.lineinfo.iter().collect::<Vec<_>>(),
                [2, 2],
                "{source:?}"
            );
        }
        for source in ["", "#", "#!/usr/bin/lua"] {
            assert!(compile(source.as_bytes(), "demo.lua", 1 << 20).is_ok());
        }
    }

    #[test]
    fn messages_are_lua_s_own() {
        let message = |source: &str| {
            let compiled = compile(source.as_bytes(), "demo.lua", 1 << 20);
            compiled.unwrap_err().to_string()
        };
        assert_eq!(message("a = = 1"), "demo.lua:1: unexpected symbol near '='");
        assert_eq!(
            message("\x1bLua"),
            "attempt to load a binary chunk (mode is 't')"
        );
        assert_eq!(
            message(&"do local a end ".repeat(32768)),
            "too many local variables (limit is 32767)"
        );
        assert_eq!(
            message(&"a = {} ".repeat(100_000)),
            "compiling it takes more than 1 MiB of memory"
        );
    }
}
