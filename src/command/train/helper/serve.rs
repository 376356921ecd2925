//! The helper's side: serves requests one after another, each within its time limit.
//!
//! It has three threads. One reads requests and ends the process when there are no more, which is also
//! how a helper notices that its parent is gone. One serves the requests. One watches the time.

use std::io::{self, BufReader, Write, stdin, stdout};
use std::process::{Child, Command, ExitStatus, exit};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

#[cfg(target_os = "linux")]
use super::children;
use super::frame::{self, Frame};

/// Serves the requests of the process that started this one, until there are no more.
///
/// # Errors
/// The process cannot be set up.
pub fn serve(mut handle: impl FnMut(&[u8], &mut Replies)) -> Result<()> {
    #[cfg(unix)]
    limits::set()?;
    #[cfg(target_os = "linux")]
    children::adopt();
    thread::Builder::new().spawn(watch)?;
    let (sender, requests) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        let mut from = BufReader::with_capacity(64 << 10, stdin());
        while let Ok(Some(Frame::Bytes(request))) = frame::read(&mut from) {
            let _ = sender.send(request);
        }
        end();
    })?;
    for request in requests {
        handle(&request, &mut Replies);
        work().limit = None;
        Replies.flush();
    }
    Ok(())
}

/// The replies to a request.
pub struct Replies;

/// Replies that have not been written to standard output yet.
static REPLIES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// The number of bytes of replies that are held back.
const CAPACITY: usize = 64 << 10;

impl Replies {
    /// Adds a reply, which may be held back.
    pub fn send(&mut self, reply: &[u8]) {
        let mut replies = REPLIES.lock().unwrap_or_else(PoisonError::into_inner);
        frame::write(&mut *replies, &[reply]).expect("a vector takes all");
        if replies.len() > CAPACITY {
            send_all(&mut replies);
        }
    }

    /// Sends the replies that have been held back.
    pub fn flush(&mut self) {
        send_all(&mut REPLIES.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn send_all(replies: &mut Vec<u8>) {
    let mut stdout = stdout().lock();
    let sent = stdout.write_all(replies).and_then(|()| stdout.flush());
    replies.clear();
    if sent.is_err() {
        // The parent is gone. The thread that reads requests will notice and end the process.
        replies.shrink_to_fit();
    }
}

/// The state of the current work.
struct CurrentWork {
    limit: Option<Limit>,
    running: Option<Running>,
    /// The total time of commands that have ended.
    waited: Duration,
    /// True if the watching thread sleeps until there is a limit.
    is_watch_asleep: bool,
}

#[derive(Clone, Copy)]
struct Limit {
    /// The value of [`CurrentWork::busy`] at which the time is up.
    until: Duration,
    place: u64,
}

/// A running command.
struct Running {
    #[cfg(unix)]
    group: rustix::process::Pid,
    since: Instant,
    /// The time it was killed.
    killed: Option<Instant>,
}

/// The thread that ends the process locks this for good, so no further command is started.
static WORK: Mutex<CurrentWork> = Mutex::new(CurrentWork {
    limit: None,
    running: None,
    waited: Duration::ZERO,
    is_watch_asleep: false,
});

static LIMITED: Condvar = Condvar::new();

fn work() -> MutexGuard<'static, CurrentWork> {
    WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets a time limit from now on, for the processor time of this process and the elapsed time of the
/// commands it runs. When the time is up, the running command is ended; if there is none, the process
/// reports the place to its parent and ends.
pub fn limit(time: Duration, place: u64) {
    let mut work = work();
    work.limit = Some(Limit {
        until: work.busy().saturating_add(time),
        place,
    });
    if work.is_watch_asleep {
        LIMITED.notify_one();
    }
}

impl CurrentWork {
    /// Returns how long the process has been busy, itself or with a command.
    #[cfg(unix)]
    fn busy(&self) -> Duration {
        use rustix::time::{ClockId, clock_gettime};
        let own = clock_gettime(ClockId::ProcessCPUTime);
        let own = Duration::new(own.tv_sec as u64, own.tv_nsec as u32);
        let running = self.running.as_ref();
        own + self.waited + running.map_or(Duration::ZERO, |running| running.since.elapsed())
    }

    /// Returns how long the process has run, because its processor time is not known.
    #[cfg(not(unix))]
    fn busy(&self) -> Duration {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

/// The time that a killed command has to end. A command of another user cannot be killed.
const GRACE: Duration = Duration::from_secs(1);

/// The shortest interval between two looks at the clock.
const SOON: Duration = Duration::from_millis(5);

/// Ends commands, or the process, when their time is up.
fn watch() {
    let mut work = work();
    loop {
        let Some(limit) = work.limit else {
            work.is_watch_asleep = true;
            work = LIMITED.wait(work).unwrap_or_else(PoisonError::into_inner);
            work.is_watch_asleep = false;
            continue;
        };
        let mut left = limit.until.saturating_sub(work.busy());
        if left.is_zero() {
            match &mut work.running {
                Some(running) if running.killed.is_none() => {
                    running.killed = Some(Instant::now());
                    running.kill();
                }
                Some(running) if running.killed.is_some_and(|at| at.elapsed() < GRACE) => {}
                _ => late(limit.place),
            }
            left = SOON;
        }
        let waited = LIMITED.wait_timeout(work, left.max(SOON));
        work = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// Reports the place where the time was up and ends the process.
fn late(place: u64) {
    let mut replies = REPLIES.lock().unwrap_or_else(PoisonError::into_inner);
    frame::write_late(&mut *replies, place).expect("a vector takes all");
    send_all(&mut replies);
    #[cfg(target_os = "linux")]
    children::end();
    exit(0);
}

/// Ends the process and everything that it has started.
fn end() {
    let work = work();
    if let Some(running) = &work.running {
        running.kill();
    }
    #[cfg(target_os = "linux")]
    children::end();
    exit(0);
}

impl Running {
    /// Kills the command and everything that it has started, as far as that can be found.
    fn kill(&self) {
        #[cfg(unix)]
        let _ = rustix::process::kill_process_group(self.group, rustix::process::Signal::KILL);
        #[cfg(target_os = "linux")]
        children::kill();
    }
}

/// Runs a command to its end and ends all processes that it leaves behind. Calls `started` once it runs.
/// Returns `None` if its time was up.
///
/// # Errors
/// It cannot be started.
#[cfg(unix)]
pub fn run(command: &mut Command, started: impl FnOnce(&Child)) -> io::Result<Option<ExitStatus>> {
    use std::os::unix::process::CommandExt;

    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

    let mut locked = work();
    let mut child = command.process_group(0).spawn()?;
    let pid = Pid::from_child(&child);
    locked.running = Some(Running {
        group: pid,
        since: Instant::now(),
        killed: None,
    });
    drop(locked);
    started(&child);
    // The command keeps its id until it is reaped, so its group can still be killed then.
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while waitid(WaitId::Pid(pid), ended).is_err_and(|error| error == rustix::io::Errno::INTR) {}
    let mut locked = work();
    let Some(running) = locked.running.take() else {
        unreachable!("one command runs at a time")
    };
    locked.waited += running.since.elapsed();
    let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    let status = child.wait()?;
    #[cfg(target_os = "linux")]
    children::end();
    if running.killed.is_some() {
        // The limit was for this command; the next one gets a limit of its own.
        locked.limit = None;
        return Ok(None);
    }
    Ok(Some(status))
}

#[cfg(not(unix))]
pub fn run(command: &mut Command, started: impl FnOnce(&Child)) -> io::Result<Option<ExitStatus>> {
    let mut child = command.spawn()?;
    work().running = Some(Running {
        since: Instant::now(),
        killed: None,
    });
    started(&child);
    loop {
        let status = child.try_wait()?;
        let mut work = work();
        let is_killed = work
            .running
            .as_ref()
            .is_some_and(|running| running.killed.is_some());
        if status.is_some() || is_killed {
            work.running = None;
            if is_killed {
                work.limit = None;
                child.kill()?;
                child.wait()?;
            }
            return Ok(status.filter(|_| !is_killed));
        }
        drop(work);
        thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(unix)]
mod limits {
    use std::sync::Arc;

    use anyhow::Result;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    /// The longest file that a command may write, in bytes.
    const FILE: u64 = 256 << 20;

    /// Limits the files that this process and its children may write, and makes it ignore signals that
    /// end a run.
    pub fn set() -> Result<()> {
        for (resource, most) in [(Resource::Core, 0), (Resource::Fsize, FILE)] {
            let limit = getrlimit(resource);
            let current = limit.current.map_or(most, |current| current.min(most));
            let current = Some(current);
            setrlimit(resource, Rlimit { current, ..limit })?;
        }
        // These signals are for the parent. If the helper ended first, the parent would report the
        // current source as one that cannot be compiled.
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(signal, Arc::default())?;
        }
        Ok(())
    }
}
