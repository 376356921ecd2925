//! Parses a full stream into a tree. With `open_proto.rs` it mirrors `emit.rs`, list by list.

use std::sync::Arc;

use super::open_proto::{FullProto, FullSection, Sizes, index};
use crate::bytes::TryPush;
use crate::chunk::{Chunk, Extension, MAX_DEPTH, Proto, Step, TreePath};
use crate::stream::error::StreamProblem;
use crate::stream::fragments::full as f;
use crate::stream::scan::{Position, Scan, Scanned};
use crate::version::Version;

/// The parser of one full stream.
#[derive(Default)]
pub(crate) struct FullParser {
    /// What a dialect adds to Lua 5.3.
    extension: Option<Arc<Extension>>,
    /// The functions being parsed, the innermost last.
    stack: Vec<FullProto>,
    nupvalues: u8,
    done: Option<Chunk<'static>>,
}

impl FullParser {
    pub fn new(extension: Option<Arc<Extension>>) -> Self {
        FullParser {
            extension,
            ..FullParser::default()
        }
    }

    /// Takes whole elements one after another, and keeps `taken` at the end of the last one.
    pub fn run(&mut self, scan: &mut Scan, taken: &mut Position) -> Scanned<Chunk<'static>> {
        let extension = self.extension.clone();
        let extension = extension.as_deref().unwrap_or(Extension::NONE);
        loop {
            match self.stack.last_mut() {
                None => self.function(scan)?,
                Some(open) => match open.section {
                    FullSection::Constants => open.constants(extension, scan, taken)?,
                    FullSection::Code => open.code(extension, scan, taken)?,
                    FullSection::LineInfo => open.lineinfo(scan, taken)?,
                    FullSection::LocVars => open.locvars(scan, taken)?,
                    FullSection::Upvalues => open.upvalues(scan, taken)?,
                    FullSection::Source => self.source(scan)?,
                    FullSection::Protos => self.protos(scan)?,
                },
            }
            *taken = scan.position();
            if let Some(chunk) = self.done.take() {
                return Ok(chunk);
            }
        }
    }

    fn function(&mut self, scan: &mut Scan) -> Scanned<()> {
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
        let size = |scan: &mut Scan| scan.integer(0, i32::MAX).map(|size| size as usize);
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
        p.code.try_reserve(few(code))?;
        p.lineinfo.try_reserve(few(lineinfo))?;
        self.stack.push(FullProto {
            p,
            sizes,
            section: FullSection::Constants,
        });
        Ok(())
    }

    fn source(&mut self, scan: &mut Scan) -> Scanned<()> {
        let (open, around) = self
            .stack
            .split_last_mut()
            .expect("a section has a function");
        let before = *scan;
        open.p.source = scan.owned_name()?;
        let parent = around.last().and_then(|parent| parent.p.source.as_ref());
        if open.p.source.is_none() && parent.is_some() {
            return Err(before.problem(StreamProblem::LostSource));
        }
        scan.fragment(&f::P)?;
        open.section = FullSection::Protos;
        Ok(())
    }

    fn protos(&mut self, scan: &mut Scan) -> Scanned<()> {
        let open = self.stack.last().expect("a section has a function");
        if open.p.p.len() < open.sizes.p {
            scan.fragment(&f::P_IDX)?;
            index(scan, open.p.p.len(), "function")?;
            scan.fragment(&f::P_IDX_END)?;
            return self.function(scan);
        }
        scan.fragment(&f::PROTO_END)?;
        let p = self.stack.pop().expect("a section has a function").p;
        match self.stack.last_mut() {
            Some(parent) => parent.p.p.try_push(p)?,
            None => {
                self.done = Some(Chunk {
                    version: Version::Lua53,
                    extension: self.extension.take(),
                    nupvalues: self.nupvalues,
                    main: p,
                })
            }
        }
        Ok(())
    }

    /// Returns the parser's place in the tree.
    pub fn path(&self) -> TreePath {
        let around = self.stack.iter().rev().skip(1).rev();
        let mut steps: Vec<Step> = around.map(|open| Step::Function(open.p.p.len())).collect();
        steps.extend(self.stack.last().and_then(FullProto::step));
        TreePath(steps)
    }
}

/// Limits the elements that room is made for at once: a size is only a claim.
fn few(size: usize) -> usize {
    size.min(1 << 16)
}
