//! What a resumed run checks before it continues.

use std::fs;

use super::run::{Folder, stderr};
use crate::common::kinds;

/// Leaves an unfinished run with these options, which failed at its last source.
fn unfinished(folder: &Folder, options: &str) {
    for name in ["a", "b", "c"] {
        let text = format!("return '{name}'");
        folder.write(&format!("src/{name}.lua"), text.as_bytes());
    }
    folder.write("src/d.lua", b"=");
    let options =
        format!("{options} --stream terse --shard-size 2 --fail-fast -o part/x.jsonl src");
    assert_eq!(folder.run(&options).status.code(), Some(1));
}

/// Resumes it and returns the last message.
fn resume(folder: &Folder, options: &str) -> String {
    let options = format!("{options} --stream terse --shard-size 2 --resume -o part/x.jsonl src");
    let output = folder.run(&options);
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
    let folder = Folder::new();
    let kind = |name: &str| {
        let mut kinds = kinds::kinds().into_iter();
        let (_, tokenizer) = kinds.find(|(kind, _)| *kind == name).unwrap();
        tokenizer.to_string(false).unwrap()
    };
    let template = b"{% for m in messages %}{{ m.content }}{% endfor %}";
    folder.write("tok/tokenizer.json", kind("byte-level").as_bytes());
    folder.write("tok/tokenizer_config.json", br#"{"eos_token": "</s>"}"#);
    folder.write("chat.jinja", template);
    let options = "--tokenizer tok --ids jsonl --template chat.jinja";
    unfinished(&folder, options);
    for (file, other) in [
        ("tok/tokenizer.json", kind("legacy").into_bytes()),
        (
            "tok/tokenizer_config.json",
            br#"{"eos_token": "<think>"}"#.to_vec(),
        ),
        ("chat.jinja", [template, &b"."[..]].concat()),
    ] {
        let own = folder.read(file);
        folder.write(file, &other);
        assert_eq!(resume(&folder, options), refused(file));
        folder.write(file, &own);
    }
    fs::remove_file(folder.path().join("tok/tokenizer_config.json")).unwrap();
    assert_eq!(
        resume(&folder, options),
        refused("tok/tokenizer_config.json")
    );
    folder.write("tok/tokenizer_config.json", br#"{"eos_token": "</s>"}"#);
    folder.write("src/d.lua", b"return 'd'");
    assert!(resume(&folder, options).contains("4 files: 4 records"));
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
    let folder = Folder::new();
    let compiler = |script: &str| {
        let path = folder.path().join("cc");
        fs::write(&path, format!("#!/bin/sh\n{script} \"$@\"\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    compiler("luac5.3");
    let options = "--luac ./cc";
    unfinished(&folder, options);
    compiler("luac5.3 -s");
    assert_eq!(resume(&folder, options), refused("compiler"));
    // Another file that does the same is accepted.
    compiler("exec luac5.3");
    folder.write("src/d.lua", b"return 'd'");
    assert!(resume(&folder, options).contains("4 files: 4 records"));
}

#[test]
fn a_run_that_was_killed_while_removing_its_directory_is_complete() {
    let folder = Folder::with(&[("a.lua", b"return 1"), ("b.lua", b"return 2")]);
    let options = "--shard-size 1 --resume -o part/x.jsonl src";
    folder.ok(options);
    let files = folder.files("part");
    let unfinished = folder.path().join("part/.x.unfinished");
    for left in [&[][..], &["lock"], &["lock", "seen"]] {
        fs::create_dir(&unfinished).unwrap();
        for name in left {
            fs::write(unfinished.join(name), "").unwrap();
        }
        let output = folder.run(options);
        assert_eq!(
            stderr(&output),
            "luadec-tok: the set is complete; there is nothing left to do\n",
            "{left:?}"
        );
        assert!(output.status.success());
        assert!(folder.files("part") == files);
    }
    // A new run that is refused leaves no directory.
    let output = folder.run("--shard-size 1 -o part/x.jsonl src");
    assert_eq!(output.status.code(), Some(1));
    assert!(folder.files("part") == files);
}

#[cfg(unix)]
#[test]
fn a_name_that_a_card_cannot_mention_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::with(&[("a.lua", b"return 1")]);
    let name = OsStr::from_bytes(b"caf\xE9.jsonl");
    for options in ["--card", "--shard-size 1"] {
        let mut run = folder.command(&format!("{options} src -o"));
        let output = run.arg(name).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(
            stderr(&output),
            "luadec-tok: caf\\xE9.jsonl: --shard-size and --card need a name that is valid UTF-8; name another output\n"
        );
    }
    assert_eq!(folder.names(), ["src"]);
    let output = folder.command("src -o").arg(name).output().unwrap();
    assert!(output.status.success());
    assert!(folder.path().join(name).exists());
}

#[test]
fn a_card_quotes_yaml() {
    let folder = Folder::with(&[("a.lua", b"return 1")]);
    let mut run = folder.command("--card src -o");
    assert!(run.arg("a: #b.jsonl").status().unwrap().success());
    let card = String::from_utf8(folder.read("README.md")).unwrap();
    assert!(
        card.contains("  - split: \"a: #b\"\n        path: \"a: #b.jsonl\"\n"),
        "{card}"
    );
}
