//! The tokens of a text.

use std::ops::Range;

use crate::Version;

/// A token. Comments and white space are not tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its kind.
    pub kind: TokenKind,
    pub(super) start: u32,
    pub(super) end: u32,
    /// The line of its last byte, counted from 1. Only strings have more than one.
    pub line: u32,
}

impl Token {
    /// Its bytes in the text.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

macro_rules! tokens {
    ($($(#[$doc:meta])* $name:ident $spelling:literal)*) => {
        /// The kind of a token.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum TokenKind {
            $($(#[$doc])* $name,)*
        }

        impl TokenKind {
            /// Returns its spelling, or a description of names, numbers and strings.
            pub const fn spelling(self) -> &'static str {
                match self {
                    $(TokenKind::$name => $spelling,)*
                }
            }
        }
    };
}

tokens! {
    And "and"
    Break "break"
    Do "do"
    Else "else"
    Elseif "elseif"
    End "end"
    False "false"
    For "for"
    Function "function"
    /// A name in Lua 5.1.
    Goto "goto"
    If "if"
    In "in"
    Local "local"
    Nil "nil"
    Not "not"
    Or "or"
    Repeat "repeat"
    Return "return"
    Then "then"
    True "true"
    Until "until"
    While "while"
    Plus "+"
    Minus "-"
    Star "*"
    Slash "/"
    DoubleSlash "//"
    Percent "%"
    Caret "^"
    Hash "#"
    Ampersand "&"
    Tilde "~"
    Pipe "|"
    ShiftLeft "<<"
    ShiftRight ">>"
    Equal "=="
    NotEqual "~="
    LessEqual "<="
    GreaterEqual ">="
    Less "<"
    Greater ">"
    Assign "="
    OpenParen "("
    CloseParen ")"
    OpenBrace "{"
    CloseBrace "}"
    OpenBracket "["
    CloseBracket "]"
    DoubleColon "::"
    Semicolon ";"
    Colon ":"
    Comma ","
    Dot "."
    Concat ".."
    Dots "..."
    /// Includes `global`, which Lua 5.5 recognizes by the token after it.
    Name "a name"
    Number "a number"
    String "a string"
    /// The place of a function in an answer to an outline. Only
    /// [`parse_answer`](super::parse_answer) and [`Tokens::with_holes`](super::Tokens::with_holes)
    /// know it.
    Hole "<|Hole|>"
    /// The last token of every text.
    EndOfText "the end of the text"
    /// The place where no token can be read; never in an accepted text.
    Bad "an unknown character"
}

impl TokenKind {
    /// Returns true if a version reserves a word.
    pub(super) fn is_reserved(text: &[u8], version: Version) -> bool {
        match TokenKind::word(text) {
            Some(TokenKind::Goto) => version > Version::Lua51,
            word => word.is_some(),
        }
    }

    /// Returns the reserved word with this spelling. `goto` is one of them.
    pub(super) fn word(text: &[u8]) -> Option<TokenKind> {
        use TokenKind::*;
        Some(match text {
            b"and" => And,
            b"break" => Break,
            b"do" => Do,
            b"else" => Else,
            b"elseif" => Elseif,
            b"end" => End,
            b"false" => False,
            b"for" => For,
            b"function" => Function,
            b"goto" => Goto,
            b"if" => If,
            b"in" => In,
            b"local" => Local,
            b"nil" => Nil,
            b"not" => Not,
            b"or" => Or,
            b"repeat" => Repeat,
            b"return" => Return,
            b"then" => Then,
            b"true" => True,
            b"until" => Until,
            b"while" => While,
            _ => return None,
        })
    }
}
