//! The tree of functions to bytes of a chunk (`ldump.c`).

use crate::chunk::{Chunk, LuaString, Proto};
use crate::header::{LUA_SIGNATURE, LUAC_DATA, LUAC_FORMAT, LUAC_INT, LUAC_NUM, LUAC_VERSION};

/// Writes a chunk in the layout of Lua 5.3 on x86-64: little-endian, `int` of 4 bytes, `size_t`,
/// `lua_Integer` and `lua_Number` of 8.
///
/// A function whose source is its parent's has none in the chunk, as `ldump.c` writes it. The names
/// of the upvalues are left out where a function has no debug information at all, as under `strip`.
pub fn dump(chunk: &Chunk) -> Vec<u8> {
    let mut out = Vec::new();
    let mut dump = Dump::to(&mut out);
    dump.header();
    dump.byte(chunk.nupvalues);
    dump.function(&chunk.main, None);
    out
}

/// The state of writing (`DumpState`).
pub struct Dump<'o> {
    out: &'o mut Vec<u8>,
}

impl<'o> Dump<'o> {
    /// What writes to the end of `out`.
    #[inline(always)]
    pub(crate) fn to(out: &'o mut Vec<u8>) -> Self {
        Dump { out }
    }

    fn header(&mut self) {
        self.out.extend_from_slice(LUA_SIGNATURE);
        self.byte(LUAC_VERSION);
        self.byte(LUAC_FORMAT);
        self.out.extend_from_slice(&LUAC_DATA);
        // int, size_t, Instruction, lua_Integer, lua_Number
        self.out.extend_from_slice(&[4, 8, 4, 8, 8]);
        self.integer(LUAC_INT);
        self.number(LUAC_NUM);
    }

    fn function(&mut self, f: &Proto, parent: Option<&LuaString>) {
        self.string(f.source.as_ref().filter(|&source| parent != Some(source)));
        self.int(f.linedefined);
        self.int(f.lastlinedefined);
        self.byte(f.numparams);
        self.byte(f.is_vararg);
        self.byte(f.maxstacksize);
        self.code(f);
        self.constants(f);
        self.upvalues(f);
        self.protos(f);
        self.debug(f);
    }

    fn code(&mut self, f: &Proto) {
        self.count(f.code.len());
        self.bytes(f.code.as_bytes());
    }

    fn constants(&mut self, f: &Proto) {
        self.count(f.k.len());
        f.k.dump(self);
    }

    fn upvalues(&mut self, f: &Proto) {
        self.count(f.upvalues.len());
        for upvalue in &f.upvalues {
            self.byte(upvalue.instack);
            self.byte(upvalue.idx);
        }
    }

    fn protos(&mut self, f: &Proto) {
        self.count(f.p.len());
        for function in &f.p {
            self.function(function, f.source.as_ref());
        }
    }

    fn debug(&mut self, f: &Proto) {
        self.count(f.lineinfo.len());
        self.bytes(f.lineinfo.as_bytes());
        self.count(f.locvars.len());
        f.locvars.dump(self);
        let names = if f.has_debug() { f.upvalues.len() } else { 0 };
        self.count(names);
        for upvalue in &f.upvalues[..names] {
            self.string(upvalue.name.as_ref());
        }
    }

    /// A string, NULL for `None`. Its size counts a final NUL that is not stored.
    pub(crate) fn string(&mut self, string: Option<&LuaString>) {
        let Some(string) = string else {
            return self.byte(0);
        };
        let size = string.len() as u64 + 1;
        match u8::try_from(size) {
            Ok(size) if size < 0xFF => self.byte(size),
            _ => {
                self.byte(0xFF);
                self.out.extend_from_slice(&size.to_le_bytes());
            }
        }
        self.out.extend_from_slice(string);
    }

    fn count(&mut self, count: usize) {
        self.int(count as i32);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    pub(crate) fn int(&mut self, value: i32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn integer(&mut self, value: i64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn number(&mut self, value: f64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }
}
