//! What the fixtures do not hold: small chunks made for one detail of a view each.

use std::fs;
use std::process::Command;

use crate::common::fixture;
use luadec_tok::chunk::{Chunk, Constant, LuaString, Proto};
use luadec_tok::opcodes::Instruction;
use luadec_tok::view::{Page, read};
use luadec_tok::{Version, dump};

fn view(bytes: &[u8], hexdump: bool) -> String {
    let reading = read(bytes).unwrap();
    assert_eq!(reading.error(), None);
    let mut out = Vec::new();
    let mut page = Page::new(&mut out, false);
    match hexdump {
        true => page.hexdump(&reading),
        false => page.listing(&reading),
    }
    .unwrap();
    page.finish().unwrap();
    String::from_utf8(out).unwrap()
}

fn main_of(main: Proto) -> Vec<u8> {
    dump(&Chunk {
        main,
        ..Chunk::default()
    })
}

/// What a view says of each SETLIST, after `; `.
fn told(code: &[Instruction], hexdump: bool) -> Vec<String> {
    let text = view(
        &main_of(Proto {
            code: code.iter().copied().collect(),
            ..Proto::default()
        }),
        hexdump,
    );
    let name = if hexdump { "] setlist" } else { "]\tSETLIST" };
    let lines = text.lines().filter(|line| line.contains(name));
    let told = lines.map(|line| line.split_once("; ").map_or("", |(_, told)| told));
    told.map(str::to_owned).collect()
}

fn setlist(b: u32, c: u32) -> Instruction {
    Version::Lua53.instruction(43, [0, b, c, 0])
}

#[test]
fn the_batches_of_setlist() {
    let extra = |batch: u32| Instruction(46 | batch << 6);
    let both = |code: &[Instruction]| (told(code, false), told(code, true));
    let wanted = |listing: &[&str], hexdump: &[&str]| {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        (lines(listing), lines(hexdump))
    };
    assert_eq!(
        both(&[setlist(3, 2), setlist(0, 1)]),
        wanted(&["2", "1"], &["index 51 to 53", "index 1 to top"])
    );
    // The batch is the next word's, which luac shows whole, and as an int.
    assert_eq!(
        both(&[setlist(3, 0), extra(600)]),
        wanted(&["38446"], &["index 29951 to 29953"])
    );
    assert_eq!(
        both(&[setlist(3, 0), extra(0x03FF_FFFF)]),
        wanted(&["-18"], &["index 3355443101 to 3355443103"])
    );
    // There is no batch 0, and nothing says the batch where the code ends.
    assert_eq!(both(&[setlist(3, 0), extra(0)]), wanted(&["46"], &["?"]));
    assert_eq!(both(&[setlist(3, 0)]), wanted(&["?"], &["?"]));
}

/// `luac` shows a B or C with the flag of a constant as one, whatever the opcode uses it for.
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
    let listing = view(&main_of(main), false);
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
        let listing = view(bytes, false);
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
    // The same in a chunk with such floats: its header and constants.
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
        let text = view(&bytes, true);
        let end = text.lines().last().unwrap();
        let offset = format!("{size:0digits$X}  ");
        assert!(end.starts_with(&offset), "{end}");
        assert!(end.ends_with("** end of chunk **"), "{end}");
        // All lines are laid out for it.
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

#[test]
fn bytes_after_the_main_function_are_a_warning_in_every_view() {
    let folder = tempfile::tempdir().unwrap();
    for (bytes, count) in [(&b"x"[..], "1 byte"), (b"abc", "3 bytes")] {
        let chunk = [&fixture("demo.luac")[..], bytes].concat();
        fs::write(folder.path().join("longer"), chunk).unwrap();
        let warning =
            format!("luadec-tok: longer: warning: {count} after the main function ignored\n");
        for view in [&["-f", "listing"][..], &["-f", "hexdump"], &["--pretty"]] {
            for strip in [false, true] {
                let output = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
                    .args(view)
                    .arg("longer")
                    .args(strip.then_some("--strip"))
                    .current_dir(folder.path())
                    .output()
                    .unwrap();
                assert_eq!(String::from_utf8(output.stderr).unwrap(), warning);
                assert_eq!(output.status.code(), Some(0));
                assert!(!output.stdout.is_empty());
            }
        }
    }
}

/// Some builds of Lua 5.3 keep an instruction in 8 bytes; 5.3.2 and 5.3.3 say 2 of a function that
/// takes `...` and does not use it.
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
    let hexdump = view(&wide, true);
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
    assert_eq!(view(&wide, false), view(&demo, false));
    let stripped = read(&wide).unwrap().stripped().unwrap();
    assert_eq!(
        view(&stripped, true)
            .lines()
            .filter(|line| line.contains("size of Instr"))
            .count(),
        1
    );
}
