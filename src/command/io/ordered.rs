//! Work on several threads, in bounded memory, with the results in the order of the items.

use std::io;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};
use std::time::Duration;

use anyhow::{Context, Result};

use super::memory::{Budget, probe};

/// Reads the number of threads of `--jobs`.
pub fn parse_jobs(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse()
        .map_err(|_| "expected a number of threads, 1 or more")
}

/// More threads only take memory.
const MAX_THREADS: usize = 512;

/// The number of threads: as many as were asked for, or one for each core.
pub fn threads(jobs: Option<NonZeroUsize>) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    jobs.map_or_else(cores, usize::from).min(MAX_THREADS)
}

/// How the work is spread.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The most threads, at least 1, not counting the one that consumes.
    threads: usize,
    /// How many items may be ahead of the one being consumed.
    ahead: usize,
    /// The memory, in bytes, that the items in work may take together.
    memory: usize,
}

impl Spread {
    /// With 384 MB for all items, or where there are many threads, 12 MB for each of them, so that an
    /// item of usual size leaves room for those of the others.
    pub fn new(threads: usize, ahead: usize) -> Self {
        let threads = threads.max(1);
        Spread {
            threads,
            ahead: ahead.max(2 * threads),
            memory: threads.saturating_mul(12 << 20).max(384 << 20),
        }
    }
}

/// How many results of an item may wait to be consumed. With fewer, most items would wait for the
/// one being consumed, and all threads with them.
const RESULTS: usize = 4;

/// An item of work.
pub struct Task<T> {
    /// What messages call it.
    pub name: String,
    /// The memory it takes, in bytes.
    pub cost: usize,
    pub item: T,
}

/// How long an item may give nothing before `stalled` hears of it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Hands each item to `work` on one of several threads, and what that sends to `consume` on this
/// one: everything of the first item, then of the second, and so on, as it comes. Work that is far
/// ahead waits.
///
/// Each item waits until as much memory is free as it takes, of the share and of the machine's; with no
/// other in work it is tried in any case. No later item overtakes it, so the
/// first item never waits for another. While one item holds up the rest, `stalled` is told its name
/// now and then.
///
/// # Errors
/// The first error of `consume`. From then on sending fails and no more items are taken. Not a
/// thread can be started; if only some can, they do the work.
pub fn ordered<T: Send, R: Send>(
    items: impl Iterator<Item = Task<T>> + Send,
    spread: Spread,
    work: impl Fn(T, &SyncSender<R>) + Sync,
    mut consume: impl FnMut(R) -> Result<()>,
    mut stalled: impl FnMut(&str),
) -> Result<()> {
    let (turns, in_order) = sync_channel::<(String, Receiver<R>)>(spread.ahead);
    let (large, larges) = sync_channel(0);
    let queue = Arc::new(Mutex::new(Queue {
        items,
        turns,
        large,
    }));
    let work = Work {
        work,
        budget: Budget::new(spread.memory),
        most: spread.memory / spread.threads / 2,
    };
    thread::scope(|scope| {
        start(scope, || {
            larges.into_iter().for_each(|taken| work.run(taken))
        })
        .context(NO_THREAD)?;
        start_worker(scope, &work, queue, spread.threads).context(NO_THREAD)?;
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

const NO_THREAD: &str = "no thread can be started";

fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() + Send + 'scope,
) -> io::Result<()> {
    thread::Builder::new().spawn_scoped(scope, work).map(drop)
}

/// Starts a thread that does one item after the other, and that with its first item starts the next
/// of `threads`: there are no more of them than items.
///
/// The last thread to end drops the queue, which ends the lane for large items.
fn start_worker<'scope, I, T, R, W>(
    scope: &'scope Scope<'scope, '_>,
    work: &'scope Work<W>,
    queue: Arc<Mutex<Queue<I, T, R>>>,
    threads: usize,
) -> io::Result<()>
where
    I: Iterator<Item = Task<T>> + Send + 'scope,
    T: Send + 'scope,
    R: Send + 'scope,
    W: Fn(T, &SyncSender<R>) + Sync,
{
    start(scope, move || {
        let mut more = threads - 1;
        while let Some(taken) = next(&queue, &work.budget, work.most) {
            if more > 0 && has_memory() {
                // If it cannot be started, there are enough.
                let _ = start_worker(scope, work, Arc::clone(&queue), more);
            }
            more = 0;
            work.run(taken);
        }
    })
}

/// Whether there is memory for one more thread and its work.
///
/// To try and see is no way to find out: a thread that has been started and then has no memory for
/// its signal stack takes the whole process with it.
fn has_memory() -> bool {
    // An allocator maps 128 MB for a thread; the other half is for those that run.
    const MEMORY: usize = 256 << 20;
    probe(MEMORY).is_ok()
}

/// What is done with an item.
struct Work<W> {
    work: W,
    budget: Budget,
    /// The cost from which on an item is large.
    most: usize,
}

impl<W> Work<W> {
    fn run<T, R>(&self, (cost, item, results): Taken<T, R>)
    where
        W: Fn(T, &SyncSender<R>),
    {
        (self.work)(item, &results);
        self.budget.give_back(cost);
    }
}

/// What the threads share.
struct Queue<I, T, R> {
    items: I,
    /// Where the results of each item come from, in order.
    turns: SyncSender<(String, Receiver<R>)>,
    /// An allocator keeps what a thread has once had, so large items all go to one thread.
    large: SyncSender<Taken<T, R>>,
}

/// An item with its cost and the sender for its results.
type Taken<T, R> = (usize, T, SyncSender<R>);

/// Takes the next item that is not too large, once there is memory for it.
fn next<I: Iterator<Item = Task<T>>, T, R>(
    queue: &Mutex<Queue<I, T, R>>,
    budget: &Budget,
    most: usize,
) -> Option<Taken<T, R>> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let Task { name, cost, item } = queue.items.next()?;
        let cost = budget.take(cost);
        let (sender, results) = sync_channel(RESULTS);
        queue.turns.send((name, results)).ok()?;
        let taken = (cost, item, sender);
        if cost <= most {
            return Some(taken);
        }
        queue.large.send(taken).ok()?;
    }
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

    /// A thread for each of 200 items of usual size; none ends before all have begun.
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
    fn who_holds_up_the_others_is_told() {
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
