//! From Lua sources to the records that language models are trained on.
//!
//! A [`Source`] is compiled ([`compile()`]), checked, drawn with or without its debug information
//! ([`Strip`]) and framed ([`Format`]), whole or function by function ([`functions()`]). [`make()`]
//! does all of it and says what comes of it as
//! [`Event`]s. [`ordered()`] does so on many threads and keeps the order.

mod check;
mod compile;
mod event;
mod format;
mod functions;
mod make;
mod ordered;
mod pieces;
mod reason;
mod record;
mod seen;
mod split;
mod strip;
mod verify;

pub use compile::compile;
pub use event::{Dropped, Event, Events, Stopped};
pub use format::{Format, Frame, Labels};
pub use functions::{Function, fit, functions};
pub use make::{MOST_SOURCE, Options, Source, Unit, cost, make};
pub use ordered::{Ordered, ordered};
pub use pieces::Pieces;
pub use reason::Reason;
pub use seen::{Fingerprint, Seen, fingerprint};
pub use split::{BadSplit, Split, group};
pub use strip::{BadStrip, Strip};
