//! Debug information that does not go with the code: what the emitter says of it behind the code.

use std::io;

use super::dialect::Dialect;
use super::emit::Emit;
use super::lines::has_lines;
use crate::chunk::{Proto, RelativeLines};
use crate::stream::fragments::{Numbered, terse as f};
use crate::stream::sink::{Sink, TokenWriter};

impl<S: Sink, D: Dialect> Emit<'_, S, D> {
    pub fn locvars(&mut self, p: &Proto) -> io::Result<()> {
        self.sink.say(|out| out.fragment(f::LOCVARS))?;
        for locvar in p.locvars.iter() {
            match &locvar.varname {
                Some(name) => self.text(f::LOCVAR, name)?,
                None => self.sink.say(|out| {
                    out.fragment(f::LOCVAR);
                    out.fragment(f::NULL);
                })?,
            }
            self.sink.say(|out| {
                out.fragment(f::STARTPC);
                out.integer(locvar.startpc.into());
                out.fragment(f::ENDPC);
                out.integer(locvar.endpc.into());
            })?;
        }
        Ok(())
    }

    pub fn lineinfo(&mut self, p: &Proto) -> io::Result<()> {
        if p.lineinfo.is_empty() || has_lines(p) {
            return Ok(());
        }
        self.sink.say(|out| out.fragment(f::LINEINFO))?;
        for line in p.lineinfo.iter() {
            self.sink.say(|out| {
                out.integer(line.into());
                out.fragment(f::LINE_PAD);
            })?;
        }
        Ok(())
    }

    /// The lines as the chunk stores them, where `luac` would not.
    pub fn stored_lines(&mut self, stored: &RelativeLines) -> io::Result<()> {
        self.sink.say(|out| out.fragment(f::ABSLINEINFO))?;
        for distance in &stored.lineinfo {
            self.sink.say(|out| {
                out.integer((*distance).into());
                out.fragment(f::LINE_PAD);
            })?;
        }
        for entry in &stored.abslineinfo {
            self.sink.say(|out| {
                out.fragment(f::ABS_PC);
                out.integer(entry.pc.into());
                out.fragment(f::ABS_LINE);
                out.integer(entry.line.into());
            })?;
        }
        Ok(())
    }

    pub fn text<const N: usize>(&mut self, token: Numbered<N>, text: &[u8]) -> io::Result<()> {
        self.sink.say(|out| out.fragment(token))?;
        self.sink.text(text, false)
    }
}
