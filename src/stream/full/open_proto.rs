//! A function that is being parsed: its lists, one after another.

use super::instruction::instruction;
use super::links::jump_target;
use crate::bytes::{DIGITS_END, TryPush};
use crate::chunk::{Constant, Extension, LocVar, Proto, Step, Upvaldesc};
use crate::opcodes::InstructionSet;
use crate::stream::error::StreamProblem;
use crate::stream::fragments::full as f;
use crate::stream::scan::{Halt, Position, Scan, Scanned};
use crate::stream::sink::MAX_ELEMENT_BYTES;
use crate::version::Lua53;

/// A function that is being parsed.
pub(super) struct FullProto {
    pub p: Proto<'static>,
    pub sizes: Sizes,
    /// The section that comes next.
    pub section: FullSection,
}

/// The sizes in the header of a function.
pub(super) struct Sizes {
    pub upvalues: usize,
    pub k: usize,
    pub code: usize,
    pub lineinfo: usize,
    pub p: usize,
    pub locvars: usize,
}

#[derive(Clone, Copy)]
pub(super) enum FullSection {
    Constants,
    Code,
    LineInfo,
    LocVars,
    Upvalues,
    Source,
    Protos,
}

impl FullProto {
    /// Returns the place of the next element.
    pub fn step(&self) -> Option<Step> {
        let (p, sizes) = (&self.p, &self.sizes);
        let (step, index, size): (fn(usize) -> Step, usize, usize) = match self.section {
            FullSection::Constants => (Step::Constant, p.k.len(), sizes.k),
            FullSection::Code => (Step::Instruction, p.code.len(), sizes.code),
            FullSection::LineInfo => (Step::Line, p.lineinfo.len(), sizes.lineinfo),
            FullSection::LocVars => (Step::Local, p.locvars.len(), sizes.locvars),
            FullSection::Upvalues => (Step::Upvalue, p.upvalues.len(), sizes.upvalues),
            FullSection::Source => return Some(Step::Source),
            FullSection::Protos => (Step::Function, p.p.len(), sizes.p),
        };
        (index < size).then(|| step(index))
    }

    pub fn constants(
        &mut self,
        extension: &Extension,
        scan: &mut Scan,
        taken: &mut Position,
    ) -> Scanned<()> {
        while self.p.k.len() < self.sizes.k {
            scan.fragment(&f::K_IDX)?;
            index(scan, self.p.k.len(), "constant")?;
            scan.fragment(&f::CONSTANT)?;
            let constant = match extension.has_null && scan.optional(&f::NULL)? {
                true => Constant::Null,
                false => scan.constant()?,
            };
            scan.fragment(&f::CONSTANT_END)?;
            self.p.k.try_push(&constant)?;
            *taken = scan.position();
        }
        scan.fragment(&f::CODE)?;
        self.section = FullSection::Code;
        Ok(())
    }

    pub fn code(
        &mut self,
        extension: &Extension,
        scan: &mut Scan,
        taken: &mut Position,
    ) -> Scanned<()> {
        let mut room = [0; MAX_ELEMENT_BYTES];
        while self.p.code.len() < self.sizes.code {
            let pc = self.p.code.len();
            scan.fragment(&f::CODE_IDX)?;
            index(scan, pc, "instruction")?;
            let instruction = instruction(extension, scan, &mut room)?;
            let before = self.p.code.last();
            let target = jump_target(extension, instruction, before, pc, self.sizes.code);
            if let Some(target) = target {
                scan.fragment(&f::JUMP_TARGET)?;
                let before = *scan;
                let found = scan.integer(0, i32::MAX)?;
                if found != target as i32 {
                    let sbx = Lua53::LAYOUT.bx.signed(instruction);
                    let with = format!("instruction {pc} with sBx={sbx}");
                    return Err(does_not_fit(&before, found, with, "target", target));
                }
                scan.fragment(&f::JUMP_TARGET_END)?;
            }
            self.p.code.try_push(instruction)?;
            *taken = scan.position();
        }
        scan.fragment(&f::LINEINFO)?;
        self.section = FullSection::LineInfo;
        Ok(())
    }

    pub fn lineinfo(&mut self, scan: &mut Scan, taken: &mut Position) -> Scanned<()> {
        while self.p.lineinfo.len() < self.sizes.lineinfo {
            if self.p.lineinfo.is_empty() {
                scan.fragment(&f::LINES)?;
            }
            let line = scan.integer(i32::MIN, i32::MAX)?;
            scan.fragment(&f::LINE_PAD)?;
            if self.p.lineinfo.len() + 1 == self.sizes.lineinfo {
                scan.fragment(&f::LINES_END)?;
            }
            self.p.lineinfo.try_push(line)?;
            *taken = scan.position();
        }
        scan.fragment(&f::LOCVARS)?;
        self.section = FullSection::LocVars;
        Ok(())
    }

    pub fn locvars(&mut self, scan: &mut Scan, taken: &mut Position) -> Scanned<()> {
        while self.p.locvars.len() < self.sizes.locvars {
            scan.fragment(&f::LOCVARS_IDX)?;
            index(scan, self.p.locvars.len(), "local")?;
            scan.fragment(&f::VARNAME)?;
            let varname = scan.name()?;
            scan.fragment(&f::STARTPC)?;
            let startpc = scan.integer(i32::MIN, i32::MAX)?;
            scan.fragment(&f::ENDPC)?;
            let endpc = scan.integer(i32::MIN, i32::MAX)?;
            scan.fragment(&f::LOCVAR_END)?;
            self.p.locvars.try_push(&LocVar {
                varname,
                startpc,
                endpc,
            })?;
            *taken = scan.position();
        }
        scan.fragment(&f::UPVALUES)?;
        self.section = FullSection::Upvalues;
        Ok(())
    }

    pub fn upvalues(&mut self, scan: &mut Scan, taken: &mut Position) -> Scanned<()> {
        while self.p.upvalues.len() < self.sizes.upvalues {
            scan.fragment(&f::UPVALUES_IDX)?;
            index(scan, self.p.upvalues.len(), "upvalue")?;
            scan.fragment(&f::NAME)?;
            let name = scan.owned_name()?;
            scan.fragment(&f::NAME_END)?;
            let instack = scan.value(&f::INSTACK)? as u8;
            let idx = scan.value(&f::IDX)? as u8;
            scan.fragment(&f::UPVALDESC_END)?;
            self.p.upvalues.try_push(Upvaldesc {
                name,
                instack,
                idx,
                kind: 0,
            })?;
            *taken = scan.position();
        }
        scan.fragment(&f::SOURCE)?;
        self.section = FullSection::Source;
        Ok(())
    }
}

/// Takes an index, which must be that of the next element.
#[inline(always)]
pub(super) fn index(scan: &mut Scan, wanted: usize, element: &str) -> Scanned<()> {
    if wanted < DIGITS_END as usize && scan.accept_number(wanted as u32) {
        return Ok(());
    }
    another_index(scan, wanted, element)
}

#[cold]
fn another_index(scan: &mut Scan, wanted: usize, element: &str) -> Scanned<()> {
    scan.skip_space();
    let before = *scan;
    let found = scan.integer(0, i32::MAX)?;
    if found as usize == wanted {
        return Ok(());
    }
    Err(does_not_fit(
        &before,
        found,
        format!("{element} {wanted}"),
        "index",
        wanted,
    ))
}

#[cold]
fn does_not_fit(at: &Scan, found: i32, with: String, what: &str, value: impl ToString) -> Halt {
    let (found, what, value) = (found.to_string(), what.to_owned(), value.to_string());
    at.problem(StreamProblem::DoesNotFit {
        found,
        with,
        what,
        value,
    })
}
