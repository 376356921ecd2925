//! Whether standard output was closed from the start.

use std::sync::atomic::{AtomicBool, Ordering};

static CLOSED: AtomicBool = AtomicBool::new(false);

#[cfg(unix)]
ctor::declarative::ctor! {
    // Before main, because Rust's runtime opens /dev/null in place of what is closed, and everything
    // written would be lost without an error. It calls nothing that needs the runtime.
    #[ctor(unsafe)]
    fn look() {
        let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
        CLOSED.store(closed, Ordering::Relaxed);
    }
}

pub fn stdout_is_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}
