//! Rows, lines, the summary, the report, the page, and messages.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::tempdir;

use super::{asked, command, lines, report, rows, run, text};
use crate::common::{files, fixture, luac, stream_of, stripped_stream_of};

fn scored(rows_: &[Value], arguments: &[&str]) -> Vec<Value> {
    let directory = rows(rows_);
    let output = run(&directory, [&["score", "rows.jsonl"], arguments].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    lines(&output)
}

#[test]
fn every_function_given_its_own_source_is_the_same() {
    let directory = tempdir().unwrap();
    let sources = directory.path().join("src");
    fs::create_dir(&sources).unwrap();
    for (i, file) in files(".", "lua")
        .iter()
        .chain(&files("dataset", "lua"))
        .enumerate()
    {
        fs::copy(file, sources.join(format!("{i}.lua"))).unwrap();
    }
    fs::write(sources.join("captures.lua"), include_str!("captures.lua")).unwrap();
    let made = "dataset --unit both --strip both --dedup none -o rows.jsonl.zst src";
    let made = run(&directory, made.split(' '));
    assert!(made.status.success(), "{}", text(&made.stderr));
    let output = run(&directory, ["score", "rows.jsonl.zst"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = lines(&output);
    assert!(lines.len() > 100, "only {} rows", lines.len());
    for line in &lines {
        assert_eq!(line["identical"], true, "{line}");
        assert_eq!(line["same"], true, "{line}");
        assert_eq!(line["edit_distance"], 0, "{line}");
    }
}

#[test]
fn a_line_has_the_score_of_an_answer() {
    let line = &scored(
        &[
            json!({"id": "a", "prompt": asked("print(1) print(2)"), "prediction": "print(1) print(3)"}),
        ],
        &[],
    )[0];
    assert_eq!(
        *line,
        json!({
            "id": "a",
            "line": 1,
            "compiles": true,
            "identical": false,
            "same": false,
            "functions": 1,
            "functions_same": 0,
            "functions_missing": 0,
            "functions_extra": 0,
            "instructions": 6,
            "edit_distance": 2,
            "edit_distance_exact": true,
            "similarity": 0.5,
            "first_difference": {
                "function": "main",
                "what": "instruction 4",
                "asked": "LOADK R1 2",
                "answer": "LOADK R1 3",
            },
            "error": null,
            "fenced": false,
        })
    );
    let fails = &scored(
        &[json!({"prompt": asked("a = 1"), "prediction": "a = = 1"})],
        &[],
    )[0];
    let found = [
        "compiles",
        "same",
        "functions_same",
        "edit_distance",
        "error",
    ];
    assert_eq!(
        found.map(|key| fails[key].clone()),
        [
            json!(false),
            json!(false),
            json!(0),
            json!(1),
            json!("answer:1: unexpected symbol near '='")
        ]
    );
}

#[test]
fn rows_have_several_forms() {
    let stream = asked("a = 1");
    let stripped = stripped_stream_of(&luac(b"a = 1", "x", false));
    let turn = |role: &str, content: &str| json!({"role": role, "content": content});
    let right = [
        json!({"prompt": stream, "prediction": "a = 1"}),
        json!({"prompt": format!("Decompile:\n{stripped}\nThanks."), "prediction": "a=1"}),
        json!({"messages": [turn("system", "x"), turn("user", &stream), turn("assistant", "a=1")]}),
        json!({"messages": [turn("user", &stream), turn("assistant", "a=2")], "prediction": "a=1"}),
        json!({"prompt": [turn("user", &stream)], "prediction": [turn("assistant", "a=1")]}),
        json!({"prompt": stream, "prediction": "Here:\n```lua\na=1\n```"}),
    ];
    for line in scored(&right, &[]) {
        assert_eq!(line["same"], true, "{line}");
    }
    let keys = [json!({"asked": stream, "answer": "a=1", "prompt": "x", "prediction": "b=1"})];
    let line = &scored(&keys, &["--stream-key", "asked", "--answer-key", "answer"])[0];
    assert_eq!(line["same"], true, "{line}");
    let several =
        [json!({"prompt": stream, "prediction": ["a=1", "a=2", [turn("assistant", "a=")]]})];
    let line = &scored(&several, &[])[0];
    let same: Vec<bool> = line["samples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sample| sample["same"].as_bool().unwrap())
        .collect();
    assert_eq!(same, [true, false, false]);
}

#[test]
fn a_prompt_may_have_a_terse_stream() {
    for ending in ["terse", "stripped.terse"] {
        let terse = fixture(&format!("upvalues.{ending}"));
        let row = json!({"prompt": text(&terse), "prediction": text(&fixture("upvalues.lua"))});
        assert_eq!(scored(&[row], &[])[0]["identical"], true);
    }
}

#[test]
fn bad_rows_are_reported_and_the_others_scored() {
    let directory = tempdir().unwrap();
    let good = json!({"prompt": asked("a = 1"), "prediction": "a = 1"});
    let rows = format!(
        "nothing\n{good}\n\n{{\"prompt\": \"x\", \"prediction\": \"y\"}}\n{}\n{}\n{}\n",
        json!({"prompt": good["prompt"]}),
        json!({"prompt": "<|Proto|><|Oh|>", "prediction": "x"}),
        json!({"prediction": "x"}),
    );
    fs::write(directory.path().join("rows.jsonl"), rows).unwrap();
    let output = run(
        &directory,
        ["score", "rows.jsonl", "--report", "report.json"],
    );
    assert_eq!(output.status.code(), Some(0));
    let messages: Vec<&str> = text(&output.stderr).lines().take(6).collect();
    assert_eq!(
        messages,
        [
            "luadec-tok: rows.jsonl: line 1: not a JSON object: expected ident at line 1 column 2",
            "luadec-tok: rows.jsonl: line 4: no stream: expected <|Proto|> in the prompt",
            "luadec-tok: rows.jsonl: line 5: no answer: no key \"prediction\"; --answer-key names another key",
            "luadec-tok: rows.jsonl: line 6: malformed stream: line 1, byte 10, main: expected \
             <|Proto-nupvalues=0|> to <|Proto-nupvalues=255|> of a full stream, or <|Proto-source|> or <|N0|> to <|N255|> of a terse one, found <|Oh|>",
            "luadec-tok: rows.jsonl: line 7: no stream: neither \"prompt\" nor \"messages\"; --stream-key names another key",
            "luadec-tok: 1 row, 1 answer; rows without a readable stream: 3; bad rows: 2",
        ]
    );
    // Every row gets a line, so that a process that waits for it at the end of a pipe goes on.
    assert_eq!(lines(&output).len(), 6);
    let report = report(&directory);
    assert_eq!(report["bad_rows"], 2);
    assert_eq!(report["rows_without_stream"], 3);
    assert_eq!(report["bad"][1]["line"], 4);
    fs::write(directory.path().join("rows.jsonl"), "nothing\n").unwrap();
    let output = run(&directory, ["score", "rows.jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    let last = text(&output.stderr).lines().last().unwrap();
    assert_eq!(
        last,
        "luadec-tok: rows.jsonl: no row could be scored; expected JSON lines with a stream and an answer each"
    );
}

#[test]
fn a_chunk_and_an_answer_are_compared() {
    let directory = tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(directory.path().join(name), bytes).unwrap();
    write("x.luac", &luac(b"print(\"\xE9\")", "x.lua", true));
    write("same.lua", b"#!/usr/bin/lua\nprint '\xE9' -- !");
    write("other.lua", b"print '\xEA'");
    write("bad.lua", b"print '");
    write(
        "x.txt",
        stream_of(&luac(b"print(\"\xE9\")", "x.lua", false)).as_bytes(),
    );
    for (chunk, answer, status, stderr) in [
        ("x.luac", "same.lua", 0, ""),
        ("x.txt", "same.lua", 0, ""),
        (
            "x.luac",
            "other.lua",
            1,
            "luadec-tok: other.lua: main, instruction 1: asked for LOADK R1 \"\\xE9\", found LOADK R1 \"\\xEA\"\n",
        ),
        (
            "x.luac",
            "bad.lua",
            1,
            "luadec-tok: bad.lua: answer:1: unfinished string near <eof>\n",
        ),
        (
            "same.lua",
            "same.lua",
            1,
            "luadec-tok: same.lua: at 0x0: this looks like Lua source; compile it first: luac5.3 -o out.luac in.lua\n",
        ),
    ] {
        let output = run(&directory, ["score", chunk, answer]);
        assert_eq!(
            (output.status.code(), text(&output.stderr)),
            (Some(status), stderr)
        );
    }
}

/// A command line that mixes up rows, chunks and answers is an error that says what to do.
#[test]
fn chunks_and_answers_in_the_wrong_place_are_recognized() {
    let directory = rows(&[json!({"prompt": asked("a=1"), "prediction": "a=1"})]);
    let write = |name: &str, bytes: &[u8]| fs::write(directory.path().join(name), bytes).unwrap();
    write("a.luac", &luac(b"a = 1", "a.lua", false));
    write("a.txt", asked("a = 1").as_bytes());
    write("a.lua", b"a = 1");
    for (arguments, message) in [
        (
            "a.luac",
            "a.luac: a chunk or a stream, not rows of JSON; to score one answer, use luadec-tok score \
             CHUNK ANSWER",
        ),
        (
            "a.txt",
            "a.txt: a chunk or a stream, not rows of JSON; to score one answer, use luadec-tok score \
             CHUNK ANSWER",
        ),
        (
            "a.luac a.txt",
            "a.txt: a chunk or a stream, not an answer in Lua; to compare two chunks, use \
             luadec-tok diff a.luac a.txt",
        ),
        (
            "a.lua a.luac",
            "a.luac: a chunk or a stream, not an answer in Lua; the chunk comes first: \
             luadec-tok score a.luac a.lua",
        ),
        (
            "- a.lua",
            "standard input (-) is for rows; name the files of the chunk and the answer",
        ),
        (
            "a.luac a.lua -j 2",
            "--jobs has no effect on one chunk and one answer; it is for rows",
        ),
        (
            "a.luac a.lua --answer-key x",
            "--answer-key has no effect on one chunk and one answer; it is for rows",
        ),
        (
            "rows.jsonl --max-seconds 4kB",
            "--max-seconds 4kB: expected a number, such as 4096, 4k or 2M",
        ),
    ] {
        let output = run(
            &directory,
            ["score"].into_iter().chain(arguments.split(' ')),
        );
        assert_eq!(
            (output.status.code(), text(&output.stderr)),
            (Some(2), format!("luadec-tok: {message}\n").as_str())
        );
        assert!(output.stdout.is_empty());
    }
    let arguments = "score rows.jsonl --max-seconds 1k".split(' ');
    assert!(run(&directory, arguments).status.success());
}

#[test]
fn each_row_is_scored_as_it_comes() {
    let mut child = command(".", ["score", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for i in 0..20 {
        let row = json!({"prompt": asked("a = 1"), "prediction": format!("a = {}", i % 2)});
        let row = if i == 7 { json!(7) } else { row };
        writeln!(stdin, "{row}").unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["line"], i + 1);
        assert_eq!(answer.get("bad_row").is_some(), i == 7);
        if i != 7 {
            assert_eq!(answer["same"], i % 2 == 1);
        }
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

/// Creates rows of all sizes, with three samples each.
fn many() -> Vec<Value> {
    let row = |i: usize| {
        let calls = |count: usize| (0..count).map(|i| format!("f({i}) ")).collect::<String>();
        let source = calls(i * 3 % 50);
        let samples = [
            source.clone(),
            calls(i * 7 % 50),
            "<script>alert(1)</script>".to_owned(),
        ];
        json!({"id": i, "prompt": asked(&source), "prediction": samples})
    };
    (0..100).map(row).collect()
}

#[test]
fn the_number_of_threads_does_not_change_the_output() {
    let directory = rows(&many());
    let all = |jobs: &str| {
        let arguments = [
            "score",
            "rows.jsonl",
            "--report",
            "r.json",
            "--html",
            "p.html",
            "-j",
            jobs,
        ];
        let output = run(&directory, arguments);
        assert!(output.status.success());
        let read = |name: &str| fs::read(directory.path().join(name)).unwrap();
        (output.stdout, output.stderr, read("r.json"), read("p.html"))
    };
    assert!(all("1") == all("8"));
}

#[test]
fn the_summary_has_rates_by_size_and_pass_at_k() {
    let directory = rows(&many());
    let output = run(
        &directory,
        ["score", "rows.jsonl", "--report", "report.json"],
    );
    let report = report(&directory);
    assert_eq!(report["all"]["rows"], 100);
    assert_eq!(
        report["all"]["levels"],
        json!({"identical": 104, "same": 0, "differs": 96, "fails": 100})
    );
    // Four rows, with 0, 75, 50 and 25 calls modulo 50, have two right samples; all others have one.
    let of_one = (96.0 / 3.0 + 4.0 * 2.0 / 3.0) / 100.0;
    let of_two = (96.0 * 2.0 / 3.0 + 4.0) / 100.0;
    for (k, expected) in [("1", of_one), ("2", of_two)] {
        let found = report["all"]["pass_at"][k].as_f64().unwrap();
        assert!(
            (found - expected).abs() < 1e-9,
            "pass@{k} is {found}, not {expected}"
        );
    }
    let summary: Vec<&str> = text(&output.stderr).lines().collect();
    assert_eq!(summary[0], "luadec-tok: 100 rows, 300 answers");
    assert_eq!(
        summary
            .last()
            .unwrap()
            .split_whitespace()
            .collect::<Vec<_>>(),
        [
            "luadec-tok:",
            "all",
            "100",
            "66.7%",
            "34.7%",
            "34.7%",
            "34.7%",
            "50.5%",
            "34.7%",
            "68.0%"
        ]
    );
}

#[test]
fn the_page_escapes_the_worst_answers_and_loads_nothing() {
    let directory = rows(&many());
    let output = run(&directory, ["score", "rows.jsonl", "--html", "page.html"]);
    assert!(output.status.success());
    let page = fs::read_to_string(directory.path().join("page.html")).unwrap();
    assert_eq!(page.matches("<article>").count(), 196);
    assert_eq!(page.matches("class=\"first\"").count(), 96);
    assert!(!page.contains("<script>alert"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;"));
    for reference in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(reference), "{reference}");
    }
}

#[test]
fn hostile_answers_fail_and_the_run_goes_on() {
    let prompt = asked("a = 1");
    let hostile = [
        // Each `or` walks the list of the earlier ones.
        format!("a = b{}", " or b".repeat(400_000)),
        "(".repeat(50_000),
        format!("a = {}", "{".repeat(300_000)),
        "\x1bLua\x53".to_owned(),
        "\u{0}".repeat(100),
        String::new(),
        "while true do end os.exit(7) io.open('written', 'w')".to_owned(),
    ];
    let rows_: Vec<Value> = hostile
        .iter()
        .chain(["a = 1".to_owned()].iter())
        .map(|answer| json!({"prompt": prompt, "prediction": answer}))
        .collect();
    let found = scored(&rows_, &["--max-seconds", "1"]);
    let compiles: Vec<bool> = found
        .iter()
        .map(|line| line["compiles"].as_bool().unwrap())
        .collect();
    let empty_and_endless = [true, true];
    assert_eq!(compiles[..5], [false; 5]);
    assert_eq!(compiles[5..7], empty_and_endless);
    assert_eq!(found[0]["error"], "scoring it took longer than 1 s");
    assert!(found[..7].iter().all(|line| line["same"] == false));
    assert_eq!(found[7]["same"], true);
}

#[test]
fn an_output_is_neither_an_input_nor_another_output() {
    let directory = rows(&[json!({"prompt": asked("a=1"), "prediction": "a=1"})]);
    let before = fs::read(directory.path().join("rows.jsonl")).unwrap();
    for (arguments, message) in [
        (
            ["--report", "rows.jsonl", "--html", "page.html"],
            "rows.jsonl is also an input and would be overwritten; name another output",
        ),
        (
            ["--report", "x", "--html", "x"],
            "x would be written twice; name another output",
        ),
    ] {
        let output = run(
            &directory,
            [&["score", "rows.jsonl"], &arguments[..]].concat(),
        );
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(text(&output.stderr), format!("luadec-tok: {message}\n"));
        assert!(output.stdout.is_empty());
    }
    assert_eq!(
        fs::read(directory.path().join("rows.jsonl")).unwrap(),
        before
    );
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}
