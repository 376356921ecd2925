//! Syntax errors.

use std::fmt;

use thiserror::Error;

/// The reason a text is refused, with its position.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line}: {problem}")]
pub struct SyntaxError {
    /// The line, counted from 1.
    pub line: u32,
    /// The offset of the offending token.
    pub offset: usize,
    /// The problem.
    pub problem: SyntaxProblem,
}

/// A problem in a text.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyntaxProblem {
    /// An unexpected token.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// The expected syntax.
        expected: &'static str,
        /// The token found.
        found: Found,
    },
    /// Something that was opened is not closed.
    #[error("expected `{close}` to close `{open}` at line {line}, found {found}")]
    Unclosed {
        /// The token that would close it.
        close: &'static str,
        /// The token that opened it.
        open: &'static str,
        /// The line of the opening token.
        line: u32,
        /// The token found instead.
        found: Found,
    },
    /// A text that is longer than 4 GiB.
    #[error("the text is longer than 4 GiB")]
    TooLong,
    /// More nesting than Lua's parser takes.
    #[error("more than {} levels of nesting", super::MAX_LEVELS)]
    TooDeep,
    /// A string without its closing quote.
    #[error("unfinished string")]
    UnfinishedString,
    /// A long string or comment without its closing bracket.
    #[error("unfinished long {what} that starts at line {line}")]
    UnfinishedLong {
        /// `string` or `comment`.
        what: &'static str,
        /// Its first line.
        line: u32,
    },
    /// `[[` inside of `[[ ]]`, which Lua 5.1 refuses.
    #[error("`[[` inside of a long bracket of level 0")]
    NestedLong,
    /// `[=` without a second bracket.
    #[error("invalid delimiter of a long string")]
    LongDelimiter,
    /// A backslash that does not start an escape sequence of this version.
    #[error("invalid escape sequence")]
    Escape,
    /// `\300`, or `\u` with a value that is too large.
    #[error("escape sequence with a value that is too large")]
    EscapeTooLarge,
    /// A number that Lua cannot read.
    #[error("malformed number {0}")]
    Number(Found),
    /// A parenthesis on a new line after something that could be called, in Lua 5.1.
    #[error("ambiguous syntax: a call or a new statement")]
    AmbiguousCall,
    /// `...` in a function that does not take it.
    #[error("`...` outside of a vararg function")]
    Dots,
    /// An assignment to something that cannot be assigned to.
    #[error("only a name, a field or an index can be assigned to")]
    Target,
    /// An expression other than a call where a statement is expected.
    #[error("an expression is not a statement unless it is a call")]
    NotACall,
    /// `break` outside of a loop.
    #[error("`break` outside of a loop")]
    Break,
    /// A `goto` without a visible label.
    #[error("no visible label {0} for `goto`")]
    NoLabel(Found),
    /// A label that is already visible.
    #[error("label {0} is already defined at line {1}")]
    RepeatedLabel(Found, u32),
    /// A `goto` that enters the scope of a declaration.
    #[error("`goto` {0} jumps into the scope of a variable")]
    IntoScope(Found),
    /// An assignment to a constant.
    #[error("{0} is a constant and cannot be assigned to")]
    Constant(Found),
    /// An attribute that this version does not know.
    #[error("unknown attribute {0}")]
    Attribute(Found),
    /// Two variables to close in one statement.
    #[error("more than one variable to close in one statement")]
    TwoToClose,
    /// A global variable that is to be closed.
    #[error("a global variable cannot be closed")]
    GlobalToClose,
    /// An undeclared name where `global` declares others.
    #[error("variable {0} is not declared")]
    Undeclared(Found),
    /// A use of a global variable where `_ENV` is declared global.
    #[error("`_ENV` is global when {0} is accessed")]
    GlobalEnv(Found),
}

/// A token in a message, printed as ASCII and cut to 40 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found(pub(super) Box<[u8]>);

/// The number of bytes of a token that are shown.
const SHOWN: usize = 40;

impl Found {
    /// Takes the text of a token; an empty one stands for the end of the text.
    pub(super) fn new(text: &[u8]) -> Found {
        Found(text[..text.len().min(SHOWN + 1)].into())
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &*self.0 {
            [] => f.write_str("the end of the text"),
            text if text.len() > SHOWN => write!(f, "`{}...`", text[..SHOWN].escape_ascii()),
            text => write!(f, "`{}`", text.escape_ascii()),
        }
    }
}
