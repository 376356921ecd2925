//! What upvalues capture, whatever their numbers.

use super::code::words;
use crate::chunk::{Proto, Upvaldesc};
use crate::version::Version;

/// Where an upvalue's variable lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// Around the outermost function: the upvalue of that with this index.
    Outside(usize),
    /// A register of a function of the tree, so many levels below the outermost one.
    Register {
        /// The level of the function; the outermost one is at 0.
        level: usize,
        /// The register.
        register: u8,
    },
    /// Nowhere: an enclosing function does not have the upvalue that is captured.
    Missing(u8),
}

/// Where the upvalues of a function come from, in their order.
#[derive(Clone, Debug)]
pub(super) struct Captures {
    origins: Vec<Origin>,
    level: usize,
}

impl Captures {
    /// The upvalues of an outermost function.
    pub fn outermost(p: &Proto) -> Captures {
        Captures {
            origins: (0..p.upvalues.len()).map(Origin::Outside).collect(),
            level: 0,
        }
    }

    /// The upvalues of the functions inside `p`, the function that these are of, in their order.
    pub fn inside(&self, version: Version, p: &Proto) -> Vec<Captures> {
        let captured = captured(version, p).into_iter();
        let origins = captured.map(|captured| captured.into_iter().map(|place| self.at(place)));
        origins
            .map(|origins| Captures {
                origins: origins.collect(),
                level: self.level + 1,
            })
            .collect()
    }

    fn at(&self, place: Captured) -> Origin {
        match place {
            Captured::Upvalue(index) => self.origin(index.into()),
            Captured::Register(register) => Origin::Register {
                level: self.level,
                register,
            },
        }
    }

    /// Where the upvalue with this index comes from.
    pub fn origin(&self, index: usize) -> Origin {
        let missing = Origin::Missing(index as u8);
        self.origins.get(index).copied().unwrap_or(missing)
    }
}

/// What an upvalue captures of the function around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Captured {
    Register(u8),
    Upvalue(u8),
}

/// What the upvalues of the functions inside `p` capture. Lua 5.1 says it in the code: a word after
/// the CLOSURE for each upvalue, GETUPVAL for an upvalue and MOVE for a register.
pub(super) fn captured(version: Version, p: &Proto) -> Vec<Vec<Captured>> {
    let place = |upvalue: &Upvaldesc| match upvalue.instack {
        0 => Captured::Upvalue(upvalue.idx),
        _ => Captured::Register(upvalue.idx),
    };
    let places = |p: &Proto| p.upvalues.iter().map(place).collect();
    let mut captured: Vec<Vec<Captured>> = p.p.iter().map(places).collect();
    if version != Version::Lua51 {
        return captured;
    }
    for word in words(version, p) {
        if let Some((function, upvalue)) = word.captures {
            let b = version.layout().b.get(word.i);
            captured[function][upvalue] = match version.opcode_of(word.i).name() {
                "GETUPVAL" => Captured::Upvalue(b as u8),
                _ => Captured::Register(b as u8),
            };
        }
    }
    captured
}
