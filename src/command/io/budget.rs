//! Memory to share out.

use std::sync::{Condvar, Mutex, PoisonError};

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
    /// how much was taken.
    pub fn take(&self, cost: usize) -> usize {
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

    pub fn give_back(&self, cost: usize) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.memory += cost;
        if left.awaited {
            self.more.notify_all();
        }
    }
}
