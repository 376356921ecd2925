//! What is accepted is what Lua's compiler accepts.

use luadec_tok::Version;
use luadec_tok::Version::{Lua51, Lua52, Lua53, Lua54, Lua55};
use luadec_tok::source::parse;

use super::{compilers, compiles, compiles_here};
use crate::common::files;

/// Texts, each with the versions that accept it.
const TEXTS: &[(&[Version], &[&str])] = &[
    (
        &[Lua51, Lua52, Lua53, Lua54, Lua55],
        &[
            "",
            "--",
            "--[[\n]] --[==[ ]] ]==] --[=",
            "local a, b = 1",
            "local function f(a, b, ...) return f(a, b, ...) end",
            "function a.b.c:d() return self end",
            "a, b.c, d[1], e():f().g = 1, 2; f();",
            "f'x' f[[x]] f{} f().x:y'z'{}[1] = 2",
            "(f or g)() ; (a).b = 1 ; ('x'):rep(2)",
            "x = {1, a = 2, [b] = 3; f(), ...} y = {1,} z = {}",
            "if a then elseif b then else end",
            "while a do break end repeat local x until x for i = 1, 2 do end for i = 1, 2, 3 do end",
            "for a, b in c, d do for e in f do break end end",
            "return",
            "return;",
            "return 1, 2;",
            "for k, v in x do v = k end",
            "for i = 1, 2 do break; end",
            "do return end x = 1",
            "x = a or b and c < d .. e + f * -g ^ -h == not i ~= #j",
            "x = 1 y = 0x1F z = .5 z = 5. z = 1e5 z = 1E-5 z = 3.e+1 z = 0xA",
            "x = '\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\\'\\0\\255\\\n\\\r\n'",
            "x = [[\n]] y = [==[]]]=]]==] z = [=[[[]=]",
            "global = 1 global.x = 2 global() global'x' global{} x = global",
            "_ENV = 1 local _ENV = {} function _ENV.f() end",
            "function f(a, a) end local a, a",
            "x = {f\n(a)}",
            "x = function(...) return function() end end",
        ],
    ),
    (
        &[],
        &[
            "x",
            "x.y",
            "(f())",
            "(x) = 1",
            "f() = 1",
            "x, f() = 1",
            "x = ",
            "x = = 1",
            "local",
            "local x.y = 1",
            "local function f.g() end",
            "function f(a,) end",
            "function f(..., a) end",
            "function f() return ... end",
            "function a:b.c() end",
            "function a[1]() end",
            "f(a,)",
            "return return",
            "return x y",
            "break",
            "while x do function f() break end end",
            "function() end",
            "if x then",
            "if x then else elseif y then end",
            "repeat end",
            "for x do end",
            "for x.y = 1, 2 do end",
            "for i = 1 do end",
            "for i, j = 1, 2 do end",
            "end",
            "x = {1, 2",
            "x = {a.b = 1}",
            "x = (1",
            "x = a b",
            "x = 1 2",
            "a:b",
            "a:b.c()",
            "x = 'a",
            "x = 'a\n'",
            "x = [[a",
            "x = [=[a]]",
            "x = [=a",
            "--[[",
            "x = 3x",
            "x = 1..2",
            "x = 0x",
            "x = 1e",
            "x = 1e+",
            "x = 0x1p",
            "x = '\\300'",
            "x = '\\",
            "x ! y",
            "x = \u{e9}",
            "`x`",
            "x = @y",
            "\u{feff}\u{feff}",
            "x = not",
            "x = #",
            "local function end",
            "goto",
            "x = nil.y",
            "x = {}.y",
            "x = 'a'.b",
            "local x <const = 1",
            "x = ~= 1",
        ],
    ),
    (
        &[Lua51],
        &[
            "goto = 1 local goto function goto() end",
            "x = '\\q\\x\\z\\u'",
        ],
    ),
    (
        &[Lua52, Lua53, Lua54, Lua55],
        &[
            ";",
            ";;; x = 1;;",
            "f\n()",
            "x = f\n(1)",
            "x = [[ [[ ]]",
            "goto l ::l::",
            "::l:: goto l",
            "do goto l end ::l::",
            "do goto l end local x ::l:: ::m:: ; ;",
            "do ::l:: end do ::l:: end",
            "::l:: function f() ::l:: goto l end",
            "while x do break x = 1 end",
            "while x do if y then break; x = 1 end end",
            "repeat if x then goto c end do local y end ::c:: until z",
            "x = '\\x41\\z  \n  b\\z'",
            "x = 0x.8 x = 0x8. x = 0xA.8p-1 x = 0x1P+4",
            "repeat ::l:: until goto_l",
        ],
    ),
    (
        &[Lua52, Lua53],
        &[
            "::l:: do ::l:: end",
            "::l:: do goto l ::l:: end",
            "x = 3or 4",
        ],
    ),
    (
        &[Lua53, Lua54, Lua55],
        &["x = a // b & c | d ~ e << f >> ~g", "x = a ~ b ~= c"],
    ),
    (
        &[Lua51, Lua53, Lua54, Lua55],
        &["x = '\\u{0}\\u{10FFFF}\\u{000000041}'"],
    ),
    (&[Lua51, Lua54, Lua55], &["x = '\\u{7FFFFFFF}'"]),
    (
        &[Lua54, Lua55],
        &[
            "local x <const>, y <close> = 1",
            "local x<const> = 1 local y < close > = nil",
            "local x <const> = 1 do local x = 2 x = 3 end",
            "local t <const> = {} t.x = 1 function t.f() end function t:g() end",
        ],
    ),
    (
        &[Lua51, Lua52, Lua53, Lua54],
        &["for i = 1, 2 do i = 3 end", "for k, v in x do k = v end"],
    ),
    (
        &[Lua55],
        &[
            "global x, y <const> x = y",
            "global x = 1, 2",
            "global * x = 1",
            "global <const> * print(x)",
            "global <const> x, y local <const> z, w <close> = 1",
            "global function f() return f end",
            "global x do global y y = x end x = 1",
            "global x do global * y = 1 end",
            "function f(a, ...t) return t[1], ... end",
            "global none local x = 1 function none() return x end",
        ],
    ),
    (
        &[],
        &[
            // Labels and gotos.
            "goto l",
            "goto l local x ::l:: x = 1",
            "do ::l:: end goto l",
            "::l:: ::l::",
            "goto l function f() ::l:: end",
            "repeat goto c local y ::c:: until z",
            "::l",
            "l::",
            // Constants.
            "local x <const> = 1 x = 2",
            "local x <close> = nil x = 2",
            "local x <const> = 1 function f() x = 2 end",
            "local x <const> = 1 function x() end",
            "local x <const> = 1 y, x = 2",
            "local x <foo> = 1",
            "local x <close>, y <close> = 1, 2",
            "local x <const>= 1",
            // Globals.
            "global x y = 1",
            "global x print(x)",
            "global x <close>",
            "global <close> *",
            "global <const> * x = 1",
            "global x <const> x = 1",
            "global <const> function f() end",
            "global _ENV, x x = 1",
            "goto l global x ::l:: x = 1",
            "function f(...t) t = 1 end",
            "function f(...t, a) end",
            "global",
            "local function f(a, ...) return function() return ... end end",
        ],
    ),
];

#[test]
fn each_version_accepts_its_own() {
    let compilers = compilers();
    let mut wrong = Vec::new();
    for (versions, texts) in TEXTS {
        for (text, version) in texts
            .iter()
            .flat_map(|text| Version::ALL.map(|one| (text, one)))
        {
            let wanted = versions.contains(&version);
            let found = parse(text.as_bytes(), version);
            if found.is_ok() != wanted {
                wrong.push(format!("{version}: {text:?}: {:?}", found.err()));
            }
            if compilers.contains(&version) {
                let lua = compiles(text.as_bytes(), version).unwrap();
                if lua.is_ok() != wanted {
                    wrong.push(format!("luac{version}: {text:?}: {lua:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Draws numbers.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.0 >> 33) as usize) % end
    }
}

/// Pieces of programs, with their tokens apart.
const PIECES: &str = "local x <const> = 1 ; local <close> y = nil ; global z , w <const> = 1 ; \
    global * global function f ( a , ... ) return a , ... end function M . a : b ( ...t ) \
    repeat local q = x goto continue ::continue:: until q while x do break end \
    do goto l end ::l:: for i = 1 , 2 do i = 3 end for k , v in pairs ( t ) do v = k end \
    x . y [ 1 ] : z ( ) . w = { a = 1 , [ b ] = 2 ; f { } } if a then elseif not b then else end \
    x = - a ^ b .. c // d & e | f ~ g << h >> i == j and # k or ~ l f ' s ' [[ s ]] 0x1p4 3in 0x.8 \
    \n ( g or h ) ( 1 ) _ENV . x = 1 local _ENV = { } \"\\x41\\u{7FFFFFFF}\" '\\q' -- \n --[[ ]] [=[ ]=] \
    goto self arg nil true false 1e5 1e \r \u{e9} ! \0";

/// Texts with some tokens dropped, doubled, moved or replaced.
fn mutant(draws: &mut Draws, sources: &[Vec<&str>], pieces: &[&str]) -> String {
    let source = &sources[draws.below(sources.len())];
    let start = draws.below(source.len());
    let length = draws.below(60);
    let mut tokens: Vec<&str> = source.iter().skip(start).take(length).copied().collect();
    for _ in 0..draws.below(4) {
        let place = draws.below(tokens.len() + 1);
        let piece = pieces[draws.below(pieces.len())];
        match draws.below(4) {
            0 if place < tokens.len() => drop(tokens.remove(place)),
            1 if place < tokens.len() => tokens.insert(place, tokens[place]),
            2 if place < tokens.len() => tokens[place] = piece,
            _ => tokens.insert(place, piece),
        }
    }
    // Where a file would begin, `#` starts a comment.
    format!(" {}", tokens.join(" "))
}

#[test]
fn mutants_are_accepted_where_lua_accepts_them() {
    let pieces: Vec<&str> = PIECES.split(' ').collect();
    let texts = files(".", "lua").into_iter().chain(files("dataset", "lua"));
    let texts: Vec<String> = texts
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .collect();
    let mut sources: Vec<Vec<&str>> = texts
        .iter()
        .map(|text| text.split(' ').filter(|token| !token.is_empty()).collect())
        .collect();
    sources.retain(|source: &Vec<&str>| !source.is_empty());
    sources.extend(vec![pieces.clone(); sources.len()]);
    let mut draws = Draws(1);
    let others = compilers().into_iter().filter(|version| *version != Lua53);
    let others: Vec<Version> = others.collect();
    let (mut accepted, mut refused) = (0, 0);
    for i in 0..8_000 {
        let text = mutant(&mut draws, &sources, &pieces);
        let lua = compiles_here(text.as_bytes());
        let found = parse(text.as_bytes(), Lua53);
        assert_eq!(
            found.is_ok(),
            lua.is_ok(),
            "{text:?}: {:?}, {lua:?}",
            found.err()
        );
        match lua {
            Ok(()) => accepted += 1,
            Err(_) => refused += 1,
        }
        // A process for each of these.
        if i % 60 == 0 {
            for version in others.iter().copied() {
                let lua = compiles(text.as_bytes(), version).unwrap();
                let found = parse(text.as_bytes(), version);
                assert_eq!(
                    found.is_ok(),
                    lua.is_ok(),
                    "{version}: {text:?}: {:?}, {lua:?}",
                    found.err()
                );
            }
        }
    }
    assert!(accepted > 300 && refused > 300, "{accepted}, {refused}");
}

/// All sources below the directory that the variable `LUA_SOURCES` names, in every version that has a
/// compiler here.
#[test]
fn real_sources_are_accepted_where_lua_accepts_them() {
    let Some(directory) = std::env::var_os("LUA_SOURCES") else {
        return;
    };
    let compilers = compilers();
    let mut directories = vec![std::path::PathBuf::from(directory)];
    let mut count = 0;
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|ending| ending == "lua") {
                let text = std::fs::read(&path).unwrap();
                for version in &compilers {
                    let found = parse(&text, *version);
                    let lua = compiles(&text, *version).unwrap();
                    let path = path.display();
                    assert_eq!(
                        found.is_ok(),
                        lua.is_ok(),
                        "{version}: {path}: {:?}, {lua:?}",
                        found.err()
                    );
                    count += 1;
                }
            }
        }
    }
    eprintln!("{count} sources and versions");
}
