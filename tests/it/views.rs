//! The views: goldens of every fixture, small chunks that each show one detail, and properties.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::common::{files, fixture, golden, luac, parse, stream, terse, trees};
use luadec_tok::chunk::{Chunk, Constant, LuaString, Proto};
use luadec_tok::opcodes::Instruction;
use luadec_tok::stream::Chunks;
use luadec_tok::view::{Page, PartialChunk, read};
use luadec_tok::{Version, undump};
use proptest::prelude::*;

/// Returns what a view writes, in color or not.
fn view(color: bool, write: impl FnOnce(&mut Page) -> std::io::Result<()>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut page = Page::new(&mut out, color);
    write(&mut page).unwrap();
    page.finish().unwrap();
    out
}

fn listing(reading: &PartialChunk) -> Vec<u8> {
    view(false, |page| page.listing(reading))
}

fn hexdump(reading: &PartialChunk) -> String {
    String::from_utf8(view(false, |page| page.hexdump(reading))).expect("a hexdump is ASCII")
}

fn pretty(bytes: &[u8]) -> String {
    let chunk = undump(bytes).unwrap().chunk;
    String::from_utf8(view(false, |page| page.pretty(&chunk))).expect("a stream is ASCII")
}

/// Returns the listing or the hexdump of an undamaged chunk.
fn shown(bytes: &[u8], is_hexdump: bool) -> String {
    let reading = read(bytes).unwrap();
    assert_eq!(reading.error(), None);
    match is_hexdump {
        true => hexdump(&reading),
        false => String::from_utf8(listing(&reading)).unwrap(),
    }
}

/// Returns all chunks among the fixtures, of all versions and widths.
fn chunks() -> Vec<PathBuf> {
    ["", "widths", "lua51", "lua52", "lua54", "lua55"]
        .into_iter()
        .flat_map(|directory| files(directory, "luac"))
        .collect()
}

#[test]
fn every_view_of_every_fixture() {
    for lua in files("", "lua") {
        let bytes = fs::read(lua.with_extension("luac")).unwrap();
        let reading = read(&bytes).unwrap();
        golden(&lua.with_extension("pretty"), pretty(&bytes).as_bytes());
        let terse = view(false, |page| {
            page.pretty_terse(&undump(&bytes).unwrap().chunk)
        });
        golden(&lua.with_extension("terse.pretty"), &terse);
        golden(&lua.with_extension("listing"), &listing(&reading));
        golden(&lua.with_extension("hexdump"), hexdump(&reading).as_bytes());
    }
}

/// The address of a function is the offset of its first field, the size of its source.
#[test]
fn an_address_is_the_offset_of_the_function() {
    let bytes = fixture("functions.luac");
    let reading = read(&bytes).unwrap();
    let listing = String::from_utf8(listing(&reading)).unwrap();
    let dump = hexdump(&reading);
    let listed: Vec<String> = listing
        .split(" at 0x")
        .skip(1)
        .map(|rest| rest[..8].trim_start_matches('0').to_uppercase())
        .collect();
    let dumped: Vec<String> = dump
        .lines()
        .filter(|line| line.contains("] definition (level "))
        .map(|line| line[..4].trim_start_matches('0').to_owned())
        .collect();
    assert!(listed.len() > 5);
    assert_eq!(listed, dumped);
}

/// Returns the bytes in the hex columns, and checks that there is no gap between them.
fn bytes_of(hexdump: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in hexdump
        .lines()
        .skip(2)
        .filter(|line| !line.starts_with(' '))
    {
        let (position, rest) = line.split_once("  ").unwrap();
        assert_eq!(
            usize::from_str_radix(position, 16).unwrap(),
            bytes.len(),
            "{line}"
        );
        let hex = rest.split(' ').next().unwrap();
        for pair in hex.as_bytes().chunks(2) {
            let pair = std::str::from_utf8(pair).unwrap();
            bytes.push(u8::from_str_radix(pair, 16).unwrap());
        }
    }
    bytes
}

#[test]
fn hex_columns_hold_the_whole_file() {
    for file in chunks() {
        let bytes = fs::read(&file).unwrap();
        let reading = read(&bytes).unwrap();
        assert_eq!(reading.error(), None, "{}", file.display());
        assert!(bytes_of(&hexdump(&reading)) == bytes, "{}", file.display());
    }
    let mut trailing = fixture("demo.luac");
    trailing.extend(b"what Lua ignores");
    let reading = read(&trailing).unwrap();
    assert_eq!(reading.trailing(), 16);
    assert_eq!(bytes_of(&hexdump(&reading)), trailing);
}

/// The seed is taken from a web page that cut lines off at their 63rd byte.
#[test]
fn the_seed_of_lua_5_1_is_reproduced() {
    let seed = String::from_utf8(fixture("seed-sample51.txt")).unwrap();
    let bytes = fixture("sample51.luac");
    let hexdump = hexdump(&read(&bytes).unwrap());
    assert_eq!(hexdump.lines().count(), seed.lines().count());
    for (found, wanted) in hexdump.lines().zip(seed.lines()) {
        // The page also lost the spaces at the beginning of lines.
        let found = found.trim_start();
        assert!(found.starts_with(wanted.trim_start()), "{found}\n{wanted}");
        assert!(found == wanted || wanted.len() > 40, "{found}\n{wanted}");
    }
}

fn instructions(p: &Proto) -> usize {
    p.code.len() + p.p.iter().map(instructions).sum::<usize>()
}

#[test]
fn pretty_has_a_line_for_each_element() {
    for lua in files("", "lua") {
        let bytes = fs::read(lua.with_extension("luac")).unwrap();
        let text = pretty(&bytes);
        let of = |start: &str| {
            let lines = text
                .lines()
                .filter(|line| line.trim_start().starts_with(start));
            let lines: Vec<&str> = lines.collect();
            assert!(lines.iter().all(|line| line.matches(start).count() == 1));
            assert_eq!(lines.len(), text.matches(start).count(), "{start}");
            lines.len()
        };
        let main = undump(&bytes).unwrap().chunk.main;
        assert_eq!(of("<|Proto-code-idx|>"), instructions(&main));
        of("<|Proto-k-idx|>");
        of("<|Proto-locvars-idx|>");
        of("<|Proto-upvalues-idx|>");
        assert_eq!(
            text.matches("\n<|Proto|>").count(),
            0,
            "only the first is at the margin"
        );
    }
}

#[test]
fn both_readers_read_the_same_tree() {
    for file in files("", "luac").into_iter().chain(files("widths", "luac")) {
        let bytes = fs::read(&file).unwrap();
        let reading = read(&bytes).unwrap();
        if reading.version().to_string() == "5.3" {
            let undumped = undump(&bytes).unwrap();
            assert_eq!(reading.chunk(), Some(&undumped.chunk), "{}", file.display());
        }
    }
}

/// Both readers report the same error where a chunk ends early, and the views show all that comes before.
#[test]
fn a_chunk_cut_short_is_shown_up_to_there() {
    for name in [
        "functions.luac",
        "widths/widths.ppc-32bits.luac",
        "sample51.luac",
        "lua52/opcodes.luac",
    ] {
        let bytes = fixture(name);
        // Every third length, which comes by all bytes of the fields of 4 and 8 bytes.
        for length in (5..bytes.len()).step_by(3) {
            let cut = &bytes[..length];
            let reading = read(cut).unwrap();
            let error = reading.error().expect("an end is missing");
            if reading.version().to_string() == "5.3" {
                assert_eq!(Some(error), undump(cut).as_ref().err());
            }
            let shown = bytes_of(&hexdump(&reading));
            assert!(cut.starts_with(&shown), "{name} {length}");
            // A list with fewer elements than its size is left out, with the size.
            assert_eq!(shown.len(), error.offset, "{name} {length}: {error}");
            listing(&reading);
        }
    }
}

#[test]
fn other_bytes_are_refused() {
    let refused = |bytes: &[u8]| read(bytes).err().expect("refused").to_string();
    assert_eq!(
        refused(b"\x1bLua\x50\x00"),
        "at 0x4: this is a Lua 5.0 chunk; expected Lua 5.1 to 5.5: compile its source with luac5.3"
    );
    assert_eq!(
        refused(b"\x1bLu"),
        "at 0x0: unexpected end of data: the signature needs 4 bytes, 3 are left"
    );
    assert_eq!(
        refused(b"\x1bLua"),
        "at 0x4: unexpected end of data: the version needs 1 byte, 0 are left"
    );
}

/// A chunk that is stripped for a view is the chunk that luac strips.
#[test]
fn stripping_does_what_luac_s_does() {
    for lua in files("", "lua") {
        let name = lua.file_name().unwrap().to_str().unwrap();
        let source = fs::read(&lua).unwrap();
        let (full, stripped) = (luac(&source, name, false), luac(&source, name, true));
        assert!(
            read(&full).unwrap().stripped().unwrap() == stripped,
            "{name}"
        );
        assert!(
            read(&stripped).unwrap().stripped().unwrap() == stripped,
            "{name}"
        );
    }
    for file in files("widths", "luac") {
        let path = file.to_str().unwrap();
        if !path.contains(".stripped.") {
            let stripped = fs::read(Path::new(&path.replace(".luac", ".stripped.luac"))).unwrap();
            let full = fs::read(&file).unwrap();
            assert!(
                read(&full).unwrap().stripped().unwrap() == stripped,
                "{path}"
            );
        }
    }
}

/// Removes the colors.
fn plain(colored: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut pieces = colored.split(|byte| *byte == 0x1B);
    plain.extend(pieces.next().unwrap());
    for piece in pieces {
        let end = piece
            .iter()
            .position(|byte| *byte == b'm')
            .expect("a color ends");
        plain.extend(&piece[end + 1..]);
    }
    plain
}

#[test]
fn color_changes_nothing_else() {
    for name in ["functions.luac", "opcodes.luac"] {
        let bytes = fixture(name);
        let reading = read(&bytes).unwrap();
        let chunk = reading.chunk().unwrap();
        type Write<'a> = &'a dyn Fn(&mut Page) -> std::io::Result<()>;
        let views: [Write; 4] = [
            &|page| page.listing(&reading),
            &|page| page.hexdump(&reading),
            &|page| page.pretty(chunk),
            &|page| page.pretty_terse(chunk),
        ];
        for write in views {
            let colored = view(true, write);
            assert!(colored.contains(&0x1B));
            assert!(plain(&colored) == view(false, write), "{name}");
        }
    }
}

fn main_of(main: Proto) -> Vec<u8> {
    Chunk {
        main,
        ..Chunk::default()
    }
    .to_bytes()
}

/// Returns the remark on each SETLIST, after `; `.
fn remarks(code: &[Instruction], hexdump: bool) -> Vec<String> {
    let text = shown(
        &main_of(Proto {
            code: code.iter().copied().collect(),
            ..Proto::default()
        }),
        hexdump,
    );
    let name = if hexdump { "] setlist" } else { "]\tSETLIST" };
    let lines = text.lines().filter(|line| line.contains(name));
    let remarks = lines.map(|line| line.split_once("; ").map_or("", |(_, remark)| remark));
    remarks.map(str::to_owned).collect()
}

fn setlist(b: u32, c: u32) -> Instruction {
    Version::Lua53.instruction(43, [0, b, c, 0])
}

#[test]
fn the_batches_of_setlist() {
    let extra = |batch: u32| Instruction(46 | batch << 6);
    let both = |code: &[Instruction]| (remarks(code, false), remarks(code, true));
    let wanted = |listing: &[&str], hexdump: &[&str]| {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        (lines(listing), lines(hexdump))
    };
    assert_eq!(
        both(&[setlist(3, 2), setlist(0, 1)]),
        wanted(&["2", "1"], &["index 51 to 53", "index 1 to top"])
    );
    // The next word holds the batch. `luac` shows all of it, as an int.
    assert_eq!(
        both(&[setlist(3, 0), extra(600)]),
        wanted(&["38446"], &["index 29951 to 29953"])
    );
    assert_eq!(
        both(&[setlist(3, 0), extra(0x03FF_FFFF)]),
        wanted(&["-18"], &["index 3355443101 to 3355443103"])
    );
    // There is no batch 0, and no next word at the end of the code.
    assert_eq!(both(&[setlist(3, 0), extra(0)]), wanted(&["46"], &["?"]));
    assert_eq!(both(&[setlist(3, 0)]), wanted(&["?"], &["?"]));
}

/// `luac` shows a B or C with the flag of a constant as a constant, whatever the opcode uses it for.
#[test]
fn an_operand_beyond_255_is_listed_as_a_constant() {
    let code = [
        Version::Lua53.instruction(0, [86, 503, 0, 0]),
        Version::Lua53.instruction(36, [0, 300, 2, 0]),
    ];
    let main = Proto {
        code: code.into_iter().collect(),
        ..Proto::default()
    };
    let listing = shown(&main_of(main), false);
    for line in [
        "\t1\t[-]\tMOVE     \t86 -248",
        "\t2\t[-]\tCALL     \t0 -45 2",
    ] {
        assert!(listing.lines().any(|found| found == line), "{listing}");
    }
}

#[test]
fn floats_of_4_bytes_have_7_digits() {
    let chunk = main_of(Proto {
        k: [0.1f64, f64::from(0.1f32), 1e7, 16_777_216.0]
            .map(Constant::Float)
            .into_iter()
            .collect(),
        ..Proto::default()
    });
    let constants = |bytes: &[u8]| -> Vec<String> {
        let listing = shown(bytes, false);
        let lines = listing
            .lines()
            .skip_while(|line| !line.starts_with("constants"));
        let constants = lines.skip(1).take_while(|line| line.starts_with('\t'));
        constants
            .map(|line| line.rsplit('\t').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        constants(&chunk),
        ["0.1", "0.10000000149012", "10000000.0", "16777216.0"]
    );
    // A chunk with floats of 4 bytes in its header and constants.
    let at = |needle: &[u8]| {
        let mut found = chunk.windows(needle.len());
        found.position(|window| window == needle).unwrap()
    };
    let (sample, k) = (at(&370.5f64.to_le_bytes()), at(&0.1f64.to_le_bytes()) - 1);
    let mut narrow = chunk[..sample].to_vec();
    narrow[16] = 4;
    narrow.extend(370.5f32.to_le_bytes());
    narrow.extend(&chunk[sample + 8..k]);
    for value in [0.1f32, 1e7, 16_777_216.0, 1_234_567.9] {
        narrow.push(3);
        narrow.extend(value.to_le_bytes());
    }
    narrow.extend(&chunk[k + 4 * 9..]);
    assert_eq!(
        constants(&narrow),
        ["0.1", "1e+07", "1.677722e+07", "1234568.0"]
    );
}

#[test]
fn offsets_have_as_many_digits_as_the_last_one_needs() {
    let with_string = |length: usize| {
        main_of(Proto {
            source: Some(LuaString::from(vec![b'x'; length])),
            ..Proto::default()
        })
    };
    let overhead = with_string(1000).len() - 1000;
    for (size, digits) in [
        (0xFFFF, 4),
        (0x1_0000, 5),
        (0x1_0001, 5),
        (0xF_FFFF, 5),
        (0x10_0000, 6),
    ] {
        let bytes = with_string(size - overhead);
        assert_eq!(bytes.len(), size);
        let text = shown(&bytes, true);
        let end = text.lines().last().unwrap();
        let offset = format!("{size:0digits$X}  ");
        assert!(end.starts_with(&offset), "{end}");
        assert!(end.ends_with("** end of chunk **"), "{end}");
        // All lines have columns of that width.
        let mut lines = text.lines();
        let column = |line: &str, of: &str| line.find(of);
        let title = lines.next().unwrap();
        assert_eq!(column(title, "Hex Data"), Some(digits + 2));
        assert_eq!(column(title, "Description"), Some(digits + 2 + 19));
        for line in lines.skip(1) {
            let (before, after) = line.split_at(digits + 2);
            let offset = before.strip_suffix("  ").unwrap();
            let blank = offset.trim().is_empty();
            assert!(blank || usize::from_str_radix(offset, 16).is_ok(), "{line}");
            assert_eq!(after.as_bytes()[17..19], *b"  ", "{line}");
        }
    }
}

#[cfg(feature = "cli")]
#[test]
fn bytes_after_the_main_function_are_a_warning_in_every_view() {
    let directory = tempfile::tempdir().unwrap();
    for (bytes, count) in [(&b"x"[..], "1 byte"), (b"abc", "3 bytes")] {
        let chunk = [&fixture("demo.luac")[..], bytes].concat();
        fs::write(directory.path().join("longer"), chunk).unwrap();
        let warning =
            format!("luadec-tok: longer: warning: {count} after the main function ignored\n");
        for view in [&["-f", "listing"][..], &["-f", "hexdump"], &["--pretty"]] {
            for strip in [false, true] {
                let output = std::process::Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
                    .args(view)
                    .arg("longer")
                    .args(strip.then_some("--strip"))
                    .current_dir(directory.path())
                    .output()
                    .unwrap();
                assert_eq!(String::from_utf8(output.stderr).unwrap(), warning);
                assert_eq!(output.status.code(), Some(0));
                assert!(!output.stdout.is_empty());
            }
        }
    }
}

/// Some builds of Lua 5.3 store an instruction in 8 bytes. Lua 5.3.2 and 5.3.3 write 2 for a function
/// that takes `...` and does not use it.
#[test]
fn odd_chunks_of_lua_5_3() {
    let demo = fixture("demo.luac");
    let mut wide = demo[..0x3B].to_vec();
    wide[0xE] = 8;
    wide[0x35] = 2;
    for word in demo[0x3B..0x43].chunks(4) {
        wide.extend(word);
        wide.extend([0; 4]);
    }
    wide.extend(&demo[0x43..]);
    let hexdump = shown(&wide, true);
    for line in [
        "000E  08                 size of Instruction (bytes)",
        "0035  02                 is_vararg (2): takes ... and does not use it (Lua 5.3.2 or 5.3.3)",
        "003B  0840408000000000   [1] settabup   0   256 257  ; _ENV \"a\" 1",
        "0043  2600800000000000   [2] return     0   1",
        "004B  02000000           sizek (2)",
    ] {
        assert!(
            hexdump.lines().any(|found| found == line),
            "{line}\n{hexdump}"
        );
    }
    assert_eq!(shown(&wide, false), shown(&demo, false));
    let stripped = read(&wide).unwrap().stripped().unwrap();
    assert_eq!(
        shown(&stripped, true)
            .lines()
            .filter(|line| line.contains("size of Instr"))
            .count(),
        1
    );
}

/// A reader that returns one byte at a time.
struct Trickle<'t>(&'t [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(1);
        let (now, later) = self.0.split_at(count);
        out[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

/// A line that uses constants ends with a comment that shows their values. The parsers skip it, even if
/// they have read only a part of it.
#[test]
fn constants_show_at_each_use() {
    let bytes = fixture("opcodes.luac");
    let chunk = undump(&bytes).unwrap().chunk;
    for text in [
        view(false, |page| page.pretty(&chunk)),
        view(false, |page| page.pretty_terse(&chunk)),
    ] {
        let lines = String::from_utf8(text.clone()).unwrap();
        let comments = lines.lines().filter(|line| line.contains("|>  ; "));
        assert!(comments.count() > 3);
        let mut chunks = Chunks::new(Trickle(&text));
        assert_eq!(chunks.next().unwrap().unwrap(), chunk);
        assert!(chunks.next().is_none());
    }
    // A value is spelled as in the stream, cut if it is long, and shown only if the stream omits it.
    let twice = main_of(Proto {
        code: (0..2).map(|_| Instruction(0x0000_0001)).collect(),
        k: [Constant::String(b"<|K1|>\n;".repeat(9).into())]
            .into_iter()
            .collect(),
        ..Proto::default()
    });
    let chunk = undump(&twice).unwrap().chunk;
    let text = view(false, |page| page.pretty_terse(&chunk));
    let text = String::from_utf8(text).unwrap();
    let short = r"\x3C|K1|>\n;".repeat(7) + r"\x3C|K1";
    let last = text.lines().nth(2).unwrap();
    let end = format!("<|K0|>  ; \"{short}...\"");
    assert!(last.starts_with("  <|OP_LOADK|> <|R0|> "), "{last}");
    assert!(last.ends_with(&end), "{last}\n{end}");
    assert_eq!(parse(&text).unwrap(), chunk);
}

/// A comment is white space between tokens, and it begins after white space.
#[test]
fn a_comment_elsewhere_is_refused() {
    let bytes = fixture("demo.luac");
    let chunk = undump(&bytes).unwrap().chunk;
    for (stream, second) in [
        (stream(&chunk), "<|Proto-nupvalues"),
        (terse(&chunk), "<|N1|>"),
    ] {
        let (before, after) = stream.split_at(stream.find(second).unwrap());
        let commented = format!("{before} ; a comment <|Proto|>\n{after} ; to the end\n");
        assert_eq!(parse(&commented).unwrap(), chunk);
    }
    let error = |text: &str| parse(text).unwrap_err().to_string();
    let header = "<|Proto|><|N0|><|N1|><|N2|><|+0|><|+0|>";
    let refused = [
        "<|Proto|>;\n<|N0|>".to_owned(),
        "; a comment\n<|Proto|><|N0|>".to_owned(),
        format!("{header}<|OP_LOADK|><|R0|><|K0|>1; a\n"),
        format!("{header}<|OP_LOADK|><|R0|><|K0|>\"a\";\n"),
    ];
    let errors = [
        "line 1, byte 10, main: expected <|Proto-nupvalues=0|> to <|Proto-nupvalues=255|> of a full \
         stream, or <|Proto-source|> or <|N0|> to <|N255|> of a terse one, found ;",
        "line 1, byte 1, main: expected <|Proto|>, found ; a comment",
        "line 1, byte 64, main > instruction 0: expected a constant, found 1; a",
        "line 1, byte 68, main > instruction 0: expected \", found the end of the line",
    ];
    assert_eq!(refused.map(|text| error(&text)), errors);
}

#[test]
fn a_prefix_names_the_file_and_the_function_of_every_line() {
    type Write<'a> = &'a dyn Fn(&mut Page) -> std::io::Result<()>;
    let bytes = fixture("functions.luac");
    let reading = read(&bytes).unwrap();
    let chunk = reading.chunk().unwrap();
    let views: [Write; 4] = [
        &|page| page.listing(&reading),
        &|page| page.hexdump(&reading),
        &|page| page.pretty(chunk),
        &|page| page.pretty_terse(chunk),
    ];
    for write in views {
        let plain = String::from_utf8(view(false, write)).unwrap();
        let mut out = Vec::new();
        let mut page = Page::new(&mut out, false).prefixed("dir/a.luac", &[7]);
        write(&mut page).unwrap();
        page.finish().unwrap();
        let prefixed = String::from_utf8(out).unwrap();
        let (mut rest, mut functions) = (String::new(), Vec::new());
        for line in prefixed.lines() {
            let line = line.strip_prefix("dir/a.luac\tmain > function 7").unwrap();
            let (function, line) = line.split_once('\t').unwrap();
            rest += &format!("{line}\n");
            functions.push(function);
        }
        assert_eq!(rest, plain);
        functions.sort();
        functions.dedup();
        assert_eq!(functions.len(), functions_in(&chunk.main));
        assert!(
            functions.contains(&" > function 8 > function 0"),
            "{functions:?}"
        );
    }
}

fn functions_in(p: &Proto) -> usize {
    1 + p.p.iter().map(functions_in).sum::<usize>()
}

proptest! {
    #[test]
    fn terse_in_lines_turns_back(chunk in trees::any_chunk()) {
        let text = String::from_utf8(view(false, |page| page.pretty_terse(&chunk))).unwrap();
        let parsed = parse(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(parsed, chunk);
    }

    #[test]
    fn pretty_turns_back(chunk in trees::chunk()) {
        let text = String::from_utf8(view(false, |page| page.pretty(&chunk))).unwrap();
        let unknown = chunk.find_unknown();
        match parse(&text) {
            Ok(parsed) => prop_assert_eq!(chunk.difference(&parsed), None),
            Err(error) => prop_assert!(unknown.is_some(), "{}", error),
        }
    }

    /// The functions are not from a compiler: their operands can refer to nothing.
    #[test]
    fn any_tree_is_shown(chunk in trees::chunk()) {
        let bytes = chunk.to_bytes();
        let reading = read(&bytes).unwrap();
        prop_assert_eq!(reading.error(), None);
        prop_assert_eq!(reading.chunk(), Some(&undump(&bytes).unwrap().chunk));
        listing(&reading);
        prop_assert!(bytes_of(&hexdump(&reading)) == bytes);
    }

    #[test]
    fn both_readers_refuse_alike(
        offset in 5usize..2000,
        bytes in proptest::collection::vec(any::<u8>(), 1..5),
        name in prop_oneof![Just("functions.luac"), Just("sample51.luac"), Just("lua52/opcodes.luac"), Just("lua54/opcodes.luac"), Just("lua55/opcodes.luac")],
    ) {
        let mut damaged = fixture(name);
        let offset = offset.min(damaged.len() - bytes.len());
        damaged[offset..offset + bytes.len()].copy_from_slice(&bytes);
        let reading = read(&damaged).unwrap();
        listing(&reading);
        hexdump(&reading);
        reading.stripped().unwrap();
        if name == "functions.luac" {
            match undump(&damaged) {
                Ok(undumped) => {
                    prop_assert_eq!(reading.chunk(), Some(&undumped.chunk));
                    prop_assert_eq!(reading.error(), None);
                    prop_assert_eq!(reading.trailing(), undumped.trailing);
                }
                Err(error) => prop_assert_eq!(reading.error(), Some(&error)),
            }
        }
    }
}
