//! What a resumed run checks before it continues.

use std::fs;

use super::run::{Folder, stderr};
use crate::common::kinds;

/// Leaves an unfinished run with these options, which failed at its last source.
fn unfinished(directory: &Folder, options: &str) {
    for name in ["a", "b", "c"] {
        let text = format!("return '{name}'");
        directory.write(&format!("src/{name}.lua"), text.as_bytes());
    }
    directory.write("src/d.lua", b"=");
    let options =
        format!("{options} --stream terse --shard-size 2 --fail-fast -o part/x.jsonl src");
    assert_eq!(directory.run(&options).status.code(), Some(1));
}

/// Resumes it and returns the last message.
fn resume(directory: &Folder, options: &str) -> String {
    let options = format!("{options} --stream terse --shard-size 2 --resume -o part/x.jsonl src");
    let output = directory.run(&options);
    let message = stderr(&output);
    message.lines().last().unwrap_or_default().to_owned()
}

fn refused(what: &str) -> String {
    format!(
        "luadec-tok: part/.x.unfinished holds a run with another {what}; restore it, or remove the directory to start again"
    )
}

#[test]
fn another_tokenizer_or_template_at_the_same_path_is_refused() {
    let directory = Folder::new();
    let kind = |name: &str| {
        let mut kinds = kinds::kinds().into_iter();
        let (_, tokenizer) = kinds.find(|(kind, _)| *kind == name).unwrap();
        tokenizer.to_string(false).unwrap()
    };
    let template = b"{% for m in messages %}{{ m.content }}{% endfor %}";
    directory.write("tok/tokenizer.json", kind("byte-level").as_bytes());
    directory.write("tok/tokenizer_config.json", br#"{"eos_token": "</s>"}"#);
    directory.write("chat.jinja", template);
    let options = "--tokenizer tok --ids jsonl --template chat.jinja";
    unfinished(&directory, options);
    for (file, other) in [
        ("tok/tokenizer.json", kind("legacy").into_bytes()),
        (
            "tok/tokenizer_config.json",
            br#"{"eos_token": "<think>"}"#.to_vec(),
        ),
        ("chat.jinja", [template, &b"."[..]].concat()),
    ] {
        let own = directory.read(file);
        directory.write(file, &other);
        assert_eq!(resume(&directory, options), refused(file));
        directory.write(file, &own);
    }
    fs::remove_file(directory.path().join("tok/tokenizer_config.json")).unwrap();
    assert_eq!(
        resume(&directory, options),
        refused("tok/tokenizer_config.json")
    );
    directory.write("tok/tokenizer_config.json", br#"{"eos_token": "</s>"}"#);
    directory.write("src/d.lua", b"return 'd'");
    assert!(resume(&directory, options).contains("4 files: 4 records"));
}

#[cfg(unix)]
#[test]
fn another_compiler_behind_the_same_command_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    if std::process::Command::new("luac5.3")
        .arg("-v")
        .output()
        .is_err()
    {
        eprintln!("skipped: there is no luac5.3");
        return;
    }
    let directory = Folder::new();
    let compiler = |script: &str| {
        let path = directory.path().join("cc");
        fs::write(&path, format!("#!/bin/sh\n{script} \"$@\"\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    compiler("luac5.3");
    let options = "--luac ./cc";
    unfinished(&directory, options);
    compiler("luac5.3 -s");
    assert_eq!(resume(&directory, options), refused("compiler"));
    // Another file that does the same is accepted.
    compiler("exec luac5.3");
    directory.write("src/d.lua", b"return 'd'");
    assert!(resume(&directory, options).contains("4 files: 4 records"));
}

#[test]
fn a_run_that_was_killed_while_removing_its_directory_is_complete() {
    let directory = Folder::with(&[("a.lua", b"return 1"), ("b.lua", b"return 2")]);
    let options = "--shard-size 1 --resume -o part/x.jsonl src";
    directory.ok(options);
    let files = directory.files("part");
    let unfinished = directory.path().join("part/.x.unfinished");
    for left in [&[][..], &["lock"], &["lock", "seen"]] {
        fs::create_dir(&unfinished).unwrap();
        for name in left {
            fs::write(unfinished.join(name), "").unwrap();
        }
        let output = directory.run(options);
        assert_eq!(
            stderr(&output),
            "luadec-tok: the set is complete; there is nothing left to do\n",
            "{left:?}"
        );
        assert!(output.status.success());
        assert!(directory.files("part") == files);
    }
    // A new run that is refused leaves no directory.
    let output = directory.run("--shard-size 1 -o part/x.jsonl src");
    assert_eq!(output.status.code(), Some(1));
    assert!(directory.files("part") == files);
}

#[cfg(unix)]
#[test]
fn a_name_that_a_card_cannot_mention_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let directory = Folder::with(&[("a.lua", b"return 1")]);
    let name = OsStr::from_bytes(b"caf\xE9.jsonl");
    for options in ["--card", "--shard-size 1"] {
        let mut run = directory.command(&format!("{options} src -o"));
        let output = run.arg(name).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            stderr(&output),
            "luadec-tok: caf\\xE9.jsonl: --shard-size and --card need a name that is valid UTF-8; name another output\n"
        );
    }
    assert_eq!(directory.names(), ["src"]);
    let output = directory.command("src -o").arg(name).output().unwrap();
    assert!(output.status.success());
    assert!(directory.path().join(name).exists());
}

#[test]
fn a_card_quotes_yaml() {
    let directory = Folder::with(&[("a.lua", b"return 1")]);
    let mut run = directory.command("--card src -o");
    assert!(run.arg("a: #b.jsonl").status().unwrap().success());
    let card = String::from_utf8(directory.read("README.md")).unwrap();
    assert!(
        card.contains("  - split: \"a: #b\"\n        path: \"a: #b.jsonl\"\n"),
        "{card}"
    );
}
