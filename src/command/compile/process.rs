//! The processes that compile for this one.

use std::cell::RefCell;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use signal_hook::consts::SIGXCPU;

use super::protocol::{Answer, CompileError, Limits, read_answer, write_request};
use super::worker;

thread_local! {
    /// This thread's process, if it has one.
    static PROCESS: RefCell<Option<Process>> = const { RefCell::new(None) };
}

/// The longest source, in bytes, whose process compiles others after it. What longer ones leave
/// behind in memory goes with their process.
const REUSED: usize = 1 << 20;

/// Compiles a source in another process.
pub fn compile(source: &[u8], name: &str, limits: Limits) -> Answer {
    PROCESS.with_borrow_mut(|slot| {
        let used = slot.take().map(|process| process.ask(source, name, limits));
        let asked = match used {
            // Somebody may have ended an idle process: that says nothing of the source.
            Some(Err(status)) if status.signal() != Some(SIGXCPU) => None,
            asked => asked,
        };
        let asked = match asked {
            Some(asked) => asked,
            None => Process::start()
                .map_err(|error| CompileError::NoProcess(error.to_string()))?
                .ask(source, name, limits),
        };
        match asked {
            Ok((answer, process)) => {
                *slot = Some(process).filter(|_| source.len() <= REUSED);
                answer
            }
            Err(status) if status.signal() == Some(SIGXCPU) => {
                Err(CompileError::Time(limits.seconds))
            }
            Err(status) => Err(CompileError::Died(status.to_string())),
        }
    })
}

/// A process that waits to be asked.
struct Process {
    child: Child,
    requests: ChildStdin,
    answers: ChildStdout,
}

impl Process {
    fn start() -> io::Result<Process> {
        let mut child = Command::new(this_executable()?)
            .arg(worker::JOB)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Not reached by Ctrl-C, which is for this process to answer.
            .process_group(0)
            .spawn()?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Process {
            child,
            requests,
            answers,
        })
    }

    /// The answer and the process, or the status of the process if it died.
    fn ask(
        mut self,
        source: &[u8],
        name: &str,
        limits: Limits,
    ) -> Result<(Answer, Process), ExitStatus> {
        let asked = write_request(&mut self.requests, source, name, limits);
        match asked.and_then(|()| read_answer(&mut self.answers)) {
            Ok(answer) => Ok((answer, self)),
            Err(error) => {
                let died = [io::ErrorKind::UnexpectedEof, io::ErrorKind::BrokenPipe];
                if !died.contains(&error.kind()) {
                    let _ = self.child.kill();
                }
                Err(self.child.wait().unwrap_or_default())
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It waits for a request, or has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file of this program, even if another was put in its place meanwhile.
fn this_executable() -> io::Result<PathBuf> {
    let link = Path::new("/proc/self/exe");
    match link.exists() {
        true => Ok(link.to_owned()),
        false => std::env::current_exe(),
    }
}
