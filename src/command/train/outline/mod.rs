//! Outlines: what identifies them, and the proof that an answer is the function asked for.
//!
//! The holes of the answer are filled with stubs, the answer is put among declarations of the
//! variables around it, and all of it is compiled. The compiled function must be the outline's.
//! Nothing is ever run.

mod batch;
mod id;
mod names;
mod prove;
mod registers;
mod stub;
#[cfg(test)]
mod tests;
mod text;

pub use batch::prove_all;
#[cfg(feature = "score")]
pub use batch::same_together;
pub use id::id;
pub use prove::{Attempt, Proof, Unusable, prove};
#[cfg(feature = "score")]
pub use registers::{Captured, captured};
