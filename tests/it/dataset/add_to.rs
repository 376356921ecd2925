//! `luadec-tok vocab --add-to`.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

use luadec_tok::stream::Language;
use serde_json::{Value, json};

use super::run::{Folder, stderr};
use crate::common::{fixture, kinds};

/// Runs the command in the directory with these arguments, separated by spaces.
pub fn run(directory: &Folder, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
    let arguments = arguments.split_whitespace();
    command.current_dir(directory.path()).args(arguments);
    command.output().unwrap()
}

/// Runs what must succeed and returns its messages.
pub fn said(directory: &Folder, arguments: &str) -> String {
    let run = run(directory, arguments);
    assert!(run.status.success(), "{}", stderr(&run));
    stderr(&run)
}

/// Runs what must fail and returns its messages.
pub fn refused(directory: &Folder, arguments: &str, status: i32) -> String {
    let run = run(directory, arguments);
    assert_eq!(run.status.code(), Some(status), "{}", stderr(&run));
    stderr(&run)
}

pub fn json_of(directory: &Folder, name: &str) -> Value {
    serde_json::from_slice(&directory.read(name)).unwrap()
}

/// The tokenizer of the fixtures.
fn base() -> Value {
    serde_json::from_slice(&fixture("tokenizer/tokenizer.json")).unwrap()
}

fn write(directory: &Folder, name: &str, value: &Value) {
    directory.write(name, value.to_string().as_bytes());
}

fn token(id: u32, content: &str, special: bool) -> Value {
    json!({
        "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
        "normalized": false, "special": special,
    })
}

/// Creates a tokenizer like one for an older vocabulary: with some of the tokens, bytes as special
/// tokens, and files beside it that list them.
fn older() -> Folder {
    let directory = Folder::new();
    let bytes = (0..=255).map(|byte| format!("\\x{byte:02X}"));
    let tokens: Vec<String> = ["<unk>".to_owned(), "<|Proto|>".to_owned()]
        .into_iter()
        .chain(bytes)
        .collect();
    let mut tokenizer = base();
    tokenizer["model"]["unk_token"] = json!("<unk>");
    tokenizer["model"]["vocab"]["<unk>"] = json!(400);
    let added = tokenizer["added_tokens"].as_array_mut().unwrap();
    let mut ids = serde_json::Map::new();
    let mut decoder = serde_json::Map::new();
    for (id, name) in (401..).zip(&tokens) {
        added.push(token(id, name, true));
        ids.insert(name.clone(), json!(id));
        let mut entry = token(id, name, true);
        entry.as_object_mut().unwrap().shift_remove("id");
        decoder.insert(id.to_string(), entry);
    }
    write(&directory, "tok/tokenizer.json", &tokenizer);
    write(&directory, "tok/added_tokens.json", &json!(ids));
    write(
        &directory,
        "tok/tokenizer_config.json",
        &json!({
            "tokenizer_class": "LlamaTokenizer", "unk_token": "<unk>", "bos_token": "<s>",
            "added_tokens_decoder": decoder, "additional_special_tokens": tokens,
            "auto_map": {"AutoTokenizer": ["own.Tokenizer", null]},
        }),
    );
    write(
        &directory,
        "tok/special_tokens_map.json",
        &json!({"unk_token": "<unk>", "additional_special_tokens": tokens}),
    );
    directory.write("tok/vocab.json", b"{}");
    directory.write("tok/model.safetensors", b"weights");
    directory
}

#[test]
fn all_files_of_a_directory_agree() {
    let directory = older();
    let said = said(&directory, "vocab --stream both --add-to tok -o new/out");
    assert_eq!(said.lines().count(), 4, "{said}");
    assert!(
        said.ends_with(
            "luadec-tok: tok: had no chat template; now it has ChatML and the end token <|im_end|>\n\
             luadec-tok: tok: had no pad token; now it is <|pad|>\n\
             luadec-tok: tok: 256 of the bytes \\x00 to \\xFF are special tokens, which \
             skip_special_tokens, vLLM's default, removes from answers; decode without it\n"
        ),
        "{said}"
    );
    let names = [
        "added_tokens.json",
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.json",
    ];
    assert_eq!(directory.names_in("new/out"), names);

    let tokenizer = json_of(&directory, "new/out/tokenizer.json");
    let loaded = tokenizers::Tokenizer::from_file(directory.path().join("new/out/tokenizer.json"));
    let loaded = loaded.unwrap();
    let config = json_of(&directory, "new/out/tokenizer_config.json");
    let added = json_of(&directory, "new/out/added_tokens.json");
    let listed = tokenizer["added_tokens"].as_array().unwrap();
    assert_eq!(
        config["added_tokens_decoder"].as_object().unwrap().len(),
        listed.len()
    );
    let mut ids = BTreeSet::new();
    for entry in listed {
        let content = entry["content"].as_str().unwrap();
        let id = loaded.token_to_id(content).unwrap();
        assert_eq!(entry["id"], id, "{content}");
        assert!(ids.insert(id), "{content}");
        let encoded = loaded.encode(content, false).unwrap();
        assert_eq!(encoded.get_ids(), [id]);
        let decoder = &config["added_tokens_decoder"][id.to_string()];
        for (key, value) in decoder.as_object().unwrap() {
            assert_eq!(*value, entry[key], "{content}");
        }
        assert_eq!(decoder["content"], content);
        match content {
            "</s>" | "<unk>" => assert!(added[content].is_null()),
            _ => assert_eq!(added[content], id, "{content}"),
        }
    }
    for token in Language::Full
        .vocabulary()
        .chain(Language::Terse.vocabulary())
    {
        assert!(ids.contains(&loaded.token_to_id(token).unwrap()), "{token}");
    }
    assert_eq!(config["tokenizer_class"], "PreTrainedTokenizerFast");
    assert_eq!(config["eos_token"], "<|im_end|>");
    assert_eq!(config["pad_token"], "<|pad|>");
    // transformers would add the tokens that the configuration names after the others.
    assert!(loaded.token_to_id("<s>").is_some());
    assert!(config["auto_map"].is_null());
    assert!(
        config["chat_template"]
            .as_str()
            .unwrap()
            .contains("{%- generation %}")
    );
    let special = json_of(&directory, "new/out/special_tokens_map.json");
    assert_eq!(special["eos_token"], "<|im_end|>");
    assert_eq!(special["pad_token"], "<|pad|>");

    directory.write("a.lua", b"return 1");
    directory.ok("--tokenizer new/out --ids jsonl -o a.jsonl a.lua");
}

#[test]
fn a_directory_is_updated_in_place() {
    let directory = older();
    said(&directory, "vocab --stream both --add-to tok -o elsewhere");
    said(&directory, "vocab --stream both --add-to tok -o ./tok/");
    for (name, bytes) in directory.files("elsewhere") {
        assert!(directory.read(&format!("tok/{name}")) == bytes, "{name}");
    }
    assert_eq!(directory.read("tok/model.safetensors"), b"weights");
    let before = directory.files("tok");
    let again = said(&directory, "vocab --stream both --add-to tok -o tok");
    assert!(
        again.starts_with("luadec-tok: tok: 0 tokens added\nluadec-tok: tok: 256 of"),
        "{again}"
    );
    assert!(directory.files("tok") == before);
}

#[test]
fn a_template_an_end_token_and_a_pad_token_stay() {
    for place in [
        "tokenizer_config.json",
        "chat_template.jinja",
        "additional_chat_templates/a.jinja",
    ] {
        let directory = Folder::new();
        let mut tokenizer = base();
        let added = tokenizer["added_tokens"].as_array_mut().unwrap();
        added.push(token(401, "<|right_pad_id|>", true));
        write(&directory, "tok/tokenizer.json", &tokenizer);
        let mut config = json!({"eos_token": {"__type": "AddedToken", "content": "</s>"}});
        match place {
            "tokenizer_config.json" => config["chat_template"] = json!("{{ own }}"),
            other => directory.write(&format!("tok/{other}"), b"{{ own }}"),
        }
        write(&directory, "tok/tokenizer_config.json", &config);
        let found = said(&directory, "vocab --add-to tok -o out");
        assert_eq!(
            found,
            "luadec-tok: tok: 4753 tokens added\n\
             luadec-tok: tok: had no pad token; now it is <|right_pad_id|>\n"
        );
        let found = json_of(&directory, "out/tokenizer_config.json");
        assert_eq!(found["eos_token"], config["eos_token"]);
        assert_eq!(found["chat_template"], config["chat_template"]);
        assert_eq!(found["pad_token"], "<|right_pad_id|>");
        if place != "tokenizer_config.json" {
            assert_eq!(directory.read(&format!("out/{place}")), b"{{ own }}");
        }
    }
}

/// The tokens of `special_tokens_map.json` are used if no configuration lists the added tokens.
#[test]
fn the_special_tokens_of_older_files_are_taken_over() {
    let directory = Folder::new();
    write(&directory, "tok/tokenizer.json", &base());
    write(
        &directory,
        "tok/tokenizer_config.json",
        &json!({"chat_template": "{{ own }}", "eos_token": "a"}),
    );
    let special = json!({"eos_token": {"content": "</s>", "lstrip": false}, "pad_token": "</s>"});
    write(&directory, "tok/special_tokens_map.json", &special);
    assert_eq!(
        said(&directory, "vocab --add-to tok -o out"),
        "luadec-tok: tok: 4753 tokens added\n"
    );
    let config = json_of(&directory, "out/tokenizer_config.json");
    assert_eq!(
        [&config["eos_token"], &config["pad_token"]],
        ["</s>", "</s>"]
    );
}

#[test]
fn mismatched_names_are_refused() {
    let directory = Folder::new();
    write(&directory, "tok/tokenizer.json", &base());
    let refused = |arguments: &str, status| refused(&directory, arguments, status);
    let missing = "luadec-tok: --add-to names a directory; name another with -o, or the same one to \
                   update it in place\n";
    assert_eq!(refused("vocab --add-to tok", 2), missing);
    assert_eq!(refused("vocab --add-to tok -o -", 2), missing);
    assert_eq!(
        refused("vocab --add-to tok -o full.JSON", 2),
        "luadec-tok: -o full.JSON is the name of a file, but --add-to names a directory; name two \
         files or two directories\n"
    );
    assert_eq!(
        refused("vocab --add-to tok/tokenizer.json -o tok", 2),
        "luadec-tok: -o tok is a directory, but --add-to names a file; name two files or two \
         directories\n"
    );
    directory.write("empty/config.json", b"{}");
    assert_eq!(
        refused("vocab --add-to empty -o out", 1),
        "luadec-tok: empty: no tokenizer.json in this directory; in Python, \
         AutoTokenizer.from_pretrained(…).save_pretrained(…) writes one\n"
    );
    directory.write("other/vocab.txt", b"other");
    assert_eq!(
        refused("vocab --add-to tok -o other", 1),
        "luadec-tok: other/vocab.txt: this file belongs to another tokenizer; name a new directory with -o\n"
    );
    // Nothing is written if a file cannot be read.
    directory.write("tok/tokenizer_config.json", b"[]");
    assert_eq!(
        refused("vocab --add-to tok -o out", 1),
        "luadec-tok: tok: tokenizer_config.json is not a JSON object; correct or remove it\n"
    );
    directory.write("tok/tokenizer_config.json", b"{}");
    directory.write("tok/tokenizer.json", b"[]");
    let said = refused("vocab --add-to tok -o out", 1);
    assert!(
        said.starts_with("luadec-tok: tok: not a tokenizer.json: "),
        "{said}"
    );
    assert_eq!(directory.names(), ["empty", "other", "tok"]);
}

#[cfg(unix)]
#[test]
fn a_file_is_not_replaced_through_a_link() {
    let directory = Folder::new();
    write(&directory, "blob", &base());
    fs::create_dir(directory.path().join("tok")).unwrap();
    std::os::unix::fs::symlink("../blob", directory.path().join("tok/tokenizer.json")).unwrap();
    assert_eq!(
        refused(&directory, "vocab --add-to tok -o tok", 1),
        "luadec-tok: tok/tokenizer.json: this is a link, as in the cache of the Hugging Face Hub; name another \
         directory with -o\n"
    );
    fs::create_dir(directory.path().join("out")).unwrap();
    fs::hard_link(
        directory.path().join("blob"),
        directory.path().join("out/tokenizer.json"),
    )
    .unwrap();
    assert_eq!(
        refused(&directory, "vocab --add-to tok -o out", 1),
        "luadec-tok: out/tokenizer.json is also an input and would be overwritten; name another output\n"
    );
    said(&directory, "vocab --add-to tok -o new");
    assert_eq!(directory.read("blob"), base().to_string().as_bytes());
}

/// Returns the warnings about a base tokenizer with a change, and the result.
fn hazard(change: impl FnOnce(&mut Value)) -> (String, tokenizers::Tokenizer) {
    let directory = Folder::new();
    let mut tokenizer = base();
    change(&mut tokenizer);
    write(&directory, "base.json", &tokenizer);
    let said = said(&directory, "vocab --add-to base.json -o out.json");
    let said = said
        .strip_prefix("luadec-tok: base.json: 4753 tokens added\n")
        .unwrap()
        .to_owned();
    let made = tokenizers::Tokenizer::from_file(directory.path().join("out.json")).unwrap();
    (said.replace("luadec-tok: base.json: ", ""), made)
}

#[test]
fn hazards_are_reported() {
    assert_eq!(hazard(|_| ()).0, "");
    assert_eq!(
        hazard(|base| base["decoder"] = Value::Null).0,
        "its decoder is null, so decoded text has spaces inside names and no answer compiles; set the \
         decoder that fits its pre_tokenizer, such as ByteLevel for ByteLevel\n"
    );
    assert_eq!(
        hazard(|base| {
            let added = base["added_tokens"].as_array_mut().unwrap();
            added.push(token(400, "<|Hole|>", true));
        })
        .0,
        "<|Hole|> is a special token, which skip_special_tokens, vLLM's default, removes from answers to \
         outlines; decode without it\n"
    );
    let bos = json!({
        "type": "TemplateProcessing", "special_tokens": {"</s>": {"id": "</s>", "ids": [0], "tokens": ["</s>"]}},
        "single": [{"SpecialToken": {"id": "</s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
    });
    assert_eq!(
        hazard(|base| base["post_processor"] = bos).0,
        "its post-processor adds </s> to every text, but --ids does not; encode prompts with \
         add_special_tokens=False\n"
    );
    for (normalizer, text, normalized) in [
        (json!({"type": "NFC"}), "e\u{301}", "é"),
        (json!({"type": "NFKC"}), "e\u{301}", "é"),
        (json!({"type": "NFD"}), "é", "e\u{301}"),
        (json!({"type": "Lowercase"}), "A", "a"),
        (json!({"type": "StripAccents"}), "e\u{301}", "e"),
        (
            json!({"type": "Strip", "strip_left": true, "strip_right": true}),
            " a ",
            "a",
        ),
    ] {
        let name = normalizer["type"].as_str().unwrap().to_owned();
        let all = json!({"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
            normalizer,
        ]});
        for normalizer in [normalizer, all] {
            assert_eq!(
                hazard(|base| base["normalizer"] = normalizer).0,
                format!(
                    "its normalizer {name} changes text, such as {text:?} to {normalized:?}; dataset drops \
                     records with such text, which would teach another program\n"
                )
            );
        }
    }
}

/// As in GPT-4o's tokenizer, which has unused ids.
#[test]
fn no_two_tokens_share_an_id() {
    let (said, made) = hazard(|base| {
        base["model"]["vocab"]["<|endofprompt|>"] = json!(420);
        let added = base["added_tokens"].as_array_mut().unwrap();
        added.push(token(420, "<|endofprompt|>", true));
    });
    assert_eq!(
        said,
        "20 ids, from 400 on, had no token, and tokenizers would assign some ids twice; now they are \
         <|unused-400|> and so on\n"
    );
    let vocabulary = made.get_vocab(true);
    let ids: BTreeSet<u32> = vocabulary.values().copied().collect();
    assert_eq!(ids.len(), vocabulary.len());
    assert_eq!(vocabulary["<|endofprompt|>"], 420);
    assert!(ids.into_iter().eq(0..vocabulary.len() as u32));

    // Adding them in Python makes them share ids.
    let directory = Folder::new();
    let mut tokenizer = base();
    tokenizer["model"]["vocab"]["name"] = json!(420);
    let text = tokenizer.to_string();
    let mut python = tokenizers::Tokenizer::from_bytes(text).unwrap();
    let tokens = Language::Full.vocabulary();
    let tokens = tokens.map(|token| tokenizers::AddedToken::from(token, token.starts_with("<|")));
    python.add_tokens(tokens).unwrap();
    python
        .save(directory.path().join("bad.json"), false)
        .unwrap();
    directory.write("a.lua", b"return 1");
    let said = stderr(&directory.run("--tokenizer bad.json -o - a.lua"));
    assert!(
        said.starts_with("luadec-tok: bad.json: another token has the id of <|"),
        "{said}"
    );
}

/// `AutoTokenizer` returns the ids of `tokenizer.json` and of `--ids`. Needs a python3 with
/// transformers; `PYTHON` names another.
#[test]
fn auto_tokenizer_gives_the_same_ids() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python)
        .args(["-c", "import jinja2, transformers"])
        .output();
    if !there.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {python} does not have jinja2 and transformers");
        return;
    }
    let directory = older();
    directory.write(
        "src/a.lua",
        "local a = 'é' -- b , c\nreturn {a, x = \"\\0\"}\n".as_bytes(),
    );
    let mut names = vec!["tok".to_owned()];
    for (name, tokenizer) in kinds::kinds() {
        if !["byte-level", "legacy", "unigram", "own"].contains(&name) {
            continue;
        }
        directory.write(
            &format!("{name}/tokenizer.json"),
            tokenizer.to_string(false).unwrap().as_bytes(),
        );
        // Classes that build their own tokenizer.
        let class = ["GPT2Tokenizer", "LlamaTokenizer", "T5Tokenizer"][names.len() % 3];
        let config = json!({"tokenizer_class": class, "clean_up_tokenization_spaces": true});
        write(
            &directory,
            &format!("{name}/tokenizer_config.json"),
            &config,
        );
        names.push(name.to_owned());
    }
    for name in &names {
        said(
            &directory,
            &format!("vocab --stream both --add-to {name} -o out/{name}"),
        );
        let make = "--stream terse --strip never --keep-lossy --keep-controls";
        directory.ok(&format!(
            "{make} --tokenizer out/{name} --ids jsonl -o out/{name}/ids.jsonl src"
        ));
    }
    said(
        &directory,
        "vocab --stream both --train 300 -o out/trained src",
    );
    directory.ok(
        "--stream terse --strip never --tokenizer out/trained --ids jsonl -o out/trained/ids.jsonl src",
    );
    names.push("trained".to_owned());
    directory.ok("--stream terse --strip never -o out/text.jsonl src");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/dataset/add_to.py");
    let output = Command::new(python)
        .arg(script)
        .args(&names)
        .current_dir(directory.path().join("out"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}
