//! A compiler that the user names, which is started for each source.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::process::{Child, Command, ExitStatus};

use anyhow::{Context, Result, anyhow};
use luadec_tok::chunk::{LuaString, Proto};
use luadec_tok::{LUA_SIGNATURE, Version, undump};
use serde::{Deserialize, Serialize};

use super::error::{CompileError, Limits, MESSAGE};
use super::lua::skip_comment;
use super::{Lua, remote};
use crate::command::helper::{self, Helpers};

/// The memory that a compiler may take in addition to that for the source, in bytes. It may be a
/// script that starts the real one.
const MEMORY: usize = 1 << 30;

/// A compiler with luac's arguments: it reads a source from standard input and writes its chunk to
/// standard output, as `luac -o - -` does.
#[derive(Clone, Serialize, Deserialize)]
pub struct Luac {
    program: String,
    arguments: Vec<String>,
    /// The version byte of its chunks, once it is known.
    version: Option<u8>,
}

impl Luac {
    /// Makes the compiler of a command line, which is split at white space. The chunk that it makes
    /// of an empty source tells its version.
    ///
    /// # Errors
    /// It cannot be started, or what it writes is no chunk that can be read.
    pub fn new(line: &str) -> Result<Luac> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let program = words
            .next()
            .context("--luac is empty; expected a command, such as luac5.4")?;
        let mut luac = Luac {
            program,
            arguments: words.collect(),
            version: None,
        };
        let limits = Limits {
            memory: 1 << 20,
            seconds: 60,
        };
        let helpers = Helpers::new(remote::SUBCOMMAND);
        let chunk = remote::compile(&helpers, &Lua::Luac(luac.clone()), b"", "probe", limits);
        let chunk = chunk.map_err(|error| anyhow!("--luac {line:?}: {error}"))?;
        let version = undump(&chunk).map(|undumped| undumped.chunk.version);
        luac.version = version.map(Version::byte).ok();
        Ok(luac)
    }

    /// Returns the version of its chunks.
    pub fn version(&self) -> Version {
        let version = self.version.and_then(Version::of_byte);
        version.unwrap_or_default()
    }

    /// Compiles a source, in a helper. Its name in the chunk is `=stdin`; see [`name_source`].
    pub fn compile(
        &self,
        source: &[u8],
        name: &str,
        limits: Limits,
    ) -> Result<Vec<u8>, CompileError> {
        let source = skip_comment(source);
        if source.first() == LUA_SIGNATURE.first() {
            return Err(CompileError::syntax(
                "attempt to load a binary chunk (mode is 't')",
            ));
        }
        let ran = self.run(source, limits)?;
        let length = ran.chunk.metadata().map_or(0, |chunk| chunk.len());
        if length > limits.memory as u64 {
            return Err(CompileError::LongChunk(limits.memory));
        }
        let Some(status) = ran.status else {
            return Err(CompileError::LongTime(limits.seconds));
        };
        if status.success() {
            return self.checked(written(ran.chunk, length).map_err(died)?);
        }
        if status.code().is_none() {
            return Err(CompileError::Died(status.to_string()));
        }
        // One byte more shows whether the message is cut.
        let message = written(ran.message, MESSAGE as u64 + 1).map_err(died)?;
        let message = String::from_utf8_lossy(&message);
        let message = message.trim();
        if message.ends_with("not enough memory") {
            return Err(CompileError::Memory(MEMORY + limits.memory));
        }
        Err(CompileError::syntax(&match message.split_once("stdin:") {
            // The compiler's own name comes first.
            Some((_, message)) => format!("{name}:{message}"),
            None if message.is_empty() => format!("{}: {status}", self.program),
            None => message.to_owned(),
        }))
    }

    /// Returns the chunk if it is of the compiler's version.
    fn checked(&self, chunk: Vec<u8>) -> Result<Vec<u8>, CompileError> {
        if chunk.is_empty() {
            let message =
                "no output; expected a chunk on standard output, as luac -o - - writes it";
            return Err(CompileError::BadChunk(message.to_owned()));
        }
        let version = match undump(&chunk) {
            Ok(undumped) => undumped.chunk.version,
            Err(error) => return Err(CompileError::BadChunk(error.to_string())),
        };
        match self.version {
            Some(own) if own != version.byte() => Err(CompileError::BadChunk(format!(
                "a chunk of {}, but earlier ones are of {}",
                version.name(),
                self.version().name()
            ))),
            _ => Ok(chunk),
        }
    }

    /// Runs the compiler. Its input and outputs are files, because a process that it leaves behind
    /// may keep a pipe open for as long as it likes.
    fn run(&self, source: &[u8], limits: Limits) -> Result<Ran, CompileError> {
        let prepare = || -> io::Result<_> {
            let (mut stdin, stdout, stderr) = (scratch()?, scratch()?, scratch()?);
            stdin.write_all(source)?;
            stdin.rewind()?;
            let mut command = Command::new(&self.program);
            command.args(&self.arguments).args(["-o", "-", "-"]);
            command.stdin(stdin);
            command.stdout(stdout.try_clone()?);
            command.stderr(stderr.try_clone()?);
            Ok((command, stdout, stderr))
        };
        let (mut command, chunk, message) =
            prepare().map_err(|error| CompileError::NoProcess(error.to_string()))?;
        let status = helper::run(&mut command, |child| limit(child, limits))
            .map_err(|error| CompileError::NoProcess(format!("{}: {error}", self.program)))?;
        Ok(Ran {
            status,
            chunk,
            message,
        })
    }
}

/// A compiler that has run.
struct Ran {
    /// `None` if its time was up.
    status: Option<ExitStatus>,
    chunk: File,
    message: File,
}

/// Makes a file without a name.
#[cfg(target_os = "linux")]
fn scratch() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create("luadec-tok", MemfdFlags::CLOEXEC)?.into())
}

#[cfg(not(target_os = "linux"))]
fn scratch() -> io::Result<File> {
    tempfile::tempfile()
}

/// Reads the first bytes of what was written to a file.
fn written(mut file: File, most: u64) -> io::Result<Vec<u8>> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn died(error: io::Error) -> CompileError {
    CompileError::Died(error.to_string())
}

/// Limits the memory of a compiler that has just been started.
#[cfg(target_os = "linux")]
fn limit(child: &Child, limits: Limits) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let most = Some((MEMORY + limits.memory) as u64);
    let memory = Rlimit {
        current: most,
        maximum: most,
    };
    // If it has ended already, it needs no limit.
    let _ = prlimit(Some(Pid::from_child(child)), Resource::As, memory);
}

#[cfg(not(target_os = "linux"))]
fn limit(_: &Child, _: Limits) {}

/// Names the source of a chunk that was compiled from standard input.
pub fn name_source(p: &mut Proto, name: &LuaString<'static>) {
    if p.source.is_some() {
        p.source = Some(name.clone());
    }
    for function in &mut p.p {
        name_source(function, name);
    }
}
