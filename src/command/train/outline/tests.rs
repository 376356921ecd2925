use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::source::{FunctionId, Inside, parse, parse_answer};
use luadec_tok::{Step, TreePath, Version};

use super::*;
use crate::command::train::compile::compile_here;

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

/// Proves attempts as a batch does, and returns the number of rounds too.
fn prove_here<'a>(
    version: Version,
    attempts: Vec<Result<Attempt<'a>, Unusable>>,
) -> (Vec<Result<Proof, Unusable>>, usize) {
    let mut done: Vec<Option<Result<Proof, Unusable>>> = attempts.iter().map(|_| None).collect();
    let mut pending: Vec<(usize, Attempt<'a>)> = Vec::new();
    for (i, attempt) in attempts.into_iter().enumerate() {
        match attempt {
            Ok(attempt) => pending.push((i, attempt)),
            Err(error) => done[i] = Some(Err(error)),
        }
    }
    let mut rounds = 0;
    while !pending.is_empty() {
        rounds += 1;
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
    (done.into_iter().map(Option::unwrap).collect(), rounds)
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

#[test]
#[ignore]
fn corpus() {
    let version: Version = match std::env::var("V").as_deref() {
        Ok("5.1") => Version::Lua51,
        Ok("5.2") => Version::Lua52,
        Ok("5.4") => Version::Lua54,
        Ok("5.5") => Version::Lua55,
        _ => Version::Lua53,
    };
    let every: usize = std::env::var("EVERY").map_or(1, |n| n.parse().unwrap());
    let mut paths = Vec::new();
    find(Path::new("/tmp/corpus/src"), &mut paths);
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    let mut all_rounds = 0;
    for path in paths.iter().step_by(every) {
        let text = std::fs::read(path).unwrap();
        let Ok(source) = parse(&text, version) else {
            continue;
        };
        for strip in [false, true] {
            let Some(bytes) = compile(version, &text, strip) else {
                continue;
            };
            let chunk = Chunk::read(&bytes).unwrap();
            let outlines: Vec<_> = chunk.to_outlines().collect();
            assert_eq!(outlines.len(), source.functions.len());
            let texts: Vec<String> = (0..outlines.len() as FunctionId)
                .map(|id| source.answer(id, Inside::Holes).unwrap())
                .collect();
            let mut draws = 0x5EED;
            let mut upvalues: Vec<Vec<(Vec<u8>, usize)>> = vec![Vec::new(); outlines.len()];
            for (exact, is_renamed) in [(false, false), (true, false), (false, true), (true, true)]
            {
                let rename = |(text, upvalues): (&String, &Vec<_>)| match is_renamed {
                    true if strip => renamed(text, version, upvalues, &mut draws),
                    true => renamed(text, version, &[], &mut draws),
                    false => text.clone(),
                };
                let texts: Vec<String> = texts.iter().zip(&upvalues).map(rename).collect();
                let answers: Vec<_> = texts
                    .iter()
                    .map(|text| parse_answer(text.as_bytes(), version).unwrap())
                    .collect();
                let attempts = outlines
                    .iter()
                    .zip(&answers)
                    .map(|((at, outline), answer)| {
                        let inside = &proto_at(&chunk.main, at).p;
                        Attempt::new(outline, answer, exact.then_some(&inside[..]))
                    });
                let (proven, rounds) = prove_here(version, attempts.collect());
                all_rounds += rounds - 1;
                for (id, proof) in proven.into_iter().enumerate() {
                    let place = format!("strip={strip} exact={exact} renamed={is_renamed}");
                    let at = &outlines[id].0;
                    let verdict = match proof {
                        Ok(proof) if proof.comparison.same => {
                            upvalues[id] = proof.upvalues;
                            if proof.comparison.identical {
                                "identical".to_owned()
                            } else {
                                "same".to_owned()
                            }
                        }
                        Ok(proof) => {
                            println!(
                                "{place} {} {at}: {:?}\n{}",
                                path.display(),
                                proof.comparison.differences.first(),
                                texts[id].chars().take(400).collect::<String>(),
                            );
                            "differs".to_owned()
                        }
                        Err(error) => {
                            println!("{place} {} {at}: {error}", path.display());
                            error.to_string()
                        }
                    };
                    *counts.entry(format!("{place} {verdict}")).or_default() += 1;
                }
            }
        }
    }
    println!("{version}: {counts:#?} rounds {all_rounds}");
}
