//! `--unit outline` and `--answers`.

use std::process::Command;

use serde_json::{Value, json};

use super::run::{Folder, stderr};
use crate::common::{self, fixture, fixtures, json_lines};

/// Returns a fixture's outlines or answers by the path of their function.
fn examples(name: &str) -> Vec<String> {
    let text = String::from_utf8(fixture(&format!("outlines/{name}"))).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn each_function_has_a_record() {
    let directory = Folder::new();
    directory.write("src/nested.lua", &fixture("outlines/nested.lua"));
    let records = directory.lines("--unit outline --strip both -f completion -o - src");
    let own = records.iter().filter(|record| record["stripped"] == false);
    let stripped = records.iter().filter(|record| record["stripped"] == true);
    for (records, ending) in [
        (own.collect(), ""),
        (stripped.collect::<Vec<_>>(), ".stripped"),
    ] {
        let outlines = examples(&format!("nested{ending}.outlines"));
        let answers = examples("nested.answers");
        assert_eq!((records.len(), outlines.len(), answers.len()), (6, 6, 6));
        for ((record, outline), answer) in records.iter().zip(outlines).zip(answers) {
            let (path, outline) = outline.split_once('\t').unwrap();
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(record["function"], path);
            assert_eq!(record["prompt"], outline);
            assert_eq!(record["completion"], answer["answer"]);
            assert_eq!(record["stream"], "terse");
            assert_eq!(record["chunk"], records[0]["chunk"]);
            let keys: Vec<&str> = record
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            assert_eq!(
                keys,
                [
                    "id",
                    "prompt",
                    "completion",
                    "path",
                    "function",
                    "outline",
                    "chunk",
                    "stripped",
                    "stream",
                    "lua",
                    "sha256",
                    "code",
                    "instructions"
                ]
            );
        }
    }
    // From sha256sum of the outline and of the chunk.
    assert_eq!(records[0]["outline"], "8606d84a604c1c3da86d997163a92579");
    assert_eq!(records[0]["chunk"], "71d54cb277e7b9ee781dbb4f2260d2fb");
    assert_eq!(records[0]["instructions"], 16);
    assert_ne!(records[0]["chunk"], records[1]["chunk"]);
}

/// Every outline that is kept scores `same` with its own answer, in every version whose compiler is
/// installed.
#[cfg(feature = "score")]
#[test]
fn every_outline_scores_the_same_with_its_own_answer() {
    for version in ["5.3", "5.1", "5.2", "5.4", "5.5"] {
        let directory = Folder::new();
        for file in common::files("penlight", "lua")
            .iter()
            .chain(&common::files("", "lua"))
        {
            let name = file.file_name().unwrap().to_str().unwrap();
            directory.write(&format!("src/{name}"), &std::fs::read(file).unwrap());
        }
        let own = format!("lua{}/opcodes.lua", version.replace('.', ""));
        if version != "5.3" {
            directory.write("src/own.lua", &fixture(&own));
        }
        let luac = format!("luac{version}");
        let compiler: &[&str] = match version {
            "5.3" => &[],
            _ if Command::new(&luac).arg("-v").output().is_err() => {
                eprintln!("skipped: there is no {luac}");
                continue;
            }
            _ => &["--luac", &luac],
        };
        for answers in ["canonical", "original"] {
            let made = format!(
                "--unit outline --strip both --dedup none -f completion -o rows.jsonl --report report.json \
                 --answers {answers} src"
            );
            let made = directory.command(&made).args(compiler).output().unwrap();
            assert!(made.status.success(), "{}", stderr(&made));
            let report: Value = serde_json::from_slice(&directory.read("report.json")).unwrap();
            let dropped = &report["dropped_by_reason"];
            assert_eq!(dropped["canonical"], Value::Null, "{version}: {report}");
            assert_eq!(dropped["constants"], Value::Null, "{version}: {report}");
            let score = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
                .args(["score", "rows.jsonl"])
                .args(compiler)
                .current_dir(directory.path())
                .output()
                .unwrap();
            assert!(score.status.success(), "{}", stderr(&score));
            let scores = json_lines(&score.stdout);
            assert!(scores.len() > 250, "only {} rows", scores.len());
            for score in &scores {
                assert_eq!(score["same"], true, "{version}, {answers}: {score}");
            }
        }
    }
}

#[test]
fn original_answers_are_the_author_s_with_holes() {
    let source = "-- a file\nlocal M = {}\nfunction M:run( n ) -- runs\n  return function () return n end\nend\nreturn M\n";
    let directory = Folder::with(&[("a.lua", source.as_bytes())]);
    let answers = |arguments: &str| -> Vec<String> {
        let arguments = format!("--strip never -f completion -o - src {arguments}");
        let records = directory.lines(&arguments);
        let answers = records
            .iter()
            .map(|record| record["completion"].as_str().unwrap());
        answers.map(str::to_owned).collect()
    };
    assert_eq!(
        answers("--unit outline --answers original"),
        [
            "-- a file\nlocal M = {}\nfunction M:run<|Hole|>\nreturn M\n",
            "function(self, n ) -- runs\n  return function <|Hole|>\nend",
            "function() return n end"
        ]
    );
    let canonical_file =
        "local M = {}\nfunction M:run(n)\n\treturn function()\n\t\treturn n\n\tend\nend\nreturn M";
    assert_eq!(answers("--answers canonical"), [canonical_file]);
    assert_eq!(
        answers("--unit both --answers canonical"),
        [
            canonical_file,
            "function(self, n)\n\treturn function()\n\t\treturn n\n\tend\nend",
            "function()\n\treturn n\nend"
        ]
    );
    assert_eq!(answers(""), [source]);
    assert_eq!(answers("--unit function")[1], "function () return n end");
}

/// What a canonical text loses, and what only a whole file has, can change the code.
#[test]
fn answers_that_are_not_proven_are_dropped() {
    let semicolon = "while a do if b then ; break end end\nreturn function() return 1 end\n";
    let globals: String = (2..256).map(|i| format!("a{i} = 1\n")).collect();
    let constants = format!("x = 1\n{globals}local function f() y = 1; x = 1 end\nx = 1\n");
    let directory = Folder::with(&[
        ("constants.lua", constants.as_bytes()),
        ("semicolon.lua", semicolon.as_bytes()),
    ]);
    let output =
        directory.run("--unit outline --strip never --report report.json -o out.jsonl src");
    let said = stderr(&output);
    let (drops, summary) = said.split_at(said.rfind("luadec-tok: ").unwrap());
    assert_eq!(
        drops,
        "luadec-tok: constants.lua, main (with debug information): dropped: the constants of the functions \
         inside it change its code, so its answer by itself does not compile to it\n\
         luadec-tok: semicolon.lua, main (with debug information): dropped: its answer does not compile to \
         its code: main, instruction 2: asked for JMP 0 to 8, found JMP 0 to 7\n"
    );
    assert!(
        summary.starts_with("luadec-tok: 2 files: 2 records, ")
            && summary.contains("; dropped: 1 canonical, 1 constants; "),
        "{summary}"
    );
    let report: Value = serde_json::from_slice(&directory.read("report.json")).unwrap();
    assert_eq!(
        report["dropped_by_reason"],
        json!({"canonical": 1, "constants": 1})
    );
    // The file and the outline lose the semicolon; its function does not have one.
    let both =
        directory.lines("--unit both --strip never --answers canonical -o - src/semicolon.lua");
    assert_eq!(both.len(), 1);
    assert_eq!(both[0]["function"], "main > function 0");
}

#[test]
fn a_string_that_spells_a_token_is_dropped() {
    let directory = Folder::with(&[("a.lua", b"f('\\60|Hole|>')\nreturn function() end")]);
    let output = directory.run("--unit outline --strip never -o out.jsonl src");
    assert!(
        stderr(&output).starts_with(
            "luadec-tok: a.lua, main: dropped: it contains the token <|Hole|> at byte 29\n\
             luadec-tok: 1 file: 1 record, "
        ),
        "{}",
        stderr(&output)
    );
}

#[cfg(unix)]
#[test]
fn a_source_that_is_not_that_of_its_chunk_is_dropped() {
    let directory = Folder::with(&[("a.lua", b"return function()\n\n\nend")]);
    directory.write("double.luac", &fixture("double.luac"));
    directory.write("luac.sh", b"cat double.luac");
    for (unit, records) in [("outline", 0), ("function --stream terse", 1)] {
        let arguments = format!("--unit {unit} --strip never -o out.jsonl src --luac");
        let output = directory
            .command(&arguments)
            .arg("sh luac.sh")
            .output()
            .unwrap();
        let said = stderr(&output);
        let dropped =
            "luadec-tok: a.lua: dropped: its functions are not on the lines of its code\n";
        assert_eq!(said.starts_with(dropped), records == 0, "{said}");
        assert!(
            said.contains(&format!("1 file: {records} record")),
            "{said}"
        );
    }
}

#[test]
fn equal_functions_have_one_record() {
    let a =
        b"local function f(x) return x + 1 end\nlocal function g()\n  return f(2)\nend\nreturn g";
    let b = b"local M = {}\nfunction M.add(n)\n  -- adds\n  return n + 1\nend\nreturn M";
    let directory = Folder::with(&[("a.lua", a), ("b.lua", b)]);
    let paths = |arguments: &str| -> Vec<String> {
        let arguments = format!("--unit outline --strip always -o - src {arguments}");
        let records = directory.lines(&arguments);
        let places = records.iter().map(|record| {
            let key = |key: &str| record[key].as_str().unwrap().to_owned();
            format!("{}, {}", key("path"), key("function"))
        });
        places.collect()
    };
    let all = [
        "a.lua, main",
        "a.lua, main > function 0",
        "a.lua, main > function 1",
        "b.lua, main",
    ];
    assert_eq!(paths(""), all);
    assert_eq!(paths("--dedup none").len(), 5);
}

#[test]
fn threads_do_not_change_the_records() {
    let directory = Folder::new();
    for file in common::files("penlight", "lua") {
        let name = file.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read(&file).unwrap();
        directory.write(&format!("src/{name}"), &text);
        directory.write(&format!("src/copy/{name}"), &text);
    }
    let one = directory.ok("--unit outline --jobs 1 -o - src");
    assert!(one.len() > 100_000);
    assert_eq!(directory.ok("--unit outline --jobs 4 -o - src"), one);
}

#[test]
fn outlines_are_terse() {
    let directory = Folder::with(&[("a.lua", b"return 1")]);
    let output = directory.run("--unit outline --stream full -o out.jsonl src");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "luadec-tok: outlines have no full stream; leave --stream out\n"
    );
    let said = directory.ok("--unit outline --stream terse --strip never -o - src");
    assert_eq!(said, directory.ok("--unit outline --strip never -o - src"));
}

/// Only records of outlines need the tokens of outlines.
#[test]
fn a_tokenizer_needs_the_tokens_of_outlines() {
    let directory = Folder::with(&[("a.lua", b"return function() return x end")]);
    let tokenizer = std::fs::read(fixtures().join("tokenizer/tokenizer.json")).unwrap();
    let added = luadec_tok::tokenizer::add_vocabulary(
        &tokenizer,
        &luadec_tok::stream::vocabulary_of_both().collect::<Vec<_>>(),
    );
    let json = added.unwrap().json;
    directory.write("with.json", json.as_bytes());
    let mut json: Value = serde_json::from_str(&json).unwrap();
    let tokens = json["added_tokens"].as_array_mut().unwrap();
    tokens.retain(|token| token["content"] != "<|Hole|>");
    directory.write("without.json", json.to_string().as_bytes());
    let run = |arguments: &str| directory.run(&format!("--strip never -o - src {arguments}"));
    let output = run("--unit outline --tokenizer without.json");
    assert!(
        stderr(&output)
            .starts_with("luadec-tok: without.json: lacks tokens of outlines: <|Hole|>; "),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        run("--stream terse --tokenizer without.json")
            .status
            .success()
    );
    let counted = run("--unit outline --tokenizer with.json --ids jsonl");
    assert!(counted.status.success(), "{}", stderr(&counted));
    let records = json_lines(&counted.stdout);
    assert_eq!(records.len(), 2);
    let ids = records[0]["input_ids"].as_array().unwrap();
    assert_eq!(records[0]["tokens"], ids.len());
}

/// A vararg function of Lua 5.1 has a variable `arg`, which is not what an answer means by it.
#[test]
fn a_global_arg_is_proven_with_others() {
    if Command::new("luac5.1").arg("-v").output().is_err() {
        eprintln!("skipped: there is no luac5.1");
        return;
    }
    let source =
        b"local function f() return arg end\nlocal function g(...) return f(arg) end\nreturn g";
    let directory = Folder::with(&[("a.lua", source)]);
    for unit in ["outline", "function --stream terse"] {
        let records = directory.lines(&format!(
            "--unit {unit} --answers canonical --strip both --luac luac5.1 -o - src"
        ));
        assert_eq!(records.len(), if unit == "outline" { 6 } else { 4 });
    }
}
