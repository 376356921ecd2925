//! Answers that are proven, and those that are not. `LUADEC_TOK_SOURCES=DIRECTORY` proves the files of
//! a directory instead of the fixtures.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::PoisonError;

use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::source::{FunctionId, Inside, parse, parse_answer};
use luadec_tok::{Step, TreePath, Version};

use super::*;
use crate::command::train::compile::compile_here;
use crate::command::train::helper::CHILDREN;

/// Compiles a source; `None` if it does not compile.
fn compile(version: Version, text: &[u8], strip: bool) -> Option<Vec<u8>> {
    if version == Version::Lua53 {
        let bytes = compile_here(text, "answer", 1 << 30).ok()?;
        return Some(match strip {
            false => bytes,
            true => {
                let mut chunk = Chunk::read(&bytes).unwrap();
                chunk.strip();
                chunk.to_bytes()
            }
        });
    }
    let children = CHILDREN.lock();
    let _children = children.unwrap_or_else(PoisonError::into_inner);
    let mut luac = Command::new(format!("luac{version}"))
        .args(strip.then_some("-s"))
        .args(["-o", "/dev/stdout", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = luac.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || drop(stdin.write_all(text)));
        luac.wait_with_output().unwrap()
    });
    output.status.success().then_some(output.stdout)
}

fn proto_at<'p>(main: &'p Proto<'p>, path: &TreePath) -> &'p Proto<'p> {
    path.0.iter().fold(main, |p, step| match step {
        Step::Function(index) => &p.p[*index],
        _ => p,
    })
}

/// Proves attempts as a batch does.
fn prove_here<'a>(
    version: Version,
    attempts: Vec<Result<Attempt<'a>, Unusable>>,
) -> Vec<Result<Proof, Unusable>> {
    let mut done: Vec<Option<Result<Proof, Unusable>>> = attempts.iter().map(|_| None).collect();
    let mut pending: Vec<(usize, Attempt<'a>)> = Vec::new();
    for (i, attempt) in attempts.into_iter().enumerate() {
        match attempt {
            Ok(attempt) => pending.push((i, attempt)),
            Err(error) => done[i] = Some(Err(error)),
        }
    }
    while !pending.is_empty() {
        let alone = |attempt: &Attempt| {
            attempt.outline().is_main && matches!(version, Version::Lua51 | Version::Lua55)
        };
        let mut batch = Vec::new();
        for (_, attempt) in pending.iter().filter(|(_, attempt)| !alone(attempt)) {
            let is_main = attempt.outline().is_main;
            batch.extend_from_slice(if is_main {
                b"_=function(...) "
            } else {
                b"_=function() "
            });
            batch.extend_from_slice(attempt.source());
            batch.extend_from_slice(b" end\n");
        }
        let bytes = compile(version, &batch, false);
        let main = bytes.as_ref().map(|bytes| Chunk::read(bytes).unwrap().main);
        let mut index = 0;
        let mut left = Vec::new();
        for (i, mut attempt) in pending {
            let own;
            let own_chunk;
            let function = match (&main, alone(&attempt)) {
                (Some(main), false) => {
                    index += 1;
                    Some(&main.p[index - 1])
                }
                _ => {
                    own = compile(version, attempt.source(), false);
                    own_chunk = own.as_ref().map(|bytes| Chunk::read(bytes).unwrap().main);
                    own_chunk.as_ref()
                }
            };
            match function.map(|function| attempt.take(function)) {
                Some(Ok(true)) => left.push((i, attempt)),
                Some(Ok(false)) => done[i] = attempt.into_best().map(Ok),
                Some(Err(error)) => done[i] = Some(Err(error)),
                None => {
                    println!(
                        "does not compile: {}",
                        String::from_utf8_lossy(attempt.source())
                    );
                    done[i] = Some(attempt.into_best().ok_or(Unusable::OtherFunction));
                }
            }
        }
        pending = left;
    }
    done.into_iter().map(Option::unwrap).collect()
}

/// Gives every variable of an answer another name, also the free names that are upvalues.
fn renamed(
    answer: &str,
    version: Version,
    upvalues: &[(Vec<u8>, usize)],
    draws: &mut u64,
) -> String {
    use luadec_tok::source::{Binding, VariableKind};
    let source = parse_answer(answer.as_bytes(), version).unwrap();
    let mut new = || {
        *draws ^= *draws << 13;
        *draws ^= *draws >> 7;
        *draws ^= *draws << 17;
        format!("r{:x}", *draws)
    };
    let env = |id: u32| {
        let mut names = source.names.iter();
        names.any(|name| matches!(name.binding, Binding::Free { env: Some(env), .. } if env == id))
    };
    let keeps = |id: u32, kind| {
        matches!(
            kind,
            VariableKind::Arg | VariableKind::Global | VariableKind::SelfParameter
        ) || env(id)
    };
    let variables: Vec<Option<String>> = (0..)
        .zip(&source.variables)
        .map(|(id, variable)| (!keeps(id, variable.kind)).then(&mut new))
        .collect();
    let free: std::collections::HashMap<&[u8], String> = upvalues
        .iter()
        .filter(|(name, _)| name != b"_ENV")
        .map(|(name, _)| (&name[..], new()))
        .collect();
    let mut replaced = Vec::new();
    for (variable, name) in source.variables.iter().zip(&variables) {
        replaced.extend(name.as_ref().map(|name| (variable.token, name.clone())));
    }
    for name in &source.names {
        let text = match name.binding {
            Binding::Variable(id) => variables[id as usize].clone(),
            _ => free.get(source.name(name)).cloned(),
        };
        replaced.extend(text.map(|text| (name.token, text)));
    }
    replaced.sort();
    let (mut out, mut done) = (String::new(), 0);
    for (token, text) in replaced {
        let range = source.tokens[token as usize].range();
        out.push_str(&answer[done..range.start]);
        out.push_str(&text);
        done = range.end;
    }
    out.push_str(&answer[done..]);
    out
}

/// Returns the sources: those that are proven in all versions, then those that are in later ones.
fn sources() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    match std::env::var_os("LUADEC_TOK_SOURCES") {
        Some(directory) => find(Path::new(&directory), &mut paths),
        None => {
            let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
            find(&fixtures.join("outlines"), &mut paths);
            find(&fixtures.join("penlight"), &mut paths);
        }
    }
    paths
}

fn find(directory: &Path, paths: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            find(&path, paths);
        } else if path.extension().is_some_and(|ending| ending == "lua") {
            paths.push(path);
        }
    }
}

/// The verdicts on answers, counted: by whether the chunk is stripped, the stubs are exact and the
/// names of the answer were changed.
type Verdicts = BTreeMap<(bool, bool, bool, &'static str), usize>;

/// Proves the canonical answer of each function of a file.
fn prove_file(version: Version, path: &Path, text: &[u8], verdicts: &mut Verdicts) {
    let Ok(source) = parse(text, version) else {
        return;
    };
    for strip in [false, true] {
        let Some(bytes) = compile(version, text, strip) else {
            return;
        };
        let chunk = Chunk::read(&bytes).unwrap();
        let outlines: Vec<_> = chunk.to_outlines().collect();
        assert_eq!(outlines.len(), source.functions.len());
        let own: Vec<String> = (0..outlines.len() as FunctionId)
            .map(|id| source.answer(id, Inside::Holes).unwrap())
            .collect();
        let mut draws = 0x5EED;
        let mut upvalues: Vec<Vec<(Vec<u8>, usize)>> = vec![Vec::new(); outlines.len()];
        for (exact, is_renamed) in [(false, false), (true, false), (false, true), (true, true)] {
            let text = |(text, upvalues): (&String, &Vec<_>)| match is_renamed {
                true if strip => renamed(text, version, upvalues, &mut draws),
                true => renamed(text, version, &[], &mut draws),
                false => text.clone(),
            };
            let texts: Vec<String> = own.iter().zip(&upvalues).map(text).collect();
            let answers: Vec<_> = texts
                .iter()
                .map(|text| parse_answer(text.as_bytes(), version).unwrap())
                .collect();
            let attempts = outlines.iter().zip(&answers);
            let attempts = attempts.map(|((at, outline), answer)| {
                let inside = &proto_at(&chunk.main, at).p;
                Attempt::new(outline, answer, exact.then_some(&inside[..]))
            });
            for (id, proof) in prove_here(version, attempts.collect())
                .into_iter()
                .enumerate()
            {
                let verdict = match proof {
                    Ok(proof) if proof.comparison.same => {
                        upvalues[id] = proof.upvalues;
                        match proof.comparison.identical {
                            true => "identical",
                            false => "same",
                        }
                    }
                    proof => {
                        let reason = proof.map(|proof| proof.comparison.differences);
                        let (path, at) = (path.display(), &outlines[id].0);
                        println!("{version}: {path}, {at}, stripped: {strip}: {reason:?}");
                        println!("{}", texts[id]);
                        "not proven"
                    }
                };
                *verdicts
                    .entry((strip, exact, is_renamed, verdict))
                    .or_default() += 1;
            }
        }
    }
}

#[test]
fn answers_of_real_functions_are_proven() {
    for version in Version::ALL {
        if compile(version, b"", false).is_none() {
            eprintln!("skipped: there is no luac{version}");
            continue;
        }
        let mut verdicts = Verdicts::new();
        for path in sources() {
            let text = std::fs::read(&path).unwrap();
            prove_file(version, &path, &text, &mut verdicts);
        }
        println!("{version}: {verdicts:?}");
        let all: usize = verdicts.values().sum();
        assert!(all > 500, "{version}: {all}");
        for ((_, exact, _, verdict), count) in verdicts {
            // Constants of the functions inside can change the numbers with plain stubs.
            let is_rare = !exact && verdict == "same" && count < all / 8 / 10;
            assert!(
                verdict == "identical" || is_rare,
                "{version}: {verdict}: {count}"
            );
        }
    }
}

/// A function may capture as many variables as its version allows, from several functions around it.
#[test]
fn the_most_upvalues_are_captured() {
    for version in Version::ALL {
        if compile(version, b"", false).is_none() {
            continue;
        }
        let most = match version {
            Version::Lua51 => 60,
            _ => 255,
        };
        let declared = |range: std::ops::Range<usize>| -> String {
            range.map(|i| format!("local a{i} = {i} ")).collect()
        };
        let used: String = (0..most).map(|i| format!("s = s + a{i} ")).collect();
        let used = format!("local s = 0 {used}");
        let text = format!(
            "{} function f() {} return function() {used} return function() {used} end end end",
            declared(0..most.min(195)),
            declared(most.min(195)..most),
        );
        let mut verdicts = Verdicts::new();
        prove_file(
            version,
            Path::new("upvalues.lua"),
            text.as_bytes(),
            &mut verdicts,
        );
        assert_eq!(verdicts.len(), 8, "{version}: {verdicts:?}");
        let identical = verdicts
            .iter()
            .all(|(key, count)| key.3 == "identical" && *count == 4);
        assert!(identical, "{version}: {verdicts:?}");
    }
}
