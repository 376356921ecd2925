//! The children of this process, including adopted ones.

use std::fs;
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait, waitpid,
};

/// Makes this process the new parent of every descendant whose parent ends, even if the descendant is in
/// another process group or session.
pub fn adopt() {
    // Available since Linux 3.4. Without it, only the process group of a compiler can be ended.
    let _ = set_child_subreaper(Some(getpid()));
}

/// The number of attempts to kill children. Those of another user cannot be killed.
const ATTEMPTS: usize = 1000;

/// Ends all children, and their children, which become ours when their parents end.
pub fn end() {
    for attempt in 0..ATTEMPTS {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        kill();
        pause(attempt);
    }
}

/// Does the same as [`end`], but keeps some children.
pub fn end_but(kept: &[i32]) {
    for attempt in 0..ATTEMPTS {
        let mut left = false;
        for child in children().filter(|child| !kept.contains(&child.as_raw_nonzero().get())) {
            let _ = kill_process(child, Signal::KILL);
            let _ = waitpid(Some(child), WaitOptions::NOHANG);
            left = true;
        }
        if !left {
            return;
        }
        pause(attempt);
    }
}

/// Kills all current children.
pub fn kill() {
    for child in children() {
        let _ = kill_process(child, Signal::KILL);
    }
}

fn pause(attempt: usize) {
    let pause = Duration::from_micros(100 * attempt as u64);
    thread::sleep(pause.min(Duration::from_millis(1)));
}

fn children() -> impl Iterator<Item = Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let own = getpid().as_raw_nonzero().get();
    pids.filter(move |pid| parent(*pid) == Some(own))
        .filter_map(Pid::from_raw)
}

fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The name of the program, in parentheses, may contain anything.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}
