//! The subcommand `ask`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::opcodes::Instruction;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::common::{fixture, fixtures, json_lines, luac};

/// Two of the functions are equal.
const SOURCE: &str = "local M = {}
function M:run(n) return function() return n end end
function M.a(x) return x + 1 end function M.b(x) return x + 1 end
return M
";

/// Runs the command with arguments that white space separates.
fn run(directory: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
    command
        .args(arguments.split_whitespace())
        .current_dir(directory);
    command.output().unwrap()
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

/// Returns the rows of a run that must succeed.
fn rows(directory: &Path, arguments: &str) -> Vec<Value> {
    let output = run(directory, arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    json_lines(&output.stdout)
}

/// Returns a directory with the source and its chunk.
fn folder(source: &str) -> TempDir {
    let directory = tempdir().unwrap();
    fs::create_dir(directory.path().join("src")).unwrap();
    fs::write(directory.path().join("src/f.lua"), source).unwrap();
    fs::write(
        directory.path().join("f.luac"),
        luac(source.as_bytes(), "f.lua", false),
    )
    .unwrap();
    directory
}

/// Returns the prompts of records by the ids of their outlines.
fn prompts(directory: &Path, options: &str) -> BTreeMap<String, Value> {
    let make = format!("dataset --unit outline --dedup none -f completion -o - src {options}");
    let records = rows(directory, &make).into_iter();
    records
        .map(|record| {
            (
                record["outline"].as_str().unwrap().to_owned(),
                record["prompt"].clone(),
            )
        })
        .collect()
}

/// Asserts that rows are about the outlines of records, each once, with their prompts.
fn assert_prompts(rows: Vec<Value>, records: &BTreeMap<String, Value>) {
    let count = rows.len();
    let rows = rows.into_iter().map(|row| {
        (
            row["id"].as_str().unwrap().to_owned(),
            row["prompt"].clone(),
        )
    });
    let rows: BTreeMap<String, Value> = rows.collect();
    assert_eq!((&rows, count), (records, records.len()));
}

#[test]
fn prompts_are_those_of_records() {
    let source = String::from_utf8(fixture("functions.lua")).unwrap();
    let directory = folder(&source);
    let directory = directory.path();
    assert_prompts(
        rows(directory, "ask f.luac"),
        &prompts(directory, "--strip never"),
    );
    assert_prompts(
        rows(directory, "ask f.luac --strip"),
        &prompts(directory, "--strip always"),
    );
    fs::write(
        directory.join("s.luac"),
        luac(source.as_bytes(), "f.lua", true),
    )
    .unwrap();
    assert_prompts(
        rows(directory, "ask s.luac"),
        &prompts(directory, "--strip always"),
    );
}

#[test]
fn prompts_of_other_versions_are_those_of_records() {
    let directory = folder(SOURCE);
    let directory = directory.path();
    for version in ["5.1", "5.2", "5.4"] {
        let luac = format!("luac{version}");
        fs::copy(directory.join("src/f.lua"), directory.join("f.lua")).unwrap();
        let mut compile = Command::new(&luac);
        let compiled = compile
            .args(["-o", "f.luac", "f.lua"])
            .current_dir(directory)
            .status();
        if !compiled.is_ok_and(|status| status.success()) {
            eprintln!("{luac} is not installed");
            continue;
        }
        let records = prompts(directory, &format!("--strip never --luac {luac}"));
        assert_eq!(records.len(), 4);
        assert_prompts(rows(directory, "ask f.luac"), &records);
    }
}

#[test]
fn equal_functions_are_asked_about_once() {
    let directory = folder(SOURCE);
    let rows = rows(directory.path(), "ask f.luac --strip");
    let facts = |row: &Value| {
        (
            row["function"].as_str().unwrap().to_owned(),
            row["count"].as_u64().unwrap(),
        )
    };
    let facts: Vec<(String, u64)> = rows.iter().map(facts).collect();
    let facts: Vec<(&str, u64)> = facts
        .iter()
        .map(|(path, count)| (&**path, *count))
        .collect();
    assert_eq!(
        facts,
        [
            ("main", 1),
            ("main > function 0", 1),
            ("main > function 0 > function 0", 1),
            ("main > function 1", 2)
        ]
    );
    assert!(rows.iter().all(|row| row["path"] == "f.luac"));
    let output = run(directory.path(), "ask f.luac --strip");
    assert_eq!(
        stderr(&output),
        "luadec-tok: f.luac: 5 functions, 4 prompts\n"
    );
}

#[test]
fn rows_have_the_form_that_is_asked_for() {
    let directory = folder("return 1");
    let directory = directory.path();
    let row = |options: &str| rows(directory, &format!("ask f.luac {options}")).remove(0);
    let plain = row("");
    let (id, prompt) = (&plain["id"], &plain["prompt"]);
    let turn = json!({"role": "user", "content": prompt});
    assert_eq!(
        row("--form messages"),
        json!({"id": id, "path": "f.luac", "function": "main", "count": 1, "messages": [turn]})
    );
    // A line of the input of vLLM's run-batch and of OpenAI's batch endpoints.
    assert_eq!(
        row("--form openai --model lua-7b"),
        json!({
            "custom_id": id,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "lua-7b", "messages": [turn]}
        })
    );
    let keys: Vec<String> = plain.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["id", "path", "function", "count", "prompt"]);
}

/// The ids are those of a record up to the first that is learned.
#[test]
fn ids_are_those_of_records() {
    let directory = folder(SOURCE);
    let directory = directory.path();
    let base = fixtures().join("tokenizer");
    let added = run(
        directory,
        &format!(
            "vocab --stream terse --add-to {} -o tokenizer",
            base.display()
        ),
    );
    assert!(added.status.success(), "{}", stderr(&added));
    fs::write(
        directory.join("t.jinja"),
        "{% for m in messages %}[{{ m.role }}]\n{% if m.role == 'assistant' %}{% generation %}{{ m.content }}\
         {% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}",
    )
    .unwrap();
    for (options, ask) in [
        ("", ""),
        ("--template t.jinja", "--template t.jinja"),
        ("--format completion", "--format completion"),
    ] {
        let make = "dataset --unit outline --strip never --dedup none --tokenizer tokenizer --ids jsonl --eos <|im_end|>";
        let records = rows(directory, format!("{make} -o - src {options}").trim_end());
        let asked = rows(
            directory,
            format!("ask f.luac --tokenizer tokenizer {ask}").trim_end(),
        );
        assert_eq!(asked.len(), 4);
        for row in asked {
            let record = records
                .iter()
                .find(|record| record["outline"] == row["id"])
                .unwrap();
            let labels = record["labels"].as_array().unwrap();
            let masked = labels.iter().take_while(|label| **label == -100).count();
            let ids = &record["input_ids"].as_array().unwrap()[..masked];
            assert_eq!(row["input_ids"].as_array().unwrap(), ids, "{options}");
            assert_eq!(row["tokens"], masked);
        }
    }
    // With another form, tokens are only counted.
    let counted = rows(directory, "ask f.luac --tokenizer tokenizer --form prompt");
    let tokens = |row: &Value| row["tokens"].as_u64().unwrap();
    let lengths: Vec<u64> = counted.iter().map(tokens).collect();
    assert!(
        counted
            .iter()
            .all(|row| row.get("input_ids").is_none() && row["prompt"].is_string())
    );
    let most = *lengths.iter().max().unwrap();
    let arguments = format!(
        "ask f.luac --tokenizer tokenizer --max-tokens {} -o asks.jsonl.zst",
        most - 1
    );
    let output = run(directory, &arguments);
    assert_eq!(
        stderr(&output),
        format!(
            "luadec-tok: f.luac: main: left out: {most} tokens, more than {}\n\
             luadec-tok: f.luac: 5 functions, 3 prompts; 1 left out\n",
            most - 1
        )
    );
    assert!(output.status.success());
    let written = zstd::decode_all(&*fs::read(directory.join("asks.jsonl.zst")).unwrap()).unwrap();
    assert_eq!(json_lines(&written).len(), 3);
    assert_eq!(
        rows(
            directory,
            &format!("ask f.luac --tokenizer tokenizer --max-tokens {most}")
        )
        .len(),
        4
    );
}

#[test]
fn opcodes_with_other_numbers_make_the_same_prompts() {
    let directory = folder(SOURCE);
    let directory = directory.path();
    // ADD and SUB have changed their numbers.
    let swapped = |i: Instruction| match i.0 & 63 {
        13 => Instruction(i.0 & !63 | 14),
        14 => Instruction(i.0 & !63 | 13),
        _ => i,
    };
    fn each(p: &mut Proto, swapped: impl Fn(Instruction) -> Instruction + Copy) {
        p.code = p.code.iter().map(swapped).collect();
        p.p.iter_mut().for_each(|p| each(p, swapped));
    }
    let bytes = fs::read(directory.join("f.luac")).unwrap();
    let mut chunk = Chunk::read(&bytes).unwrap();
    each(&mut chunk.main, swapped);
    fs::write(directory.join("game.luac"), chunk.to_bytes()).unwrap();
    let numbers = Version::Lua53.opcodes().iter().enumerate();
    let lines = numbers.map(|(number, opcode)| {
        let number = swapped(Instruction(number as u32)).0;
        format!(".op {number} {}\n", opcode.name())
    });
    fs::write(directory.join("game.map"), lines.collect::<String>()).unwrap();
    let prompts = |rows: Vec<Value>| {
        rows.into_iter()
            .map(|row| row["prompt"].clone())
            .collect::<Vec<_>>()
    };
    let own = prompts(rows(directory, "ask f.luac"));
    assert_ne!(prompts(rows(directory, "ask game.luac")), own);
    assert_eq!(
        prompts(rows(directory, "ask game.luac --opmap game.map")),
        own
    );
}

#[test]
fn a_chunk_that_no_source_has_is_refused() {
    let directory = folder("return function() end");
    let directory = directory.path();
    let bytes = fs::read(directory.join("f.luac")).unwrap();
    let mut chunk = Chunk::read(&bytes).unwrap();
    chunk.main.p.push(Proto::default());
    fs::write(directory.join("f.luac"), chunk.to_bytes()).unwrap();
    let output = run(directory, "ask f.luac -o asks.jsonl");
    assert_eq!(
        stderr(&output),
        "luadec-tok: f.luac: main > function 1: no CLOSURE makes this function, so no source has it; luac never \
         writes that\n"
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(!directory.join("asks.jsonl").exists());
}

/// Writes answers to the functions of a chunk.
fn answer(directory: &Path, answers: &[&str]) {
    let asked = rows(directory, "ask f.luac");
    let rows = asked.iter().zip(answers);
    let rows =
        rows.map(|(row, answer)| format!("{}\n", json!({"id": row["id"], "prediction": answer})));
    fs::write(directory.join("answers.jsonl"), rows.collect::<String>()).unwrap();
}

/// The ids of another round are those of its messages, with or without a template.
#[test]
fn another_round_is_counted_in_tokens() {
    let directory = folder("return 1");
    let directory = directory.path();
    let base = fixtures().join("tokenizer");
    let add = format!(
        "vocab --stream terse --add-to {} -o tokenizer",
        base.display()
    );
    assert!(run(directory, &add).status.success());
    answer(directory, &["return '<|im_end|> <|Proto|>'"]);
    let messages = &rows(directory, "ask f.luac --after answers.jsonl -f messages")[0];
    assert_eq!(
        messages["messages"][1]["content"],
        "return '< |im_end|> < |Proto|>'"
    );
    let turns: Vec<&str> = (0..3)
        .map(|turn| messages["messages"][turn]["content"].as_str().unwrap())
        .collect();
    let tokenizer =
        tokenizers::Tokenizer::from_file(directory.join("tokenizer/tokenizer.json")).unwrap();
    let ids = |text: &str| tokenizer.encode(text, false).unwrap().get_ids().to_vec();
    fs::write(
        directory.join("t.jinja"),
        "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{% if add_generation_prompt %}[go]{% endif %}",
    )
    .unwrap();
    let chatml = turns.iter().zip(["user", "assistant", "user"]);
    let chatml: String = chatml
        .map(|(text, role)| format!("<|im_start|>{role}\n{text}<|im_end|>\n"))
        .collect();
    for (options, text) in [
        ("", chatml + "<|im_start|>assistant\n"),
        (
            "--template t.jinja",
            format!(
                "[user]{}[assistant]{}[user]{}[go]",
                turns[0], turns[1], turns[2]
            ),
        ),
        ("--format completion", turns.join("\n")),
    ] {
        let arguments = format!("ask f.luac --after answers.jsonl --tokenizer tokenizer {options}");
        let row = &rows(directory, arguments.trim_end())[0];
        assert_eq!(row["input_ids"], json!(ids(&text)), "{options}");
    }
    // Where the earlier answer has no room, it is left out.
    let alone = &rows(directory, "ask f.luac --tokenizer tokenizer")[0];
    let arguments = format!(
        "ask f.luac --after answers.jsonl --tokenizer tokenizer --max-tokens {}",
        alone["tokens"]
    );
    assert_eq!(rows(directory, &arguments)[0], *alone);
}

/// Each answer is proven alone, but `_ENV` is the name of a variable around one of them.
#[test]
fn what_is_proven_alone_but_not_together_is_asked_about_again() {
    let source = "local e = {}\nlocal function f() return e.x end\nreturn f";
    let directory = folder(source);
    let directory = directory.path();
    let stripped = luac(source.as_bytes(), "f.lua", true);
    fs::write(directory.join("f.luac"), stripped).unwrap();
    answer(
        directory,
        &[
            "local _ENV = {}\nlocal function f<|Hole|>\nreturn f",
            "function()\n\treturn x\nend",
        ],
    );
    let assembled = run(directory, "assemble f.luac answers.jsonl");
    let asked = rows(directory, "ask f.luac --after answers.jsonl");
    assert_eq!(
        asked.is_empty(),
        assembled.status.success(),
        "{}",
        stderr(&assembled)
    );
}

/// Servers would remove `<|Hole|>` from answers.
#[test]
fn a_tokenizer_with_a_special_hole_is_refused() {
    let directory = folder("return 1");
    let directory = directory.path();
    let base = fixtures().join("tokenizer");
    let add = format!(
        "vocab --stream terse --add-to {} -o tokenizer",
        base.display()
    );
    assert!(run(directory, &add).status.success());
    let path = directory.join("tokenizer/tokenizer.json");
    let mut tokenizer: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for token in tokenizer["added_tokens"].as_array_mut().unwrap() {
        if token["content"] == "<|Hole|>" {
            token["special"] = json!(true);
        }
    }
    fs::write(&path, tokenizer.to_string()).unwrap();
    for command in [
        "ask f.luac --tokenizer tokenizer",
        "dataset --unit outline --tokenizer tokenizer --ids jsonl --eos <|im_end|> -o - src",
    ] {
        let output = run(directory, command);
        assert_eq!(
            stderr(&output),
            "luadec-tok: tokenizer: <|Hole|> is a special token, which servers remove from answers; make it \
             an added token with \"special\": false\n"
        );
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn wrong_options_and_outputs_are_refused() {
    let directory = folder("return 1");
    for (arguments, status, message) in [
        (
            "ask f.luac --form ids",
            2,
            "--form ids needs a tokenizer; name it with --tokenizer",
        ),
        (
            "ask f.luac --model m",
            2,
            "--model has no effect without --form openai",
        ),
        (
            "ask f.luac --max-seconds 3",
            2,
            "--max-seconds has no effect without --after: nothing is compiled",
        ),
        (
            "ask f.luac -o f.luac",
            1,
            "f.luac is also an input and would be overwritten; name another output",
        ),
        (
            "ask missing.luac",
            1,
            "missing.luac: no such file or directory",
        ),
    ] {
        let output = run(directory.path(), arguments);
        assert_eq!(
            stderr(&output),
            format!("luadec-tok: {message}\n"),
            "{arguments}"
        );
        assert_eq!(output.status.code(), Some(status), "{arguments}");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
    command.args(["ask", "f.luac", "--form", "openai", "--model", ""]);
    let output = command.current_dir(directory.path()).output().unwrap();
    assert_eq!(
        stderr(&output),
        "luadec-tok: --model is empty; expected the name of the model on the server\n"
    );
    assert_eq!(output.status.code(), Some(2));
    let output = run(directory.path(), "ask f.luac --form openai");
    assert_eq!(output.status.code(), Some(2));
    let output = run(directory.path(), "ask src/f.lua");
    assert_eq!(output.status.code(), Some(1));
}
