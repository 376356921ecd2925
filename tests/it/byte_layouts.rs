//! Chunks of Lua 5.4 and 5.5 in every byte order and width. They are written byte by byte, because no
//! `luac` for such machines is at hand.

use crate::common::terse;
use luadec_tok::{Version, undump};

/// The byte order and the widths of a build's numbers.
#[derive(Clone, Copy, Debug)]
struct Layout {
    big_endian: bool,
    int: usize,
    integer: usize,
    number: usize,
}

const NATIVE: Layout = Layout {
    big_endian: false,
    int: 4,
    integer: 8,
    number: 8,
};

impl Layout {
    fn all() -> impl Iterator<Item = Layout> {
        (0..16).map(|case| {
            let width = |bit: u32| if case >> bit & 1 == 1 { 8 } else { 4 };
            Layout {
                big_endian: case & 1 == 1,
                int: width(1),
                integer: width(2),
                number: width(3),
            }
        })
    }

    fn put(self, out: &mut Vec<u8>, value: i64, width: usize) {
        let bytes = value.to_be_bytes();
        let at = out.len();
        out.extend(&bytes[8 - width..]);
        if !self.big_endian {
            out[at..].reverse();
        }
    }

    fn number(self, out: &mut Vec<u8>, value: f64) {
        let bits = match self.number {
            4 => i64::from((value as f32).to_bits()),
            _ => value.to_bits() as i64,
        };
        self.put(out, bits, self.number);
    }
}

/// Roughly `VARARGPREP`, `LOADK 0 0` and `RETURN`.
const CODE: [i64; 3] = [0x51, 0x0001_0003, 0x8001_0146];

/// Writes roughly `local a = -7, 0.5`, as `ldump.c` of Lua 5.4 does.
fn lua54(layout: Layout) -> Vec<u8> {
    let mut out = b"\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04".to_vec();
    out.extend([layout.integer as u8, layout.number as u8]);
    layout.put(&mut out, 0x5678, layout.integer);
    layout.number(&mut out, 370.5);
    // One upvalue; "@a"; the lines, parameters, `...` and registers; three instructions.
    out.extend(b"\x01\x83@a\x80\x80\x00\x01\x02\x83");
    code(&mut out, layout);
    out.extend(b"\x82\x03");
    layout.put(&mut out, -7, layout.integer);
    out.push(0x13);
    layout.number(&mut out, 0.5);
    // The upvalue; no functions; the lines, none of them absolute; no variables; "_ENV".
    out.extend(b"\x81\x01\x00\x00\x80\x83\x01\x00\x00\x80\x80\x81\x85_ENV");
    out
}

/// Writes the same as Lua 5.5 does, with an absolute line, which `luac` would not store so early.
fn lua55(layout: Layout) -> Vec<u8> {
    let mut out = b"\x1bLua\x55\x00\x19\x93\r\n\x1a\n".to_vec();
    out.push(layout.int as u8);
    layout.put(&mut out, -0x5678, layout.int);
    out.push(4);
    layout.put(&mut out, 0x1234_5678, 4);
    out.push(layout.integer as u8);
    layout.put(&mut out, -0x5678, layout.integer);
    out.push(layout.number as u8);
    layout.number(&mut out, -370.5);
    out.extend(b"\x01\x00\x00\x00\x01\x02\x03");
    align(&mut out, 4);
    code(&mut out, layout);
    // -7 is stored as 13: the lowest bit is the sign.
    out.extend(b"\x02\x03\x0D\x13");
    layout.number(&mut out, 0.5);
    out.extend(b"\x01\x01\x00\x00\x00\x03@a\x00\x03\x01\x80\x00\x01");
    align(&mut out, layout.int);
    layout.put(&mut out, 1, layout.int);
    layout.put(&mut out, 300, layout.int);
    out.extend(b"\x00\x01\x05_ENV\x00");
    out
}

fn code(out: &mut Vec<u8>, layout: Layout) {
    for word in CODE {
        layout.put(out, word, 4);
    }
}

fn align(out: &mut Vec<u8>, to: usize) {
    out.resize(out.len().next_multiple_of(to), 0);
}

#[test]
fn every_layout_gives_the_same_chunk() {
    for (version, write) in [
        (Version::Lua54, lua54 as fn(Layout) -> Vec<u8>),
        (Version::Lua55, lua55),
    ] {
        let native = write(NATIVE);
        let chunk = undump(&native).unwrap().chunk;
        assert_eq!(chunk.version, version);
        let words = chunk.main.code.iter().map(|i| i64::from(i.0));
        assert!(words.eq(CODE));
        assert!(chunk.to_bytes() == native, "{version}: as luac writes it");
        for layout in Layout::all() {
            let bytes = write(layout);
            let undumped = undump(&bytes).unwrap_or_else(|error| panic!("{layout:?}: {error}"));
            assert_eq!(undumped.trailing, 0, "{version} {layout:?}");
            assert_eq!(undumped.chunk, chunk, "{version} {layout:?}");
            assert_eq!(terse(&undumped.chunk), terse(&chunk));
        }
    }
}
