//! Chunks in every byte order and width. Those of Lua 5.4 and 5.5 are written byte by byte, because no
//! `luac` for such machines is at hand.

use std::fs;

use crate::common::trees::{any_chunk, of_version};
use crate::common::{files, parse, terse};
use luadec_tok::chunk::{Chunk, Constant, Proto};
use luadec_tok::{Header, Layout as Widths, Version, try_dump_like, undump};
use proptest::prelude::*;
use proptest::sample::select;

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
            assert!(try_dump_like(&chunk, &undumped.header).unwrap() == bytes);
        }
    }
}

/// The builds of one program by sixteen machines.
#[test]
fn a_chunk_of_another_machine_comes_back_with_its_header() {
    for file in files("widths", "luac") {
        let bytes = fs::read(&file).unwrap();
        let undumped = undump(&bytes).unwrap();
        let chunk = parse(&terse(&undumped.chunk)).unwrap();
        let back = try_dump_like(&chunk, &undumped.header).unwrap();
        assert!(back == bytes, "{}", file.display());
    }
}

/// Every header that a version can have.
fn headers(version: Version) -> Vec<Header> {
    let usual = Header::usual(version).layout;
    let choose = |widths: &[u8], is_stored: bool, usual: u8| match is_stored {
        true => widths.to_vec(),
        false => vec![usual],
    };
    let numbers = match version {
        // One kind of number, or both with LNUM.
        Version::Lua51 => &[
            (0, 4),
            (0, 8),
            (4, 0),
            (8, 0),
            (4, 4),
            (4, 8),
            (8, 4),
            (8, 8),
        ][..],
        Version::Lua52 => &[(0, 4), (0, 8), (4, 0), (8, 0)],
        _ => &[(4, 4), (4, 8), (8, 4), (8, 8)],
    };
    let ints = choose(&[4, 8], version != Version::Lua54, usual.int);
    let sizes = choose(&[4, 8], version <= Version::Lua53, usual.size_t);
    let instructions = choose(&[4, 8], version == Version::Lua53, usual.instruction);
    let mut headers = Vec::new();
    for big_endian in [false, true] {
        for int in &ints {
            for size_t in &sizes {
                for instruction in &instructions {
                    headers.extend(numbers.iter().map(|(integer, number)| Header {
                        format: 0,
                        layout: Widths {
                            big_endian,
                            int: *int,
                            size_t: *size_t,
                            instruction: *instruction,
                            integer: *integer,
                            number: *number,
                        },
                    }));
                }
            }
        }
    }
    assert!(headers.contains(&Header::usual(version)));
    headers
}

/// Makes the constants fit into a layout.
fn fit(p: &mut Proto<'static>, layout: Widths) {
    let float = |value: f64| match layout.number {
        _ if value.is_nan() && layout.number > 0 => f64::NAN,
        0 => f64::from(value as i32),
        4 => f64::from(value as f32),
        _ => value,
    };
    let fitting = p.k.iter().map(|constant| match constant {
        Constant::Integer(value) if layout.integer == 4 => Constant::Integer((value as i32).into()),
        Constant::Integer(value) => Constant::Integer(value),
        Constant::Float(value) => Constant::Float(float(value)),
        Constant::String(text) => Constant::String(text.into_owned().into()),
        Constant::Boolean(value) => Constant::Boolean(value),
        Constant::Nil => Constant::Nil,
        Constant::Null => Constant::Null,
    });
    p.k = fitting.collect();
    p.p.iter_mut().for_each(|p| fit(p, layout));
}

fn chunk_and_header() -> impl Strategy<Value = (Chunk<'static>, Header)> {
    let header = select(&Version::ALL[..])
        .prop_flat_map(|version| (Just(version), select(headers(version))));
    (any_chunk(), header).prop_map(|(chunk, (version, header))| {
        let mut chunk = of_version(&chunk, version);
        fit(&mut chunk.main, header.layout);
        (chunk, header)
    })
}

proptest! {
    #[test]
    fn a_chunk_in_any_layout_comes_back_like_itself((chunk, header) in chunk_and_header()) {
        let bytes = try_dump_like(&chunk, &header).unwrap();
        let undumped = undump(&bytes).unwrap();
        prop_assert_eq!(undumped.header, header);
        prop_assert_eq!(undumped.chunk.difference(&chunk), None);
        let parsed = parse(&terse(&undumped.chunk)).unwrap();
        prop_assert!(try_dump_like(&parsed, &undumped.header).unwrap() == bytes);
    }
}

#[test]
fn values_that_do_not_fit() {
    let message = |version, constant: Constant<'static>, layout: Widths| {
        let inside = Proto {
            k: [Constant::Nil, constant].into_iter().collect(),
            ..Proto::default()
        };
        let main = Proto {
            p: vec![inside],
            ..Proto::default()
        };
        let chunk = Chunk::of_function(version, main);
        let written = try_dump_like(&chunk, &Header { format: 0, layout });
        written.map_or_else(|error| error.to_string(), |_| "fits".to_owned())
    };
    let narrow = Widths {
        integer: 4,
        number: 4,
        ..Widths::USUAL
    };
    let integral = Widths {
        number: 0,
        ..narrow
    };
    let (most, least) = (i64::from(i32::MAX), i64::from(i32::MIN));
    for version in [Version::Lua53, Version::Lua54, Version::Lua55] {
        for fits in [
            Constant::Integer(most),
            Constant::Integer(least),
            Constant::Float(0.5),
            Constant::Float(-0.0),
            Constant::Float(f64::NEG_INFINITY),
            Constant::Float(f64::NAN),
        ] {
            assert_eq!(message(version, fits, narrow), "fits");
        }
        assert_eq!(
            message(version, Constant::Integer(most + 1), narrow),
            "main > function 0 > constant 1: the integer 2147483648 does not fit into 4 bytes, the size of lua_Integer"
        );
        assert_eq!(
            message(version, Constant::Float(0.1), narrow),
            "main > function 0 > constant 1: the number 0.1 does not fit into 4 bytes, the size of lua_Number; the nearest that does is 0.10000000149011612"
        );
    }
    for version in [Version::Lua51, Version::Lua52] {
        assert_eq!(message(version, Constant::Float(-3.0), integral), "fits");
        for value in ["0.5", "2147483648.0", "-0.0", "NaN", "inf"] {
            assert_eq!(
                message(version, Constant::Float(value.parse().unwrap()), integral),
                format!(
                    "main > function 0 > constant 1: the number {value} is not an integer of 4 bytes, as all numbers here are"
                )
            );
        }
    }
}
