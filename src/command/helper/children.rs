//! The children of this process, adopted ones too.

use std::fs;
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait, waitpid,
};

/// From now on whatever this process has started, directly or not, becomes its child when its own
/// parent ends: also what has left its process group and its session.
pub fn adopt() {
    // Linux has had it since 3.4. Without it, the process group of a compiler is what can be ended.
    let _ = set_child_subreaper(Some(getpid()));
}

/// How often children are killed before those that are left are given up: they may be another
/// user's.
const ATTEMPTS: usize = 1000;

/// Ends all children, and theirs, which become children when their parents end.
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

/// As [`end`], all but these.
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

/// Kills all children that there are.
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
    // The name of the program, in parentheses, may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}
