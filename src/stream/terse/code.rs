//! The code of a function that is being read.

use std::collections::TryReserveError;

use super::constants::is_at_mention;
use super::dialect::TerseDialect;
use super::instruction::{OpenInstruction, Referents, opcode_token};
use super::lines::{is_at_line, line};
use super::operands::{is_whole, target};
use super::scopes::OpenScopes;
use crate::bytes::TryPush;
use crate::chunk::{Extension, PackedWords, Proto};
use crate::opcodes::{Instruction, Operand};
use crate::stream::error::StreamProblem;
use crate::stream::fragments::terse as f;
use crate::stream::scan::{Halt, Position, Scan, Scanned, Spot, show};
use crate::stream::tokens;

/// The code of a function that is being read.
pub(super) struct OpenCode<D> {
    code: Vec<Instruction>,
    /// The instruction being parsed.
    instruction: Option<OpenInstruction<D>>,
    /// True if the next word is not an instruction but an operand of the last one.
    is_bare: bool,
    before: Preceding,
    /// True if an instruction must follow, because what was read belongs to one.
    is_due: bool,
    scopes: OpenScopes,
    pub refers: Referents,
    /// The nearest jump out of the code so far: its target and its index.
    out: Option<(i64, usize, Spot)>,
}

/// What has been read before an instruction, in the order of the grammar.
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

/// Why parsing of the code pauses.
pub(super) enum Turn {
    /// A function begins.
    Function,
    /// The code is complete.
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
    /// Returns the number of instructions so far.
    pub fn len(&self) -> usize {
        self.code.len()
    }

    /// Reads code, up to a function inside it or to its end.
    pub fn read(
        &mut self,
        extension: &Extension,
        p: &mut Proto<'static>,
        scan: &mut Scan,
        taken: &mut Position,
        at_line: &mut i32,
    ) -> Scanned<Turn> {
        loop {
            while let Some(open) = &mut self.instruction {
                let Some(operand) = open.operand(extension) else {
                    let i = open.instruction(extension);
                    self.is_bare = D::takes_bare_word(i);
                    self.code.try_push(i)?;
                    self.instruction = None;
                    break;
                };
                if operand == Operand::Function
                    && self.refers.is_at_function(scan, open.most(extension))?
                {
                    return Ok(Turn::Function);
                }
                let pc = self.code.len();
                let field = self.refers.operand(operand, extension, open, pc, scan)?;
                open.put(field);
                *taken = scan.position();
            }
            if !self.step(extension, p, scan, at_line)? {
                return Ok(Turn::End);
            }
            *taken = scan.position();
        }
    }

    /// Reads an opcode or one of the things before it; returns false at the end of the code.
    fn step(
        &mut self,
        extension: &Extension,
        p: &mut Proto<'static>,
        scan: &mut Scan,
        at_line: &mut i32,
    ) -> Scanned<bool> {
        scan.skip_space();
        let before = *scan;
        let pc = self.code.len();
        if let Some(op) = opcode_token::<D>(extension, scan) {
            if self.is_bare {
                let wanted = format!("{}: the word is an operand", show(f::INSTRUCTION.tokens()));
                return Err(before.refused(&wanted));
            }
            self.begin_instruction(p, *at_line)?;
            self.instruction = Some(OpenInstruction::new(op));
        } else if self.before < Preceding::Line && is_at_line(scan) {
            let to = line(scan, *at_line)?;
            if pc > 0 && p.lineinfo.is_empty() {
                return Err(before.refused("an instruction: the first has no line"));
            }
            if pc > 0 && to == *at_line {
                return Err(before.refused(&format!("an instruction: the line is already {to}")));
            }
            *at_line = to;
            self.before = Preceding::Line;
            self.is_due = true;
        } else if self.before <= Preceding::Begins && scan.accept(&f::LOCVAR) {
            let name = scan.text()?;
            self.scopes.begin(name, pc)?;
            self.before = Preceding::Begins;
        } else if self.before <= Preceding::Begins && scan.accept(&f::LOCVAR_END) {
            self.end_scope(&before)?;
            self.is_due = true;
        } else if self.before < Preceding::Label && is_at_label(scan.rest()) {
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
        } else if scan.accept(&f::INSTRUCTION) {
            let word = scan.long(0, u32::MAX.into())?;
            let i = Instruction(word as u32);
            if !std::mem::take(&mut self.is_bare) {
                self.irregular(extension, i, &before)?;
                self.is_bare = D::takes_bare_word(i);
            }
            self.begin_instruction(p, *at_line)?;
            self.code.try_push(i)?;
        } else {
            scan.whole_token()?;
            if self.is_due {
                return Err(scan.expected("an instruction"));
            }
            if !is_at_end(scan) {
                return Err(scan.expected(
                    "an instruction, a line, label or variable before one, or <|/Proto|>",
                ));
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
            _ => return Err(at.refused("the start of a variable, or an instruction")),
        };
        match self.scopes.end(pc) {
            true => Ok(()),
            false => Err(at.refused("an instruction: there is no variable to end")),
        }
    }

    /// Checks an instruction that is given as its word: its operands must not suffice to express
    /// it.
    fn irregular(&mut self, extension: &Extension, i: Instruction, at: &Scan) -> Scanned<()> {
        if !is_whole::<D>(extension, i) {
            return Ok(());
        }
        if !extension.is_jump::<D>(i) {
            return Err(at.refused(&name::<D>(extension, i)));
        }
        let pc = self.code.len();
        let to = target::<D>(extension, i, pc);
        if (0..=pc as i64).contains(&to) {
            return Err(at.refused(&name::<D>(extension, i)));
        }
        if to > 0 && self.out.is_none_or(|(least, ..)| to < least) {
            self.out = Some((to, pc, at.spot()));
        }
        Ok(())
    }

    /// Continues after the function at a CLOSURE, or one after the code.
    pub fn end_function(&mut self, index: usize) {
        self.refers.functions = index + 1;
        if let Some(open) = &mut self.instruction {
            open.put(index as u32);
        }
    }

    /// Moves the code and the variables, both complete now, into the function.
    ///
    /// # Errors
    /// The index of an instruction, and the error there.
    pub fn finish(
        &mut self,
        extension: &Extension,
        p: &mut Proto<'static>,
    ) -> Result<(), (usize, Halt)> {
        self.refers.labels.finish::<D>(extension, &mut self.code)?;
        if let Some((to, pc, at)) = self.out
            && to < self.code.len() as i64
        {
            let problem = StreamProblem::Expected {
                expected: name::<D>(extension, self.code[pc]),
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

/// Returns whether a label is here, right or wrong.
fn is_at_label(rest: &[u8]) -> bool {
    matches!(rest, [b'<', b'|', b'L', b'0'..=b'9' | b'|', ..])
}

/// Returns whether something that follows the code is here.
fn is_at_end(scan: &mut Scan) -> bool {
    is_at_mention(scan)
        || scan.is_at(&f::LOCVARS)
        || scan.is_at(&f::LINEINFO)
        || scan.is_at(&f::ABSLINEINFO)
        || scan.is_at(&f::P)
        || scan.is_at(&f::PROTO_END)
}

/// Returns the token of an instruction's opcode.
fn name<D: TerseDialect>(extension: &Extension, i: Instruction) -> String {
    tokens::opcode(extension.row_of::<D>(D::op(i)).name())
}
