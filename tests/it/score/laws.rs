//! Laws of `score`, checked on real sources for every version whose compiler is installed. The source of
//! a function is the same code, with names and stripped, even with other comments, quotes and names of
//! local variables. With names, an answer is the same only if it is the same in its place in the file.
#![cfg(unix)]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::compare::compare;
use luadec_tok::source::{Binding, Source, TokenKind, VariableKind, parse};
use luadec_tok::{Version, undump};
use serde_json::{Value, json};

use crate::common::{files, fixtures, terse};

/// Compiles a source. Returns `None` if it does not compile.
fn compiled(luac: &str, text: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new(luac)
        .args(["-o", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.success().then_some(output.stdout)
}

/// Returns the path of a function in the tree of functions.
fn place(source: &Source, function: usize) -> Vec<usize> {
    let mut place = Vec::new();
    let mut inner = function;
    while let Some(parent) = source.functions[inner].parent {
        let siblings = parent as usize + 1..inner;
        let before = siblings.filter(|other| source.functions[*other].parent == Some(parent));
        place.push(before.count());
        inner = parent as usize;
    }
    place.reverse();
    place
}

fn at<'p>(main: &'p Proto<'p>, place: &[usize]) -> &'p Proto<'p> {
    place.iter().fold(main, |p, index| &p.p[*index])
}

/// Returns a function's text without comments, with other quotes and other names of local variables.
fn rewritten(source: &Source, function: usize) -> Vec<u8> {
    let of = &source.functions[function];
    let mut names = HashMap::new();
    for (id, variable) in source.variables.iter().enumerate() {
        let has_token = !matches!(
            variable.kind,
            VariableKind::SelfParameter | VariableKind::Arg
        );
        if has_token
            && source.is_inside(variable.function, function as u32)
            && !of.name.contains(&variable.token)
        {
            names.insert(variable.token, format!("v{id}_"));
        }
    }
    for name in source.names_in(function as u32) {
        if let Binding::Variable(id) = name.binding
            && let Some(new) = names.get(&source.variables[id as usize].token).cloned()
        {
            names.insert(name.token, new);
        }
    }
    let mut text = Vec::new();
    for token in of.first..of.end {
        let old = source.token(token);
        match (names.get(&token), old) {
            (Some(new), _) => text.extend_from_slice(new.as_bytes()),
            (None, [b'\'', inner @ .., b'\''])
                if !inner.iter().any(|byte| b"\"\\".contains(byte)) =>
            {
                text.extend_from_slice(&[b"\"", inner, b"\""].concat());
            }
            _ => text.extend_from_slice(old),
        }
        text.push(b' ');
    }
    text
}

/// Puts an error into a function. Returns the text of the file and of the function with the error.
fn with_error(source: &Source, function: usize, draw: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    let body = source.functions[function].body.clone();
    let names = body.filter(|token| source.tokens[*token as usize].kind == TokenKind::Name);
    let names: Vec<u32> = names.collect();
    let token = *names.get(draw % names.len().max(1))?;
    let other = names[draw / 7 % names.len()];
    let mut bytes = source.bytes(token..token + 1);
    let old = source.token(token);
    let new = match draw % 4 {
        0 => source.token(other).to_vec(),
        1 => [b"io.", old].concat(),
        2 => [old, b"_"].concat(),
        // Leave out a module's prefix.
        _ if source.tokens[token as usize + 1].kind == TokenKind::Dot => {
            bytes.end = source.bytes(token + 2..token + 3).start;
            Vec::new()
        }
        _ => b"x".to_vec(),
    };
    let all = source.function_bytes(function as u32);
    let (before, after) = (&source.text[..bytes.start], &source.text[bytes.end..]);
    let end = all.end - bytes.end;
    Some((
        [before, &new, after].concat(),
        [&before[all.start..], &new, &after[..end]].concat(),
    ))
}

/// Scores rows. Returns their ids, each with true if the answer is the same.
fn scores(rows: &Path, luac: &str) -> Vec<(String, bool)> {
    let output = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .arg("score")
        .arg(rows)
        .args(["--luac", luac])
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let row = |line| -> Value { serde_json::from_str(line).unwrap() };
    let rows = lines.lines().map(row).map(|row| {
        let id = row["id"].as_str().map(str::to_owned);
        (id.unwrap(), row["same"] == true)
    });
    rows.collect()
}

#[test]
fn only_the_source_of_a_function_is_the_same_code() {
    let directory = tempfile::tempdir().unwrap();
    let versions = Version::ALL.map(|version| (version, format!("luac{version}")));
    for (version, luac) in versions {
        if Command::new(&luac).arg("-v").output().is_err() {
            eprintln!("skipped: {luac} is not installed");
            continue;
        }
        let mut rows = Vec::new();
        let mut paths = files("penlight", "lua");
        paths.push(fixtures().join("upvalues.lua"));
        for path in paths {
            let text = fs::read(&path).unwrap();
            let Some(chunk) = compiled(&luac, &text) else {
                continue;
            };
            let main = undump(&chunk).unwrap().chunk.main;
            let source = parse(&text, version).unwrap();
            for function in 1..source.functions.len() {
                let place = place(&source, function);
                let p = at(&main, &place);
                let mut add = |kind: &str, answer: Vec<u8>| {
                    for strip in [false, true] {
                        let mut asked = Chunk::of_function(version, p.clone());
                        if strip {
                            asked.strip();
                        }
                        let name = path.file_name().unwrap().display();
                        rows.push(json!({
                            "id": format!("{kind} {strip} {name} {place:?}"),
                            "prompt": terse(&asked),
                            "prediction": String::from_utf8(answer.clone()).unwrap(),
                        }));
                    }
                };
                add("own", text[source.function_bytes(function as u32)].to_vec());
                add("own", rewritten(&source, function));
                let wrong = with_error(&source, function, function * 31 + rows_seed(&path));
                if let Some((file, answer)) = wrong {
                    let chunk = compiled(&luac, &file);
                    let main = chunk
                        .as_ref()
                        .map(|chunk| undump(chunk).unwrap().chunk.main);
                    let is_same = main.is_some_and(|main| {
                        let other = at(&main, &place);
                        let names = p.upvalues.iter().zip(&other.upvalues);
                        let mut names = names.map(|(a, b)| a.name == b.name);
                        compare(version, p, other).same && names.all(|same| same)
                    });
                    add(if is_same { "own" } else { "wrong" }, answer);
                }
            }
        }
        let path = directory.path().join("rows.jsonl");
        let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
        fs::write(&path, text).unwrap();
        let mut counts = BTreeMap::new();
        for (id, is_same) in scores(&path, &luac) {
            let kind: Vec<&str> = id.split(' ').take(2).collect();
            // In a stripped stream, another name may be right, too.
            match kind[..] {
                ["own", _] => assert!(is_same, "{luac}: {id}"),
                ["wrong", "false"] => assert!(!is_same, "{luac}: {id}"),
                _ => {}
            }
            *counts.entry((kind.join(" "), is_same)).or_insert(0) += 1;
        }
        println!("{luac}: {counts:?}");
        assert!(counts[&("own false".to_owned(), true)] > 150, "{counts:?}");
        assert!(
            counts[&("wrong false".to_owned(), false)] > 50,
            "{counts:?}"
        );
    }
}

/// Returns a seed that depends on the file.
fn rows_seed(path: &Path) -> usize {
    path.as_os_str().len()
}
