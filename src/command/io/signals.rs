//! Signals that end the process: pending files are removed first.

use std::io;
use std::sync::OnceLock;

/// Removes pending files, then calls its argument, which ends the process.
pub type Clear = fn(&dyn Fn());

/// Passes SIGINT, SIGTERM and SIGHUP to `clear` from now on. Only the first call has an effect: it
/// starts a thread, which not every run needs.
pub fn watch(clear: Clear) -> io::Result<()> {
    static WATCHED: OnceLock<Result<(), String>> = OnceLock::new();
    let watched = WATCHED.get_or_init(|| start(clear).map_err(|error| error.to_string()));
    let failed = |error| io::Error::other(format!("cannot start a thread for signals: {error}"));
    watched.as_ref().copied().map_err(failed)
}

#[cfg(unix)]
fn start(clear: Clear) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    let ignored = ignored();
    let requests = [SIGINT, SIGTERM, SIGHUP];
    // Signals that are ignored from the start, as SIGHUP is under nohup, stay ignored.
    let mut signals = Signals::new(requests.iter().filter(|s| ignored >> (*s - 1) & 1 == 0))?;
    std::thread::Builder::new().spawn(move || {
        for signal in signals.forever() {
            clear(&|| {
                // The shell sees that the signal ended the process.
                let _ = emulate_default_handler(signal);
            });
        }
    })?;
    Ok(())
}

/// Returns the signals that the process ignores, one bit each.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

#[cfg(not(unix))]
fn start(clear: Clear) -> io::Result<()> {
    /// The exit status of a command that Ctrl-C ended.
    const INTERRUPTED: i32 = 130;
    ctrlc::set_handler(move || clear(&|| std::process::exit(INTERRUPTED))).map_err(io::Error::other)
}

/// Ends the process by SIGPIPE, as usual for one that writes to a closed pipe.
#[cfg(unix)]
pub fn die_of_closed_pipe() {
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
}

#[cfg(not(unix))]
pub fn die_of_closed_pipe() {}
