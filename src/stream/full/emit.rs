//! Emits the full stream of a tree. `parse.rs` and `open_proto.rs` mirror this file.

use std::io;

use super::links::{is_inline, jump_target};
use crate::chunk::{Chunk, Extension, LuaString, Proto};
use crate::opcodes::{Instruction, InstructionSet, NextWord, Opcode, WordLayout};
use crate::stream::fragments::full as f;
use crate::stream::sink::{Sink, TokenWriter, write_constant};
use crate::stream::tokens::{close, opcode, open, with};
use crate::version::Lua53;

/// Writes the full stream of `chunk`, without its line end, to `sink`.
pub(crate) fn emit<S: Sink + ?Sized>(chunk: &Chunk, sink: &mut S) -> io::Result<()> {
    EmitFull {
        sink,
        extension: chunk.extension(),
    }
    .function(&chunk.main, Some(chunk.nupvalues))
}

struct EmitFull<'s, S: ?Sized> {
    sink: &'s mut S,
    /// What a dialect adds to Lua 5.3.
    extension: &'s Extension,
}

impl<S: Sink + ?Sized> EmitFull<'_, S> {
    fn function(&mut self, p: &Proto, nupvalues: Option<u8>) -> io::Result<()> {
        self.header(p, nupvalues)?;
        self.constants(p)?;
        self.code(p)?;
        self.lineinfo(p)?;
        self.locvars(p)?;
        self.upvalues(p)?;
        self.source(p)?;
        self.protos(p)
    }

    fn header(&mut self, p: &Proto, nupvalues: Option<u8>) -> io::Result<()> {
        self.sink.write(|out| {
            out.fragment(f::PROTO);
            if let Some(nupvalues) = nupvalues {
                out.fragment(f::NUPVALUES.at(usize::from(nupvalues)));
            }
            out.fragment(f::NUMPARAMS.at(usize::from(p.numparams)));
            out.fragment(f::IS_VARARG.at(usize::from(p.is_vararg)));
            out.fragment(f::MAXSTACKSIZE.at(usize::from(p.maxstacksize)));
            out.fragment(f::SIZEUPVALUES);
            out.integer(p.upvalues.len() as i64);
            out.fragment(f::SIZEK);
            out.integer(p.k.len() as i64);
            out.fragment(f::SIZECODE);
            out.integer(p.code.len() as i64);
            out.fragment(f::SIZELINEINFO);
            out.integer(p.lineinfo.len() as i64);
            out.fragment(f::SIZEP);
            out.integer(p.p.len() as i64);
            out.fragment(f::SIZELOCVARS);
            out.integer(p.locvars.len() as i64);
            out.fragment(f::LINEDEFINED);
            out.integer(p.linedefined.into());
            out.fragment(f::LASTLINEDEFINED);
            out.integer(p.lastlinedefined.into());
            out.fragment(f::K);
        })
    }

    fn constants(&mut self, p: &Proto) -> io::Result<()> {
        let mut constants = p.k.iter();
        for i in 0..constants.len() {
            let after = |out: &mut S::Out<'_>| out.fragment(f::CONSTANT_END);
            if let Some(text) = constants.next_padded() {
                self.sink
                    .padded(text, |out| constant_start(out, i), after)?;
            } else if let Some(constant) = constants.next() {
                write_constant(self.sink, &constant, |out| constant_start(out, i), after)?;
            }
        }
        self.sink.write(|out| out.fragment(f::CODE))
    }

    fn code(&mut self, p: &Proto) -> io::Result<()> {
        let mut before = None;
        for (pc, instruction) in p.code.iter().enumerate() {
            self.sink.write(|out| {
                out.fragment(f::CODE_IDX);
                out.integer(pc as i64);
                match added(self.extension, instruction) {
                    None => write_instruction(out, instruction),
                    Some(row) => write_added(out, row, instruction),
                }
                let sizecode = p.code.len();
                if let Some(target) = jump_target(self.extension, instruction, before, pc, sizecode)
                {
                    out.fragment(f::JUMP_TARGET);
                    out.integer(target.into());
                    out.fragment(f::JUMP_TARGET_END);
                }
            })?;
            before = Some(instruction);
        }
        self.sink.write(|out| out.fragment(f::LINEINFO))
    }

    fn lineinfo(&mut self, p: &Proto) -> io::Result<()> {
        if !p.lineinfo.is_empty() {
            self.sink.write(|out| out.fragment(f::LINES))?;
            for line in p.lineinfo.iter() {
                self.sink.write(|out| {
                    out.integer(line.into());
                    out.fragment(f::LINE_PAD);
                })?;
            }
            self.sink.write(|out| out.fragment(f::LINES_END))?;
        }
        self.sink.write(|out| out.fragment(f::LOCVARS))
    }

    fn locvars(&mut self, p: &Proto) -> io::Result<()> {
        for (i, locvar) in p.locvars.iter().enumerate() {
            self.sink.write(|out| {
                out.fragment(f::LOCVARS_IDX);
                out.integer(i as i64);
                out.fragment(f::VARNAME);
            })?;
            self.name(locvar.varname.as_ref())?;
            self.sink.write(|out| {
                out.fragment(f::STARTPC);
                out.integer(locvar.startpc.into());
                out.fragment(f::ENDPC);
                out.integer(locvar.endpc.into());
                out.fragment(f::LOCVAR_END);
            })?;
        }
        self.sink.write(|out| out.fragment(f::UPVALUES))
    }

    fn upvalues(&mut self, p: &Proto) -> io::Result<()> {
        for (i, upvalue) in p.upvalues.iter().enumerate() {
            self.sink.write(|out| {
                out.fragment(f::UPVALUES_IDX);
                out.integer(i as i64);
                out.fragment(f::NAME);
            })?;
            self.name(upvalue.name.as_ref())?;
            self.sink.write(|out| {
                out.fragment(f::NAME_END);
                out.fragment(f::INSTACK.at(usize::from(upvalue.instack)));
                out.fragment(f::IDX.at(usize::from(upvalue.idx)));
                out.fragment(f::UPVALDESC_END);
            })?;
        }
        self.sink.write(|out| out.fragment(f::SOURCE))
    }

    fn source(&mut self, p: &Proto) -> io::Result<()> {
        self.name(p.source.as_ref())?;
        self.sink.write(|out| out.fragment(f::P))
    }

    fn protos(&mut self, p: &Proto) -> io::Result<()> {
        for (i, function) in p.p.iter().enumerate() {
            self.sink.write(|out| {
                out.fragment(f::P_IDX);
                out.integer(i as i64);
                out.fragment(f::P_IDX_END);
            })?;
            self.function(function, None)?;
        }
        self.sink.write(|out| out.fragment(f::PROTO_END))
    }

    fn name(&mut self, name: Option<&LuaString>) -> io::Result<()> {
        match name {
            Some(name) => self.sink.text(name, false),
            None => self.sink.write(|out| out.fragment(f::NULL)),
        }
    }
}

/// Writes what comes before a constant. Not a closure, as that would become a call.
#[inline(always)]
fn constant_start(out: &mut impl TokenWriter, index: usize) {
    out.fragment(f::K_IDX);
    out.integer((index as u32).into());
    out.fragment(f::CONSTANT);
}

/// Returns the row of an instruction's opcode, if a dialect added it.
#[inline(always)]
pub(super) fn added(extension: &Extension, i: Instruction) -> Option<&Opcode> {
    let op = Lua53::op(i);
    match usize::from(op) < Lua53::OPCODES.len() {
        true => None,
        false => extension.row(op),
    }
}

/// Writes an instruction that a dialect added as [`write_instruction`] writes Lua's.
#[cold]
pub(super) fn write_added(out: &mut impl TokenWriter, row: &Opcode, i: Instruction) {
    const LAYOUT: WordLayout = Lua53::LAYOUT;
    let [a, b, c] = [LAYOUT.a, LAYOUT.b, LAYOUT.c].map(|field| field.get(i) as usize);
    let [b_mask, c_mask] = row.masks();
    out.token(&close("Proto-code-idx"));
    out.token(&open("Instruction"));
    out.token(&opcode(row.name()));
    out.token(&with("Instruction-T", u8::from(row.t)));
    out.token(&with("Instruction-A", u8::from(row.a)));
    out.token(&with("Instruction-B", b_mask.name()));
    out.fragment(f::B_OPERAND.at(b));
    out.token(&with("Instruction-C", c_mask.name()));
    out.fragment(f::C_OPERAND.at(c));
    out.token(&with("Instruction-MODE", row.mode.name()));
    out.token(&with("Instruction-INLINE", row.next == NextWord::Jump));
    out.token(&with("Instruction-JUMP", row.is_jump()));
    write_fields(out, [a, b, c], i);
}

/// Writes an instruction, from the end of its index on.
#[inline(always)]
pub(super) fn write_instruction(out: &mut impl TokenWriter, i: Instruction) {
    const LAYOUT: WordLayout = Lua53::LAYOUT;
    let (op, a) = (Lua53::op(i), LAYOUT.a.get(i) as usize);
    let (b, c) = (LAYOUT.b.get(i) as usize, LAYOUT.c.get(i) as usize);
    let is_inline = is_inline(op, c as u32);
    let op = usize::from(op);
    out.fragment(f::HEAD.at(op));
    out.fragment(f::B_OPERAND.at(b));
    out.fragment(f::C_MASK.at(op));
    out.fragment(f::C_OPERAND.at(c));
    out.fragment(if is_inline {
        f::TAIL_INLINE.at(op)
    } else {
        f::TAIL.at(op)
    });
    write_fields(out, [a, b, c], i);
}

/// Writes the fields of an instruction, from A on.
#[inline(always)]
fn write_fields(out: &mut impl TokenWriter, [a, b, c]: [usize; 3], i: Instruction) {
    const LAYOUT: WordLayout = Lua53::LAYOUT;
    out.fragment(f::A.at(a));
    out.fragment(f::B.at(b));
    out.fragment(f::C_BX.at(c));
    out.integer(LAYOUT.bx.get(i).into());
    out.fragment(f::SBX);
    out.integer(LAYOUT.bx.signed(i).into());
    out.fragment(f::AX);
    out.integer(LAYOUT.ax.get(i).into());
    out.fragment(f::INSTRUCTION_END);
}
