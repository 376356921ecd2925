//! Names that collide when functions are put together.

use super::Asked;

/// Assembles a stripped chunk from answers with other names.
#[track_caller]
fn check(source: &str, answers: &[(usize, &str)], expected: &str) {
    let mut asked = Asked::new(source, true);
    for (function, answer) in answers {
        asked = asked.with(*function, answer);
    }
    asked.assemble().is_proven(expected);
}

#[test]
fn the_function_that_declares_a_variable_names_it() {
    check(
        "local a = 1\nreturn function() return function() return a end end",
        &[
            (0, "local outer = 1\nreturn function<|Hole|>"),
            (2, "function()\n\treturn inner\nend"),
        ],
        "local outer = 1\nreturn function()\n\treturn function()\n\t\treturn outer\n\tend\nend",
    );
}

#[test]
fn a_variable_that_would_hide_another_is_renamed() {
    check(
        "local a = 1\nreturn function(b) return a + b end",
        &[
            (0, "local x = 1\nreturn function<|Hole|>"),
            (1, "function(x)\n\treturn y + x\nend"),
        ],
        "local x = 1\nreturn function(x_2)\n\treturn x + x_2\nend",
    );
}

#[test]
fn a_variable_that_would_hide_a_global_is_renamed() {
    check(
        "local a = 1\nreturn function() return print(a) end",
        &[(0, "local print = 1\nreturn function<|Hole|>")],
        "local print_2 = 1\nreturn function()\n\treturn print(print_2)\nend",
    );
}

#[test]
fn the_first_parameter_of_a_method_becomes_self() {
    let source =
        "local M = {}\nfunction M:run(n) return function() return self, n end end\nreturn M";
    check(
        source,
        &[
            (1, "function(this, self)\n\treturn function<|Hole|>\nend"),
            (2, "function()\n\treturn a, b\nend"),
        ],
        "local M = {}\nfunction M:run(self_2)\n\treturn function()\n\t\treturn self, self_2\n\tend\nend\nreturn M",
    );
}

#[test]
fn a_colon_becomes_a_dot_where_self_would_hide_something() {
    // A global, the self of a method around it, or no parameter.
    check(
        "local M = {}\nfunction M.run(n) return self, n end\nreturn M",
        &[(0, "local M = {}\nfunction M:run<|Hole|>\nreturn M")],
        "local M = {}\nfunction M.run(n)\n\treturn self, n\nend\nreturn M",
    );
    check(
        "local M = {}\nfunction M:a() function M.b(n) return self, n end end\nreturn M",
        &[(1, "function(self)\n\tfunction M:b<|Hole|>\nend")],
        "local M = {}\nfunction M:a()\n\tfunction M.b(n)\n\t\treturn self, n\n\tend\nend\nreturn M",
    );
    check(
        "local M = {}\nfunction M.run() return M end\nreturn M",
        &[(0, "local M = {}\nfunction M:run<|Hole|>\nreturn M")],
        "local M = {}\nfunction M.run()\n\treturn M\nend\nreturn M",
    );
}

#[test]
fn an_outer_variable_called_self_yields_to_a_method() {
    check(
        "local a = 1\nlocal M = {}\nfunction M:run() return self, a end\nreturn M",
        &[(
            0,
            "local self = 1\nlocal M = {}\nfunction M:run<|Hole|>\nreturn M",
        )],
        "local self_2 = 1\nlocal M = {}\nfunction M:run()\n\treturn self, self_2\nend\nreturn M",
    );
}

#[test]
fn a_local_env_that_would_hide_globals_is_renamed() {
    check(
        "local a = {}\na.x = 1\nreturn function() return print end",
        &[(0, "local _ENV = {}\nx = 1\nreturn function<|Hole|>")],
        "local _ENV_2 = {}\n_ENV_2.x = 1\nreturn function()\n\treturn print\nend",
    );
}

#[test]
fn the_names_of_the_chunk_come_first() {
    let source = "local count = 1\nreturn function(step) count = count + step end";
    let asked = Asked::new(source, false)
        .with(0, "local a = 1\nreturn function<|Hole|>")
        .with(1, "function(b)\n\tcount = count + b\nend");
    asked.assemble().is_proven(&asked.canonical);
    // An answer to the stripped outline may have other names for upvalues, too.
    let asked = Asked::new(source, false).with(1, "function(b)\n\tc = c + b\nend");
    asked.assemble().is_proven(&asked.canonical);
}
