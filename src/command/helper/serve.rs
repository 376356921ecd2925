//! The helper's side: requests are served one after the other, within their time.
//!
//! Three threads share the work. One reads requests and ends the process when there are no more,
//! which is how a helper learns that its parent is gone. One does the work. One watches the time.

use std::io::{self, BufReader, Write, stdin, stdout};
use std::process::{Child, Command, ExitStatus, exit};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

#[cfg(target_os = "linux")]
use super::children;
use super::frame::{self, Frame};

/// Serves the requests of the parent until there are no more.
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

/// Replies that have not been sent yet.
static REPLIES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// How many bytes are sent at once.
const CAPACITY: usize = 64 << 10;

impl Replies {
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
        // Nobody takes them, and the reader of requests will notice soon.
        replies.shrink_to_fit();
    }
}

/// The current work.
struct Work {
    limit: Option<Limit>,
    running: Option<Running>,
    /// The time that ended commands ran for.
    waited: Duration,
    /// True if the watch sleeps until there is a limit.
    is_watch_asleep: bool,
}

#[derive(Clone, Copy)]
struct Limit {
    /// The busy time of the process at which its time is up.
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

/// Locked forever by whoever ends the process, so that no command is started after that.
static WORK: Mutex<Work> = Mutex::new(Work {
    limit: None,
    running: None,
    waited: Duration::ZERO,
    is_watch_asleep: false,
});

static LIMITED: Condvar = Condvar::new();

fn work() -> MutexGuard<'static, Work> {
    WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets the time that may pass from now on: processor time of this process, and all time of the
/// commands that it runs. After that the command is ended or, if none runs, the process, and the
/// parent is told the place.
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

impl Work {
    /// Returns how long the process has been busy, itself or with a command.
    #[cfg(unix)]
    fn busy(&self) -> Duration {
        use rustix::time::{ClockId, clock_gettime};
        let own = clock_gettime(ClockId::ProcessCPUTime);
        let own = Duration::new(own.tv_sec as u64, own.tv_nsec as u32);
        let running = self.running.as_ref();
        own + self.waited + running.map_or(Duration::ZERO, |running| running.since.elapsed())
    }

    /// Returns how long the process has run, because its processor time is not known here.
    #[cfg(not(unix))]
    fn busy(&self) -> Duration {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

/// How long a killed command may take to end. It does not end if it belongs to another user.
const GRACE: Duration = Duration::from_secs(1);

/// How often the watch checks whether it has ended.
const SOON: Duration = Duration::from_millis(5);

/// Ends what takes too long.
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

/// Ends the process after telling the parent the place where it took too long.
fn late(place: u64) {
    let mut replies = REPLIES.lock().unwrap_or_else(PoisonError::into_inner);
    frame::write_late(&mut *replies, place).expect("a vector takes all");
    send_all(&mut replies);
    #[cfg(target_os = "linux")]
    children::end();
    exit(0);
}

/// Ends the process and everything it has started.
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
    /// Kills the command and everything it has started, as far as that can be found.
    fn kill(&self) {
        #[cfg(unix)]
        let _ = rustix::process::kill_process_group(self.group, rustix::process::Signal::KILL);
        #[cfg(target_os = "linux")]
        children::kill();
    }
}

/// Runs a command to its end, and ends everything it leaves behind. Calls `started` once it runs.
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
    // It keeps its id until it is waited for, so its group can be killed.
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
        // Its time is up, but the next work has its own.
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

    /// Limits the resources of the process and of everything it starts, and ignores the signals
    /// that ask it to end.
    pub fn set() -> Result<()> {
        for (resource, most) in [(Resource::Core, 0), (Resource::Fsize, FILE)] {
            let limit = getrlimit(resource);
            let current = limit.current.map_or(most, |current| current.min(most));
            let current = Some(current);
            setrlimit(resource, Rlimit { current, ..limit })?;
        }
        // The parent handles these signals. If this process ended first, its work would count as
        // failed.
        for request in [SIGINT, SIGTERM, SIGHUP] {
            signal_hook::flag::register(request, Arc::default())?;
        }
        Ok(())
    }
}
