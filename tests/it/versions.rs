//! Every version of Lua: what its `luac` wrote is read, written, stripped and listed like that;
//! every layout gives the same tree; bad chunks are refused.

use std::fs;

use crate::common::trees::{any_chunk, of_version};
use crate::common::{files, fixture, fixtures, golden, parse, terse};
use byteorder::{BE, ByteOrder, LE};
use luadec_tok::chunk::{Chunk, Constant, LuaString, MAX_DEPTH, Proto};
use luadec_tok::opcodes::Instruction;
use luadec_tok::stream::{Language, Text};
use luadec_tok::view::{Page, PartialChunk, read};
use luadec_tok::{Version, undump};
use proptest::prelude::*;

/// Returns the directory of a version's fixtures.
fn directory(version: Version) -> &'static str {
    match version {
        Version::Lua51 => "lua51",
        Version::Lua52 => "lua52",
        Version::Lua53 => "",
        Version::Lua54 => "lua54",
        Version::Lua55 => "lua55",
    }
}

/// Returns a fixture of every version, with debug information.
fn whole() -> [(Version, Vec<u8>); 5] {
    Version::ALL.map(|version| {
        let path = fixtures().join(directory(version)).join("opcodes.luac");
        (version, fs::read(path).unwrap())
    })
}

fn view(write: impl FnOnce(&mut Page) -> std::io::Result<()>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut page = Page::new(&mut out, false);
    write(&mut page).unwrap();
    page.finish().unwrap();
    out
}

fn listing(partial: &PartialChunk) -> Vec<u8> {
    view(|page| page.listing(partial))
}

fn hexdump(partial: &PartialChunk) -> Vec<u8> {
    view(|page| page.hexdump(partial))
}

/// The fixtures of Lua 5.3 are goldens of `views.rs`.
#[test]
fn listings_and_hexdumps() {
    let other = ["lua51", "lua52", "lua54", "lua55"].into_iter();
    for luac in other
        .flat_map(|directory| files(directory, "luac"))
        .chain([fixtures().join("sample51.luac")])
    {
        let bytes = fs::read(&luac).unwrap();
        let partial = read(&bytes).unwrap();
        golden(&luac.with_extension("listing"), &listing(&partial));
        golden(&luac.with_extension("hexdump"), &hexdump(&partial));
    }
}

/// Masks the digits of addresses, and removes the paths of functions, which luac does not print.
fn masked(listing: &[u8]) -> Vec<u8> {
    let mut masked = Vec::new();
    let mut rest = listing;
    while let Some((&byte, after)) = rest.split_first() {
        masked.push(byte);
        rest = after;
        let ends = [&b" at 0x"[..], b") for 0x", b"\t; 0x"];
        if ends.iter().any(|end| masked.ends_with(end)) {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit());
            rest = &rest[digits.count()..];
        }
        if masked.ends_with(b" at 0x)") {
            assert!(rest.starts_with(b"\t; main"));
            let line = rest.iter().position(|byte| *byte == b'\n').unwrap();
            rest = &rest[line..];
        }
    }
    masked
}

/// See `fixtures/luac/MAKE.md`.
#[test]
fn a_listing_is_what_luac_printed() {
    let mut versions = Vec::new();
    for printed in files("luac", "txt") {
        let name = printed.file_stem().unwrap().to_str().unwrap();
        let chunk = match name.split_once('.') {
            Some((directory, name)) => fixture(&format!("{directory}/{name}.luac")),
            None => fixture(&format!("{name}.luac")),
        };
        let partial = read(&chunk).unwrap();
        versions.push(partial.version());
        let found = masked(&listing(&partial));
        let wanted = fs::read(&printed).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&found),
            String::from_utf8_lossy(&wanted),
            "{name}"
        );
    }
    for version in Version::ALL {
        assert!(versions.contains(&version), "{version}");
    }
}

#[test]
fn a_chunk_is_dumped_as_luac_wrote_it() {
    for version in Version::ALL {
        for luac in files(directory(version), "luac") {
            let bytes = fs::read(&luac).unwrap();
            let partial = read(&bytes).unwrap();
            assert_eq!(partial.error(), None, "{}", luac.display());
            if partial.version() != version {
                // A chunk of another version, not in the usual layout.
                continue;
            }
            let chunk = partial.chunk().unwrap();
            assert!(chunk.to_bytes() == bytes, "{}", luac.display());
        }
    }
}

#[test]
fn a_chunk_is_stripped_as_luac_does() {
    for name in ["lua51", "lua52", "lua54", "lua55"].map(|directory| format!("{directory}/opcodes"))
    {
        let stripped = fixture(&format!("{name}.stripped.luac"));
        let full = fixture(&format!("{name}.luac"));
        let partial = read(&full).unwrap();
        assert!(partial.stripped().unwrap() == stripped, "{name}");
        let mut chunk = partial.chunk().unwrap().clone();
        chunk.strip();
        assert!(chunk.to_bytes() == stripped, "{name}");
        assert!(
            read(&stripped).unwrap().stripped().unwrap() == stripped,
            "{name}"
        );
    }
}

/// For each file in a version's directory, the expected chunk, whole and stripped.
#[test]
fn a_terse_stream_turns_back_into_what_luac_wrote() {
    for version in Version::ALL {
        for luac in files(directory(version), "luac") {
            let bytes = fs::read(&luac).unwrap();
            let name = luac.display();
            let chunk = Chunk::read(&bytes).unwrap();
            if chunk.version != version {
                continue;
            }
            let text = terse(&chunk);
            let parsed = parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(chunk.difference(&parsed), None, "{name}");
            assert!(parsed.to_bytes() == bytes, "{name}");
            let start = match version {
                Version::Lua53 => "<|Proto|>".to_owned(),
                _ => format!("<|Lua-{version}|><|Proto|>"),
            };
            assert!(text.starts_with(&start), "{name}");
            let tokens: Vec<&str> = Language::Terse.vocabulary_of(version).collect();
            for token in spans(&text) {
                assert!(
                    tokens.contains(&token),
                    "{name}: {token} is not in the vocabulary"
                );
            }
        }
    }
}

/// Returns the tokens `<|…|>` of a stream.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.match_indices("<|").map(|(at, _)| &text[at..]);
    starts.filter_map(|rest| Some(&rest[..rest.find("|>")? + 2]))
}

/// The streams of Lua 5.3 are goldens of `golden.rs`.
#[test]
fn terse_streams() {
    for directory in ["lua51", "lua52", "lua54", "lua55"] {
        for luac in files(directory, "luac") {
            let bytes = fs::read(&luac).unwrap();
            let chunk = Chunk::read(&bytes).unwrap();
            let stream = format!("{}\n", terse(&chunk));
            golden(&luac.with_extension("terse"), stream.as_bytes());
            let pretty = view(|page| page.pretty_terse(&chunk));
            golden(&luac.with_extension("terse.pretty"), &pretty);
            let parsed = parse(str::from_utf8(&pretty).unwrap()).unwrap();
            assert_eq!(chunk.difference(&parsed), None, "{}", luac.display());
        }
    }
}

/// Words that no compiler writes, and words that look like instructions.
#[test]
fn instructions_written_as_words() {
    let said = |version, words: &[u32]| {
        let code = words.iter().copied().map(Instruction).collect();
        let main = Proto {
            code,
            ..Proto::default()
        };
        let chunk = Chunk {
            version,
            extension: None,
            nupvalues: 0,
            main,
        };
        let text = terse(&chunk);
        assert_eq!(parse(&text).unwrap(), chunk);
        let header = "<|Proto|><|N0|><|N0|><|N0|><|+0|><|+0|>";
        let code = text.split_once(header).unwrap().1;
        code.strip_suffix("<|/Proto|>").unwrap().to_owned()
    };
    // A JMP of Lua 5.1 has no A: with one, it has no label.
    assert_eq!(
        said(Version::Lua51, &[0x8000_0056, 0]),
        "<|Instruction|>2147483734<|OP_MOVE|><|R0|><|R0|>"
    );
    // In Lua 5.1 the word after a SETLIST without C is C, though it looks like a JMP.
    let setlist = 34 | 1 << 23;
    assert_eq!(
        said(Version::Lua51, &[setlist, 0x7FFF_C016]),
        "<|OP_SETLIST|><|R0|><|N1|><|N0|><|Instruction|>2147467286"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_tree_comes_back(chunk in any_chunk()) {
        for version in Version::ALL {
            let chunk = of_version(&chunk, version);
            let text = terse(&chunk);
            let parsed = parse(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            prop_assert_eq!(chunk.difference(&parsed), None, "{}", text);
            prop_assert_eq!(terse(&parsed), text);
            let bytes = chunk.to_bytes();
            let undumped = undump(&bytes).unwrap();
            prop_assert_eq!(chunk.difference(&undumped.chunk), None, "{}", version);
            prop_assert_eq!(undumped.chunk.to_bytes(), bytes);
        }
    }
}

#[test]
fn a_cut_chunk_or_stream_is_refused() {
    for (version, bytes) in whole() {
        for end in (0..bytes.len()).step_by(3) {
            assert!(undump(&bytes[..end]).is_err(), "{version}, {end} bytes");
        }
        let text = terse(&Chunk::read(&bytes).unwrap());
        for end in (1..text.len()).step_by(29) {
            let cut = parse(&text[..end]);
            assert!(cut.is_err(), "{version}, {end} bytes of its stream");
        }
    }
}

/// A chunk with one byte changed is refused, or comes back from its stream.
#[test]
fn a_flipped_byte_is_refused_or_comes_back() {
    for (version, bytes) in whole() {
        for offset in (0..bytes.len()).step_by(3) {
            let mut flipped = bytes.clone();
            flipped[offset] ^= 1 << (offset % 8);
            let Ok(undumped) = undump(&flipped) else {
                continue;
            };
            let chunk = undumped.chunk;
            let parsed = parse(&terse(&chunk));
            let parsed = parsed.unwrap_or_else(|error| panic!("{version}, {offset:#x}: {error}"));
            assert_eq!(chunk.difference(&parsed), None, "{version}, {offset:#x}");
            let bytes = chunk.to_bytes();
            let again = Chunk::read(&bytes).unwrap();
            assert_eq!(chunk.difference(&again), None, "{version}, {offset:#x}");
        }
    }
}

/// OpenWrt's Lua 5.1 has integers: the header gives their width, or 0.
#[test]
fn integers_of_lnum_are_numbers() {
    let chunk = |header: u8| {
        let number = |value: f64| Constant::Float(value);
        let main = Proto {
            k: [number(1.5), number(-7.0)].into_iter().collect(),
            ..Proto::default()
        };
        let mut bytes = Chunk {
            version: Version::Lua51,
            extension: None,
            nupvalues: 0,
            main,
        }
        .to_bytes();
        let float = bytes
            .windows(9)
            .position(|bytes| *bytes == [3, 0, 0, 0, 0, 0, 0, 0x1C, 0xC0]);
        let at = float.expect("-7.0 is a constant");
        bytes[11] = header;
        let width = if header == 8 { 8 } else { 4 };
        let value = (-7i64).to_le_bytes();
        bytes.splice(at..at + 9, [&[9], &value[..width]].concat());
        bytes
    };
    for header in [0, 4, 8] {
        let bytes = chunk(header);
        let undumped = Chunk::read(&bytes).unwrap();
        let text = terse(&undumped);
        assert!(text.contains("<|K0|>1.5<|K1|>-7<|/Proto|>"), "{text}");
        assert_eq!(parse(&text).unwrap(), undumped);
        let shown = String::from_utf8(hexdump(&read(&bytes).unwrap())).unwrap();
        assert!(
            shown.contains("const [1]: (-7), an integer of LNUM"),
            "{shown}"
        );
        let listed = String::from_utf8(listing(&read(&bytes).unwrap())).unwrap();
        assert!(listed.contains("\t2\t-7\n"), "{listed}");
    }
}

/// Only Lua 5.3 has a full stream.
#[test]
fn other_versions_have_no_full_stream() {
    for (version, bytes) in whole() {
        let chunk = Chunk::read(&bytes).unwrap();
        let mut text = Text::new(Vec::new(), 0);
        let emitted = Language::Full.emit(&chunk, &mut text);
        let page = read(&bytes).map(|_| {
            let mut out = Vec::new();
            Page::new(&mut out, false).pretty(&chunk)
        });
        if version == Version::Lua53 {
            emitted.unwrap();
            page.unwrap().unwrap();
            continue;
        }
        let wanted = format!(
            "a chunk of {} has no full stream, only Lua 5.3 does; use the terse stream",
            version.name()
        );
        assert_eq!(emitted.unwrap_err().to_string(), wanted);
        assert_eq!(page.unwrap().unwrap_err().to_string(), wanted);
    }
}

/// Makes a main function with this many levels of functions below it.
fn nested(version: Version, levels: usize) -> Vec<u8> {
    let mut main = Proto::default();
    for _ in 0..levels {
        main = Proto {
            p: vec![main],
            ..Proto::default()
        };
    }
    Chunk {
        version,
        extension: None,
        nupvalues: 0,
        main,
    }
    .to_bytes()
}

#[test]
fn functions_nest_as_deep_as_in_lua() {
    for version in Version::ALL {
        let bytes = nested(version, MAX_DEPTH);
        assert_eq!(read(&bytes).unwrap().error(), None, "{version}");
        let bytes = nested(version, MAX_DEPTH + 1);
        let message = read(&bytes).unwrap().error().unwrap().to_string();
        let wanted = ": functions are nested deeper than 200, the limit of Lua";
        assert!(message.ends_with(wanted), "{version}: {message}");
        assert_eq!(undump(&bytes).unwrap_err().to_string(), message);

        let bytes = nested(version, MAX_DEPTH);
        let text = terse(&Chunk::read(&bytes).unwrap());
        assert!(parse(&text).unwrap().to_bytes() == bytes, "{version}");
        let level = text.find("<|Proto-p|>").unwrap() + "<|Proto-p|>".len();
        let (before, inside) = text.split_at(level);
        let end = "<|/Proto|>";
        let start = before.find("<|Proto|>").unwrap();
        let deeper = format!("{before}{}{inside}{end}", &before[start..]);
        let message = parse(&deeper).unwrap_err().to_string();
        assert!(message.ends_with(wanted), "{version}: {message}");
    }
}

/// Whatever is at an offset: no panic, and no memory for a count that is only a claim.
#[test]
fn hostile_counts_are_shown_up_to_there() {
    for (_, bytes) in whole() {
        for offset in 5..bytes.len() - 4 {
            for hostile in [*b"\xFF\xFF\xFF\x7F", *b"\xFF\xFF\xFF\xFF"] {
                let mut damaged = bytes.clone();
                damaged[offset..offset + 4].copy_from_slice(&hostile);
                let partial = read(&damaged).unwrap();
                partial.stripped().unwrap();
                let message = undump(&damaged).err().map(|error| error.to_string());
                assert_eq!(message, partial.error().map(ToString::to_string));
                if let Some(chunk) = partial.chunk() {
                    assert!(chunk.to_bytes().len() <= 2 * bytes.len(), "at {offset:#x}");
                }
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Layout {
    big_endian: bool,
    int: usize,
    size_t: usize,
    number: usize,
    integral: bool,
}

/// Writes chunks as `ldump.c` of Lua 5.1 and 5.2 do.
struct Dump {
    version: Version,
    layout: Layout,
    out: Vec<u8>,
}

impl Dump {
    fn chunk(version: Version, layout: Layout, main: &Proto) -> Vec<u8> {
        let mut out = b"\x1bLua".to_vec();
        out.extend([version.byte(), 0]);
        let Layout {
            int,
            size_t,
            number,
            ..
        } = layout;
        out.push(u8::from(!layout.big_endian));
        out.extend([int, size_t, 4, number].map(|size| size as u8));
        out.push(u8::from(layout.integral));
        if version == Version::Lua52 {
            out.extend(b"\x19\x93\r\n\x1a\n");
        }
        let mut dump = Dump {
            version,
            layout,
            out,
        };
        dump.function(main, None);
        dump.out
    }

    fn function(&mut self, p: &Proto, parent: Option<&LuaString>) {
        let v52 = self.version == Version::Lua52;
        if !v52 {
            self.string(p.source.as_ref().filter(|&source| parent != Some(source)));
        }
        self.int(p.linedefined.into());
        self.int(p.lastlinedefined.into());
        if !v52 {
            self.out.push(p.upvalues.len() as u8);
        }
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
        if v52 {
            self.int(p.upvalues.len() as i64);
            for upvalue in &p.upvalues {
                self.out.extend([upvalue.instack, upvalue.idx]);
            }
            self.string(p.source.as_ref());
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
                    (_, true) => self.integer(exact(*value), number),
                    (4, false) => self.integer((*value as f32).to_bits().into(), 4),
                    (_, false) => self.integer(value.to_bits() as i64, 8),
                }
            }
            Constant::Integer(_) => unreachable!("there are no integers"),
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

/// Returns the nearest integer that is a double.
fn exact(value: f64) -> i64 {
    const MOST: f64 = 9007199254740992.0;
    value.clamp(-MOST, MOST) as i64
}

/// Returns the tree with its numbers as a layout can hold them.
fn rounded(p: &Proto, layout: Layout) -> Proto<'static> {
    let number = |value: f64| match (layout.integral, layout.number) {
        (true, 4) => f64::from(exact(value) as i32),
        (true, _) => exact(value) as f64,
        (false, 4) => f64::from(value as f32),
        (false, _) => value,
    };
    let owned = |text: &LuaString| text.clone().into_owned().into();
    Proto {
        source: p.source.as_ref().map(owned),
        code: p.code.iter().collect(),
        k: p.k
            .iter()
            .map(|constant| match &constant {
                Constant::Nil => Constant::Nil,
                Constant::Null => Constant::Null,
                Constant::Boolean(value) => Constant::Boolean(*value),
                Constant::Integer(value) => Constant::Integer(*value),
                Constant::Float(value) => Constant::Float(number(*value)),
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
        stored_lines: p.stored_lines.clone(),
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
    for (version, bytes) in whole() {
        // The layouts of Lua 5.3 are the fixtures in `fixtures/widths`.
        if version < Version::Lua53 {
            let partial = read(&bytes).unwrap();
            let main = &partial.chunk().unwrap().main;
            assert!(
                Dump::chunk(version, NATIVE, main) == bytes,
                "as luac wrote it"
            );
            (0..32).for_each(|case| tree_of_layout(version, case, main));
        }
    }
}

fn tree_of_layout(version: Version, case: u32, main: &Proto) {
    let bit = |bit: u32| case >> bit & 1 == 1;
    let layout = Layout {
        big_endian: bit(0),
        int: if bit(1) { 8 } else { 4 },
        size_t: if bit(2) { 8 } else { 4 },
        number: if bit(3) { 8 } else { 4 },
        integral: bit(4),
    };
    let bytes = Dump::chunk(version, layout, main);
    let partial = read(&bytes).unwrap();
    assert_eq!(partial.error(), None, "{version} {layout:?}");
    let read = &partial.chunk().unwrap().main;
    assert_eq!(*read, rounded(main, layout), "{version} {layout:?}");
}

/// Returns the message for the fixture with some bytes replaced.
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
            "at 0x5: the format is 1; expected 0, the official format",
        ),
        (6, b"\x02", "at 0x6: endianness is 2; expected 0 or 1"),
        (7, b"\x02", "at 0x7: the size of int is 2; expected 4 or 8"),
        (
            8,
            b"\x01",
            "at 0x8: the size of size_t is 1; expected 4 or 8",
        ),
        (
            9,
            b"\x08",
            "at 0x9: the size of Instruction is 8; expected 4",
        ),
        (
            10,
            b"\x10",
            "at 0xa: the size of lua_Number is 16; expected 4 or 8",
        ),
        (
            11,
            b"\x07",
            "at 0xb: integral is 7; expected 0 or 1, or 4 or 8 if Lua is patched with LNUM",
        ),
        (
            0xB7,
            b"\x05",
            "at 0xb7, main > constant 0: unknown constant tag 0x05; expected 0x00 (nil), 0x01 (boolean), 0x03 (number), 0x04 (string) or 0x09 (integer of LNUM)",
        ),
        (
            0xCA,
            b"\x00\x00\x00\x00",
            "at 0xc9, main > constant 2: the constant string is NULL; only names and sources can be NULL",
        ),
        (
            0x1E5,
            b"\xFF\xFF\xFF\x7F",
            "at 0x1e9, main > function 1 > function 0 > source: unexpected end of data: source needs 2147483647 bytes, 578 are left",
        ),
        (
            0x427,
            b"\xFF\xFF\xFF\xFF",
            "at 0x427, main: the number of upvalue names is -1, but a count cannot be negative",
        ),
    ] {
        assert_eq!(message(offset, bytes), wanted);
    }
}

#[test]
fn a_chunk_of_lua_5_2_from_a_text_mode_transfer() {
    let mut chunk = fixture("lua52/opcodes.luac");
    chunk.remove(14);
    assert_eq!(
        read(&chunk).unwrap().error().unwrap().to_string(),
        "at 0xc: LUAC_DATA is 19 93 0A 1A 0A 00, not 19 93 0D 0A 1A 0A: the chunk is damaged; its CR or LF bytes were changed, as by a transfer in text mode: copy it again in binary mode"
    );
}
