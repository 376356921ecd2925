//! Work on several threads, in bounded memory, with the results in the order of the items.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use anyhow::Result;

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

/// Hands each item to `work` on one of several threads, and what that sends to `consume` on this
/// one: everything of the first item, then of the second, and so on, as it comes. Work that is far
/// ahead waits.
///
/// Each item comes with its cost, the memory it takes, and waits until that much is free. No later
/// item overtakes it, so the first item never waits for another.
///
/// # Errors
/// The first error of `consume`. From then on sending fails and no more items are taken.
pub fn ordered<T: Send, R: Send>(
    items: impl Iterator<Item = (usize, T)> + Send,
    spread: Spread,
    work: impl Fn(T, &SyncSender<R>) + Sync,
    mut consume: impl FnMut(R) -> Result<()>,
) -> Result<()> {
    let (turns, in_order) = sync_channel::<Receiver<R>>(spread.ahead);
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
        scope.spawn(|| larges.into_iter().for_each(&do_one));
        for _ in 0..spread.threads {
            // The last thread to end drops the queue, which ends the lane for large items.
            let (queue, budget, do_one) = (Arc::clone(&queue), &budget, &do_one);
            scope.spawn(move || {
                while let Some(taken) = next(&queue, budget, most) {
                    do_one(taken);
                }
            });
        }
        drop(queue);
        in_order.into_iter().flatten().try_for_each(&mut consume)
    })
}

/// What the threads share.
struct Queue<I, T, R> {
    items: I,
    /// Where the results of each item come from, in order.
    turns: SyncSender<Receiver<R>>,
    /// An allocator keeps what a thread has once had, so large items all go to one thread.
    large: SyncSender<Taken<T, R>>,
}

/// An item with its cost and the sender for its results.
type Taken<T, R> = (usize, T, SyncSender<R>);

/// Takes the next item that is not too large, once there is memory for it.
fn next<I: Iterator<Item = (usize, T)>, T, R>(
    queue: &Mutex<Queue<I, T, R>>,
    budget: &Budget,
    most: usize,
) -> Option<Taken<T, R>> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let (cost, item) = queue.items.next()?;
        let cost = budget.take(cost);
        let (sender, results) = sync_channel(RESULTS);
        queue.turns.send(results).ok()?;
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
    left: Mutex<usize>,
    more: Condvar,
}

impl Budget {
    fn new(all: usize) -> Self {
        Budget {
            all,
            left: Mutex::new(all),
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
            .wait_while(left, |left| *left < cost)
            .unwrap_or_else(PoisonError::into_inner);
        *left -= cost;
        cost
    }

    fn give_back(&self, cost: usize) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) += cost;
        self.more.notify_all();
    }
}
