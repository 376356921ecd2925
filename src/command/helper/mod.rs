//! Helpers: processes of this program that do what may take too long, and that can be ended.
//!
//! Lua's compiler cannot be interrupted, and a compiler that the user names may start anything. So
//! both run in or below a helper, which ends itself and everything it has started when its time is
//! up or when its parent is gone, for whatever reason.

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

/// A helper that waits for requests. It ends when this is dropped.
pub struct Helper {
    child: Child,
    requests: Option<BufWriter<ChildStdin>>,
    replies: BufReader<ChildStdout>,
}

/// The size of the buffers.
const CAPACITY: usize = 64 << 10;

/// The size of the pipe for requests.
#[cfg(target_os = "linux")]
const REQUEST: usize = 512 << 10;

/// The reason a helper does not reply.
#[derive(Debug)]
pub enum Lost {
    /// Its work at this place (see [`limit`]) took too long.
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
        // Ctrl-C is for this process to handle.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = family::spawn(&mut command)?;
        let (requests, replies) = (child.stdin.take(), child.stdout.take());
        let requests = requests.map(|requests| {
            // A larger pipe lets a request be written before the helper reads it. Where that is not
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

    /// Sends a request, in parts. If the helper is gone, reading its reply shows that.
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

/// Helpers that wait for requests. All of them have ended when this is dropped.
pub struct Helpers {
    subcommand: &'static str,
    idle: Mutex<Vec<Helper>>,
}

impl Helpers {
    /// Makes helpers that run this internal subcommand. They are started when they are needed.
    pub fn new(subcommand: &'static str) -> Helpers {
        Helpers {
            subcommand,
            idle: Mutex::default(),
        }
    }

    /// Takes a helper. Also returns true if it has just been started.
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
        // A helper ends at the end of its requests, whatever it is doing.
        self.requests = None;
        let _ = self.child.wait();
        family::forget(&self.child);
    }
}

/// The children of this process. A child that is not a helper was started by a helper that was
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

    /// Ends what a killed helper had started.
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

/// Returns the file of this program, even if it has been replaced since.
fn this_executable() -> io::Result<PathBuf> {
    let link = Path::new("/proc/self/exe");
    match link.exists() {
        true => Ok(link.to_owned()),
        false => std::env::current_exe(),
    }
}
