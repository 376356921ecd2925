//! `luadec-tok stats`.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{files, fixture, fixtures, golden, json_lines, luac, stream, terse};
use luadec_tok::chunk::Chunk;
use luadec_tok::stream::Language;

fn stats<S: AsRef<OsStr>>(directory: &Path, arguments: impl IntoIterator<Item = S>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .arg("stats")
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap()
}

/// Standard output of a run without errors.
fn rows(directory: &Path, arguments: &str) -> String {
    let output = stats(directory, arguments.split_whitespace());
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_row_per_function() {
    assert_eq!(
        rows(&fixtures(), "fee.luac"),
        "path\tfunction\tlua\tlines\tparameters\tupvalues\tconstants\tinstructions\ttokens_full\ttokens_terse\n\
         fee.luac\tmain\t5.3\t5\t0\t1\t0\t3\t485\t64\n\
         fee.luac\tmain > function 0\t5.3\t4\t1\t0\t3\t7\t313\t41\n"
    );
    assert_eq!(
        rows(&fixtures(), "--json fee.luac"),
        "{\"path\": \"fee.luac\", \"function\": \"main\", \"lua\": \"5.3\", \"lines\": 5, \"parameters\": 0, \
         \"upvalues\": 1, \"constants\": 0, \"instructions\": 3, \"tokens_full\": 485, \"tokens_terse\": 64}\n\
         {\"path\": \"fee.luac\", \"function\": \"main > function 0\", \"lua\": \"5.3\", \"lines\": 4, \
         \"parameters\": 1, \"upvalues\": 0, \"constants\": 3, \"instructions\": 7, \"tokens_full\": 313, \
         \"tokens_terse\": 41}\n"
    );
}

#[test]
fn a_row_per_file() {
    assert_eq!(
        rows(&fixtures(), "--sum fee.luac lua54/opcodes.luac"),
        "path\tfunctions\tlua\tlines\tparameters\tupvalues\tconstants\tinstructions\ttokens_full\ttokens_terse\n\
         fee.luac\t2\t5.3\t5\t1\t1\t3\t10\t485\t64\n\
         lua54/opcodes.luac\t8\t5.4\t177\t5\t15\t33\t246\t\t1148\n"
    );
    // What is not known or does not exist is null.
    assert_eq!(
        rows(&fixtures(), "--sum --json lua51/opcodes.stripped.luac"),
        "{\"path\": \"lua51/opcodes.stripped.luac\", \"functions\": 6, \"lua\": \"5.1\", \"lines\": 25, \
         \"parameters\": 2, \"upvalues\": 6, \"constants\": 23, \"instructions\": 121, \"tokens_full\": null, \
         \"tokens_terse\": 463}\n"
    );
}

#[test]
fn every_fixture() {
    let mut names: Vec<String> = Vec::new();
    for directory in ["", "lua51", "lua52", "lua54", "lua55"] {
        let luac = files(directory, "luac");
        let relative = luac
            .iter()
            .map(|file| file.strip_prefix(fixtures()).unwrap());
        names.extend(relative.map(|file| file.to_str().unwrap().to_owned()));
    }
    let output = stats(&fixtures(), &names);
    assert!(output.status.success(), "{output:?}");
    golden(&fixtures().join("stats.tsv"), &output.stdout);
    // One thread or several.
    let one = stats(
        &fixtures(),
        names.iter().map(String::as_str).chain(["-j", "1"]),
    );
    assert_eq!(one.stdout, output.stdout);
}

/// Tokens are counted as they stand in the text: special tokens, and what is between them.
#[test]
fn tokens_are_those_of_the_text() {
    let count = |text: &str| {
        let (mut count, mut rest) = (0, text);
        while let Some((value, after)) = rest.split_once("<|") {
            count += 1 + u64::from(!value.is_empty());
            (_, rest) = after.split_once("|>").unwrap();
        }
        assert_eq!(rest, "");
        count
    };
    for file in files("", "luac") {
        let bytes = fs::read(&file).unwrap();
        let chunk = Chunk::read(&bytes).unwrap();
        let counted = Language::Terse.count_tokens(&chunk).unwrap();
        assert_eq!(counted, count(&terse(&chunk)), "{}", file.display());
        if let Ok(counted) = Language::Full.count_tokens(&chunk) {
            assert_eq!(counted, count(&stream(&chunk)), "{}", file.display());
        }
    }
}

#[test]
fn streams_have_the_rows_of_their_chunks() {
    let directory = tempfile::tempdir().unwrap();
    for (from, to) in [
        ("functions.luac", "luac"),
        ("functions.txt", "txt"),
        ("functions.terse.pretty", "pretty"),
    ] {
        fs::write(directory.path().join(to), fixture(from)).unwrap();
    }
    let without_path = |name: &str| rows(directory.path(), name).replace(name, "");
    let wanted = without_path("luac");
    assert_eq!(wanted.lines().count(), 18);
    assert_eq!(without_path("txt"), wanted);
    assert_eq!(without_path("pretty"), wanted);
    // Several streams in a file have the rows of all.
    let both = [fixture("functions.txt"), fixture("fee.terse")].concat();
    fs::write(directory.path().join("both"), both).unwrap();
    assert_eq!(rows(directory.path(), "both").lines().count(), 18 + 2);
    assert!(rows(directory.path(), "--sum both").contains("\nboth\t19\t5.3\t18\t"));
    // A directory stands for the chunks and the streams in it.
    assert_eq!(rows(directory.path(), "--sum .").lines().count(), 5);
}

#[test]
fn bad_inputs_are_reported() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("cut.luac"),
        &fixture("fee.luac")[..60],
    )
    .unwrap();
    fs::write(directory.path().join("fee.luac"), fixture("fee.luac")).unwrap();
    fs::write(directory.path().join("text"), "a = 1\n").unwrap();
    let output = stats(directory.path(), ["cut.luac", "text", "none", "fee.luac"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout.split(|byte| *byte == b'\n').count(), 4);
    let errors = String::from_utf8(output.stderr).unwrap();
    let inputs: Vec<&str> = errors
        .lines()
        .map(|line| line.split(": ").nth(1).unwrap())
        .collect();
    assert_eq!(inputs, ["cut.luac", "text", "none"]);
    // A file that would get no row stays as it is.
    fs::write(directory.path().join("out"), "before").unwrap();
    let output = stats(directory.path(), ["-o", "out", "text"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read(directory.path().join("out")).unwrap(), b"before");
    let output = stats(directory.path(), ["-o", "fee.luac", "fee.luac"]);
    assert_ne!(output.status.code(), Some(0));
    assert_eq!(
        fs::read(directory.path().join("fee.luac")).unwrap(),
        fixture("fee.luac")
    );
}

#[cfg(unix)]
#[test]
fn a_name_stays_in_its_column() {
    use std::os::unix::ffi::OsStrExt;

    let directory = tempfile::tempdir().unwrap();
    let name = OsStr::from_bytes(b"a\tb\nc\x1b[31m\xff\xe2\x80\xae.luac");
    fs::write(directory.path().join(name), luac(b"", "x", true)).unwrap();
    let row = stats(directory.path(), [name]).stdout;
    let row = String::from_utf8(row).unwrap();
    assert_eq!(
        row.lines().nth(1),
        Some("a\\x09b\\x0Ac\\x1B[31m\\xFF\\u{202E}.luac\tmain\t5.3\t\t0\t1\t0\t1\t86\t12")
    );
    let row = stats(directory.path(), [OsStr::new("--json"), name]).stdout;
    assert!(row.is_ascii());
    let row = &json_lines(&row)[0];
    assert_eq!(row["path"], "a\tb\nc\u{1b}[31m\\xFF\u{202e}.luac");
}

/// A tokenizer's ids are those that `--ids` gives.
#[cfg(feature = "tokenizer")]
#[test]
fn ids_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let tokenizer = directory.path().join("terse.json");
    let luadec_tok = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
            .args(arguments)
            .current_dir(fixtures())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let path = tokenizer.to_str().unwrap();
    let base = "tokenizer/tokenizer.json";
    luadec_tok(&["vocab", "--stream", "terse", "--add-to", base, "-o", path]);
    let rows = luadec_tok(&["stats", "--json", "--tokenizer", path, "functions.luac"]);
    for row in json_lines(rows.as_bytes()) {
        // This tokenizer lacks tokens of the full stream.
        assert_eq!(row["ids_full"], serde_json::Value::Null);
        let function = row["function"].as_str().unwrap();
        let options = ["--ids", "text", "--tokenizer", path, "--function", function];
        let ids = luadec_tok(&[&["-f", "terse", "functions.luac"], &options[..]].concat());
        assert_eq!(
            row["ids_terse"],
            ids.split_whitespace().count(),
            "{function}"
        );
    }
    let sum = luadec_tok(&["stats", "--sum", "--tokenizer", path, "functions.luac"]);
    let sum = sum.lines().last().unwrap();
    let main = luadec_tok(&["stats", "--tokenizer", path, "functions.luac"]);
    let main = main.lines().nth(1).unwrap();
    assert_eq!(sum.rsplit('\t').next(), main.rsplit('\t').next());
}
