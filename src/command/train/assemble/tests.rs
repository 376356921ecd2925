//! The law: a chunk whose outlines are answered with their own canonical answers gives the same chunk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use luadec_tok::source::{Inside, parse};
use luadec_tok::{Chunk, Version};

use super::build::{Building, UsedAnswer};
use super::functions::{Function, functions};
use crate::command::train::compile::Compiler;

fn lua_files(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(directory).unwrap().flatten().collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            lua_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            found.push(path);
        }
    }
}

fn own_answers(text: &[u8], version: Version, functions: &[Function]) -> Vec<UsedAnswer> {
    let source = parse(text, version).unwrap();
    let answer = |number: usize| {
        let text = source.answer(number as u32, Inside::Holes).unwrap();
        let mut upvalues = HashMap::new();
        for (index, upvalue) in functions[number].proto.upvalues.iter().enumerate() {
            upvalues.insert(upvalue.name.as_deref().unwrap().to_vec(), index);
        }
        UsedAnswer {
            text,
            upvalues,
            env: None,
            is_proven: true,
        }
    };
    (0..functions.len()).map(answer).collect()
}

#[test]
fn own_answers_give_the_source() {
    let directory = std::env::var_os("LUADEC_TOK_CORPUS");
    let directory = directory.map_or(PathBuf::from("fixtures"), PathBuf::from);
    let mut files = Vec::new();
    lua_files(&directory, &mut files);
    let compiler = Compiler::new(None).unwrap();
    let building = Building {
        compiler: &compiler,
        seconds: 10,
    };
    let (mut count, mut same, mut equal) = (0, 0, 0);
    for path in files {
        let text = std::fs::read(&path).unwrap();
        let Ok(canonical) = parse(&text, Version::Lua53).map(|source| source.canonical()) else {
            continue;
        };
        let Ok(bytes) = building.compile(&String::from_utf8_lossy(&text)) else {
            continue;
        };
        count += 1;
        let chunk = Chunk::read(&bytes).unwrap();
        let functions = functions(&chunk).unwrap();
        let answers = own_answers(&text, chunk.version, &functions);
        let mut stripped = chunk.clone();
        stripped.strip();
        for chunk in [&chunk, &stripped] {
            let functions = super::functions::functions(chunk).unwrap();
            let used: Vec<_> = answers.iter().map(Some).collect();
            match building.build(chunk, &functions, &used) {
                Ok(built) => {
                    same += usize::from(built.comparison.same);
                    equal += usize::from(built.text == canonical);
                    if !built.comparison.same {
                        eprintln!("{path:?}: {:?}", built.comparison.differences.first());
                    } else if built.text != canonical {
                        eprintln!("{path:?}: other text");
                    }
                }
                Err(error) => eprintln!("{path:?}: {error}"),
            }
        }
    }
    eprintln!("{count} files, {same} same, {equal} equal");
    assert_eq!(same, 2 * count);
}
