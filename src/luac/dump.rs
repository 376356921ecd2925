//! The writer of chunks, as in `ldump.c`, for every format. `read.rs` mirrors it.

use std::collections::TryReserveError;

use crate::bytes::{Layout, Writer, try_collect};
use crate::chunk::{Chunk, LuaString, PackedWord, PackedWords, Proto, RelativeLines, pack_lines};
use crate::version::with_version;

use super::fit::{DumpError, check};
use super::format::{Aligned, Format};
use super::header::Header;
use super::observer::Section;

/// Writes a chunk as [`Chunk::to_bytes`] does.
///
/// # Errors
/// Memory runs out.
pub fn try_dump(chunk: &Chunk) -> Result<Vec<u8>, TryReserveError> {
    dump(chunk, &Header::usual(chunk.version))
}

/// Writes a chunk with a header like that of another chunk of its version, and so in its layout.
///
/// ```
/// use luadec_tok::{Chunk, try_dump_like, undump};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let powerpc = include_bytes!("../../fixtures/widths/widths.ppc-f32.luac");
/// let other = undump(powerpc)?;
/// let chunk = Chunk::parse(&other.chunk.to_terse())?;
/// assert_eq!(try_dump_like(&chunk, &other.header)?, powerpc);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The first value that does not fit, or memory runs out.
pub fn try_dump_like(chunk: &Chunk, header: &Header) -> Result<Vec<u8>, DumpError> {
    check(chunk, header.layout)?;
    Ok(dump(chunk, header)?)
}

fn dump(chunk: &Chunk, header: &Header) -> Result<Vec<u8>, TryReserveError> {
    with_version!(chunk.version, V => dump_as(V::default(), chunk, header))
}

/// Writes a chunk in a format.
pub(super) fn dump_as<F: Format>(
    format: F,
    chunk: &Chunk,
    header: &Header,
) -> Result<Vec<u8>, TryReserveError> {
    let mut bytes = Vec::new();
    let mut out = Writer::new(&mut bytes, header.layout);
    format.dump_start(header.format, &mut out);
    format.dump_header(&mut out);
    if format.version().has_closure() {
        out.byte(chunk.nupvalues);
    }
    let mut dump = Dump {
        format,
        out,
        strings: F::Strings::default(),
    };
    dump.dump_function(&chunk.main, None)?;
    dump.out.finish()?;
    Ok(bytes)
}

/// The state of writing (`DumpState`).
struct Dump<'o, F: Format> {
    format: F,
    out: Writer<'o>,
    strings: F::Strings,
}

impl<F: Format> Dump<'_, F> {
    fn dump_function(
        &mut self,
        f: &Proto,
        parent: Option<&LuaString>,
    ) -> Result<(), TryReserveError> {
        for section in self.format.sections() {
            match section {
                Section::Source => self.dump_source(f, parent),
                Section::Definition => self.dump_definition(f),
                Section::Code => self.dump_code(f),
                Section::Constants => self.dump_constants(f),
                Section::Upvalues => self.dump_upvalues(f),
                Section::Protos => self.dump_protos(f)?,
                Section::LineInfo => self.dump_lineinfo(f)?,
                // Written with the section before.
                Section::AbsLineInfo => {}
                Section::LocVars => self.dump_locvars(f),
                Section::UpvalueNames => self.dump_upvalue_names(f),
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn int(&mut self, value: i32) {
        self.format.dump_int(value, &mut self.out);
    }

    /// Writes the number of elements of a list. It fits into an `int`: the list was read from bytes
    /// or a stream that count with one.
    #[inline(always)]
    fn count(&mut self, count: usize) {
        self.int(count as i32);
    }

    /// Writes zeros before a list that is aligned.
    fn align(&mut self, list: Aligned) {
        if let Some(to) = self.format.alignment(list, self.out.layout()) {
            self.out.align(to);
        }
    }

    fn dump_source(&mut self, f: &Proto, parent: Option<&LuaString>) {
        let parent = parent.filter(|_| self.format.version().inherits_source());
        let source = f.source.as_ref().filter(|&source| parent != Some(source));
        self.format
            .dump_string(&mut self.strings, source, &mut self.out);
    }

    fn dump_definition(&mut self, f: &Proto) {
        self.int(f.linedefined);
        self.int(f.lastlinedefined);
        if self.format.has_nups() {
            self.out.byte(f.upvalues.len() as u8);
        }
        self.out.byte(f.numparams);
        self.out.byte(f.is_vararg);
        self.out.byte(f.maxstacksize);
    }

    fn dump_code(&mut self, f: &Proto) {
        self.count(f.code.len());
        self.align(Aligned::Code);
        self.words(&f.code, self.out.layout().instruction, |word, out| {
            out.instruction(word.0)
        });
    }

    /// Writes words of this width; all at once, if they have it already.
    fn words<T: PackedWord>(
        &mut self,
        words: &PackedWords<T>,
        width: u8,
        write: fn(T, &mut Writer),
    ) {
        if width == 4 && !self.out.layout().big_endian {
            return self.out.bytes(words.as_bytes());
        }
        for word in words.iter() {
            write(word, &mut self.out);
        }
    }

    /// Returns whether a list is written as it is packed.
    fn is_packed(&self) -> bool {
        self.format.is_packed() && self.out.layout() == Layout::USUAL
    }

    fn dump_constants(&mut self, f: &Proto) {
        self.count(f.k.len());
        match f.k.packed() {
            Some(packed) if self.is_packed() => self.out.bytes(packed),
            _ => {
                for constant in f.k.iter() {
                    self.format
                        .dump_constant(&mut self.strings, &constant, &mut self.out);
                }
            }
        }
    }

    fn dump_upvalues(&mut self, f: &Proto) {
        self.count(f.upvalues.len());
        for upvalue in &f.upvalues {
            self.out.byte(upvalue.instack);
            self.out.byte(upvalue.idx);
            if self.format.has_kinds() {
                self.out.byte(upvalue.kind);
            }
        }
    }

    fn dump_protos(&mut self, f: &Proto) -> Result<(), TryReserveError> {
        self.count(f.p.len());
        for function in &f.p {
            self.dump_function(function, f.source.as_ref())?;
        }
        Ok(())
    }

    fn dump_lineinfo(&mut self, f: &Proto) -> Result<(), TryReserveError> {
        if self.format.version().has_relative_lines() {
            match &f.stored_lines {
                Some(stored) => self.dump_relative_lines(stored),
                None => self.dump_relative_lines(&RelativeLines::of(&f.lineinfo, f.linedefined)?),
            }
            return Ok(());
        }
        if self.format.has_packed_lines() {
            return self.dump_packed_lines(f);
        }
        self.count(f.lineinfo.len());
        self.align(Aligned::LineInfo);
        self.words(&f.lineinfo, self.out.layout().int, |line, out| {
            out.int(line)
        });
        Ok(())
    }

    /// Writes lines as NodeMCU stores them.
    fn dump_packed_lines(&mut self, f: &Proto) -> Result<(), TryReserveError> {
        let packed = match &f.stored_lines {
            Some(stored) => try_collect(stored.lineinfo.iter().map(|byte| *byte as u8))?,
            None => pack_lines(&f.lineinfo)?,
        };
        self.count(packed.len());
        self.align(Aligned::LineInfo);
        self.out.bytes(&packed);
        Ok(())
    }

    fn dump_relative_lines(&mut self, stored: &RelativeLines) {
        self.count(stored.lineinfo.len());
        for distance in &stored.lineinfo {
            self.out.byte(*distance as u8);
        }
        self.count(stored.abslineinfo.len());
        if !stored.abslineinfo.is_empty() {
            self.align(Aligned::AbsLineInfo);
        }
        for entry in &stored.abslineinfo {
            self.format.dump_absolute(entry.pc, &mut self.out);
            self.format.dump_absolute(entry.line, &mut self.out);
        }
    }

    fn dump_locvars(&mut self, f: &Proto) {
        self.count(f.locvars.len());
        match f.locvars.packed() {
            Some(packed) if self.is_packed() => self.out.bytes(packed),
            _ => {
                for locvar in f.locvars.iter() {
                    let name = locvar.varname.as_ref();
                    self.format
                        .dump_string(&mut self.strings, name, &mut self.out);
                    self.int(locvar.startpc);
                    self.int(locvar.endpc);
                }
            }
        }
    }

    fn dump_upvalue_names(&mut self, f: &Proto) {
        let names = if f.has_debug() { f.upvalues.len() } else { 0 };
        self.count(names);
        for upvalue in &f.upvalues[..names] {
            self.format
                .dump_string(&mut self.strings, upvalue.name.as_ref(), &mut self.out);
        }
    }
}
