//! The reader of chunks: `lundump.c`, for every dialect. `dump.rs` mirrors it.

use std::marker::PhantomData;

use crate::bytes::{AsLayout, ChunkProblem, Layout, Reader, Step, UndumpError};
use crate::chunk::{Chunk, LocVar, LuaString, MAX_DEPTH, Proto, Upvaldesc, Version};

use super::dialect::Dialect;
use super::fields::{Fields, Result};
use super::header::load_start;
use super::observer::{Field, Observer, Section};

/// Reads everything before the main function. Returns the chunk without it, and the position.
pub(super) fn load_header<'a, 'o, D: Dialect, O: Observer<'a>>(
    version: Version,
    bytes: &'a [u8],
    observer: &'o mut O,
) -> Result<(Chunk<'a>, Fields<'a, 'o, O, Layout>)> {
    let mut fields = Fields {
        reader: Reader::new(bytes, Layout::default()),
        observer,
    };
    load_start(&mut fields)?;
    let layout = D::load_header(&mut fields)?;
    fields.sum_up(Field::Layout(layout));
    let nupvalues = match D::HAS_CLOSURE {
        true => fields.byte("the number of upvalues", Field::ChunkUpvalues)?,
        false => 0,
    };
    let chunk = Chunk {
        version,
        nupvalues,
        main: Proto::default(),
    };
    Ok((chunk, fields.with_layout(layout)))
}

/// Reads the main function into `main`, as far as it can be read. Returns the number of bytes after
/// it.
pub(super) fn load_main<'a, D: Dialect, O: Observer<'a>, L: AsLayout>(
    fields: Fields<'a, '_, O, L>,
    main: &mut Proto<'a>,
) -> Result<usize> {
    let mut load = Load::<D, O, L> {
        fields,
        depth: 0,
        dialect: PhantomData,
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
/// the tree of a damaged chunk holds all that comes before the damage.
struct Load<'a, 'o, D, O, L> {
    fields: Fields<'a, 'o, O, L>,
    /// How many functions enclose this one.
    depth: usize,
    dialect: PhantomData<D>,
}

impl<'a, D: Dialect, O: Observer<'a>, L: AsLayout> Load<'a, '_, D, O, L> {
    fn load_function(&mut self, f: &mut Proto<'a>, parent: Option<&LuaString<'a>>) -> Result<()> {
        self.fields
            .observer
            .begin_function(self.fields.reader.position());
        for &section in D::SECTIONS {
            self.fields.observer.section(section);
            match section {
                Section::Source => self.load_source(f, parent),
                Section::Definition => self.load_definition(f),
                Section::Code => self.load_code(f),
                Section::Constants => self.load_constants(f),
                Section::Upvalues => self.load_upvalues(f),
                Section::Protos => self.load_protos(f),
                Section::LineInfo => self.load_lineinfo(f),
                Section::LocVars => self.load_locvars(f),
                Section::UpvalueNames => self.load_upvalue_names(f),
            }?;
        }
        self.fields.observer.end_function();
        Ok(())
    }

    fn load_source(&mut self, f: &mut Proto<'a>, parent: Option<&LuaString<'a>>) -> Result<()> {
        let source = D::load_string(&mut self.fields, "source")
            .map_err(|error| error.within(Step::Source))?;
        self.fields.sum_up(Field::Source(source));
        let parent = parent.filter(|_| D::INHERITS_SOURCE);
        f.source = source.map(Into::into).or_else(|| parent.cloned());
        Ok(())
    }

    fn load_definition(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let fields = &mut self.fields;
        f.linedefined = fields.int("linedefined", Field::LineDefined)?;
        f.lastlinedefined = fields.int("lastlinedefined", Field::LastLineDefined)?;
        if D::HAS_NUPS {
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
        let sizecode = self.fields.count("sizecode", width.into())?;
        if width == 4 {
            f.code = self.fields.words(sizecode, "code", Field::Instruction)?;
            return Ok(());
        }
        for i in 0..sizecode {
            let word = self.fields.wide_instruction();
            f.code
                .push(word.map_err(|error| error.within(Step::Instruction(i)))?);
        }
        Ok(())
    }

    fn load_constants(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let sizek = self.fields.count("sizek", 1)?;
        self.fields
            .list::<D, _>(&mut f.k, sizek, Step::Constant, D::load_constant)
    }

    fn load_upvalues(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let sizeupvalues = self.fields.count("sizeupvalues", 2)?;
        let offset = self.fields.reader.position();
        let pairs = self
            .fields
            .reader
            .take(sizeupvalues as u64 * 2, "upvalues")?;
        f.upvalues = self.fields.reader.room(sizeupvalues, "sizeupvalues")?;
        for (i, pair) in pairs.as_chunks().0.iter().enumerate() {
            let &[instack, idx] = pair;
            f.upvalues.push(Upvaldesc {
                name: None,
                instack,
                idx,
            });
            if O::LISTENS {
                let field = Field::Upvaldesc { instack, idx };
                self.fields.observer.field(offset + 2 * i, pair, field);
            }
        }
        Ok(())
    }

    fn load_protos(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let least = D::least_function(self.layout());
        let sizep = self.fields.count("sizep", least)?;
        if sizep > 0 && self.depth == MAX_DEPTH {
            let problem = ChunkProblem::Depth { limit: MAX_DEPTH };
            return Err(UndumpError::at(self.fields.reader.position(), problem));
        }
        self.depth += 1;
        // Not reserved ahead: 200 nested levels of unchecked counts would take too much memory.
        for i in 0..sizep {
            let room = f.p.try_reserve(1);
            self.fields.reader.reserved(room, sizep, "sizep")?;
            let mut function = Proto::default();
            let loaded = self.load_function(&mut function, f.source.as_ref());
            f.p.push(function);
            loaded.map_err(|error| error.within(Step::Function(i)))?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn load_lineinfo(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let int = self.layout().int;
        let sizelineinfo = self.fields.count("sizelineinfo", int.into())?;
        if int == 4 {
            f.lineinfo = self.fields.words(sizelineinfo, "lineinfo", Field::Line)?;
            return Ok(());
        }
        let room = f.lineinfo.try_reserve(sizelineinfo);
        let reader = &self.fields.reader;
        reader.reserved(room, sizelineinfo, "sizelineinfo")?;
        for i in 0..sizelineinfo {
            let line = self.fields.int("a line", Field::Line);
            f.lineinfo
                .push(line.map_err(|error| error.within(Step::Line(i)))?);
        }
        Ok(())
    }

    fn load_locvars(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let layout = self.layout();
        let least = D::least_string(layout) + 2 * u64::from(layout.int);
        let sizelocvars = self.fields.count("sizelocvars", least)?;
        self.fields
            .list::<D, _>(&mut f.locvars, sizelocvars, Step::Local, |fields| {
                let varname = D::load_string(fields, "varname")?;
                fields.sum_up(Field::Varname(varname));
                Ok(LocVar {
                    varname: varname.map(Into::into),
                    startpc: fields.int("startpc", Field::StartPc)?,
                    endpc: fields.int("endpc", Field::EndPc)?,
                })
            })
    }

    fn load_upvalue_names(&mut self, f: &mut Proto<'a>) -> Result<()> {
        let offset = self.fields.reader.position();
        let least = D::least_string(self.layout());
        let names = self.fields.count("the number of upvalue names", least)?;
        let upvalues = f.upvalues.len();
        if names > upvalues {
            let problem = ChunkProblem::UpvalueNames { names, upvalues };
            return Err(UndumpError::at(offset, problem));
        }
        for (i, upvalue) in f.upvalues.iter_mut().take(names).enumerate() {
            let name = D::load_string(&mut self.fields, "an upvalue's name")
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
