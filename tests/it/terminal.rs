//! Output on a terminal: nothing from a chunk can control it.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::common::{fixture, fixtures, luac};
use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, LocVar, Proto, Upvaldesc};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Returns what a conversion of a chunk writes to a terminal.
fn on_terminal(arguments: &[&str], chunk: &[u8]) -> Vec<u8> {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let stdout = File::options()
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args(arguments)
        .current_dir(fixtures())
        .env_remove("NO_COLOR")
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(stdout)
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(chunk).unwrap();
    let mut shown = Vec::new();
    // Reading fails once the command has closed the other side.
    let _ = File::from(terminal).read_to_end(&mut shown);
    assert!(child.wait().unwrap().success());
    // Terminals put a carriage return before each line end.
    let mut text = Vec::new();
    for line in shown.split_inclusive(|byte| *byte == b'\n') {
        text.extend(line.strip_suffix(b"\r\n").expect("a line end"));
        text.push(b'\n');
    }
    text
}

fn elsewhere(arguments: &[&str], chunk: &[u8]) -> Vec<u8> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(chunk).unwrap();
    child.wait_with_output().unwrap().stdout
}

/// Sets the title, rings the bell, fakes a line, starts a sequence in one byte and in UTF-8, deletes,
/// reverses the direction; and has harmless text, too.
const NAME: &[u8] = b"@\x1b]0;title\x07\n0x\x9b31m \xc2\x9b\x7f\xe2\x80\xae\xd8\x9c \xc3\xa9\\";
const SHOWN: &[u8] =
    b"\\027]0;title\\a\\n0x\\15531m \\194\\155\\127\\226\\128\\174\\216\\156 \xc3\xa9\\";

/// Returns a chunk with that name wherever a listing shows one.
fn forged() -> Vec<u8> {
    let name = || Some(NAME.into());
    let get_upvalue = Version::Lua53.instruction(5, [0, 0, 0, 0]);
    let get_tabup = Version::Lua53.instruction(6, [0, 0, 0, 0]);
    let set_tabup = Version::Lua53.instruction(8, [0, 0, 0, 0]);
    Chunk {
        extension: None,
        nupvalues: 1,
        version: Version::Lua53,
        main: Proto {
            source: name(),
            code: [get_upvalue, get_tabup, set_tabup].into_iter().collect(),
            upvalues: vec![Upvaldesc {
                name: name(),
                instack: 1,
                ..Upvaldesc::default()
            }],
            locvars: [LocVar {
                varname: name(),
                startpc: 0,
                endpc: 1,
            }]
            .into_iter()
            .collect(),
            ..Proto::default()
        },
    }
    .to_bytes()
}

fn count(text: &[u8], part: &[u8]) -> usize {
    text.windows(part.len())
        .filter(|window| *window == part)
        .count()
}

#[test]
fn names_in_a_listing_cannot_control_the_terminal() {
    let chunk = forged();
    let plain = ["-f", "listing", "--color", "never"];
    let shown = on_terminal(&plain, &chunk);
    assert_eq!(count(&shown, SHOWN), 6, "{}", shown.escape_ascii());
    assert!(
        shown
            .iter()
            .all(|byte| *byte >= b' ' && *byte != 0x7F || b"\t\n".contains(byte)),
        "{}",
        shown.escape_ascii()
    );
    assert_eq!(
        std::str::from_utf8(&shown)
            .unwrap()
            .matches('\u{9b}')
            .count(),
        0
    );

    // Elsewhere it is what luac prints.
    let piped = elsewhere(&plain, &chunk);
    assert_eq!(count(&piped, &NAME[1..]), 6);

    // The sequences of colors are the only ones.
    let colored = on_terminal(&["-f", "listing"], &chunk);
    assert!(colored.contains(&0x1B));
    for piece in colored.split(|byte| *byte == 0x1B).skip(1) {
        let end = piece.iter().position(u8::is_ascii_alphabetic).unwrap();
        assert_eq!((piece[0], piece[end]), (b'[', b'm'));
    }
}

/// Names of globals in Lua 5.1 are escaped as well.
#[test]
fn globals_of_lua_5_1_cannot_control_the_terminal() {
    let mut chunk = fixture("sample51.luac");
    let plain = ["-f", "listing", "--color", "never"];
    let before = on_terminal(&plain, &chunk);
    assert_eq!(before, fixture("sample51.listing"));
    let global = b"print\0";
    assert!(
        count(&before, b"; print\n") > 0,
        "{}",
        before.escape_ascii()
    );
    let at = chunk
        .windows(6)
        .position(|window| window == global)
        .unwrap();
    chunk[at] = 0x1B;
    let shown = on_terminal(&plain, &chunk);
    assert!(count(&shown, b"; \\027rint\n") > 0);
    assert!(!shown.contains(&0x1B));
}

/// The other views are ASCII, whatever the output.
#[test]
fn no_view_of_a_forged_chunk_controls_the_terminal() {
    let chunk = forged();
    const NEVER: [&str; 2] = ["--color", "never"];
    let stream = ["-f", "full"];
    let pretty = ["--pretty", NEVER[0], NEVER[1]];
    let hexdump = ["-f", "hexdump", NEVER[0], NEVER[1]];
    let listing = ["-f", "listing", NEVER[0], NEVER[1]];
    for arguments in [&stream[..], &pretty, &hexdump] {
        let shown = on_terminal(arguments, &chunk);
        let plain = |byte: &u8| (b' '..=b'~').contains(byte) || *byte == b'\n';
        assert!(shown.iter().all(plain), "{arguments:?}");
        assert_eq!(shown, elsewhere(arguments, &chunk), "{arguments:?}");
    }
    let luac = luac(b"return 1", "x", false);
    for arguments in [&stream[..], &pretty, &hexdump, &listing] {
        assert_eq!(on_terminal(arguments, &luac), elsewhere(arguments, &luac));
    }
}

/// One chunk is laid out in lines on a terminal, unless the options say how it is written.
#[test]
fn a_chunk_on_a_terminal_is_laid_out_in_lines() {
    let chunk = luac(b"return 1", "x", false);
    let stream = elsewhere(&[], &chunk);
    let pretty = elsewhere(&["--pretty"], &chunk);
    assert_ne!(stream, pretty);
    let colorless = ["--color", "never"];
    assert_eq!(on_terminal(&colorless, &chunk), pretty);
    for arguments in [&["-f", "full"][..], &["--verify"]] {
        assert_eq!(on_terminal(arguments, &chunk), stream, "{arguments:?}");
    }
    let two = on_terminal(&["-", "demo.luac"], &chunk);
    assert_eq!(two, [stream, fixture("demo.txt")].concat());
    let row = on_terminal(&["--jsonl"], &chunk);
    assert_eq!(row, elsewhere(&["--jsonl"], &chunk));
}

/// A record as text contains the source as it is, escaped only for a terminal.
#[cfg(feature = "dataset")]
#[test]
fn a_source_in_a_record_cannot_control_the_terminal() {
    let directory = tempfile::tempdir().unwrap();
    let source = directory.path().join("x.lua");
    std::fs::write(&source, b"a=\"\x1b[31m\xc2\x9b\"\n\tb=1").unwrap();
    let arguments = ["dataset", "-q", "-f", "chatml", "-o", "-"];
    let arguments = [&arguments[..], &[source.to_str().unwrap()]].concat();
    let shown = on_terminal(&arguments, b"");
    assert_eq!(count(&shown, br#"a="\x1B[31m\u{9B}""#), 1);
    assert!(!shown.contains(&0x1B));
    let piped = elsewhere(&arguments, b"");
    assert_eq!(count(&piped, b"a=\"\x1b[31m\xc2\x9b\"\n\tb=1<|im_end|>"), 1);
}

/// Ids in binary are not text.
#[cfg(feature = "tokenizer")]
#[test]
fn ids_as_bytes_are_refused_on_a_terminal() {
    for form in ["u16", "u32"] {
        let arguments = ["--ids", form, "--tokenizer", "tokenizer", "demo.luac"];
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap();
        let mut options = File::options();
        let stdout = options.write(true).open(name.to_str().unwrap()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
            .args(arguments)
            .current_dir(fixtures())
            .stdout(stdout)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "luadec-tok: ids in binary are not for a terminal: use -o FILE or --ids text\n"
        );
    }
}
