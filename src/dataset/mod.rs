//! From Lua sources to the records that language models are trained on.
//!
//! A [`Source`] is compiled ([`compile()`]), checked, drawn with or without its debug information
//! ([`Strip`]) and framed ([`Format`]); [`make()`] does all of it and says what comes of it as
//! [`Event`]s. [`ordered()`] does so on many threads and keeps the order.

mod check;
mod compile;
mod format;
mod make;
mod ordered;
mod reason;
mod strip;
mod verify;

pub use compile::compile;
pub use format::{Format, Labels};
pub use make::{Dropped, Event, MOST_SOURCE, Options, Source, Stopped, cost, make};
pub use ordered::{Ordered, ordered};
pub use reason::Reason;
pub use strip::{BadStrip, Strip};
