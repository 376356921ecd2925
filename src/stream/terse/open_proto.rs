//! A function that is being parsed: its upvalues, and what follows its code.

use super::code::{OpenCode, Turn};
use super::dialect::TerseDialect;
use super::open_marks::OpenMarks;
use super::scopes::nest;
use crate::bytes::{TryPush, try_collect, try_own};
use crate::chunk::{
    AbsLineInfo, Extension, LocVar, PackedWords, Proto, RelativeLines, Step, Upvaldesc, pack_lines,
    unpack_lines,
};
use crate::stream::error::StreamProblem;
use crate::stream::fragments::{Fragment, terse as f};
use crate::stream::scan::{Halt, Position, Scan, Scanned, Spot, one_of, show};

/// A function that is being parsed.
pub(super) struct TerseProto<D> {
    pub p: Proto<'static>,
    pub code: OpenCode<D>,
    /// The section that comes next.
    pub section: TerseSection,
    /// The start of that section, if it has a token and no element yet.
    pub begun: Option<Spot>,
    /// The place of an error that became known after it.
    pub fault: Option<Step>,
}

#[derive(Clone, Copy, Default, PartialEq, PartialOrd)]
pub(super) enum TerseSection {
    #[default]
    Upvalues,
    /// What stands for the rest of a function inside an outline.
    Hole,
    Code,
    Constants,
    LocVars,
    LineInfo,
    AbsLineInfo,
    Protos,
    End,
}

impl<D> Default for TerseProto<D> {
    fn default() -> Self {
        TerseProto {
            p: Proto::default(),
            code: OpenCode::default(),
            section: TerseSection::default(),
            begun: None,
            fault: None,
        }
    }
}

impl<D: TerseDialect> TerseProto<D> {
    /// Returns the place of the next element.
    pub fn step(&self) -> Option<Step> {
        let p = &self.p;
        self.fault.or(match self.section {
            TerseSection::Upvalues => Some(Step::Upvalue(p.upvalues.len())),
            TerseSection::Code => Some(Step::Instruction(self.code.len())),
            TerseSection::Constants => Some(Step::Constant(self.code.refers.constants.k.len())),
            TerseSection::LocVars => Some(Step::Local(p.locvars.len())),
            TerseSection::LineInfo => Some(Step::Line(p.lineinfo.len())),
            TerseSection::Hole
            | TerseSection::AbsLineInfo
            | TerseSection::Protos
            | TerseSection::End => None,
        })
    }

    /// Reads upvalues, with their marks if this is an outline or, at an index, a hole in it.
    pub fn upvalues(
        &mut self,
        extension: &Extension,
        scan: &mut Scan,
        taken: &mut Position,
        mut marks: Option<&mut OpenMarks>,
        hole: Option<usize>,
    ) -> Scanned<()> {
        loop {
            scan.whole_token()?;
            if !is_upvalue(scan.rest()) {
                self.section = match hole {
                    None => TerseSection::Code,
                    Some(_) => TerseSection::Hole,
                };
                return Ok(());
            }
            let i = self.p.upvalues.len();
            if !D::HAS_PLACES && i == usize::from(u8::MAX) {
                return Err(scan.refused("code: a function has at most 255 upvalues"));
            }
            match f::U.get(i) {
                Some(token) => scan.fragment(token)?,
                None => {
                    scan.fragment(&f::ANY_U)?;
                    scan.exactly(i)?;
                }
            }
            let (instack, idx) = match D::HAS_PLACES {
                true => place(scan)?,
                false => Default::default(),
            };
            let kind = if D::VERSION.has_kinds() || extension.has_kinds {
                kind(scan)?
            } else {
                0
            };
            let name = match scan.optional(&f::NAME)? {
                true => Some(try_own(scan.text()?)?),
                false => None,
            };
            let upvalue = Upvaldesc {
                name,
                instack,
                idx,
                kind,
            };
            if let Some(marks) = &mut marks {
                marks.mark(D::VERSION, scan, hole, i, &upvalue)?;
            }
            self.p.upvalues.try_push(upvalue)?;
            *taken = scan.position();
        }
    }

    /// Reads what stands for the rest of a function inside an outline.
    pub fn hole(&mut self, scan: &mut Scan) -> Scanned<()> {
        scan.fragment(&f::HOLE)?;
        self.section = TerseSection::End;
        Ok(())
    }

    /// Reads code, up to a function inside it or to its end.
    pub fn code(
        &mut self,
        extension: &Extension,
        scan: &mut Scan,
        taken: &mut Position,
        line: &mut i32,
    ) -> Scanned<Turn> {
        let turn = self.code.read(extension, &mut self.p, scan, taken, line)?;
        if let Turn::End = turn {
            self.section = TerseSection::Constants;
            if let Err((pc, halt)) = self.code.finish(extension, &mut self.p) {
                self.fault = Some(Step::Instruction(pc));
                return Err(halt);
            }
        }
        Ok(turn)
    }

    pub fn constants(
        &mut self,
        extension: &Extension,
        scan: &mut Scan,
        taken: &mut Position,
    ) -> Scanned<()> {
        loop {
            if !self.code.refers.constants.rest::<D>(extension, scan)? {
                break;
            }
            *taken = scan.position();
        }
        self.p.k = std::mem::take(&mut self.code.refers.constants.k);
        self.next_section(extension, scan)
    }

    pub fn locvars(
        &mut self,
        extension: &Extension,
        scan: &mut Scan,
        taken: &mut Position,
    ) -> Scanned<()> {
        loop {
            scan.whole_token()?;
            if !scan.accept(&f::LOCVAR) {
                break;
            }
            let varname = scan.name()?;
            scan.fragment(&f::STARTPC)?;
            let startpc = scan.integer(D::LEAST_INT, i32::MAX)?;
            scan.fragment(&f::ENDPC)?;
            let endpc = scan.integer(D::LEAST_INT, i32::MAX)?;
            self.p.locvars.try_push(&LocVar {
                varname,
                startpc,
                endpc,
            })?;
            *taken = scan.position();
        }
        if nest(&self.p) {
            return Err(self.misplaced(
                &f::LOCVARS,
                "<|LocVar|> at the start of each variable instead",
            ));
        }
        self.next_section(extension, scan)
    }

    pub fn lineinfo(
        &mut self,
        extension: &Extension,
        scan: &mut Scan,
        taken: &mut Position,
    ) -> Scanned<()> {
        while matches!(scan.peek()?, b'0'..=b'9' | b'-') {
            let line = scan.integer(i32::MIN, i32::MAX)?;
            scan.fragment(&f::LINE_PAD)?;
            self.p.lineinfo.try_push(line)?;
            *taken = scan.position();
        }
        let lines = self.p.lineinfo.len();
        if lines == self.p.code.len() || lines == 0 {
            let wanted = match lines {
                0 => "<|/Proto|>, as there are no lines",
                _ => "a line before the first instruction",
            };
            return Err(self.misplaced(&f::LINEINFO, wanted));
        }
        scan.whole_token()?;
        self.next_section(extension, scan)
    }

    /// Reads how the chunk stores the lines, of which none is less than `least`.
    pub fn stored_lines(
        &mut self,
        extension: &Extension,
        scan: &mut Scan,
        taken: &mut Position,
        least: i32,
    ) -> Scanned<()> {
        let stored = self.p.stored_lines.get_or_insert_default();
        while matches!(scan.peek()?, b'0'..=b'9' | b'-') {
            let distance = scan.integer(i8::MIN.into(), i8::MAX.into())?;
            scan.fragment(&f::LINE_PAD)?;
            stored.lineinfo.try_push(distance as i8)?;
            *taken = scan.position();
        }
        loop {
            scan.whole_token()?;
            if !scan.accept(&f::ABS_PC) {
                break;
            }
            let pc = scan.integer(D::LEAST_ABSOLUTE, i32::MAX)?;
            scan.fragment(&f::ABS_LINE)?;
            let line = scan.integer(least, i32::MAX)?;
            stored.abslineinfo.try_push(AbsLineInfo { pc, line })?;
            *taken = scan.position();
        }
        let (lines, usual) = match extension.has_packed_lines {
            true => of_packed(stored, &self.p.lineinfo)?,
            false => (
                stored.lines(self.p.linedefined)?,
                RelativeLines::of(&self.p.lineinfo, self.p.linedefined)?,
            ),
        };
        let wanted = if lines != self.p.lineinfo {
            "<|/Proto|>, as these lines differ from those of the code"
        } else if *stored.as_ref() == usual {
            "<|/Proto|>, as luac stores the lines like this anyway"
        } else {
            return self.next_section(extension, scan);
        };
        Err(self.misplaced(&f::ABSLINEINFO, wanted))
    }

    /// Continues with the section whose token is here.
    fn next_section(&mut self, extension: &Extension, scan: &mut Scan) -> Scanned<()> {
        let before = *scan;
        let last = std::mem::replace(&mut self.section, TerseSection::End);
        if last < TerseSection::LocVars && scan.accept(&f::LOCVARS) {
            if !self.p.locvars.is_empty() {
                return Err(before.refused("<|/Proto|>, as the variables are already in the code"));
            }
            self.section = TerseSection::LocVars;
        } else if last < TerseSection::LineInfo && scan.accept(&f::LINEINFO) {
            if !self.p.lineinfo.is_empty() {
                return Err(before.refused("<|/Proto|>, as the lines are already in the code"));
            }
            self.section = TerseSection::LineInfo;
        } else if (D::VERSION.has_relative_lines() || extension.has_packed_lines)
            && last < TerseSection::AbsLineInfo
            && scan.accept(&f::ABSLINEINFO)
        {
            self.section = TerseSection::AbsLineInfo;
        } else if scan.accept(&f::P) {
            self.section = TerseSection::Protos;
        }
        self.begun = Some(before.spot());
        Ok(())
    }

    /// Refuses a section that should not be there, which is clear only at its end.
    #[cold]
    fn misplaced<const N: usize>(&self, token: &Fragment<N>, wanted: &str) -> Halt {
        let problem = StreamProblem::Expected {
            expected: wanted.to_owned(),
            found: show(token.tokens()),
        };
        self.begun.expect("the section has begun").problem(problem)
    }
}

/// Returns the lines that packed ones stand for, and the packed form of the lines of the code.
fn of_packed(
    stored: &RelativeLines,
    lines: &PackedWords<i32>,
) -> Scanned<(PackedWords<'static, i32>, RelativeLines)> {
    let packed = try_collect(stored.lineinfo.iter().map(|byte| *byte as u8))?;
    let usual = pack_lines(lines)?;
    let usual = RelativeLines {
        lineinfo: try_collect(usual.iter().map(|byte| *byte as i8))?,
        abslineinfo: Vec::new(),
    };
    Ok((unpack_lines(&packed, lines.len())?, usual))
}

/// Returns whether an upvalue is here, and not the name of one.
fn is_upvalue(rest: &[u8]) -> bool {
    matches!(rest, [b'<', b'|', b'U', b'0'..=b'9' | b'|', ..])
}

/// Takes the kind of an upvalue, which is written if it is not 0.
fn kind(scan: &mut Scan) -> Scanned<u8> {
    scan.whole_token()?;
    let before = *scan;
    match scan.any_value(&f::N[..256]) {
        Some(0) => Err(before.refused("no kind, as 0 is the default")),
        kind => Ok(kind.unwrap_or_default() as u8),
    }
}

/// Takes the place of an upvalue in the enclosing function.
fn place(scan: &mut Scan) -> Scanned<(u8, u8)> {
    if let Some(idx) = scan.any_value(&f::U) {
        return Ok((0, idx as u8));
    }
    if let Some(idx) = scan.any_value(&f::R) {
        return Ok((1, idx as u8));
    }
    let before = *scan;
    match scan.any_value(&f::N[..256]) {
        Some(instack @ 2..) => Ok((instack as u8, scan.value(&f::N[..256])? as u8)),
        _ => Err(before.expected(&format!(
            "{}, {} or {}",
            one_of(&f::U),
            one_of(&f::R),
            one_of(&f::N[2..256])
        ))),
    }
}
