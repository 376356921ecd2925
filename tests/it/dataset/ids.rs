//! Records as token ids, and their lengths in tokens.

use std::fs::File;
use std::process::Command;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int32Type};
use arrow_ipc::reader::StreamReader;
use serde_json::{Value, json};

use super::run::{Folder, json_lines, stderr};
use crate::common::kinds;

/// Sources, and a tokenizer of this kind.
fn directory(kind: &str) -> (Folder, tokenizers::Tokenizer) {
    let directory = Folder::new();
    for i in 0..12 {
        let text = format!("local function f(a)\n  return a + {i} .. ' é  {i}'\nend\nreturn f\n");
        directory.write(&format!("src/{i}/f.lua"), text.as_bytes());
    }
    // Its first characters may be one token with the text before.
    directory.write("src/12/f.lua", b"\n\n  return\n\n");
    let all = kinds::kinds().into_iter();
    let (_, tokenizer) = all.clone().find(|(name, _)| *name == kind).unwrap();
    directory.write(
        "tok/tokenizer.json",
        tokenizer.to_string(false).unwrap().as_bytes(),
    );
    directory.write(
        "tok/tokenizer_config.json",
        br#"{"eos_token": {"content": "</s>"}}"#,
    );
    (directory, tokenizer)
}

const MAKE: &str = "--strip both --tokenizer tok";

fn numbers(value: &Value) -> Vec<i64> {
    let list = value.as_array().unwrap().iter();
    list.map(|number| number.as_i64().unwrap()).collect()
}

#[test]
fn ids_of_records_are_those_of_their_text() {
    for kind in ["byte-level", "metaspace-first", "legacy"] {
        let (directory, tokenizer) = directory(kind);
        for stream in ["full", "terse"] {
            let make = format!("{MAKE} --stream {stream} -o -");
            let texts = directory.lines(&format!("{make} --format completion src"));
            directory.write(
                "template",
                b"{% for m in messages %}{{ '[' + m.role + '] ' + m.content }}{% endfor %}",
            );
            for (format, [before, between]) in [
                ("--format completion", ["", ""]),
                (
                    "",
                    ["<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"],
                ),
                ("--template template", ["[user] ", "[assistant] "]),
            ] {
                let ids = directory.lines(&format!("{make} --ids jsonl {format} src"));
                assert_eq!(ids.len(), texts.len());
                for (record, text) in ids.iter().zip(&texts) {
                    assert_eq!(record["id"], text["id"]);
                    let [prompt, answer] =
                        ["prompt", "completion"].map(|key| text[key].as_str().unwrap());
                    let prompt = [before, prompt, between].concat();
                    let encode = |text: &str| {
                        let encoding = tokenizer.encode(text, false).unwrap();
                        encoding
                            .get_ids()
                            .iter()
                            .map(|id| i64::from(*id))
                            .collect::<Vec<_>>()
                    };
                    let wanted = encode(&[&prompt, answer, "</s>"].concat());
                    assert_eq!(numbers(&record["input_ids"]), wanted, "{kind} {format}");
                    assert_eq!(record["tokens"], wanted.len());
                    let masked = encode(&prompt).len();
                    let mut labels = wanted;
                    labels[..masked].fill(-100);
                    assert_eq!(numbers(&record["labels"]), labels, "{kind} {format}");
                }
            }
        }
    }
}

#[test]
fn records_are_counted_and_long_ones_dropped() {
    let (directory, _) = directory("byte-level");
    let make = format!("{MAKE} --stream terse --format completion --card --report report.json");
    let run = directory.run(&format!("{make} -o new/deep/set.jsonl src"));
    assert!(run.status.success(), "{}", stderr(&run));
    let mut tokens: Vec<u64> = json_lines(&directory.read("new/deep/set.jsonl"))
        .iter()
        .map(|record| record["tokens"].as_u64().unwrap())
        .collect();
    tokens.sort();
    let report: Value = serde_json::from_slice(&directory.read("report.json")).unwrap();
    let count = tokens.len();
    assert_eq!(
        report["tokens"],
        json!({
            "total": tokens.iter().sum::<u64>(),
            "median": tokens[count.div_ceil(2) - 1],
            "p90": tokens[(count * 90).div_ceil(100) - 1],
            "p99": tokens[count - 1],
            "maximum": tokens[count - 1],
            "within": {"1024": 1.0, "2048": 1.0, "4096": 1.0, "8192": 1.0, "32768": 1.0},
        })
    );
    let card = String::from_utf8(directory.read("new/deep/README.md")).unwrap();
    assert!(
        card.contains(&format!("| maximum | {} |\n", tokens[count - 1])),
        "{card}"
    );
    assert!(card.contains("](lengths.svg)"), "{card}");
    let picture = String::from_utf8(directory.read("new/deep/lengths.svg")).unwrap();
    assert!(
        picture.starts_with("<svg ") && picture.contains("records"),
        "{picture}"
    );
    let said = stderr(&run);
    assert!(said.contains("100.0 % within  1024  ████"), "{said}");

    let most = tokens[count / 2];
    let run = directory.run(&format!("{make} --max-tokens {most} -o few.jsonl src"));
    let wanted = tokens.iter().filter(|tokens| **tokens <= most).count();
    assert_eq!(json_lines(&directory.read("few.jsonl")).len(), wanted);
    let dropped = format!("; dropped: {} too-many-tokens; ", count - wanted);
    assert!(stderr(&run).contains(&dropped), "{}", stderr(&run));
}

#[test]
fn records_that_spell_control_tokens_are_dropped() {
    let (directory, _) = directory("metaspace-first");
    directory.write("bad/comment.lua", b"-- </s>\nreturn 1");
    directory.write("bad/string.lua", b"return '<thi' .. '\\60think>'");
    directory.write("bad/fine.lua", b"return '< /s>', '    '");
    let run = directory.run(&format!("{MAKE} -o - bad"));
    assert_eq!(json_lines(&run.stdout).len(), 2);
    let said = stderr(&run);
    assert!(said.contains("comment.lua (with debug information): dropped: it spells </s>, a control token of the tokenizer; --keep-controls keeps the record\n"), "{said}");
    assert!(
        said.contains("string.lua (stripped): dropped: it spells <think>, a control"),
        "{said}"
    );
    assert!(said.contains("; dropped: 4 control-token; "), "{said}");
    assert_eq!(
        directory
            .lines(&format!("{MAKE} --keep-controls -o - bad"))
            .len(),
        6
    );
    assert_eq!(directory.lines("--strip both -o - bad").len(), 6);
}

#[test]
fn arrow_contains_the_same_as_jsonl() {
    let (directory, _) = directory("byte-level");
    let split = "--split train=0.5,val=0.5";
    directory.ok(&format!("{MAKE} --ids jsonl {split} -o lines src"));
    directory.ok(&format!("{MAKE} --ids arrow {split} -o set src"));
    let dict: Value = serde_json::from_slice(&directory.read("set/dataset_dict.json")).unwrap();
    assert_eq!(dict, json!({"splits": ["train", "val"]}));
    for part in ["train", "val"] {
        let lines = json_lines(&directory.read(&format!("lines/{part}.jsonl")));
        let state = directory.read(&format!("set/{part}/state.json"));
        let state: Value = serde_json::from_slice(&state).unwrap();
        assert_eq!(
            state["_data_files"],
            json!([{"filename": "data-00000.arrow"}])
        );
        assert_eq!(state["_split"], part);
        let path = directory
            .path()
            .join("set")
            .join(part)
            .join("data-00000.arrow");
        let mut rows = 0;
        for batch in StreamReader::try_new(File::open(path).unwrap(), None).unwrap() {
            let batch = batch.unwrap();
            let list = |column, row| batch.column(column).as_list::<i32>().value(row);
            for row in 0..batch.num_rows() {
                let line = &lines[rows];
                for (column, name) in [(0, "input_ids"), (1, "labels")] {
                    let found = list(column, row);
                    let found = found.as_primitive::<Int32Type>().values().iter();
                    assert!(
                        found.map(|id| i64::from(*id)).eq(numbers(&line[name])),
                        "{name}"
                    );
                }
                let mask = list(2, row);
                let mask = mask.as_primitive::<Int8Type>().values();
                assert!(mask.len() == list(0, row).len() && mask.iter().all(|one| *one == 1));
                assert_eq!(batch.column(3).as_string::<i32>().value(row), line["id"]);
                assert_eq!(batch.column(4).as_string::<i32>().value(row), line["path"]);
                rows += 1;
            }
        }
        assert_eq!(rows, lines.len());
    }
    // The files do not depend on the number of threads.
    directory.ok(&format!("{MAKE} --ids arrow {split} --jobs 1 -o again src"));
    assert_eq!(directory.files("set/train"), directory.files("again/train"));
}

/// Little-endian numbers of this many bytes.
fn little_endian(bytes: &[u8], size: usize) -> Vec<i64> {
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .rev()
            .fold(0, |n, byte| n << 8 | i64::from(*byte))
    };
    bytes.chunks(size).map(number).collect()
}

#[test]
fn bin_and_npy_contain_the_ids_end_to_end() {
    let (directory, tokenizer) = directory("byte-level");
    let lines = directory.lines(&format!("{MAKE} --ids jsonl -o - src"));
    let records: Vec<Vec<i64>> = lines
        .iter()
        .map(|line| numbers(&line["input_ids"]))
        .collect();
    directory.ok(&format!("{MAKE} --ids bin -o set.bin src"));
    assert_eq!(
        little_endian(&directory.read("set.bin"), 2),
        records.concat()
    );
    let index = directory.read("set.idx");
    let count = records.len();
    assert_eq!(index[..17], *b"MMIDIDX\0\0\x01\0\0\0\0\0\0\0");
    assert_eq!(index[17], 8);
    assert_eq!(
        little_endian(&index[18..34], 8),
        [count as i64, count as i64 + 1]
    );
    let (lengths, rest) = index[34..].split_at(4 * count);
    let wanted: Vec<i64> = records.iter().map(|ids| ids.len() as i64).collect();
    assert_eq!(little_endian(lengths, 4), wanted);
    let (pointers, documents) = rest.split_at(8 * count);
    let starts = wanted.iter().scan(0, |at, length| {
        Some(std::mem::replace(at, *at + 2 * length))
    });
    assert!(little_endian(pointers, 8).into_iter().eq(starts));
    assert!(little_endian(documents, 8).into_iter().eq(0..=count as i64));

    directory.ok(&format!("{MAKE} --ids npy -o set.npy src"));
    let npy = directory.read("set.npy");
    let (header, ids) = npy.split_at(128);
    let all = records.concat();
    assert_eq!(header[..10], *b"\x93NUMPY\x01\0\x76\0");
    let shape = format!(
        "{{'descr': '<u2', 'fortran_order': False, 'shape': ({},), }}",
        all.len()
    );
    assert_eq!(String::from_utf8_lossy(&header[10..]).trim_end(), shape);
    assert_eq!(little_endian(ids, 2), all);

    // Rows contain whole records and are filled up with the end token; longer records are dropped.
    let end = i64::from(tokenizer.token_to_id("</s>").unwrap());
    let mut lengths = wanted.clone();
    lengths.sort();
    let row = lengths[count - 2] as usize;
    directory.ok(&format!("{MAKE} --ids bin --pack {row} -o packed.bin src"));
    let packed = little_endian(&directory.read("packed.bin"), 2);
    let mut rows: Vec<Vec<i64>> = vec![Vec::new()];
    for ids in records.iter().filter(|ids| ids.len() <= row) {
        if rows.last().unwrap().len() + ids.len() > row {
            rows.push(Vec::new());
        }
        rows.last_mut().unwrap().extend(ids);
    }
    rows.iter_mut().for_each(|ids| ids.resize(row, end));
    assert_eq!(packed, rows.concat());
}

#[test]
fn mismatched_options_are_refused() {
    let (directory, _) = directory("byte-level");
    let refused = |arguments: &str, status: i32| {
        let run = directory.run(&format!("{arguments} src"));
        assert_eq!(
            run.status.code(),
            Some(status),
            "{arguments}: {}",
            stderr(&run)
        );
        stderr(&run)
    };
    assert_eq!(
        refused("--tokenizer tok --ids jsonl --pack 9 -o x", 2),
        "luadec-tok: --pack has no effect without --ids bin\n"
    );
    assert_eq!(
        refused("--tokenizer tok --ids arrow -o -", 2),
        "luadec-tok: --ids arrow, bin and npy cannot write to standard output; name a file with -o\n"
    );
    assert_eq!(
        refused("--tokenizer tok --ids bin --shard-size 9 -o x", 2),
        "luadec-tok: --shard-size and --compress need records in lines: use --ids jsonl, or no --ids\n"
    );
    refused("--max-tokens 9 -o x", 2);
    assert_eq!(
        refused("--tokenizer tok --eos <end> -o x", 1),
        "luadec-tok: tok: the tokenizer has no token \"<end>\"\n"
    );
    assert_eq!(
        refused("--tokenizer tok --eos the -o x", 1).lines().count(),
        1
    );
    std::fs::remove_file(directory.path().join("tok/tokenizer_config.json")).unwrap();
    assert_eq!(
        refused("--tokenizer tok --ids bin --format completion -o x", 2),
        "luadec-tok: no tokenizer_config.json names the end token (eos_token); name it with --eos\n"
    );
    assert!(!directory.path().join("x").exists());
}

/// Needs a python3 with the training stacks; `PYTHON` names another.
#[test]
fn datasets_and_transformers_read_the_ids() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python)
        .args(["-c", "import datasets, jinja2, numpy, transformers"])
        .output();
    if !there.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: {python} does not have datasets, jinja2, numpy and transformers");
        return;
    }
    let (directory, _) = directory("byte-level");
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tokenizer/chatml.jinja");
    directory.write("chatml.jinja", &std::fs::read(template).unwrap());
    directory.ok(&format!(
        "{MAKE} --format completion -o completion.jsonl src"
    ));
    directory.ok(&format!(
        "{MAKE} --format completion --ids arrow -o completion src"
    ));
    directory.ok(&format!("{MAKE} --eos <|im_end|> -o messages.jsonl src"));
    let template = "--template chatml.jinja --eos <|im_end|>";
    directory.ok(&format!(
        "{MAKE} {template} --ids arrow --split train=0.5,val=0.5 -o chat src"
    ));
    directory.ok(&format!("{MAKE} --ids npy -o chat.npy src"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/dataset/ids.py");
    let output = Command::new(python)
        .arg(script)
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    print!("{}", String::from_utf8_lossy(&output.stdout));
}
