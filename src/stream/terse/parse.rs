//! Parses a terse stream into a tree: the function as a whole. `open_proto.rs` and `code.rs` parse
//! its contents.

use std::sync::Arc;

use super::code::Turn;
use super::dialect::TerseDialect;
use super::lines::line;
use super::open_marks::OpenMarks;
use super::open_proto::{TerseProto, TerseSection};
use super::outline::Outline;
use crate::bytes::{TryPush, try_own};
use crate::chunk::{Chunk, Extension, MAX_DEPTH, Proto, RelativeLines, Step, TreePath};
use crate::stream::error::StreamProblem;
use crate::stream::fragments::terse as f;
use crate::stream::scan::{Position, Scan, Scanned, Spot, show};
use crate::version::{Version, with_version};

/// The parser of one terse stream of any version.
pub(crate) trait Parse {
    /// Takes whole elements one after another, and keeps `taken` at the end of the last one.
    fn run(&mut self, scan: &mut Scan, taken: &mut Position) -> Scanned<Chunk<'static>>;

    /// Makes an outline of what was parsed, with its marks.
    fn outline(&mut self, parsed: Chunk<'static>) -> Outline<'static>;

    /// Returns the parser's place in the tree.
    fn path(&self) -> TreePath;
}

/// Returns a parser of terse streams or of outlines of a version, after the token that names the
/// version.
pub(crate) fn parser(
    version: Version,
    is_outline: bool,
    extension: Option<Arc<Extension>>,
) -> Box<dyn Parse> {
    with_version!(version, V => Box::new(TerseParser::<V> {
        extension,
        marks: is_outline.then(OpenMarks::default),
        ..TerseParser::default()
    }))
}

/// The parser of one terse stream of a version.
struct TerseParser<D> {
    /// What a dialect adds to the version.
    extension: Option<Arc<Extension>>,
    /// The functions being parsed, the innermost last.
    stack: Vec<TerseProto<D>>,
    /// The line that the next one is relative to.
    line: i32,
    /// The number of upvalues of the main function's closure, if the stream has it.
    nupvalues: Option<u8>,
    /// The place of that number, or where it would be.
    nupvalues_at: Option<Spot>,
    /// The marks of an outline. Without them, this is the stream of a chunk.
    marks: Option<OpenMarks>,
    done: Option<Chunk<'static>>,
}

impl<D> Default for TerseParser<D> {
    fn default() -> Self {
        TerseParser {
            extension: None,
            stack: Vec::new(),
            line: 0,
            nupvalues: None,
            nupvalues_at: None,
            marks: None,
            done: None,
        }
    }
}

impl<D: TerseDialect> Parse for TerseParser<D> {
    fn run(&mut self, scan: &mut Scan, taken: &mut Position) -> Scanned<Chunk<'static>> {
        let extension = self.extension.clone();
        let extension = extension.as_deref().unwrap_or(Extension::NONE);
        loop {
            let hole = match self.stack.as_slice() {
                [outline, _] if self.marks.is_some() => Some(outline.p.p.len()),
                _ => None,
            };
            match self.stack.last_mut() {
                None => self.function(scan)?,
                Some(open) => match open.section {
                    TerseSection::Upvalues => {
                        open.upvalues(extension, scan, taken, self.marks.as_mut(), hole)?;
                        if hole.is_none() {
                            self.end_upvalues()?;
                        }
                    }
                    TerseSection::Hole => open.hole(scan)?,
                    TerseSection::Code => {
                        if let Turn::Function = open.code(extension, scan, taken, &mut self.line)? {
                            self.function(scan)?;
                        }
                    }
                    TerseSection::Constants => open.constants(extension, scan, taken)?,
                    TerseSection::LocVars => open.locvars(extension, scan, taken)?,
                    TerseSection::LineInfo => open.lineinfo(extension, scan, taken)?,
                    TerseSection::AbsLineInfo => {
                        let least = match self.marks {
                            None => D::LEAST_ABSOLUTE,
                            Some(_) => i32::MIN,
                        };
                        open.stored_lines(extension, scan, taken, least)?;
                    }
                    TerseSection::Protos => self.protos(scan)?,
                    TerseSection::End => self.end(scan)?,
                },
            }
            *taken = scan.position();
            if let Some(chunk) = self.done.take() {
                return Ok(chunk);
            }
        }
    }

    fn outline(&mut self, parsed: Chunk<'static>) -> Outline<'static> {
        let marks = self.marks.take().unwrap_or_default();
        Outline {
            version: parsed.version,
            extension: parsed.extension,
            is_main: marks.is_main,
            nupvalues: parsed.nupvalues,
            function: parsed.main,
            env: marks.env,
        }
    }

    fn path(&self) -> TreePath {
        let around = self.stack.iter().rev().skip(1).rev();
        let mut steps: Vec<Step> = around.map(|open| Step::Function(open.p.p.len())).collect();
        steps.extend(self.stack.last().and_then(TerseProto::step));
        TreePath(steps)
    }
}

impl<D: TerseDialect> TerseParser<D> {
    /// Takes the header of a function, from its start to its lines.
    fn function(&mut self, scan: &mut Scan) -> Scanned<()> {
        let depth = self.stack.len();
        let mut around = self.stack.last_mut();
        if let Some(around) = &mut around {
            let index = around.p.p.len();
            // An error from here on is in the function.
            around.fault = Some(Step::Function(index));
            around.code.refers.check_skipped()?;
        }
        if depth > MAX_DEPTH {
            return Err(scan.problem(StreamProblem::Depth));
        }
        scan.fragment(&f::PROTO)?;
        let (mut nupvalues, at) = (None, scan.spot());
        if D::VERSION.has_closure() && depth == 0 && scan.optional(&f::NUPVALUES)? {
            nupvalues = Some(scan.integer(0, 255)? as u8);
        }
        let parent = around.as_ref().and_then(|around| around.p.source.as_ref());
        let before = *scan;
        if let Some(marks) = &mut self.marks {
            match depth {
                0 if nupvalues.is_some() => marks.note_main(at, &f::NUPVALUES),
                0 if scan.is_at(&f::SOURCE) => marks.note_main(scan.spot(), &f::SOURCE),
                _ => {}
            }
        }
        let source = match scan.optional(&f::SOURCE)? {
            false => parent.cloned(),
            true => {
                let source = match D::VERSION.inherits_source() {
                    true => Some(scan.text()?),
                    false => scan.name()?,
                };
                if source.as_ref() == parent {
                    let wanted = "<|N0|> to <|N255|>: the source is the enclosing function's";
                    return Err(before.refused(wanted));
                }
                source.map(try_own).transpose()?
            }
        };
        let numparams = scan.value(&f::N[..256])? as u8;
        let is_vararg = scan.value(&f::N[..256])? as u8;
        let maxstacksize = scan.value(&f::N[..256])? as u8;
        let at_lines = *scan;
        let linedefined = line(scan, self.line)?;
        let lastlinedefined = line(scan, linedefined)?;
        if self.marks.is_none() && linedefined.min(lastlinedefined) < D::LEAST_INT {
            return Err(at_lines.refused("non-negative lines"));
        }
        if self.marks.is_some() && depth == 0 && linedefined != 0 {
            return Err(at_lines.refused("<|+0|>, where the function of an outline begins"));
        }
        // Only what has been read whole leaves a trace: the rest is read again when more has come.
        if let Some(marks) = &mut self.marks
            && depth > 0
        {
            marks.begin_hole()?;
        }
        if let Some(around) = around {
            around.fault = None;
            around.begun = None;
        } else {
            self.nupvalues = nupvalues;
            self.nupvalues_at = Some(at);
        }
        self.line = linedefined;
        self.stack.push(TerseProto {
            p: Proto {
                source,
                linedefined,
                lastlinedefined,
                numparams,
                is_vararg,
                maxstacksize,
                ..Proto::default()
            },
            ..TerseProto::default()
        });
        Ok(())
    }

    /// Checks what the upvalues of the outermost function decide.
    fn end_upvalues(&mut self) -> Scanned<()> {
        if let Some(marks) = &mut self.marks
            && let [outline] = self.stack.as_mut_slice()
            && let Err(halt) = marks.finish_own(D::VERSION, &outline.p)
        {
            outline.section = TerseSection::End;
            return Err(halt);
        }
        self.check_nupvalues()
    }

    /// Compares the number of upvalues of the main function's closure with the upvalues of the main
    /// function.
    fn check_nupvalues(&mut self) -> Scanned<()> {
        let Some(at) = self
            .nupvalues_at
            .take()
            .filter(|_| D::VERSION.has_closure())
        else {
            return Ok(());
        };
        let upvalues = self.stack[0].p.upvalues.len();
        let given = self.nupvalues.map(usize::from);
        self.nupvalues = Some(self.nupvalues.unwrap_or(upvalues as u8));
        let token = show(f::NUPVALUES.tokens());
        let (expected, found) = match given {
            Some(given) if given == upvalues => {
                (format!("no {token}: there are {given} upvalues"), token)
            }
            None if upvalues > 255 && self.marks.is_none() => (
                format!("{token}: there are {upvalues} upvalues"),
                "none".to_owned(),
            ),
            _ => return Ok(()),
        };
        self.stack[0].section = TerseSection::End;
        Err(at.problem(StreamProblem::Expected { expected, found }))
    }

    fn protos(&mut self, scan: &mut Scan) -> Scanned<()> {
        let open = self.stack.last_mut().expect("a section has a function");
        scan.whole_token()?;
        if open.begun.is_some() || scan.is_at(&f::PROTO) {
            return self.function(scan);
        }
        open.section = TerseSection::End;
        Ok(())
    }

    fn end(&mut self, scan: &mut Scan) -> Scanned<()> {
        let at_end = *scan;
        scan.fragment(&f::PROTO_END)?;
        if let Some(open) = self.stack.last()
            && self.marks.is_none()
            && D::VERSION.has_relative_lines()
            && !can_store_lines::<D>(&open.p)?
        {
            return Err(at_end.refused("<|Proto-abslineinfo|>, as a line is negative"));
        }
        let p = self.stack.pop().expect("a section has a function").p;
        self.line = p.lastlinedefined;
        match self.stack.last_mut() {
            Some(around) => {
                around.code.end_function(around.p.p.len());
                around.p.p.try_push(p)?;
            }
            None => {
                self.done = Some(Chunk {
                    version: D::VERSION,
                    extension: self.extension.take(),
                    nupvalues: self.nupvalues.unwrap_or_default(),
                    main: p,
                })
            }
        }
        Ok(())
    }
}

/// Returns whether a chunk can store the lines of a function.
fn can_store_lines<D: TerseDialect>(p: &Proto) -> Scanned<bool> {
    let is_stored = |line| line >= D::LEAST_ABSOLUTE;
    if p.stored_lines.is_some() || p.lineinfo.iter().all(is_stored) {
        return Ok(true);
    }
    let stored = RelativeLines::of(&p.lineinfo, p.linedefined)?;
    Ok(stored.abslineinfo.iter().all(|entry| is_stored(entry.line)))
}
