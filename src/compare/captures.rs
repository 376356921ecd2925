//! The variables that upvalues capture, whatever the numbers of the upvalues.

use super::code::words;
use crate::chunk::{Proto, Upvaldesc};
use crate::opcodes::InstructionSet;
use crate::version::{Lua51, Version};

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

    fn at(&self, place: Capture) -> Origin {
        match place {
            Capture::Upvalue(index) => self.origin(index.into()),
            Capture::Register(register) => Origin::Register {
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
pub enum Capture {
    /// The variable in a register.
    Register(u8),
    /// What an upvalue of the enclosing function captures.
    Upvalue(u8),
}

/// Returns the functions that the instructions of `p` make closures of, in order, as indices in
/// `p`'s list.
pub fn closures(version: Version, p: &Proto) -> Vec<usize> {
    let words = words(version, p).filter(|word| {
        let is_bare = |i| version == Version::Lua51 && Lua51::takes_bare_word(i);
        word.captures.is_none()
            && !word.before.is_some_and(is_bare)
            && version.opcode_of(word.i).name() == "CLOSURE"
    });
    words
        .map(|word| version.layout().bx.get(word.i) as usize)
        .collect()
}

/// Returns what the upvalues of the functions inside `p` capture. In Lua 5.1 the code says so: a
/// word follows the CLOSURE for each upvalue, GETUPVAL for an upvalue and MOVE for a register.
pub fn captured(version: Version, p: &Proto) -> Vec<Vec<Capture>> {
    let place = |upvalue: &Upvaldesc| match upvalue.instack {
        0 => Capture::Upvalue(upvalue.idx),
        _ => Capture::Register(upvalue.idx),
    };
    let places = |p: &Proto| p.upvalues.iter().map(place).collect();
    let mut captured: Vec<Vec<Capture>> = p.p.iter().map(places).collect();
    if version != Version::Lua51 {
        return captured;
    }
    for word in words(version, p) {
        if let Some((function, upvalue)) = word.captures {
            let b = version.layout().b.get(word.i);
            captured[function][upvalue] = match version.opcode_of(word.i).name() {
                "GETUPVAL" => Capture::Upvalue(b as u8),
                _ => Capture::Register(b as u8),
            };
        }
    }
    captured
}
