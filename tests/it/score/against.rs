//! The comparison with an earlier run.

use std::fs;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{asked, lines, report, rows, run, text};

const RIGHT: &str = "a = 1";
const WRONG: &str = "a = 2";

fn row(id: Value, prediction: Value) -> Value {
    json!({"id": id, "prompt": asked(RIGHT), "prediction": prediction})
}

/// Creates a directory with rows and the scores of an earlier run.
fn directory(rows_: &[Value], earlier: &str) -> TempDir {
    let directory = rows(rows_);
    fs::write(directory.path().join("old.jsonl"), earlier).unwrap();
    directory
}

fn score(directory: &TempDir) -> Output {
    let arguments = "score rows.jsonl --against old.jsonl --report report.json --html page.html";
    run(directory, arguments.split(' '))
}

#[test]
fn rows_are_joined_by_their_ids() {
    let earlier = [
        row(json!("gained"), json!(WRONG)),
        row(json!("lost"), json!(RIGHT)),
        row(json!(7), json!(RIGHT)),
        row(json!("some"), json!([RIGHT, WRONG, WRONG])),
        row(json!("samples"), json!([RIGHT])),
        row(json!("null"), json!(null)),
        row(json!("gone"), json!(RIGHT)),
        row(json!(null), json!(RIGHT)),
        json!({"id": "bad"}),
    ];
    let first = rows(&earlier);
    let scores = run(&first, ["score", "rows.jsonl"]).stdout;
    let now = [
        row(json!("some"), json!([WRONG, RIGHT, RIGHT])),
        row(json!("null"), json!(RIGHT)),
        row(json!("gained"), json!(RIGHT)),
        row(json!(7), json!(RIGHT)),
        row(json!("lost"), json!("a = ")),
        row(json!("samples"), json!([RIGHT, RIGHT])),
        row(json!("bad"), json!(RIGHT)),
        row(json!(null), json!(RIGHT)),
        json!({"id": "gone"}),
    ];
    let directory = directory(&now, text(&scores));
    let output = score(&directory);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let changes: Vec<Value> = lines(&output)
        .iter()
        .map(|line| line["against"].clone())
        .collect();
    assert_eq!(
        Value::from(changes),
        json!([
            "better", "better", "better", "equal", "worse", null, null, null, null
        ])
    );
    assert_eq!(
        text(&output.stderr).lines().last().unwrap(),
        "luadec-tok: compared with old.jsonl: rows: 5, better: 3, worse: 1, equal: 1, sign test: p = 0.625; \
         rows without an id: 1; earlier rows without an id: 1; rows with a new id: 1; \
         ids only in the earlier run: 1; rows with another number of answers: 1"
    );
    let against = report(&directory)["against"].clone();
    assert_eq!(
        against,
        json!({
            "earlier": "old.jsonl",
            "rows": 5,
            "better": 3,
            "worse": 1,
            "equal": 1,
            "p_value": 0.625,
            "same": {"before": 3.0 / 7.0, "after": 5.0 / 7.0},
            "without_id": 1,
            "earlier_without_id": 1,
            "only_in_rows": 1,
            "only_in_earlier": 1,
            "other_number_of_answers": 1,
            "changed": [
                {"id": "some", "line": 1, "change": "better", "answers": 3, "same_before": 1, "same": 2},
                {"id": "null", "line": 2, "change": "better", "answers": 1, "same_before": 0, "same": 1},
                {"id": "gained", "line": 3, "change": "better", "answers": 1, "same_before": 0, "same": 1},
                {"id": "lost", "line": 5, "change": "worse", "answers": 1, "same_before": 1, "same": 0},
            ],
        })
    );
    let page = fs::read_to_string(directory.path().join("page.html")).unwrap();
    assert!(page.contains(
        "Better: 3, worse: 1, equal: 1. Same before: 42.9%, now: 71.4%. Sign test: p = 0.625."
    ));
    assert!(page.contains("<tr><td>lost</td>"));
    // The lines of a comparison are scores themselves.
    fs::write(directory.path().join("old.jsonl"), &output.stdout).unwrap();
    let again = score(&directory);
    assert!(
        text(&again.stderr)
            .contains("rows: 7, better: 0, worse: 0, equal: 7, sign test: p = 1.000")
    );
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let same = |id: &str| format!("{}\n", json!({"id": id, "same": true}));
    let (a, b) = (row(json!("a"), json!(RIGHT)), row(json!("b"), json!(RIGHT)));
    let one_row =
        "expected one row for each id; several answers to one prompt go into a list in its row";
    for (now, earlier, message) in [
        (
            vec![a.clone()],
            "{\"id\": \"a\", \"same\": 1}\n".to_owned(),
            "old.jsonl: line 1: not scores in JSON: invalid type: integer `1`, expected a boolean at line 1 \
             column 21"
                .to_owned(),
        ),
        (
            vec![a.clone()],
            format!("{}\n{a}\n", same("x")),
            "old.jsonl: line 3: neither \"same\" nor \"samples\"; expected what an earlier luadec-tok score \
             printed"
                .to_owned(),
        ),
        (
            vec![a.clone()],
            "\n".to_owned(),
            "old.jsonl: no scores in it".to_owned(),
        ),
        (
            vec![a.clone()],
            "{\"id\": null, \"same\": true}\n".to_owned(),
            "old.jsonl: no line has an id; --against joins rows by \"id\", so give each row one and score \
             both runs"
                .to_owned(),
        ),
        (
            vec![a.clone()],
            same("a") + &same("b") + &same("b") + &same("a"),
            format!("old.jsonl: lines 2 and 3 have the same id; {one_row}"),
        ),
        (
            vec![a.clone(), b.clone(), a.clone()],
            same("a"),
            format!("rows.jsonl: lines 1 and 3 have the same id \"a\"; {one_row}"),
        ),
        (
            vec![a.clone(), b.clone(), b.clone()],
            same("a"),
            format!("rows.jsonl: lines 2 and 3 have the same id \"b\"; {one_row}"),
        ),
    ] {
        let directory = directory(&now, &earlier);
        let output = score(&directory);
        assert_eq!(
            (output.status.code(), text(&output.stderr)),
            (Some(1), format!("luadec-tok: {message}\n").as_str())
        );
        for output in ["report.json", "page.html"] {
            assert!(!directory.path().join(output).exists());
        }
    }
}

/// The scores are written: they are right without the comparison.
#[test]
fn rows_that_share_no_id_are_scored() {
    let directory = directory(
        &[
            row(json!("a"), json!(RIGHT)),
            row(json!(null), json!(RIGHT)),
        ],
        "{\"id\": \"b\", \"same\": true}\n",
    );
    let output = score(&directory);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr).lines().last().unwrap(),
        "luadec-tok: rows.jsonl: no row could be compared with old.jsonl; rows without an id: 1; rows with \
         a new id: 1; ids only in the earlier run: 1"
    );
    assert_eq!(report(&directory)["all"]["rates"]["same"], 1.0);
    assert_eq!(lines(&output).len(), 2);
}

#[test]
fn a_comparison_needs_rows_and_a_file() {
    let directory = directory(&[], "");
    for (status, arguments, message) in [
        (
            2,
            "score - --against -",
            "standard input (-) cannot be both the rows and the earlier scores; name a file for one of them",
        ),
        (
            2,
            "score a.luac a.lua --against old.jsonl",
            "--against has no effect on one chunk and one answer; it is for rows",
        ),
        (
            1,
            "score rows.jsonl --against old.jsonl --report old.jsonl",
            "old.jsonl is also an input and would be overwritten; name another output",
        ),
    ] {
        let output = run(&directory, arguments.split(' '));
        assert_eq!(
            (output.status.code(), text(&output.stderr)),
            (Some(status), format!("luadec-tok: {message}\n").as_str())
        );
    }
}
