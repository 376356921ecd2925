//! Work on several threads, in bounded memory, with the results in the order of the items.

use std::io;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};
use std::time::Duration;

use anyhow::{Context, Result};

use super::memory::{Budget, probe};
use crate::command::sizes;

/// Parses the number of threads of --jobs.
pub fn parse_jobs(text: &str) -> Result<NonZeroUsize, &'static str> {
    let jobs = sizes::count::<usize>(text).ok();
    jobs.and_then(NonZeroUsize::new)
        .ok_or("expected a number of threads, 1 or more")
}

/// More threads only take memory.
const MAX_THREADS: usize = 512;

/// Returns the number of threads: as many as were asked for, or one per core.
pub fn threads(jobs: Option<NonZeroUsize>) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    jobs.map_or_else(cores, usize::from).min(MAX_THREADS)
}

/// How work is spread over threads.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The number of threads, at least 1, not counting the one that consumes.
    threads: usize,
    /// How many items may be ahead of the one that is consumed.
    ahead: usize,
    /// The memory that all items in work may take together, in bytes.
    memory: usize,
}

impl Spread {
    /// Allows 384 MiB for all items, or 12 MiB per thread if that is more, so that an item of usual size
    /// does not keep others waiting.
    pub fn new(threads: usize, ahead: usize) -> Self {
        let threads = threads.max(1);
        Spread {
            threads,
            ahead: ahead.max(2 * threads),
            memory: threads.saturating_mul(12 << 20).max(384 << 20),
        }
    }
}

/// How many results of an item may wait to be consumed. With fewer, most items would wait for the one
/// that is consumed, and all threads with them.
const RESULTS: usize = 4;

/// An item of work.
pub struct Task<T> {
    /// Its name in messages.
    pub name: String,
    /// The memory it takes, in bytes.
    pub cost: usize,
    pub item: T,
}

/// How long an item may give no result before `stalled` is called.
const PATIENCE: Duration = Duration::from_secs(3);

/// Passes each item to `work` on one of several threads, and the results to `consume` on this one: all
/// results of the first item as they come, then those of the second, and so on. Work that is far ahead
/// waits.
///
/// An item waits until there is memory for it, both in the budget and on the machine; if no other is in
/// work, it is tried in any case. No later item overtakes it, so the first item never waits for another.
/// While one item holds up the rest, `stalled` is called with its name now and then.
///
/// # Errors
/// The first error of `consume`; after that, sending fails and no more items are taken. Or no thread
/// can be started; if at least one can, it does the work.
pub fn ordered<T: Send, R: Send>(
    mut items: impl Iterator<Item = Task<T>> + Send,
    spread: Spread,
    work: impl Fn(T, &SyncSender<R>) + Sync,
    mut consume: impl FnMut(R) -> Result<()>,
    mut stalled: impl FnMut(&str),
) -> Result<()> {
    let (turns, in_order) = sync_channel::<(String, Receiver<R>)>(spread.ahead);
    let (work, budget) = (&work, &Budget::new(spread.memory));
    let next = move || {
        let Task { name, cost, item } = items.next()?;
        let cost = budget.take(cost);
        let (sender, results) = sync_channel(RESULTS);
        turns.send((name, results)).ok()?;
        let run = Box::new(move || work(item, &sender));
        Some(Job { cost, run })
    };
    thread::scope(|scope| {
        start_workers(scope, Box::new(next), spread, budget).context("no thread can be started")?;
        for (name, results) in in_order {
            loop {
                match results.recv_timeout(PATIENCE) {
                    Ok(result) => consume(result)?,
                    Err(RecvTimeoutError::Timeout) => stalled(&name),
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        }
        Ok(())
    })
}

/// The work on an item. It is boxed, so that the threads' side is compiled once for all kinds of work.
struct Job<'env> {
    /// What the budget has given for it.
    cost: usize,
    run: Box<dyn FnOnce() + Send + 'env>,
}

impl Job<'_> {
    fn run(self, budget: &Budget) {
        (self.run)();
        budget.give_back(self.cost);
    }
}

/// Takes the next item, once there is memory for it.
type NextJob<'env> = Box<dyn FnMut() -> Option<Job<'env>> + Send + 'env>;

/// The work that is still to be done.
struct Queue<'env> {
    next: NextJob<'env>,
    /// Large items all go to one thread, as the allocator keeps the memory that a thread has used.
    large: SyncSender<Job<'env>>,
    /// The highest cost of an item that is not large.
    most: usize,
}

impl<'env> Queue<'env> {
    /// Takes the next item that is not too large.
    fn next(&mut self) -> Option<Job<'env>> {
        loop {
            let job = (self.next)()?;
            if job.cost <= self.most {
                return Some(job);
            }
            self.large.send(job).ok()?;
        }
    }
}

/// Starts the lane for large items and the first worker. The last worker to end drops the queue, which
/// ends the lane.
fn start_workers<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    next: NextJob<'env>,
    spread: Spread,
    budget: &'env Budget,
) -> io::Result<()> {
    let (large, larges) = sync_channel(0);
    let queue = Arc::new(Mutex::new(Queue {
        next,
        large,
        most: spread.memory / spread.threads / 2,
    }));
    start(scope, || {
        larges.into_iter().for_each(|job: Job| job.run(budget))
    })?;
    start_worker(scope, queue, budget, spread.threads)
}

/// Starts a thread that works on one item after another. With its first item, it starts the next of
/// `threads`, so that there are never more of them than items.
fn start_worker<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    queue: Arc<Mutex<Queue<'env>>>,
    budget: &'env Budget,
    threads: usize,
) -> io::Result<()> {
    let next = |queue: &Mutex<Queue<'env>>| {
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.next()
    };
    start(scope, move || {
        let mut more = threads - 1;
        while let Some(job) = next(&queue) {
            if more > 0 && has_memory() {
                // If it cannot be started, the others do the work.
                let _ = start_worker(scope, Arc::clone(&queue), budget, more);
            }
            more = 0;
            job.run(budget);
        }
    })
}

fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() + Send + 'scope,
) -> io::Result<()> {
    thread::Builder::new().spawn_scoped(scope, work).map(drop)
}

/// Returns whether there is memory for one more thread and its work.
///
/// Starting it to find out is not an option: a thread without memory for its signal stack ends the
/// whole process.
fn has_memory() -> bool {
    // The allocator maps 128 MiB for a thread; the other half is for the running ones.
    const MEMORY: usize = 256 << 20;
    probe(MEMORY).is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Condvar;
    use std::time::Instant;

    use super::*;

    const SPREAD: Spread = Spread {
        threads: 2,
        ahead: 4,
        memory: 100,
    };

    /// A thread for each of 200 items of usual size. None ends before all have started.
    #[test]
    fn many_threads_work_at_once() {
        const THREADS: usize = 200;
        let tasks = (0..THREADS).map(|i| Task {
            name: i.to_string(),
            cost: 5 << 20,
            item: (),
        });
        let end = Instant::now() + Duration::from_secs(10);
        let (begun, more) = (Mutex::new(0), Condvar::new());
        let work = |(), sender: &SyncSender<usize>| {
            let mut begun = begun.lock().unwrap();
            *begun += 1;
            more.notify_all();
            let left = end.saturating_duration_since(Instant::now());
            let waited = more.wait_timeout_while(begun, left, |begun| *begun < THREADS);
            sender.send(*waited.unwrap().0).unwrap();
        };
        let mut seen = Vec::new();
        let consume = |begun| {
            seen.push(begun);
            Ok(())
        };
        ordered(tasks, Spread::new(THREADS, 1), work, consume, |_| {}).unwrap();
        assert_eq!(seen, [THREADS; THREADS]);
    }

    fn task(name: &str, item: u64) -> Task<u64> {
        Task {
            name: name.to_owned(),
            cost: 1,
            item,
        }
    }

    #[test]
    fn the_item_that_holds_up_the_others_is_named() {
        let tasks = [task("quick", 0), task("slow", 3500), task("last", 1)];
        let (mut consumed, mut stalled) = (Vec::new(), Vec::new());
        ordered(
            tasks.into_iter(),
            SPREAD,
            |millis, sender| {
                thread::sleep(Duration::from_millis(millis));
                sender.send(millis).unwrap();
            },
            |millis| {
                consumed.push(millis);
                Ok(())
            },
            |name| stalled.push(name.to_owned()),
        )
        .unwrap();
        assert_eq!(consumed, [0, 3500, 1]);
        assert_eq!(stalled, ["slow"]);
    }

    #[test]
    fn an_error_ends_the_work() {
        let mut consumed = 0;
        let done = ordered(
            (0..1_000_000).map(|i| task("", i)),
            SPREAD,
            |i, sender| {
                let _ = sender.send(i);
            },
            |i| {
                consumed += 1;
                match i {
                    10 => anyhow::bail!("no more"),
                    _ => Ok(()),
                }
            },
            |_| {},
        );
        assert_eq!(done.unwrap_err().to_string(), "no more");
        assert_eq!(consumed, 11);
    }
}
