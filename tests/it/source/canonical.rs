//! The canonical text: the same code, unchanged when applied twice, independent of spelling.
//!
//! `LUADEC_TOK_SOURCES=DIRECTORY` tests the files of a directory instead of the fixtures.

use std::path::PathBuf;
use std::{env, fs};

use luadec_tok::compare::compare;
use luadec_tok::source::{NodeKind, Source, TokenKind, parse};
use luadec_tok::{Chunk, Version};

use super::{chunk_of, compilers};
use crate::common::{files, fixture, fixtures, golden};

#[track_caller]
fn canonical(text: &str, version: Version) -> String {
    match parse(text.as_bytes(), version) {
        Ok(source) => source.canonical(),
        Err(error) => panic!("{error}: {text}"),
    }
}

#[test]
fn the_example_is_written_as_the_golden_file() {
    let text = fixture("canonical/all.lua");
    let source = parse(&text, Version::Lua54).unwrap();
    golden(
        &fixtures().join("canonical/all.txt"),
        source.canonical().as_bytes(),
    );
}

#[test]
fn each_rule_is_followed() {
    use Version::{Lua51, Lua52, Lua53, Lua54, Lua55};
    for (version, text, wanted) in [
        (Lua53, "", ""),
        (Lua53, "#!/bin/lua\n-- x\n;;", ""),
        (Lua53, "\u{FEFF}#x\nf()", "f()"),
        (Lua53, "do end", "do\nend"),
        (Lua53, "do ; (f)() (g)() end", "do\n\t(f)()(g)()\nend"),
        (Lua53, "do (f)() ; (g)() end", "do\n\t(f)()\n\t;(g)()\nend"),
        (
            Lua53,
            "function a.b:c(d,...)end",
            "function a.b:c(d, ...) end",
        ),
        (
            Lua53,
            "local function f()do end end",
            "local function f()\n\tdo\n\tend\nend",
        ),
        (
            Lua53,
            "return-x,- -x,-(-x),not-x,~x,~-x",
            "return -x, - -x, -(-x), not -x, ~x, ~-x",
        ),
        (
            Lua53,
            "x=a-b- -c^-d..1 ..2",
            "x = a - b - -c ^ -d .. 1 .. 2",
        ),
        (
            Lua53,
            "f'x'.y{1}:z[[w]]\n[1]=2",
            "f(\"x\").y({1}):z(\"w\")[1] = 2",
        ),
        (
            Lua53,
            "x={[('y')]=1,['y']=2,['\\u{79}1']=3,['1y']=4}",
            "x = {[(\"y\")] = 1, y = 2, y1 = 3, [\"1y\"] = 4}",
        ),
        (
            Lua53,
            "x=a[('y')],a['goto'],a['']",
            "x = a[(\"y\")], a[\"goto\"], a[\"\"]",
        ),
        (Lua51, "goto=a['goto']['end']", "goto = a.goto[\"end\"]"),
        (
            Lua53,
            "x={f=function()end,function()return end}",
            "x = {\n\tf = function() end,\n\tfunction()\n\t\treturn\n\tend,\n}",
        ),
        (
            Lua53,
            "f({a=function()g({b=function()h()end})end})",
            "f({\n\ta = function()\n\t\tg({\n\t\t\tb = function()\n\t\t\t\th()\n\t\t\tend,\n\t\t})\n\tend,\n})",
        ),
        (Lua53, "x={{},{{1;2};}}", "x = {{}, {{1, 2}}}"),
        (
            Lua53,
            "x='\"' y='\"\\'' z=\"'\"",
            "x = '\"'\ny = \"\\\"'\"\nz = \"'\"",
        ),
        (
            Lua53,
            "x='\\0\\0001\\x7f\\xff9\\\n\\z  \\195\\169\\u{D800}'",
            "x = \"\\0\\0001\\127\\2559\\né\\237\\160\\128\"",
        ),
        (
            Lua54,
            "x='\\u{7FFFFFFF}'",
            "x = \"\\253\\191\\191\\191\\191\\191\"",
        ),
        (Lua51, "x='\\x\\u{\\z\\q\\065'", "x = \"xu{zqA\""),
        (Lua53, "x=[[\r\n\r\n\n\ra\r]]", "x = \"\\n\\na\\n\""),
        (
            Lua53,
            "x=0xFFFFFFFFFFFFFFFF y=0x7p1 z=0x1F w=9223372036854775808",
            "x = 0xffffffffffffffff\ny = 14.0\nz = 31\nw = 9.223372036854775807e+18"
                .replace("775807", "776")
                .as_str(),
        ),
        (
            Lua53,
            "x=1e999 y=3. z=1e15 w=1e16 v=00012",
            "x = 1e999\ny = 3.0\nz = 1000000000000000.0\nw = 1e+16\nv = 12",
        ),
        (
            Lua52,
            "x=1e999 y=3. z=1e15 w=1e16 v=0x.8",
            "x = 1e999\ny = 3\nz = 1000000000000000\nw = 1e+16\nv = 0.5",
        ),
        (
            Lua51,
            "for i=1,2 do break; end",
            "for i = 1, 2 do\n\tbreak\nend",
        ),
        (
            Lua54,
            "local a<const>,b<close> ,c=1",
            "local a <const>, b <close>, c = 1",
        ),
        (
            Lua55,
            "local<const>a,b<close> =1,nil",
            "local <const> a, b <close> = 1, nil",
        ),
        (
            Lua55,
            "global<const>* global x,y<const>",
            "global <const> *\nglobal x, y <const>",
        ),
        (
            Lua55,
            "global * global function f(a,...t)return t end",
            "global *\nglobal function f(a, ...t)\n\treturn t\nend",
        ),
        (Lua55, "global=1", "global = 1"),
    ] {
        assert_eq!(canonical(text, version), wanted, "{version}: {text}");
    }
}

#[test]
fn a_table_of_80_bytes_takes_one_line() {
    let table = |length: usize| format!("{{\"{}\"}}", "x".repeat(length - 4));
    let one_line = format!("x = {}", table(80));
    assert_eq!(canonical(&one_line, Version::Lua53), one_line);
    let text = format!("x = {}", table(81));
    let wanted = text.replace('{', "{\n\t").replace('}', ",\n}");
    assert_eq!(canonical(&text, Version::Lua53), wanted);
}

/// The texts that the laws are tested on.
pub fn texts() -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths = Vec::new();
    match env::var_os("LUADEC_TOK_SOURCES") {
        Some(directory) => find(&PathBuf::from(directory), &mut paths),
        None => {
            paths = files("", "lua");
            paths.extend(files("penlight", "lua"));
        }
    }
    let read = |path: PathBuf| Some((path.clone(), fs::read(path).ok()?));
    paths.into_iter().filter_map(read).collect()
}

fn find(directory: &PathBuf, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, paths);
        } else if path.extension().is_some_and(|ending| ending == "lua") {
            paths.push(path);
        }
    }
}

#[test]
fn the_canonical_text_is_the_same_code() {
    for version in compilers() {
        let (mut count, mut different) = (0, Vec::new());
        for (path, text) in texts() {
            let Ok(source) = parse(&text, version) else {
                continue;
            };
            let canonical = source.canonical();
            let again = parse(canonical.as_bytes(), version).unwrap().canonical();
            assert_eq!(again, canonical, "{version}: {}", path.display());
            let (Some(asked), Some(answer)) = (
                chunk_of(&text, version),
                chunk_of(canonical.as_bytes(), version),
            ) else {
                continue;
            };
            let (asked, answer) = (Chunk::read(&asked).unwrap(), Chunk::read(&answer).unwrap());
            count += 1;
            if !compare(version, &asked.main, &answer.main).identical {
                different.push(path);
            }
        }
        println!("{version}: {count} files, {different:?} differ");
        assert!(count > 4, "{version}: {count}");
        assert!(different.is_empty(), "{version}: {different:?}");
    }
}

/// Numbers that look random, the same in every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }
}

/// Spells a text differently: other white space, comments and `;`, strings in other quotes and as
/// escapes, numbers in hexadecimal and with exponents.
fn respelled(source: &Source, draws: &mut Draws) -> Vec<u8> {
    let mut text = Vec::new();
    if draws.below(2) == 0 {
        text.extend_from_slice(b"\xEF\xBB\xBF");
    }
    if draws.below(2) == 0 {
        text.extend_from_slice(b"#!/usr/bin/lua -- \"\n");
    }
    let ends = statement_ends(source);
    let mut after = TokenKind::Semicolon;
    for at in 0..source.tokens.len() as u32 - 1 {
        let kind = source.tokens[at as usize].kind;
        // Lua 5.1 has no empty statements.
        if ends.contains(&at) && kind != TokenKind::Semicolon && draws.below(4) == 0 {
            text.push(b';');
        }
        let gaps: &[&str] = match kind {
            // In Lua 5.1 the parenthesis of a call stands on the line of the function.
            TokenKind::OpenParen => &["", " ", "\t\x0B"],
            _ if after == TokenKind::Minus && kind == TokenKind::Minus => &[" "],
            _ => &[
                " ",
                "\n",
                "\r\n\t",
                " --x\n",
                " --[==[ ]]\n]==]",
                " --[ x\r",
                " --[[function f() end \"]]",
            ],
        };
        text.extend_from_slice(gaps[draws.below(gaps.len())].as_bytes());
        let token = source.token(at);
        match kind {
            TokenKind::String if token[0] != b'[' => respell_string(&mut text, token, draws),
            TokenKind::Number => respell_number(&mut text, source, token, draws),
            _ => text.extend_from_slice(token),
        }
        after = kind;
    }
    text
}

/// Returns the tokens after statements, before which a `;` may stand.
fn statement_ends(source: &Source) -> std::collections::HashSet<u32> {
    let blocks = (0..).zip(&source.nodes);
    let blocks = blocks.filter(|(_, node)| node.kind == NodeKind::Block);
    let statements = blocks.flat_map(|(block, _)| source.children(block));
    let last = statements.map(|statement| source.nodes[statement as usize]);
    // In Lua 5.2 and later a `;` belongs to its `return`.
    let last =
        last.filter(|node| source.tokens[node.last as usize - 1].kind != TokenKind::Semicolon);
    last.map(|node| node.last).collect()
}

fn respell_string(text: &mut Vec<u8>, token: &[u8], draws: &mut Draws) {
    let inner = &token[1..token.len() - 1];
    let is_plain = !inner.contains(&b'\\');
    match draws.below(4) {
        0 if is_plain => {
            let quote = [b'"', b'\''][draws.below(2)];
            text.push(quote);
            text.extend(inner.iter().flat_map(|b| format!("\\{b:03}").into_bytes()));
            text.push(quote);
        }
        1 if is_plain && !inner.contains(&b']') => {
            text.extend_from_slice(b"[==[\n");
            text.extend_from_slice(inner);
            text.extend_from_slice(b"]==]");
        }
        _ => text.extend_from_slice(token),
    }
}

fn respell_number(text: &mut Vec<u8>, source: &Source, token: &[u8], draws: &mut Draws) {
    let number = str::from_utf8(token).unwrap();
    let has_integers = source.version >= Version::Lua53;
    let is_float = number.contains(['.', 'e', 'E']) || !has_integers;
    let other = match (number.parse::<u32>(), number.parse::<f64>()) {
        (Ok(integer), _) if draws.below(2) == 0 => format!("0X{integer:04X}"),
        (Ok(integer), _) if !has_integers => format!("{integer}.e0"),
        (Err(_), Ok(float)) if is_float && float.is_finite() && draws.below(2) == 0 => {
            format!("{float:E}")
        }
        (Ok(_), _) if has_integers => format!("00{number}"),
        _ => number.to_owned(),
    };
    text.extend_from_slice(other.as_bytes());
}

#[test]
fn spelling_does_not_count() {
    let mut draws = Draws(0x5EED);
    for version in Version::ALL {
        let mut count = 0;
        for (path, text) in texts() {
            let Ok(source) = parse(&text, version) else {
                continue;
            };
            let other = respelled(&source, &mut draws);
            let other = match parse(&other, version) {
                Ok(other) => other.canonical(),
                Err(error) => panic!("{version}: {}: {error}", path.display()),
            };
            assert_eq!(other, source.canonical(), "{version}: {}", path.display());
            count += 1;
        }
        assert!(count > 4, "{version}: {count}");
    }
}
