//! Which rows and answers the rates count.

use std::fs;

use serde_json::{Value, json};
use tempfile::tempdir;

use super::{asked, lines, report, rows, run, text};
use crate::common::{luac, stream_of};

#[test]
fn a_null_answer_counts_as_a_failure() {
    let prompt = asked("a = 1");
    let turn = |role: &str, content: Value| json!({"role": role, "content": content});
    let user = turn("user", json!(prompt));
    let directory = rows(&[
        json!({"prompt": prompt, "prediction": "a = 1"}),
        json!({"prompt": prompt, "prediction": null}),
        json!({"prompt": prompt, "prediction": [null, "a = 1"]}),
        json!({"messages": [user, turn("assistant", Value::Null)]}),
        json!({"messages": [user, {"role": "assistant", "tool_calls": []}]}),
    ]);
    let output = run(
        &directory,
        "score rows.jsonl --report report.json --html page.html".split(' '),
    );
    assert!(output.status.success());
    let lines = lines(&output);
    for line in [&lines[1], &lines[2]["samples"][0], &lines[3], &lines[4]] {
        assert_eq!(line["error"], "the answer is null", "{line}");
        assert_eq!(
            (&line["compiles"], &line["instructions"]),
            (&json!(false), &json!(1))
        );
    }
    let report = report(&directory);
    assert_eq!(
        (&report["all"]["rows"], &report["bad_rows"]),
        (&json!(5), &json!(0))
    );
    assert_eq!(
        report["all"]["levels"],
        json!({"identical": 2, "same": 0, "differs": 0, "fails": 4})
    );
}

#[test]
fn rows_without_a_stream_are_counted_separately() {
    let prompt = asked("a = 1");
    let directory = rows(&[
        json!({"prompt": prompt, "prediction": "a = 1"}),
        json!({"prompt": "Hello", "prediction": "a = 1"}),
        json!({"prompt": "<|Proto|><|Oh|>", "prediction": "a = 1"}),
        json!({"prompt": null, "prediction": "a = 1"}),
        json!({"prompt": prompt}),
        json!(7),
    ]);
    let output = run(
        &directory,
        "score rows.jsonl --report report.json --html page.html".split(' '),
    );
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains(
            "luadec-tok: 1 row, 1 answer; rows without a readable stream: 3; bad rows: 2\n"
        ),
        "{stderr}"
    );
    let report = report(&directory);
    let counts = ["rows_without_stream", "bad_rows"].map(|key| report[key].clone());
    assert_eq!(counts, [json!(3), json!(2)]);
    assert_eq!(report["all"]["rates"]["same"], 1.0);
    let page = fs::read_to_string(directory.path().join("page.html")).unwrap();
    assert!(page.contains("Rows without a readable stream: 3. Bad rows: 2."));
}

#[test]
fn pass_at_k_names_its_number_of_rows() {
    let prompt = asked("a = 1");
    let row = |samples: usize| json!({"prompt": prompt, "prediction": vec!["a = 1"; samples]});
    let directory = rows(&[row(1), row(2), row(2), row(5)]);
    let output = run(
        &directory,
        "score rows.jsonl --report report.json --html page.html".split(' '),
    );
    let summary: Vec<&str> = text(&output.stderr).lines().collect();
    assert_eq!(
        summary[1],
        "luadec-tok: pass@1 over 4 rows, pass@2 over 3 rows, pass@4 over 1 row"
    );
    let report = report(&directory);
    assert_eq!(
        report["all"]["pass_at_rows"],
        json!({"1": 4, "2": 3, "4": 1})
    );
    let page = fs::read_to_string(directory.path().join("page.html")).unwrap();
    assert!(page.contains("pass@2, 3 rows"));
}

/// The sample is one of rows: three answers to each prompt are not three times as many trials.
#[test]
fn rates_have_intervals_over_rows() {
    let prompt = asked("a = 1");
    let row = |right: bool, samples: usize| {
        let answer = if right { "a = 1" } else { "a = 2" };
        json!({"prompt": prompt, "prediction": vec![answer; samples]})
    };
    for samples in [1, 3] {
        let all: Vec<Value> = (0..9).map(|i| row(i > 0, samples)).collect();
        let directory = rows(&all);
        let arguments = "score rows.jsonl --report report.json".split(' ');
        assert!(run(&directory, arguments).status.success());
        let report = report(&directory);
        // Wilson's for 8 of 9.
        for found in [
            &report["all"]["intervals"]["same"],
            &report["all"]["intervals"]["functions"],
            &report["all"]["pass_at_intervals"]["1"],
        ] {
            for (key, expected) in [("low", 0.56500029), ("high", 0.98010911)] {
                let found = found[key].as_f64().unwrap();
                assert!((found - expected).abs() < 1e-8, "{key}: {found}");
            }
        }
        let nothing = &report["by_size"][4]["intervals"]["same"];
        assert_eq!(nothing, &json!({"low": 0.0, "high": 1.0}));
    }
}

#[test]
fn records_of_a_data_set_are_rows() {
    let directory = tempdir().unwrap();
    let source = "local x = 1\nfunction f(a) return a + x end\nreturn f\n";
    fs::write(directory.path().join("a.lua"), source).unwrap();
    for arguments in [
        "dataset -f completion --unit both --strip both -o rows.jsonl a.lua",
        "dataset -f messages --unit both --strip both -o rows.jsonl a.lua",
    ] {
        assert!(run(&directory, arguments.split(' ')).status.success());
        let output = run(&directory, "score rows.jsonl".split(' '));
        let lines = lines(&output);
        assert_eq!(lines.len(), 4);
        assert!(
            lines.iter().all(|line| line["identical"] == true),
            "{arguments}"
        );
    }
}

#[test]
fn rows_that_are_bad_for_the_same_reason_share_a_message() {
    let directory = tempdir().unwrap();
    let row = json!({"prompt": asked("a = 1"), "answer": "a = 1"});
    let mut rows = format!("{row}\n").repeat(20_000);
    rows.push_str("{]\n{\"a\": ]\n");
    fs::write(directory.path().join("rows.jsonl"), rows).unwrap();
    let output = run(&directory, "score rows.jsonl".split(' '));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        "luadec-tok: rows.jsonl: line 1 and 19999 more rows: no answer: no key \"prediction\"; --answer-key names another key\n\
         luadec-tok: rows.jsonl: line 20001 and 1 more row: not a JSON object: key must be a string at line 1 column 2\n\
         luadec-tok: 0 rows, 0 answers; bad rows: 20002\n\
         luadec-tok: rows.jsonl: no row could be scored; expected JSON lines with a stream and an answer each\n"
    );
    assert_eq!(lines(&output).len(), 20_002);
}

#[test]
fn a_prompt_asks_about_its_last_stream() {
    let (one, other) = (
        asked("a = 1"),
        stream_of(&luac(b"b = 2", "asked.lua", false)),
    );
    let prompt = format!("For example {other}\nis\nb = 2\nNow {one}");
    let directory = rows(&[
        json!({"prompt": prompt, "prediction": "a = 1"}),
        json!({"prompt": one, "prediction": "a = 1"}),
    ]);
    let output = run(
        &directory,
        "score rows.jsonl --report report.json".split(' '),
    );
    assert!(lines(&output).iter().all(|line| line["identical"] == true));
    let summary = "luadec-tok: 2 rows, 2 answers; rows with several streams: 1\n";
    assert!(text(&output.stderr).starts_with(summary));
    assert_eq!(report(&directory)["rows_with_several_streams"], 1);
}
