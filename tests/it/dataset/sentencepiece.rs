//! Rows of `CODE-*.jsonl.gz`, and a tokenizer that sentencepiece trained and transformers converted.

use std::process::Command;

use serde_json::{Value, json};
use tokenizers::Tokenizer;

use super::add_to::{json_of, said};
use super::run::{Folder, stderr};
use crate::common::{fixtures, json_lines};

/// The tokenizer gets the tokens, keeps its special ones, and gives ids that decode to the records.
#[test]
fn rows_become_ids_of_its_tokens() {
    let directory = Folder::new();
    let base = fixtures().join("sentencepiece");
    let added = said(
        &directory,
        &format!("vocab --stream both --add-to {} -o tok", base.display()),
    );
    // <|im_end|> is its end token already.
    let vocabulary = luadec_tok::stream::vocabulary_of_both().count() - 1;
    assert!(
        added.contains(&format!(": {vocabulary} tokens added\n")),
        "{added}"
    );
    assert!(!added.contains("pad token"), "{added}");
    let tokenizer = Tokenizer::from_file(directory.path().join("tok/tokenizer.json")).unwrap();
    assert_eq!(tokenizer.get_vocab_size(true), 640 + vocabulary);
    let config = json_of(&directory, "tok/tokenizer_config.json");
    assert_eq!(
        (&config["eos_token"], &config["pad_token"]),
        (&json!("<|im_end|>"), &json!("<|TOKEN:pad|>"))
    );

    let rows = base.join("CODE-001.jsonl.gz");
    let make = |options: &str| -> Vec<Value> {
        let output = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
            .current_dir(directory.path())
            .args("dataset --content-key lua --strip never -o - --rows".split(' '))
            .arg(&rows)
            .args(options.split(' '))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let messages = stderr(&output);
        assert!(messages.contains("dropped: 1 syntax"), "{messages}");
        json_lines(&output.stdout)
    };
    for stream in ["full", "terse"] {
        let texts = make(&format!("--stream {stream} --format text"));
        let records = make(&format!("--stream {stream} --tokenizer tok --ids jsonl"));
        let paths: Vec<&Value> = records.iter().map(|record| &record["path"]).collect();
        assert_eq!(paths, ["line 1", "line 2", "line 3"]);
        for (record, text) in records.iter().zip(&texts) {
            assert_eq!(record["meta"], json!({}));
            let ids: Vec<u32> = serde_json::from_value(record["input_ids"].clone()).unwrap();
            assert_eq!(ids.last(), Some(&2));
            let decoded = tokenizer.decode(&ids, false).unwrap();
            assert_eq!(decoded, text["text"].as_str().unwrap().trim_end());
        }
    }
}
