//! Errors of fields.

use thiserror::Error;

/// A field that cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldError {
    /// The offset of the field.
    pub offset: usize,
    pub problem: FieldProblem,
}

/// A problem with a field, whatever the field means.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// The data ends within the field.
    #[error("unexpected end of data: {what} needs {}, {} left", bytes(*wanted), are(*left))]
    End {
        /// The field's name.
        what: &'static str,
        /// The number of bytes that the field has.
        wanted: u64,
        /// The number of bytes that are left.
        left: usize,
    },
    /// A negative count.
    #[error("{what} is {count}, but a count cannot be negative")]
    NegativeCount {
        /// The count's name.
        what: &'static str,
        /// Its value.
        count: i64,
    },
    /// A count of more elements than the remaining bytes can hold.
    #[error("{what} is {count}, which takes at least {least} bytes, but {} left", are(*left))]
    LargeCount {
        /// The count's name.
        what: &'static str,
        /// Its value.
        count: u64,
        /// The fewest bytes that this many elements take.
        least: u64,
        /// The number of bytes that are left.
        left: usize,
    },
    /// A list that does not fit into memory.
    #[error("out of memory for a list whose {what} is {count}")]
    Memory {
        /// The count's name.
        what: &'static str,
        /// Its value.
        count: usize,
    },
    /// An integer that does not fit into an `int`.
    #[error("{what} is {value}, which does not fit into 32 bits")]
    LargeInt {
        /// The field's name.
        what: &'static str,
        /// Its value.
        value: i64,
    },
    /// A varint that does not fit into 64 bits.
    #[error("{what} does not fit into 64 bits")]
    LargeVarint {
        /// The field's name.
        what: &'static str,
    },
}

fn bytes(count: u64) -> String {
    format!("{count} byte{}", if count == 1 { "" } else { "s" })
}

fn are(count: usize) -> String {
    format!("{count} {}", if count == 1 { "is" } else { "are" })
}
