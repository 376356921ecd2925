//! The text of an opcode map, as unluac reads it: `.op 0 move`, for each number that has an opcode.

use std::fmt;

use thiserror::Error;

use super::map::{OpcodeMap, is_opcode};
use crate::version::Version;

/// Why a text is no opcode map, and in which line.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{line}: {problem}")]
pub struct MapTextError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: MapTextProblem,
}

/// What can be wrong with the text of an opcode map.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MapTextProblem {
    /// It says nothing.
    #[error("there is no opcode in it; expected lines of the form .op NUMBER NAME")]
    Empty,
    /// Something else stands where an entry begins.
    #[error("expected .op NUMBER NAME, found {0:?}")]
    Entry(String),
    /// The text ends within an entry.
    #[error("expected .op NUMBER NAME, but the text ends")]
    End,
    /// What stands there is no opcode number.
    #[error("expected an opcode number from 0 to {most}, found {found:?}")]
    Number {
        /// What stands there.
        found: String,
        /// The largest that fits into an instruction.
        most: usize,
    },
    /// The version has no opcode of this name.
    #[error("{version} has no opcode {found:?}", version = .version.name())]
    Name {
        /// What stands there.
        found: String,
        /// The version of Lua.
        version: Version,
    },
    /// The number has a name already.
    #[error("the number {number} has a name already, {name}")]
    NumberTwice {
        /// The number.
        number: u8,
        /// Its name.
        name: &'static str,
    },
    /// The name has a number already.
    #[error("{name} has a number already, {number}")]
    NameTwice {
        /// The name.
        name: &'static str,
        /// Its number.
        number: u8,
    },
}

impl OpcodeMap {
    /// Reads entries `.op NUMBER NAME`, parted by white space. A name is that in `lopcodes.h` in any
    /// case, with `OP_` before it or without. Each number and each name stands there once at most.
    ///
    /// # Errors
    /// The first entry that is wrong.
    pub fn parse(version: Version, text: &str) -> Result<OpcodeMap, MapTextError> {
        let mut own = vec![None; version.opcode_values()];
        let mut words = text
            .lines()
            .zip(1..)
            .flat_map(|(words, line)| words.split_whitespace().map(move |word| (word, line)));
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

/// The text, a line for each number that has a name, in their order.
impl fmt::Display for OpcodeMap {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.names().try_for_each(|(number, name)| {
            writeln!(f, ".op {number} {}", name.to_ascii_lowercase())
        })
    }
}
