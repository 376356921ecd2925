//! Memory: whether there is enough, asked before it is needed, and a budget that threads share.
//!
//! Our own allocations fail cleanly. A library that finds no memory ends the process, and so does a
//! new thread, so enough must be free before they start.

use std::hint::black_box;
use std::io;
use std::sync::{Condvar, Mutex, PoisonError};

/// Allocates this many bytes and frees them again.
///
/// # Errors
/// There is not enough memory.
pub fn probe(bytes: usize) -> io::Result<()> {
    let mut memory = Vec::<u8>::new();
    memory.try_reserve_exact(bytes)?;
    black_box(memory);
    Ok(())
}

/// The memory that all threads may take together, in bytes.
pub struct Budget {
    all: usize,
    left: Mutex<Left>,
    more: Condvar,
}

struct Left {
    memory: usize,
    /// True if a thread waits for more. Waking without need would be a system call.
    awaited: bool,
}

impl Budget {
    /// Returns a budget of this many bytes.
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

    /// Takes `cost` bytes, or all if that is more than there is, once they are free. Returns how much it
    /// took. The system must have the memory, too, besides what others have taken but may not have
    /// allocated yet. If nobody has taken any, there is nothing to wait for.
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

    /// Returns memory to the budget.
    pub fn give_back(&self, cost: usize) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.memory += cost;
        if left.awaited {
            self.more.notify_all();
        }
    }
}
