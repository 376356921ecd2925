//! Output folders: which file each input gives, and the threads that write them.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Result, bail};

use super::claims::Claims;
use super::input::Input;
use super::messages::Messages;
use super::pending;
use super::shown::Shown;

/// How a name's ending changes: `from` is replaced by `to`; any other ending stays and `to` is
/// added.
pub struct Endings {
    pub from: &'static str,
    pub to: &'static str,
}

impl Endings {
    fn apply(&self, path: &Path) -> PathBuf {
        if path
            .extension()
            .is_some_and(|extension| extension == self.from)
        {
            return path.with_extension(self.to);
        }
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(self.to);
        name.into()
    }
}

/// An input and the file it gives.
pub struct Target {
    pub input: Input,
    pub path: PathBuf,
}

/// The file below `folder` for each input. Inputs that cannot be opened are reported.
///
/// # Errors
/// Two inputs give the same file, or one gives a file that is an input.
pub fn plan(
    inputs: Vec<Result<Input>>,
    folder: &Path,
    endings: &Endings,
    claims: &mut Claims,
    messages: &mut Messages,
) -> Result<Vec<Target>> {
    let mut targets: Vec<Target> = Vec::new();
    let mut taken: HashMap<PathBuf, usize> = HashMap::new();
    for input in inputs {
        let input = match input {
            Ok(input) => input,
            Err(error) => {
                messages.error(format_args!("{error:#}"));
                continue;
            }
        };
        let path = folder.join(endings.apply(&input.relative));
        if let Some(other) = taken.insert(path.clone(), targets.len()) {
            let other = &targets[other].input;
            bail!(
                "{other} and {input} would both be written to {}",
                Shown(&path)
            );
        }
        claims.output(Some(&path))?;
        targets.push(Target { input, path });
    }
    Ok(targets)
}

/// Writes all targets on several threads. What goes wrong is said in the order of the targets.
pub fn write(
    targets: &[Target],
    jobs: Option<NonZeroUsize>,
    messages: &mut Messages,
    write: impl Fn(&Target, &mut Messages) -> Result<()> + Sync,
) {
    let write = |target, messages: &mut Messages| {
        if let Err(error) = write(target, messages) {
            messages.error(format_args!("{error:#}"));
        }
    };
    // With nothing before it to wait for, one target speaks at once: its pipe may have no end.
    if let [target] = targets {
        return write(target, messages);
    }
    pending::keep("the files that were finished are kept".to_owned());
    messages.show_progress(targets.len());
    let is_quiet = messages.is_quiet;
    let next = AtomicUsize::new(0);
    let turns = Mutex::new(Turns {
        messages,
        turn: 0,
        early: BTreeMap::new(),
    });
    let work = || {
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(target) = targets.get(i) else {
                return;
            };
            let mut held = Messages::held(is_quiet);
            write(target, &mut held);
            turns
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .done(i, held);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads(jobs).min(targets.len()) {
            // Where no more threads can be started, those that there are do the work.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    messages.end_progress();
}

/// Lets each target have its say after those before it. Whoever is done speaks for all whose turn
/// it is, so that no thread waits for another.
struct Turns<'m> {
    messages: &'m mut Messages,
    /// The target whose messages come next.
    turn: usize,
    /// The messages of those after it.
    early: BTreeMap<usize, Messages>,
}

impl Turns<'_> {
    fn done(&mut self, target: usize, held: Messages) {
        self.early.insert(target, held);
        while let Some(held) = self.early.remove(&self.turn) {
            self.messages.absorb(held);
            self.turn += 1;
            self.messages.advance(self.turn);
        }
    }
}

/// Reads the number of threads of `--jobs`.
pub fn jobs(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse()
        .map_err(|_| "expected how many threads, 1 or more")
}

/// More threads only take memory.
const MAX_THREADS: usize = 512;

/// The number of threads: as many as were asked for, or one for each core.
pub fn threads(jobs: Option<NonZeroUsize>) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    jobs.map_or_else(cores, usize::from).min(MAX_THREADS)
}
