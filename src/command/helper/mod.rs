//! Helpers: processes of this program that do for it what may take too long, and that can be ended.
//!
//! Lua's compiler cannot be interrupted, and a compiler that the user names may start whatever it
//! likes. So both run in or below a helper, which ends itself and all that it has started when its
//! time is up or when the process that asks is gone, however that came about.

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

/// A helper that waits to be asked. It ends when this is dropped.
pub struct Helper {
    child: Child,
    requests: Option<BufWriter<ChildStdin>>,
    replies: BufReader<ChildStdout>,
}

/// How much is written or read at once.
const CAPACITY: usize = 64 << 10;

/// How much of a request a pipe holds.
#[cfg(target_os = "linux")]
const REQUEST: usize = 512 << 10;

/// Why a helper does not reply.
#[derive(Debug)]
pub enum Lost {
    /// What it did at this place (see [`limit`]) took too long.
    #[cfg_attr(
        not(feature = "score"),
        expect(dead_code, reason = "only score asks for several things at once")
    )]
    Late(u64),
    /// It died.
    Died(ExitStatus),
}

/// The environment variable that tells a helper which process started it.
const PARENT: &str = "LUADEC_TOK_HELPER_OF";

/// Whether this process was started as a helper, and not by hand.
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
        // Not reached by Ctrl-C, which is for this process to answer.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = family::spawn(&mut command)?;
        let (requests, replies) = (child.stdin.take(), child.stdout.take());
        let requests = requests.map(|requests| {
            // So that a request need not wait for the helper to take its beginning. Where that is not
            // possible, nothing is lost.
            #[cfg(target_os = "linux")]
            let _ = rustix::pipe::fcntl_setpipe_size(&requests, REQUEST);
            BufWriter::with_capacity(CAPACITY, requests)
        });
        Ok(Helper {
            child,
            requests,
            replies: BufReader::with_capacity(CAPACITY, replies.expect("it is a pipe")),
        })
    }

    /// Asks for something, in parts. If the helper is gone, that shows when its reply is read.
    pub fn ask(&mut self, request: &[&[u8]]) {
        if let Some(requests) = &mut self.requests {
            let _ = frame::write(requests, request).and_then(|()| requests.flush());
        }
    }

    /// The next reply.
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

/// Helpers that wait to be asked. All have ended when this is dropped.
pub struct Helpers {
    subcommand: &'static str,
    idle: Mutex<Vec<Helper>>,
}

impl Helpers {
    /// Helpers by the name of their subcommand; they are started as they are taken.
    pub fn new(subcommand: &'static str) -> Helpers {
        Helpers {
            subcommand,
            idle: Mutex::default(),
        }
    }

    /// Takes a helper, and whether it has been started for that.
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

    /// Keeps a helper for others to take.
    pub fn keep(&self, helper: Helper) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(helper);
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // The end of its requests is the end of a helper, whatever it is doing.
        self.requests = None;
        let _ = self.child.wait();
        family::forget(&self.child);
    }
}

/// The children of this process. Those that are no helpers have lost theirs, which was killed.
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

    /// Ends what a helper that was killed had started.
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

/// The file of this program, even if another has been put in its place since.
fn this_executable() -> io::Result<PathBuf> {
    let link = Path::new("/proc/self/exe");
    match link.exists() {
        true => Ok(link.to_owned()),
        false => std::env::current_exe(),
    }
}
