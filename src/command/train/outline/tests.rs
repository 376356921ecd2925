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

/// Proves attempts as a batch does, and returns the number of runs too.
fn prove_here(version: Version, attempts: Vec<Attempt>) -> (Vec<Result<Proof, Unusable>>, usize) {
    let mut rounds = 0;
    let proven = attempts
        .into_iter()
        .map(|mut attempt| {
            loop {
                rounds += 1;
                let Some(bytes) = compile(version, attempt.source(), false) else {
                    if attempt.has_proof() {
                        return attempt.into_best().ok_or(Unusable::OtherFunction);
                    }
                    if std::env::var_os("SHOW").is_some() {
                        println!("{}", String::from_utf8_lossy(attempt.source()));
                    }
                    return Err(Unusable::OtherFunction);
                };
                let main = Chunk::read(&bytes).unwrap().main;
                if !attempt.take(&main)? {
                    return attempt.into_best().ok_or(Unusable::OtherFunction);
                }
            }
        })
        .collect();
    (proven, rounds)
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
            for exact in [false, true] {
                for (id, (at, outline)) in outlines.iter().enumerate() {
                    let answer = source.answer(id as FunctionId, Inside::Holes).unwrap();
                    let answer = parse_answer(answer.as_bytes(), version).unwrap();
                    let inside = &proto_at(&chunk.main, at).p;
                    let attempt = Attempt::new(outline, &answer, exact.then_some(&inside[..]));
                    let (mut proven, rounds) = match attempt {
                        Ok(attempt) => prove_here(version, vec![attempt]),
                        Err(error) => (vec![Err(error)], 0),
                    };
                    all_rounds += rounds;
                    let verdict = match proven.pop().unwrap() {
                        Ok(proof) if proof.comparison.identical => "identical".to_owned(),
                        Ok(proof) if proof.comparison.same => "same".to_owned(),
                        Ok(proof) => {
                            println!(
                                "strip={strip} exact={exact} {} {at}: {:?}\n{}",
                                path.display(),
                                proof.comparison.differences.first(),
                                answer.canonical().chars().take(400).collect::<String>(),
                            );
                            "differs".to_owned()
                        }
                        Err(error) => {
                            println!(
                                "strip={strip} exact={exact} {} {at}: {error}",
                                path.display()
                            );
                            error.to_string()
                        }
                    };
                    *counts
                        .entry(format!("strip={strip} exact={exact} {verdict}"))
                        .or_default() += 1;
                }
            }
        }
    }
    println!("{version}: {counts:#?} rounds {all_rounds}");
}
