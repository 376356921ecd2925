//! An instruction that is being read, and what its operands refer to.

use super::constants::Said;
use super::labels::OpenLabels;
use super::operands::with_fields;
use crate::opcodes::{BITRK, Instruction, MAXARG_BX, Operand, number_of, opcode};
use crate::stream::error::StreamProblem;
use crate::stream::fragments::terse as f;
use crate::stream::scan::{Halt, Scan, Scanned, Spot, one_of, show};

/// An instruction of which some is still to come.
pub(super) struct OpenInstruction {
    op: u8,
    fields: [u32; 3],
    /// The index of the operand that comes next.
    next: usize,
}

impl OpenInstruction {
    pub fn new(op: u8) -> Self {
        OpenInstruction {
            op,
            fields: [0; 3],
            next: 0,
        }
    }

    /// The operand that comes next.
    #[inline(always)]
    pub fn operand(&self) -> Option<Operand> {
        opcode(self.op).operands.get(self.next).copied()
    }

    /// The index of that operand.
    #[inline(always)]
    pub fn index(&self) -> usize {
        self.next
    }

    /// Takes the field of that operand.
    #[inline(always)]
    pub fn put(&mut self, field: u32) {
        self.fields[self.next] = field;
        self.next += 1;
    }

    /// The instruction, once it has all its operands.
    #[inline(always)]
    pub fn instruction(&self) -> Instruction {
        with_fields(self.op, self.fields)
    }
}

/// What the operands of a function's instructions refer to.
#[derive(Default)]
pub(super) struct Referents {
    pub constants: Said,
    pub labels: OpenLabels,
    /// The number of functions so far.
    pub functions: usize,
    /// Where a CLOSURE passed over the next of them.
    passed_over: Option<Spot>,
}

impl Referents {
    /// A function begins, which no CLOSURE may have passed over.
    pub fn check_passed_over(&mut self) -> Scanned<()> {
        match self.passed_over {
            None => Ok(()),
            Some(at) => Err(at.problem(StreamProblem::Expected {
                expected: format!(
                    "{}, as function {} has no place yet",
                    show(f::PROTO.tokens()),
                    self.functions
                ),
                found: show(f::ANY_P.tokens()),
            })),
        }
    }

    /// Whether a function stands here, which a CLOSURE can refer to.
    pub fn stands_at_function(&self, scan: &mut Scan) -> Scanned<bool> {
        scan.whole_token()?;
        Ok(scan.stands_at(&f::PROTO) && self.functions <= MAXARG_BX as usize)
    }

    /// Reads the operand with this index of the instruction at `pc`, and gives its field.
    #[inline]
    pub fn operand(
        &mut self,
        operand: Operand,
        index: usize,
        pc: usize,
        scan: &mut Scan,
    ) -> Scanned<u32> {
        Ok(match operand {
            Operand::Unused => 0,
            Operand::Register => scan.value(&f::R)? as u32,
            Operand::Upvalue => scan.value(&f::U)? as u32,
            // A has eight bits, B and C have nine.
            Operand::Number if index == 0 => scan.value(&f::N[..256])? as u32,
            Operand::Number => scan.value(&f::N)? as u32,
            Operand::Decimal => scan.integer(0, (1 << 26) - 1)? as u32,
            Operand::Rk => match scan.any_value(&f::R) {
                Some(register) => register as u32,
                None => match self.constants.near_mention(scan)? {
                    Some(constant) => constant as u32 | u32::from(BITRK),
                    None => return Err(expected_one_of(scan, &[one_of(&f::R), one_of(&f::K)])),
                },
            },
            Operand::Constant => match self.constants.any_mention(scan, MAXARG_BX)? {
                Some(constant) => constant as u32,
                None => {
                    let tokens = [
                        one_of(&f::K),
                        show(f::ANY_K.tokens()),
                        show(f::CONSTANT.tokens()),
                    ];
                    return Err(expected_one_of(scan, &tokens));
                }
            },
            Operand::Label => {
                scan.skip_space();
                let at = scan.spot();
                let label = match scan.any_value(&f::L) {
                    Some(label) => label,
                    None if scan.passes_token(&f::ANY_L) => scan.integer(256, i32::MAX)? as usize,
                    None => {
                        return Err(expected_one_of(
                            scan,
                            &[one_of(&f::L), show(f::ANY_L.tokens())],
                        ));
                    }
                };
                self.labels.jump(pc, label, at);
                0
            }
            // Those of later versions.
            Operand::Wide
            | Operand::Signed
            | Operand::LabelBack
            | Operand::LabelAhead
            | Operand::LabelExit
            | Operand::Name => 0,
            Operand::Function => {
                let at = scan.spot();
                if !scan.passes_token(&f::ANY_P) {
                    let tokens = [show(f::PROTO.tokens()), show(f::ANY_P.tokens())];
                    return Err(expected_one_of(scan, &tokens));
                }
                let function = scan.integer(0, MAXARG_BX as i32)?;
                if function as usize == self.functions {
                    self.passed_over.get_or_insert(at);
                }
                function as u32
            }
        })
    }
}

/// Reads the token of an opcode, if one stands here.
#[inline]
pub(super) fn opcode_token(scan: &mut Scan) -> Option<u8> {
    const OP: &[u8] = b"<|OP_";
    let name = scan.rest().strip_prefix(OP)?;
    let name = &name[..name.iter().take(9).position(|byte| *byte == b'|')?];
    let op = number_of(name)?;
    scan.passes_token(&f::OP[usize::from(op)]).then_some(op)
}

#[cold]
fn expected_one_of(scan: &Scan, tokens: &[String]) -> Halt {
    let (last, others) = tokens.split_last().expect("there are tokens");
    scan.expected(&format!("{} or {last}", others.join(", ")))
}
