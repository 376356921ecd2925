//! The reader of chunks, as in `lundump.c`, for every format. `dump.rs` mirrors it.

use crate::bytes::{AsLayout, Layout, Reader, TryPush, try_collect};
use crate::chunk::{
    AbsLineInfo, Chunk, LocVar, LuaString, MAX_DEPTH, Proto, RelativeLines, Step, Upvaldesc,
    pack_lines, unpack_lines,
};

use super::error::{ChunkProblem, Result, UndumpError};
use crate::version::with_version;

use super::dialect::AnyFormat;
use super::fields::Fields;
use super::format::{Aligned, Format};
use super::header::{Header, Usual, skip_comment, version_of};
use super::observer::{AnyObserver, Field, Observer, Section, Silent};

/// The result of [`undump`].
#[derive(Clone, Debug, PartialEq)]
pub struct Undumped<'a> {
    /// What the header says.
    pub header: Header,
    /// The tree of functions.
    pub chunk: Chunk<'a>,
    /// The number of bytes after the main function, which Lua ignores.
    pub trailing: usize,
}

/// Reads a chunk of any version in [`Version::ALL`](crate::Version::ALL), in any byte order and with any
/// widths that Lua is built with (`luaU_undump`). A first line that starts with `#` is skipped, as in
/// `luaL_loadfile`.
///
/// # Errors
/// The first field that no chunk of its version can hold, or that is incomplete. Memory stays
/// within the length of `bytes` times a small factor, whatever the bytes claim.
pub fn undump(bytes: &[u8]) -> Result<Undumped<'_>> {
    let bytes = skip_comment(bytes);
    undump_as(AnyFormat::plain(version_of(bytes)?), bytes)
}

pub(super) fn undump_as<'a>(format: AnyFormat, bytes: &'a [u8]) -> Result<Undumped<'a>> {
    let (undumped, loaded) = load(format, bytes, &mut Silent)?;
    loaded.map(|()| undumped)
}

/// The result of [`observe_as`].
#[derive(Default)]
pub(crate) struct Observed<'a> {
    pub layout: Layout,
    /// The tree as far as it can be read; `None` if the header is damaged.
    pub chunk: Option<Chunk<'a>>,
    /// The number of bytes after the main function.
    pub trailing: usize,
    /// Why the rest of the chunk cannot be read.
    pub error: Option<UndumpError>,
}

/// Reads as much of a chunk as possible, and notifies `observer`.
pub(super) fn observe_as<'a>(
    format: AnyFormat,
    bytes: &'a [u8],
    observer: &mut dyn Observer<'a>,
) -> Observed<'a> {
    match load(format, bytes, observer) {
        Ok((undumped, loaded)) => Observed {
            layout: undumped.header.layout,
            chunk: Some(undumped.chunk),
            trailing: undumped.trailing,
            error: loaded.err(),
        },
        Err(error) => Observed {
            error: Some(error),
            ..Observed::default()
        },
    }
}

/// Reads a chunk. If its header is whole, returns as much of the chunk as possible, and whether that is
/// all.
fn load<'a>(
    format: AnyFormat,
    bytes: &'a [u8],
    observer: &mut dyn Observer<'a>,
) -> Result<(Undumped<'a>, Result<()>)> {
    let mut observer = AnyObserver::new(observer);
    let mut fields = Fields {
        reader: Reader::new(bytes, Layout::default()),
        observer: &mut observer,
    };
    let mut header = || {
        let format_byte = format.load_start(&mut fields)?;
        let layout = format.load_header(&mut fields)?;
        Ok(Header {
            format: format_byte,
            layout,
        })
    };
    let header = header().map_err(|error| format.header_fault(bytes, error))?;
    fields.sum_up(Field::Layout(header.layout));
    let nupvalues = match format.version().has_closure() {
        true => fields.byte("the number of upvalues", Field::ChunkUpvalues)?,
        false => 0,
    };
    let mut chunk = Chunk {
        version: format.version(),
        extension: None,
        nupvalues,
        main: Proto::default(),
    };
    let (reader, main) = (fields.reader, &mut chunk.main);
    // The reader is compiled for each version in its usual layout, and once for everything else.
    let is_usual =
        format.dialect.is_none() && header.layout == Header::usual(format.version).layout;
    let trailing = match is_usual && !observer.listens() {
        true => with_version!(format.version, V => {
            let reader = reader.with_layout(Usual::<V>::default());
            load_main(V::default(), reader, &mut observer.of_functions(), main)
        }),
        false => load_main(
            format,
            reader.with_layout(header.layout),
            &mut observer,
            main,
        ),
    };
    let undumped = Undumped {
        header,
        chunk,
        trailing: *trailing.as_ref().unwrap_or(&0),
    };
    Ok((undumped, trailing.map(|_| ())))
}

/// Reads the main function into `main`, as far as possible. Returns the number of bytes after it.
fn load_main<'a, F: Format, O: Observer<'a>, L: AsLayout>(
    format: F,
    reader: Reader<'a, L>,
    observer: &mut O,
    main: &mut Proto<'a>,
) -> Result<usize> {
    let mut load = Load {
        format,
        fields: Fields { reader, observer },
        depth: 0,
        strings: F::Strings::default(),
    };
    load.load_function(main, None)
        .map_err(UndumpError::within_main)?;
    let Fields { reader, observer } = load.fields;
    let offset = reader.position();
    observer.end_chunk(offset);
    let trailing = reader.rest();
    if !trailing.is_empty() {
        observer.field(offset, trailing, Field::Trailing);
    }
    Ok(trailing.len())
}

/// The state of reading (`LoadState`). Everything is read straight into its place in the tree, so
/// the tree of a damaged chunk has everything before the damage.
struct Load<'a, 'o, F: Format, O, L> {
    format: F,
    fields: Fields<'a, 'o, O, L>,
    /// The number of functions around the current one.
    depth: usize,
    strings: F::Strings,
}

impl<'a, F: Format, O: Observer<'a>, L: AsLayout> Load<'a, '_, F, O, L> {
    fn load_function(&mut self, f: &mut Proto<'a>, parent: Option<&LuaString<'a>>) -> Result<()> {
        self.fields
            .observer
            .begin_function(self.fields.reader.position());
        for &section in self.format.sections() {
            self.fields.observer.section(section);
            match section {
                Section::Source => self.load_source(f, parent),
                Section::Definition => self.load_definition(f),
                Section::Code => self.load_code(f),
                Section::Constants => self.load_constants(f),
                Section::Upvalues => self.load_upvalues(f),
                Section::Protos => self.load_protos(f),
                Section::LineInfo => self.load_lineinfo(f),
                // Reported with the section before.
                Section::AbsLineInfo => Ok(()),
                Section::LocVars => self.load_locvars(f),
                Section::UpvalueNames => self.load_upvalue_names(f),
            }?;
        }
        let end = self.fields.reader.position();
        self.fields.observer.end_function(end);
        Ok(())
    }

    fn load_source(&mut self, f: &mut Proto<'a>, parent: Option<&LuaString<'a>>) -> Result<()> {
        let source = self
            .format
            .load_string(&mut self.strings, &mut self.fields, "source")
            .map_err(|error| error.within(Step::Source))?;
        self.fields.sum_up(Field::Source(source));
        let parent = parent.filter(|_| self.format.version().inherits_source());
        f.source = source.map(Into::into).or_else(|| parent.cloned());
        Ok(())
    }

    fn load_definition(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let fields = &mut self.fields;
        f.linedefined = fields.int(self.format, "linedefined", Field::LineDefined)?;
        f.lastlinedefined = fields.int(self.format, "lastlinedefined", Field::LastLineDefined)?;
        if self.format.has_nups() {
            let nups = fields.byte("nups", Field::Nups)?;
            f.upvalues = vec![Upvaldesc::default(); nups.into()];
        }
        f.numparams = fields.byte("numparams", Field::NumParams)?;
        f.is_vararg = fields.byte("is_vararg", Field::IsVararg)?;
        f.maxstacksize = fields.byte("maxstacksize", Field::MaxStackSize)?;
        Ok(())
    }

    fn load_code(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let width = self.layout().instruction;
        let sizecode = self.fields.count(self.format, "sizecode", width.into())?;
        self.align(Aligned::Code)?;
        if width == 4 {
            f.code = self.fields.words(sizecode, "code", Field::Instruction)?;
            return Ok(());
        }
        let room = f.code.try_reserve(sizecode);
        self.fields.reader.reserved(room, sizecode, "sizecode")?;
        for i in 0..sizecode {
            let word = self.fields.wide_instruction();
            f.code
                .push(word.map_err(|error| error.within(Step::Instruction(i)))?);
        }
        Ok(())
    }

    /// Skips what aligns a list.
    fn align(&mut self, list: Aligned) -> Result<()> {
        match self.format.alignment(list, self.layout()) {
            Some(to) => self.fields.align(to),
            None => Ok(()),
        }
    }

    fn load_constants(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let sizek = self.fields.count(self.format, "sizek", 1)?;
        self.fields
            .list(self.format, &mut f.k, sizek, Step::Constant, |fields| {
                self.format.load_constant(&mut self.strings, fields)
            })
    }

    fn load_upvalues(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let each = if self.format.has_kinds() { 3 } else { 2 };
        let sizeupvalues = self
            .fields
            .count(self.format, "sizeupvalues", each as u64)?;
        let offset = self.fields.reader.position();
        let bytes = self
            .fields
            .reader
            .take(sizeupvalues as u64 * each as u64, "upvalues")?;
        f.upvalues = self.fields.reader.room(sizeupvalues, "sizeupvalues")?;
        for (i, bytes) in bytes.chunks_exact(each).enumerate() {
            let (instack, idx, kind) = (bytes[0], bytes[1], bytes.get(2).copied());
            f.upvalues.push(Upvaldesc {
                name: None,
                instack,
                idx,
                kind: kind.unwrap_or_default(),
            });
            if self.fields.observer.listens() {
                let field = Field::Upvaldesc { instack, idx, kind };
                self.fields.observer.field(offset + each * i, bytes, field);
            }
        }
        Ok(())
    }

    fn load_protos(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let least = self.format.least_function(self.layout());
        let sizep = self.fields.count(self.format, "sizep", least)?;
        if sizep > 0 && self.depth == MAX_DEPTH {
            let problem = ChunkProblem::Depth { limit: MAX_DEPTH };
            return Err(UndumpError::at(self.fields.reader.position(), problem));
        }
        // Not reserved in advance: 200 nested levels of unchecked counts would take too much
        // memory.
        for i in 0..sizep {
            let room = f.p.try_reserve(1);
            self.fields.reader.reserved(room, sizep, "sizep")?;
            let mut function = Proto::default();
            self.depth += 1;
            let loaded = self.load_function(&mut function, f.source.as_ref());
            f.p.push(function);
            loaded.map_err(|error| error.within(Step::Function(i)))?;
            self.depth -= 1;
        }
        Ok(())
    }

    fn load_lineinfo(&mut self, f: &mut Proto<'a>) -> Result<()> {
        if self.format.version().has_relative_lines() {
            return self.load_relative_lines(f);
        }
        if self.format.has_packed_lines() {
            return self.load_packed_lines(f);
        }
        let int = self.layout().int;
        let sizelineinfo = self.fields.count(self.format, "sizelineinfo", int.into())?;
        self.align(Aligned::LineInfo)?;
        if int == 4 {
            f.lineinfo = self.fields.words(sizelineinfo, "lineinfo", Field::Line)?;
            return Ok(());
        }
        let room = f.lineinfo.try_reserve(sizelineinfo);
        let reader = &self.fields.reader;
        reader.reserved(room, sizelineinfo, "sizelineinfo")?;
        for i in 0..sizelineinfo {
            let line = self.fields.int(self.format, "a line", Field::Line);
            f.lineinfo
                .push(line.map_err(|error| error.within(Step::Line(i)))?);
        }
        Ok(())
    }

    /// Reads lines as NodeMCU stores them.
    fn load_packed_lines(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let size = self.fields.count(self.format, "sizelineinfo", 1)?;
        self.align(Aligned::LineInfo)?;
        let fields = &mut self.fields;
        let offset = fields.reader.position();
        let bytes = fields.reader.take(size as u64, "lineinfo")?;
        let lines = unpack_lines(bytes, f.code.len());
        f.lineinfo = fields.reader.reserved(lines, size, "sizelineinfo")?;
        if size > 0 {
            fields.report(offset, Field::PackedLines);
        }
        let usual = pack_lines(&f.lineinfo);
        if fields.reader.reserved(usual, size, "sizelineinfo")? != bytes {
            let lineinfo = try_collect(bytes.iter().map(|byte| *byte as i8));
            let lineinfo = fields.reader.reserved(lineinfo, size, "sizelineinfo")?;
            let abslineinfo = Vec::new();
            f.stored_lines = Some(Box::new(RelativeLines {
                lineinfo,
                abslineinfo,
            }));
        }
        Ok(())
    }

    fn load_relative_lines(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let mut stored = RelativeLines::default();
        let loaded = self.load_stored_lines(&mut stored);
        let count = stored.lineinfo.len();
        let reader = &self.fields.reader;
        let lines = stored.lines(f.linedefined);
        f.lineinfo = reader.reserved(lines, count, "sizelineinfo")?;
        let usual = RelativeLines::of(&f.lineinfo, f.linedefined);
        if reader.reserved(usual, count, "sizelineinfo")? != stored {
            f.stored_lines = Some(Box::new(stored));
        }
        loaded
    }

    fn load_stored_lines(&mut self, stored: &mut RelativeLines) -> Result<()> {
        let fields = &mut self.fields;
        let sizelineinfo = fields.count(self.format, "sizelineinfo", 1)?;
        let offset = fields.reader.position();
        let bytes = fields.reader.take(sizelineinfo as u64, "lineinfo")?;
        let lineinfo = try_collect(bytes.iter().map(|byte| *byte as i8));
        stored.lineinfo = fields
            .reader
            .reserved(lineinfo, sizelineinfo, "sizelineinfo")?;
        if fields.observer.listens() {
            for (i, byte) in bytes.iter().enumerate() {
                let field = Field::LineDistance(*byte as i8);
                fields
                    .observer
                    .field(offset + i, std::slice::from_ref(byte), field);
            }
        }
        fields.observer.section(Section::AbsLineInfo);
        let layout = fields.reader.layout().layout();
        let sizeabslineinfo = fields.count(
            self.format,
            "sizeabslineinfo",
            2 * self.format.least_absolute(layout),
        )?;
        if sizeabslineinfo > 0 {
            self.align(Aligned::AbsLineInfo)?;
        }
        let fields = &mut self.fields;
        for i in 0..sizeabslineinfo {
            let mut int = |what, field: fn(i32) -> Field<'a>| {
                let offset = fields.reader.position();
                let value = self
                    .format
                    .load_absolute(&mut fields.reader, what)
                    .map_err(|error| UndumpError::from(error).within(Step::Line(i)))?;
                fields.report(offset, field(value));
                Ok::<i32, UndumpError>(value)
            };
            let pc = int("the pc of an absolute line", Field::AbsLinePc)?;
            let line = int("an absolute line", Field::AbsLine)?;
            let pushed = stored.abslineinfo.try_push(AbsLineInfo { pc, line });
            fields
                .reader
                .reserved(pushed, sizeabslineinfo, "sizeabslineinfo")?;
        }
        Ok(())
    }

    fn load_locvars(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let layout = self.layout();
        let least = self.format.least_string(layout) + 2 * self.format.least_int(layout);
        let sizelocvars = self.fields.count(self.format, "sizelocvars", least)?;
        self.fields.list(
            self.format,
            &mut f.locvars,
            sizelocvars,
            Step::Local,
            |fields| {
                let varname = self
                    .format
                    .load_string(&mut self.strings, fields, "varname")?;
                fields.sum_up(Field::Varname(varname));
                Ok(LocVar {
                    varname: varname.map(Into::into),
                    startpc: fields.int(self.format, "startpc", Field::StartPc)?,
                    endpc: fields.int(self.format, "endpc", Field::EndPc)?,
                })
            },
        )
    }

    fn load_upvalue_names(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let offset = self.fields.reader.position();
        let least = self.format.least_string(self.layout());
        let names = self
            .fields
            .count(self.format, "the number of upvalue names", least)?;
        let upvalues = f.upvalues.len();
        if names > upvalues {
            let problem = ChunkProblem::UpvalueNames { names, upvalues };
            return Err(UndumpError::at(offset, problem));
        }
        // From Lua 5.4 on, any number of names except 0 stands for all of them.
        let names = if self.format.has_kinds() && names > 0 {
            upvalues
        } else {
            names
        };
        for (i, upvalue) in f.upvalues.iter_mut().take(names).enumerate() {
            let name = self
                .format
                .load_string(&mut self.strings, &mut self.fields, "an upvalue's name")
                .map_err(|error| error.within(Step::Upvalue(i)))?;
            self.fields.sum_up(Field::UpvalueName(name));
            upvalue.name = name.map(Into::into);
        }
        Ok(())
    }

    #[inline(always)]
    fn layout(&self) -> Layout {
        self.fields.reader.layout().layout()
    }
}
