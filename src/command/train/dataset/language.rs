//! What a source is that does not compile: Lua of another version, or a language that is nearly Lua.

use std::fmt;

use luadec_tok::Version;
use luadec_tok::source::parse;

/// The language of a source that the compiler refuses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SourceLanguage {
    /// Lua of another version, whose parser accepts it.
    Lua(Version),
    /// Garry's Mod Lua: after its operators and comments are replaced, it is Lua.
    GLua,
    /// Roblox's: it has types, compound assignments or interpolated strings.
    Luau,
    /// It has functions written as arrows, and neither `end` nor signs of other languages with arrows.
    MoonScript,
}

impl SourceLanguage {
    /// Recognizes the language of a text that the compiler of this version refuses.
    pub fn of(text: &str, version: Version) -> Option<SourceLanguage> {
        let is = |version| parse(text.as_bytes(), version).is_ok();
        if is(version) {
            // It exceeds a limit of the compiler.
            return None;
        }
        if let Some(other) = others(version).into_iter().find(|other| is(*other)) {
            return Some(SourceLanguage::Lua(other));
        }
        let Parts { lua, found } = Parts::of(text);
        // LuaJIT, which it is based on, is 5.1 with goto.
        let is_lua = || {
            let mut versions = [Version::Lua51, Version::Lua52].into_iter();
            versions.any(|version| parse(&lua, version).is_ok())
        };
        if found.glua && is_lua() {
            Some(SourceLanguage::GLua)
        } else if found.arrow && !found.end && !found.foreign {
            Some(SourceLanguage::MoonScript)
        } else if found.luau && found.end && !found.not_equal {
            Some(SourceLanguage::Luau)
        } else {
            None
        }
    }
}

/// Returns the other versions, the nearest first.
fn others(version: Version) -> Vec<Version> {
    let mut others: Vec<Version> = Version::ALL.into();
    others.retain(|other| *other != version);
    others.sort_by_key(|other| {
        let distance = other.byte().abs_diff(version.byte());
        (distance, other.byte() < version.byte())
    });
    others
}

impl fmt::Display for SourceLanguage {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            SourceLanguage::Lua(version) => write!(f, "Lua {version}"),
            SourceLanguage::GLua => f.write_str("GLua"),
            SourceLanguage::Luau => f.write_str("Luau"),
            SourceLanguage::MoonScript => f.write_str("MoonScript"),
        }
    }
}

/// The marks of languages in a text, outside of strings and comments.
#[derive(Default)]
struct Marks {
    /// An operator, a comment or a `continue` of GLua.
    glua: bool,
    luau: bool,
    /// A function that begins with `->` or `=>`, after its parameters or as a value.
    arrow: bool,
    /// A statement that ends in `;`, or a word that begins one in Python or JavaScript.
    foreign: bool,
    /// The word `end`.
    end: bool,
    not_equal: bool,
}

/// A text, read piece by piece.
struct Parts {
    /// The text with Lua's operators and comments in place of GLua's.
    lua: Vec<u8>,
    found: Marks,
}

impl Parts {
    fn of(text: &str) -> Parts {
        let mut parts = Parts {
            lua: Vec::with_capacity(text.len()),
            found: Marks::default(),
        };
        let mut rest = text.as_bytes();
        // The last word or sign, and the words on the way to it that begin a declaration.
        let mut last: &[u8] = b"";
        while let Some(&first) = rest.first() {
            let length = parts.part(rest, last);
            let part = &rest[..length];
            if !first.is_ascii_whitespace() {
                last = part;
            }
            rest = &rest[length..];
        }
        parts
    }

    /// Takes the part of the text that begins here, after the part `last`, and returns its length.
    fn part(&mut self, rest: &[u8], last: &[u8]) -> usize {
        let found = &mut self.found;
        let starts = |with: &[u8]| rest.starts_with(with);
        let (length, lua): (usize, &[u8]) = match rest[0] {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let word = word(rest);
                let next = after(rest, word.len());
                found.end |= word == b"end";
                found.foreign |= matches!(word, b"def" | b"const" | b"let" | b"var");
                // `local x: T`, `type T =` and `export type`.
                let declares =
                    last == b"local" && next.starts_with(b":") && !next.starts_with(b"::");
                let names_type =
                    last == b"type" && (next.starts_with(b"=") || next.starts_with(b"<"));
                found.luau |= declares || names_type;
                let is_statement = || {
                    let other = b"=(.:[,\"'{)";
                    !matches!(last, b"." | b":")
                        && next.first().is_none_or(|next| !other.contains(next))
                };
                match word == b"continue" && is_statement() {
                    true => {
                        found.glua = true;
                        (word.len(), b"do break end")
                    }
                    false => (word.len(), word),
                }
            }
            quote @ (b'"' | b'\'') => as_is(rest, string(rest, quote)),
            b'`' => {
                found.luau = true;
                as_is(rest, string(rest, b'`'))
            }
            b'[' if bracket(rest).is_some() => as_is(rest, long(rest)),
            b'-' if starts(b"--") => as_is(rest, comment(rest)),
            b'/' if starts(b"//") => {
                found.glua = true;
                (line(rest), b"")
            }
            b'/' if starts(b"/*") => {
                found.glua = true;
                match memchr::memmem::find(&rest[2..], b"*/") {
                    Some(end) => (end + 4, b" "),
                    None => as_is(rest, rest.len()),
                }
            }
            b'!' if starts(b"!=") => {
                (found.glua, found.not_equal) = (true, true);
                (2, b"~=")
            }
            b'!' => {
                found.glua = true;
                (1, b" not ")
            }
            b'&' if starts(b"&&") => {
                found.glua = true;
                (2, b" and ")
            }
            b'|' if starts(b"||") => {
                found.glua = true;
                (2, b" or ")
            }
            b'-' | b'=' if rest.get(1) == Some(&b'>') => {
                found.arrow |= matches!(last, b")" | b"=" | b":" | b",");
                as_is(rest, 2)
            }
            b';' => {
                found.foreign = true;
                as_is(rest, 1)
            }
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' if rest.get(1) == Some(&b'=') => {
                found.luau = true;
                as_is(rest, 2)
            }
            b'.' if starts(b"..=") => {
                found.luau = true;
                as_is(rest, 3)
            }
            // A result has a type; a method has arguments.
            b':' if last == b")" => {
                let name = after(rest, 1);
                let next = after(name, word(name).len());
                found.luau |= !next.starts_with(b"(") && !name.starts_with(b":");
                as_is(rest, 1)
            }
            _ => as_is(rest, 1),
        };
        self.lua.extend_from_slice(lua);
        length
    }
}

/// A part of the text that is the same in Lua.
fn as_is(rest: &[u8], length: usize) -> (usize, &[u8]) {
    (length, &rest[..length])
}

/// Returns the text after some bytes and white space.
fn after(rest: &[u8], length: usize) -> &[u8] {
    rest[length..].trim_ascii_start()
}

/// Returns the word that begins here.
fn word(rest: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = rest.iter().take_while(|byte| is_part(byte)).count();
    &rest[..length]
}

/// Returns the length of a line without its end.
fn line(rest: &[u8]) -> usize {
    memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

fn comment(rest: &[u8]) -> usize {
    match bracket(&rest[2..]) {
        Some(_) => 2 + long(&rest[2..]),
        None => line(rest),
    }
}

/// Returns the length of a string in quotes, which may be unfinished.
fn string(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(found) = memchr::memchr2(quote, b'\\', &rest[at..]) {
        at += found + 1;
        if rest[at - 1] == quote {
            return at;
        }
        at = (at + 1).min(rest.len());
    }
    rest.len()
}

/// Returns the level of a long bracket that opens here.
fn bracket(rest: &[u8]) -> Option<usize> {
    let rest = rest.strip_prefix(b"[")?;
    let level = rest.iter().take_while(|byte| **byte == b'=').count();
    (rest.get(level) == Some(&b'[')).then_some(level)
}

/// Returns the length of a long bracket, which may be unfinished.
fn long(rest: &[u8]) -> usize {
    let level = bracket(rest).unwrap_or(0);
    let close = [b"]", "=".repeat(level).as_bytes(), b"]"].concat();
    let end = memchr::memmem::find(rest, &close);
    end.map_or(rest.len(), |end| end + close.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> String {
        let language = SourceLanguage::of(text, Version::Lua53);
        language.map_or_else(|| "?".to_owned(), |language| language.to_string())
    }

    #[test]
    fn another_version_accepts_the_text() {
        for (text, wanted) in [
            ("local x <const> = 1", "Lua 5.4"),
            ("local goto = 1", "Lua 5.1"),
            ("return '\\d'", "Lua 5.1"),
            ("global x = 1", "Lua 5.5"),
            ("x = = 1", "?"),
        ] {
            assert_eq!(name(text), wanted, "{text}");
        }
        let of_51 = |text| SourceLanguage::of(text, Version::Lua51);
        assert_eq!(
            of_51("goto a ::a::"),
            Some(SourceLanguage::Lua(Version::Lua52))
        );
        assert_eq!(
            of_51("return 1 // 2"),
            Some(SourceLanguage::Lua(Version::Lua53))
        );
    }

    #[test]
    fn glua_is_lua_after_its_operators_are_replaced() {
        for text in [
            "if a != b then f() end",
            "// a comment, it's\nf()",
            "/* it's\n [[ */ f()",
            "if !a && (b || c) then return '!=' end",
            "for i = 1, 2 do if x then continue end f(i) end",
            "x = [[ // ]] -- != \nif !IsValid(x) then return end",
        ] {
            assert_eq!(name(text), "GLua", "{text}");
        }
        for text in [
            "if a != then end",
            "continue.x = = 1",
            "/* x",
            "!",
            "x = 'a != b",
        ] {
            assert_eq!(name(text), "?", "{text}");
        }
    }

    #[test]
    fn luau_has_types_and_compound_assignments() {
        for text in [
            "local x: number = 1\nfunction f() end",
            "export type Point = { x: number }\nlocal function f() end",
            "type Id<T> = (T) -> T\nlocal function f() end",
            "local function f(a: string, b): string\n\treturn a\nend",
            "for i = 1, 3 do x += i end",
            "local function f() return `{x} is` end",
        ] {
            assert_eq!(name(text), "Luau", "{text}");
        }
        // A method of what is in parentheses is Lua's, and PICO-8 has both.
        assert_eq!(name("local function f() (g()):h() = end"), "?");
        assert_eq!(name("if (a != b) x += 1 end"), "?");
    }

    #[test]
    fn moonscript_has_arrows_and_no_end() {
        assert_eq!(name("f = (a) -> a * 2\nprint f 1"), "MoonScript");
        assert_eq!(name("class A\n  new: (@x) =>\n    super!"), "MoonScript");
        assert_eq!(name("f = (a) -> a end"), "?");
        for other in [
            "int main() { return p->x != 3; }",
            "(-> 1 print)",
            "def f(a) -> int:\n    return a",
            "const f = (a) => a + 1",
            "This file maps input -> output",
        ] {
            assert_eq!(name(other), "?", "{other}");
        }
    }

    #[test]
    fn any_text_is_read_to_its_end() {
        for text in [
            "'\\", "\"", "[==[", "--[[", "`\\", "//", "/*", ")", ":", "):", "é != ü", "local",
            "type", "!",
        ] {
            let parts = Parts::of(text);
            assert!(parts.lua.len() <= 2 * text.len() + 4);
            SourceLanguage::of(text, Version::Lua53);
        }
    }
}
