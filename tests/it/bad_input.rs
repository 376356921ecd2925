//! Bad chunks: one exact message for each error, and no panic for anything else.

use std::fs;

use crate::common::{self, files, fixture};
use luadec_tok::chunk::{Chunk, Constant, Proto};
use luadec_tok::{Header, Layout, Version, skip_comment, try_dump_like, undump};
use proptest::prelude::*;

/// Returns the message for a chunk that is refused.
fn message(bytes: &[u8]) -> String {
    undump(skip_comment(bytes))
        .expect_err("the chunk should be refused")
        .to_string()
}

/// Returns the demo chunk with some bytes replaced.
fn demo_with(offset: usize, bytes: &[u8]) -> Vec<u8> {
    let mut demo = fixture("demo.luac");
    demo[offset..offset + bytes.len()].copy_from_slice(bytes);
    demo
}

/// Makes a chunk of one function with `nested` more inside each other.
fn nested(nested: usize) -> Vec<u8> {
    let mut main = Proto::default();
    for _ in 0..nested {
        main = Proto {
            p: vec![main],
            ..Proto::default()
        };
    }
    Chunk {
        main,
        ..Chunk::default()
    }
    .to_bytes()
}

#[test]
fn no_chunk() {
    assert_eq!(message(b""), "at 0x0: it is empty; expected a Lua chunk");
    assert_eq!(
        message(b"\x7fEL\x02\x01\x01"),
        "at 0x0: not a Lua chunk: it starts with 7F 45 4C 02, not with 1B 4C 75 61 (ESC \"Lua\")"
    );
    let source = "at 0x0: this looks like Lua source; compile it first: luac5.3 -o out.luac in.lua";
    assert_eq!(message(b"a=1\n"), source);
    assert_eq!(
        message(&fixture("demo.listing")),
        "at 0x0: this is a listing, which cannot be converted; use the chunk that it lists"
    );
    assert_eq!(message(b"#!/usr/bin/lua\nprint(1)\n"), source);
    assert_eq!(message(b"-- caf\xe9\nreturn 1"), source);
    assert_eq!(
        message(b"<|Proto|><|Proto-nupvalues=1|>"),
        "at 0x0: this is a token stream, not a chunk; convert it with `luadec-tok decode`"
    );
}

#[test]
fn chunks_written_as_text() {
    let base64 = "at 0x0: this is a chunk in base64; decode it first: base64 -d";
    assert_eq!(message(b"G0x1YVMAGZMNChoKBAgECAh4VgAAAAAAAAAAAAA="), base64);
    for dump in [
        "1b4c75615300",
        "1B 4C 75 61 53 00",
        "00000000: 1b4c 7561 5300 1993  .LuaS...",
        "00000000  1b 4c 75 61 53 00 19 93  |.LuaS...|",
    ] {
        assert_eq!(
            message(dump.as_bytes()),
            "at 0x0: this is a chunk in hex digits; convert it to bytes first: xxd -r -p, or xxd -r if lines start with offsets"
        );
    }
    for other in [
        "f0VMRgIBAQAAAAAAAAAAAAMAPgABAAAAIDwAAAAAAAA=",
        "00000000: 7f45 4c46 0201 0100  .ELF(=--",
    ] {
        let found = message(other.as_bytes());
        assert!(found.contains("not a Lua chunk: it starts with"), "{found}");
    }
}

#[test]
fn chunks_of_other_versions() {
    let other = |name| {
        format!(
            "at 0x4: this is a Lua {name} chunk; expected Lua 5.1 to 5.5: compile its source with luac5.3"
        )
    };
    assert_eq!(message(&fixture("foreign/v24.luac")), other("2.4"));
    assert_eq!(message(b"\x1bLua\x25"), other("2.5 or 3.0"));
    assert_eq!(message(b"\x1bLua\x31"), other("3.1"));
    assert_eq!(message(b"\x1bLua\x32"), other("3.2"));
    assert_eq!(message(b"\x1bLua\x40"), other("4.0"));
    assert_eq!(message(b"\x1bLua\x50"), other("5.0"));
    assert_eq!(
        message(&fixture("foreign/v54beta.luac")),
        "at 0x4: this is a chunk of a beta of Lua 5.4, as Playdate's SDK wrote before 1.8; its opcodes are not those of Lua 5.4: compile its source with luac5.4"
    );
    for byte in ["99", "03"] {
        let bytes = [
            b"\x1bLua".as_slice(),
            &[u8::from_str_radix(byte, 16).unwrap(), 0],
        ];
        assert_eq!(
            message(&bytes.concat()),
            format!(
                "at 0x4: the version byte is 0x{byte}; expected 0x51 to 0x55, for Lua 5.1 to 5.5"
            )
        );
    }
}

#[test]
fn chunks_of_other_programs() {
    assert_eq!(
        message(b"\x1bFate/Z\x1bQ"),
        "at 0x0: this is a chunk of Xiaomi's Lua 5.1, whose fields have another order and whose strings are enciphered; decompile it with unluac_miwifi"
    );
    let mta: Vec<u8> = fixture("demo.luac")
        .iter()
        .map(|byte| byte.wrapping_add(1))
        .collect();
    assert_eq!(
        message(&mta),
        r"at 0x0: this is a chunk of which each byte was increased by one, as for Multi Theft Auto; decrease them first: LC_ALL=C tr '\001-\377\000' '\000-\377'"
    );
    assert_eq!(
        message(b"XXTEA is a cipher\n"),
        "at 0x0: not a Lua chunk: it starts with 58 58 54 45, not with 1B 4C 75 61 (ESC \"Lua\")"
    );
    assert_eq!(
        message(b"XXTEA\x8f\xd0"),
        "at 0x0: this is a file encrypted with XXTEA, as cocos2d-x does, after its sign XXTEA; decrypt what follows the sign first, with the key that the game passes to setXXTEAKeyAndSign"
    );
    assert_eq!(
        message(b"FXAP\0\0\0\x01"),
        "at 0x0: this is a file encrypted by Cfx.re's asset escrow, for FiveM or RedM; only its author has what can be converted"
    );
    assert_eq!(
        message(b"Playdate PDZ\0\0\0\0"),
        "at 0x0: this is an archive of a Playdate game; unpack the chunks in it first"
    );
}

/// Bytes without a pattern, as those of a cipher, and bytes with one.
#[test]
fn encrypted_files() {
    let encrypted = "at 0x0: this looks encrypted or compressed, as its bytes have no pattern; decrypt it first, as the program that loads it does";
    let mut state = 1u64;
    let mut random = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 56) as u8
    };
    for length in [128, 129, 1000, 5000].repeat(50) {
        let bytes: Vec<u8> = (0..length).map(|_| random()).collect();
        let found = message(&bytes);
        assert!(
            found == encrypted || bytes[0] == 0x1b || found.contains("Luau"),
            "{found}: {bytes:?}"
        );
    }
    let mut others: Vec<Vec<u8>> = files("", "luac")
        .iter()
        .map(|file| fs::read(file).unwrap().split_off(1))
        .collect();
    others.push((0..127).map(|_| random()).collect());
    others.push(fs::read(std::env::current_exe().unwrap()).unwrap()[100..].to_vec());
    for bytes in others {
        let found = message(&bytes);
        assert!(!found.contains("encrypted"), "{found}");
    }
}

#[test]
fn files_of_other_kinds() {
    assert_eq!(
        message(b"\x1bLJ\x02\x08"),
        "at 0x0: this is LuaJIT bytecode, which has nothing in common with Lua's; compile its source with luac, or list it with `luajit -bl`"
    );
    assert_eq!(
        message(b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
        "at 0x0: this is compressed with gzip; decompress it first: gzip -d"
    );
    assert_eq!(
        message(b"\x28\xb5\x2f\xfd\x24\0"),
        "at 0x0: this is compressed with zstd; decompress it first: zstd -d"
    );
    assert_eq!(
        message(b"PK\x03\x04\x14\0"),
        "at 0x0: this is a zip archive; unpack it first (unzip) and convert the chunks in it"
    );
    assert_eq!(
        message(b"\x7fELF\x02\x01\x01"),
        "at 0x0: this is an ELF file, a program or a library; cut out the chunk in it, which begins with 1B 4C 75 61 (ESC \"Lua\"): bytes after the chunk are ignored"
    );
}

/// What `luau --compile=binary` writes for `print("hello")`: version 6, types 3, two strings.
#[test]
fn bytecode_of_luau() {
    let luau = "at 0x0: this looks like Luau bytecode, which has nothing in common with Lua's; compile its source with luac, if it is plain Lua";
    assert_eq!(message(b"\x06\x03\x02\x05print\x05hello\0\x01\x02"), luau);
    assert_eq!(message(b"\x03\x01\x05print\x01\x02"), luau);
    let long = [b"\x05\x02\x80\x01\xC8\x01".as_slice(), &[b'x'; 200], b"\0"].concat();
    assert_eq!(message(&long), luau);
    for other in [
        // No types, no strings, an empty string, one that is not text, one that is incomplete.
        b"\x06\x05print\x01\x02".as_slice(),
        b"\x06\x03\0\x05print",
        b"\x06\x03\x02\0\x05print",
        b"\x06\x03\x02\x05pr\nnt",
        b"\x06\x03\x02\x06print",
        b"\x06\x03\xff\xff\xff\xff",
        b"\x06",
        b"\x02\x01\x05print",
    ] {
        let found = message(other);
        assert!(
            found.contains("not a Lua chunk: it starts with"),
            "{other:?}: {found}"
        );
    }
}

/// Returns the demo chunk of a build whose instructions have 8 bytes.
fn wide(order: fn(u32) -> u64) -> Vec<u8> {
    let demo = fixture("demo.luac");
    let (before, rest) = demo.split_at(0x3B);
    let (code, after) = rest.split_at(8);
    let words = code.as_chunks().0.iter();
    let words = words.flat_map(|word| order(u32::from_le_bytes(*word)).to_le_bytes());
    let mut wide = [before, &words.collect::<Vec<u8>>(), after].concat();
    wide[0xE] = 8;
    wide
}

#[test]
fn instructions_of_8_bytes() {
    let (demo, wide_demo) = (fixture("demo.luac"), wide(u64::from));
    let chunk = Chunk::read(&wide_demo).unwrap();
    assert_eq!(chunk.to_bytes(), demo);
    for end in 0..wide_demo.len() {
        assert!(undump(&wide_demo[..end]).is_err());
    }
    assert_eq!(
        message(&wide(|word| u64::from(word) | 1 << 32)),
        "at 0x3b, main > instruction 0: the instruction is 0x180404008; expected zeros in the upper four bytes"
    );
}

#[test]
fn headers() {
    assert_eq!(
        message(&demo_with(5, &[1])),
        "at 0x5: the format is 1; expected 0, the official format"
    );

    let text_mode = "; its CR or LF bytes were changed, as by a transfer in text mode: copy it again in binary mode";
    let data = |found: &str| {
        format!("at 0x6: LUAC_DATA is {found}, not 19 93 0D 0A 1A 0A: the chunk is damaged")
    };
    assert_eq!(
        message(&demo_with(6, b"\x19\x93\n\x1a\n\x04")),
        data("19 93 0A 1A 0A 04") + text_mode
    );
    assert_eq!(
        message(&demo_with(6, b"\x19\x93\r\r\n\x1a")),
        data("19 93 0D 0D 0A 1A") + text_mode
    );
    assert_eq!(
        message(&demo_with(6, b"\x19\x93\n\n\x1a\n")),
        data("19 93 0A 0A 1A 0A") + text_mode
    );
    assert_eq!(
        message(&demo_with(6, b"\x19\x13")),
        data("19 13 0D 0A 1A 0A")
    );

    for (offset, field, found, supported) in [
        (12, "int", 2, "4 or 8"),
        (13, "size_t", 16, "4 or 8"),
        (14, "Instruction", 5, "4 or 8"),
    ] {
        assert_eq!(
            message(&demo_with(offset, &[found])),
            format!("at {offset:#x}: the size of {field} is {found}; expected {supported}")
        );
    }
    let mut odd = demo_with(16, &[10]);
    odd[25..33].fill(0);
    assert_eq!(
        message(&odd),
        "at 0x10: the size of lua_Number is 10; expected 4 or 8"
    );
    assert_eq!(
        message(&demo_with(17, &[0x77])),
        "at 0x11: LUAC_INT is 77 56 00 00 00 00 00 00; expected 0x5678 in either byte order"
    );
    assert_eq!(
        message(&demo_with(25, &[0, 0, 0, 0, 0, 0, 0xF8, 0x3F])),
        "at 0x19: LUAC_NUM is 1.5; expected 370.5, an IEEE 754 float in the byte order of LUAC_INT"
    );
}

/// Returns the header of a chunk that is written in a layout, up to the number of upvalues.
fn header(version: Version, layout: Layout) -> Vec<u8> {
    let chunk = Chunk::of_function(version, Proto::default());
    let mut bytes = try_dump_like(&chunk, &Header { format: 0, layout }).unwrap();
    bytes.truncate(40);
    bytes
}

/// LNUM is a patch of Lua 5.1.
#[test]
fn integers_of_lnum_in_lua_52() {
    let main = Proto {
        k: [Constant::Nil].into_iter().collect(),
        ..Proto::default()
    };
    let chunk = Chunk::of_function(Version::Lua52, main).to_bytes();
    // The header, two lines, three bytes, no code, and one constant.
    let tag = 18 + 8 + 3 + 4 + 4;
    let with = |offset: usize, byte| {
        let mut chunk = chunk.clone();
        chunk[offset] = byte;
        message(&chunk)
    };
    for found in [5, 9] {
        assert_eq!(
            with(tag, found),
            format!(
                "at 0x25, main > constant 0: unknown constant tag {found:#04x}; expected 0x00 (nil), 0x01 (boolean), 0x03 (number) or 0x04 (string)"
            )
        );
    }
    for found in [4, 7, 8] {
        assert_eq!(
            with(11, found),
            format!("at 0xb: integral is {found}; expected 0 or 1")
        );
    }
}

/// A field that is missing, or wider than its size says, is named rather than the one after it.
#[test]
fn headers_with_shifted_fields() {
    let usual = |version| header(version, Header::usual(version).layout);
    let without = |version, at: usize| {
        let mut header = usual(version);
        header.remove(at);
        message(&header)
    };
    let with = |version, at: usize, byte| {
        let mut header = usual(version);
        header.insert(at, byte);
        message(&header)
    };
    // As in xLua, which has no size_t.
    assert_eq!(
        without(Version::Lua53, 13),
        "at 0xc: there are 4 bytes, 04 04 08 08, before LUAC_INT; expected 5: the sizes of int, size_t, Instruction, lua_Integer, lua_Number"
    );
    assert_eq!(
        with(Version::Lua53, 12, 2),
        "at 0xc: there are 6 bytes, 02 04 08 04 08 08, before LUAC_INT; expected 5: the sizes of int, size_t, Instruction, lua_Integer, lua_Number"
    );
    assert_eq!(
        with(Version::Lua54, 13, 8),
        "at 0xc: there are 4 bytes, 04 08 08 08, before LUAC_INT; expected 3: the sizes of Instruction, lua_Integer, lua_Number"
    );
    assert_eq!(
        without(Version::Lua52, 8),
        "at 0x6: there are 5 bytes, 01 04 04 08 00, before LUAC_DATA; expected 6: endianness, the sizes of int, size_t, Instruction, lua_Number, integral"
    );
    for version in [Version::Lua53, Version::Lua54, Version::Lua55] {
        assert_eq!(
            without(version, 5),
            "at 0x5: there is no byte before LUAC_DATA; expected 1: the format"
        );
        assert_eq!(
            with(version, 5, 9),
            "at 0x5: there are 2 bytes, 09 00, before LUAC_DATA; expected 1: the format"
        );
    }
    assert_eq!(
        without(Version::Lua55, 12),
        "at 0xc: the size of int is missing before LUAC_INT"
    );
    assert_eq!(
        without(Version::Lua55, 22),
        "at 0x16: the size of lua_Integer is missing before LUAC_INT"
    );

    // A size of the wrong number.
    for big_endian in [false, true] {
        for (integer, number) in [(4, 4), (4, 8), (8, 4), (8, 8)] {
            let layout = Layout {
                big_endian,
                integer,
                number,
                ..Layout::USUAL
            };
            for (version, integer_at) in [
                (Version::Lua53, 15),
                (Version::Lua54, 13),
                (Version::Lua55, 22),
            ] {
                let number_at = match version {
                    Version::Lua55 => integer_at + 1 + usize::from(integer),
                    _ => integer_at + 1,
                };
                for (at, field, example, width) in [
                    (integer_at, "lua_Integer", "LUAC_INT", integer),
                    (number_at, "lua_Number", "LUAC_NUM", number),
                ] {
                    let mut bytes = header(version, layout);
                    assert_eq!(bytes[at], width);
                    bytes[at] = 12 - width;
                    assert_eq!(
                        message(&bytes),
                        format!(
                            "at {at:#x}: the size of {field} is {}, but {example} has {width} bytes",
                            12 - width
                        ),
                        "{version} {layout:?}"
                    );
                }
            }
        }
    }
    // What is wrong first is named first.
    let mut xlua = usual(Version::Lua53);
    xlua.remove(13);
    xlua[5] = 1;
    assert_eq!(
        message(&xlua),
        "at 0x5: the format is 1; expected 0, the official format"
    );
}

#[test]
fn ends() {
    let demo = fixture("demo.luac");
    assert_eq!(
        message(&demo[..3]),
        "at 0x0: unexpected end of data: the signature needs 4 bytes, 3 are left"
    );
    assert_eq!(
        message(&demo[..4]),
        "at 0x4: unexpected end of data: the version needs 1 byte, 0 are left"
    );
    assert_eq!(
        message(&demo[..30]),
        "at 0x19: unexpected end of data: LUAC_NUM needs 8 bytes, 5 are left"
    );
    assert_eq!(
        message(&demo[..33]),
        "at 0x21: unexpected end of data: the number of upvalues needs 1 byte, 0 are left"
    );
    assert_eq!(
        message(&demo[..40]),
        "at 0x23, main > source: unexpected end of data: source needs 9 bytes, 5 are left"
    );
    let mut short = demo[..0x49].to_vec();
    short[0x43] = 1;
    assert_eq!(
        message(&short),
        "at 0x49, main > constant 0: unexpected end of data: a string needs 1 byte, 0 are left"
    );
    assert_eq!(
        message(&demo[..0x4D]),
        "at 0x4b, main > constant 1: unexpected end of data: an integer needs 8 bytes, 2 are left"
    );
    let mut long = demo_with(0x48, &[0xFF]);
    long.splice(0x49..0x4A, u64::MAX.to_le_bytes());
    assert_eq!(
        message(&long),
        "at 0x51, main > constant 0: unexpected end of data: a string needs 18446744073709551614 bytes, 44 are left"
    );
}

#[test]
fn counts() {
    // The demo's code starts at 0x37 with its count.
    let code = 0x37;
    assert_eq!(demo_with(code, &[])[code..code + 4], [2, 0, 0, 0]);
    assert_eq!(
        message(&demo_with(code, &(-5i32).to_le_bytes())),
        "at 0x37, main: sizecode is -5, but a count cannot be negative"
    );
    assert_eq!(
        message(&demo_with(code, &1000i32.to_le_bytes())),
        "at 0x37, main: sizecode is 1000, which takes at least 4000 bytes, but 59 are left"
    );
    assert_eq!(
        message(&demo_with(code, &i32::MAX.to_le_bytes())),
        "at 0x37, main: sizecode is 2147483647, which takes at least 8589934588 bytes, but 59 are left"
    );
}

/// Makes a chunk whose main function has four functions; the last of them has eight constants, the
/// last of which is this one.
fn deep_constant(constant: Constant<'static>) -> Vec<u8> {
    let mut k = vec![Constant::Nil; 7];
    k.push(constant);
    let mut p = vec![Proto::default(); 3];
    p.push(Proto {
        k: k.into_iter().collect(),
        ..Proto::default()
    });
    Chunk {
        main: Proto {
            p,
            ..Proto::default()
        },
        ..Chunk::default()
    }
    .to_bytes()
}

#[test]
fn constants() {
    let good = deep_constant(Constant::Boolean(true));
    // Seven nils, then the tag and value of the boolean.
    let tag = good
        .windows(9)
        .position(|window| window == [0, 0, 0, 0, 0, 0, 0, 1, 1])
        .unwrap()
        + 7;
    let mut bad = good.clone();
    bad[tag] = 0x63;
    assert_eq!(
        message(&bad),
        format!(
            "at {tag:#x}, main > function 3 > constant 7: unknown constant tag 0x63; expected 0x00 (nil), 0x01 (boolean), 0x03 (float), 0x13 (integer), 0x04 or 0x14 (string)"
        )
    );
    let mut null = good;
    null[tag..tag + 2].copy_from_slice(&[4, 0]);
    assert_eq!(
        message(&null),
        format!(
            "at {tag:#x}, main > function 3 > constant 7: the constant string is NULL; only names and sources can be NULL"
        )
    );
}

#[test]
fn upvalue_names() {
    assert_eq!(
        message(&demo_with(0x6D, &[2])),
        "at 0x6d, main: there are 2 upvalue names for 1 upvalues"
    );
    let mut named = fixture("demo.luac");
    named.truncate(0x72);
    assert_eq!(
        message(&named),
        "at 0x72, main > upvalue 0: unexpected end of data: an upvalue's name needs 4 bytes, 0 are left"
    );
}

#[test]
fn depth() {
    assert!(undump(&nested(200)).is_ok());
    let deep = nested(201);
    let error = message(&deep);
    let path = "main".to_owned() + &" > function 0".repeat(200);
    assert!(
        error.ends_with(&format!(
            ", {path}: functions are nested deeper than 200, the limit of Lua"
        )),
        "{error}"
    );
}

/// Only a machine with an `int` of 8 bytes can write this.
#[test]
fn a_number_beyond_32_bits() {
    let mut wide = fixture("demo.luac");
    wide[12] = 8;
    wide.splice(0x2C..0x30, 0x1_0000_0000i64.to_le_bytes());
    assert_eq!(
        message(&wide),
        "at 0x2c, main: linedefined is 4294967296, which does not fit into 32 bits"
    );
}

#[test]
fn what_comes_before_and_after() {
    let demo = fixture("demo.luac");
    let good = undump(&demo).unwrap();
    assert_eq!(good.trailing, 0);
    for before in [
        &b"#!/usr/bin/lua5.3\n"[..],
        b"#\n",
        b"\xEF\xBB\xBF",
        b"\xEF\xBB\xBF#!lua\r\n",
    ] {
        let file = [before, &demo].concat();
        assert_eq!(undump(skip_comment(&file)).unwrap(), good);
    }
    let longer = [&demo[..], b"trail"].concat();
    let undumped = undump(&longer).unwrap();
    assert_eq!((undumped.chunk, undumped.trailing), (good.chunk, 5));
}

/// Checks that a chunk is read or refused.
fn survives(bytes: &[u8]) {
    if let Ok(undumped) = undump(skip_comment(bytes)) {
        common::stream(&undumped.chunk);
    }
}

#[test]
fn every_prefix_of_every_fixture_is_refused() {
    for directory in ["", "widths"] {
        for file in files(directory, "luac") {
            let bytes = fs::read(&file).unwrap();
            for end in (0..bytes.len()).step_by(1 + bytes.len() / 2000) {
                assert!(
                    undump(&bytes[..end]).is_err(),
                    "{} up to {end}",
                    file.display()
                );
            }
        }
    }
}

/// Every value in the header; in the rest the values of sizes, tags and flags, the ends of the
/// range, and two neighbours of the byte.
#[test]
fn any_byte_of_a_small_fixture_may_be_another() {
    const HEADER: usize = 34;
    for name in ["demo.luac", "jumps.luac"] {
        let good = fixture(name);
        for (offset, was) in good.iter().copied().enumerate() {
            let edges = [0, 1, 2, 3, 4, 0x13, 0x14, 0x7F, 0x80, 0xFE, 0xFF];
            let values = match offset < HEADER {
                true => (0..=255).collect(),
                false => [&edges[..], &[was ^ 1, was.wrapping_add(1)]].concat(),
            };
            for byte in values {
                let mut bytes = good.clone();
                bytes[offset] = byte;
                survives(&bytes);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_may_follow_a_good_header(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&[&fixture("demo.luac")[..33], &bytes].concat());
    }

    #[test]
    fn bytes_that_are_often_small_may_follow_a_good_header(
        bytes in prop::collection::vec(prop_oneof![3 => Just(0u8), 2 => 0u8..5, 1 => any::<u8>()], 0..400),
    ) {
        survives(&[&fixture("demo.luac")[..33], &bytes].concat());
    }
}
