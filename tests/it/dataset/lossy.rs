//! Records whose ids do not decode to their text.

use serde_json::{Value, json};

use super::run::{Folder, json_lines, stderr};
use crate::common::fixture;

/// Creates the tokenizer of the fixtures with a change and with the vocabulary.
fn directory(change: impl FnOnce(&mut Value)) -> Folder {
    let directory = Folder::new();
    let mut base: Value = serde_json::from_slice(&fixture("tokenizer/tokenizer.json")).unwrap();
    change(&mut base);
    let tokens: Vec<&str> = luadec_tok::stream::vocabulary_of_both().collect();
    let made = luadec_tok::tokenizer::add_vocabulary(base.to_string().as_bytes(), &tokens);
    directory.write("tok/tokenizer.json", made.unwrap().json.as_bytes());
    directory
}

const MAKE: &str = "--strip never --stream terse --tokenizer tok";

#[test]
fn an_answer_that_a_normalizer_changes_is_dropped() {
    let directory = directory(|base| base["normalizer"] = json!({"type": "NFC"}));
    directory.write("src/nfc.lua", "print(\"e\u{301}\")\n".as_bytes());
    directory.write("src/plain.lua", "print(\"é\")\n".as_bytes());
    for form in ["", "--ids jsonl"] {
        let run = directory.run(&format!("{MAKE} {form} -o - src"));
        assert_eq!(json_lines(&run.stdout).len(), 1);
        let said = stderr(&run);
        assert!(
            said.starts_with(
                "luadec-tok: nfc.lua (with debug information): dropped: the tokenizer changes its \
                 text: \"e\\u{301}\\\")\\n\" becomes \"é\\\")\\n\"; --keep-lossy keeps the record\n"
            ),
            "{said}"
        );
        assert!(said.contains("; dropped: 1 lossy; "), "{said}");
        let kept = directory.lines(&format!("{MAKE} {form} --keep-lossy -o - src"));
        assert_eq!(kept.len(), 2);
    }
    assert_eq!(directory.lines("--strip never -o - src").len(), 2);
}

/// The answer spells the letters as numbers, so the normalizer changes only the prompt.
#[test]
fn a_prompt_that_a_normalizer_changes_is_dropped() {
    let directory = directory(|base| base["normalizer"] = json!({"type": "Lowercase"}));
    directory.write("src/a.lua", b"return '\\65\\66'");
    directory.write("src/b.lua", b"return '\\65\\66'  ");
    directory.write("src/c.lua", b"return 1");
    let make = MAKE.replace("never", "always");
    let run = directory.run(&format!("{make} --dedup none -o - src"));
    assert_eq!(json_lines(&run.stdout).len(), 1);
    let said = stderr(&run);
    // Every time, however often the value was seen.
    let dropped = "text: \"AB\\\"\" becomes \"ab\\\"\"; --keep-lossy";
    assert_eq!(said.matches(dropped).count(), 2, "{said}");
}

#[test]
fn a_tokenizer_that_cannot_decode_is_refused() {
    let directory = directory(|base| base["decoder"] = Value::Null);
    directory.write("src/a.lua", b"return 1");
    let run = directory.run(&format!("{MAKE} -o a.jsonl src"));
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(
        stderr(&run),
        "luadec-tok: tok: the tokenizer does not decode its own ids: \"function n\" becomes \
         \"Ġfunction \", so no answer would compile; set the decoder that fits its pre_tokenizer, or use \
         it anyway with --keep-lossy\n"
    );
    assert!(!directory.path().join("a.jsonl").exists());
    assert_eq!(
        directory
            .lines(&format!("{MAKE} --keep-lossy -o - src"))
            .len(),
        1
    );
}

/// As in Llama 2's tokenizer, which decodes to the text nevertheless.
#[test]
fn a_space_that_a_tokenizer_adds_is_no_loss() {
    let directory = directory(|base| {
        base["normalizer"] = json!({"type": "Prepend", "prepend": " "});
    });
    directory.write(
        "src/a.lua",
        "local s = ' é '\nreturn s .. \"x\"\n".as_bytes(),
    );
    assert_eq!(
        directory
            .lines(&format!("{MAKE} --format completion -o - src"))
            .len(),
        1
    );
    assert_eq!(
        directory
            .lines(&format!("{MAKE} --ids jsonl -o - src"))
            .len(),
        1
    );
}

/// Tokens of prompt and answer are counted without an end token if none is known.
#[test]
fn counting_needs_no_end_token() {
    let directory = directory(|_| ());
    directory.write("src/a.lua", b"return 1");
    let count = |arguments: &str| {
        let lines = directory.lines(&format!("{MAKE} --format completion {arguments} -o - src"));
        lines[0]["tokens"].as_u64().unwrap()
    };
    assert_eq!(count("--eos </s>"), count("") + 1);
}

#[test]
fn a_template_determines_what_is_learned() {
    let directory = directory(|_| ());
    directory.write("src/a.lua", b"return 1");
    directory.write("chatml.jinja", luadec_tok::tokenizer::CHATML.as_bytes());
    let ids = |arguments: &str| {
        let line = &directory.lines(&format!("{MAKE} --ids jsonl {arguments} -o - src"))[0];
        let list = |key: &str| line[key].as_array().unwrap().clone();
        (list("input_ids"), list("labels"))
    };
    let (plain, learned) = ids("--eos <|im_end|>");
    let (all, labels) = ids("--eos <|im_end|> --template chatml.jinja");
    // The template's line end is one more id, which is not learned.
    assert_eq!(all.len(), plain.len() + 1);
    assert_eq!(all[..plain.len()], plain);
    assert_eq!(labels[..plain.len()], learned);
    assert_eq!(labels[plain.len()], -100);
}
