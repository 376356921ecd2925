//! Emits the terse stream of a tree. `parse.rs`, `open_proto.rs` and `code.rs` mirror this file.

use std::io::{self, Write};
use std::marker::PhantomData;

use super::constants::{FAR, UnmentionedConstants};
use super::dialect::TerseDialect;
use super::labels::JumpLabels;
use super::lines::{has_lines, write_line};
use super::operands::are_whole;
use super::outline::{EnvMarks, Outline};
use super::scopes::{LocalScopes, nest};
use crate::chunk::{
    Chunk, Constant, Extension, LocVar, LuaString, Proto, RelativeLines, Upvaldesc,
};
use crate::opcodes::{BITRK, Instruction, Operand};
use crate::stream::fragments::{Numbered, Table, terse as f};
use crate::stream::sink::{Sink, Text, TokenWriter, write_constant};
use crate::stream::tokens;
use crate::version::with_version;

/// Writes the terse stream of `chunk`, without its line end, to `sink`.
pub(crate) fn emit<S: Sink + ?Sized>(chunk: &Chunk, sink: &mut S) -> io::Result<()> {
    with_version!(chunk.version, V => emit_as::<S, V>(chunk, sink))
}

fn emit_as<S: Sink + ?Sized, D: TerseDialect>(chunk: &Chunk, sink: &mut S) -> io::Result<()> {
    if let Some(version) = D::START {
        sink.write(|out| out.fragment(version))?;
    }
    let p = &chunk.main;
    let nupvalues = usize::from(chunk.nupvalues);
    let other =
        (D::VERSION.has_closure() && nupvalues != p.upvalues.len()).then_some(chunk.nupvalues);
    EmitTerse::<S, D> {
        sink,
        extension: chunk.extension(),
        line: 0,
        holes: None,
        dialect: PhantomData,
    }
    .function(p, other, None, &[])
}

impl Outline<'_> {
    /// Writes the outline, without a line end, to `text`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn emit<W: Write>(&self, text: &mut Text<W>) -> io::Result<()> {
        self.emit_text(text)
    }

    /// Emits the outline as text. Not generic, as in [`Language`](crate::stream::Language).
    fn emit_text(&self, text: &mut Text<dyn Write + '_>) -> io::Result<()> {
        self.emit_to(text)
    }

    /// Emits the outline to any sink.
    pub(crate) fn emit_to<S: Sink + ?Sized>(&self, sink: &mut S) -> io::Result<()> {
        with_version!(self.version, V => emit_outline_as::<S, V>(self, sink))
    }
}

fn emit_outline_as<S: Sink + ?Sized, D: TerseDialect>(
    outline: &Outline,
    sink: &mut S,
) -> io::Result<()> {
    if let Some(version) = D::START {
        sink.write(|out| out.fragment(version))?;
    }
    let p = &outline.function;
    let nupvalues = usize::from(outline.nupvalues);
    let has_nupvalues =
        D::VERSION.has_closure() && outline.is_main && nupvalues != p.upvalues.len();
    EmitTerse::<S, D> {
        sink,
        extension: outline.extension.as_deref().unwrap_or(Extension::NONE),
        line: 0,
        holes: Some(&outline.env),
        dialect: PhantomData,
    }
    .function(
        p,
        has_nupvalues.then_some(outline.nupvalues),
        None,
        &outline.env.own,
    )
}

struct EmitTerse<'s, S: ?Sized, D> {
    sink: &'s mut S,
    /// What a dialect adds to the version.
    extension: &'s Extension,
    /// The line that the next one is relative to.
    line: i32,
    /// In an outline, the upvalues that are marked `<|Env|>`: functions inside become holes.
    holes: Option<&'s EnvMarks>,
    dialect: PhantomData<D>,
}

/// The start of packed lines, in a version whose streams do not have it otherwise.
pub(crate) const PACKED_LINES: &str = "<|Proto-abslineinfo|>";

/// The parts of a function that its code has not mentioned yet.
struct Rest<'p> {
    constants: UnmentionedConstants<'p>,
    /// The number of functions written so far.
    functions: usize,
}

impl<S: Sink + ?Sized, D: TerseDialect> EmitTerse<'_, S, D> {
    fn function(
        &mut self,
        p: &Proto,
        nupvalues: Option<u8>,
        parent: Option<&LuaString>,
        env: &[usize],
    ) -> io::Result<()> {
        self.header(p, nupvalues, parent)?;
        self.upvalues(p, env)?;
        let mut rest = Rest {
            constants: UnmentionedConstants::new(&p.k)?,
            functions: 0,
        };
        let nest = nest(p);
        self.code(p, nest, &mut rest)?;
        self.constants(&mut rest.constants)?;
        if !nest {
            self.locvars(p)?;
        }
        self.lineinfo(p)?;
        if (D::VERSION.has_relative_lines() || self.extension.has_packed_lines)
            && let Some(stored) = &p.stored_lines
        {
            self.stored_lines(stored)?;
        }
        self.functions(p, rest.functions)?;
        self.line = p.lastlinedefined;
        self.sink.write(|out| out.fragment(f::PROTO_END))
    }

    fn header(
        &mut self,
        p: &Proto,
        nupvalues: Option<u8>,
        parent: Option<&LuaString>,
    ) -> io::Result<()> {
        self.sink.write(|out| {
            out.fragment(f::PROTO);
            if let Some(nupvalues) = nupvalues {
                out.fragment(f::NUPVALUES);
                out.integer(nupvalues.into());
            }
        })?;
        match &p.source {
            Some(source) if parent != Some(source) => self.text(f::SOURCE, source)?,
            None if !D::VERSION.inherits_source() && parent.is_some() => {
                self.sink.write(|out| {
                    out.fragment(f::SOURCE);
                    out.fragment(f::NULL);
                })?
            }
            _ => {}
        }
        let from = std::mem::replace(&mut self.line, p.linedefined);
        self.sink.write(|out| {
            out.fragment(f::N.at(usize::from(p.numparams)));
            out.fragment(f::N.at(usize::from(p.is_vararg)));
            out.fragment(f::N.at(usize::from(p.maxstacksize)));
            write_line(out, from, p.linedefined);
            write_line(out, p.linedefined, p.lastlinedefined);
        })
    }

    /// Writes a function inside another: the whole of it, or a hole in an outline.
    fn inside(&mut self, around: &Proto, index: usize) -> io::Result<()> {
        let (p, parent) = (&around.p[index], around.source.as_ref());
        let Some(env) = self.holes else {
            return self.function(p, None, parent, &[]);
        };
        self.header(p, None, parent)?;
        self.upvalues(p, env.holes.get(index).map_or(&[], Vec::as_slice))?;
        self.line = p.lastlinedefined;
        self.sink.write(|out| {
            out.fragment(f::HOLE);
            out.fragment(f::PROTO_END);
        })
    }

    fn upvalues(&mut self, p: &Proto, env: &[usize]) -> io::Result<()> {
        for (i, upvalue) in p.upvalues.iter().enumerate() {
            self.upvalue(i, upvalue, env.binary_search(&i).is_ok())?;
        }
        Ok(())
    }

    fn upvalue(&mut self, i: usize, upvalue: &Upvaldesc, is_env: bool) -> io::Result<()> {
        let idx = usize::from(upvalue.idx);
        let has_kinds = D::VERSION.has_kinds() || self.extension.has_kinds;
        self.sink.write(|out| {
            numbered(out, &f::U, f::ANY_U, i);
            if !D::HAS_PLACES {
                return;
            }
            match upvalue.instack {
                0 => out.fragment(f::U.at(idx)),
                1 => out.fragment(f::R.at(idx)),
                instack => {
                    out.fragment(f::N.at(usize::from(instack)));
                    out.fragment(f::N.at(idx));
                }
            }
            if upvalue.kind != 0 && has_kinds {
                out.fragment(f::N.at(usize::from(upvalue.kind)));
            }
        })?;
        match &upvalue.name {
            Some(name) => self.text(f::NAME, name),
            None if is_env => self.sink.write(|out| out.fragment(f::ENV)),
            None => Ok(()),
        }
    }

    fn code(&mut self, p: &Proto, nest: bool, rest: &mut Rest) -> io::Result<()> {
        let locvars = if nest { p.locvars.len() } else { 0 };
        let mut scopes = LocalScopes::new(p.locvars.iter().take(locvars));
        let mut labels = JumpLabels::of::<D>(self.extension, p.code.iter())?;
        let mut lines = has_lines(p).then(|| p.lineinfo.iter());
        let mut is_bare = false;
        for (pc, i) in p.code.iter().enumerate() {
            self.scopes(&mut scopes, pc as i32)?;
            if let Some(label) = labels.pass(pc) {
                self.sink
                    .write(|out| numbered(out, &f::L, f::ANY_L, label))?;
            }
            if let Some(line) = lines.as_mut().and_then(Iterator::next)
                && (pc == 0 || line != self.line)
            {
                let from = std::mem::replace(&mut self.line, line);
                self.sink.write(|out| write_line(out, from, line))?;
            }
            if is_bare {
                is_bare = false;
                self.word(i)?;
                continue;
            }
            is_bare = D::takes_bare_word(i);
            let leads_to = if self.extension.is_jump::<D>(i) {
                labels.of_jump::<D>(self.extension, i, pc)
            } else {
                None
            };
            self.instruction(p, i, leads_to, rest)?;
        }
        // A scope that ends with the code needs no end.
        while let Some((name, _)) = scopes.begins(p.code.len() as i32) {
            self.text(f::LOCVAR, &name)?;
        }
        Ok(())
    }

    fn scopes<'p>(
        &mut self,
        scopes: &mut LocalScopes<impl Iterator<Item = LocVar<'p>>>,
        pc: i32,
    ) -> io::Result<()> {
        while scopes.ends(pc) {
            self.sink.write(|out| out.fragment(f::LOCVAR_END))?;
        }
        while let Some((name, ends)) = scopes.begins(pc) {
            self.text(f::LOCVAR, &name)?;
            if ends {
                self.sink.write(|out| out.fragment(f::LOCVAR_END))?;
            }
        }
        Ok(())
    }

    fn instruction(
        &mut self,
        p: &Proto,
        i: Instruction,
        label: Option<usize>,
        rest: &mut Rest,
    ) -> io::Result<()> {
        let op = D::op(i);
        let row = self.extension.row_of::<D>(op);
        let fields = D::fields_of(row, i);
        if !are_whole::<D>(row, &fields) || self.extension.is_jump::<D>(i) && label.is_none() {
            return self.word(i);
        }
        self.sink
            .write(|out| match usize::from(op) < D::OPCODES.len() {
                true => D::write_opcode(op, out),
                false => out.token(&tokens::opcode(row.name())),
            })?;
        for (index, &field) in fields.iter().enumerate().take(D::OPERANDS) {
            let n = field as usize;
            match row.operands[index] {
                Operand::Unused => {}
                Operand::Register => self.sink.write(|out| out.fragment(f::R.at(n)))?,
                Operand::Upvalue => self.sink.write(|out| out.fragment(f::U.at(n)))?,
                Operand::Number => self.sink.write(|out| out.fragment(f::N.at(n)))?,
                Operand::Signed => self.sink.write(|out| out.integer((field as i32).into()))?,
                Operand::Decimal => self.sink.write(|out| out.integer(field.into()))?,
                Operand::Rk => match n.checked_sub(BITRK as usize) {
                    None => self.sink.write(|out| out.fragment(f::R.at(n)))?,
                    Some(constant) => self.mention(&mut rest.constants, constant)?,
                },
                Operand::Constant => self.mention(&mut rest.constants, n)?,
                Operand::Label | Operand::LabelBack | Operand::LabelAhead | Operand::LabelExit => {
                    let label = label.unwrap_or_default();
                    self.sink
                        .write(|out| numbered(out, &f::L, f::ANY_L, label))?
                }
                Operand::Wide => self.sink.write(|out| numbered(out, &f::N, f::ANY_N, n))?,
                Operand::Name => match n.checked_sub(1) {
                    None => self.sink.write(|out| out.fragment(f::N.at(0)))?,
                    Some(constant) => self.mention(&mut rest.constants, constant)?,
                },
                Operand::Function if n == rest.functions && n < p.p.len() => {
                    rest.functions += 1;
                    self.inside(p, n)?;
                }
                Operand::Function => self.sink.write(|out| {
                    out.fragment(f::ANY_P);
                    out.integer(field.into());
                })?,
            }
        }
        Ok(())
    }

    /// Writes the word of an instruction that its operands do not express, or that is not an
    /// instruction.
    fn word(&mut self, i: Instruction) -> io::Result<()> {
        self.sink.write(|out| {
            out.fragment(f::INSTRUCTION);
            out.integer(i.0.into());
        })
    }

    /// Mentions constant `n`, with its value the first time.
    fn mention(&mut self, constants: &mut UnmentionedConstants, n: usize) -> io::Result<()> {
        let is_lowest = n >= FAR && n == constants.lowest();
        match constants.take(n) {
            None => self.sink.write(|out| numbered(out, &f::K, f::ANY_K, n)),
            Some(value) => self.constant(&value, |out| {
                if !is_lowest {
                    numbered(out, &f::K, f::ANY_K, n);
                }
                if n >= FAR {
                    out.fragment(f::CONSTANT);
                }
            }),
        }
    }

    /// Writes a constant after `before`.
    #[inline(always)]
    fn constant(
        &mut self,
        value: &Constant,
        before: impl FnOnce(&mut S::Out<'_>),
    ) -> io::Result<()> {
        if D::HAS_INTEGERS || self.extension.has_integers {
            return write_constant(self.sink, value, before, |_| {});
        }
        let value = match value {
            Constant::Integer(value) => *value as f64,
            Constant::Float(value) => *value,
            _ => return write_constant(self.sink, value, before, |_| {}),
        };
        self.sink.write(|out| {
            before(out);
            write_number(out, value);
        })
    }

    /// Writes the constants that no instruction mentions.
    fn constants(&mut self, constants: &mut UnmentionedConstants) -> io::Result<()> {
        while let n = constants.lowest()
            && n < constants.len()
        {
            self.mention(constants, n)?;
        }
        Ok(())
    }

    fn locvars(&mut self, p: &Proto) -> io::Result<()> {
        self.sink.write(|out| out.fragment(f::LOCVARS))?;
        for locvar in p.locvars.iter() {
            match &locvar.varname {
                Some(name) => self.text(f::LOCVAR, name)?,
                None => self.sink.write(|out| {
                    out.fragment(f::LOCVAR);
                    out.fragment(f::NULL);
                })?,
            }
            self.sink.write(|out| {
                out.fragment(f::STARTPC);
                out.integer(locvar.startpc.into());
                out.fragment(f::ENDPC);
                out.integer(locvar.endpc.into());
            })?;
        }
        Ok(())
    }

    fn lineinfo(&mut self, p: &Proto) -> io::Result<()> {
        if p.lineinfo.is_empty() || has_lines(p) {
            return Ok(());
        }
        self.sink.write(|out| out.fragment(f::LINEINFO))?;
        for line in p.lineinfo.iter() {
            self.sink.write(|out| {
                out.integer(line.into());
                out.fragment(f::LINE_PAD);
            })?;
        }
        Ok(())
    }

    /// Writes the lines as the chunk stores them, if `luac` would not.
    fn stored_lines(&mut self, stored: &RelativeLines) -> io::Result<()> {
        self.sink
            .write(|out| match D::VERSION.has_relative_lines() {
                true => out.fragment(f::ABSLINEINFO),
                false => out.token(PACKED_LINES),
            })?;
        for distance in &stored.lineinfo {
            self.sink.write(|out| {
                out.integer((*distance).into());
                out.fragment(f::LINE_PAD);
            })?;
        }
        for entry in &stored.abslineinfo {
            self.sink.write(|out| {
                out.fragment(f::ABS_PC);
                out.integer(entry.pc.into());
                out.fragment(f::ABS_LINE);
                out.integer(entry.line.into());
            })?;
        }
        Ok(())
    }

    fn text<const N: usize>(&mut self, token: Numbered<N>, text: &[u8]) -> io::Result<()> {
        self.sink.write(|out| out.fragment(token))?;
        self.sink.text(text, false)
    }

    /// Writes the functions that no CLOSURE has a place for.
    fn functions(&mut self, p: &Proto, placed: usize) -> io::Result<()> {
        if placed < p.p.len() {
            self.sink.write(|out| out.fragment(f::P))?;
        }
        (placed..p.p.len()).try_for_each(|index| self.inside(p, index))
    }
}

/// Writes a number of a version without integers: a float, without `.0` if it is whole.
fn write_number(out: &mut impl TokenWriter, value: f64) {
    /// The smallest float that is written with an exponent.
    const EXPONENT: f64 = 1e16;
    if value == 0.0 && value.is_sign_negative() {
        out.word("-0");
    } else if value.trunc() == value && value.abs() < EXPONENT {
        out.integer(value as i64);
    } else {
        out.float(value);
    }
}

/// Writes the token of a number, or the token for any number and the number.
#[inline(always)]
fn numbered<const N: usize, const ROWS: usize>(
    out: &mut impl TokenWriter,
    table: &'static Table<N, ROWS>,
    any: Numbered<16>,
    number: usize,
) {
    match table.find(number) {
        Some(token) => out.fragment(token),
        None => {
            out.fragment(any);
            out.integer(number as i64);
        }
    }
}
