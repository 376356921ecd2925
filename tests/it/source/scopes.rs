//! What names stand for, against what Lua makes of them.

use luadec_tok::chunk::Proto;
use luadec_tok::source::{
    Attribute, Binding, FunctionId, Global, Source, VariableKind, parse, parse_alone,
};
use luadec_tok::{Version, undump};
use proptest::prelude::*;

use super::luac_chunk;
use crate::common::programs::program;
use crate::common::{files, luac};

/// What Lua says of a function: its lines, parameters, whether it takes `...`, and the names of its
/// upvalues in their order.
type Header = (i32, i32, u8, bool, Vec<String>);

fn of_chunk(p: &Proto, headers: &mut Vec<Header>) {
    let upvalues = p.upvalues.iter().map(|upvalue| {
        let name = upvalue.name.as_deref().unwrap_or_default();
        String::from_utf8_lossy(name).into_owned()
    });
    // Bit 0 is that of 5.1's `arg`.
    let is_vararg = p.is_vararg & !1 != 0 || p.is_vararg == 1;
    headers.push((
        p.linedefined,
        p.lastlinedefined,
        p.numparams,
        is_vararg,
        upvalues.collect(),
    ));
    p.p.iter().for_each(|p| of_chunk(p, headers));
}

fn of_source(source: &Source) -> Vec<Header> {
    (0..source.functions.len() as FunctionId)
        .map(|id| header(source, id))
        .collect()
}

fn header(source: &Source, id: FunctionId) -> Header {
    let function = &source.functions[id as usize];
    let parameters = function.parameters.start as usize..function.parameters.end as usize;
    let is_counted = |kind| matches!(kind, VariableKind::Parameter | VariableKind::SelfParameter);
    let parameters = source.variables[parameters]
        .iter()
        .filter(|variable| is_counted(variable.kind));
    // The main function has `_ENV` whether it uses it or not.
    let mut upvalues = Vec::new();
    if id == 0 && source.version >= Version::Lua52 {
        upvalues.push(None);
    }
    for name in source.outer_names(id) {
        let upvalue = match name.binding {
            Binding::Variable(variable) => Some(variable),
            Binding::Env => None,
            Binding::Free { .. } if source.version == Version::Lua51 => continue,
            Binding::Free { env, .. } => env,
        };
        let is_own =
            |variable: u32| source.is_inside(source.variables[variable as usize].function, id);
        if !upvalues.contains(&upvalue) && !upvalue.is_some_and(is_own) {
            upvalues.push(upvalue);
        }
    }
    let name = |upvalue: Option<u32>| match upvalue {
        Some(variable) => {
            let name = source.variable_name(&source.variables[variable as usize]);
            String::from_utf8_lossy(name).into_owned()
        }
        None => "_ENV".to_owned(),
    };
    (
        function.line as i32,
        function.last_line as i32,
        parameters.count() as u8,
        function.is_vararg,
        upvalues.into_iter().map(name).collect(),
    )
}

#[track_caller]
fn same(text: &[u8], chunk: &[u8]) -> usize {
    let chunk = undump(chunk).unwrap().chunk;
    let source = parse(text, chunk.version).unwrap();
    let mut wanted = Vec::new();
    of_chunk(&chunk.main, &mut wanted);
    assert_eq!(
        of_source(&source),
        wanted,
        "{}: {}",
        chunk.version,
        text.escape_ascii()
    );
    wanted.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn functions_capture_what_lua_says(program in program()) {
        same(program.as_bytes(), &luac(program.as_bytes(), "x", false));
    }
}

#[test]
fn functions_capture_what_each_version_says() {
    let own: &[u8] = b"local a, b = 1 function f(...) local arg2 = arg return function() return arg, a end end\n\
        local function g(x) local a = a return function() g(x) b = a return function(self) return self.x, a end end end\n\
        function M:h(n, ...) for i = 1, n do for k, v in pairs(self) do\nt[i] = function() return i, k, v, n end end end end\n\
        repeat local a = b local function c() return a end until function() return a, c end\n\
        local _ENV = {} function f() return x, function() return _ENV.y end end";
    let mut count = 0;
    for version in ["5.1", "5.2", "5.3", "5.4", "5.5"] {
        let files = files(".", "lua").into_iter().chain(files("dataset", "lua"));
        let texts = files.map(|file| std::fs::read(file).unwrap());
        for text in texts.chain([own.to_owned()]) {
            if let Some(chunk) = luac_chunk(&text, version, &[]) {
                count += same(&text, &chunk);
            }
        }
    }
    eprintln!("{count} functions");
}

/// Each name in a text and what it stands for.
fn names(text: &str, version: Version) -> Vec<String> {
    let source = parse_alone(text.as_bytes(), version).unwrap();
    let what = |name: &luadec_tok::source::Name| {
        let text = String::from_utf8_lossy(source.name(name)).into_owned();
        match name.binding {
            Binding::Variable(id) => format!("{text}={id}"),
            Binding::Env => format!("{text}=env"),
            Binding::Free {
                env: None,
                global: Global::Allowed,
            } => text,
            Binding::Free {
                env: Some(env),
                global: Global::Allowed,
            } => format!("{env}.{text}"),
            Binding::Free { global, .. } => format!("{text}={global:?}"),
        }
    };
    source.names.iter().map(what).collect()
}

#[test]
fn names_stand_for_the_declaration_in_scope() {
    for (version, text, wanted) in [
        (Version::Lua54, "local x = x x = 1", "x x=0"),
        (Version::Lua54, "local function f() f() end", "f=0"),
        (Version::Lua54, "local f = function() f() end", "f"),
        (Version::Lua54, "function f() f() end", "f f"),
        (Version::Lua54, "do local x x = 1 end x = 1", "x=0 x"),
        (Version::Lua54, "repeat local x until x", "x=0"),
        (Version::Lua54, "while x do local x end", "x"),
        (Version::Lua54, "for i = i, i do i = i end", "i i i=0 i=0"),
        (
            Version::Lua54,
            "for k, v in k, v do k = v end",
            "k v k=0 v=1",
        ),
        (
            Version::Lua54,
            "function f(a, ...) return a, arg end",
            "f a=0 arg",
        ),
        (
            Version::Lua51,
            "function f(a, ...) return a, arg end",
            "f a=0 arg=1",
        ),
        (Version::Lua54, "function a:f() return self end", "a self=0"),
        (Version::Lua54, "function a.f() return self end", "a self"),
        (Version::Lua54, "a.b:c{d = e, [f] = g}", "a e f g"),
        (Version::Lua54, "local a a.a = a.a", "a=0 a=0"),
        (Version::Lua54, "goto x ::x:: x = 1", "x"),
        (Version::Lua54, "local a local a a = 1", "a=1"),
        (
            Version::Lua54,
            "_ENV.x = y local _ENV = _ENV x = y",
            "_ENV=env y _ENV=env 0.x 0.y",
        ),
        (
            Version::Lua51,
            "_ENV.x = y local _ENV = _ENV x = y",
            "_ENV y _ENV x y",
        ),
        (Version::Lua54, "function(a) return a, b end", "a=0 b"),
        (Version::Lua55, "function f(...t) return t end", "f t=0"),
        (
            Version::Lua55,
            "global x, y = 1 return x, print",
            "x=Declared y=Declared x=Declared print",
        ),
        (
            Version::Lua55,
            "global function f() return f, g end",
            "f=Declared f=Declared g",
        ),
        (
            Version::Lua55,
            "global x do global * y = x end",
            "y x=Declared",
        ),
        (Version::Lua55, "local x global x x = 1", "x=Declared"),
        (Version::Lua55, "global x local x x = 1", "x=1"),
        (Version::Lua55, "do global x end y = 1", "y"),
    ] {
        assert_eq!(names(text, version).join(" "), wanted, "{version}: {text}");
    }
}

#[test]
fn declarations_have_attributes_and_scopes() {
    let text = "local <const> a, b <close> = 1 do local c <const> = 2 end for i = 1, 2 do end";
    let source = parse(text.as_bytes(), Version::Lua55).unwrap();
    let shown = source.variables.iter().map(|variable| {
        let name = String::from_utf8_lossy(source.variable_name(variable));
        let scope = &text[source.bytes(variable.scope.clone())];
        (name.into_owned(), variable.attribute, scope)
    });
    let rest = "do local c <const> = 2 end for i = 1, 2 do end";
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            ("a".to_owned(), Attribute::Const, rest),
            ("b".to_owned(), Attribute::Close, rest),
            ("c".to_owned(), Attribute::Const, ""),
            ("i".to_owned(), Attribute::Const, ""),
        ]
    );
}

#[test]
fn free_names_come_in_the_order_of_their_first_use() {
    let text =
        b"local a = 1 function f(x) return y, a, x, function() return z, y, x, _ENV end, w end";
    let source = parse(text, Version::Lua54).unwrap();
    assert_eq!(source.free_names(1), [&b"y"[..], b"z", b"w"]);
    let outer: Vec<_> = source
        .outer_names(1)
        .map(|name| source.name(name))
        .collect();
    assert_eq!(outer, [&b"y"[..], b"a", b"z", b"y", b"_ENV", b"w"]);
    assert_eq!(source.free_names(2), [&b"z"[..], b"y"]);
}
