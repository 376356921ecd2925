//! Output folders: which file an input gives, and the threads that write them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use anyhow::{Result, bail};

use super::input::Input;
use super::report::Report;

/// What becomes of a name's ending: `from` is replaced by `to`, and after any other `to` is added.
pub struct Endings {
    pub from: &'static str,
    pub to: &'static str,
}

impl Endings {
    pub fn apply(&self, place: &Path) -> PathBuf {
        if place
            .extension()
            .is_some_and(|extension| extension == self.from)
        {
            return place.with_extension(self.to);
        }
        let mut name = place.as_os_str().to_owned();
        name.push(".");
        name.push(self.to);
        name.into()
    }
}

/// The threads to use where their number is not given.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// An input and the file that it gives.
pub struct Job {
    pub input: Input,
    pub target: PathBuf,
}

/// The file below `folder` for each input. Inputs that cannot be had are reported.
///
/// # Errors
/// Two inputs give the same file.
pub fn plan(
    inputs: Vec<Result<Input>>,
    folder: &Path,
    endings: &Endings,
    report: &mut Report,
) -> Result<Vec<Job>> {
    let mut jobs: Vec<Job> = Vec::new();
    let mut taken: HashMap<PathBuf, usize> = HashMap::new();
    for input in inputs {
        let input = match input {
            Ok(input) => input,
            Err(error) => {
                report.error(format_args!("{error:#}"));
                continue;
            }
        };
        let target = folder.join(endings.apply(&input.place));
        if let Some(other) = taken.insert(target.clone(), jobs.len()) {
            let other = &jobs[other].input;
            bail!(
                "{other} and {input} would both be written to {}",
                target.display()
            );
        }
        jobs.push(Job { input, target });
    }
    Ok(jobs)
}

/// Does all jobs on `threads` threads. What they report is said in the order of the jobs.
pub fn run(
    jobs: &[Job],
    threads: usize,
    report: &mut Report,
    work: impl Fn(&Job, &mut Report) -> Result<()> + Sync,
) {
    // Nobody's turn is waited for: what a pipe without end has in it is said as it comes.
    if let [job] = jobs {
        if let Err(error) = work(job, report) {
            report.error(format_args!("{error:#}"));
        }
        return;
    }
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.min(jobs.len()) {
            let sender = sender.clone();
            scope.spawn(|| {
                let sender = sender;
                while let index = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(job) = jobs.get(index)
                {
                    let mut report = Report::held();
                    if let Err(error) = work(job, &mut report) {
                        report.error(format_args!("{error:#}"));
                    }
                    if sender.send((index, report)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting: HashMap<usize, Report> = HashMap::new();
        let mut turn = 0;
        for (index, done) in receiver {
            waiting.insert(index, done);
            while let Some(done) = waiting.remove(&turn) {
                report.absorb(done);
                turn += 1;
            }
        }
    });
}
