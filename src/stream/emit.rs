//! The tree of functions to its stream. `parse.rs` mirrors this file.

use std::io;

use super::fragments as f;
use super::sink::Sink;
use crate::opcodes::Instruction;
use crate::proto::{Chunk, Constant, LocVar, LuaString, Proto, Upvaldesc};

/// Writes the stream of `chunk`, without its line end, to `sink`.
///
/// # Errors
/// Those of the sink.
pub fn emit<S: Sink>(chunk: &Chunk, sink: &mut S) -> io::Result<()> {
    Emit { sink }.function(&chunk.main, Some(chunk.nupvalues))
}

struct Emit<'s, S> {
    sink: &'s mut S,
}

impl<S: Sink> Emit<'_, S> {
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
        self.sink.room()?;
        self.sink.fragment(&f::PROTO);
        if let Some(nupvalues) = nupvalues {
            self.sink.fragment(&f::NUPVALUES[usize::from(nupvalues)]);
        }
        self.sink.fragment(&f::NUMPARAMS[usize::from(p.numparams)]);
        self.sink.fragment(&f::IS_VARARG[usize::from(p.is_vararg)]);
        self.sink
            .fragment(&f::MAXSTACKSIZE[usize::from(p.maxstacksize)]);
        self.sink.fragment(&f::SIZEUPVALUES);
        self.sink.integer(p.upvalues.len() as i64);
        self.sink.fragment(&f::SIZEK);
        self.sink.integer(p.k.len() as i64);
        self.sink.fragment(&f::SIZECODE);
        self.sink.integer(p.code.len() as i64);
        self.sink.fragment(&f::SIZELINEINFO);
        self.sink.integer(p.lineinfo.len() as i64);
        self.sink.fragment(&f::SIZEP);
        self.sink.integer(p.p.len() as i64);
        self.sink.fragment(&f::SIZELOCVARS);
        self.sink.integer(p.locvars.len() as i64);
        self.sink.fragment(&f::LINEDEFINED);
        self.sink.integer(p.linedefined.into());
        self.sink.fragment(&f::LASTLINEDEFINED);
        self.sink.integer(p.lastlinedefined.into());
        self.sink.fragment(&f::K);
        Ok(())
    }

    fn constants(&mut self, p: &Proto) -> io::Result<()> {
        for (i, constant) in p.k.iter().enumerate() {
            self.sink.room()?;
            self.sink.fragment(&f::K_IDX);
            self.sink.integer(i as i64);
            self.sink.fragment(&f::CONSTANT);
            self.constant(constant)?;
            self.sink.fragment(&f::CONSTANT_END);
        }
        self.sink.room()?;
        self.sink.fragment(&f::CODE);
        Ok(())
    }

    fn constant(&mut self, constant: &Constant) -> io::Result<()> {
        match constant {
            Constant::Nil => self.sink.word("nil"),
            Constant::Boolean(false) => self.sink.word("false"),
            Constant::Boolean(true) => self.sink.word("true"),
            Constant::Integer(value) => self.sink.integer(*value),
            Constant::Float(value) => self.sink.float(*value),
            Constant::String(text) => {
                self.sink.word("\"");
                self.sink.text(text, true)?;
                self.sink.word("\"");
            }
        }
        Ok(())
    }

    fn code(&mut self, p: &Proto) -> io::Result<()> {
        let mut before = None;
        for (pc, &instruction) in p.code.iter().enumerate() {
            self.sink.room()?;
            self.sink.fragment(&f::CODE_IDX);
            self.sink.integer(pc as i64);
            self.instruction(instruction);
            if let Some(target) = instruction.jump_target(before, pc, p.code.len()) {
                self.sink.fragment(&f::JUMP_TARGET);
                self.sink.integer(target.into());
                self.sink.fragment(&f::JUMP_TARGET_END);
            }
            before = Some(instruction);
        }
        self.sink.room()?;
        self.sink.fragment(&f::LINEINFO);
        Ok(())
    }

    #[inline(always)]
    fn instruction(&mut self, i: Instruction) {
        let (op, a) = (usize::from(i.op()), usize::from(i.a()));
        let (b, c) = (usize::from(i.b()), usize::from(i.c()));
        self.sink.fragment(&f::HEAD[op]);
        self.sink.fragment(&f::B_OPERAND[b]);
        self.sink.fragment(&f::C_MASK[op]);
        self.sink.fragment(&f::C_OPERAND[c]);
        self.sink.fragment(if i.is_inline() {
            &f::TAIL_INLINE[op]
        } else {
            &f::TAIL[op]
        });
        self.sink.fragment(&f::A[a]);
        self.sink.fragment(&f::B[b]);
        self.sink.fragment(&f::C_BX[c]);
        self.sink.integer(i.bx().into());
        self.sink.fragment(&f::SBX);
        self.sink.integer(i.sbx().into());
        self.sink.fragment(&f::AX);
        self.sink.integer(i.ax().into());
        self.sink.fragment(&f::INSTRUCTION_END);
    }

    fn lineinfo(&mut self, p: &Proto) -> io::Result<()> {
        if !p.lineinfo.is_empty() {
            self.sink.fragment(&f::LINES);
            for &line in &p.lineinfo {
                self.sink.room()?;
                self.sink.integer(line.into());
                self.sink.fragment(&f::LINE_PAD);
            }
            self.sink.fragment(&f::LINES_END);
        }
        self.sink.fragment(&f::LOCVARS);
        Ok(())
    }

    fn locvars(&mut self, p: &Proto) -> io::Result<()> {
        for (i, locvar) in p.locvars.iter().enumerate() {
            self.sink.room()?;
            self.sink.fragment(&f::LOCVARS_IDX);
            self.sink.integer(i as i64);
            self.locvar(locvar)?;
        }
        self.sink.room()?;
        self.sink.fragment(&f::UPVALUES);
        Ok(())
    }

    fn locvar(&mut self, locvar: &LocVar) -> io::Result<()> {
        self.sink.fragment(&f::VARNAME);
        self.name(locvar.varname.as_ref())?;
        self.sink.fragment(&f::STARTPC);
        self.sink.integer(locvar.startpc.into());
        self.sink.fragment(&f::ENDPC);
        self.sink.integer(locvar.endpc.into());
        self.sink.fragment(&f::LOCVAR_END);
        Ok(())
    }

    fn upvalues(&mut self, p: &Proto) -> io::Result<()> {
        for (i, upvalue) in p.upvalues.iter().enumerate() {
            self.sink.room()?;
            self.sink.fragment(&f::UPVALUES_IDX);
            self.sink.integer(i as i64);
            self.upvaldesc(upvalue)?;
        }
        self.sink.room()?;
        self.sink.fragment(&f::SOURCE);
        Ok(())
    }

    fn upvaldesc(&mut self, upvalue: &Upvaldesc) -> io::Result<()> {
        self.sink.fragment(&f::NAME);
        self.name(upvalue.name.as_ref())?;
        self.sink.fragment(&f::NAME_END);
        self.sink
            .fragment(&f::INSTACK[usize::from(upvalue.instack)]);
        self.sink.fragment(&f::IDX[usize::from(upvalue.idx)]);
        self.sink.fragment(&f::UPVALDESC_END);
        Ok(())
    }

    fn source(&mut self, p: &Proto) -> io::Result<()> {
        self.name(p.source.as_ref())?;
        self.sink.fragment(&f::P);
        Ok(())
    }

    fn protos(&mut self, p: &Proto) -> io::Result<()> {
        for (i, function) in p.p.iter().enumerate() {
            self.sink.room()?;
            self.sink.fragment(&f::P_IDX);
            self.sink.integer(i as i64);
            self.sink.fragment(&f::P_IDX_END);
            self.function(function, None)?;
        }
        self.sink.room()?;
        self.sink.fragment(&f::PROTO_END);
        self.sink.room()
    }

    fn name(&mut self, name: Option<&LuaString>) -> io::Result<()> {
        match name {
            Some(name) => self.sink.text(name, false),
            None => {
                self.sink.fragment(&f::NULL);
                Ok(())
            }
        }
    }
}
