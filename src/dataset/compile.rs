//! Lua sources to chunks, by Lua's own compiler.

use mlua::chunk::ChunkMode;
use mlua::{Error, Lua, LuaOptions, StdLib};

use super::Reason;

/// Compiles a source to a chunk, as `luac5.3` does a file called `name`: the chunk has all debug
/// information and the source's name `@name`. Nothing is executed, and no library is open.
///
/// `memory` is the most that the compiler may have, in bytes.
///
/// # Errors
/// [`Reason::Syntax`] with Lua's message, or [`Reason::Memory`].
pub fn compile(source: &[u8], name: &str, memory: usize) -> Result<Vec<u8>, Reason> {
    if source.len() <= SMALL {
        let compiled = LUA.with(|lua| {
            if lua.used_memory() > MOST_GARBAGE {
                lua.gc_collect().map_err(syntax)?;
            }
            compile_in(lua, source, name, memory)
        });
        // What is left of earlier sources must not decide.
        if !matches!(compiled, Err(Reason::Memory(_))) {
            return compiled;
        }
    }
    compile_in(&new(), source, name, memory)
}

/// The longest source, in bytes, that is compiled in the state of those before it.
const SMALL: usize = 64 << 10;

/// How much may be left of them, in bytes.
const MOST_GARBAGE: usize = 1 << 20;

thread_local! {
    /// A new state takes as long as a small source.
    static LUA: Lua = new();
}

fn new() -> Lua {
    Lua::new_with(StdLib::NONE, LuaOptions::default()).expect("no library is wanted")
}

fn compile_in(lua: &Lua, source: &[u8], name: &str, memory: usize) -> Result<Vec<u8>, Reason> {
    lua.set_memory_limit(memory).map_err(syntax)?;
    let function = lua
        .load(skip_comment(source))
        .set_name(format!("@{name}"))
        .set_mode(ChunkMode::Text)
        .into_function();
    match function {
        Ok(function) => Ok(function.dump(false)),
        Err(Error::MemoryError(_)) => Err(Reason::Memory(memory)),
        Err(error) => Err(syntax(error)),
    }
}

fn syntax(error: Error) -> Reason {
    Reason::Syntax(match error {
        Error::SyntaxError { message, .. } => message,
        // A limit of the compiler's. Behind Lua's message stands a traceback of nothing.
        Error::RuntimeError(message) => message.lines().take(1).collect(),
        error => error.to_string(),
    })
}

/// The source without a byte order mark and without the text of a first line that starts with `#`
/// (`skipcomment` of `lauxlib.c`). The line's end stays, so that the lines keep their numbers.
pub(super) fn skip_comment(source: &[u8]) -> &[u8] {
    let rest = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    match rest {
        [b'#', ..] => memchr::memchr(b'\n', rest).map_or(b"\n", |end| &rest[end..]),
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::undump;

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
    fn what_lua_refuses_is_refused_in_its_words() {
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
            "to compile it takes more than 1 MiB of memory"
        );
    }
}
