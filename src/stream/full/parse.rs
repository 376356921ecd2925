//! A stream back to its tree of functions. With `frame.rs` it mirrors `emit.rs`, list by list.
//!
//! The parser is fed: it takes what is complete of the bytes at hand and waits for more, so that a
//! stream need never be held whole.

use super::frame::{Frame, Section, Sizes, index};
use crate::bytes::{Step, TreePath};
use crate::chunk::{Chunk, MAX_DEPTH, Proto, Version};
use crate::stream::error::{ParseError, StreamProblem};
use crate::stream::fragments as f;
use crate::stream::scan::{Place, Result, Scan, Stop};

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
                    version: Version::Lua53,
                    nupvalues: self.nupvalues,
                    main: p,
                })
            }
        }
        Ok(())
    }

    /// Where in the tree the parser is.
    fn path(&self) -> TreePath {
        let around = self.stack.iter().rev().skip(1).rev();
        let mut steps: Vec<Step> = around
            .map(|frame| Step::Function(frame.p.p.len()))
            .collect();
        steps.extend(self.stack.last().and_then(Frame::step));
        TreePath(steps)
    }
}

/// A size is a claim: so many elements are made room for at once, and no more.
fn few(size: usize) -> usize {
    size.min(1 << 16)
}
