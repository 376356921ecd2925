//! Functions, duplicates, splits, shards and cards.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::run::{Folder, json_lines, stderr};

/// Creates projects with a few sources each, some of which are duplicates with another layout.
fn projects(count: usize) -> Folder {
    let directory = Folder::new();
    for i in 0..count {
        for j in 0..3 {
            let text = match (i % 4, j) {
                (0, 1) => format!("-- {i}\nreturn\nfunction(x) return x, {} end", i / 8),
                (0, _) => format!("return function(x) return x, {} end", i / 8),
                _ => format!("local function f(a, b) return a + b * {i} end\nreturn f({i}, {j})"),
            };
            directory.write(&format!("src/project{i}/{j}.lua"), text.as_bytes());
        }
    }
    directory.write("src/bad.lua", b"= 1");
    directory
}

fn values<'v>(lines: &'v [Value], key: &str) -> Vec<&'v str> {
    lines
        .iter()
        .map(|line| line[key].as_str().unwrap())
        .collect()
}

#[test]
fn a_function_is_a_record_with_its_text() {
    let source = include_bytes!("../../../fixtures/dataset/functions.lua");
    let directory = Folder::with(&[("f.lua", source)]);
    let run = |unit: &str| {
        let arguments = "--format completion --strip never --dedup none -o - src";
        directory.lines(&format!("--unit {unit} {arguments}"))
    };
    let functions = run("function");
    let both = run("both");
    let labels: Vec<(&str, &str)> = functions
        .iter()
        .map(|line| {
            (
                line["function"].as_str().unwrap(),
                line["completion"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(functions.len(), 12);
    assert_eq!(
        labels[..5],
        [
            (
                "main > function 0",
                "local function a() return function() end, function(x) return x end end"
            ),
            ("main > function 0 > function 0", "function() end"),
            ("main > function 0 > function 1", "function(x) return x end"),
            ("main > function 1", "function() end"),
            (
                "main > function 2",
                "function t.x.y:z(...) if ... then while true do break end end for _ in pairs {} do end end"
            ),
        ]
    );
    assert_eq!(both[0]["function"], "main");
    assert_eq!(both[0]["completion"], str::from_utf8(source).unwrap());
    assert_eq!(both[1..], functions);
    assert_eq!(both.len(), 13);
    // Each function is a chunk of its own.
    directory.write(
        "stream.txt",
        functions[4]["prompt"].as_str().unwrap().as_bytes(),
    );
    let decoded = std::process::Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args(["decode", "stream.txt"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    let chunk = luadec_tok::undump(&decoded.stdout).unwrap().chunk;
    assert_eq!(
        (chunk.main.linedefined, usize::from(chunk.nupvalues)),
        (4, chunk.main.upvalues.len())
    );
}

#[test]
fn the_chunk_of_a_function_has_its_upvalues() {
    let source =
        b"local x, y\nfunction f() end\nfunction g() return x end\nfunction h() return x, y end\n";
    let directory = Folder::with(&[("f.lua", source)]);
    let mut upvalues = Vec::new();
    for function in directory.lines("--unit function --strip never --format completion -o - src") {
        directory.write("f.txt", function["prompt"].as_str().unwrap().as_bytes());
        let decoded = std::process::Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
            .args(["decode", "f.txt"])
            .current_dir(directory.path())
            .output()
            .unwrap();
        let chunk = luadec_tok::undump(&decoded.stdout).unwrap().chunk;
        upvalues.push((chunk.nupvalues, chunk.main.upvalues.len()));
    }
    assert_eq!(upvalues, [(0, 0), (1, 1), (2, 2)]);
}

#[test]
fn a_carriage_return_ends_a_comment_as_in_lua() {
    let directory = Folder::with(&[("f.lua", b"--\rfunction f() end")]);
    let lines = directory.lines("--unit function -o - src");
    let functions = values(&lines, "function");
    assert!(functions.contains(&"main > function 0"), "{functions:?}");
}

#[test]
fn the_first_of_duplicates_is_kept() {
    let directory = projects(24);
    for unit in ["file", "function", "both"] {
        let all = directory.lines(&format!("--unit {unit} --dedup none -o - src"));
        let kept = directory.lines(&format!(
            "--unit {unit} --jobs 1 --report report.json -o - src"
        ));
        let report: Value = serde_json::from_slice(&directory.read("report.json")).unwrap();
        assert_eq!(report["duplicates"], all.len() - kept.len());
        assert!(kept.len() < all.len());
        // The kept records are a subsequence of all.
        let mut rest = all.iter();
        assert!(kept.iter().all(|line| rest.any(|other| other == line)));
        for _ in 0..3 {
            assert_eq!(
                directory.lines(&format!("--unit {unit} --jobs 8 -o - src")),
                kept
            );
        }
    }
    let kept = directory.lines("-o - src");
    assert_eq!(
        values(&kept, "path")
            .iter()
            .filter(|path| path.starts_with("project0/"))
            .count(),
        1
    );
    assert!(!values(&kept, "path").contains(&"project4/0.lua"));
    // The kept records have no duplicates.
    for line in &kept {
        let text = line["messages"][1]["content"].as_str().unwrap();
        directory.write(
            &format!("kept/{}", line["path"].as_str().unwrap()),
            text.as_bytes(),
        );
    }
    assert_eq!(directory.lines("-o - kept"), kept);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_share_no_group_and_lose_nothing(seed: u16, test in 1..9u32) {
        let directory = projects(30);
        let train = f64::from(10 - test) / 10.0;
        let options = "--strip both --unit both";
        directory.ok(&format!("{options} --seed {seed} --split train={train},test=0.{test} -o set src"));
        let parts = directory.files("set");
        prop_assert_eq!(parts.keys().collect::<Vec<_>>(), ["test.jsonl", "train.jsonl"]);
        let groups = |name: &str| -> BTreeSet<String> {
            let lines = json_lines(&parts[name]);
            let groups = values(&lines, "path").into_iter().map(|path| path.split('/').next().unwrap().to_owned());
            groups.collect()
        };
        prop_assert!(groups("train.jsonl").is_disjoint(&groups("test.jsonl")));
        let whole = directory.ok(&format!("{options} -o - src"));
        let sorted = |bytes: &[u8]| {
            let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            lines.sort();
            lines
        };
        prop_assert_eq!(sorted(&[&parts["train.jsonl"][..], &parts["test.jsonl"]].concat()), sorted(&whole));
    }
}

#[test]
fn shards_are_the_whole_in_pieces() {
    let directory = projects(10);
    let whole = directory.ok("-o - src");
    let records = whole.iter().filter(|byte| **byte == b'\n').count();
    directory.ok("--shard-size 4 -o by-count/train.jsonl src");
    directory.ok("--shard-size 20kB -o by-size/train.jsonl.zst src");
    let by_count = directory.files("by-count");
    let shards = records.div_ceil(4);
    let names: Vec<String> = (0..shards)
        .map(|i| format!("train-{i:05}-of-{shards:05}.jsonl"))
        .collect();
    assert_eq!(by_count.keys().cloned().collect::<Vec<_>>(), names);
    assert!(by_count.into_values().collect::<Vec<_>>().concat() == whole);
    let by_size: Vec<Vec<u8>> = directory
        .files("by-size")
        .values()
        .map(|file| zstd::decode_all(&**file).unwrap())
        .collect();
    assert!(by_size.concat() == whole);
    // Each shard ends with the record that reaches the size.
    for shard in &by_size[..by_size.len() - 1] {
        let last = shard[..shard.len() - 1]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .unwrap();
        assert!(
            shard.len() >= 20_000 && last + 1 < 20_000,
            "{} {last}",
            shard.len()
        );
    }
}

#[test]
fn a_card_describes_the_set() {
    let directory = projects(12);
    directory.ok("--card --split train=0.7,test=0.3 --shard-size 5 -o set src");
    let info: Value = serde_json::from_slice(&directory.read("set/dataset_info.json")).unwrap();
    let jsonl = directory
        .files("set")
        .into_keys()
        .filter(|name| name.ends_with(".jsonl"));
    let named = info
        .as_object()
        .unwrap()
        .values()
        .map(|entry| entry["file_name"].as_str().unwrap().to_owned());
    assert_eq!(
        named.collect::<BTreeSet<_>>(),
        jsonl.collect::<BTreeSet<_>>()
    );
    for entry in info.as_object().unwrap().values() {
        assert_eq!(entry["formatting"], "sharegpt");
        assert_eq!(entry["columns"], json!({"messages": "messages"}));
    }
    let card = String::from_utf8(directory.read("set/README.md")).unwrap();
    assert!(
        card.contains("  - split: test\n        path: test-*-of-*.jsonl\n"),
        "{card}"
    );
    // A card may be replaced, other READMEs may not.
    directory.ok("--card -o set/other.jsonl src");
    directory.write("README.md", b"# Mine");
    let output = directory.run("--card -o train.jsonl src");
    assert_eq!(
        stderr(&output),
        "luadec-tok: README.md: --card would replace this file, but it is not a card; name an output in another \
         directory\n"
    );
}
