//! Lua's text: what is accepted, as what tree, with which scopes.

mod accept;
mod answers;
mod canonical;
mod errors;
mod limits;
mod scopes;
mod tree;

use std::io::Write;
use std::process::{Command, Stdio};

use luadec_tok::Version;

/// Whether Lua compiles a text: `None` if it has no compiler for the version here. 5.3 is always
/// here.
fn compiles(text: &[u8], version: Version) -> Option<Result<(), String>> {
    if version == Version::Lua53 {
        return Some(compiles_here(text));
    }
    let mut luac = Command::new(format!("luac{version}"))
        .args(["-p", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    // It may stop reading where it finds an error.
    let _ = luac.stdin.take().unwrap().write_all(text);
    let output = luac.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(output.status.success().then_some(()).ok_or(message))
}

fn compiles_here(text: &[u8]) -> Result<(), String> {
    thread_local! {
        static LUA: mlua::Lua = mlua::Lua::new();
    }
    let chunk = LUA.with(|lua| {
        let chunk = lua.load(text).set_mode(mlua::chunk::ChunkMode::Text);
        chunk.into_function().map(|_| ())
    });
    chunk.map_err(|error| error.to_string())
}

/// The stripped chunk of a text, if its compiler is here and accepts it.
fn chunk_of(text: &[u8], version: Version) -> Option<Vec<u8>> {
    if version == Version::Lua53 {
        let lua = mlua::Lua::new();
        let chunk = lua.load(text).set_mode(mlua::chunk::ChunkMode::Text);
        return chunk
            .into_function()
            .ok()
            .map(|function| function.dump(true));
    }
    luac_chunk(text, &version.to_string(), &["-s"])
}

/// The chunk that a `luac` makes of a text, if there is that `luac` and it can.
fn luac_chunk(text: &[u8], version: &str, options: &[&str]) -> Option<Vec<u8>> {
    let mut luac = Command::new(format!("luac{version}"))
        .args(options)
        .args(["-o", "/dev/stdout", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let _ = luac.stdin.take().unwrap().write_all(text);
    let output = luac.wait_with_output().unwrap();
    output.status.success().then_some(output.stdout)
}

/// The versions whose compiler is here.
fn compilers() -> Vec<Version> {
    let is_here = |version: &Version| {
        let is_here = compiles(b"", *version).is_some();
        if !is_here {
            eprintln!("skipped: there is no luac{version}");
        }
        is_here
    };
    Version::ALL.into_iter().filter(is_here).collect()
}
