//! The registers that an instruction reads and writes, and the values in them.

use std::ops::Range;

use super::code::Decoded;
use crate::Version;
use crate::chunk::Proto;
use crate::disasm::Reference;

/// The number of registers that a function can have.
pub(super) const REGISTERS: usize = 256;

/// The registers that an instruction reads and writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Effect {
    /// The registers that its operands name and that it reads.
    pub reads: [Option<u8>; 4],
    /// Consecutive registers that it also reads.
    pub run: Range<usize>,
    /// True if that run goes on to the last value of the last instruction with an open number of
    /// results.
    pub to_top: bool,
    /// The registers that it writes or whose values are not used after it.
    pub writes: Range<usize>,
    /// True if it has an open number of results.
    pub is_open: bool,
}

/// The value in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum RegisterValue {
    /// Nothing yet.
    Unset,
    /// A parameter.
    Parameter(usize),
    /// A value that an instruction wrote: the unit, and the distance from the first register that
    /// it wrote.
    Written(usize, usize),
}

/// The values in a function's registers during a walk through its instructions.
pub(super) struct Registers {
    pub written: [RegisterValue; REGISTERS],
    /// The number of registers that are tracked.
    count: usize,
    /// The first register of an open number of results.
    top: usize,
}

impl Registers {
    /// The values at the start of a function.
    pub fn at_start(p: &Proto) -> Registers {
        let mut written = [RegisterValue::Unset; REGISTERS];
        for (index, register) in written.iter_mut().take(p.numparams.into()).enumerate() {
            *register = RegisterValue::Parameter(index);
        }
        Registers {
            written,
            count: usize::from(p.maxstacksize).max(p.numparams.into()) + 1,
            top: 0,
        }
    }

    /// Returns the values that an instruction reads, in an order that instructions with the same
    /// opcode share.
    pub fn reads(&self, effect: &Effect) -> impl Iterator<Item = RegisterValue> {
        let end = match effect.to_top {
            true => self.top.max(effect.run.end.saturating_sub(1)) + 1,
            false => effect.run.end,
        };
        let named = effect.reads.iter().flatten().map(|r| usize::from(*r));
        let run = effect.run.start..end.min(REGISTERS);
        named.chain(run).map(|register| self.written[register])
    }

    /// Advances past an instruction, which writes `above` registers higher than its operands say.
    pub fn step(&mut self, unit: usize, effect: &Effect, above: isize) {
        let moved = |register: usize| register.saturating_add_signed(above).min(REGISTERS);
        let start = moved(effect.writes.start);
        let end = moved(effect.writes.end).min(self.count.max(start + 1));
        for register in start..end {
            self.written[register] = RegisterValue::Written(unit, register - start);
        }
        if effect.is_open {
            self.top = start;
        }
    }
}

/// After a call, and where a loop begins, all registers above those that the instruction uses count
/// as written, because they hold nothing any more.
const ALL: usize = REGISTERS;

/// Returns the registers that an instruction reads and writes. Where a loop begins, its variables
/// count as written.
pub(super) fn effect(version: Version, i: &Decoded) -> Effect {
    let register = |index: usize| match i.operands[index] {
        Reference::Register(register) => Some(register as usize),
        _ => None,
    };
    let number = |index: usize| match i.operands[index] {
        Reference::Number(number) => number as usize,
        Reference::Register(register) => register as usize,
        _ => 0,
    };
    let a = register(0).unwrap_or_default();
    let (b, c) = (number(1), number(2));
    let mut effect = Effect {
        reads: [None; 4],
        run: 0..0,
        to_top: false,
        writes: 0..0,
        is_open: false,
    };
    // Decodes a count that is stored plus one; 0 stands for an open number.
    let open = |count: usize, least: usize| (count == 0, count.max(least + 1) - 1);
    let row = version.opcode(i.op);
    match row.name() {
        "RETURN0" | "EXTRAARG" | "VARARGPREP" => {}
        "LOADNIL" if version == Version::Lua51 => effect.writes = a..b + 1,
        "LOADNIL" => effect.writes = a..a + b + 1,
        "CONCAT" if version < Version::Lua54 => {
            effect.run = b..c + 1;
            effect.writes = a..a + 1;
        }
        "CONCAT" => {
            effect.run = a..a + b;
            effect.writes = a..a + 1;
        }
        "CALL" => {
            let (to_top, arguments) = open(b, 0);
            effect.run = a..a + arguments + 1;
            effect.to_top = to_top;
            effect.writes = a..ALL;
            effect.is_open = c == 0;
        }
        "TAILCALL" => {
            let (to_top, arguments) = open(b, 0);
            effect.run = a..a + arguments + 1;
            effect.to_top = to_top;
            effect.writes = a..ALL;
            effect.is_open = true;
        }
        "RETURN" => {
            let (to_top, values) = open(b, 0);
            effect.run = a..a + values;
            effect.to_top = to_top;
        }
        "SETLIST" => {
            effect.run = a..a + b + 1;
            effect.to_top = b == 0;
        }
        "VARARG" => {
            let count = if version < Version::Lua54 { b } else { c };
            // One value may go to a variable.
            effect.writes = if count == 0 { a..ALL } else { a..a + count - 1 };
            effect.is_open = count == 0;
        }
        "FORPREP" | "TFORPREP" => {
            effect.run = a..a + 3;
            effect.writes = a..ALL;
        }
        "FORLOOP" => {
            effect.run = a..a + 3;
            effect.writes = a..a + 4;
        }
        "TFORCALL" => {
            effect.run = a..a + 3;
            effect.writes = a + 3..ALL;
        }
        "TFORLOOP" if version == Version::Lua51 => {
            effect.run = a..a + 3;
            effect.writes = a + 2..ALL;
        }
        "TFORLOOP" => {
            effect.reads[0] = Some(a as u8);
            effect.writes = a..a + 1;
        }
        "JMP" => {
            // In Lua 5.2 and 5.3 it may close upvalues.
            let closes = match i.operands[0] {
                Reference::Number(register) => register.checked_sub(1),
                _ => None,
            };
            effect.reads[0] = closes.and_then(|register| u8::try_from(register).ok());
        }
        name => {
            let sets_a = match name {
                "TEST" => false,
                "GETVARG" => true,
                _ => row.a,
            };
            let first = usize::from(sets_a);
            for index in first..i.operands.len() {
                effect.reads[index] = register(index).map(|register| register as u8);
            }
            if sets_a && let Some(a) = register(0) {
                let more = usize::from(name == "SELF");
                effect.writes = a..a + 1 + more;
            }
        }
    }
    for range in [&mut effect.run, &mut effect.writes] {
        range.end = range.end.min(REGISTERS);
    }
    effect
}
