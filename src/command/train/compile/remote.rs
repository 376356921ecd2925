//! Compiles in a helper.

use std::time::Duration;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::error::{CompileError, Limits};
use super::{Compiler, Lua};
use crate::command::train::helper::{self, Helper, Helpers, Lost};

/// The name of the subcommand. It is not in the help.
pub const SUBCOMMAND: &str = "compile-for-another-process";

/// The longest source, in bytes, after which a helper is used again. After a longer one it ends, which
/// frees its memory.
const REUSED: usize = 1 << 20;

/// The first line of a request. The source comes after it.
#[derive(Serialize, Deserialize)]
struct RequestHeader {
    lua: Lua,
    name: String,
    limits: Limits,
}

type Compiled = Result<Vec<u8>, CompileError>;

/// Compiles a source in a helper.
pub fn compile(
    helpers: &Helpers,
    lua: &Lua,
    source: &[u8],
    name: &str,
    limits: Limits,
) -> Compiled {
    let header = RequestHeader {
        lua: lua.clone(),
        name: name.to_owned(),
        limits,
    };
    let header = serde_json::to_vec(&header).expect("a header is valid JSON");
    let request: &[&[u8]] = &[&header, b"\n", source];
    loop {
        let taken = helpers.take();
        let (mut helper, is_fresh) =
            taken.map_err(|error| CompileError::NoProcess(error.to_string()))?;
        match ask(&mut helper, request) {
            Ok(reply) => {
                if source.len() <= REUSED {
                    helpers.keep(helper);
                }
                return reply;
            }
            Err(Lost::Late(_)) => return Err(CompileError::Time(limits.seconds)),
            Err(Lost::Died(status)) if is_fresh => {
                return Err(CompileError::Died(status.to_string()));
            }
            // An idle helper may have been killed before it got the source.
            Err(Lost::Died(_)) => {}
        }
    }
}

fn ask(helper: &mut Helper, request: &[&[u8]]) -> Result<Compiled, Lost> {
    helper.ask(request);
    let reply = helper.reply()?;
    Ok(match reply.split_first() {
        Some((&CHUNK, chunk)) => Ok(chunk.to_owned()),
        Some((_, error)) => Err(serde_json::from_slice(error).unwrap_or_else(broken)),
        None => Err(CompileError::Died("an empty reply".to_owned())),
    })
}

fn broken(error: serde_json::Error) -> CompileError {
    CompileError::Died(error.to_string())
}

/// The first bytes of replies.
const CHUNK: u8 = b'+';
const ERROR: u8 = b'-';

/// Serves the process that started this one as a helper.
pub fn serve() -> Result<()> {
    helper::serve(|request, replies| {
        let reply = match served(request) {
            Ok(mut chunk) => {
                chunk.insert(0, CHUNK);
                chunk
            }
            Err(error) => {
                let mut reply = vec![ERROR];
                serde_json::to_writer(&mut reply, &error).expect("an error is valid JSON");
                reply
            }
        };
        replies.send(&reply);
    })
}

fn served(request: &[u8]) -> Compiled {
    let end = memchr::memchr(b'\n', request).unwrap_or(request.len());
    let (header, source) = request.split_at(end);
    let header: RequestHeader = serde_json::from_slice(header).map_err(broken)?;
    helper::limit(Duration::from_secs(header.limits.seconds), 0);
    let compiler = Compiler::in_helper(header.lua);
    compiler.compile(
        source.get(1..).unwrap_or_default(),
        &header.name,
        header.limits,
    )
}
