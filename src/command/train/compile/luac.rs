//! Compiles with a command that the user names, in a process for each source.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::process::{Child, Command, ExitStatus};

use anyhow::{Context, Result, anyhow, bail};
use luadec_tok::chunk::{LuaString, Proto};
use luadec_tok::{LUA_SIGNATURE, Undumped, Version, try_dump, undump};
use serde::{Deserialize, Serialize};

use super::error::{CompileError, Limits, MESSAGE};
use super::lua::skip_comment;
use super::{Lua, remote};
use crate::command::dialect::file::{DialectFile, DialectSource};
use crate::command::dialect::read::{FoundDialect, read_chunk, sign_of_a_dialect};
use crate::command::train::helper::{self, Helpers};

/// The memory that a compiler may use in addition to the limit, in bytes. It may be a script that starts
/// the real compiler.
const MEMORY: usize = 1 << 30;

/// A compiler with luac's arguments: it reads a source from standard input and writes its chunk to
/// standard output, as `luac -o - -` does.
#[derive(Clone, Serialize, Deserialize)]
pub struct Luac {
    program: String,
    arguments: Vec<String>,
    /// The version byte of its chunks, once known.
    version: Option<u8>,
    /// The dialect of its chunks, if they are not plain Lua's.
    dialect: Option<DialectSource>,
}

impl Luac {
    /// Takes the compiler from a command line, split at white space, and finds its version by compiling an
    /// empty source.
    ///
    /// # Errors
    /// It cannot be started, or does not write a readable chunk.
    pub fn new(line: &str, dialect: Option<&DialectFile>) -> Result<Luac> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let program = words
            .next()
            .context("--luac is empty; expected a command, such as luac5.4")?;
        let mut luac = Luac {
            program,
            arguments: words.collect(),
            version: None,
            dialect: dialect.map(|dialect| dialect.source().clone()),
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

    /// Returns the dialect of its chunks, if they are not plain Lua's.
    pub fn dialect(&self) -> Option<DialectFile> {
        self.dialect.clone().map(DialectFile::of_source)
    }

    /// Compiles a source; this process is a helper. The source is called `=stdin` in the chunk: see
    /// [`name_source`].
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
        // One byte more than is kept, so a longer message is marked as cut.
        let message = written(ran.message, MESSAGE as u64 + 1).map_err(died)?;
        let message = String::from_utf8_lossy(&message);
        let message = message.trim();
        if message.ends_with("not enough memory") {
            return Err(CompileError::Memory(MEMORY + limits.memory));
        }
        Err(CompileError::syntax(&match message.split_once("stdin:") {
            // The message starts with the compiler's name.
            Some((_, message)) => format!("{name}:{message}"),
            None if message.is_empty() => format!("{}: {status}", self.program),
            None => message.to_owned(),
        }))
    }

    /// Checks that a chunk is readable and of the compiler's version. Returns a dialect's chunk as plain Lua
    /// stores it.
    fn checked(&self, chunk: Vec<u8>) -> Result<Vec<u8>, CompileError> {
        if chunk.is_empty() {
            let message = "standard output is empty; expected what luac -o - - writes";
            return Err(CompileError::BadChunk(message.to_owned()));
        }
        let bad = |error: anyhow::Error| CompileError::BadChunk(format!("{error:#}"));
        let dialect = self.dialect();
        let read = match &dialect {
            Some(dialect) => read_chunk(&chunk, Some(dialect)).map(|(undumped, _)| undumped),
            None => read_plain(&chunk),
        };
        let own = read.map_err(bad)?.chunk;
        let version = own.version;
        let plain = dialect.map(|_| try_dump(&own)).transpose();
        let plain = plain.map_err(|error| bad(error.into()))?;
        match self.version {
            Some(own) if own != version.byte() => Err(CompileError::BadChunk(format!(
                "expected {}, found {}",
                self.version().name(),
                version.name()
            ))),
            _ => Ok(plain.unwrap_or(chunk)),
        }
    }

    /// Runs the compiler. It reads and writes files, because a process that it leaves behind could keep a
    /// pipe open.
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

/// Reads a chunk of plain Lua. One of a modified Lua, which would be misread, is refused.
fn read_plain(chunk: &[u8]) -> Result<Undumped<'_>> {
    let (undumped, found) = read_chunk(chunk, None)?;
    if let Some(FoundDialect(name)) = found {
        bail!("a chunk of {name}: use --dialect {name}");
    }
    match undumped.chunk.find_impossible() {
        None => Ok(undumped),
        Some(impossible) => bail!(
            "{}; if it is a modified Lua, use --dialect",
            sign_of_a_dialect(&impossible, undumped.chunk.version)
        ),
    }
}

/// The result of a run of a compiler.
struct Ran {
    /// `None` if the time was up.
    status: Option<ExitStatus>,
    chunk: File,
    message: File,
}

/// Creates a file without a name.
#[cfg(target_os = "linux")]
fn scratch() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(memfd_create("luadec-tok", MemfdFlags::CLOEXEC)?.into())
}

#[cfg(not(target_os = "linux"))]
fn scratch() -> io::Result<File> {
    tempfile::tempfile()
}

/// Reads the first bytes of a file.
fn written(mut file: File, most: u64) -> io::Result<Vec<u8>> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn died(error: io::Error) -> CompileError {
    CompileError::Died(error.to_string())
}

/// Limits the memory of a compiler that has just started.
#[cfg(target_os = "linux")]
fn limit(child: &Child, limits: Limits) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let most = Some((MEMORY + limits.memory) as u64);
    let memory = Rlimit {
        current: most,
        maximum: most,
    };
    // This fails only if the compiler has ended already.
    let _ = prlimit(Some(Pid::from_child(child)), Resource::As, memory);
}

#[cfg(not(target_os = "linux"))]
fn limit(_: &Child, _: Limits) {}

/// Sets the source name in a function that was compiled from standard input, and in those inside it.
pub fn name_source(p: &mut Proto, name: &LuaString<'static>) {
    if p.source.is_some() {
        p.source = Some(name.clone());
    }
    for function in &mut p.p {
        name_source(function, name);
    }
}
