//! Helpers: processes of this program for work that may take too long and has to be stopped.
//!
//! Lua's compiler cannot be interrupted, and a compiler that the user names may start any process. So
//! both run in a helper or as its children. A helper ends itself and everything that it has started when
//! its time is up or when the process that started it is gone, for whatever reason.

mod frame;
mod serve;

#[cfg(target_os = "linux")]
mod children;

pub use serve::{limit, run, serve};

use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};

use frame::Frame;

/// A helper process. It ends when this is dropped.
pub struct Helper {
    child: Child,
    requests: Option<BufWriter<ChildStdin>>,
    replies: BufReader<ChildStdout>,
}

/// The size of the buffers for requests and replies, in bytes.
const CAPACITY: usize = 64 << 10;

/// The size of the pipe for requests, in bytes.
#[cfg(target_os = "linux")]
const REQUEST: usize = 512 << 10;

/// The reason a helper does not reply.
#[derive(Debug)]
pub enum Lost {
    /// Its time was up at this place: see [`limit`].
    #[cfg_attr(
        not(feature = "score"),
        expect(dead_code, reason = "only score sends requests with several places")
    )]
    Late(u64),
    /// It died.
    Died(ExitStatus),
}

/// The environment variable that tells a helper which process started it.
const PARENT: &str = "LUADEC_TOK_HELPER_OF";

/// Returns true if this process was started as a helper, not by hand.
pub fn is_helper() -> bool {
    let parent = std::env::var(PARENT).ok();
    #[cfg(unix)]
    let is_helper = parent == Some(std::os::unix::process::parent_id().to_string());
    #[cfg(not(unix))]
    let is_helper = parent.is_some();
    is_helper
}

impl Helper {
    fn start(subcommand: &str) -> io::Result<Helper> {
        let mut command = Command::new(this_executable()?);
        command
            .arg(subcommand)
            .env(PARENT, process::id().to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        #[cfg(unix)]
        // Ctrl-C should reach only this process, which then ends its helpers.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = family::spawn(&mut command)?;
        let (requests, replies) = (child.stdin.take(), child.stdout.take());
        let requests = requests.map(|requests| {
            // A request should fit into the pipe, to be written without waiting for the helper. If the
            // pipe cannot grow, writing only takes longer.
            #[cfg(target_os = "linux")]
            let _ = rustix::pipe::fcntl_setpipe_size(&requests, REQUEST);
            BufWriter::with_capacity(CAPACITY, requests)
        });
        Ok(Helper {
            child,
            requests,
            replies: BufReader::with_capacity(
                CAPACITY,
                replies.expect("standard output is a pipe"),
            ),
        })
    }

    /// Sends a request, which may be in parts. If the helper is gone, [`reply`](Self::reply) reports it.
    pub fn ask(&mut self, request: &[&[u8]]) {
        if let Some(requests) = &mut self.requests {
            let _ = frame::write(requests, request).and_then(|()| requests.flush());
        }
    }

    /// Reads the next reply.
    pub fn reply(&mut self) -> Result<Vec<u8>, Lost> {
        match frame::read(&mut self.replies) {
            Ok(Some(Frame::Bytes(reply))) => Ok(reply),
            Ok(Some(Frame::Late(place))) => Err(Lost::Late(place)),
            Ok(None) | Err(_) => {
                self.requests = None;
                let status = self.child.wait().unwrap_or_default();
                family::end_orphans();
                Err(Lost::Died(status))
            }
        }
    }
}

/// Held by tests that run a compiler in their own process: where a command of a helper ends, all other
/// children of the process end, too.
#[cfg(test)]
pub static CHILDREN: Mutex<()> = Mutex::new(());

/// A pool of idle helpers. All of them end when this is dropped.
pub struct Helpers {
    subcommand: &'static str,
    idle: Mutex<Vec<Helper>>,
}

impl Helpers {
    /// Creates an empty pool of helpers that run a subcommand.
    pub fn new(subcommand: &'static str) -> Helpers {
        Helpers {
            subcommand,
            idle: Mutex::default(),
        }
    }

    /// Takes an idle helper, or starts one. Also returns true if it was just started.
    pub fn take(&self) -> io::Result<(Helper, bool)> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(helper) => Ok((helper, false)),
            None => Ok((Helper::start(self.subcommand)?, true)),
        }
    }

    /// Puts a helper back into the pool.
    pub fn keep(&self, helper: Helper) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(helper);
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // A helper ends when its requests end, even while it works.
        self.requests = None;
        let _ = self.child.wait();
        family::forget(&self.child);
    }
}

/// The children of this process: its helpers, and orphans that helpers had started before they were
/// killed.
#[cfg(target_os = "linux")]
mod family {
    use std::io;
    use std::process::{Child, Command};
    use std::sync::{Mutex, PoisonError};

    use super::children;

    static HELPERS: Mutex<Vec<i32>> = Mutex::new(Vec::new());

    /// Starts a helper.
    pub fn spawn(command: &mut Command) -> io::Result<Child> {
        let mut helpers = HELPERS.lock().unwrap_or_else(PoisonError::into_inner);
        if helpers.is_empty() {
            children::adopt();
        }
        let child = command.spawn()?;
        helpers.push(child.id() as i32);
        Ok(child)
    }

    pub fn forget(helper: &Child) {
        let mut helpers = HELPERS.lock().unwrap_or_else(PoisonError::into_inner);
        helpers.retain(|pid| *pid != helper.id() as i32);
    }

    /// Ends the processes that a killed helper had started.
    pub fn end_orphans() {
        let helpers = HELPERS.lock().unwrap_or_else(PoisonError::into_inner);
        children::end_but(&helpers);
    }
}

#[cfg(not(target_os = "linux"))]
mod family {
    use std::io;
    use std::process::{Child, Command};

    pub fn spawn(command: &mut Command) -> io::Result<Child> {
        command.spawn()
    }

    pub fn forget(_: &Child) {}

    pub fn end_orphans() {}
}

/// Returns the executable of this process, even if the file at its path has been replaced.
fn this_executable() -> io::Result<PathBuf> {
    let link = Path::new("/proc/self/exe");
    match link.exists() {
        true => Ok(link.to_owned()),
        false => std::env::current_exe(),
    }
}
