//! A comment line before a chunk, which may be longer than the start that identifies a chunk.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::fixture;

fn luadec_tok(arguments: &[&str], input: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args(arguments)
        .stdin(fs::File::open(input).unwrap())
        .output()
        .unwrap()
}

#[test]
fn a_comment_line_may_have_any_length() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("demo");
    let demo = fixture("demo.luac");
    const HEAD: usize = 64 << 10;
    let ends = (HEAD - 5..HEAD + 2).chain([1, 10, 200_000]);
    for (end, bom) in ends.flat_map(|end| [(end, &b""[..]), (end, b"\xEF\xBB\xBF")]) {
        // The line has `end` bytes, with its line end.
        let comment = vec![b'#'; end.saturating_sub(bom.len() + 1).max(1)];
        fs::write(&path, [bom, &comment, b"\n", &demo].concat()).unwrap();
        for (format, golden) in [
            ("tokens", "demo.txt"),
            ("listing", "demo.listing"),
            ("hexdump", "demo.hexdump"),
        ] {
            for input in [&["-f", format][..], &["-f", format, path.to_str().unwrap()]] {
                let output = luadec_tok(input, &path);
                let said = String::from_utf8_lossy(&output.stderr);
                assert_eq!(said, "", "{end} {input:?}");
                assert!(output.stdout == fixture(golden), "{end} {input:?}");
            }
        }
    }
}

#[test]
fn a_comment_line_alone_is_not_a_chunk() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("comment");
    for text in [
        vec![b'#'; 200_000],
        [&[b'#'; 70_000][..], b"\nprint(1)\n"].concat(),
    ] {
        fs::write(&path, text).unwrap();
        let output = luadec_tok(&[], &path);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        let wanted = "luadec-tok: standard input: at 0x0: not a Lua chunk: it starts with 23 23";
        assert!(said.starts_with(wanted), "{said}");
    }
}
