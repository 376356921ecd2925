//! The views as people call for them.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{fixture, fixtures};

struct Done {
    status: i32,
    out: Vec<u8>,
    messages: String,
}

fn luadec_tok(arguments: &[&str], input: &[u8]) -> Done {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
    command.args(arguments).env_remove("NO_COLOR");
    run(&mut command, input)
}

fn run(command: &mut Command, input: &[u8]) -> Done {
    let mut child = command
        .current_dir(fixtures())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may fail before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Done {
        status: output.status.code().unwrap(),
        out: output.stdout,
        messages: String::from_utf8(output.stderr).unwrap(),
    }
}

fn good(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let done = luadec_tok(arguments, input);
    assert_eq!((done.status, done.messages.as_str()), (0, ""));
    done.out
}

#[test]
fn several_chunks_follow_each_other() {
    for format in ["listing", "hexdump", "pretty"] {
        let golden = |name: &str| fixture(&format!("{name}.{format}"));
        let both = good(&["-f", format, "demo.luac", "jumps.luac"], b"");
        assert!(
            both == [golden("demo"), golden("jumps")].concat(),
            "{format}"
        );
        let piped = good(&["--format", format], &fixture("demo.luac"));
        assert!(piped == golden("demo"), "{format}");
    }
}

#[test]
fn outputs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    good(
        &["-f", "listing", "-o", &at("one"), "demo.luac", "jumps.luac"],
        b"",
    );
    let wanted = [fixture("demo.listing"), fixture("jumps.listing")].concat();
    assert_eq!(fs::read(at("one")).unwrap(), wanted);
    for (format, ending) in [
        ("listing", "listing"),
        ("hexdump", "hexdump"),
        ("pretty", "txt"),
    ] {
        good(&["-f", format, "-O", &at(format), "demo.luac"], b"");
        let written = Path::new(&at(format)).join(format!("demo.{ending}"));
        assert_eq!(
            fs::read(written).unwrap(),
            fixture(&format!("demo.{format}"))
        );
    }
}

#[test]
fn strip() {
    for format in ["listing", "hexdump"] {
        let stripped = fixture("lua51/opcodes.stripped.luac");
        assert!(
            good(&["-s", "-f", format, "lua51/opcodes.luac"], b"")
                == good(&["-f", format], &stripped)
        );
    }
    let text = good(&["-s", "-f", "pretty", "functions.luac"], b"");
    let chunk = good(&["decode"], &text);
    assert_eq!(
        good(&[], &chunk),
        fixture("functions.stripped.txt"),
        "decode takes it back"
    );
}

#[test]
fn what_can_be_read_of_a_damaged_chunk_is_shown() {
    let demo = fixture("demo.luac");
    let cut = &demo[..0x50];
    for (format, last) in [
        ("listing", "upvalues (0) for 0x00000022:\n"),
        ("hexdump", "004A  13                 const type 19\n"),
    ] {
        let done = luadec_tok(&["-f", format], cut);
        assert_eq!(done.status, 1);
        assert_eq!(
            done.messages,
            "luadec-tok: standard input: at 0x4b, main > constant 1: the data ends: an integer wants 8 \
             bytes, 5 left\n"
        );
        let shown = String::from_utf8(done.out).unwrap();
        assert!(shown.ends_with(last), "{shown}");
    }
    let done = luadec_tok(&["-f", "pretty"], cut);
    assert_eq!((done.status, done.out.len()), (1, 0), "a stream is whole");
    let done = luadec_tok(&["-f", "listing"], b"a = 1");
    assert_eq!((done.status, done.out.len()), (1, 0));
    assert!(done.messages.contains("this is Lua source"));
}

#[test]
fn token_formats_refuse_lua_5_1() {
    for format in ["tokens", "pretty"] {
        let done = luadec_tok(&["-f", format, "sample51.luac"], b"");
        assert_eq!((done.status, done.out.len()), (1, 0));
        assert_eq!(
            done.messages,
            "luadec-tok: sample51.luac: at 0x4: this is a Lua 5.1 chunk; only Lua 5.3 chunks have a token \
             stream: compile the source with luac5.3, or look at this one with --format listing or --format \
             hexdump\n"
        );
    }
}

#[test]
fn color_is_for_terminals_and_for_who_wants_it() {
    let demo = fixture("demo.luac");
    for format in ["listing", "hexdump", "pretty"] {
        let colored = |options: &[&str], no_color: bool| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
            command
                .args(["-f", format])
                .args(options)
                .env_remove("NO_COLOR");
            if no_color {
                command.env("NO_COLOR", "1");
            }
            run(&mut command, &demo).out.contains(&0x1B)
        };
        assert!(!colored(&[], false), "a pipe is no terminal");
        assert!(!colored(&["--color", "never"], false));
        assert!(colored(&["--color", "always"], false));
        assert!(colored(&["--color", "always"], true), "it was asked for");
    }
}

#[test]
fn instruction_words() {
    let insn = |arguments: &[&str]| String::from_utf8(good(arguments, b"")).unwrap();
    assert_eq!(insn(&["insn", "0x00000001"]), "LOADK    \t0 -1\n");
    assert_eq!(
        insn(&["insn", "8388646", "0X8000001E", "4294967295"]),
        "RETURN   \t0 1\nJMP      \t0 1\nUNKNOWN  \t0xffffffff\n"
    );
    assert_eq!(
        insn(&["insn", "--lua", "5.1", "0x80000016", "0x0042000C"]),
        "JMP      \t1\nADD      \t0 0 -9\n"
    );
    for (arguments, message) in [
        (
            &["insn", "0x100000000"][..],
            "a word has 32 bits: 0x0 to 0xFFFFFFFF, or 0 to 4294967295",
        ),
        (&["insn", "0x+1"], "a word has 32 bits"),
        (&["insn", "--lua", "5.2", "1"], "there is 5.1 and 5.3"),
        (&["insn"], "<WORD>"),
        (
            &["-f", "listing", "--verify", "demo.luac"],
            "--verify is for the format tokens",
        ),
    ] {
        let done = luadec_tok(arguments, b"");
        assert_eq!(done.status, 2, "{arguments:?}");
        assert!(done.messages.contains(message), "{}", done.messages);
    }
}
