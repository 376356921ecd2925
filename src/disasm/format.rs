//! How `luac -l` and a hexdump show each opcode. This follows from the kinds of the opcode's operands;
//! the exceptions are the opcodes that `columns` and `remarks` list by name.
//!
//! The tables hold no addresses, which the loader would have to adjust whenever the program starts.

use crate::chunk::Extension;
use crate::opcodes::{
    Instruction, InstructionSet, MAX_OPERANDS, NextWord, OpMode, Opcode, Operand,
};
use crate::version::Version;

use super::print::Print;

/// How an opcode is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpcodeFormat {
    /// The name in a listing's columns.
    pub name: ListedName,
    /// The layout of the operands.
    pub mode: OpMode,
    pub columns: [Column; MAX_OPERANDS],
    /// The remark beside the instruction in a listing.
    pub listing: RemarkKind,
    /// The remark in a hexdump, which says more.
    pub hexdump: RemarkKind,
}

/// How an operand is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Not at all.
    Hidden,
    /// Not at all, but in a hexdump its column stays empty.
    Blank,
    Number,
    Signed,
    /// A constant. A listing of Lua 5.1 to 5.3 counts them down from -1.
    Constant,
    /// A constant if it is flagged as one, else a register.
    Rk,
    /// The distance of a jump.
    Jump,
    /// A `k` after the last number if it is 1.
    Mark,
}

/// What is written beside an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RemarkKind {
    Nothing,
    /// What the operands refer to: constants, upvalues, functions and jump targets.
    Referents,
    /// The same for operands that are registers or constants; nothing if all are registers.
    Constants,
    /// B and C if one of them is a constant, with a dash for a register.
    BothConstants,

    /// The constant Bx without quotes: the name of a global.
    Global,
    /// The constant Ax.
    ConstantAx,
    /// The constant that the next word names.
    ConstantOfNext,
    /// The constant C if k is 1.
    ConstantIfK,
    /// How many registers are cleared, B + 1.
    Nils,
    /// The metamethod C, the constant B if it is one, and whether k flips the operands.
    Event,
    /// How many values a call takes, B, and returns, C.
    Call,
    /// How many values a call takes, B.
    Arguments,
    /// How many values are returned, B.
    Results,
    /// How many values are returned, C.
    ResultsC,
    /// The end of a loop.
    Exit,

    // Only in a listing:
    /// The batch of a SETLIST: C or the next word.
    Batch,
    /// The size of a new table's array: C and the next word.
    ArraySize,
    /// The first element that a SETLIST sets, if the next word holds a part of it.
    ListOffset,

    // Only in a hexdump:
    /// The target of the jump back of a loop.
    Loop,
    /// The end of a loop of Lua 5.1, two instructions ahead.
    LoopEnd,
    /// The constants that are compared, and where execution continues if the test fails.
    Test,
    /// The boolean B, and where execution continues if C is not 0.
    Boolean,
    /// Where execution continues after the instruction that is skipped.
    Skip,
    /// The sizes of a new table.
    TableSizes,
    /// The elements that a SETLIST sets.
    Elements,
}

/// A row for every value that the opcode field can hold in any version.
pub(crate) type OpcodeFormats = [OpcodeFormat; 128];

/// How the opcodes of a version are shown.
pub(crate) trait Formatted: InstructionSet {
    const FORMATS: &'static OpcodeFormats = &formats(Self::VERSION, Self::OPCODES);

    /// How an instruction is shown.
    #[inline(always)]
    fn format(i: Instruction) -> &'static OpcodeFormat {
        &Self::FORMATS[usize::from(Self::op(i) % 128)]
    }
}

impl<S: InstructionSet> Formatted for S {}

/// How an instruction is shown whose opcode a dialect added; `None` if none did.
#[cold]
pub(super) fn added_format<S: InstructionSet>(
    extension: &Extension,
    i: Instruction,
) -> Option<OpcodeFormat> {
    let row = extension.row(S::op(i))?;
    Some(format(S::VERSION, row))
}

/// The remarks of a listing and of a hexdump on an instruction.
#[inline(always)]
pub(crate) fn remarks_of<S: InstructionSet>(
    extension: &Extension,
    i: Instruction,
) -> [RemarkKind; 2] {
    let is_own = usize::from(S::op(i)) < S::OPCODES.len();
    let format = match is_own || extension.opcodes.is_empty() {
        true => None,
        false => added_format::<S>(extension, i),
    };
    let format = format.as_ref().unwrap_or(S::format(i));
    [format.listing, format.hexdump]
}

const fn formats(version: Version, opcodes: &[Opcode]) -> OpcodeFormats {
    let mut rows = [format(version, &Opcode::UNKNOWN); 128];
    let mut op = 0;
    while op < opcodes.len() {
        rows[op] = format(version, &opcodes[op]);
        op += 1;
    }
    rows
}

const fn format(version: Version, row: &Opcode) -> OpcodeFormat {
    let [listing, hexdump] = remarks(version, row);
    OpcodeFormat {
        name: ListedName::of(row.name_bytes()),
        mode: row.mode,
        columns: columns(version, row),
        listing,
        hexdump,
    }
}

const fn columns(version: Version, row: &Opcode) -> [Column; MAX_OPERANDS] {
    let has_k = version.byte() >= 0x54;
    let [a, b, c, k] = row.operands;
    let mut columns = [column(a), column(b), column(c), Column::Hidden];
    if has_k {
        columns[3] = match k {
            Operand::Unused if matches!(c, Operand::Rk) => Column::Mark,
            Operand::Unused => Column::Hidden,
            // The result that a test expects.
            _ if matches!(row.next, NextWord::Jump) => Column::Number,
            _ => Column::Mark,
        };
    } else if matches!(row.mode, OpMode::iABC) {
        // `luac` does not look at what B and C are: where they have the flag they are constants.
        columns[1] = match (b, c) {
            (Operand::Unused, Operand::Unused) => Column::Hidden,
            (Operand::Unused, _) => Column::Blank,
            _ => Column::Rk,
        };
        columns[2] = match c {
            Operand::Unused => Column::Hidden,
            _ => Column::Rk,
        };
    }
    match row.name_bytes() {
        // Lua 5.1 has a mask for the B of a TEST, which its VM never looks at.
        b"TEST" if matches!(version, Version::Lua51) => columns[1] = Column::Rk,
        b"EQI" | b"LTI" | b"LEI" | b"GTI" | b"GEI" => columns[2] = Column::Hidden,
        b"RETURN0" => columns = [Column::Hidden; MAX_OPERANDS],
        b"RETURN1" | b"CLOSE" => columns[1] = Column::Hidden,
        b"MMBINI" | b"MMBINK" => columns[3] = Column::Number,
        b"NEWTABLE" | b"SETLIST" if matches!(version, Version::Lua54) => {
            columns[3] = Column::Hidden;
        }
        b"SELF" if matches!(version, Version::Lua55) => columns[3] = Column::Mark,
        _ => {}
    }
    columns
}

const fn column(operand: Operand) -> Column {
    match operand {
        Operand::Unused => Column::Hidden,
        Operand::Constant | Operand::Decimal => Column::Constant,
        Operand::Rk => Column::Rk,
        Operand::Label => Column::Jump,
        Operand::Signed => Column::Signed,
        _ => Column::Number,
    }
}

/// The remarks of a listing and of a hexdump.
const fn remarks(version: Version, row: &Opcode) -> [RemarkKind; 2] {
    let has_k = version.byte() >= 0x54;
    let [listing, hexdump] = match referents(row.operands) {
        RemarkKind::Constants if !has_k && matches!(row.operands[1], Operand::Rk) => {
            [RemarkKind::BothConstants, RemarkKind::Constants]
        }
        referents => [referents; 2],
    };
    match row.name_bytes() {
        b"GETGLOBAL" | b"SETGLOBAL" => [RemarkKind::Global; 2],
        b"LOADBOOL" => [listing, RemarkKind::Boolean],
        // `PrintCode` of these versions leaves MOD out of the arithmetic.
        b"MOD" if matches!(version, Version::Lua51 | Version::Lua52) => {
            [RemarkKind::Nothing, hexdump]
        }
        b"TFORLOOP" if matches!(version, Version::Lua51) => [listing, RemarkKind::LoopEnd],
        b"FORLOOP" | b"TFORLOOP" => [listing, RemarkKind::Loop],
        b"SETLIST" if !has_k => [RemarkKind::Batch, RemarkKind::Elements],
        b"NEWTABLE" if !has_k => [listing, RemarkKind::TableSizes],
        b"EXTRAARG" if !has_k => [RemarkKind::ConstantAx; 2],

        b"LOADKX" if has_k => [RemarkKind::ConstantOfNext; 2],
        b"LFALSESKIP" => [listing, RemarkKind::Skip],
        b"LOADNIL" if has_k => [RemarkKind::Nils; 2],
        b"NEWTABLE" => [RemarkKind::ArraySize, RemarkKind::TableSizes],
        b"SELF" if matches!(version, Version::Lua55) => [RemarkKind::ConstantIfK, hexdump],
        b"MMBIN" | b"MMBINI" | b"MMBINK" => [RemarkKind::Event; 2],
        b"CALL" if has_k => [RemarkKind::Call; 2],
        b"TAILCALL" if has_k => [RemarkKind::Arguments; 2],
        b"RETURN" if has_k => [RemarkKind::Results; 2],
        b"VARARG" if has_k => [RemarkKind::ResultsC; 2],
        b"FORPREP" if has_k => [RemarkKind::Exit; 2],
        b"SETLIST" => [RemarkKind::ListOffset, RemarkKind::Elements],
        _ if row.t => [listing, RemarkKind::Test],
        _ => [listing, hexdump],
    }
}

/// The remark that follows from the operands' kinds.
const fn referents(operands: [Operand; MAX_OPERANDS]) -> RemarkKind {
    let mut remark = RemarkKind::Nothing;
    let mut i = 0;
    while i < MAX_OPERANDS {
        match operands[i] {
            Operand::Constant | Operand::Name | Operand::Upvalue | Operand::Function => {
                return RemarkKind::Referents;
            }
            label if label.is_label() => return RemarkKind::Referents,
            Operand::Rk => remark = RemarkKind::Constants,
            _ => {}
        }
        i += 1;
    }
    remark
}

/// A name and a tab, padded as `luac` does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListedName {
    bytes: [u8; 11],
    len: u8,
}

impl ListedName {
    const fn of(name: &[u8]) -> ListedName {
        let mut bytes = *b"         \t ";
        let tab = if name.len() < 9 { 9 } else { name.len() };
        let mut i = 0;
        while i < name.len() {
            bytes[i] = name[i];
            i += 1;
        }
        bytes[tab] = b'\t';
        ListedName {
            bytes,
            len: tab as u8 + 1,
        }
    }

    #[inline(always)]
    pub fn print(&self, out: &mut impl Print) {
        out.fill(self.bytes.len(), |room| {
            room.copy_from_slice(&self.bytes);
            self.len.into()
        });
    }
}
