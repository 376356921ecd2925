//! Shares of a set that are made apart: error rows, parts in records, shards of sources, merged reports.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::run::{Folder, json_lines, stderr};

const UNITS: [&str; 4] = ["file", "function", "both", "outline"];

/// Rows with sources of all kinds, most of them with a path.
fn rows() -> Vec<String> {
    let mut rows = Vec::new();
    for i in 0..40 {
        let content = match i % 8 {
            0 => format!(
                "local function f(a) return a + {i} end\nreturn f, {{ g = function() end }}"
            ),
            1 => "= 1".to_owned(),
            2 => "-- nothing".to_owned(),
            3 => "return function(x) return x end".to_owned(),
            4 => "return '<|im_end|>'".to_owned(),
            _ => format!("f({i})"),
        };
        let mut row = json!({"content": content, "id": i, "path": format!("p{}/{i}.lua", i % 11)});
        match i % 9 {
            5 => row["content"] = 7.into(),
            6 => drop(row.as_object_mut().unwrap().remove("path")),
            _ => {}
        }
        rows.push(row.to_string());
    }
    rows
}

fn write(directory: &Folder, name: &str, rows: &[String]) {
    directory.write(name, (rows.join("\n") + "\n").as_bytes());
}

#[test]
fn an_error_row_says_what_is_wrong() {
    let directory = Folder::new();
    let rows = [
        r#"{"content": "return function() end", "path": "a.lua", "n": 1}"#,
        r#"{"content": "return  function() end", "path": "b.lua", "n": 2}"#,
        r#"{"content": "x = = 1", "path": "c.lua", "n": 3}"#,
        r#"{"path": "d.lua", "n": 4}"#,
        r#"{"content": "f()", "path": 5}"#,
        r#"{"content": "#,
    ];
    write(&directory, "rows", &rows.map(str::to_owned));
    let options = "--rows rows --path-key path --unit function --max-bytes 999999 -o -";
    let lines = directory.ok(&format!("-q {options} --keep-errors"));
    let lines: Vec<&str> = str::from_utf8(&lines).unwrap().lines().collect();
    assert!(lines[0].starts_with(r#"{"id": ""#), "{}", lines[0]);
    assert_eq!(
        lines[1..],
        [
            r#"{"error": "duplicate", "message": "an earlier unit has the same code", "path": "b.lua", "function": "main > function 0", "meta": {"n":2}}"#,
            r#"{"error": "syntax", "message": "c.lua:1: unexpected symbol near '='", "path": "c.lua", "meta": {"n":3}}"#,
            r#"{"error": "row-without-key", "message": "the row has no key \"content\"", "path": "d.lua", "meta": {"n":4}}"#,
            r#"{"error": "row-not-text", "message": "the value of the row's \"path\" is not a string", "path": "line 5", "meta": {}}"#,
            r#"{"error": "row-not-json", "message": "the row is not a JSON object: it ends early", "path": "line 6"}"#,
        ]
    );
    // A variant, near-duplicates, and a source without units.
    write(
        &directory,
        "rows",
        &[
            r#"{"content": "f(1, 2)"}"#,
            r#"{"content": "return function() return 1 end"}"#,
            r#"{"content": "return function() return 2 end"}"#,
        ]
        .map(str::to_owned),
    );
    let lines = directory.ok(
        "--rows rows --unit function --keep-errors --dedup near --max-bytes 1 --strip both -o -",
    );
    assert_eq!(
        str::from_utf8(&lines).unwrap().lines().collect::<Vec<_>>()[..3],
        [
            r#"{"error": "no-functions", "message": "it has no functions", "path": "line 1", "meta": {}}"#,
            r#"{"error": "too-long", "message": "its stream is longer than 1 bytes", "path": "line 2", "function": "main > function 0", "stripped": false, "meta": {}}"#,
            r#"{"error": "too-long", "message": "its stream is longer than 1 bytes", "path": "line 2", "function": "main > function 0", "stripped": true, "meta": {}}"#,
        ]
    );
    let calls = |last: &str| {
        let calls: String = (0..40).map(|i| format!("f{i}(a) ")).collect();
        json!({"content": format!("{calls}{last}(a)")}).to_string()
    };
    write(&directory, "rows", &["g", "h"].map(calls));
    let lines = directory.lines("--rows rows --keep-errors --dedup near -o -");
    assert_eq!(lines[1]["error"], "near-duplicate");
}

/// Each row has lines in its place, and the records are those without error rows.
#[test]
fn error_rows_account_for_every_row() {
    let directory = Folder::new();
    let rows = rows();
    write(&directory, "rows", &rows);
    for unit in UNITS {
        let options = format!("--rows rows --path-key path --unit {unit} --strip both -o -");
        let plain = directory.ok(&format!("{options} --report plain.json"));
        let output = directory.run(&format!("{options} --keep-errors --report report.json"));
        let (errors, records): (Vec<&[u8]>, Vec<&[u8]>) = output
            .stdout
            .split_inclusive(|byte| *byte == b'\n')
            .partition(|line| line.starts_with(b"{\"error\": "));
        assert!(records.concat() == plain, "{unit}");
        let report: Value = serde_json::from_slice(&directory.read("report.json")).unwrap();
        assert_eq!(report["errors"], errors.len(), "{unit}");
        let plain: Value = serde_json::from_slice(&directory.read("plain.json")).unwrap();
        for same in [
            "records",
            "bytes",
            "duplicates",
            "dropped_by_reason",
            "parts",
            "dropped",
        ] {
            assert_eq!(report[same], plain[same], "{unit} {same}");
        }
        let warnings = stderr(&output);
        assert_eq!(warnings.lines().count(), 1, "{warnings}");
        let mut order: Vec<u64> = json_lines(&output.stdout)
            .iter()
            .map(|line| line["meta"]["id"].as_u64().unwrap())
            .collect();
        assert!(order.is_sorted(), "{unit}");
        order.dedup();
        assert_eq!(order.len(), rows.len(), "{unit}");
        for jobs in [1, 5] {
            let again = format!("{options} --keep-errors --jobs {jobs}");
            assert!(directory.ok(&again) == output.stdout, "{unit}");
        }
    }
    // They are in shards, too, and in compressed files.
    let options = "--rows rows --path-key path --keep-errors";
    let whole = directory.ok(&format!("{options} -o -"));
    directory.ok(&format!("{options} --shard-size 7 -o set/x.jsonl.zst"));
    let shards = directory.files("set");
    assert!(shards.len() > 4, "{}", shards.len());
    let shards = shards
        .values()
        .map(|shard| zstd::decode_all(&**shard).unwrap());
    assert!(shards.collect::<Vec<_>>().concat() == whole);
}

/// A file of nothing but errors is better than none.
#[test]
fn files_can_have_error_rows() {
    let directory = Folder::with(&[("a.lua", b"= 1"), ("b.lua", b"return '\xFF'")]);
    let lines = directory.lines("--keep-errors -o - src");
    let errors: Vec<&Value> = lines.iter().map(|line| &line["error"]).collect();
    assert_eq!(errors, ["syntax", "not-utf8"]);
}

#[test]
fn a_part_does_not_depend_on_other_rows() {
    let directory = Folder::new();
    let rows = rows();
    let options =
        "--path-key path --dedup none --strip always --split train=0.5,val=0.3,test=0.2 --seed 3";
    let records = |rows: &[String]| -> BTreeSet<(String, String)> {
        write(&directory, "rows", rows);
        let lines = directory.lines(&format!("{options} --rows rows -o -"));
        let fact = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
        let records = lines.iter();
        records
            .map(|line| (fact(line, "sha256"), fact(line, "split")))
            .collect()
    };
    let whole = records(&rows);
    let parts: BTreeSet<&str> = whole.iter().map(|(_, part)| part.as_str()).collect();
    assert_eq!(parts.len(), 3);
    for partition in [1, 3, 7] {
        let cut = rows.chunks(partition).flat_map(&records);
        assert_eq!(cut.collect::<BTreeSet<_>>(), whole, "{partition}");
    }
    let mut reversed = rows.clone();
    reversed.reverse();
    assert_eq!(records(&reversed), whole);

    // The parts are those of the files.
    write(&directory, "rows", &rows);
    directory.ok(&format!("{options} --rows rows -o set"));
    let mut in_files = BTreeSet::new();
    for (name, bytes) in directory.files("set") {
        for line in json_lines(&bytes) {
            assert_eq!(line["split"], Value::Null);
            let sha256 = line["sha256"].as_str().unwrap().to_owned();
            in_files.insert((sha256, name.strip_suffix(".jsonl").unwrap().to_owned()));
        }
    }
    assert_eq!(in_files, whole);
}

#[test]
fn shards_of_sources_are_the_whole_set() {
    let files: Vec<(String, String)> = (0..11)
        .map(|i| (format!("{i}.lua"), format!("return {i}, function() end")))
        .collect();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    let directory = Folder::with(&files);
    write(&directory, "rows", &rows());
    for source in ["src", "--rows rows"] {
        let options = format!("--unit outline --dedup none {source}");
        let whole = directory.ok(&format!("{options} --report whole.json -o -"));
        let mut shards = Vec::new();
        let mut reports = String::new();
        for shard in 0..13 {
            reports += &format!(" {shard}.json");
            shards.extend(directory.ok(&format!(
                "{options} --shard {shard}/13 --report {shard}.json -o -"
            )));
        }
        let sorted = |bytes: &[u8]| {
            let lines = json_lines(bytes).into_iter().map(|line| line.to_string());
            let mut lines: Vec<String> = lines.collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&shards), sorted(&whole), "{source}");

        let merged = merge(&directory, &reports);
        let mut merged: Value = serde_json::from_slice(&merged.stdout).unwrap();
        let mut report: Value = serde_json::from_slice(&directory.read("whole.json")).unwrap();
        for report in [&mut merged, &mut report] {
            report["seconds"] = Value::Null;
            let drops = report["dropped"].as_array_mut().unwrap();
            drops.sort_by_key(Value::to_string);
        }
        assert_eq!(merged, report, "{source}");
    }
}

fn merge(directory: &Folder, reports: &str) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .arg("merge-reports")
        .args(reports.split_whitespace())
        .current_dir(directory.path())
        .output()
        .unwrap()
}

#[test]
fn lengths_are_added_as_far_as_they_can_be() {
    let directory = Folder::with(&[("a.lua", b"f()"), ("b.lua", b"g(1, 2)")]);
    let tokenizer = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tokenizer");
    let vocab = std::process::Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args([
            "vocab", "--stream", "terse", "--add-to", tokenizer, "-o", "tok",
        ])
        .current_dir(directory.path())
        .status();
    assert!(vocab.unwrap().success());
    let options = "--stream terse --tokenizer tok --split a=0.5,b=0.5 -o - src";
    directory.ok(&format!("{options} --report whole.json"));
    directory.ok(&format!("{options} --report 0.json --shard 0/2"));
    directory.ok(&format!("{options} --report 1.json --shard 1/2"));
    let whole: Value = serde_json::from_slice(&directory.read("whole.json")).unwrap();
    let merged = merge(&directory, "0.json 1.json").stdout;
    directory.write("merged.json", &merged);
    let merged: Value = serde_json::from_slice(&merged).unwrap();
    assert_eq!(merged["parts"][0]["groups"], Value::Null);
    for exact in ["total", "maximum", "within"] {
        assert_eq!(merged["tokens"][exact], whole["tokens"][exact], "{exact}");
    }
    for unknown in ["median", "p90", "p99"] {
        assert_eq!(merged["tokens"][unknown], Value::Null, "{unknown}");
    }
    let no_report = |reports: &str| String::from_utf8(merge(&directory, reports).stderr).unwrap();
    assert_eq!(
        no_report("1.json"),
        "luadec-tok: warning: no report of the shards 0/2\n"
    );
    assert_eq!(
        no_report("0.json 1.json 0.json"),
        "luadec-tok: 0.json: the shard 0/2 has sources that 0.json, the shard 0/2, has too; add each source once\n"
    );
    directory.ok(&format!("{options} --report third.json --shard 1/3"));
    assert_eq!(
        no_report("0.json third.json"),
        "luadec-tok: third.json: the shard 1/3 has sources that 0.json, the shard 0/2, has too; add each source once\n"
    );
    // What was merged can be merged.
    let twice = merge(&directory, "merged.json merged.json").stdout;
    let twice: Value = serde_json::from_slice(&twice).unwrap();
    assert_eq!(twice["records"], 4);
}
