//! An instruction that is being parsed, and what its operands refer to.

use std::marker::PhantomData;

use super::constants::MentionedConstants;
use super::dialect::TerseDialect;
use super::labels::OpenLabels;
use crate::chunk::Extension;
use crate::opcodes::{BITRK, Instruction, MAX_OPERANDS, Opcode, Operand};
use crate::stream::error::StreamProblem;
use crate::stream::fragments::terse as f;
use crate::stream::scan::{Halt, Scan, Scanned, Spot, one_of, show};

/// An instruction that is being parsed.
pub(super) struct OpenInstruction<D> {
    op: u8,
    fields: [u32; MAX_OPERANDS],
    /// The index of the next operand.
    next: usize,
    dialect: PhantomData<D>,
}

impl<D: TerseDialect> OpenInstruction<D> {
    pub fn new(op: u8) -> Self {
        OpenInstruction {
            op,
            fields: [0; MAX_OPERANDS],
            next: 0,
            dialect: PhantomData,
        }
    }

    /// Returns the next operand.
    #[inline(always)]
    pub fn operand(&self, extension: &Extension) -> Option<Operand> {
        (self.next < D::OPERANDS).then(|| extension.row_of::<D>(self.op).operands[self.next])
    }

    /// Returns the largest field of the next operand.
    #[inline(always)]
    pub fn most(&self, extension: &Extension) -> u32 {
        D::most(extension.row_of::<D>(self.op), self.next)
    }

    /// Stores the field of the next operand.
    #[inline(always)]
    pub fn put(&mut self, field: u32) {
        self.fields[self.next] = field;
        self.next += 1;
    }

    /// Returns the complete instruction.
    #[inline(always)]
    pub fn instruction(&self, extension: &Extension) -> Instruction {
        D::word_of(extension.row_of::<D>(self.op), self.op, self.fields)
    }
}

/// What the operands of a function's instructions refer to.
#[derive(Default)]
pub(super) struct Referents {
    pub constants: MentionedConstants,
    pub labels: OpenLabels,
    /// The number of functions so far.
    pub functions: usize,
    /// The place of a CLOSURE that skipped the next function.
    skipped: Option<Spot>,
}

impl Referents {
    /// Checks that no CLOSURE has skipped the function that begins.
    pub fn check_skipped(&mut self) -> Scanned<()> {
        match self.skipped {
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

    /// Whether a function is here that a CLOSURE can refer to with a field of at most `most`.
    pub fn is_at_function(&self, scan: &mut Scan, most: u32) -> Scanned<bool> {
        scan.whole_token()?;
        Ok(scan.is_at(&f::PROTO) && self.functions <= most as usize)
    }

    /// Takes the next operand of the instruction at `pc`, and returns its field.
    #[inline]
    pub fn operand<D: TerseDialect>(
        &mut self,
        operand: Operand,
        extension: &Extension,
        open: &OpenInstruction<D>,
        pc: usize,
        scan: &mut Scan,
    ) -> Scanned<u32> {
        Ok(match operand {
            Operand::Unused => 0,
            Operand::Register => scan.value(&f::R)? as u32,
            Operand::Upvalue => scan.value(&f::U)? as u32,
            Operand::Number => {
                let tokens = f::N.len().min(open.most(extension) as usize + 1);
                scan.value(&f::N[..tokens])? as u32
            }
            Operand::Signed => {
                let [least, most] = D::signed(open.most(extension));
                scan.integer(least, most)? as u32
            }
            Operand::Decimal => scan.integer(0, open.most(extension) as i32)? as u32,
            Operand::Rk => match scan.any_value(&f::R) {
                Some(register) => register as u32,
                None => match self.constants.near_mention::<D>(extension, scan)? {
                    Some(constant) => constant as u32 | BITRK,
                    None => return Err(expected_one_of(scan, &[one_of(&f::R), one_of(&f::K)])),
                },
            },
            Operand::Constant => {
                match self
                    .constants
                    .any_mention::<D>(extension, scan, open.most(extension))?
                {
                    Some(constant) => constant as u32,
                    None => {
                        let tokens = [
                            one_of(&f::K),
                            show(f::ANY_K.tokens()),
                            show(f::CONSTANT.tokens()),
                        ];
                        return Err(expected_one_of(scan, &tokens));
                    }
                }
            }
            Operand::Label | Operand::LabelBack | Operand::LabelAhead | Operand::LabelExit => {
                scan.skip_space();
                let at = scan.spot();
                let label = match scan.any_value(&f::L) {
                    Some(label) => label,
                    None if scan.accept(&f::ANY_L) => scan.integer(256, i32::MAX)? as usize,
                    None => {
                        return Err(expected_one_of(
                            scan,
                            &[one_of(&f::L), show(f::ANY_L.tokens())],
                        ));
                    }
                };
                self.labels.jump(pc, label, at)?;
                0
            }
            Operand::Wide => match scan.any_value(&f::N) {
                Some(number) => number as u32,
                None if scan.accept(&f::ANY_N) => {
                    scan.integer(f::N.len() as i32, open.most(extension) as i32)? as u32
                }
                None => {
                    let tokens = [one_of(&f::N), show(f::ANY_N.tokens())];
                    return Err(expected_one_of(scan, &tokens));
                }
            },
            Operand::Name if scan.accept(&f::N[0]) => 0,
            Operand::Name => {
                match self
                    .constants
                    .any_mention::<D>(extension, scan, open.most(extension) - 1)?
                {
                    Some(constant) => constant as u32 + 1,
                    None => {
                        let tokens = [
                            show(f::N[0].tokens()),
                            one_of(&f::K),
                            show(f::ANY_K.tokens()),
                            show(f::CONSTANT.tokens()),
                        ];
                        return Err(expected_one_of(scan, &tokens));
                    }
                }
            }
            Operand::Function => {
                let at = scan.spot();
                if !scan.accept(&f::ANY_P) {
                    let tokens = [show(f::PROTO.tokens()), show(f::ANY_P.tokens())];
                    return Err(expected_one_of(scan, &tokens));
                }
                let function = scan.integer(0, open.most(extension) as i32)?;
                if function as usize == self.functions {
                    self.skipped.get_or_insert(at);
                }
                function as u32
            }
        })
    }
}

/// Takes the token of an opcode, if there is one.
#[inline]
pub(super) fn opcode_token<D: TerseDialect>(extension: &Extension, scan: &mut Scan) -> Option<u8> {
    const OP: &[u8] = b"<|OP_";
    let name = scan.rest().strip_prefix(OP)?;
    let most = Opcode::LONGEST_NAME + 1;
    let name = &name[..name.iter().take(most).position(|byte| *byte == b'|')?];
    if let Some(op) = D::candidate(name)
        && D::accept_opcode(op, scan)
    {
        return Some(op);
    }
    let op = extension.number(name)?;
    let length = OP.len() + name.len() + b"|>".len();
    let is_token = scan.rest().get(..length)?.ends_with(b"|>");
    scan.advance(if is_token { length } else { 0 });
    is_token.then_some(op)
}

#[cold]
fn expected_one_of(scan: &Scan, tokens: &[String]) -> Halt {
    let (last, others) = tokens.split_last().expect("there are tokens");
    scan.expected(&format!("{} or {last}", others.join(", ")))
}
