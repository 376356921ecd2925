//! The text of an opcode map, as unluac reads it: `.op 0 move` for each number that has an opcode.

use std::fmt;

use thiserror::Error;

use super::map::{OpcodeMap, is_opcode};
use crate::version::Version;

/// Why a text is not an opcode map, and in which line.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{line}: {problem}")]
pub struct MapTextError {
    /// The line, counted from 1.
    pub line: usize,
    /// The problem in that line.
    pub problem: MapTextProblem,
}

/// A problem with the text of an opcode map.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MapTextProblem {
    /// No entries.
    #[error("no opcodes; expected lines of the form .op NUMBER NAME")]
    Empty,
    /// Something other than an entry.
    #[error("expected .op NUMBER NAME, found {0:?}")]
    Entry(String),
    /// An incomplete entry at the end.
    #[error("expected .op NUMBER NAME, found the end of the text")]
    End,
    /// A word that is not an opcode number.
    #[error("expected an opcode number from 0 to {most}, found {found:?}")]
    Number {
        /// The word.
        found: String,
        /// The largest opcode number.
        most: usize,
    },
    /// A name that is not an opcode of the version.
    #[error("{version} has no opcode {found:?}", version = .version.name())]
    Name {
        /// The name.
        found: String,
        /// The version of Lua.
        version: Version,
    },
    /// A second name for a number.
    #[error("number {number} already has a name, {name}")]
    NumberTwice {
        /// The number.
        number: u8,
        /// Its first name.
        name: &'static str,
    },
    /// A second number for a name.
    #[error("{name} already has a number, {number}")]
    NameTwice {
        /// The name.
        name: &'static str,
        /// Its first number.
        number: u8,
    },
}

impl OpcodeMap {
    /// Parses entries `.op NUMBER NAME`, separated by white space. A name is spelled as in
    /// `lopcodes.h`, in any case, with or without `OP_`. Each number and each name occurs at most
    /// once. `;` begins a comment.
    ///
    /// # Errors
    /// The first wrong entry.
    pub fn parse(version: Version, text: &str) -> Result<OpcodeMap, MapTextError> {
        let mut own = vec![None; version.opcode_values()];
        let mut words = text.lines().zip(1..).flat_map(|(words, line)| {
            let (words, _) = words.split_once(';').unwrap_or((words, ""));
            words.split_whitespace().map(move |word| (word, line))
        });
        let last = text.lines().count().max(1);
        let at = |line, problem| MapTextError { line, problem };
        while let Some((word, line)) = words.next() {
            if word != ".op" {
                return Err(at(line, MapTextProblem::Entry(word.to_owned())));
            }
            let mut next = || words.next().ok_or_else(|| at(last, MapTextProblem::End));
            let (word, line) = next()?;
            let number = number(version, word).map_err(|problem| at(line, problem))?;
            let (word, line) = next()?;
            let opcode = opcode(version, word).map_err(|problem| at(line, problem))?;
            if let Some(other) = own[usize::from(number)] {
                let name = version.opcode(other).name();
                return Err(at(line, MapTextProblem::NumberTwice { number, name }));
            }
            if let Some(other) = own.iter().position(|other| *other == Some(opcode)) {
                let (name, number) = (version.opcode(opcode).name(), other as u8);
                return Err(at(line, MapTextProblem::NameTwice { name, number }));
            }
            own[usize::from(number)] = Some(opcode);
        }
        if own.iter().all(Option::is_none) {
            return Err(at(last, MapTextProblem::Empty));
        }
        Ok(OpcodeMap::new(version, own))
    }
}

fn number(version: Version, word: &str) -> Result<u8, MapTextProblem> {
    let values = version.opcode_values();
    let is_decimal = word.bytes().all(|byte| byte.is_ascii_digit());
    let number = word.parse().ok().filter(|_| is_decimal);
    let number = number.filter(|number| usize::from(*number) < values);
    number.ok_or_else(|| MapTextProblem::Number {
        found: word.to_owned(),
        most: values - 1,
    })
}

fn opcode(version: Version, word: &str) -> Result<u8, MapTextProblem> {
    let name = word.to_ascii_uppercase();
    let name = name.strip_prefix("OP_").unwrap_or(&name);
    let mut numbers = (0..version.opcode_values() as u8).filter(|n| is_opcode(version, *n));
    let found = numbers.find(|number| version.opcode(*number).name() == name);
    found.ok_or_else(|| MapTextProblem::Name {
        found: word.to_owned(),
        version,
    })
}

/// Displays as one line for each number that has a name, in order.
impl fmt::Display for OpcodeMap {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.names().try_for_each(|(number, name)| {
            writeln!(f, ".op {number} {}", name.to_ascii_lowercase())
        })
    }
}
