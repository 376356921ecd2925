//! Instruction words whose fields are elsewhere.

use crate::opcodes::{BitField, WordLayout};
use crate::version::Version;

/// A field of an instruction word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordField {
    /// The opcode's number.
    Op,
    /// A
    A,
    /// B
    B,
    /// C
    C,
    /// k, from Lua 5.4 on.
    K,
    /// Bx and sBx.
    Bx,
    /// Ax and sJ.
    Ax,
}

/// The place of a field in the words of a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldPlace {
    /// The field.
    pub field: WordField,
    /// Its bits.
    pub bits: BitField,
}

/// Every field, with its name.
pub(super) const WORD_FIELDS: [(WordField, &str); 7] = [
    (WordField::Op, "op"),
    (WordField::A, "A"),
    (WordField::B, "B"),
    (WordField::C, "C"),
    (WordField::K, "k"),
    (WordField::Bx, "Bx"),
    (WordField::Ax, "Ax"),
];

impl WordField {
    /// Returns the name in a dialect file.
    pub fn name(self) -> &'static str {
        let mut fields = WORD_FIELDS.iter();
        let found = fields.find(|(field, _)| *field == self);
        found.expect("every field has a name").1
    }

    /// Returns the place of the field in a layout.
    pub(super) fn of(self, layout: &mut WordLayout) -> &mut BitField {
        match self {
            WordField::Op => &mut layout.op,
            WordField::A => &mut layout.a,
            WordField::B => &mut layout.b,
            WordField::C => &mut layout.c,
            WordField::K => &mut layout.k,
            WordField::Bx => &mut layout.bx,
            WordField::Ax => &mut layout.ax,
        }
    }
}

/// Returns the layout of a version's words with these fields elsewhere.
pub(super) fn layout(version: Version, places: &[FieldPlace]) -> WordLayout {
    let mut layout = version.layout();
    for place in places {
        *place.field.of(&mut layout) = place.bits;
    }
    layout
}

/// Returns whether the fields of each layout of operands take every bit of a word once.
pub(super) fn is_partition(layout: &WordLayout) -> bool {
    let bits = |field: BitField| u64::from(field.max()) << field.position();
    let modes = [
        &[layout.op, layout.a, layout.k, layout.b, layout.c][..],
        &[layout.op, layout.a, layout.bx],
        &[layout.op, layout.ax],
    ];
    modes.iter().all(|fields| {
        let sum: u64 = fields.iter().map(|field| bits(*field)).sum();
        let union = fields.iter().fold(0, |union, field| union | bits(*field));
        sum == u64::from(u32::MAX) && union == sum
    })
}
