//! The listing of a chunk, as `luac -l -l` prints it: `PrintFunction` of `luac.c`, and of `print.c`
//! before Lua 5.2.

use std::io;

use crate::chunk::{Constant, Extension, LuaString, Proto};
use crate::disasm::{
    Floats, Lookup, Print, PrintValue, RemarkWriter, Style, applies, c_string, list, or_dash,
    remarks_of, style_of, write_remark,
};
use crate::luac::LUA_SIGNATURE;
use crate::opcodes::{Instruction, InstructionSet};
use crate::version::{Version, with_version};

use super::page::Page;
use super::partial::{Address, PartialChunk};
use super::select::Selected;

impl<'w> Page<'w> {
    /// Writes what `luac -l -l` of the chunk's version prints. The address of a function is the offset
    /// where it begins in the chunk, in eight hex digits.
    ///
    /// The heading of a function ends with its path, as [`FunctionSpec`](super::FunctionSpec) reads it.
    /// An operand that refers to nothing shows as `?`.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn listing(&mut self, partial: &PartialChunk) -> io::Result<()> {
        let Some((chunk, at)) = &partial.functions else {
            return Ok(());
        };
        self.listing_to(partial, Vec::new())
            .functions(&chunk.main, at)
    }

    /// Writes what [`listing`](Self::listing) does, for one function without the functions inside it.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn listing_of(&mut self, partial: &PartialChunk, function: Selected) -> io::Result<()> {
        self.listing_to(partial, function.path)
            .function(function.p, function.at)
    }

    /// Writes a line with the opcode and the operands of an instruction, as a listing shows them.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn insn(&mut self, version: Version, word: u32) -> io::Result<()> {
        self.insn_of(version, Extension::NONE, word)
    }

    /// Writes what [`insn`](Self::insn) does, for an instruction of a dialect.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn insn_of(
        &mut self,
        version: Version,
        extension: &Extension,
        word: u32,
    ) -> io::Result<()> {
        with_version!(version, V => list::<V>(self, extension, Instruction(word)));
        self.end_line()
    }

    fn listing_to<'p>(
        &'p mut self,
        partial: &'p PartialChunk,
        path: Vec<usize>,
    ) -> Listing<'p, 'w> {
        Listing {
            page: self,
            path,
            version: partial.version,
            extension: partial.extension(),
            floats: partial.floats,
        }
    }
}

struct Listing<'p, 'w> {
    page: &'p mut Page<'w>,
    /// The path from the main function to the one that is listed.
    path: Vec<usize>,
    version: Version,
    extension: &'p Extension,
    floats: Floats,
}

impl Listing<'_, '_> {
    /// `PrintFunction`
    fn functions(&mut self, p: &Proto, at: &Address) -> io::Result<()> {
        self.function(p, at)?;
        for (index, (p, at)) in p.p.iter().zip(&at.p).enumerate() {
            self.path.push(index);
            self.functions(p, at)?;
            self.path.pop();
        }
        Ok(())
    }

    fn function(&mut self, p: &Proto, at: &Address) -> io::Result<()> {
        self.page.enter(&self.path);
        self.header(p, at)?;
        let lookup = Lookup::of(p, self.floats, self.extension)?;
        with_version!(self.version, V => self.code::<V>(&lookup, at))?;
        self.constants(p, at)?;
        self.locals(p, at)?;
        self.upvalues(p, at)
    }

    /// `PrintHeader`
    fn header(&mut self, p: &Proto, at: &Address) -> io::Result<()> {
        self.page.end_line()?;
        let main = p.linedefined == 0;
        self.page.text(if main { "main <" } else { "function <" });
        self.page.paint(Style::String, |page| page.name(source(p)));
        self.page.byte(b':');
        self.number(p.linedefined);
        self.page.byte(b',');
        self.number(p.lastlinedefined);
        self.page.text("> (");
        self.count(p.code.len(), " instruction", "");
        if self.version == Version::Lua51 {
            self.page.text(", ");
            self.number(p.code.len() * 4);
            self.page.text(" bytes");
        }
        self.page.text(" at ");
        self.address(at);
        self.page.text(")");
        self.path();
        self.page.end_line()?;

        self.number(p.numparams);
        // In Lua 5.5 these are flags, and these two mean `...`.
        let flags = match self.version {
            Version::Lua55 => p.is_vararg & 0b11,
            _ => p.is_vararg,
        };
        self.page.text(if flags != 0 { "+" } else { "" });
        self.page.text(if p.numparams == 1 {
            " param, "
        } else {
            " params, "
        });
        self.count(p.maxstacksize.into(), " slot", ", ");
        self.count(p.upvalues.len(), " upvalue", ", ");
        self.count(p.locvars.len(), " local", ", ");
        self.count(p.k.len(), " constant", ", ");
        self.count(p.p.len(), " function", "");
        self.page.end_line()
    }

    /// Writes the path of the function, which `luac` does not print.
    fn path(&mut self) {
        let steps = self.path.iter().map(|index| format!("/{index}"));
        let path: String = steps.collect();
        self.page.byte(b'\t');
        self.page.paint(Style::Comment, |page| {
            page.text("; main");
            page.text(path);
        });
    }

    /// `PrintCode`
    fn code<S: InstructionSet>(&mut self, p: &Lookup, at: &Address) -> io::Result<()> {
        let mut pc = 0;
        while let Some(i) = p.code.get(pc) {
            instruction::<S>(self.page, p, pc, i, Some(at));
            self.page.end_line()?;
            pc += 1 + usize::from(S::takes_next_word(i));
        }
        Ok(())
    }

    /// The constants, as in `PrintDebug` or `PrintConstants`.
    fn constants(&mut self, p: &Proto, at: &Address) -> io::Result<()> {
        self.list("constants (", p.k.len(), at)?;
        for (i, constant) in p.k.iter().enumerate() {
            match self.version < Version::Lua54 {
                true => self.element(i + 1),
                false => {
                    self.element(i);
                    self.page.text(letter(&constant));
                    self.page.byte(b'\t');
                }
            }
            self.page.paint(style_of(&constant), |page| {
                page.constant(self.floats, &constant)
            });
            self.page.end_line()?;
        }
        Ok(())
    }

    fn locals(&mut self, p: &Proto, at: &Address) -> io::Result<()> {
        self.list("locals (", p.locvars.len(), at)?;
        for (i, locvar) in p.locvars.iter().enumerate() {
            self.element(i);
            self.name(locvar.varname.as_ref());
            self.page.byte(b'\t');
            self.number(i64::from(locvar.startpc) + 1);
            self.page.byte(b'\t');
            self.number(i64::from(locvar.endpc) + 1);
            self.page.end_line()?;
        }
        Ok(())
    }

    fn upvalues(&mut self, p: &Proto, at: &Address) -> io::Result<()> {
        let is_named = p.upvalues.iter().any(|upvalue| upvalue.name.is_some());
        // Lua 5.1 lists only the names, if there are any. Later versions also list what the upvalues
        // capture.
        let listed = self.version > Version::Lua51 || is_named;
        let count = if listed { p.upvalues.len() } else { 0 };
        self.list("upvalues (", count, at)?;
        for (i, upvalue) in p.upvalues.iter().take(count).enumerate() {
            self.element(i);
            self.name(upvalue.name.as_ref());
            if self.version > Version::Lua51 {
                self.page.byte(b'\t');
                self.number(upvalue.instack);
                self.page.byte(b'\t');
                self.number(upvalue.idx);
            }
            self.page.end_line()?;
        }
        Ok(())
    }

    /// Writes the heading of a list.
    fn list(&mut self, name: &str, count: usize, at: &Address) -> io::Result<()> {
        self.page.text(name);
        self.number(count);
        self.page.text(") for ");
        self.address(at);
        self.page.text(":");
        self.page.end_line()
    }

    fn element(&mut self, index: usize) {
        self.page.brief(|line| {
            line.byte(b'\t');
            number(line, index);
            line.byte(b'\t');
        });
    }

    fn name(&mut self, name: Option<&LuaString>) {
        self.page
            .paint(Style::String, |page| page.name(or_dash(name)));
    }

    /// Writes a count with its noun, and the text after them.
    fn count(&mut self, count: usize, what: &str, then: &str) {
        self.number(count);
        self.page.text(what);
        self.page.text(if count == 1 { "" } else { "s" });
        self.page.text(then);
    }

    fn number(&mut self, value: impl TryInto<i64>) {
        number(self.page, value);
    }

    fn address(&mut self, at: &Address) {
        self.page.paint(Style::Comment, |page| address(page, at));
    }
}

/// Writes the line of an instruction, without its end. Functions inside show as their addresses in
/// `at`, or without it by their index.
#[inline(always)]
pub(super) fn instruction<S: InstructionSet>(
    page: &mut Page,
    p: &Lookup,
    pc: usize,
    i: Instruction,
    at: Option<&Address>,
) {
    page.brief(|line| {
        place(line, p, pc);
        list::<S>(line, p.extension(), i);
    });
    let [remark, _] = remarks_of::<S>(p.extension(), i);
    if applies::<S>(p.extension(), remark, i) {
        page.byte(b'\t');
        page.paint(Style::Comment, |page| {
            page.text("; ");
            write_remark::<S>(remark, p, pc, i, &mut ListedRemark { page, at });
        });
    }
}

/// Writes the beginning of a line: the number of the instruction, and its line in the source.
#[inline(always)]
fn place(out: &mut impl Print, p: &Lookup, pc: usize) {
    out.byte(b'\t');
    number(out, pc + 1);
    out.text("\t[");
    match p.lineinfo.get(pc) {
        Some(line) if line > 0 => number(out, line),
        _ => out.byte(b'-'),
    }
    out.text("]\t");
}

#[inline(always)]
fn number(out: &mut impl Print, value: impl TryInto<i64>) {
    out.paint(Style::Number, |out| out.integer(value));
}

/// Writes an address, in eight hex digits at least.
fn address(page: &mut Page, at: &Address) {
    let Ok(offset) = u32::try_from(at.offset) else {
        return page.text(format!("{:#x}", at.offset));
    };
    let digit = |place: u32| b"0123456789abcdef"[(offset >> (28 - 4 * place)) as usize & 15];
    page.text("0x");
    page.text([0, 1, 2, 3, 4, 5, 6, 7].map(digit));
}

/// A remark as `luac` writes it.
struct ListedRemark<'p, 'w, 'r> {
    page: &'p mut Page<'w>,
    at: Option<&'r Address>,
}

impl<'w> RemarkWriter for ListedRemark<'_, 'w, '_> {
    type Out = Page<'w>;

    fn out(&mut self) -> &mut Page<'w> {
        self.page
    }

    fn name(&mut self, name: &[u8]) {
        self.page.name(name);
    }

    fn target(&mut self, number: i64) {
        self.page.integer(number);
    }

    fn closure(&mut self, _: &Lookup, index: usize) {
        let Some(at) = self.at else {
            self.page.text("function ");
            return self.page.integer(index);
        };
        match at.p.get(index) {
            Some(at) => address(self.page, at),
            None => self.page.byte(b'?'),
        }
    }
}

/// The letter of a constant's type (`PrintType`).
fn letter(constant: &Constant) -> &'static str {
    match constant {
        Constant::Nil => "N",
        Constant::Boolean(_) => "B",
        Constant::Float(_) => "F",
        Constant::Integer(_) => "I",
        Constant::String(_) | Constant::Null => "S",
    }
}

fn source<'p>(p: &'p Proto) -> &'p [u8] {
    let source = p.source.as_deref().unwrap_or(b"=?");
    match source.first() {
        Some(b'@' | b'=') => c_string(&source[1..]),
        first if first == LUA_SIGNATURE.first() => b"(bstring)",
        _ => b"(string)",
    }
}
