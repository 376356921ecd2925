//! `luadec-tok vocab --train`.

use std::fs;

use serde_json::json;
use tokenizers::Tokenizer;

use super::add_to::{json_of, refused, said};
use super::run::Folder;
use crate::common::{files, fixtures};

/// A directory with the Lua files of the fixtures in two orders: as files, and as rows.
fn sources() -> Folder {
    let directory = Folder::new();
    let mut rows = String::new();
    for (i, file) in files(".", "lua").iter().enumerate() {
        let text = fs::read_to_string(file).unwrap();
        directory.write(&format!("src/{i}.lua"), text.as_bytes());
        directory.write(&format!("other/{}.lua", 99 - i), text.as_bytes());
        rows.push_str(&format!("{}\n", json!({"lua": text})));
    }
    directory.write("rows.jsonl", rows.as_bytes());
    directory
}

#[test]
fn a_directory_with_a_trained_tokenizer_is_complete() {
    let directory = sources();
    let said = said(&directory, "vocab --stream both --train 400 -o tok src");
    let names = [
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ];
    assert_eq!(directory.names_in("tok"), names);
    let tokenizer = Tokenizer::from_file(directory.path().join("tok/tokenizer.json")).unwrap();
    assert_eq!(tokenizer.get_vocab_size(false), 400);
    let vocabulary = luadec_tok::stream::vocabulary_of_both().count();
    assert_eq!(
        said.split_once(" tokens from ").unwrap().0,
        "luadec-tok: tok: 400"
    );
    assert!(
        said.ends_with(&format!(" 0 dropped; {vocabulary} tokens added\n")),
        "{said}"
    );
    // And the pad token.
    assert_eq!(tokenizer.get_vocab_size(true), 400 + vocabulary + 1);
    let special = json_of(&directory, "tok/special_tokens_map.json");
    assert_eq!(
        special,
        json!({"eos_token": "<|im_end|>", "pad_token": "<|pad|>"})
    );
    // No token crosses the limits of a number.
    let ids = tokenizer.encode("x = 1234", false).unwrap();
    assert_eq!(ids.get_tokens()[2..], ["Ġ", "1", "2", "3", "4"]);
    directory.ok("--unit function --tokenizer tok --ids arrow -o set src");
}

#[test]
fn the_same_sources_give_the_same_tokenizer() {
    let directory = sources();
    let sources = [
        "src -j 1",
        "other -j 3",
        "--rows rows.jsonl --content-key lua",
    ];
    let made = sources.map(|sources| {
        said(&directory, &format!("vocab --train 600 -o tok {sources}"));
        directory.files("tok")
    });
    assert!(made[0] == made[1] && made[0] == made[2]);
}

#[test]
fn few_sources_give_fewer_tokens() {
    let directory = Folder::with(&[("a.lua", b"f(x) f(x)\n"), ("b.lua", b"g\xE9()")]);
    assert_eq!(
        said(&directory, "vocab --train 1k -o tok src"),
        "luadec-tok: b.lua: dropped: not valid UTF-8 at byte 1\n\
         luadec-tok: tok: 257 tokens from 10 bytes in 1 source, 1 dropped; 4753 tokens added\n\
         luadec-tok: tok: no other pair of tokens occurs twice; for 1000 tokens, train on more sources\n"
    );
}

#[test]
fn wrong_command_lines_are_refused() {
    let directory = sources();
    directory.write("other/vocab.json", b"{}");
    directory.write("row.jsonl", br#"{"lua": "f()"}"#);
    for (arguments, message) in [
        (
            "-o tok",
            "--train needs Lua sources: name files, directories or --rows",
        ),
        (
            "-o tok --content-key lua src",
            "--content-key has no effect without --rows",
        ),
        (
            "-o rows.jsonl src",
            "-o rows.jsonl: not a directory; --train writes the files of a tokenizer into one",
        ),
        (
            "-o tok.json src",
            "-o tok.json: not a directory; --train writes the files of a tokenizer into one",
        ),
        ("-o - src", "--train writes a directory; name one with -o"),
        (
            "-o tok --add-to tok src",
            "--train and --add-to cannot be used together",
        ),
        (
            "-o tok --train 255 src",
            "--train 255: expected 256 or more: there is a token for each byte",
        ),
    ] {
        let refused = refused(&directory, &format!("vocab --train 300 {arguments}"), 2);
        assert_eq!(refused, format!("luadec-tok: {message}\n"));
    }
    for (arguments, message) in [
        (
            "-o other src",
            "other/vocab.json: this file belongs to another tokenizer; name a new directory with -o".to_owned(),
        ),
        (
            "-o tok --rows row.jsonl",
            "no source is left to train on; dropped: 1".to_owned(),
        ),
        (
            &format!("-o tok {}", fixtures().join("tokenizer").display()),
            format!(
                "{}: no Lua source found; directories are searched for *.lua, --include adds other names",
                fixtures().join("tokenizer").display()
            ),
        ),
    ] {
        let refused = refused(&directory, &format!("vocab --train 300 {arguments}"), 1);
        assert_eq!(
            refused.lines().last().unwrap(),
            format!("luadec-tok: {message}")
        );
    }
    assert!(!directory.path().join("tok").exists());
}
