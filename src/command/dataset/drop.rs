//! What gives no record.

use std::fmt;

use super::reason::Reason;

/// A source, a function of it or a variant of either that gives no record.
#[derive(Debug)]
pub struct Dropped {
    /// The path of the source.
    pub path: String,
    /// The function, if records are made of functions.
    pub function: Option<String>,
    /// Whether it is the stripped variant, if it is just one of them.
    pub stripped: Option<bool>,
    /// Why it is dropped.
    pub reason: Reason,
}

impl Dropped {
    /// A source that gives nothing at all.
    pub fn new(path: String, reason: Reason) -> Self {
        Dropped {
            path,
            function: None,
            stripped: None,
            reason,
        }
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(function) = &self.function {
            write!(f, ", {function}")?;
        }
        f.write_str(match self.stripped {
            None => "",
            Some(false) => " (with debug information)",
            Some(true) => " (stripped)",
        })?;
        write!(f, ": dropped: {}", self.reason)
    }
}
