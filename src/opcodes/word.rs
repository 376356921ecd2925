//! Instruction words, and where their fields are.

/// One instruction: a word whose fields are laid out as its version of Lua does it
/// ([`Version::layout`](crate::Version::layout)).
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Instruction(pub u32);

impl std::fmt::Debug for Instruction {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "Instruction({:#010x})", self.0)
    }
}

/// Some adjacent bits of an instruction word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitField {
    position: u32,
    size: u32,
}

impl BitField {
    /// The field of `size` bits from this position on, counted from the lowest bit.
    pub const fn new(position: u32, size: u32) -> BitField {
        BitField { position, size }
    }

    /// The position of its lowest bit.
    pub const fn position(self) -> u32 {
        self.position
    }

    /// The number of its bits.
    pub const fn size(self) -> u32 {
        self.size
    }

    /// The largest number that the field can hold; 0 if the layout has no such field.
    pub const fn max(self) -> u32 {
        (1 << self.size) - 1
    }

    /// The number in the field.
    #[inline(always)]
    pub const fn get(self, i: Instruction) -> u32 {
        i.0 >> self.position & self.max()
    }

    /// The signed number that is stored in the field with [`offset`](Self::offset) added.
    #[inline(always)]
    pub const fn signed(self, i: Instruction) -> i32 {
        self.get(i) as i32 - self.offset()
    }

    /// What is added to a signed number to store it (`OFFSET_sC`, `MAXARG_sBx`, `OFFSET_sJ`).
    pub const fn offset(self) -> i32 {
        (self.max() >> 1) as i32
    }

    /// A word with this number in the field and zeros elsewhere. Bits that do not fit are cut off.
    #[inline(always)]
    pub const fn put(self, value: u32) -> u32 {
        (value & self.max()) << self.position
    }
}

/// Where the fields of an instruction word are (`lopcodes.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordLayout {
    /// The opcode's number.
    pub op: BitField,
    /// A
    pub a: BitField,
    /// B
    pub b: BitField,
    /// C
    pub c: BitField,
    /// k, which Lua has from 5.4 on.
    pub k: BitField,
    /// vB, the B of the mode `ivABC`, which only Lua 5.5 uses.
    pub vb: BitField,
    /// vC, the C of the mode `ivABC`.
    pub vc: BitField,
    /// Bx, and sBx where it is read as [`signed`](BitField::signed).
    pub bx: BitField,
    /// Ax, and sJ where it is read as [`signed`](BitField::signed).
    pub ax: BitField,
}

impl WordLayout {
    /// The layout of Lua 5.1, 5.2 and 5.3.
    pub(super) const SINCE_51: WordLayout = WordLayout {
        op: BitField::new(0, 6),
        a: BitField::new(6, 8),
        b: BitField::new(23, 9),
        c: BitField::new(14, 9),
        k: BitField::new(0, 0),
        vb: BitField::new(23, 9),
        vc: BitField::new(14, 9),
        bx: BitField::new(14, 18),
        ax: BitField::new(6, 26),
    };

    /// The layout of Lua 5.4 and 5.5.
    pub(super) const SINCE_54: WordLayout = WordLayout {
        op: BitField::new(0, 7),
        a: BitField::new(7, 8),
        b: BitField::new(16, 8),
        c: BitField::new(24, 8),
        k: BitField::new(15, 1),
        vb: BitField::new(16, 6),
        vc: BitField::new(22, 10),
        bx: BitField::new(15, 17),
        ax: BitField::new(7, 25),
    };

    /// Returns whether instructions have a k.
    pub const fn has_k(&self) -> bool {
        self.k.size > 0
    }
}

/// The flag that makes a register a constant where an operand can be either (`BITRK`). Lua 5.1 to 5.3
/// store it as the highest bit of B or C, and Lua 5.4 and 5.5 as k.
pub const BITRK: u32 = 1 << 8;
