//! Chunks of Lua 5.1 in every layout that its header can tell, and what is wrong with bad ones.

mod common;

use byteorder::{BE, ByteOrder, LE};
use common::fixture;
use luadec_tok::chunk::{Constant, LuaString, Proto};
use luadec_tok::view::read;

#[derive(Clone, Copy, Debug)]
struct Layout {
    big_endian: bool,
    int: usize,
    size_t: usize,
    number: usize,
    integral: bool,
}

/// Writes chunks of Lua 5.1, as its `ldump.c` does.
struct Dump {
    layout: Layout,
    out: Vec<u8>,
}

impl Dump {
    fn chunk(layout: Layout, main: &Proto) -> Vec<u8> {
        let mut out = b"\x1bLua\x51\x00".to_vec();
        let Layout {
            int,
            size_t,
            number,
            ..
        } = layout;
        out.push(u8::from(!layout.big_endian));
        out.extend([int, size_t, 4, number].map(|size| size as u8));
        out.push(u8::from(layout.integral));
        let mut dump = Dump { layout, out };
        dump.function(main, None);
        dump.out
    }

    fn function(&mut self, p: &Proto, parent: Option<&LuaString>) {
        self.string(p.source.as_ref().filter(|&source| parent != Some(source)));
        self.int(p.linedefined.into());
        self.int(p.lastlinedefined.into());
        self.out.push(p.upvalues.len() as u8);
        self.out.extend([p.numparams, p.is_vararg, p.maxstacksize]);
        self.int(p.code.len() as i64);
        for word in p.code.iter() {
            self.integer(word.0.into(), 4);
        }
        self.int(p.k.len() as i64);
        for constant in p.k.iter() {
            self.constant(&constant);
        }
        self.int(p.p.len() as i64);
        for function in &p.p {
            self.function(function, p.source.as_ref());
        }
        self.int(p.lineinfo.len() as i64);
        for line in p.lineinfo.iter() {
            self.int(line.into());
        }
        self.int(p.locvars.len() as i64);
        for locvar in p.locvars.iter() {
            self.string(locvar.varname.as_ref());
            self.int(locvar.startpc.into());
            self.int(locvar.endpc.into());
        }
        self.int(p.upvalues.len() as i64);
        for upvalue in &p.upvalues {
            self.string(upvalue.name.as_ref());
        }
    }

    fn constant(&mut self, constant: &Constant) {
        let Layout {
            number, integral, ..
        } = self.layout;
        match constant {
            Constant::Nil => self.out.push(0),
            Constant::Boolean(value) => self.out.extend([1, u8::from(*value)]),
            Constant::Float(value) => {
                self.out.push(3);
                match (number, integral) {
                    (_, true) => self.integer(*value as i64, number),
                    (4, false) => self.integer((*value as f32).to_bits().into(), 4),
                    (_, false) => self.integer(value.to_bits() as i64, 8),
                }
            }
            Constant::Integer(_) => unreachable!("Lua 5.1 has no integers"),
            Constant::String(string) => {
                self.out.push(4);
                self.string(Some(string));
            }
        }
    }

    fn string(&mut self, string: Option<&LuaString>) {
        let size_t = self.layout.size_t;
        let Some(string) = string else {
            return self.integer(0, size_t);
        };
        self.integer(string.len() as i64 + 1, size_t);
        self.out.extend_from_slice(string);
        self.out.push(0);
    }

    fn int(&mut self, value: i64) {
        self.integer(value, self.layout.int);
    }

    fn integer(&mut self, value: i64, width: usize) {
        let mut bytes = [0; 8];
        let value = if width == 4 {
            value & 0xFFFF_FFFF
        } else {
            value
        } as u64;
        match self.layout.big_endian {
            true => BE::write_uint(&mut bytes, value, width),
            false => LE::write_uint(&mut bytes, value, width),
        }
        self.out.extend_from_slice(&bytes[..width]);
    }
}

/// The tree with its numbers as a layout can hold them.
fn rounded(p: &Proto, layout: Layout) -> Proto<'static> {
    let number = |value: f64| match (layout.integral, layout.number) {
        (true, 4) => Constant::Integer(i64::from(value as i64 as i32)),
        (true, _) => Constant::Integer(value as i64),
        (false, 4) => Constant::Float(f64::from(value as f32)),
        (false, _) => Constant::Float(value),
    };
    let owned = |text: &LuaString| text.clone().into_owned().into();
    Proto {
        source: p.source.as_ref().map(owned),
        code: p.code.iter().collect(),
        k: p.k
            .iter()
            .map(|constant| match &constant {
                Constant::Nil => Constant::Nil,
                Constant::Boolean(value) => Constant::Boolean(*value),
                Constant::Integer(value) => Constant::Integer(*value),
                Constant::Float(value) => number(*value),
                Constant::String(text) => Constant::String(owned(text)),
            })
            .collect(),
        upvalues: p
            .upvalues
            .iter()
            .map(|upvalue| luadec_tok::chunk::Upvaldesc {
                name: upvalue.name.as_ref().map(owned),
                ..*upvalue
            })
            .collect(),
        locvars: p
            .locvars
            .iter()
            .map(|locvar| luadec_tok::chunk::LocVar {
                varname: locvar.varname.as_ref().map(owned),
                ..locvar
            })
            .collect(),
        p: p.p.iter().map(|p| rounded(p, layout)).collect(),
        lineinfo: p.lineinfo.iter().collect(),
        ..*p
    }
}

const NATIVE: Layout = Layout {
    big_endian: false,
    int: 4,
    size_t: 8,
    number: 8,
    integral: false,
};

#[test]
fn every_layout_gives_the_same_tree() {
    let bytes = fixture("lua51/opcodes.luac");
    let reading = read(&bytes).unwrap();
    let main = &reading.chunk().unwrap().main;
    assert!(Dump::chunk(NATIVE, main) == bytes, "as luac5.1 wrote it");
    for case in 0..32 {
        let bit = |bit: u32| case >> bit & 1 == 1;
        let layout = Layout {
            big_endian: bit(0),
            int: if bit(1) { 8 } else { 4 },
            size_t: if bit(2) { 8 } else { 4 },
            number: if bit(3) { 8 } else { 4 },
            integral: bit(4),
        };
        let bytes = Dump::chunk(layout, main);
        let reading = read(&bytes).unwrap();
        assert_eq!(reading.error(), None, "{layout:?}");
        assert_eq!(
            reading.chunk().unwrap().main,
            rounded(main, layout),
            "{layout:?}"
        );
    }
}

/// The message for the fixture with some bytes replaced.
fn message(offset: usize, bytes: &[u8]) -> String {
    let mut chunk = fixture("sample51.luac");
    chunk[offset..offset + bytes.len()].copy_from_slice(bytes);
    let reading = read(&chunk).unwrap();
    reading.error().expect("it is damaged").to_string()
}

#[test]
fn damaged_chunks() {
    for (offset, bytes, wanted) in [
        (
            5,
            &b"\x01"[..],
            "at 0x5: the format is 1; only the official format, 0, is read",
        ),
        (6, b"\x02", "at 0x6: endianness is 2; it can be 0 or 1"),
        (
            7,
            b"\x02",
            "at 0x7: the size of int is 2; supported: 4 or 8",
        ),
        (
            8,
            b"\x01",
            "at 0x8: the size of size_t is 1; supported: 4 or 8",
        ),
        (
            9,
            b"\x08",
            "at 0x9: the size of Instruction is 8; supported: 4",
        ),
        (
            10,
            b"\x10",
            "at 0xa: the size of lua_Number is 16; supported: 4 or 8",
        ),
        (11, b"\x07", "at 0xb: integral is 7; it can be 0 or 1"),
        (
            0xB7,
            b"\x05",
            "at 0xb7, main > constant 0: unknown constant tag 0x05; expected 0x00 (nil), 0x01 (boolean), \
             0x03 (number) or 0x04 (string)",
        ),
        (
            0xCA,
            b"\x00\x00\x00\x00",
            "at 0xc9, main > constant 2: the constant string is NULL; only names and sources can be",
        ),
        (
            0x1E5,
            b"\xFF\xFF\xFF\x7F",
            "at 0x1e9, main > function 1 > function 0 > source: the data ends: source wants 2147483647 \
             bytes, 578 left",
        ),
        (
            0x427,
            b"\xFF\xFF\xFF\xFF",
            "at 0x427, main: the number of upvalue names is -1; a count cannot be negative",
        ),
    ] {
        assert_eq!(message(offset, bytes), wanted);
    }
}

/// The dialect writes what it reads: `luac5.1`'s own bytes, with and without debug information.
#[test]
fn a_chunk_is_dumped_as_luac_wrote_it() {
    for name in ["lua51/opcodes.luac", "lua51/opcodes.stripped.luac"] {
        let bytes = fixture(name);
        let partial = read(&bytes).unwrap();
        assert!(
            luadec_tok::dump(partial.chunk().unwrap()) == bytes,
            "{name}"
        );
    }
}
