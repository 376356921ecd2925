//! Checks that an answer to a function is exactly one function.

use std::ops::Range;

use luadec_tok::Version;
use luadec_tok::source::{
    FunctionDef, FunctionId, Node, NodeKind, Source, SyntaxError, TokenKind, VariableKind,
    parse_alone,
};

/// An answer that is one function.
#[derive(Debug)]
pub struct OneFunction<'t> {
    pub source: Source<'t>,
}

impl<'t> OneFunction<'t> {
    /// Takes a parsed text if it is one function: see [`one_function`].
    pub fn of(source: Source<'t>) -> Result<OneFunction<'t>, NotOneFunction> {
        check(&source)?;
        let one = OneFunction { source };
        match one.function().is_hole {
            true => Err(NotOneFunction::Hole),
            false => Ok(one),
        }
    }

    /// The number of the only function in the source.
    pub const ID: FunctionId = 1;

    /// Returns the function.
    pub fn function(&self) -> &FunctionDef {
        &self.source.functions[Self::ID as usize]
    }

    /// Returns the bytes from the parenthesis that opens its parameters to `end`. After the word
    /// `function`, they are the function without its name, except for the parameter `self` of a method.
    pub fn bytes(&self) -> Range<usize> {
        let function = self.function();
        self.source.bytes(function.open..function.end)
    }
}

/// The reason a text is not one function.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotOneFunction {
    #[error("{0}")]
    Syntax(SyntaxError),
    #[error("expected one function, found nothing")]
    Nothing,
    #[error("expected one function, found {0} statements")]
    Statements(usize),
    #[error("expected one function, found {0}")]
    Statement(&'static str),
    #[error("expected one function, found a declaration of {0} names")]
    Names(usize),
    #[error("expected one function, found an assignment to {0} targets")]
    Targets(usize),
    #[error("expected one function, found {0} values")]
    Values(usize),
    #[error("expected one function, found another value")]
    OtherValue,
    #[error("expected one function, found an empty statement")]
    EmptyStatement,
    #[error("expected one function, found a hole")]
    Hole,
}

/// Finds the one function of an answer: a definition (also `local function` and `global function`),
/// one target or local name with a function as its value, `return function … end`, or just
/// `function(…) … end`. Comments, a byte order mark and a first line that starts with `#` may
/// surround it, and a `;` may follow a statement.
///
/// # Errors
/// The text is anything else.
pub fn one_function(text: &[u8], version: Version) -> Result<OneFunction<'_>, NotOneFunction> {
    OneFunction::of(parse_alone(text, version).map_err(NotOneFunction::Syntax)?)
}

fn check(source: &Source) -> Result<(), NotOneFunction> {
    match source.nodes[0].kind {
        NodeKind::Function => return Ok(()),
        NodeKind::Block => {}
        // `function() end + 1`
        _ => return Err(NotOneFunction::OtherValue),
    }
    let statements: Vec<u32> = source.children(0).collect();
    let statement = match statements[..] {
        [] if source.tokens[0].kind == TokenKind::Semicolon => {
            return Err(NotOneFunction::EmptyStatement);
        }
        [] => return Err(NotOneFunction::Nothing),
        [statement] => statement,
        _ => return Err(NotOneFunction::Statements(statements.len())),
    };
    let Node { first, last, .. } = source.nodes[statement as usize];
    let after = &source.tokens[last as usize..];
    let after = match after.first().map(|token| token.kind) {
        Some(TokenKind::Semicolon) => &after[1..],
        _ => after,
    };
    if first > 0 || after.len() > 1 {
        return Err(NotOneFunction::EmptyStatement);
    }
    of_statement(source, statement)
}

fn of_statement(source: &Source, statement: u32) -> Result<(), NotOneFunction> {
    let declared = |kind| {
        let outside = source.variables.iter();
        let outside = outside.filter(|variable| variable.function == 0 && variable.kind == kind);
        match outside.count() {
            1 => Ok(()),
            names => Err(NotOneFunction::Names(names)),
        }
    };
    let mut children = source.children(statement);
    match source.nodes[statement as usize].kind {
        NodeKind::FunctionStatement | NodeKind::LocalFunction | NodeKind::GlobalFunction => {
            return Ok(());
        }
        NodeKind::Local => declared(VariableKind::Local)?,
        NodeKind::Global => declared(VariableKind::Global)?,
        NodeKind::Assignment => {
            let targets = children
                .next()
                .map_or(0, |targets| source.children(targets).count());
            if targets != 1 {
                return Err(NotOneFunction::Targets(targets));
            }
        }
        NodeKind::Return => {}
        kind => return Err(NotOneFunction::Statement(name(kind))),
    }
    let values: Vec<u32> = children.collect();
    match values[..] {
        // The target of an assignment may have a function too.
        [value] if source.nodes[value as usize].kind == NodeKind::Function => {
            let is_first = source.functions[OneFunction::ID as usize].node == value;
            is_first.then_some(()).ok_or(NotOneFunction::OtherValue)
        }
        [_] => Err(NotOneFunction::OtherValue),
        _ => Err(NotOneFunction::Values(values.len())),
    }
}

/// Describes a statement that cannot be the one function.
fn name(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::CallStatement => "a call",
        NodeKind::Do => "a `do` block",
        NodeKind::While | NodeKind::Repeat | NodeKind::NumericFor | NodeKind::GenericFor => {
            "a loop"
        }
        NodeKind::If => "an `if` statement",
        NodeKind::Break => "`break`",
        NodeKind::Goto => "`goto`",
        NodeKind::Label => "a label",
        _ => "another statement",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the function from its parenthesis on, or the reason there is not exactly one.
    fn shape(text: &str, version: Version) -> Result<&str, String> {
        match one_function(text.as_bytes(), version) {
            Ok(one) => Ok(&text[one.bytes()]),
            Err(reason) => Err(reason.to_string()),
        }
    }

    #[test]
    fn a_function_can_be_written_in_many_ways() {
        let body = "(a, ...) local function g() end return g end";
        for (before, after) in [
            ("function f", ""),
            ("function a.b.c", ""),
            ("function a.b:c", " ;"),
            ("local function f", ""),
            ("f = function", ""),
            ("a.b['c'][1] = function", ";"),
            ("f(1).x = function", ""),
            ("local f = function", ""),
            ("return function", ""),
            ("return function", ";"),
            ("function", ""),
            ("\u{FEFF}function", ""),
            ("\u{FEFF}function f", ""),
            ("#!/usr/bin/lua\nlocal function f", "\n-- the end"),
            ("# Answer\n--[[ this ]] function", "--[==[\n]]]==]"),
            ("\u{FEFF}# Answer\n\n-- this\nf=function", " -- the end"),
        ] {
            for version in Version::ALL {
                let text = format!("{before}{body}{after}");
                assert_eq!(
                    shape(&text, version).as_deref(),
                    Ok(body),
                    "{version}: {text}"
                );
            }
        }
        for (before, from) in [
            ("local f <const> = function", Version::Lua54),
            ("local f <close> = function", Version::Lua54),
            ("local <const> f = function", Version::Lua55),
            ("global function f", Version::Lua55),
            ("global f = function", Version::Lua55),
            ("global <const> f = function", Version::Lua55),
        ] {
            for version in Version::ALL {
                let text = format!("{before}{body}");
                let found = shape(&text, version);
                assert_eq!(
                    found.is_ok(),
                    version >= from,
                    "{version}: {text}: {found:?}"
                );
            }
        }
    }

    /// Many of these could pass for the function if they were compiled after a declaration of variables or
    /// as the body of a function.
    #[test]
    fn everything_else_fails_with_its_reason() {
        let expected = |what: &str| format!("expected one function, found {what}");
        for (text, reason) in [
            (
                "= nil function f(a) return a end",
                "line 1: expected an expression, found `=`".to_owned(),
            ),
            (
                ", q function f(a) return a end",
                "line 1: expected an expression, found `,`".to_owned(),
            ),
            (
                "= y.z, q function f(a) return a end",
                "line 1: expected an expression, found `=`".to_owned(),
            ),
            (
                "local x = y.z.w function f(a) end",
                expected("2 statements"),
            ),
            (
                "x.y, function(a) end",
                "line 1: expected an expression, found `function`".to_owned(),
            ),
            ("return x, function(a) end", expected("2 values")),
            (
                "local _ENV = fake function f(a) end",
                expected("2 statements"),
            ),
            ("```", "line 1: expected Lua, found ```".to_owned()),
            ("-- sorry", expected("nothing")),
            ("", expected("nothing")),
            (" \n\u{c}", expected("nothing")),
            ("#!", expected("nothing")),
            ("return x", expected("another value")),
            ("return", expected("0 values")),
            ("x = 1", expected("another value")),
            ("f()", expected("a call")),
            ("do function f() end end", expected("a `do` block")),
            (
                "if a then function f() end end",
                expected("an `if` statement"),
            ),
            ("while a do function f() end end", expected("a loop")),
            ("repeat function f() end until a", expected("a loop")),
            ("for i = 1, 2 do function f() end end", expected("a loop")),
            (
                "local f, g = function() end",
                expected("a declaration of 2 names"),
            ),
            ("local f", expected("0 values")),
            (
                "f, g = function() end",
                expected("an assignment to 2 targets"),
            ),
            ("f = function() end, 1", expected("2 values")),
            ("f = function() end or g", expected("another value")),
            ("f = (function() end)", expected("another value")),
            ("return (function() end)", expected("another value")),
            (
                "return function() end()",
                "line 1: expected a statement, found `(`".to_owned(),
            ),
            (
                "x[function() end] = function() end",
                expected("another value"),
            ),
            (
                "function f() end function g() end",
                expected("2 statements"),
            ),
            ("function f() end return f", expected("2 statements")),
            (
                "function() end function() end",
                "line 1: expected the end of the text, found `function`".to_owned(),
            ),
            (
                "function() end, 1",
                "line 1: expected the end of the text, found `,`".to_owned(),
            ),
            ("function() end + 1", expected("another value")),
            (
                "function() end;",
                "line 1: expected the end of the text, found `;`".to_owned(),
            ),
            (
                "function f() return end end",
                "line 1: expected a statement, found `end`".to_owned(),
            ),
            (
                "\nfunction f()\nreturn",
                "line 3: expected `end` to close `function` at line 2, found the end of the text"
                    .to_owned(),
            ),
            ("(function() end)()", expected("a call")),
        ] {
            for version in Version::ALL {
                assert_eq!(
                    shape(text, version),
                    Err(reason.clone()),
                    "{version}: {text}"
                );
            }
        }
        for (text, reason) in [
            (";", "an empty statement"),
            (";function f() end", "an empty statement"),
            ("function f() end;;", "an empty statement"),
            ("::l::", "a label"),
            ("::l:: function f() end", "2 statements"),
        ] {
            for version in [
                Version::Lua52,
                Version::Lua53,
                Version::Lua54,
                Version::Lua55,
            ] {
                assert_eq!(
                    shape(text, version),
                    Err(expected(reason)),
                    "{version}: {text}"
                );
            }
            assert!(shape(text, Version::Lua51).is_err(), "{text}");
        }
        for (text, reason) in [
            ("global *", "a declaration of 0 names"),
            ("global f, g = function() end", "a declaration of 2 names"),
            ("global f", "0 values"),
        ] {
            assert_eq!(shape(text, Version::Lua55), Err(expected(reason)), "{text}");
        }
    }

    #[test]
    fn names_from_around_a_function_need_no_declaration() {
        for text in [
            "global function f() return print end",
            "function f() global g; return print(g) end",
            "function f() global <const> *; x = 1 end",
            "function f() global _ENV; return x end",
        ] {
            assert!(shape(text, Version::Lua55).is_ok(), "{text}");
        }
        for text in [
            "function f() global g <const>; g = 1 end",
            "function f() global g, _ENV; return g end",
        ] {
            assert!(shape(text, Version::Lua55).is_err(), "{text}");
        }
    }

    /// Every function of a source is one function. The sources are the fixtures and those in the directory
    /// that the environment variable `LUA_SOURCES` names.
    #[test]
    fn the_functions_of_real_sources_are_one_function_each() {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
        let mut paths = vec![std::path::PathBuf::from(fixtures)];
        paths.extend(std::env::var_os("LUA_SOURCES").map(Into::into));
        let mut count = 0;
        while let Some(path) = paths.pop() {
            if path.is_dir() {
                paths.extend(
                    std::fs::read_dir(path)
                        .unwrap()
                        .map(|entry| entry.unwrap().path()),
                );
            } else if path.extension().is_some_and(|ending| ending == "lua") {
                let text = std::fs::read(&path).unwrap();
                count += Version::ALL
                    .map(|version| check_all(&text, version))
                    .iter()
                    .sum::<usize>();
            }
        }
        eprintln!("{count} functions");
        assert!(count > 100);
    }

    fn check_all(text: &[u8], version: Version) -> usize {
        let Ok(source) = luadec_tok::source::parse(text, version) else {
            return 0;
        };
        for (id, function) in (0..).zip(&source.functions).skip(1) {
            let bytes = source.function_bytes(id);
            let one = one_function(&text[bytes.clone()], version).unwrap();
            let open = source.bytes(function.open..function.end);
            assert_eq!(
                one.bytes(),
                open.start - bytes.start..open.end - bytes.start
            );
            assert_eq!(one.source.free_names(1).len(), free_alone(&source, id));
        }
        source.functions.len() - 1
    }

    /// Counts the names that are free in a function without its file. The variables around it become free,
    /// except its own name.
    fn free_alone(source: &Source, id: FunctionId) -> usize {
        let function = &source.functions[id as usize];
        let own_name =
            (function.name.start > function.first + 1).then(|| source.token(function.name.start));
        let mut names: Vec<&[u8]> = source
            .outer_names(id)
            .map(|name| source.name(name))
            .filter(|name| {
                Some(*name) != own_name && (*name != b"_ENV" || source.version == Version::Lua51)
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    }
}
