//! Errors of dialect files.

use thiserror::Error;

use crate::opcodes::Opcode;
use crate::version::Version;

/// Why a text is not a dialect, and in which line.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{line}: {problem}")]
pub struct DialectError {
    /// The line, counted from 1.
    pub line: usize,
    /// The problem in that line.
    pub problem: DialectProblem,
}

/// A problem with the text of a dialect.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum DialectProblem {
    /// No version.
    #[error("no .base; expected the version of Lua that the dialect modifies, such as .base 5.3")]
    NoBase,
    /// A word that begins no line.
    #[error("expected one of {directives}, found {0:?}", directives = super::directive::directives())]
    Unknown(String),
    /// A line without all that belongs to it, or with something else.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What the line has.
        expected: String,
        /// The word that is there, in quotes, or what ends the line.
        found: String,
    },
    /// A second line of a kind that occurs once.
    #[error("a second {0}; the first is in line {1}")]
    Twice(&'static str, usize),
    /// A signature that is too long.
    #[error("the signature is too long; expected at most 16 bytes")]
    LongSignature,
    /// Something that is said twice.
    #[error("{0} is given twice")]
    Repeated(String),
    /// A name that is no opcode of the version, without operands.
    #[error(
        "{} has no opcode {found:?}; if the dialect adds it, its operands follow, or `reserved`",
        version.name()
    )]
    Opcode {
        /// The name.
        found: String,
        /// The version.
        version: Version,
    },
    /// Operands of an opcode that Lua has.
    #[error("{} of {} has operands already; only an added opcode takes them", name, version.name())]
    Operands {
        /// The name.
        name: String,
        /// The version.
        version: Version,
    },
    /// A name that is too long, or has other characters.
    #[error("{0:?} cannot be the name of an opcode; expected at most {max} letters, digits or _, and not UNKNOWN", max = Opcode::LONGEST_NAME)]
    Name(String),
    /// More opcodes than there are numbers.
    #[error("too many opcodes; {} has room for {most} more", version.name())]
    TooMany {
        /// The version.
        version: Version,
        /// The number of values without an opcode.
        most: usize,
    },
    /// A number that already has an opcode.
    #[error("number {number} already has a name, {name}")]
    NumberTwice {
        /// The number.
        number: u8,
        /// Its first name.
        name: String,
    },
    /// An opcode that already has a number.
    #[error("{name} already has a number, {number}")]
    NameTwice {
        /// The name.
        name: String,
        /// Its first number.
        number: u8,
    },
    /// Fields of different layouts in one opcode.
    #[error("{0} and {1} cannot be fields of one instruction")]
    Fields(String, String),
    /// A kind of operand in a field that cannot hold it.
    #[error("{field} of {} cannot hold a {kind}", version.name())]
    Kind {
        /// The field.
        field: String,
        /// The kind.
        kind: String,
        /// The version.
        version: Version,
    },
    /// A line that the base version has no use for.
    #[error("{what} has no meaning in {}", version.name())]
    NotOf {
        /// The line, or a part of it.
        what: String,
        /// The version.
        version: Version,
    },
    /// A line that makes sense with one base only.
    #[error("{0} needs a single .base")]
    OneBase(&'static str),
    /// A kind of constants without a tag.
    #[error("no tag is left for {0}")]
    NoTag(&'static str),
    /// A field of instructions with another width than Lua's.
    #[error("{field} of {} has {wanted} bits, not {found}", version.name())]
    FieldWidth {
        /// The field.
        field: &'static str,
        /// The version.
        version: Version,
        /// Its width.
        wanted: u32,
        /// The width in the file.
        found: u32,
    },
    /// Fields of instructions that overlap, or leave bits unused.
    #[error(
        "the fields do not take each of 32 bits once; give the places of op, A, B, C, Bx and Ax, and k from Lua 5.4 on, each in one piece"
    )]
    FieldPlaces,
    /// Widths that contradict the type of numbers.
    #[error(".size {0} contradicts .number {1}")]
    NumberSize(&'static str, &'static str),
}
