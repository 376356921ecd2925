//! Answers that are compiled together get the scores that each gets by itself.

use std::fs;

use serde_json::{Value, json};
use tempfile::tempdir;

use super::{asked, command, is_there, lines, run, write_rows};
use crate::common::{files, json_lines};

/// The rows have right answers and wrong ones: answers to other rows, answers that do not compile, and
/// answers that would end the function they are compiled in.
#[test]
fn a_score_does_not_depend_on_other_rows() {
    for version in ["5.1", "5.2", "5.3", "5.4"] {
        let compiler = format!("luac{version}");
        if !is_there(&compiler) {
            continue;
        }
        let directory = tempdir().unwrap();
        let path = directory.path();
        fs::create_dir(path.join("src")).unwrap();
        for (i, file) in files("dataset", "lua").iter().enumerate() {
            fs::copy(file, path.join(format!("src/{i}.lua"))).unwrap();
        }
        let source = "local a, b = 1, {}\nfunction b.f(x) print(x, function() return print, x, a, 'k' end) return print, 'k' end\n\
                      function b.g() _ = 'k' return b.f, _, a end\nfunction b.h(...) goto_ = ... return b end\nreturn b\n";
        fs::write(path.join("src/own.lua"), source).unwrap();
        let made = "dataset --stream terse --unit both --strip both --dedup none -f completion -o made.jsonl src --luac";
        let made = run(path, made.split(' ').chain([compiler.as_str()]));
        assert!(made.status.success());
        let made = json_lines(&fs::read(path.join("made.jsonl")).unwrap());
        let rows: Vec<Value> = (0..made.len().min(24) * 2)
            .map(|i| {
                let right = &made[i / 2]["completion"];
                let answer = match i % 11 {
                    2 => made[i / 2 + 1]["completion"].clone(),
                    4 => json!("function f( return end"),
                    5 => json!(format!(
                        "{} end _=function() {}",
                        right.as_str().unwrap(),
                        right.as_str().unwrap()
                    )),
                    7 => json!("function f() goto nowhere end"),
                    8 => json!(null),
                    9 => json!([right, "function f() end", right, "-- nothing"]),
                    10 => json!(format!("```lua\n{}\n```", right.as_str().unwrap())),
                    _ => right.clone(),
                };
                json!({"prompt": made[i / 2]["prompt"], "prediction": answer})
            })
            .collect();
        let score = |rows: &[Value]| {
            write_rows(path, rows);
            let arguments = ["score", "rows.jsonl", "-j", "1", "--luac", &compiler];
            lines(&run(path, arguments))
        };
        let together = score(&rows);
        let identical = together.iter().filter(|line| line["identical"] == true);
        assert!(identical.count() > rows.len() / 4);
        for (i, (row, mut line)) in rows.iter().zip(together).enumerate() {
            line["line"] = json!(1);
            assert_eq!(
                line,
                score(std::slice::from_ref(row))[0],
                "{version}, row {i}: {row}"
            );
        }
    }
}

/// Each of these answers fails to compile, but one after another they would make three right functions.
#[test]
fn answers_that_are_right_only_together_fail() {
    for compiler in ["luac5.2", "luac5.3", "luac5.4"] {
        if !is_there(compiler) {
            continue;
        }
        let directory = tempdir().unwrap();
        let path = directory.path();
        fs::write(path.join("a.lua"), "a = 1").unwrap();
        let made = "dataset --stream terse -f completion --strip never -o made.jsonl a.lua --luac";
        let mut made = command(path, made.split(' ').chain([compiler]));
        assert!(made.status().unwrap().success());
        let made: Value =
            serde_json::from_slice(&fs::read(path.join("made.jsonl")).unwrap()).unwrap();
        let answers = ["a = 1 end _=function(...) a = 1", "a = 1 --[[", "]]"];
        let row = json!({"prompt": made["prompt"], "prediction": answers});
        write_rows(path, &[row]);
        let lines = lines(&run(path, ["score", "rows.jsonl", "--luac", compiler]));
        for sample in lines[0]["samples"].as_array().unwrap() {
            assert_eq!(
                (&sample["compiles"], &sample["same"]),
                (&json!(false), &json!(false))
            );
        }
    }
}

#[test]
fn right_answers_share_runs_of_the_compiler() {
    if !is_there("luac5.3") {
        return;
    }
    let directory = tempdir().unwrap();
    let path = directory.path();
    fs::write(
        path.join("luac.sh"),
        "echo run >> runs; exec luac5.3 \"$@\"",
    )
    .unwrap();
    let sources = (0..64).map(|i| format!("local x = {i} return x, print"));
    let rows = sources.map(|source| json!({"prompt": asked(&source), "prediction": source}));
    write_rows(path, &rows.collect::<Vec<_>>());
    let output = run(path, ["score", "rows.jsonl", "--luac", "sh luac.sh"]);
    assert!(lines(&output).iter().all(|line| line["identical"] == true));
    let runs = fs::read_to_string(path.join("runs"))
        .unwrap()
        .lines()
        .count();
    assert!(runs < 20, "{runs}");
}
