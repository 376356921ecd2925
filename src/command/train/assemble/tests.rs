//! The law: a chunk whose outlines are answered with their own canonical answers gives the same chunk.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::PoisonError;

use luadec_tok::source::{Binding, Inside, Source, VariableKind, parse, parse_answer};
use luadec_tok::stream::Outline;
use luadec_tok::{Chunk, Version};
use serde_json::json;

use super::answers::Answers;
use super::build::{Building, UsedAnswer};
use super::choose::{Asked, choose};
use super::functions::{Function, functions};
use super::report::Outcome;
use crate::command::train::compile::Compiler;
use crate::command::train::helper::CHILDREN;
use crate::command::train::outline;

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

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }
}

/// An answer with a new name for each variable, and for each upvalue if asked. The names of other answers
/// and of globals are among the new ones.
fn renamed(
    answer: &UsedAnswer,
    version: Version,
    with_upvalues: bool,
    globals: &[String],
    random: &mut Random,
) -> UsedAnswer {
    let source = parse_answer(answer.text.as_bytes(), version).unwrap();
    let own: HashSet<&[u8]> = source.names.iter().map(|name| source.name(name)).collect();
    let mut pool: Vec<String> = (0..source.variables.len() + answer.upvalues.len())
        .map(|number| format!("n{number}"))
        .collect();
    pool.extend(
        globals
            .iter()
            .filter(|name| !own.contains(name.as_bytes()))
            .cloned(),
    );
    pool.extend(
        ["self".to_owned()]
            .into_iter()
            .filter(|_| !own.contains(&b"self"[..])),
    );
    pool.sort();
    pool.dedup();
    let mut new_name = || pool.swap_remove(random.below(pool.len()));
    let is_kept = |name: &[u8]| name == b"_ENV" || name == b"arg" && version == Version::Lua51;
    let mut words: BTreeMap<usize, String> = BTreeMap::new();
    let names: Vec<String> = source
        .variables
        .iter()
        .map(|variable| {
            let name = source.variable_name(variable);
            match is_kept(name) || variable.kind == VariableKind::Global {
                true => String::from_utf8_lossy(name).into_owned(),
                false => new_name(),
            }
        })
        .collect();
    for (variable, name) in source.variables.iter().zip(&names) {
        if !matches!(variable.kind, VariableKind::Arg | VariableKind::Global) {
            words.insert(variable.token as usize, name.clone());
        }
    }
    let mut upvalues = HashMap::new();
    let mut of_upvalue: HashMap<Vec<u8>, String> = HashMap::new();
    for (name, index) in &answer.upvalues {
        let new = match with_upvalues && !is_kept(name) {
            true => new_name(),
            false => String::from_utf8_lossy(name).into_owned(),
        };
        of_upvalue.insert(name.clone(), new.clone());
        upvalues.insert(new.into_bytes(), *index);
    }
    for name in &source.names {
        let word = match name.binding {
            Binding::Variable(id) => names[id as usize].clone(),
            Binding::Free { .. } => match of_upvalue.get(source.name(name)) {
                Some(name) => name.clone(),
                None => continue,
            },
            _ => continue,
        };
        words.insert(name.token as usize, word);
    }
    let mut text = String::new();
    for (number, token) in source.tokens.iter().enumerate() {
        let spelled = &answer.text[token.range()];
        text.push_str(words.get(&number).map_or(spelled, |word| word));
        text.push(' ');
    }
    UsedAnswer {
        text,
        upvalues,
        ..*answer
    }
}

/// Reads answers from rows in a random order.
fn shuffled(ids: &[[String; 2]], answers: &[UsedAnswer], random: &mut Random) -> Answers {
    let rows = ids.iter().zip(answers);
    let rows = rows.map(|([id, _], answer)| json!({"id": id, "prediction": answer.text}));
    let mut rows: Vec<String> = rows.map(|row| row.to_string()).collect();
    let mut read = Answers::default();
    while !rows.is_empty() {
        let row = rows.swap_remove(random.below(rows.len()));
        read.add(row.as_bytes(), |_| true).unwrap();
    }
    read
}

/// Returns the own canonical answers of a source, whose chunk has debug information; `None` if a function
/// cannot be taken out of it.
fn own_answers(source: &Source, functions: &[Function]) -> Option<Vec<UsedAnswer>> {
    let answer = |(number, function): (u32, &Function)| {
        let upvalues = function.proto.upvalues.iter().enumerate();
        let upvalues =
            upvalues.map(|(index, upvalue)| Some((upvalue.name.as_deref()?.to_vec(), index)));
        Some(UsedAnswer {
            text: source.answer(number, Inside::Holes).ok()?,
            upvalues: upvalues.collect::<Option<_>>()?,
            env: None,
            is_proven: true,
        })
    };
    (0..).zip(functions).map(answer).collect()
}

/// Returns a compiler that works in this process; `None` if it is not installed.
fn compiler(version: Version) -> Option<Compiler> {
    let program = match version {
        Version::Lua53 => return Compiler::of_dialect(None, None).ok(),
        Version::Lua51 => "luac5.1",
        Version::Lua52 => "luac5.2",
        Version::Lua54 => "luac5.4",
        _ => "luac5.5",
    };
    if Command::new(program).arg("-v").output().is_err() {
        eprintln!("skipped: {program} is not installed");
        return None;
    }
    let lua = format!(
        r#"{{"Luac":{{"program":"{program}","arguments":[],"version":{}}}}}"#,
        version.byte()
    );
    Some(Compiler::in_helper(serde_json::from_str(&lua).unwrap()))
}

/// The counts of a run.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    files: usize,
    /// The chunks that all answers are proven for.
    proven: usize,
    /// The files that compile to their chunk.
    same: usize,
    /// The files that should be the canonical source and are.
    canonical: usize,
}

/// Assembles a source from its own answers, with and without debug information, with its own names and
/// with others, and prints what is not proven.
fn assemble_own(building: &Building, version: Version, path: &Path, counts: &mut Counts) {
    let text = std::fs::read(path).unwrap();
    let Ok(source) = parse(&text, version) else {
        return;
    };
    let Ok(bytes) = building.compile(&text) else {
        return;
    };
    counts.files += 1;
    let chunk = Chunk::read(&bytes).unwrap();
    let mut stripped = chunk.clone();
    stripped.strip();
    let free = source.free_names(0).into_iter();
    let globals: Vec<String> = free.map(|name| name.escape_ascii().to_string()).collect();
    let mut random = Random(counts.files as u64);
    let Some(answers) = own_answers(&source, &functions(&chunk).unwrap()) else {
        eprintln!("{version} {path:?}: a function has no answer");
        return;
    };
    for chunk in [&chunk, &stripped] {
        let functions = functions(chunk).unwrap();
        let is_stripped = chunk.main.lineinfo.is_empty();
        let other = answers.iter();
        let other =
            other.map(|answer| renamed(answer, version, is_stripped, &globals, &mut random));
        for (answers, is_renamed) in [(&other.collect::<Vec<_>>(), true), (&answers, false)] {
            let outlines: Vec<Outline> = chunk.to_outlines().map(|(_, outline)| outline).collect();
            let ids = outlines.iter().map(outline::id);
            let ids: Vec<[String; 2]> = ids.map(|id| [id.clone(), id]).collect();
            let rows = shuffled(&ids, answers, &mut random);
            let asked = functions.iter().zip(&outlines).zip(&ids);
            let asked = asked.map(|((function, outline), id)| Asked {
                function,
                outline,
                stripped: outline,
                id: &id[0],
                attempts: rows.attempts(id),
            });
            let asked: Vec<Asked> = asked.collect();
            let choices = choose(building.compiler, building.seconds, &asked, |_| {});
            let mut unproven = choices.iter();
            if let Some(unproven) = unproven.find(|choice| choice.report.outcome != Outcome::Proven)
            {
                let (report, reason) = (&unproven.report, unproven.report.reason());
                eprintln!("{version} {path:?}: {}: {reason}", report.function);
                continue;
            }
            counts.proven += 1;
            let used: Vec<_> = choices.iter().map(|choice| choice.used.as_ref()).collect();
            let built = match building.build(chunk, &functions, &used) {
                Ok(built) => built,
                Err(error) => {
                    eprintln!("{version} {path:?}: {error}");
                    continue;
                }
            };
            counts.same += usize::from(built.comparison.same);
            let is_canonical = built.text == source.canonical();
            counts.canonical += usize::from(is_canonical && !is_stripped);
            if !built.comparison.same || !is_canonical && !is_stripped {
                let first = built.comparison.differences.first();
                eprintln!("{version} {path:?}: renamed {is_renamed}: {first:?}");
            }
        }
    }
}

/// The corpus is the fixtures, or the directory in `LUADEC_TOK_CORPUS`. `LUADEC_TOK_VERSION` selects one
/// version, such as 5.3.
#[test]
fn own_answers_give_the_source() {
    let children = CHILDREN.lock();
    let _children = children.unwrap_or_else(PoisonError::into_inner);
    let directory = std::env::var_os("LUADEC_TOK_CORPUS");
    let mut files = Vec::new();
    lua_files(
        Path::new(directory.as_deref().unwrap_or("fixtures".as_ref())),
        &mut files,
    );
    let only = std::env::var("LUADEC_TOK_VERSION").ok();
    let is_selected = |version: &Version| {
        let only = only.as_ref();
        only.is_none_or(|only| *only == version.to_string())
    };
    for version in Version::ALL.into_iter().filter(is_selected) {
        let Some(compiler) = compiler(version) else {
            continue;
        };
        let building = Building {
            compiler: &compiler,
            seconds: 10,
        };
        let mut counts = Counts::default();
        for path in &files {
            assemble_own(&building, version, path, &mut counts);
        }
        println!("{version}: {counts:?}");
        assert_eq!(counts.same, counts.proven);
        if directory.is_none() {
            assert_eq!(counts.proven, 4 * counts.files);
            // Answers have the values of compile-time constants.
            let with_constants = match version {
                Version::Lua54 | Version::Lua55 => 2,
                _ => 0,
            };
            assert_eq!(counts.canonical, 2 * (counts.files - with_constants));
        }
    }
}
