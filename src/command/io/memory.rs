//! Whether there is memory, asked before it is needed.
//!
//! What is ours to allocate fails by itself. A library that finds no memory ends the process, and so
//! does a new thread; so there has to be enough before they begin.

use std::hint::black_box;
use std::io;

/// Asks for so many bytes, and gives them back.
///
/// # Errors
/// There is no memory for them.
pub fn probe(bytes: usize) -> io::Result<()> {
    let mut room = Vec::<u8>::new();
    room.try_reserve_exact(bytes)?;
    black_box(room);
    Ok(())
}
