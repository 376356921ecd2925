//! From records to a trained model and its scored answers, as in docs/TRAINERS.md. Needs a python3
//! with torch and TRL; `PYTHON` names another.

use std::env;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::run::{Folder, json_lines, stderr};
use crate::common::fixture;

fn python() -> String {
    env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

fn has(modules: &str) -> bool {
    let import = Command::new(python())
        .args(["-c", &format!("import {modules}")])
        .output();
    let has = import.is_ok_and(|output| output.status.success());
    if !has {
        eprintln!("skipped: {} does not have {modules}", python());
    }
    has
}

/// Runs a command in the directory, with the examples and `luadec-tok` on the path.
fn run(directory: &Folder, program: &str, arguments: &[&str]) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_luadec-tok"));
    let path = env::var_os("PATH").unwrap_or_default();
    let path = [binary.parent().unwrap().to_owned()]
        .into_iter()
        .chain(env::split_paths(&path));
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory.path())
        .env("PATH", env::join_paths(path).unwrap())
        .env(
            "PYTHONPATH",
            env::join_paths([examples(), client()]).unwrap(),
        )
        .env("LUADEC_TOK", binary)
        .env("HF_HUB_OFFLINE", "1")
        .env("HF_HOME", directory.path().join("home"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        stderr(&output)
    );
    output
}

fn examples() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/examples")
}

fn client() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/python")
}

fn example(directory: &Folder, name: &str, arguments: &[&str]) -> Output {
    let script = format!("{}/{name}", examples());
    run(
        directory,
        &python(),
        &[&[script.as_str()], arguments].concat(),
    )
}

/// The tokenizer of the fixtures with the vocabulary, and records.
fn directory() -> Folder {
    let directory = Folder::with(&[("a.lua", b"a = 1\n"), ("b.lua", b"print(\"hello\")\n")]);
    for name in ["tokenizer.json", "tokenizer_config.json"] {
        directory.write(
            &format!("base/{name}"),
            &fixture(&format!("tokenizer/{name}")),
        );
    }
    let command = "vocab --stream terse --add-to base -o tok";
    let arguments: Vec<&str> = command.split(' ').collect();
    run(&directory, env!("CARGO_BIN_EXE_luadec-tok"), &arguments);
    directory.ok("--stream terse --strip always --tokenizer tok -o records.jsonl src");
    directory
}

#[test]
fn a_model_learns_to_decompile() {
    if !has("accelerate, datasets, torch, trl") {
        return;
    }
    let directory = directory();
    let arguments = [
        "tok",
        "records.jsonl",
        "trained",
        "--steps",
        "60",
        "--batch",
        "2",
    ];
    let rate = ["--learning-rate", "1e-2"];
    let said = stderr(&example(
        &directory,
        "sft.py",
        &[&arguments[..], &rate].concat(),
    ));
    assert!(said.contains("2 records; the longest has "), "{said}");
    let arguments = ["trained", "records.jsonl", "--max-new-tokens", "30"];
    let rows = example(&directory, "generate.py", &arguments).stdout;
    directory.write("predictions.jsonl", &rows);
    let scored = run(
        &directory,
        env!("CARGO_BIN_EXE_luadec-tok"),
        &["score", "predictions.jsonl"],
    );
    let scores = json_lines(&scored.stdout);
    assert_eq!(scores.len(), 2);
    for score in scores {
        assert_eq!(score["same"], true, "{score}");
    }
    let arguments = [
        "trained",
        "records.jsonl",
        "better",
        "--answers",
        "2",
        "--steps",
        "1",
    ];
    example(
        &directory,
        "grpo.py",
        &[&arguments[..], &["--max-answer", "16"]].concat(),
    );
    assert!(directory.path().join("better/model.safetensors").exists());
}

/// The examples frame records as `--ids` does, and the reward distinguishes right answers from
/// wrong ones.
#[test]
fn the_examples_frame_records_as_ids_do() {
    if !has("jinja2, transformers") {
        return;
    }
    let directory = directory();
    directory.ok("--stream terse --strip always --tokenizer tok --ids jsonl -o ids.jsonl src");
    let script = "\
import json, framing
from luadec_tok.rewards import same_code
from transformers import AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained('tok')
records, ids = ([json.loads(line) for line in open(name)] for name in ('records.jsonl', 'ids.jsonl'))
for record, row in zip(records, ids, strict=True):
    turns = framing.turns(record)
    prompt = framing.encode(tokenizer, turns['prompt'], True)
    assert row['input_ids'][: len(prompt)] == prompt
    answer = tokenizer.decode(row['input_ids'][len(prompt) :], skip_special_tokens=True)
    assert answer == turns['completion'][0]['content']
    wrong = [{'role': 'assistant', 'content': 'b = {'}]
    print(json.dumps(same_code([turns['prompt']] * 2, [turns['completion'], wrong])))
";
    let output = run(&directory, &python(), &["-c", script]);
    let rewards = json_lines(&output.stdout);
    let wanted: Value = serde_json::json!([1.0, 0.0]);
    assert_eq!(rewards, [wanted.clone(), wanted]);
}
