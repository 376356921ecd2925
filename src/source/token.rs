//! The tokens of a text.

use std::ops::Range;

/// A token: what it is and where it stands. Comments and white space are no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
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
        /// What a token is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum TokenKind {
            $($(#[$doc])* $name,)*
        }

        impl TokenKind {
            /// How it is written; for names, numbers and strings, what it is.
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
    /// Also `global`, which Lua 5.5 knows by what follows it.
    Name "a name"
    Number "a number"
    String "a string"
    /// The last token of every text.
    EndOfText "the end of the text"
    /// Where no token of Lua can be read: the last token of a text that is refused.
    Bad "an unknown character"
}

impl TokenKind {
    /// The reserved word that is written so; `goto` is one of them.
    pub(super) fn word(text: &[u8]) -> Option<TokenKind> {
        use TokenKind::*;
        // By length and first byte before the whole: most words are names.
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
