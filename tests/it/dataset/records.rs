//! Records: their formats, their variants, their order.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::run::Folder;
use crate::common;

/// Creates sources of many sizes in a few directories.
fn tree() -> Folder {
    let directory = Folder::new();
    for i in 0..40usize {
        let text = format!("local a{i} = {i}\nreturn function(x) return x + a{i} end\n");
        let name = format!("src/{}/{i}.lua", ["b", "a", "a/c", "d"][i % 4]);
        directory.write(&name, text.as_bytes());
    }
    let table = (0..20_000).map(|i| format!("{{{i}, \"{i}\"}},\n"));
    directory.write(
        "src/a/table.lua",
        format!("return {{{}}}", table.collect::<String>()).as_bytes(),
    );
    directory
}

#[test]
fn the_seeds_record_byte_for_byte() {
    let directory = Folder::with(&[(
        "demo.lua",
        include_bytes!("../../../fixtures/dataset/demo.lua"),
    )]);
    let chatml = directory.ok("--format chatml --strip never -o - src");
    assert_eq!(
        chatml,
        include_bytes!("../../../fixtures/dataset/demo.chatml")
    );
}

#[test]
fn a_record_names_its_stream() {
    let directory = Folder::with(&[("dir/x.lua", b"local a = 1\nreturn a, 'x'\n")]);
    let full = directory.lines("--strip both -o - src");
    let terse = directory.lines("--stream terse --strip both -o - src");
    assert_eq!((full.len(), terse.len()), (2, 2));
    let mut ids: Vec<&Value> = full.iter().chain(&terse).map(|line| &line["id"]).collect();
    ids.sort_by_key(|id| id.to_string());
    ids.dedup();
    assert_eq!(ids.len(), 4);
    for (full, terse) in full.iter().zip(&terse) {
        assert_eq!(full["stream"], "full");
        assert_eq!(terse["stream"], "terse");
        let stream = |line: &Value| line["messages"][0]["content"].as_str().unwrap().to_owned();
        let parsed = common::parse(&stream(full)).unwrap();
        assert_eq!(common::parse(&stream(terse)).unwrap(), parsed);
        assert_eq!(common::terse(&parsed), stream(terse));
        assert_eq!(full["messages"][1], terse["messages"][1]);
        assert_eq!(full["instructions"], terse["instructions"]);
    }
}

#[test]
fn all_formats_contain_the_same() {
    let source = "-- \"quotes\", \\ and é\r\n\treturn '\u{1}\u{7f}<|'\n";
    let directory = Folder::with(&[("dir/x.lua", source.as_bytes())]);
    let chatml = directory.ok("--format chatml --strip both -o - src");
    let chatml = String::from_utf8(chatml).unwrap();
    let mut all = String::new();
    let messages = directory.lines("--strip both -o - src");
    let texts = directory.lines("--format text --strip both -o - src");
    let completions = directory.lines("--format completion --strip both -o - src");
    for ((messages, text), completion) in messages.iter().zip(&texts).zip(&completions) {
        let stream = messages["messages"][0]["content"].as_str().unwrap();
        assert_eq!(
            messages["messages"],
            json!([{"role": "user", "content": stream}, {"role": "assistant", "content": source}])
        );
        assert_eq!(completion["prompt"], stream);
        assert_eq!(completion["completion"], source);
        all += text["text"].as_str().unwrap();
        for key in [
            "id",
            "path",
            "stripped",
            "stream",
            "lua",
            "sha256",
            "code",
            "instructions",
        ] {
            assert_eq!(messages[key], text[key], "{key}");
            assert_eq!(messages[key], completion[key], "{key}");
        }
        assert_eq!(messages.as_object().unwrap().len(), 9);
        assert_eq!(messages["lua"], "5.3");
    }
    assert_eq!(all, chatml);
    assert_eq!(messages.len(), 2);
    // From sha256sum and luac5.3 -l.
    let labels =
        |line: &Value| ["path", "stripped", "sha256", "instructions"].map(|key| line[key].clone());
    let sha256 = "6ac524dc7c0988ed8af116bf822d4bad27c85b3b6b34cd4638f0456b0b42da2e";
    assert_eq!(
        labels(&messages[0]),
        [json!("dir/x.lua"), json!(false), json!(sha256), json!(3)]
    );
    assert_eq!(
        labels(&messages[1]),
        [json!("dir/x.lua"), json!(true), json!(sha256), json!(3)]
    );
    assert_ne!(messages[0]["id"], messages[1]["id"]);
}

#[test]
fn threads_and_the_order_of_arguments_change_nothing() {
    let directory = tree();
    let one = directory.ok("--jobs 1 -o - src/a src/b src/d");
    assert_eq!(directory.ok("--jobs 8 -o - src/d src/a src/b"), one);
    let paths: Vec<Value> = directory
        .lines("--jobs 8 -o - src")
        .iter()
        .map(|line| line["path"].clone())
        .collect();
    let mut sorted = paths.clone();
    sorted.sort_by_key(|path| {
        let path = path.as_str().unwrap();
        path.split('/').map(str::to_owned).collect::<Vec<_>>()
    });
    assert_eq!(paths, sorted);
    assert_eq!(paths.len(), 41);
}

#[test]
fn a_draw_depends_only_on_seed_and_content() {
    let directory = tree();
    let drawn = |arguments: &str| {
        let lines = directory.lines(&format!("--format completion -o - {arguments}"));
        let drawn = lines
            .iter()
            .map(|line| [&line["sha256"], &line["stripped"]].map(Value::to_string));
        drawn.collect::<Vec<_>>()
    };
    let all = drawn("src");
    assert!(drawn("src/b").iter().all(|drawn| all.contains(drawn)));
    assert_ne!(drawn("--seed 1 src"), all);
    let both = drawn("--strip both src");
    assert!(all.iter().all(|drawn| both.contains(drawn)));
}

#[test]
fn lua_files_and_included_names_are_sources() {
    let directory = Folder::with(&[
        ("a.lua", b"return 1"),
        ("b.rc", b"return 2"),
        ("conf/c.rc", b"return 3"),
        ("conf/d.txt", b"return 4"),
        (".hidden/e.lua", b"return 5"),
        (".f.lua", b"return 6"),
        ("x/.gitignore", b"*"),
        ("x/g.lua", b"#!/usr/bin/lua\nreturn 7"),
    ]);
    let paths = |arguments: &str| {
        let lines = directory.lines(&format!("-o - {arguments}"));
        let paths: Vec<&str> = lines
            .iter()
            .map(|line| line["path"].as_str().unwrap())
            .collect();
        paths.join(" ")
    };
    assert_eq!(paths("src"), "a.lua x/g.lua");
    assert_eq!(paths("src --include *.rc"), "a.lua b.rc conf/c.rc x/g.lua");
    assert_eq!(
        paths("src --include conf/*"),
        "a.lua conf/c.rc conf/d.txt x/g.lua"
    );
    assert_eq!(paths("src/conf/d.txt src/.hidden"), "e.lua d.txt");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// The source is unchanged, and the stream is that of a conversion.
    #[test]
    fn a_record_contains_source_and_stream(text in "[ -~\\t\\né\"\\\\]{0,200}") {
        let source = format!("local s = {text:?} -- {}", text.replace('\n', ""));
        let source = source.replace("\\u{", "\\\\u{");
        let directory = Folder::with(&[("x.lua", source.as_bytes())]);
        let line = &directory.lines("--strip never --format completion -o - src")[0];
        prop_assert_eq!(&line["completion"], &source);
        let lua = mlua::Lua::new();
        let chunk = lua.load(&source).set_name("@x.lua").into_function().unwrap().dump(false);
        fs::write(directory.path().join("x.luac"), chunk).unwrap();
        let converted = std::process::Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
            .arg(directory.path().join("x.luac"))
            .output()
            .unwrap();
        let stream = String::from_utf8(converted.stdout).unwrap();
        prop_assert_eq!(line["prompt"].as_str().unwrap(), stream.trim_end());
    }
}
