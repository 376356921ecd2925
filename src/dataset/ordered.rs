//! Work on many threads, in bounded memory, whose results come in the order of the items.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

/// How the work is spread.
#[derive(Clone, Copy, Debug)]
pub struct Ordered {
    /// The number of threads, not counting the one that consumes.
    pub threads: usize,
    /// The memory that the items being worked on may have together, in bytes.
    pub memory: usize,
}

/// How many results of an item may wait to be consumed.
const RESULTS: usize = 2;

/// How many items may be ahead of the one that is consumed, whatever the number of threads.
const AHEAD: usize = 64;

/// Gives each item to `work`, on many threads, and what that sends to `consume`, on this one: all
/// of the first item, then all of the second, and so on, as it comes. So work far ahead waits.
///
/// An item comes with its cost, the memory that it takes; it waits until that is free, but none
/// after it goes first, so the first of all never waits for another.
///
/// # Errors
/// The first error of `consume`. What `work` sends after it fails, and no more items are taken.
pub fn ordered<T: Send, R: Send, E>(
    items: impl Iterator<Item = (usize, T)> + Send,
    spread: Ordered,
    work: impl Fn(T, &SyncSender<R>) + Sync,
    mut consume: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let (turns, in_order) = sync_channel::<Receiver<R>>(AHEAD);
    // The last thread that ends drops `turns`, and so ends the loop below.
    let queue = Arc::new(Mutex::new((items, turns)));
    let budget = Budget::new(spread.memory);
    thread::scope(|scope| {
        for _ in 0..spread.threads {
            let (queue, budget, work) = (Arc::clone(&queue), &budget, &work);
            scope.spawn(move || {
                loop {
                    let (cost, item, sender) = {
                        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                        let Some((cost, item)) = queue.0.next() else {
                            return;
                        };
                        let cost = budget.take(cost);
                        let (sender, results) = sync_channel(RESULTS);
                        if queue.1.send(results).is_err() {
                            return;
                        }
                        (cost, item, sender)
                    };
                    work(item, &sender);
                    budget.give_back(cost);
                }
            });
        }
        drop(queue);
        in_order.into_iter().flatten().try_for_each(&mut consume)
    })
}

/// Memory that is shared out.
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

    /// Waits for so much memory, at most all there is, and gives how much it took.
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
