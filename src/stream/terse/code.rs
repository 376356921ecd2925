//! The code of a function that is being read.

use super::constants::{Said, stands_at_mention};
use super::labels::OpenLabels;
use super::lines::{line, stands_at_line};
use super::operands::{is_whole, target, with_fields};
use super::scopes::OpenScopes;
use crate::chunk::Proto;
use crate::opcodes::{BITRK, Instruction, MAXARG_BX, Operand, number_of, opcode};
use crate::stream::error::StreamProblem;
use crate::stream::fragments::terse as f;
use crate::stream::scan::{Halt, Position, Scan, Scanned, Spot, one_of, show};

/// The code of a function that is being read.
#[derive(Default)]
pub(super) struct OpenCode {
    code: Vec<Instruction>,
    /// The instruction of which some is still to come.
    instruction: Option<OpenInstruction>,
    before: Before,
    /// Whether an instruction must follow, for what stands here belongs to one.
    is_due: bool,
    scopes: OpenScopes,
    labels: OpenLabels,
    pub constants: Said,
    /// The number of functions so far, and where a CLOSURE passed over the next one.
    functions: usize,
    passed_over: Option<Spot>,
    /// Of the jumps said to lead out of the code, the one that leads least far, and where it leads.
    out: Option<(i64, usize, Spot)>,
}

struct OpenInstruction {
    op: u8,
    fields: [u32; 3],
    /// The index of the operand that comes next.
    next: usize,
}

/// What has been said before an instruction, in its order.
#[derive(Clone, Copy, Default, PartialEq, PartialOrd)]
enum Before {
    #[default]
    Nothing,
    /// Variables that end here.
    Ends,
    /// Variables that begin and end here.
    Whole,
    /// A variable that begins here, and may end here too.
    Begins,
    Label,
    Line,
}

/// Why code is left.
pub(super) enum Turn {
    /// A function stands here.
    Function,
    /// It has come to its end.
    End,
}

impl OpenCode {
    /// The number of instructions so far.
    pub fn len(&self) -> usize {
        self.code.len()
    }

    /// Reads code, up to a function inside it or to its end.
    pub fn read(
        &mut self,
        p: &mut Proto<'static>,
        scan: &mut Scan,
        taken: &mut Position,
        at_line: &mut i32,
    ) -> Scanned<Turn> {
        loop {
            while let Some(open) = &self.instruction {
                let Some(operand) = opcode(open.op).operands.get(open.next) else {
                    self.code.push(with_fields(open.op, open.fields));
                    self.instruction = None;
                    break;
                };
                if *operand == Operand::Function && self.stands_at_function(scan)? {
                    return Ok(Turn::Function);
                }
                let field = self.operand(*operand, open.next, scan)?;
                self.put(field);
                *taken = scan.position();
            }
            if !self.step(p, scan, at_line)? {
                return Ok(Turn::End);
            }
            *taken = scan.position();
        }
    }

    /// Reads an opcode or one of the things that stand before it; says whether there was any.
    fn step(
        &mut self,
        p: &mut Proto<'static>,
        scan: &mut Scan,
        at_line: &mut i32,
    ) -> Scanned<bool> {
        scan.skip_space();
        let before = *scan;
        let pc = self.code.len();
        if let Some(op) = opcode_token(scan) {
            self.begin_instruction(p, *at_line);
            self.instruction = Some(OpenInstruction {
                op,
                fields: [0; 3],
                next: 0,
            });
        } else if self.before < Before::Line && stands_at_line(scan) {
            let to = line(scan, *at_line)?;
            if pc > 0 && p.lineinfo.is_empty() {
                return Err(before.refused("an instruction: the first has no line"));
            }
            if pc > 0 && to == *at_line {
                return Err(before.refused(&format!("an instruction: the line is {to} already")));
            }
            *at_line = to;
            self.before = Before::Line;
            self.is_due = true;
        } else if self.before <= Before::Begins && scan.passes_token(&f::LOCVAR) {
            let name = scan.text()?;
            self.scopes.begin(name.into_owned().into(), pc);
            self.before = Before::Begins;
        } else if self.before <= Before::Begins && scan.passes_token(&f::LOCVAR_END) {
            self.end_scope(&before)?;
            self.is_due = true;
        } else if self.before < Before::Label && stands_at_label(scan.rest()) {
            let next = self.labels.len();
            match f::L.get(next) {
                Some(token) => scan.fragment(token)?,
                None => {
                    scan.fragment(&f::ANY_L)?;
                    scan.exactly(next)?;
                }
            }
            self.labels.label(pc, before.spot());
            self.before = Before::Label;
            self.is_due = true;
        } else if scan.passes_token(&f::INSTRUCTION) {
            let word = scan.long(0, u32::MAX.into())?;
            self.irregular(Instruction(word as u32), &before)?;
            self.begin_instruction(p, *at_line);
            self.code.push(Instruction(word as u32));
        } else {
            scan.whole_token()?;
            if self.is_due {
                return Err(scan.expected("an instruction"));
            }
            if !stands_at_end(scan) {
                return Err(scan.expected("an instruction, what stands before one, or <|/Proto|>"));
            }
            return Ok(false);
        }
        Ok(true)
    }

    fn begin_instruction(&mut self, p: &mut Proto<'static>, at_line: i32) {
        if self.before == Before::Line || !p.lineinfo.is_empty() {
            p.lineinfo.push(at_line);
        }
        self.before = Before::Nothing;
        self.is_due = false;
    }

    fn end_scope(&mut self, at: &Scan) -> Scanned<()> {
        let pc = self.code.len();
        self.before = match self.before {
            Before::Nothing | Before::Ends => Before::Ends,
            Before::Begins => Before::Whole,
            _ => return Err(at.refused("a variable that begins, or an instruction")),
        };
        match self.scopes.end(pc) {
            true => Ok(()),
            false => Err(at.refused("an instruction: no variable is there to end")),
        }
    }

    /// An instruction that is said as its word, which must be one that its operands do not say.
    fn irregular(&mut self, i: Instruction, at: &Scan) -> Scanned<()> {
        if !is_whole(i) {
            return Ok(());
        }
        if !i.is_jump() {
            return Err(at.refused(&name(i)));
        }
        let pc = self.code.len();
        let to = target(i, pc);
        if (0..=pc as i64).contains(&to) {
            return Err(at.refused(&name(i)));
        }
        if to > 0 && self.out.is_none_or(|(least, ..)| to < least) {
            self.out = Some((to, pc, at.spot()));
        }
        Ok(())
    }

    fn put(&mut self, field: u32) {
        if let Some(open) = &mut self.instruction {
            open.fields[open.next] = field;
            open.next += 1;
        }
    }

    /// The function that stood at a CLOSURE, or behind the code, is complete.
    pub fn end_function(&mut self, index: usize) {
        self.functions = index + 1;
        self.put(index as u32);
    }

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

    fn stands_at_function(&self, scan: &mut Scan) -> Scanned<bool> {
        scan.whole_token()?;
        Ok(scan.stands_at(&f::PROTO) && self.functions <= MAXARG_BX as usize)
    }

    /// Reads the operand with this index and gives its field.
    #[inline]
    fn operand(&mut self, operand: Operand, index: usize, scan: &mut Scan) -> Scanned<u32> {
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
                self.labels.jump(self.code.len(), label, at);
                0
            }
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

    /// Gives the function its code and its variables, now that both are known.
    ///
    /// # Errors
    /// The index of an instruction and what is wrong there.
    pub fn finish(&mut self, p: &mut Proto<'static>) -> Result<(), (usize, Halt)> {
        self.labels.finish(&mut self.code)?;
        if let Some((to, pc, at)) = self.out
            && to < self.code.len() as i64
        {
            let problem = StreamProblem::Expected {
                expected: name(self.code[pc]),
                found: show(f::INSTRUCTION.tokens()),
            };
            return Err((pc, at.problem(problem)));
        }
        p.locvars = self.scopes.finish(self.code.len()).into_iter().collect();
        p.code = std::mem::take(&mut self.code).into_iter().collect();
        Ok(())
    }
}

/// Reads the token of an opcode, if one stands here.
#[inline]
fn opcode_token(scan: &mut Scan) -> Option<u8> {
    const OP: &[u8] = b"<|OP_";
    let name = scan.rest().strip_prefix(OP)?;
    let name = &name[..name.iter().take(9).position(|byte| *byte == b'|')?];
    let op = number_of(name)?;
    scan.passes_token(&f::OP[usize::from(op)]).then_some(op)
}

/// Whether a label stands here, right or wrong.
fn stands_at_label(rest: &[u8]) -> bool {
    matches!(rest, [b'<', b'|', b'L', b'0'..=b'9' | b'|', ..])
}

/// Whether what stands behind the code does here.
fn stands_at_end(scan: &mut Scan) -> bool {
    stands_at_mention(scan)
        || scan.stands_at(&f::LOCVARS)
        || scan.stands_at(&f::LINEINFO)
        || scan.stands_at(&f::P)
        || scan.stands_at(&f::PROTO_END)
}

/// The token of an instruction's opcode.
fn name(i: Instruction) -> String {
    show(f::OP[usize::from(i.op())].tokens())
}

#[cold]
fn expected_one_of(scan: &Scan, tokens: &[String]) -> Halt {
    let (last, others) = tokens.split_last().expect("there are tokens");
    scan.expected(&format!("{} or {last}", others.join(", ")))
}
