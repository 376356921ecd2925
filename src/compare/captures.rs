//! The variables that upvalues capture, whatever the numbers of the upvalues.

use super::code::words;
use crate::chunk::{Proto, Upvaldesc};
use crate::version::Version;

/// The place of an upvalue's variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// Outside the outermost function: its upvalue with this index.
    Outside(usize),
    /// A register of a function of the tree.
    Register {
        /// The depth of the function; the outermost one has depth 0.
        level: usize,
        /// The register.
        register: u8,
    },
    /// Nowhere: the enclosing function lacks the captured upvalue.
    Missing(u8),
}

/// The places of a function's upvalues, in their order.
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

    /// The upvalues of the functions inside `p`, in order. `self` are the upvalues of `p`.
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

    /// The place of the upvalue with this index.
    pub fn origin(&self, index: usize) -> Origin {
        let missing = Origin::Missing(index as u8);
        self.origins.get(index).copied().unwrap_or(missing)
    }
}

/// What an upvalue captures from the enclosing function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Captured {
    Register(u8),
    Upvalue(u8),
}

/// Returns what the upvalues of the functions inside `p` capture. In Lua 5.1 the code says so: a
/// word follows the CLOSURE for each upvalue, GETUPVAL for an upvalue and MOVE for a register.
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
