//! The command as its users run it.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{fixture, fixtures, luac};
use tempfile::{TempDir, tempdir};

/// Runs the command in a folder, with bytes on standard input.
fn run_in(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command may end without having read it all.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The exit status, standard output and standard error.
#[track_caller]
fn holds(output: &Output, status: i32, stdout: &str, stderr: &str) {
    let found = (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    );
    assert_eq!(found, (Some(status), stdout.to_owned(), stderr.to_owned()));
}

fn demo() -> String {
    text(&fixture("demo.txt"))
}

fn stripped() -> String {
    text(&fixture("demo.stripped.txt"))
}

/// A folder with the demo chunk, a bad one, and a folder of both and of what is no chunk.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    let demo = fixture("demo.luac");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    fs::create_dir_all(folder.path().join("in/deep")).unwrap();
    write("demo.luac", &demo);
    write("bad.luac", &demo[..60]);
    write("in/b.luac", &demo);
    write("in/a", &luac(b"a=2", "a", true));
    write("in/deep/c.luac", &demo);
    write("in/notes.md", b"# no chunk");
    folder
}

const BAD: &str =
    "luadec-tok: bad.luac: at 0x37, main: sizecode is 2, which takes at least 8 bytes; 1 left\n";

#[test]
fn a_file_and_standard_input() {
    let folder = folder();
    for (arguments, stdin) in [
        (&["demo.luac"][..], &b""[..]),
        (&[], &fixture("demo.luac")),
        (&["-"], &fixture("demo.luac")),
        (&["--verify", "demo.luac"], b""),
        (
            &[],
            &[&b"#!/usr/bin/lua\n"[..], &fixture("demo.luac")].concat(),
        ),
    ] {
        holds(&run_in(folder.path(), arguments, stdin), 0, &demo(), "");
    }
    for option in ["-s", "--strip"] {
        holds(
            &run_in(folder.path(), &[option, "demo.luac"], b""),
            0,
            &stripped(),
            "",
        );
    }
}

#[test]
fn a_bad_input_does_not_stop_the_others() {
    let folder = folder();
    let output = run_in(
        folder.path(),
        &["demo.luac", "bad.luac", "-s", "in/b.luac", "none.luac"],
        b"",
    );
    let missing = "luadec-tok: none.luac: No such file or directory (os error 2)\n";
    holds(
        &output,
        1,
        &stripped().repeat(2),
        &(BAD.to_owned() + missing),
    );
}

#[test]
fn a_folder_gives_its_chunks_in_order() {
    let folder = folder();
    let a = common::stream_of(&luac(b"a=2", "a", true)) + "\n";
    let output = run_in(folder.path(), &["in", "demo.luac"], b"");
    holds(&output, 0, &(a + &demo().repeat(3)), "");
    fs::create_dir(folder.path().join("empty")).unwrap();
    let output = run_in(folder.path(), &["empty", "demo.luac"], b"");
    holds(
        &output,
        1,
        &demo(),
        "luadec-tok: empty: there is no Lua chunk in this folder\n",
    );
}

#[test]
fn an_output_file_appears_whole_or_not_at_all() {
    let folder = folder();
    let out = folder.path().join("out.txt");
    holds(
        &run_in(
            folder.path(),
            &["-o", "out.txt", "demo.luac", "bad.luac"],
            b"",
        ),
        1,
        "",
        BAD,
    );
    assert_eq!(fs::read_to_string(&out).unwrap(), demo());
    holds(
        &run_in(folder.path(), &["-o", "out.txt", "bad.luac"], b""),
        1,
        "",
        BAD,
    );
    assert_eq!(
        fs::read_to_string(&out).unwrap(),
        demo(),
        "an existing file survives"
    );
    holds(
        &run_in(folder.path(), &["-s", "-o", "out.txt", "demo.luac"], b""),
        0,
        "",
        "",
    );
    assert_eq!(fs::read_to_string(&out).unwrap(), stripped());
    holds(
        &run_in(folder.path(), &["-o", "new.txt", "bad.luac"], b""),
        1,
        "",
        BAD,
    );
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["bad.luac", "demo.luac", "in", "out.txt"],
        "nothing else is left"
    );
    let nowhere = run_in(folder.path(), &["-o", "none/out.txt", "demo.luac"], b"");
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(
        text(&nowhere.stderr).starts_with("luadec-tok: none/out.txt: No such file or directory")
    );
}

#[cfg(unix)]
#[test]
fn an_output_file_keeps_its_permissions_and_its_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder();
    let real = folder.path().join("real.txt");
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.txt", folder.path().join("link.txt")).unwrap();
    holds(
        &run_in(folder.path(), &["-o", "link.txt", "demo.luac"], b""),
        0,
        "",
        "",
    );
    assert_eq!(fs::read_to_string(&real).unwrap(), demo());
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert!(
        fs::symlink_metadata(folder.path().join("link.txt"))
            .unwrap()
            .is_symlink()
    );
    holds(
        &run_in(folder.path(), &["-o", "/dev/null", "demo.luac"], b""),
        0,
        "",
        "",
    );
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn an_output_folder_has_the_layout_of_the_inputs() {
    let folder = folder();
    for jobs in ["1", "2", "8"] {
        let out = folder.path().join(format!("out{jobs}"));
        let name = out.to_str().unwrap();
        holds(
            &run_in(
                folder.path(),
                &["-O", name, "-j", jobs, "in", "demo.luac", "bad.luac"],
                b"",
            ),
            1,
            "",
            BAD,
        );
        let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
        assert_eq!(
            read("a.txt"),
            common::stream_of(&luac(b"a=2", "a", true)) + "\n"
        );
        assert_eq!(
            [read("b.txt"), read("deep/c.txt"), read("demo.txt")],
            [demo(), demo(), demo()]
        );
        assert_eq!(fs::read_dir(&out).unwrap().count(), 4);
    }
    let output = run_in(
        folder.path(),
        &["-O", "both", "demo.luac", "in", "in/deep/../../demo.luac"],
        b"",
    );
    holds(
        &output,
        1,
        "",
        "luadec-tok: demo.luac and in/deep/../../demo.luac would both be written to both/demo.txt\n",
    );
    assert!(!folder.path().join("both").exists(), "nothing is written");
}

#[test]
fn a_file_that_cannot_be_written_is_named_once() {
    let folder = folder();
    fs::write(folder.path().join("out"), "in the way").unwrap();
    fs::write(folder.path().join("demo.txt"), demo()).unwrap();
    for arguments in [
        &["-O", "out", "demo.luac"][..],
        &["decode", "-O", "out", "demo.txt"],
    ] {
        holds(
            &run_in(folder.path(), arguments, b""),
            1,
            "",
            "luadec-tok: out: File exists (os error 17)\n",
        );
    }
    fs::write(folder.path().join("demo.txt"), "\n").unwrap();
    holds(
        &run_in(folder.path(), &["decode", "-O", "new", "demo.txt"], b""),
        1,
        "",
        "luadec-tok: demo.txt: there is no stream in it\n",
    );
}

#[test]
fn bytes_after_the_main_function_are_a_warning() {
    let folder = folder();
    let longer = [&fixture("demo.luac")[..], b"abc"].concat();
    let warning = "luadec-tok: standard input: warning: 3 bytes after the main function ignored\n";
    holds(&run_in(folder.path(), &[], &longer), 0, &demo(), warning);
}

#[test]
fn an_unknown_opcode_has_a_stream_but_does_not_verify() {
    let folder = folder();
    let mut bytes = fixture("demo.luac");
    bytes[0x3B] = 0x3F;
    let output = run_in(folder.path(), &[], &bytes);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains(
        "<|OP_UNKNOWN|><|Instruction-T=0|><|Instruction-A=0|><|Instruction-B=OpArgNone|>"
    ));
    holds(
        &run_in(folder.path(), &["--verify"], &bytes),
        1,
        "",
        "luadec-tok: standard input: main > instruction 0: an unknown opcode, which no stream can be turned back into\n",
    );
    let decoded = run_in(folder.path(), &["decode"], &output.stdout);
    assert_eq!(decoded.status.code(), Some(1));
    assert!(text(&decoded.stderr).ends_with(
        "main > instruction 0: <|OP_UNKNOWN|> cannot be turned back: the stream does not say which opcode it was\n"
    ));
}

#[cfg(target_os = "linux")]
#[test]
fn a_big_file_is_as_long_as_what_was_written() {
    let folder = folder();
    let chunk = luac("a = 1 ".repeat(40_000).as_bytes(), "a", true);
    fs::write(folder.path().join("big.luac"), &chunk).unwrap();
    let streams = run_in(folder.path(), &["big.luac"], b"").stdout;
    assert!(streams.len() > 2 * (8 << 20), "{}", streams.len());
    run_in(folder.path(), &["-o", "big.txt", "big.luac"], b"");
    let file = folder.path().join("big.txt");
    assert!(fs::read(&file).unwrap() == streams);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt;
        // Nor does it keep more room than that, a few blocks of 512 bytes aside.
        let blocks = fs::metadata(&file).unwrap().blocks();
        assert!(blocks * 512 < streams.len() as u64 + (1 << 20), "{blocks}");
    }
}

#[test]
fn a_full_disk_is_one_message() {
    let folder = folder();
    for arguments in [
        &["demo.luac"][..],
        &["in"],
        &["vocab"],
        &["decode", "demo.txt"],
    ] {
        fs::write(folder.path().join("demo.txt"), demo()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
            .args(arguments)
            .current_dir(folder.path())
            .stdout(fs::File::options().write(true).open("/dev/full").unwrap())
            .output()
            .unwrap();
        holds(
            &output,
            1,
            "",
            "luadec-tok: standard output: No space left on device (os error 28)\n",
        );
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = folder();
    // More than any pipe holds.
    fs::write(
        folder.path().join("large.luac"),
        luac("a=b+1 ".repeat(20_000).as_bytes(), "large", false),
    )
    .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .arg("large.luac")
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(&start, b"<|Proto|><");
    holds(&output, 0, "", "");
}

#[test]
fn what_is_no_chunk_is_not_read_to_its_end() {
    if Path::new("/dev/zero").exists() {
        let output = run_in(&fixtures(), &["/dev/zero"], b"");
        holds(
            &output,
            1,
            "",
            "luadec-tok: /dev/zero: at 0x0: not a Lua chunk: it starts with 00 00 00 00, a chunk with 1B 4C 75 61 (ESC \"Lua\")\n",
        );
    }
}

#[test]
fn decoding() {
    let folder = folder();
    let chunk = fixture("demo.luac");
    let decoded = run_in(folder.path(), &["decode"], demo().as_bytes());
    assert_eq!(
        (decoded.status.code(), decoded.stdout),
        (Some(0), chunk.clone())
    );
    let decoded = run_in(
        folder.path(),
        &["decode", "--strip", "-"],
        demo().as_bytes(),
    );
    assert_eq!(decoded.stdout, luac(b"a=1", "demo.lua", true));

    fs::write(folder.path().join("demo.txt"), demo()).unwrap();
    holds(
        &run_in(
            folder.path(),
            &["decode", "-o", "back.luac", "demo.txt"],
            b"",
        ),
        0,
        "",
        "",
    );
    assert_eq!(fs::read(folder.path().join("back.luac")).unwrap(), chunk);

    let two = demo() + &stripped();
    holds(
        &run_in(folder.path(), &["decode"], two.as_bytes()),
        1,
        "",
        "luadec-tok: standard input: there is more than one stream in it: -O DIR writes each chunk to a file\n",
    );
    holds(
        &run_in(folder.path(), &["decode"], b"\n"),
        1,
        "",
        "luadec-tok: standard input: there is no stream in it\n",
    );
    holds(
        &run_in(folder.path(), &["decode", "demo.txt", "demo.txt"], b""),
        2,
        "",
        "luadec-tok: several inputs give several chunks: -O DIR writes each to a file\n",
    );

    let wrong = demo() + "<|Proto|>\n" + &stripped();
    fs::write(folder.path().join("many.txt"), wrong).unwrap();
    holds(
        &run_in(
            folder.path(),
            &["decode", "-O", "out", "demo.txt", "many.txt"],
            b"",
        ),
        1,
        "",
        "luadec-tok: many.txt: line 2, byte 10, main: expected <|Proto-nupvalues=0|> to \
         <|Proto-nupvalues=255|>, found the end of the line\n",
    );
    let read = |name: &str| fs::read(folder.path().join("out").join(name)).unwrap();
    assert_eq!(
        [read("demo.luac"), read("many.luac")],
        [chunk.clone(), chunk]
    );
    assert_eq!(read("many.3.luac"), luac(b"a=1", "demo.lua", true));
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 3);
}

#[test]
fn the_vocabulary() {
    let text = text(&run_in(&fixtures(), &["vocab"], b"").stdout);
    assert_eq!(text.lines().count(), 4753);
    assert!(text.lines().is_sorted());
    let json = run_in(&fixtures(), &["vocab", "--format", "json"], b"").stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let tokens: Vec<&str> = json["additional_special_tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| token.as_str().unwrap())
        .collect();
    assert_eq!(tokens, text.lines().collect::<Vec<_>>());
    assert_eq!(json.as_object().unwrap().len(), 1);
}

#[test]
fn usage() {
    let help = run_in(&fixtures(), &["--help"], b"");
    assert_eq!(help.status.code(), Some(0));
    for part in [
        "Examples:",
        "Exit status:",
        "--output-dir",
        "decode",
        "vocab",
    ] {
        assert!(text(&help.stdout).contains(part), "{part}");
    }
    let version = concat!("luadec-tok ", env!("CARGO_PKG_VERSION"), "\n");
    holds(&run_in(&fixtures(), &["--version"], b""), 0, version, "");
    for wrong in [
        &["--none"][..],
        &["-o", "a", "-O", "b"],
        &["-j", "2", "demo.luac"],
        &["-j", "0", "-O", "x"],
    ] {
        assert_eq!(
            run_in(&fixtures(), wrong, b"").status.code(),
            Some(2),
            "{wrong:?}"
        );
    }
}
