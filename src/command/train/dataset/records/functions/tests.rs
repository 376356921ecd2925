//! Each function of a source is paired with its Proto.

use std::path::{Path, PathBuf};

use luadec_tok::Version;
use luadec_tok::chunk::Chunk;
use luadec_tok::source::{Source, parse};
use luadec_tok::undump;

use super::are_paired;
use crate::command::train::compile::compile_here;

/// Checks the lines of each function against the text it is paired with. Returns the number of pairs,
/// or `None` if the source cannot be split.
fn check(source: &[u8], name: &str) -> Option<usize> {
    let compiled = compile_here(source, name, 384 << 20).ok()?;
    let chunk = undump(&compiled).unwrap().chunk;
    let source = parse(source, Version::Lua53).ok()?;
    are_paired(&source, &chunk).then(|| pairs(&source, &chunk, name))
}

fn pairs(source: &Source, chunk: &Chunk, name: &str) -> usize {
    let text = str::from_utf8(source.text).unwrap();
    let functions = (0..).zip(chunk.functions()).skip(1);
    functions
        .map(|(id, function)| {
            let (range, p) = (source.function_bytes(id), function.proto);
            let found = &text[range.clone()];
            let keyword = found.strip_prefix("local").map_or(found, str::trim_start);
            let comment = keyword.starts_with("--");
            assert!(
                comment || keyword.starts_with("function"),
                "{name}: {found}"
            );
            assert!(found.ends_with("end"), "{name}: {found}");
            let line = |offset: usize| text[..offset].matches('\n').count() as i32 + 1;
            let first = line(range.end - keyword.len());
            // Lua records the line of the bracket for some functions.
            let bracket =
                first + keyword[..keyword.find('(').unwrap()].matches('\n').count() as i32;
            assert!(
                (first..=bracket).contains(&p.linedefined),
                "{name}:{first}: {found}"
            );
            assert_eq!(p.lastlinedefined, line(range.end), "{name}: {found}");
        })
        .count()
}

#[test]
fn functions_are_paired_by_structure() {
    let source = include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/dataset/functions.lua"
    ));
    assert_eq!(check(source, "functions.lua"), Some(12));
}

/// Does the same for all sources below the directory in the variable `LUA_SOURCES`.
#[test]
fn functions_of_real_sources_are_paired() {
    let Some(directory) = std::env::var_os("LUA_SOURCES") else {
        return;
    };
    let files: Vec<PathBuf> = walk(Path::new(&directory));
    let (mut pairs, mut apart, mut whole) = (0, 0, 0);
    for file in &files {
        match check(&std::fs::read(file).unwrap(), &file.display().to_string()) {
            Some(count) => {
                pairs += count;
                apart += 1;
            }
            None => whole += 1,
        }
    }
    eprintln!("{pairs} pairs in {apart} files; {whole} do not compile or cannot be split");
    assert!(pairs > 0);
}

fn walk(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let nested = entries.map(|path| match path.is_dir() {
        true => walk(&path),
        false => vec![path],
    });
    let lua = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "lua");
    nested.flatten().filter(lua).collect()
}

/// Returns the text of each function of a source, before those of the functions inside it.
fn texts(source: &str, version: Version) -> Vec<&str> {
    let parsed = parse(source.as_bytes(), version).unwrap();
    let functions = 1..parsed.functions.len() as u32;
    functions
        .map(|id| &source[parsed.function_bytes(id)])
        .collect()
}

#[test]
fn functions_are_found_in_every_version() {
    let inner = "function(a, ...) return a end";
    let outer = format!("local function f() return {inner} end");
    // All kinds of white space, and comments and strings that look like functions.
    let source = format!(
        "\u{FEFF}# function\n-- function x() end\n--[==[ function ]==] s = [[ end ]] .. 'function'\
         \u{b}{outer}\u{c}M.f = {inner} function M.a:b() end"
    );
    for version in Version::ALL {
        let found = texts(&source, version);
        let wanted = [outer.as_str(), inner, inner, "function M.a:b() end"];
        assert_eq!(found, wanted, "{version}");
    }
    for (version, source, wanted) in [
        (
            Version::Lua51,
            "local goto = function() end",
            "function() end",
        ),
        (
            Version::Lua51,
            "x = '\\q' function goto() end",
            "function goto() end",
        ),
        (
            Version::Lua52,
            "x = 3or 4 goto l ::l:: f(function() end)",
            "function() end",
        ),
        (
            Version::Lua54,
            "local f <const> = function() end",
            "function() end",
        ),
        (
            Version::Lua55,
            "global function f(...t) end",
            "global function f(...t) end",
        ),
        (
            Version::Lua55,
            "global f; local global = function() end",
            "function() end",
        ),
    ] {
        assert_eq!(texts(source, version), [wanted], "{version}: {source}");
    }
    assert!(parse(b"goto = function() end", Version::Lua52).is_err());
}
