//! The remark beside an instruction: what `luac` writes in a listing, and more in a hexdump.

use std::marker::PhantomData;

use crate::chunk::Extension;
use crate::opcodes::{BITRK, Instruction, InstructionSet, MAX_OPERANDS, Opcode, Operand};

use super::format::RemarkKind;
use super::lookup::Lookup;
use super::operands::{Reference, reference_of};
use super::print::Print;

/// The elements that one SETLIST sets at most before Lua 5.4 (`LFIELDS_PER_FLUSH`).
const FIELDS_PER_FLUSH: u64 = 50;

/// The parts of a remark that a listing and a hexdump write differently.
pub(crate) trait RemarkWriter {
    type Out: Print;

    /// The destination of the rest of the remark.
    fn out(&mut self) -> &mut Self::Out;

    /// Writes the name of an upvalue or global.
    fn name(&mut self, name: &[u8]);

    /// Writes the number of an instruction, counted from 1.
    fn target(&mut self, number: i64);

    /// Writes something that identifies the nested function with this index.
    fn closure(&mut self, p: &Lookup, index: usize);
}

/// Returns whether an instruction has this remark.
#[inline(always)]
pub(crate) fn applies<S: InstructionSet>(
    extension: &Extension,
    remark: RemarkKind,
    i: Instruction,
) -> bool {
    match remark {
        RemarkKind::Nothing => false,
        RemarkKind::Constants if S::LAYOUT.has_k() => S::LAYOUT.k.get(i) == 1,
        RemarkKind::Constants | RemarkKind::BothConstants => {
            let [_, b, c, _] = extension.row_of::<S>(S::op(i)).operands;
            let is_constant = |operand, field: u32| operand == Operand::Rk && field >= BITRK;
            is_constant(b, S::LAYOUT.b.get(i)) || is_constant(c, S::LAYOUT.c.get(i))
        }
        RemarkKind::ConstantIfK | RemarkKind::ListOffset => S::LAYOUT.k.get(i) == 1,
        _ => true,
    }
}

/// Writes the remark on the instruction at `pc`.
pub(crate) fn write<S: InstructionSet>(
    remark: RemarkKind,
    p: &Lookup,
    pc: usize,
    i: Instruction,
    writer: &mut impl RemarkWriter,
) {
    let row = p.extension().row_of::<S>(S::op(i));
    let writing = Writing::<S, _> {
        row,
        fields: S::fields_of(row, i),
        p,
        pc,
        i,
        writer,
        version: PhantomData,
    };
    writing.write(remark);
}

struct Writing<'a, S, W> {
    row: &'a Opcode,
    fields: [u32; MAX_OPERANDS],
    p: &'a Lookup<'a>,
    pc: usize,
    i: Instruction,
    writer: &'a mut W,
    version: PhantomData<S>,
}

impl<S: InstructionSet, W: RemarkWriter> Writing<'_, S, W> {
    fn write(mut self, remark: RemarkKind) {
        let [a, b, c, k] = self.fields;
        match remark {
            RemarkKind::Nothing => {}
            RemarkKind::Referents | RemarkKind::Constants => {
                self.referents();
            }
            RemarkKind::BothConstants => {
                self.constant_or_dash(b);
                self.text(" ");
                self.constant_or_dash(c);
            }
            RemarkKind::Global => self.writer.name(self.p.global(b as usize)),
            RemarkKind::ConstantAx => self.constant(a),
            RemarkKind::ConstantOfNext => match self.extra() {
                Some(index) => self.constant(index),
                None => self.text("?"),
            },
            RemarkKind::ConstantIfK => self.constant(c),
            RemarkKind::Nils => self.results(b.into()),
            RemarkKind::Event => {
                self.text(event(c));
                if self.row.operands[1] == Operand::Constant {
                    self.text(" ");
                    self.constant(b);
                }
                let is_flipped = k == 1 && self.row.operands[3] != Operand::Unused;
                self.text(if is_flipped { " flip" } else { "" });
            }
            RemarkKind::Call => {
                match b.checked_sub(1) {
                    None => self.text("all in "),
                    Some(count) => {
                        self.integer(count.into());
                        self.text(" in ");
                    }
                }
                self.results(i64::from(c) - 2);
            }
            RemarkKind::Arguments => {
                self.integer(i64::from(b) - 1);
                self.text(" in");
            }
            RemarkKind::Results => self.results(i64::from(b) - 2),
            RemarkKind::ResultsC => self.results(i64::from(c) - 2),
            RemarkKind::Exit => {
                self.text("exit ");
                self.referents();
            }
            RemarkKind::Batch => match (c, self.p.code.get(self.pc + 1)) {
                // `luac` shows the whole word, even an EXTRAARG, as an `int`.
                (0, Some(word)) => self.integer((word.0 as i32).into()),
                (0, None) => self.text("?"),
                (c, _) => self.integer(c.into()),
            },
            // `luac` of Lua 5.5 still counts the extra argument in steps of 256, not of 1024, and
            // takes a C of 8 bits beside a SETLIST.
            RemarkKind::ArraySize => self.extra_number(c, 1 << 8),
            RemarkKind::ListOffset => self.extra_number(S::LAYOUT.c.get(self.i), 1 << 8),
            RemarkKind::Loop => {
                self.referents();
                self.text(" if loop");
            }
            RemarkKind::LoopEnd => {
                self.jump(1);
                self.text(" if exit");
            }
            RemarkKind::Test => {
                if self.referents() {
                    self.text(", ");
                }
                self.jump(1);
                let expected = match self.row.operands {
                    [.., Operand::Number] if S::LAYOUT.has_k() => k,
                    [Operand::Number, ..] => a,
                    _ => c,
                };
                self.text(if expected == 0 {
                    " if true"
                } else {
                    " if false"
                });
            }
            RemarkKind::Boolean => {
                self.text(if b != 0 { "true" } else { "false" });
                if c != 0 {
                    self.text(", ");
                    self.jump(1);
                }
            }
            RemarkKind::Skip => self.jump(1),
            RemarkKind::TableSizes if S::LAYOUT.has_k() => {
                self.text("array=");
                self.extra_number(c, self.values_of_c());
                self.text(", hash=");
                self.integer(b.checked_sub(1).map_or(0, |power| 1 << power.min(62)));
            }
            RemarkKind::TableSizes => {
                self.text("array=");
                self.integer(fb2int(b));
                self.text(", hash=");
                self.integer(fb2int(c));
            }
            RemarkKind::Elements => self.elements(b, c, k),
        }
    }

    /// Writes what the operands refer to, and returns whether they refer to anything.
    fn referents(&mut self) -> bool {
        let mut is_first = true;
        for n in 0..S::OPERANDS {
            let operand = self.row.operands[n];
            let reference = match reference_of::<S>(operand, self.fields[n]) {
                Reference::None | Reference::Register(_) => continue,
                Reference::Number(_) if operand != Operand::Name => continue,
                reference => reference,
            };
            if !is_first {
                self.text(" ");
            }
            is_first = false;
            match reference {
                Reference::Constant(index) => self.p.write_constant(self.writer.out(), index),
                Reference::Upvalue(index) => self.writer.name(self.p.upvalue(index)),
                Reference::Label(distance) => self.jump(distance),
                Reference::Function(index) => self.writer.closure(self.p, index as usize),
                // A name that there is not.
                _ => self.text("?"),
            }
        }
        !is_first
    }

    fn text(&mut self, text: impl AsRef<[u8]>) {
        self.writer.out().text(text);
    }

    fn integer(&mut self, value: i64) {
        self.writer.out().integer(value);
    }

    fn constant(&mut self, index: u32) {
        self.p.write_constant(self.writer.out(), index as usize);
    }

    fn constant_or_dash(&mut self, field: u32) {
        match field.checked_sub(BITRK) {
            Some(index) => self.constant(index),
            None => self.text("-"),
        }
    }

    /// Writes the target of a jump by its distance from the next instruction.
    fn jump(&mut self, distance: i64) {
        self.text("to ");
        self.writer.target(self.pc as i64 + 2 + distance);
    }

    /// Writes how many values there are: one more than `last`, or all if there is no last one.
    fn results(&mut self, last: i64) {
        match last {
            -1.. => self.integer(last + 1),
            _ => self.text("all"),
        }
        self.text(" out");
    }

    /// Returns the extra argument in the next word.
    fn extra(&self) -> Option<u32> {
        let word = self.p.code.get(self.pc + 1)?;
        Some(match S::takes_bare_word(self.i) {
            true => word.0,
            false => S::LAYOUT.ax.get(word),
        })
    }

    fn extra_number(&mut self, field: u32, step: i32) {
        match self.extra() {
            // An `int` of C.
            Some(extra) => {
                let number = (extra as i32).wrapping_mul(step).wrapping_add(field as i32);
                self.integer(number.into());
            }
            None => self.text("?"),
        }
    }

    /// Returns the number of values that the field C can have.
    fn values_of_c(&self) -> i32 {
        S::most(self.row, 2) as i32 + 1
    }

    /// Writes which elements a SETLIST sets.
    fn elements(&mut self, b: u32, c: u32, k: u32) {
        let before = match S::LAYOUT.has_k() {
            true => {
                let extra = if k == 1 { self.extra() } else { Some(0) };
                extra.map(|extra| u64::from(extra) * self.values_of_c() as u64 + u64::from(c))
            }
            false => {
                let batch = if c == 0 { self.extra() } else { Some(c) };
                let full = batch.and_then(|batch| batch.checked_sub(1));
                full.map(|full| u64::from(full) * FIELDS_PER_FLUSH)
            }
        };
        let Some(before) = before else {
            return self.text("?");
        };
        self.text("index ");
        self.integer(before as i64 + 1);
        self.text(" to ");
        match b {
            0 => self.text("top"),
            b => self.integer(before as i64 + i64::from(b)),
        }
    }
}

/// The size that a field of NEWTABLE encodes as a "floating point byte" (`luaO_fb2int`).
fn fb2int(field: u32) -> i64 {
    let (exponent, mantissa) = (field >> 3 & 0x1F, i64::from(field & 7));
    match exponent {
        0 => mantissa,
        _ => (mantissa + 8) << (exponent - 1),
    }
}

/// The name of a metamethod by its number (`TMS` of `ltm.h` and `luaT_eventname` of `ltm.c`, alike in
/// Lua 5.4 and 5.5), `?` if there is none.
fn event(number: u32) -> &'static [u8] {
    const WIDTH: usize = "__newindex".len();
    const EVENTS: &[u8] = b"\
        __index   __newindex__gc      __mode    __len     __eq      __add     __sub     \
        __mul     __mod     __pow     __div     __idiv    __band    __bor     __bxor    \
        __shl     __shr     __unm     __bnot    __lt      __le      __concat  __call    \
        __close   ";
    let (events, _) = EVENTS.as_chunks::<WIDTH>();
    let event = events.get(number as usize);
    event.map_or(b"?", |event| event.trim_ascii_end())
}

#[cfg(test)]
mod tests {
    use super::event;

    #[test]
    fn metamethods_have_their_numbers() {
        for (number, name) in [
            (0, "__index"),
            (1, "__newindex"),
            (6, "__add"),
            (17, "__shr"),
            (24, "__close"),
            (25, "?"),
        ] {
            assert_eq!(event(number), name.as_bytes());
        }
    }
}
