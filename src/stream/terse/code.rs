//! The code of a function that is being read.

use std::collections::TryReserveError;

use super::constants::stands_at_mention;
use super::dialect::TerseDialect;
use super::instruction::{OpenInstruction, Referents, opcode_token};
use super::lines::{line, stands_at_line};
use super::operands::{is_whole, target};
use super::scopes::OpenScopes;
use crate::bytes::TryPush;
use crate::chunk::{PackedWords, Proto};
use crate::opcodes::{Instruction, Operand};
use crate::stream::error::StreamProblem;
use crate::stream::fragments::terse as f;
use crate::stream::scan::{Halt, Position, Scan, Scanned, Spot, show};

/// The code of a function that is being read.
pub(super) struct OpenCode<D> {
    code: Vec<Instruction>,
    /// The instruction of which some is still to come.
    instruction: Option<OpenInstruction<D>>,
    /// Whether the next word is none, but the operand of the last instruction.
    is_bare: bool,
    before: Preceding,
    /// Whether an instruction must follow, for what stands here belongs to one.
    is_due: bool,
    scopes: OpenScopes,
    pub refers: Referents,
    /// Of the jumps said to lead out of the code, the one that leads least far, and where it leads.
    out: Option<(i64, usize, Spot)>,
}

/// What has been said before an instruction, in its order.
#[derive(Clone, Copy, Default, PartialEq, PartialOrd)]
enum Preceding {
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

impl<D> Default for OpenCode<D> {
    fn default() -> Self {
        OpenCode {
            code: Vec::new(),
            instruction: None,
            is_bare: false,
            before: Preceding::default(),
            is_due: false,
            scopes: OpenScopes::default(),
            refers: Referents::default(),
            out: None,
        }
    }
}

impl<D: TerseDialect> OpenCode<D> {
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
            while let Some(open) = &mut self.instruction {
                let Some(operand) = open.operand() else {
                    let i = open.instruction();
                    self.is_bare = D::takes_bare_word(i);
                    self.code.try_push(i)?;
                    self.instruction = None;
                    break;
                };
                if operand == Operand::Function
                    && self.refers.stands_at_function(scan, open.most())?
                {
                    return Ok(Turn::Function);
                }
                let pc = self.code.len();
                let field = self.refers.operand(operand, open, pc, scan)?;
                open.put(field);
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
        if let Some(op) = opcode_token::<D>(scan) {
            if self.is_bare {
                let wanted = format!("{}: the word is an operand", show(f::INSTRUCTION.tokens()));
                return Err(before.refused(&wanted));
            }
            self.begin_instruction(p, *at_line)?;
            self.instruction = Some(OpenInstruction::new(op));
        } else if self.before < Preceding::Line && stands_at_line(scan) {
            let to = line(scan, *at_line)?;
            if pc > 0 && p.lineinfo.is_empty() {
                return Err(before.refused("an instruction: the first has no line"));
            }
            if pc > 0 && to == *at_line {
                return Err(before.refused(&format!("an instruction: the line is {to} already")));
            }
            *at_line = to;
            self.before = Preceding::Line;
            self.is_due = true;
        } else if self.before <= Preceding::Begins && scan.passes_token(&f::LOCVAR) {
            let name = scan.text()?;
            self.scopes.begin(name, pc)?;
            self.before = Preceding::Begins;
        } else if self.before <= Preceding::Begins && scan.passes_token(&f::LOCVAR_END) {
            self.end_scope(&before)?;
            self.is_due = true;
        } else if self.before < Preceding::Label && stands_at_label(scan.rest()) {
            let next = self.refers.labels.len();
            match f::L.get(next) {
                Some(token) => scan.fragment(token)?,
                None => {
                    scan.fragment(&f::ANY_L)?;
                    scan.exactly(next)?;
                }
            }
            self.refers.labels.label(pc, before.spot())?;
            self.before = Preceding::Label;
            self.is_due = true;
        } else if scan.passes_token(&f::INSTRUCTION) {
            let word = scan.long(0, u32::MAX.into())?;
            let i = Instruction(word as u32);
            if !std::mem::take(&mut self.is_bare) {
                self.irregular(i, &before)?;
                self.is_bare = D::takes_bare_word(i);
            }
            self.begin_instruction(p, *at_line)?;
            self.code.try_push(i)?;
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

    fn begin_instruction(&mut self, p: &mut Proto<'static>, at_line: i32) -> Scanned<()> {
        if self.before == Preceding::Line || !p.lineinfo.is_empty() {
            p.lineinfo.try_push(at_line)?;
        }
        self.before = Preceding::Nothing;
        self.is_due = false;
        Ok(())
    }

    fn end_scope(&mut self, at: &Scan) -> Scanned<()> {
        let pc = self.code.len();
        self.before = match self.before {
            Preceding::Nothing | Preceding::Ends => Preceding::Ends,
            Preceding::Begins => Preceding::Whole,
            _ => return Err(at.refused("a variable that begins, or an instruction")),
        };
        match self.scopes.end(pc) {
            true => Ok(()),
            false => Err(at.refused("an instruction: no variable is there to end")),
        }
    }

    /// An instruction that is said as its word, which must be one that its operands do not say.
    fn irregular(&mut self, i: Instruction, at: &Scan) -> Scanned<()> {
        if !is_whole::<D>(i) {
            return Ok(());
        }
        if !D::is_jump(i) {
            return Err(at.refused(&name::<D>(i)));
        }
        let pc = self.code.len();
        let to = target::<D>(i, pc);
        if (0..=pc as i64).contains(&to) {
            return Err(at.refused(&name::<D>(i)));
        }
        if to > 0 && self.out.is_none_or(|(least, ..)| to < least) {
            self.out = Some((to, pc, at.spot()));
        }
        Ok(())
    }

    /// The function that stood at a CLOSURE, or behind the code, is complete.
    pub fn end_function(&mut self, index: usize) {
        self.refers.functions = index + 1;
        if let Some(open) = &mut self.instruction {
            open.put(index as u32);
        }
    }

    /// Gives the function its code and its variables, now that both are known.
    ///
    /// # Errors
    /// The index of an instruction and what is wrong there.
    pub fn finish(&mut self, p: &mut Proto<'static>) -> Result<(), (usize, Halt)> {
        self.refers.labels.finish::<D>(&mut self.code)?;
        if let Some((to, pc, at)) = self.out
            && to < self.code.len() as i64
        {
            let problem = StreamProblem::Expected {
                expected: name::<D>(self.code[pc]),
                found: show(f::INSTRUCTION.tokens()),
            };
            return Err((pc, at.problem(problem)));
        }
        let code = std::mem::take(&mut self.code).into_iter();
        let pc = code.len();
        let finish = || {
            for locvar in self.scopes.finish(pc) {
                p.locvars.try_push(&locvar)?;
            }
            p.code = PackedWords::try_of(code)?;
            Ok(())
        };
        finish().map_err(|error: TryReserveError| (pc, error.into()))
    }
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
        || scan.stands_at(&f::ABSLINEINFO)
        || scan.stands_at(&f::P)
        || scan.stands_at(&f::PROTO_END)
}

/// The token of an instruction's opcode.
fn name<D: TerseDialect>(i: Instruction) -> String {
    show(D::opcode_token(D::op(i)))
}
