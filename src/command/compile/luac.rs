//! A compiler that the user names: a process for each source.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use luadec_tok::chunk::{LuaString, Proto};
use luadec_tok::{LUA_SIGNATURE, Version, undump};

use super::lua::skip_comment;
use super::protocol::{CompileError, Limits};

/// The longest message that is kept, in bytes.
const MESSAGE: u64 = 4 << 10;

/// The memory that a compiler may take beside that for the source, in bytes. It may be a script that
/// starts the real one.
const MEMORY: usize = 1 << 30;

/// A compiler with luac's arguments: it reads a source from standard input and writes its chunk to
/// standard output, as `luac -o - -` does.
pub struct Luac {
    program: String,
    arguments: Vec<String>,
    /// That of its chunks, once it is known.
    version: Option<Version>,
}

impl Luac {
    /// The compiler of a command line, split at white space. What it makes of an empty source tells
    /// its version.
    ///
    /// # Errors
    /// It cannot be started, or what it writes is no chunk that can be read.
    pub fn new(line: &str) -> Result<Luac> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let program = words.next().context("--luac names no compiler")?;
        let mut luac = Luac {
            program,
            arguments: words.collect(),
            version: None,
        };
        let limits = Limits {
            memory: 1 << 20,
            seconds: 60,
        };
        let chunk = luac.compile(b"", "probe", limits);
        let chunk = chunk.map_err(|error| anyhow!("--luac {line:?}: {error}"))?;
        luac.version = undump(&chunk).map(|undumped| undumped.chunk.version).ok();
        Ok(luac)
    }

    /// The version of its chunks.
    pub fn version(&self) -> Version {
        self.version.unwrap_or_default()
    }

    /// Compiles a source. Its name in the chunk is `=stdin`: see [`name_source`].
    pub fn compile(
        &self,
        source: &[u8],
        name: &str,
        limits: Limits,
    ) -> Result<Vec<u8>, CompileError> {
        let source = skip_comment(source);
        if source.first() == LUA_SIGNATURE.first() {
            let message = "attempt to load a binary chunk (mode is 't')";
            return Err(CompileError::Syntax(message.to_owned()));
        }
        let (status, chunk, message) = ask(self.start(limits)?, source, limits)?;
        if status.success() {
            return self.checked(chunk);
        }
        if status.code().is_none() {
            return Err(CompileError::Died(status.to_string()));
        }
        let message = String::from_utf8_lossy(&message).trim().to_owned();
        if message.ends_with("not enough memory") {
            return Err(CompileError::Memory(MEMORY + limits.memory));
        }
        Err(CompileError::Syntax(match message.split_once("stdin:") {
            // The compiler's own name comes first.
            Some((_, message)) => format!("{name}:{message}"),
            None if message.is_empty() => format!("{}: {status}", self.program),
            None => message,
        }))
    }

    /// The chunk, if it is one of the compiler's version.
    fn checked(&self, chunk: Vec<u8>) -> Result<Vec<u8>, CompileError> {
        if chunk.is_empty() {
            let message = "nothing came on standard output, where luac -o - - writes a chunk";
            return Err(CompileError::BadChunk(message.to_owned()));
        }
        let version = match undump(&chunk) {
            Ok(undumped) => undumped.chunk.version,
            Err(error) => return Err(CompileError::BadChunk(error.to_string())),
        };
        match self.version {
            Some(own) if own != version => Err(CompileError::BadChunk(format!(
                "it is of {}, others are of {}",
                version.name(),
                own.name()
            ))),
            _ => Ok(chunk),
        }
    }

    fn start(&self, limits: Limits) -> Result<Child, CompileError> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).args(["-o", "-", "-"]);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt;
            // Not reached by Ctrl-C, and ended with all that it starts.
            command.process_group(0);
        }
        let child = command
            .spawn()
            .map_err(|error| CompileError::NoProcess(format!("{}: {error}", self.program)))?;
        limit(&child, limits);
        Ok(child)
    }
}

/// Hands the source to the compiler, and gives its status, its chunk and what it said.
fn ask(
    mut child: Child,
    source: &[u8],
    limits: Limits,
) -> Result<(ExitStatus, Vec<u8>, Vec<u8>), CompileError> {
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(mut stderr)) = pipes else {
        unreachable!("all three are pipes")
    };
    thread::scope(|scope| {
        let (sender, ended) = mpsc::channel();
        let thread = thread::Builder::new;
        let readers: io::Result<_> = (|| {
            // A compiler that has had enough closes its end, which is no fault.
            thread().spawn_scoped(scope, move || drop(stdin.write_all(source)))?;
            let message = thread().spawn_scoped(scope, move || {
                let mut message = Vec::new();
                let kept = stderr.by_ref().take(MESSAGE).read_to_end(&mut message);
                // The rest is read too, or the compiler would wait.
                kept.and_then(|_| io::copy(&mut stderr, &mut io::sink()))?;
                Ok(message)
            })?;
            let chunk = thread().spawn_scoped(scope, move || {
                let mut chunk = Vec::new();
                let most = limits.memory as u64 + 1;
                let read = stdout.take(most).read_to_end(&mut chunk);
                // The receiver may have waited for long enough.
                let _ = sender.send(chunk.len() <= limits.memory);
                read.map(|_| chunk)
            })?;
            Ok((chunk, message))
        })();
        let (chunk, message) = readers.map_err(|error| {
            end(&mut child);
            CompileError::NoProcess(format!(
                "its pipes want three threads: {error}; fewer --jobs want fewer"
            ))
        })?;
        let status = wait(&mut child, &ended, Duration::from_secs(limits.seconds));
        if !matches!(status, Ok(Some(_))) {
            end(&mut child);
        }
        let joined = |thread: thread::ScopedJoinHandle<io::Result<Vec<u8>>>| {
            thread.join().expect("reading does not panic").map_err(died)
        };
        let (chunk, message) = (joined(chunk)?, joined(message)?);
        match status.map_err(died)? {
            Some(status) => Ok((status, chunk, message)),
            None if chunk.len() > limits.memory => Err(CompileError::LongChunk(limits.memory)),
            None => Err(CompileError::LongTime(limits.seconds)),
        }
    })
}

fn died(error: io::Error) -> CompileError {
    CompileError::Died(error.to_string())
}

/// Waits for a compiler, which comes to its end soon after its chunk; `None` if that takes too long,
/// or if the chunk does not end where it must.
fn wait(
    child: &mut Child,
    ended: &Receiver<bool>,
    most: Duration,
) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    if ended.recv_timeout(most) != Ok(true) {
        return Ok(None);
    }
    loop {
        let status = child.try_wait()?;
        if status.is_some() || start.elapsed() > most {
            return Ok(status);
        }
        thread::sleep(Duration::from_micros(100));
    }
}

/// Ends a compiler that has not been waited for, with all that it has started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        let group = rustix::process::Pid::from_child(child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Limits the memory of a compiler that has just begun.
#[cfg(target_os = "linux")]
fn limit(child: &Child, limits: Limits) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let most = Some((MEMORY + limits.memory) as u64);
    let memory = Rlimit {
        current: most,
        maximum: most,
    };
    // One that has ended already has kept to it.
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
