//! Memory to share out.

use std::sync::{Condvar, Mutex, PoisonError};

use super::memory::probe;

/// The memory of all threads together, in bytes.
pub struct Budget {
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
    pub fn new(all: usize) -> Self {
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
    /// how much was taken. The system must have it too, beside what others have taken and may not
    /// have asked for yet; if nobody has, there is nothing to wait for.
    pub fn take(&self, cost: usize) -> usize {
        let cost = cost.min(self.all);
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = self
            .more
            .wait_while(left, |left| {
                let taken = self.all - left.memory;
                let is_short = taken > 0 && cost > 0 && probe(taken + cost).is_err();
                left.awaited = left.memory < cost || is_short;
                left.awaited
            })
            .unwrap_or_else(PoisonError::into_inner);
        left.memory -= cost;
        cost
    }

    pub fn give_back(&self, cost: usize) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.memory += cost;
        if left.awaited {
            self.more.notify_all();
        }
    }
}
