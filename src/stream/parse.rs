//! A stream back to its tree of functions. `emit.rs` is mirrored here, list by list.
//!
//! The parser is fed: it takes what is complete of the bytes at hand and waits for more, so that a
//! stream need never be held whole.

use super::error::{ParseError, StreamProblem};
use super::fragments as f;
use super::instruction::instruction;
use super::number::DIGITS_END;
use super::scan::{Place, Result, Scan, Stop};
use super::sink::ROOM;
use crate::path::{Path, Step};
use crate::proto::{Chunk, LocVar, MAX_DEPTH, Proto, Upvaldesc};

/// Turns the bytes of a stream, as they come, into a chunk.
#[derive(Default)]
pub struct Parser {
    /// The function being read, last, and those around it.
    stack: Vec<Frame>,
    nupvalues: u8,
    done: Option<Chunk<'static>>,
    /// The line, counted from 0, and how many bytes of it have been taken.
    line: usize,
    column: usize,
}

/// A function of which some is still to come.
struct Frame {
    p: Proto<'static>,
    sizes: Sizes,
    /// What comes next.
    section: Section,
}

/// The sizes that the header of a function promises.
struct Sizes {
    upvalues: usize,
    k: usize,
    code: usize,
    lineinfo: usize,
    p: usize,
    locvars: usize,
}

#[derive(Clone, Copy)]
enum Section {
    Constants,
    Code,
    LineInfo,
    LocVars,
    Upvalues,
    Source,
    Protos,
}

impl Parser {
    /// Takes as much of `bytes` as is complete, up to the end of a chunk, and leaves the rest. That
    /// is to be given again, with more after it, unless these bytes are the `last`.
    ///
    /// # Errors
    /// The first place where the stream is not one that the emitter writes, white space between
    /// tokens aside. The parser cannot go on after it.
    pub fn feed(
        &mut self,
        bytes: &mut &[u8],
        last: bool,
    ) -> std::result::Result<(), Box<ParseError>> {
        let mut scan = Scan::new(bytes, self.line, self.column, last);
        let mut taken = scan.place();
        let stopped = self.run(&mut scan, &mut taken);
        self.line = taken.line;
        self.column = (taken.offset as isize - taken.line_start) as usize;
        *bytes = &bytes[taken.offset..];
        match stopped {
            Ok(()) | Err(Stop::More) => Ok(()),
            Err(Stop::Error(mut error)) => {
                error.path = self.path();
                Err(error)
            }
        }
    }

    /// The chunk, once it is complete.
    pub fn take(&mut self) -> Option<Chunk<'static>> {
        self.done.take()
    }

    /// A parser of what begins with this line, counted from 0.
    pub(crate) fn at_line(line: usize) -> Self {
        Parser {
            line,
            ..Parser::default()
        }
    }

    /// The line, counted from 0, that the bytes taken so far end in.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// Takes element after element, each whole, and keeps in `taken` how far that is.
    fn run(&mut self, scan: &mut Scan, taken: &mut Place) -> Result<()> {
        while self.done.is_none() {
            match self.stack.last_mut() {
                None => {
                    scan.skip_space();
                    *taken = scan.place();
                    if scan.rest().is_empty() {
                        return Ok(());
                    }
                    if scan.rest()[0] == 0x1B {
                        return Err(scan.problem(StreamProblem::Chunk));
                    }
                    self.function(scan)?;
                }
                Some(frame) => match frame.section {
                    Section::Constants => frame.constants(scan, taken)?,
                    Section::Code => frame.code(scan, taken)?,
                    Section::LineInfo => frame.lineinfo(scan, taken)?,
                    Section::LocVars => frame.locvars(scan, taken)?,
                    Section::Upvalues => frame.upvalues(scan, taken)?,
                    Section::Source => self.source(scan)?,
                    Section::Protos => self.protos(scan)?,
                },
            }
            *taken = scan.place();
        }
        Ok(())
    }

    fn function(&mut self, scan: &mut Scan) -> Result<()> {
        if self.stack.len() > MAX_DEPTH {
            return Err(scan.problem(StreamProblem::Depth));
        }
        scan.fragment(&f::PROTO)?;
        let nupvalues = match self.stack.is_empty() {
            true => scan.value(&f::NUPVALUES)? as u8,
            false => self.nupvalues,
        };
        let mut p = Proto {
            numparams: scan.value(&f::NUMPARAMS)? as u8,
            is_vararg: scan.value(&f::IS_VARARG)? as u8,
            maxstacksize: scan.value(&f::MAXSTACKSIZE)? as u8,
            ..Proto::default()
        };
        let size = |scan: &mut Scan| Ok(scan.integer(0, i32::MAX)? as usize);
        scan.fragment(&f::SIZEUPVALUES)?;
        let upvalues = size(scan)?;
        scan.fragment(&f::SIZEK)?;
        let k = size(scan)?;
        scan.fragment(&f::SIZECODE)?;
        let code = size(scan)?;
        scan.fragment(&f::SIZELINEINFO)?;
        let lineinfo = size(scan)?;
        scan.fragment(&f::SIZEP)?;
        let functions = size(scan)?;
        scan.fragment(&f::SIZELOCVARS)?;
        let locvars = size(scan)?;
        scan.fragment(&f::LINEDEFINED)?;
        p.linedefined = scan.integer(i32::MIN, i32::MAX)?;
        scan.fragment(&f::LASTLINEDEFINED)?;
        p.lastlinedefined = scan.integer(i32::MIN, i32::MAX)?;
        scan.fragment(&f::K)?;
        self.nupvalues = nupvalues;
        let sizes = Sizes {
            upvalues,
            k,
            code,
            lineinfo,
            p: functions,
            locvars,
        };
        p.code.reserve(few(code));
        p.lineinfo.reserve(few(lineinfo));
        self.stack.push(Frame {
            p,
            sizes,
            section: Section::Constants,
        });
        Ok(())
    }

    fn source(&mut self, scan: &mut Scan) -> Result<()> {
        let (frame, around) = self
            .stack
            .split_last_mut()
            .expect("a section has a function");
        let before = *scan;
        frame.p.source = scan.owned_name()?;
        let parent = around.last().and_then(|parent| parent.p.source.as_ref());
        if frame.p.source.is_none() && parent.is_some() {
            return Err(before.problem(StreamProblem::LostSource));
        }
        scan.fragment(&f::P)?;
        frame.section = Section::Protos;
        Ok(())
    }

    fn protos(&mut self, scan: &mut Scan) -> Result<()> {
        let frame = self.stack.last().expect("a section has a function");
        if frame.p.p.len() < frame.sizes.p {
            scan.fragment(&f::P_IDX)?;
            index(scan, frame.p.p.len(), "function")?;
            scan.fragment(&f::P_IDX_END)?;
            return self.function(scan);
        }
        scan.fragment(&f::PROTO_END)?;
        let p = self.stack.pop().expect("a section has a function").p;
        match self.stack.last_mut() {
            Some(parent) => parent.p.p.push(p),
            None => {
                self.done = Some(Chunk {
                    nupvalues: self.nupvalues,
                    main: p,
                })
            }
        }
        Ok(())
    }

    /// Where in the tree the parser is.
    fn path(&self) -> Path {
        let around = self.stack.iter().rev().skip(1).rev();
        let mut steps: Vec<Step> = around
            .map(|frame| Step::Function(frame.p.p.len()))
            .collect();
        steps.extend(self.stack.last().and_then(Frame::step));
        Path(steps)
    }
}

impl Frame {
    /// The element that comes next.
    fn step(&self) -> Option<Step> {
        let (p, sizes) = (&self.p, &self.sizes);
        let (step, index, size): (fn(usize) -> Step, usize, usize) = match self.section {
            Section::Constants => (Step::Constant, p.k.len(), sizes.k),
            Section::Code => (Step::Instruction, p.code.len(), sizes.code),
            Section::LineInfo => (Step::Line, p.lineinfo.len(), sizes.lineinfo),
            Section::LocVars => (Step::Local, p.locvars.len(), sizes.locvars),
            Section::Upvalues => (Step::Upvalue, p.upvalues.len(), sizes.upvalues),
            Section::Source => return Some(Step::Source),
            Section::Protos => (Step::Function, p.p.len(), sizes.p),
        };
        (index < size).then(|| step(index))
    }

    fn constants(&mut self, scan: &mut Scan, taken: &mut Place) -> Result<()> {
        while self.p.k.len() < self.sizes.k {
            scan.fragment(&f::K_IDX)?;
            index(scan, self.p.k.len(), "constant")?;
            scan.fragment(&f::CONSTANT)?;
            let constant = scan.constant()?;
            scan.fragment(&f::CONSTANT_END)?;
            self.p.k.push(&constant);
            *taken = scan.place();
        }
        scan.fragment(&f::CODE)?;
        self.section = Section::Code;
        Ok(())
    }

    fn code(&mut self, scan: &mut Scan, taken: &mut Place) -> Result<()> {
        let mut room = [0; ROOM];
        while self.p.code.len() < self.sizes.code {
            let pc = self.p.code.len();
            scan.fragment(&f::CODE_IDX)?;
            index(scan, pc, "instruction")?;
            let instruction = instruction(scan, &mut room)?;
            let target = instruction.jump_target(self.p.code.last(), pc, self.sizes.code);
            if let Some(target) = target {
                scan.fragment(&f::JUMP_TARGET)?;
                let before = *scan;
                let found = scan.integer(0, i32::MAX)?;
                if found != target as i32 {
                    let with = format!("instruction {pc} with sBx={}", instruction.sbx());
                    return Err(does_not_fit(&before, found, with, "target", target));
                }
                scan.fragment(&f::JUMP_TARGET_END)?;
            }
            self.p.code.push(instruction);
            *taken = scan.place();
        }
        scan.fragment(&f::LINEINFO)?;
        self.section = Section::LineInfo;
        Ok(())
    }

    fn lineinfo(&mut self, scan: &mut Scan, taken: &mut Place) -> Result<()> {
        while self.p.lineinfo.len() < self.sizes.lineinfo {
            if self.p.lineinfo.is_empty() {
                scan.fragment(&f::LINES)?;
            }
            let line = scan.integer(i32::MIN, i32::MAX)?;
            scan.fragment(&f::LINE_PAD)?;
            if self.p.lineinfo.len() + 1 == self.sizes.lineinfo {
                scan.fragment(&f::LINES_END)?;
            }
            self.p.lineinfo.push(line);
            *taken = scan.place();
        }
        scan.fragment(&f::LOCVARS)?;
        self.section = Section::LocVars;
        Ok(())
    }

    fn locvars(&mut self, scan: &mut Scan, taken: &mut Place) -> Result<()> {
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
            self.p.locvars.push(&LocVar {
                varname,
                startpc,
                endpc,
            });
            *taken = scan.place();
        }
        scan.fragment(&f::UPVALUES)?;
        self.section = Section::Upvalues;
        Ok(())
    }

    fn upvalues(&mut self, scan: &mut Scan, taken: &mut Place) -> Result<()> {
        while self.p.upvalues.len() < self.sizes.upvalues {
            scan.fragment(&f::UPVALUES_IDX)?;
            index(scan, self.p.upvalues.len(), "upvalue")?;
            scan.fragment(&f::NAME)?;
            let name = scan.owned_name()?;
            scan.fragment(&f::NAME_END)?;
            let instack = scan.value(&f::INSTACK)? as u8;
            let idx = scan.value(&f::IDX)? as u8;
            scan.fragment(&f::UPVALDESC_END)?;
            self.p.upvalues.push(Upvaldesc { name, instack, idx });
            *taken = scan.place();
        }
        scan.fragment(&f::SOURCE)?;
        self.section = Section::Source;
        Ok(())
    }
}

/// An index, which must be that of the element that comes next.
#[inline(always)]
fn index(scan: &mut Scan, wanted: usize, element: &str) -> Result<()> {
    if wanted < DIGITS_END as usize && scan.passes(wanted as u32) {
        return Ok(());
    }
    another_index(scan, wanted, element)
}

#[cold]
fn another_index(scan: &mut Scan, wanted: usize, element: &str) -> Result<()> {
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
fn does_not_fit(at: &Scan, found: i32, with: String, what: &str, value: impl ToString) -> Stop {
    let (found, what, value) = (found.to_string(), what.to_owned(), value.to_string());
    at.problem(StreamProblem::DoesNotFit {
        found,
        with,
        what,
        value,
    })
}

/// A size is a claim: so many elements are made room for at once, and no more.
fn few(size: usize) -> usize {
    size.min(1 << 16)
}
