//! The tree of functions to bytes of a chunk (`ldump.c`).

use crate::header::{LUA_SIGNATURE, LUAC_DATA, LUAC_FORMAT, LUAC_INT, LUAC_NUM, LUAC_VERSION};
use crate::proto::{Chunk, Constant, LuaString, Proto, tag};

/// The longest string that Lua keeps as a short one (`LUAI_MAXSHORTLEN`).
const MAX_SHORT_LENGTH: usize = 40;

/// Writes a chunk in the layout of Lua 5.3 on x86-64: little-endian, `int` of 4 bytes, `size_t`,
/// `lua_Integer` and `lua_Number` of 8.
///
/// A function whose source is its parent's has none in the chunk, as `ldump.c` writes it. The names
/// of the upvalues are left out where a function has no debug information at all, as under `strip`.
pub fn dump(chunk: &Chunk) -> Vec<u8> {
    let mut dump = Dump { out: Vec::new() };
    dump.header();
    dump.byte(chunk.nupvalues);
    dump.function(&chunk.main, None);
    dump.out
}

struct Dump {
    out: Vec<u8>,
}

impl Dump {
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
        self.out.extend_from_slice(f.code.as_bytes());
    }

    fn constants(&mut self, f: &Proto) {
        self.count(f.k.len());
        for constant in f.k.iter() {
            self.constant(&constant);
        }
    }

    fn constant(&mut self, constant: &Constant) {
        match constant {
            Constant::Nil => self.byte(tag::NIL),
            Constant::Boolean(value) => {
                self.byte(tag::BOOLEAN);
                self.byte(u8::from(*value));
            }
            Constant::Float(value) => {
                self.byte(tag::FLOAT);
                self.number(*value);
            }
            Constant::Integer(value) => {
                self.byte(tag::INTEGER);
                self.integer(*value);
            }
            Constant::String(string) => {
                let short = string.len() <= MAX_SHORT_LENGTH;
                self.byte(if short {
                    tag::SHORT_STRING
                } else {
                    tag::LONG_STRING
                });
                self.string(Some(string));
            }
        }
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
        self.out.extend_from_slice(f.lineinfo.as_bytes());
        self.count(f.locvars.len());
        for locvar in f.locvars.iter() {
            self.string(locvar.varname.as_ref());
            self.int(locvar.startpc);
            self.int(locvar.endpc);
        }
        let names = if f.has_debug() { f.upvalues.len() } else { 0 };
        self.count(names);
        for upvalue in &f.upvalues[..names] {
            self.string(upvalue.name.as_ref());
        }
    }

    /// A string, NULL for `None`. Its size counts a final NUL that is not stored.
    fn string(&mut self, string: Option<&LuaString>) {
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

    fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    fn int(&mut self, value: i32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn integer(&mut self, value: i64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn number(&mut self, value: f64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }
}
