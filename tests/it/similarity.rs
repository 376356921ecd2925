//! Bounds of `Comparison::similarity` for answers that are nearly right and for wrong ones, checked on
//! real files. This checks them on the files of a directory, at most 400, instead of the fixtures:
//!
//!     LUADEC_TOK_SOURCES=DIR cargo test --test it similarity:: -- --nocapture

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use luadec_tok::chunk::{Chunk, Constant, Proto};
use luadec_tok::compare::{Comparison, compare, disassemble};
use luadec_tok::opcodes::Instruction;
use luadec_tok::source::{Binding, Source, TokenKind, VariableKind, parse};
use luadec_tok::{Version, undump};

use crate::common::fixtures;

const VERSION: Version = Version::Lua53;
/// The least number of instructions that a function or file needs for the bounds to apply.
const LEAST: usize = 8;

/// A generator of pseudorandom numbers, the same in every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }

    fn one<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        list.get(self.below(list.len()))
    }
}

/// Measured values, and the values that exceed a bound.
struct Measured {
    name: &'static str,
    count: usize,
    sum: f64,
    worst: f64,
    beyond: Vec<String>,
}

impl Measured {
    fn new(name: &'static str) -> Measured {
        Measured {
            name,
            count: 0,
            sum: 0.0,
            worst: f64::MIN,
            beyond: Vec::new(),
        }
    }

    fn add(&mut self, value: f64, bound: f64, of: impl Display) {
        self.count += 1;
        self.sum += value;
        self.worst = self.worst.max(value);
        if value > bound + 1e-9 {
            self.beyond.push(format!("{value:.3} > {bound:.3}: {of}"));
        }
    }

    /// Checks that there are values and that none exceeds its bound.
    #[track_caller]
    fn check(&self) {
        let Measured {
            name, count, worst, ..
        } = self;
        let mean = self.sum / *count as f64;
        println!(
            "{name}: {count}, mean {mean:.4}, worst {worst:.4}, beyond {}",
            self.beyond.len()
        );
        assert!(*count >= 9, "{name}: {count}");
        assert!(self.beyond.is_empty(), "{name}: {:#?}", self.beyond);
    }
}

/// A source and its chunk.
struct File {
    path: PathBuf,
    text: Vec<u8>,
    chunk: Vec<u8>,
}

impl File {
    fn main(&self) -> Proto<'_> {
        undump(&self.chunk).unwrap().chunk.main
    }
}

fn compiled(text: &[u8]) -> Option<Vec<u8>> {
    let lua = mlua::Lua::new();
    let load = lua.load(text).set_name("@source.lua");
    let function = load.set_mode(mlua::chunk::ChunkMode::Text).into_function();
    function.ok().map(|function| function.dump(false))
}

fn files() -> Vec<File> {
    let named = std::env::var_os("LUADEC_TOK_SOURCES");
    let directory = named.map_or_else(|| fixtures().join("penlight"), PathBuf::from);
    let mut paths = Vec::new();
    find(&directory, &mut paths);
    paths.sort();
    let mut draws = Draws(0x5EED);
    let mut files = Vec::new();
    while files.len() < 400 && !paths.is_empty() {
        let path = paths.swap_remove(draws.below(paths.len()));
        let text = fs::read(&path).unwrap();
        if parse(&text, VERSION).is_ok()
            && !text.starts_with(b"#")
            && let Some(chunk) = compiled(&text)
            && size(&undump(&chunk).unwrap().chunk.main) >= LEAST
        {
            files.push(File { path, text, chunk });
        }
    }
    files
}

fn find(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.extension() {
            _ if path.is_symlink() => {}
            _ if path.is_dir() => find(&path, found),
            Some(extension) if extension == "lua" => found.push(path),
            _ => {}
        }
    }
}

/// Counts the instructions of a function and of those inside it, as scores do.
fn size(p: &Proto) -> usize {
    Comparison::of_nothing(VERSION, p).instructions
}

/// Returns a function with and without its debug information.
fn asked<'p>(p: &Proto<'p>) -> [Proto<'p>; 2] {
    let mut stripped = p.clone();
    stripped.strip();
    [p.clone(), stripped]
}

fn cost(asked: &Proto, answer: &Proto) -> f64 {
    1.0 - compare(VERSION, asked, answer).similarity()
}

/// Replaces bytes of a text.
fn spliced(text: &[u8], bytes: std::ops::Range<usize>, new: &[u8]) -> Vec<u8> {
    [&text[..bytes.start], new, &text[bytes.end..]].concat()
}

/// Returns the path of a function in the tree of functions.
fn place(source: &Source, function: usize) -> Vec<usize> {
    let mut place = Vec::new();
    let mut inner = function;
    while let Some(parent) = source.functions[inner].parent {
        let parent = parent as usize;
        let before = (parent + 1..inner)
            .filter(|other| source.functions[*other].parent == Some(parent as u32));
        place.push(before.count());
        inner = parent;
    }
    place.reverse();
    place
}

/// Counts the uses of a `local function` outside of it. If the function is removed, each use reads a
/// global instead, so that many instructions around it change.
fn uses_outside(source: &Source, function: usize) -> usize {
    let name = source.functions[function].name.start;
    let declared = source
        .variables
        .iter()
        .position(|variable| variable.kind == VariableKind::Function && variable.token == name);
    let outside = source.names.iter().filter(|name| {
        let binding = declared.map(|variable| Binding::Variable(variable as u32));
        Some(name.binding) == binding && !source.is_inside(name.function, function as u32)
    });
    outside.count()
}

fn at<'p>(main: &'p Proto<'p>, place: &[usize]) -> Option<&'p Proto<'p>> {
    place.iter().try_fold(main, |p, index| p.p.get(*index))
}

#[test]
fn a_missing_or_extra_function_costs_little_more_than_its_share() {
    let mut removed = Measured::new("a function removed: cost beyond twice its share");
    let mut added = Measured::new("an empty function added: cost beyond twice its share");
    let mut draws = Draws(1);
    for file in files() {
        let main = file.main();
        let all = size(&main) as f64;
        let source = parse(&file.text, VERSION).unwrap();
        let named = (1..source.functions.len()).filter(|f| !source.functions[*f].name.is_empty());
        let named: Vec<usize> = named.collect();
        for _ in 0..4 {
            let Some(function) = draws.one(&named) else {
                break;
            };
            let bytes = source.function_bytes(*function as u32);
            let answer = compiled(&spliced(&file.text, bytes.clone(), b""));
            let Some(answer) = answer else {
                continue;
            };
            let answer = undump(&answer).unwrap().chunk.main;
            let uses = uses_outside(&source, *function);
            let share = (all - size(&answer) as f64 + uses as f64) / all;
            let added_to = spliced(
                &file.text,
                bytes.start..bytes.start,
                b"function added() end ",
            );
            let more = compiled(&added_to).unwrap();
            let more = undump(&more).unwrap().chunk.main;
            let share_of_more = (size(&more) as f64 - all) / size(&more) as f64;
            for asked in asked(&main) {
                let of = format!("{} at {}", file.path.display(), bytes.start);
                removed.add(cost(&asked, &answer) - 2.0 * share, 0.05, &of);
                added.add(cost(&asked, &more) - 2.0 * share_of_more, 0.05, &of);
            }
        }
    }
    removed.check();
    added.check();
}

#[test]
fn an_unused_local_costs_little() {
    let mut measured = Measured::new("an unused local: cost");
    let mut draws = Draws(2);
    for file in files() {
        let main = file.main();
        let source = parse(&file.text, VERSION).unwrap();
        for _ in 0..6 {
            let function = draws.below(source.functions.len());
            let body = source.functions[function].body.clone();
            let Some(p) = at(&main, &place(&source, function)) else {
                continue;
            };
            if size(p) < LEAST || body.is_empty() {
                continue;
            }
            // Before the body, or before some statement.
            let first = source.bytes(body.clone()).start;
            let statements = body.filter(|token| {
                let text = source.token(*token);
                [&b"if"[..], b"local", b"for", b"while", b"return"].contains(&text)
            });
            let statements: Vec<usize> = statements
                .map(|token| source.bytes(token..token + 1).start)
                .collect();
            for at_byte in [Some(&first), draws.one(&statements)].into_iter().flatten() {
                let text = spliced(&file.text, *at_byte..*at_byte, b"local unused ");
                let Some(answer) = compiled(&text) else {
                    continue;
                };
                let answer = undump(&answer).unwrap().chunk.main;
                let answer = at(&answer, &place(&source, function)).unwrap();
                for asked in asked(p) {
                    let of = format!("{} at {at_byte}", file.path.display());
                    measured.add(cost(&asked, answer), 0.3, of);
                }
            }
        }
    }
    measured.check();
}

/// Counts the instructions that are disassembled differently in two trees of functions. Returns `None` if
/// the trees have different shapes.
fn differing(a: &Proto, b: &Proto) -> Option<usize> {
    if (a.code.len(), a.p.len(), a.upvalues.len()) != (b.code.len(), b.p.len(), b.upvalues.len()) {
        return None;
    }
    // Compare upvalues by name, because their numbers follow the order of the text.
    let shown = |p: &Proto, pc| {
        let text = disassemble(VERSION, p, pc).unwrap();
        let words = text.split(' ').map(|word| match word.split_once('(') {
            Some((number, name)) if number.starts_with('U') => name.to_owned(),
            _ => word.to_owned(),
        });
        words.collect::<Vec<_>>()
    };
    let own = (0..a.code.len()).filter(|pc| shown(a, *pc) != shown(b, *pc));
    let inside = a.p.iter().zip(&b.p).map(|(a, b)| differing(a, b));
    inside
        .sum::<Option<usize>>()
        .map(|inside| own.count() + inside)
}

#[test]
fn one_wrong_instruction_is_at_most_two_edits() {
    let mut measured = Measured::new("one wrong instruction: edits");
    let mut draws = Draws(3);
    for file in files() {
        let main = file.main();
        let source = parse(&file.text, VERSION).unwrap();
        for _ in 0..120 {
            let function = draws.below(source.functions.len());
            let (body, place) = (
                source.functions[function].body.clone(),
                place(&source, function),
            );
            let Some(p) = at(&main, &place).filter(|p| size(p) >= LEAST) else {
                continue;
            };
            if body.is_empty() {
                continue;
            }
            let token = body.start + draws.below(body.len()) as u32;
            let other = body.start + draws.below(body.len()) as u32;
            let (text, other) = (source.token(token), source.token(other));
            let new = match source.tokens[token as usize].kind {
                TokenKind::Name if draws.below(2) == 0 => [text, b"_"].concat(),
                TokenKind::Name => other.to_vec(),
                TokenKind::String => b"'changed'".to_vec(),
                TokenKind::Number => b"77".to_vec(),
                _ if text == b"+" => b"-".to_vec(),
                _ if text == b"<" => b"<=".to_vec(),
                _ => continue,
            };
            let bytes = source.bytes(token..token + 1);
            let Some(answer) = compiled(&spliced(&file.text, bytes.clone(), &new)) else {
                continue;
            };
            let answer = undump(&answer).unwrap().chunk.main;
            let Some(answer) = at(&answer, &place).filter(|answer| differing(p, answer) == Some(1))
            else {
                continue;
            };
            for asked in asked(p) {
                let compared = compare(VERSION, &asked, answer);
                // In a stripped function, another variable may be right, too.
                if !compared.same {
                    let of = format!(
                        "{} at {}, {}: {:?}",
                        file.path.display(),
                        bytes.start,
                        new.escape_ascii(),
                        compared.differences[0]
                    );
                    measured.add(compared.edit_distance as f64, 2.0, of);
                }
            }
        }
    }
    measured.check();
}

/// Changes the constant of an instruction in a tree of functions. Returns false if the instruction drawn
/// has none, or has been changed before.
fn with_error(p: &mut Proto, errors: &mut Vec<(Vec<usize>, usize)>, draws: &mut Draws) -> bool {
    let mut path = Vec::new();
    let mut here = p;
    while !here.p.is_empty() && draws.below(3) > 0 {
        let inner = draws.below(here.p.len());
        path.push(inner);
        here = &mut here.p[inner];
    }
    let pc = draws.below(here.code.len());
    let i = here.code.get(pc).unwrap();
    let name = VERSION.opcode_of(i).name();
    if errors.contains(&(path.clone(), pc))
        || !["LOADK", "GETTABUP", "GETTABLE", "SELF"].contains(&name)
    {
        return false;
    }
    let text = format!("changed{}", errors.len()).into_bytes();
    let constant = here.k.len() as u32;
    here.k.push(&Constant::String(text.into()));
    let word = match name {
        "LOADK" => i.0 & 0x3FFF | constant << 14,
        _ if constant < 256 => i.0 & !(0x1FF << 14) | (256 | constant) << 14,
        _ => return false,
    };
    let code = here.code.iter().enumerate();
    here.code = code
        .map(|(at, i)| if at == pc { Instruction(word) } else { i })
        .collect();
    errors.push((path, pc));
    true
}

#[test]
fn every_further_error_lowers_the_similarity() {
    let mut measured = Measured::new("one more error: gain");
    let mut draws = Draws(4);
    for file in files() {
        let main = file.main();
        let source = parse(&file.text, VERSION).unwrap();
        for _ in 0..4 {
            let place = place(&source, draws.below(source.functions.len()));
            let Some(p) = at(&main, &place).filter(|p| size(p) >= LEAST) else {
                continue;
            };
            for asked in asked(p) {
                let (mut answer, mut errors) = (p.clone(), Vec::new());
                let mut last = 1.0;
                for _ in 0..20 {
                    if with_error(&mut answer, &mut errors, &mut draws) {
                        let similarity = compare(VERSION, &asked, &answer).similarity();
                        let of = format!("{} {place:?} {errors:?}", file.path.display());
                        measured.add(similarity - last, -1e-9, of);
                        last = similarity;
                    }
                }
            }
        }
    }
    measured.check();
}

#[test]
fn an_answer_that_ignores_the_prompt_has_little_similarity() {
    let files = files();
    let mains: Vec<Proto> = files.iter().map(File::main).collect();
    let mut functions = Vec::new();
    for main in &mains {
        add(main, &mut functions);
    }
    functions.retain(|p| size(p) >= LEAST);
    let mut draws = Draws(5);
    while functions.len() > 1000 {
        functions.swap_remove(draws.below(functions.len()));
    }
    let mean = |answer: &Proto| {
        let others = functions.iter().filter(|p| !std::ptr::eq(**p, answer));
        let similarities = others
            .flat_map(|p| asked(p))
            .map(|p| 1.0 - cost(&p, answer));
        similarities.sum::<f64>() / (2 * functions.len()) as f64
    };
    let texts = [
        "return f(a)",
        "return self.x, self.y",
        "self.x = a return self",
        "a = a or {} a.x = self.x return a",
        "for k, v in pairs(a) do self[k] = v end return self",
        "self.x = a return self",
        "local t = {} for i, v in ipairs(a) do t[i] = f(v) end return t",
        "if not a then return nil end x.y(a) return a",
        "local b, c = a:m(x) if b then return c end return nil, b",
        "local b = x.y(a) local c = x.y(b) if not b then return nil end return b, c",
    ];
    let texts =
        texts.map(|body| compiled(format!("return function(self, a) {body} end").as_bytes()));
    let texts = texts.map(Option::unwrap);
    let texts = texts
        .each_ref()
        .map(|chunk| undump(chunk).unwrap().chunk.main);
    // If the files come from many programs, some of their functions are such answers, too.
    let step = functions
        .len()
        .div_ceil(match std::env::var_os("LUADEC_TOK_SOURCES") {
            Some(_) => 60,
            None => 1,
        });
    let own = functions.iter().copied().skip(1).step_by(step);
    let own = own.filter(|p| step > 1 && size(p) < 60);
    let mut measured = Measured::new("an answer for all functions: mean similarity");
    for answer in texts.iter().map(|main| &main.p[0]).chain(own) {
        measured.add(mean(answer), 0.05, size(answer));
    }
    measured.check();
    for text in ["", "while true do end"] {
        let answer = compiled(text.as_bytes()).unwrap();
        let answer = Chunk::of_function(VERSION, undump(&answer).unwrap().chunk.main).main;
        for p in &functions {
            assert!(asked(p).iter().all(|p| cost(p, &answer) == 1.0), "{text}");
        }
    }
}

fn add<'p>(p: &'p Proto<'p>, functions: &mut Vec<&'p Proto<'p>>) {
    functions.push(p);
    p.p.iter().for_each(|p| add(p, functions));
}
