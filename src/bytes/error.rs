//! Why a field cannot be read.

use thiserror::Error;

/// A field that cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldError {
    /// The offset of the field.
    pub offset: usize,
    pub problem: FieldProblem,
}

/// What can be wrong with a field of any chunk, whatever it holds.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// The bytes end too early.
    #[error("the data ends: {what} wants {}, {left} left", bytes(.wanted))]
    End {
        /// What was being read.
        what: &'static str,
        /// How many bytes it has.
        wanted: u64,
        /// How many there are.
        left: usize,
    },
    /// A count below zero.
    #[error("{what} is {count}; a count cannot be negative")]
    NegativeCount {
        /// The count's name.
        what: &'static str,
        /// Its value.
        count: i64,
    },
    /// A count of more elements than the remaining bytes can hold.
    #[error("{what} is {count}, which takes at least {least} bytes; {left} left")]
    LargeCount {
        /// The count's name.
        what: &'static str,
        /// Its value.
        count: u64,
        /// The fewest bytes that many elements take.
        least: u64,
        /// How many there are.
        left: usize,
    },
    /// The list does not fit into memory.
    #[error("out of memory: {what} is {count}")]
    Memory {
        /// The count's name.
        what: &'static str,
        /// Its value.
        count: usize,
    },
    /// An `int` that no machine of today has.
    #[error("{what} is {value}, which does not fit into 32 bits")]
    LargeInt {
        /// The field's name.
        what: &'static str,
        /// Its value.
        value: i64,
    },
    /// A varint of too many bits.
    #[error("{what} does not fit into 64 bits")]
    LargeVarint {
        /// The field's name.
        what: &'static str,
    },
}

fn bytes(wanted: &u64) -> String {
    format!("{wanted} byte{}", if *wanted == 1 { "" } else { "s" })
}
