//! The law: a chunk whose outlines are answered with their own canonical answers gives the same chunk.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use luadec_tok::source::{Binding, Inside, VariableKind, parse, parse_answer};
use luadec_tok::{Chunk, Version};

use super::build::{Building, UsedAnswer};
use super::choose::{Asked, choose};
use super::functions::{Function, functions};
use super::report::{AnswerLevel, Outcome};
use crate::command::train::compile::Compiler;
use luadec_tok::stream::Outline;

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
            Binding::Free { env: None, .. } => match of_upvalue.get(source.name(name)) {
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

/// Returns a compiler that works in this process; `None` if it is not installed.
fn compiler(version: Version) -> Option<Compiler> {
    let program = match version {
        Version::Lua53 => return Compiler::new(None).ok(),
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

/// The number of files, of their chunks that came back the same, and of those that came back as canonical
/// text.
#[derive(Debug, Default)]
struct Counts {
    files: usize,
    same: usize,
    equal: usize,
    functions: usize,
    unproven: usize,
    not_identical: usize,
    skipped: usize,
}

/// Assembles a source from its own answers, with and without debug information, with its own names and
/// with others.
fn assemble_own(building: &Building, version: Version, path: &Path, counts: &mut Counts) {
    let text = std::fs::read(path).unwrap();
    let Ok(source) = parse(&text, version) else {
        return;
    };
    let canonical = source.canonical();
    let Ok(bytes) = building.compile(&String::from_utf8_lossy(&text)) else {
        return;
    };
    counts.files += 1;
    let chunk = Chunk::read(&bytes).unwrap();
    let answers = own_answers(&text, version, &functions(&chunk).unwrap());
    let mut stripped = chunk.clone();
    stripped.strip();
    let free = source.free_names(0).into_iter();
    let globals: Vec<String> = free
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    let mut random = Random(counts.files as u64);
    for chunk in [&chunk, &stripped] {
        let is_stripped = chunk.main.lineinfo.is_empty();
        for is_renamed in [false, true] {
            let new = |answer| renamed(answer, version, is_stripped, &globals, &mut random);
            let new: Vec<UsedAnswer> = answers.iter().map(new).collect();
            let used = match is_renamed {
                true => &new,
                false => &answers,
            };
            let functions = functions(chunk).unwrap();
            let outlines: Vec<Outline> = chunk.to_outlines().map(|(_, outline)| outline).collect();
            let asked: Vec<Asked> = functions
                .iter()
                .zip(&outlines)
                .zip(used)
                .map(|((function, outline), used)| Asked {
                    function,
                    outline,
                    id: "",
                    attempts: vec![&used.text],
                })
                .collect();
            let choices = choose(building.compiler, building.seconds, &asked, |_| {});
            let mut all_proven = true;
            for (number, choice) in choices.iter().enumerate() {
                counts.functions += 1;
                if choice.report.outcome != Outcome::Proven {
                    all_proven = false;
                    counts.unproven += 1;
                    eprintln!(
                        "{version:?} {path:?} {}: stripped {is_stripped}, renamed {is_renamed}: {}",
                        choice.report.function,
                        choice.report.reason()
                    );
                    if std::env::var_os("SHOW").is_some() {
                        eprintln!("{}", used[number].text);
                    }
                } else if choice.report.level != AnswerLevel::Identical {
                    counts.not_identical += 1;
                    eprintln!(
                        "{version:?} {path:?} {}: not identical",
                        choice.report.function
                    );
                }
            }
            if !all_proven {
                counts.skipped += 1;
                continue;
            }
            let used: Vec<_> = choices.iter().map(|choice| choice.used.as_ref()).collect();
            match building.build(chunk, &functions, &used) {
                Ok(built) => {
                    counts.same += usize::from(built.comparison.same);
                    counts.equal += usize::from(built.text == canonical);
                    let first = built.comparison.differences.first();
                    if !built.comparison.same {
                        eprintln!("{version:?} {path:?}: {first:?}");
                        if std::env::var_os("SHOW").is_some() {
                            eprintln!("{}", built.text);
                        }
                    } else if built.text != canonical && !(is_renamed && is_stripped) {
                        eprintln!(
                            "{version:?} {path:?}: other text, stripped {is_stripped}, renamed {is_renamed}"
                        );
                        if std::env::var_os("SHOW").is_some() {
                            eprintln!("{}", built.text);
                        }
                    }
                }
                Err(error) => eprintln!("{version:?} {path:?}: {error}"),
            }
        }
    }
}

#[test]
fn own_answers_give_the_source() {
    let directory = std::env::var_os("LUADEC_TOK_CORPUS");
    let directory = directory.map_or(PathBuf::from("fixtures"), PathBuf::from);
    let mut files = Vec::new();
    lua_files(&directory, &mut files);
    for version in Version::ALL {
        let wanted = std::env::var("LUADEC_TOK_VERSION");
        if wanted.is_ok_and(|wanted| wanted != version.to_string()) {
            continue;
        }
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
        eprintln!("{version:?}: {counts:?}");
        assert_eq!(counts.same + counts.skipped, 4 * counts.files);
    }
}
