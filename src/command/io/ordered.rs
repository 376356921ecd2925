//! Work on several threads, in bounded memory, with the results in the order of the items.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, Scope};
use std::time::Duration;

use anyhow::{Context, Result};

/// How the work is spread.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The number of threads, not counting the one that consumes.
    pub threads: usize,
    /// How many items may be ahead of the one being consumed, whatever the number of threads.
    pub ahead: usize,
    /// The memory, in bytes, that the items in work may take together.
    pub memory: usize,
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
/// Each item waits until as much memory is free as it takes. No later item overtakes it, so the
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
    let budget = Budget::new(spread.memory);
    let queue = Mutex::new(Queue {
        items,
        turns,
        large,
    });
    let queue = Arc::new(queue);
    let most = spread.memory / spread.threads.max(1) / 2;
    let do_one = |(cost, item, results): Taken<T, R>| {
        work(item, &results);
        budget.give_back(cost);
    };
    thread::scope(|scope| {
        start(scope, || larges.into_iter().for_each(&do_one)).context(NO_THREAD)?;
        for i in 0..spread.threads {
            // The last thread to end drops the queue, which ends the lane for large items.
            let (queue, budget, do_one) = (Arc::clone(&queue), &budget, &do_one);
            let work = move || {
                while let Some(taken) = next(&queue, budget, most) {
                    do_one(taken);
                }
            };
            match start(scope, work) {
                Err(error) if i == 0 => return Err(error).context(NO_THREAD),
                Err(_) => break,
                Ok(()) => {}
            }
        }
        drop(queue);
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

/// Memory to share out.
struct Budget {
    all: usize,
    left: Mutex<Left>,
    more: Condvar,
}

struct Left {
    memory: usize,
    /// Whether somebody waits for more: to wake nobody is a system call too.
    awaited: bool,
}

impl Budget {
    fn new(all: usize) -> Self {
        Budget {
            all,
            left: Mutex::new(Left {
                memory: all,
                awaited: false,
            }),
            more: Condvar::new(),
        }
    }

    /// Waits until that much memory is free, or all of it if `cost` is more than there is; gives
    /// how much was taken.
    fn take(&self, cost: usize) -> usize {
        let cost = cost.min(self.all);
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = self
            .more
            .wait_while(left, |left| {
                left.awaited = left.memory < cost;
                left.awaited
            })
            .unwrap_or_else(PoisonError::into_inner);
        left.memory -= cost;
        cost
    }

    fn give_back(&self, cost: usize) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.memory += cost;
        if left.awaited {
            self.more.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPREAD: Spread = Spread {
        threads: 2,
        ahead: 4,
        memory: 100,
    };

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
