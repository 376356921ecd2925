//! A quick look for impossible code, at a fraction of the cost of a look at each operand. Nearly every
//! function passes it.
//!
//! The fields of a word are spread over 64 bits so that the bit above each is free. A number is added to
//! each that makes a field beyond its limit overflow into that bit.

use crate::chunk::Proto;
use crate::opcodes::{
    BITRK, Instruction, InstructionSet, NextWord, OpMode, Opcode, Operand, WordLayout,
};

/// Returns whether a function may have code that no compiler emits. If not, it has none.
pub(super) fn is_suspicious<S: InstructionSet>(p: &Proto) -> bool {
    match S::LAYOUT.has_k() {
        true => look::<S, 128>(&<S as Tables>::WIDE, p),
        false => look::<S, 64>(&<S as Tables>::NARROW, p),
    }
}

fn look<S: InstructionSet, const N: usize>(table: &Table<N>, p: &Proto) -> bool {
    let lanes = const { Lanes::of(&S::LAYOUT) };
    let limits = Limits::of(p);
    let classes: [u64; CLASSES] =
        std::array::from_fn(|i| limits.of_class(&table.classes[i], lanes));
    let registers = limits.of_registers(lanes);
    let (mut beyond, mut misplaced) = (0, 0);
    let mut refused = NEEDLESS;
    let mut words = p.code.iter();
    while let Some(word) = words.next() {
        let row = &table.rows[usize::from(S::op(word)) % N];
        let fields = lanes.spread::<S>(word) & row.fields;
        beyond |= (fields + classes[usize::from(row.class) % CLASSES]) & row.above;
        beyond |= (fields + registers) & !fields & row.either;
        misplaced |= refused & row.is;
        refused = row.refused;
        if row.is_special {
            match row.next {
                NextWord::ExtraArgUnlessC if S::LAYOUT.c.get(word) != 0 => refused = NEEDLESS,
                NextWord::ExtraArgIfK if S::LAYOUT.k.get(word) == 0 => refused = NEEDLESS,
                NextWord::BareUnlessC if S::LAYOUT.c.get(word) == 0 => drop(words.next()),
                // The constant of LOADKX is in the next word.
                NextWord::ExtraArg => {
                    let next = p.code.get(p.code.len() - words.len());
                    let constant = S::LAYOUT.ax.get(next.unwrap_or_default());
                    beyond |= u64::from(constant >= limits.constants);
                }
                _ => {}
            }
        }
    }
    beyond != 0 || (misplaced | refused & END) != 0
}

/// What an instruction is to the one before it: one of these bits. A row has all that it refuses.
mod is {
    pub const OTHER: u8 = 1;
    pub const JUMP: u8 = 1 << 1;
    pub const FOR_LOOP: u8 = 1 << 2;
    pub const EXTRA_ARG: u8 = 1 << 3;
    pub const UNKNOWN: u8 = 1 << 4;
    /// The end of the code.
    pub const END: u8 = 1 << 5;
    pub const ANY: u8 = (1 << 6) - 1;
}
use is::END;

/// What is refused after an instruction that needs none after it.
const NEEDLESS: u8 = is::EXTRA_ARG | is::UNKNOWN;

/// Some of the 64 bits that the fields of a word are spread over.
#[derive(Clone, Copy)]
struct Lane {
    at: u32,
    width: u32,
}

impl Lane {
    const fn mask(self) -> u64 {
        ((1 << self.width) - 1) << self.at
    }

    /// The free bit above.
    const fn above(self) -> u64 {
        1 << (self.at + self.width)
    }

    /// What makes a number from `limit` on overflow.
    #[inline(always)]
    const fn added(self, limit: u32) -> u64 {
        let numbers = 1 << self.width;
        let limit = if limit < numbers { limit } else { numbers };
        ((numbers - limit) as u64) << self.at
    }
}

/// Where the fields of a word are spread to: A and the field at the top of the word, and in a copy of the
/// word above them the field in the middle, or Bx.
#[derive(Clone, Copy)]
struct Lanes {
    a: Lane,
    top: Lane,
    middle: Lane,
    bx: Lane,
}

impl Lanes {
    /// How far the copy is shifted.
    const COPY: u32 = 27;
    /// The bit of a register or constant that makes it a constant.
    const BIT_RK: u32 = BITRK.trailing_zeros();

    const fn of(layout: &WordLayout) -> Lanes {
        let op = layout.op.size();
        let (top, middle) = match layout.b.position() > layout.c.position() {
            true => (layout.b, layout.c),
            false => (layout.c, layout.b),
        };
        Lanes {
            a: Lane {
                at: layout.a.position() - op,
                width: layout.a.size(),
            },
            top: Lane {
                at: top.position() - op,
                width: Lanes::BIT_RK + 1,
            },
            middle: Lane {
                at: middle.position() - op + Lanes::COPY,
                width: middle.size(),
            },
            bx: Lane {
                at: layout.bx.position() - op + Lanes::COPY,
                width: layout.bx.size(),
            },
        }
    }

    #[inline(always)]
    fn spread<S: InstructionSet>(self, word: Instruction) -> u64 {
        let layout = S::LAYOUT;
        let op = layout.op.size();
        let word = u64::from(word.0 >> op);
        let fields = word | word << Lanes::COPY;
        if !layout.has_k() {
            return fields;
        }
        // k belongs to the field at the top.
        let k = layout.k.position() - op;
        fields | (word & 1 << k) << (self.top.at + Lanes::BIT_RK - k)
    }
}

/// How many things of a kind a function has.
struct Limits {
    registers: u32,
    constants: u32,
    upvalues: u32,
    functions: u32,
}

impl Limits {
    fn of(p: &Proto) -> Limits {
        Limits {
            registers: p.maxstacksize.into(),
            constants: p.k.len() as u32,
            upvalues: p.upvalues.len() as u32,
            functions: p.p.len() as u32,
        }
    }

    fn of_class(&self, class: &Class, lanes: Lanes) -> u64 {
        let added = |lane: Lane, kind| match kind {
            Kind::Free => 0,
            Kind::Register => lane.added(self.registers),
            Kind::Rk => lane.added(BITRK.saturating_add(self.constants)),
            Kind::Constant => lane.added(self.constants),
            Kind::Name => lane.added(self.constants.saturating_add(1)),
            Kind::Upvalue => lane.added(self.upvalues),
            Kind::Function => lane.added(self.functions),
        };
        let high = if class.has_bx { lanes.bx } else { lanes.middle };
        added(lanes.a, class.a) + added(lanes.top, class.top) + added(high, class.high)
    }

    /// Returns what is added to registers or constants. A register beyond the limit then seems to be a
    /// constant.
    fn of_registers(&self, lanes: Lanes) -> u64 {
        let added = u64::from(BITRK - self.registers);
        added << lanes.top.at | added << lanes.middle.at
    }
}

/// The kinds of operands that have a limit.
#[derive(Clone, Copy)]
enum Kind {
    Free,
    Register,
    Rk,
    Constant,
    Name,
    Upvalue,
    Function,
}

/// The kinds of operands of some opcodes: of A, of the field at the top, and of the one in the middle or
/// of Bx.
#[derive(Clone, Copy)]
struct Class {
    a: Kind,
    top: Kind,
    high: Kind,
    has_bx: bool,
}

/// The most classes. No version needs more.
const CLASSES: usize = 16;

/// What there is to check about an opcode.
#[derive(Clone, Copy)]
struct Row {
    /// The fields that are checked.
    fields: u64,
    /// The bits above them.
    above: u64,
    /// The bits that make a register a constant.
    either: u64,
    class: u8,
    is: u8,
    refused: u8,
    next: NextWord,
    /// True if what follows depends on the operands, or is one.
    is_special: bool,
}

struct Table<const N: usize> {
    rows: [Row; N],
    classes: [Class; CLASSES],
}

/// The table of a version, by the numbers of its opcodes; only one of them is used.
trait Tables {
    const NARROW: Table<64>;
    const WIDE: Table<128>;
}

impl<S: InstructionSet> Tables for S {
    const NARROW: Table<64> = table(S::OPCODES, &S::LAYOUT);
    const WIDE: Table<128> = table(S::OPCODES, &S::LAYOUT);
}

const fn table<const N: usize>(opcodes: &[Opcode], layout: &WordLayout) -> Table<N> {
    let unknown = Row {
        fields: 0,
        above: 0,
        either: 0,
        class: 0,
        is: is::UNKNOWN,
        refused: NEEDLESS,
        next: NextWord::Plain,
        is_special: false,
    };
    let free = Class {
        a: Kind::Free,
        top: Kind::Free,
        high: Kind::Free,
        has_bx: false,
    };
    let mut table = Table {
        rows: [unknown; N],
        classes: [free; CLASSES],
    };
    let mut op = 0;
    while op < opcodes.len() && op < N {
        let class = class(&opcodes[op], layout);
        // The first class with the same kinds, where both have any.
        let mut number = 0;
        while merged(table.classes[number], class).is_none() {
            number += 1;
        }
        if let Some(merged) = merged(table.classes[number], class) {
            table.classes[number] = merged;
        }
        table.rows[op] = row(&opcodes[op], class, number as u8, layout);
        op += 1;
    }
    table
}

const fn class(opcode: &Opcode, layout: &WordLayout) -> Class {
    let [a, b, c, _] = opcode.operands;
    let is_b_top = layout.b.position() > layout.c.position();
    let (a, top, high, has_bx) = match opcode.mode {
        OpMode::iABC | OpMode::ivABC if is_b_top => (kind(a), kind(b), kind(c), false),
        OpMode::iABC | OpMode::ivABC => (kind(a), kind(c), kind(b), false),
        OpMode::iABx | OpMode::iAsBx => (kind(a), Kind::Free, kind(b), true),
        OpMode::iAx | OpMode::isJ | OpMode::iNone => (Kind::Free, Kind::Free, Kind::Free, false),
    };
    // Lua 5.4 and 5.5 return no values from the register after the last one.
    let a = if is_named(opcode, b"RETURN0") {
        Kind::Free
    } else {
        a
    };
    Class {
        a,
        top,
        high,
        has_bx,
    }
}

/// Returns the class of the opcodes of two classes, if there can be one.
const fn merged(one: Class, other: Class) -> Option<Class> {
    const fn both(one: Kind, other: Kind) -> Option<Kind> {
        match (one, other) {
            (Kind::Free, kind) | (kind, Kind::Free) => Some(kind),
            _ if one as u8 == other as u8 => Some(one),
            _ => None,
        }
    }
    let (Some(a), Some(top), Some(high)) = (
        both(one.a, other.a),
        both(one.top, other.top),
        both(one.high, other.high),
    ) else {
        return None;
    };
    let has_bx = match (one.high, other.high) {
        (Kind::Free, _) => other.has_bx,
        (_, Kind::Free) => one.has_bx,
        _ if one.has_bx != other.has_bx => return None,
        _ => one.has_bx,
    };
    Some(Class {
        a,
        top,
        high,
        has_bx,
    })
}

const fn row(opcode: &Opcode, kinds: Class, class: u8, layout: &WordLayout) -> Row {
    let lanes = Lanes::of(layout);
    let high = if kinds.has_bx { lanes.bx } else { lanes.middle };
    let (mut fields, mut above, mut either) = (0, 0, 0);
    let checked = [
        (kinds.a, lanes.a),
        (kinds.top, lanes.top),
        (kinds.high, high),
    ];
    let mut i = 0;
    while i < checked.len() {
        let (kind, lane) = checked[i];
        if !matches!(kind, Kind::Free) {
            fields |= lane.mask();
            above |= lane.above();
        }
        if matches!(kind, Kind::Rk) {
            either |= 1 << (lane.at + Lanes::BIT_RK);
        }
        i += 1;
    }
    // Where k is no part of the field at the top.
    if layout.has_k() && !matches!(kinds.top, Kind::Rk) {
        fields &= !(1 << (lanes.top.at + Lanes::BIT_RK));
    }
    let is_load_kx = is_named(opcode, b"LOADKX");
    let needed = match opcode.next {
        NextWord::Plain | NextWord::SkippedIfC | NextWord::BareUnlessC => None,
        NextWord::Jump if opcode.t => Some(is::JUMP),
        NextWord::Jump => Some(is::FOR_LOOP),
        NextWord::ExtraArg | NextWord::ExtraArgUnlessC | NextWord::ExtraArgIfK => {
            Some(is::EXTRA_ARG)
        }
    };
    Row {
        fields,
        above,
        either,
        class,
        is: if is_named(opcode, b"JMP") {
            is::JUMP
        } else if is_named(opcode, b"TFORLOOP") {
            is::FOR_LOOP
        } else if is_named(opcode, b"EXTRAARG") {
            is::EXTRA_ARG
        } else {
            is::OTHER
        },
        refused: match needed {
            Some(needed) => is::ANY & !needed,
            None => NEEDLESS,
        },
        next: opcode.next,
        is_special: is_load_kx
            || matches!(
                opcode.next,
                NextWord::ExtraArgUnlessC | NextWord::ExtraArgIfK | NextWord::BareUnlessC
            ),
    }
}

const fn kind(operand: Operand) -> Kind {
    match operand {
        Operand::Register => Kind::Register,
        Operand::Rk => Kind::Rk,
        Operand::Constant => Kind::Constant,
        Operand::Upvalue => Kind::Upvalue,
        Operand::Function => Kind::Function,
        Operand::Name => Kind::Name,
        _ => Kind::Free,
    }
}

const fn is_named(opcode: &Opcode, name: &[u8]) -> bool {
    let found = opcode.name_bytes();
    let mut i = 0;
    while i < name.len() && i < found.len() && found[i] == name[i] {
        i += 1;
    }
    i == name.len() && i == found.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::is_suspicious;
    use crate::chunk::{Chunk, Constant, Proto, Upvaldesc};
    use crate::opcodes::Instruction;
    use crate::version::{Version, with_version};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// What the quick look passes has no impossible code.
        #[test]
        fn nothing_is_missed(
            words in proptest::collection::vec(any::<u32>(), 0..4),
            small in any::<u32>(),
            counts in [0_usize..20, 0..300, 0..5, 0..3],
        ) {
            for version in Version::ALL {
                // Small operands, which may be within the limits, and opcodes that exist.
                let word = |word: &u32| {
                    let op = word % version.opcodes().len() as u32;
                    let [a, b, c, k] = [0, 8, 16, 24].map(|bit| word >> bit & small >> bit & 0x1F);
                    let k_or_rk = if k & 16 == 0 { 0 } else { 256 };
                    version.instruction(op as u8, [a, b | k_or_rk, c | k_or_rk, k & 1])
                };
                let code: Vec<Instruction> = words.iter().map(word).collect();
                let p = Proto {
                    maxstacksize: counts[0] as u8,
                    code: code.into_iter().collect(),
                    k: (0..counts[1]).map(|_| Constant::Nil).collect(),
                    upvalues: vec![Upvaldesc::default(); counts[2]],
                    p: vec![Proto::default(); counts[3]],
                    ..Proto::default()
                };
                let chunk = Chunk::of_function(version, p.clone());
                with_version!(version, V => {
                    if !is_suspicious::<V>(&p) {
                        prop_assert_eq!(chunk.inspect::<V>(&p), None);
                    }
                });
            }
        }
    }
}
