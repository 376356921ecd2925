//! The command line and the outputs.

use std::fs;

use serde_json::json;

use super::{Asked, run, text};
use crate::common::golden;

const SOURCE: &str = "local a = 1\nreturn function(b) return a + b end";

#[test]
fn no_output_is_an_input_or_another_output() {
    let asked = Asked::new(SOURCE, false);
    asked.write("answers.jsonl", &asked.rows());
    for (output, message) in [
        (
            &["-o", "asked.luac"][..],
            "asked.luac is also an input and would be overwritten; name another output",
        ),
        (
            &["-o", "answers.jsonl"],
            "answers.jsonl is also an input and would be overwritten; name another output",
        ),
        (
            &["-o", "x", "--report", "x"],
            "x would be written twice; name another output",
        ),
    ] {
        let mut arguments = vec!["assemble", "asked.luac", "answers.jsonl"];
        arguments.extend(output);
        let output = run(&asked.directory, arguments);
        assert_eq!(text(&output.stderr), format!("luadec-tok: {message}\n"));
        assert_eq!(output.status.code(), Some(1));
    }
    assert_eq!(fs::read_dir(asked.directory.path()).unwrap().count(), 2);
}

#[test]
fn standard_input_is_for_one_file_of_answers() {
    let asked = Asked::new(SOURCE, false);
    for (arguments, message) in [
        (
            &["assemble", "-", "x"][..],
            "standard input (-) is for answers; name the file of the chunk",
        ),
        (
            &["assemble", "asked.luac", "-", "-"],
            "standard input (-) is named twice",
        ),
        (
            &["assemble", "asked.luac", "x", "--report", "-"],
            "standard output is for one output; name files with -o, --report and --html",
        ),
    ] {
        let output = run(&asked.directory, arguments);
        assert_eq!(text(&output.stderr), format!("luadec-tok: {message}\n"));
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn nothing_is_written_if_an_input_fails() {
    let asked = Asked::new(SOURCE, false);
    let assembled = asked.run(&["missing.jsonl"]);
    assert_eq!(assembled.status, 1);
    assert_eq!(
        assembled.messages,
        "luadec-tok: missing.jsonl: no such file or directory\n"
    );
    assert!(!asked.path("got.lua").exists());
    assert!(!asked.path("report.json").exists());
    let output = run(
        &asked.directory,
        ["assemble", "nothing.luac", "missing.jsonl"],
    );
    assert_eq!(
        text(&output.stderr),
        "luadec-tok: nothing.luac: no such file or directory\n"
    );
}

#[test]
fn the_report_may_go_to_standard_output() {
    let asked = Asked::new(SOURCE, false);
    asked.write("answers.jsonl", &asked.rows());
    let arguments = [
        "assemble",
        "asked.luac",
        "answers.jsonl",
        "-o",
        "got.lua",
        "--report",
        "-",
    ];
    let output = run(&asked.directory, arguments);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["same"], json!(true));
    assert!(!asked.path("-").exists());
}

#[test]
fn answers_to_another_chunk_are_told() {
    let asked = Asked::new(SOURCE, false);
    let others = Asked::new("return function(c) return c end", false);
    asked.write("answers.jsonl", &others.rows());
    let assembled = asked.run(&["answers.jsonl"]);
    assert_eq!(
        assembled.messages.lines().next(),
        Some(
            "luadec-tok: none of 2 rows is about this chunk; the ids are those of luadec-tok ask for the \
             same chunk"
        )
    );
    assert_eq!(assembled.status, 3);
}

#[test]
fn rows_without_an_answer_are_counted() {
    let asked = Asked::new(SOURCE, false);
    let mut rows = asked.rows();
    rows.push(json!([1]));
    rows.push(json!({"prediction": "x"}));
    asked.write("answers.jsonl", &rows);
    let assembled = asked.run(&["answers.jsonl"]);
    assert_eq!(
        assembled.messages.lines().next(),
        Some(
            "luadec-tok: answers.jsonl: 2 rows without an answer; the first, line 3: not a JSON object"
        )
    );
    assembled.is_proven(&asked.canonical);
}

#[test]
fn the_report_and_the_page_say_what_is_proven() {
    let asked = Asked::new(SOURCE, false).with(1, "function(b)\n\treturn a - b\nend");
    asked.write("answers.jsonl", &asked.rows());
    let assembled = asked.run(&["answers.jsonl", "--html", "page.html"]);
    assert_eq!(assembled.status, 3);
    let directory = crate::common::fixtures().join("assemble");
    let report = fs::read(asked.path("report.json")).unwrap();
    golden(&directory.join("report.json"), &report);
    let page = fs::read(asked.path("page.html")).unwrap();
    golden(&directory.join("page.html"), &page);
}
