//! The rates by construct and by debug information.

use std::fs;

use serde_json::{Value, json};
use tempfile::tempdir;

use super::{is_there, report, run, text, write_rows};
use crate::common::json_lines;

/// Sources and their constructs.
const SOURCES: [(&str, &[&str]); 11] = [
    ("if f() then g() end f(a and b or c)", &[]),
    ("for i = 1, 2 do f(i) end", &["loops"]),
    ("for k in f do g(k) end", &["loops"]),
    ("while f() do end", &["loops"]),
    ("repeat f() until g()", &["loops"]),
    ("while true do f() break end", &["loops"]),
    ("return function() return 1 end", &["closures"]),
    ("return ...", &["varargs"]),
    ("return function(...) end", &["closures", "varargs"]),
    ("goto e; f() ::e:: g()", &["gotos"]),
    ("::e:: f() goto e", &["loops", "gotos"]),
];

/// Returns the numbers of rows of some groups, by the values of a key.
fn row_counts(report: &Value, groups: &str, key: &str) -> Value {
    let groups = report[groups].as_array().unwrap().iter();
    let counts = groups.map(|group| {
        let name = &group[key];
        let name = name.as_str().map_or(name.to_string(), str::to_owned);
        (name, group["rows"].clone())
    });
    Value::Object(counts.collect())
}

#[test]
fn constructs_are_found_in_every_version() {
    for version in ["5.1", "5.2", "5.3", "5.4", "5.5"] {
        let luac = match version {
            "5.3" => String::new(),
            version if is_there(&format!("luac{version}")) => format!(" --luac luac{version}"),
            _ => continue,
        };
        let directory = tempdir().unwrap();
        let sources = SOURCES.iter().enumerate();
        let sources =
            sources.filter(|(_, (_, found))| version != "5.1" || !found.contains(&"gotos"));
        let mut expected = json!({"loops": 0, "closures": 0, "varargs": 0, "gotos": 0, "none": 0});
        for (i, (source, constructs)) in sources.clone() {
            fs::write(directory.path().join(format!("{i}.lua")), source).unwrap();
            let none = constructs.is_empty().then_some("none");
            for name in constructs.iter().copied().chain(none) {
                // With names, and stripped.
                expected[name] = (expected[name].as_u64().unwrap() + 2).into();
            }
        }
        let made = format!(
            "dataset -f completion --strip both --dedup none --stream terse -o made.jsonl .{luac}"
        );
        let made = run(&directory, made.split(' '));
        assert!(made.status.success(), "{}", text(&made.stderr));
        let mut rows = json_lines(&fs::read(directory.path().join("made.jsonl")).unwrap());
        for row in &mut rows {
            row["prediction"] = row["completion"].clone();
        }
        write_rows(directory.path(), &rows);
        let arguments = format!("score rows.jsonl --report report.json --html page.html{luac}");
        let output = run(&directory, arguments.split(' '));
        assert!(output.status.success(), "{}", text(&output.stderr));
        let report = report(&directory);
        assert_eq!(
            row_counts(&report, "by_construct", "construct"),
            expected,
            "Lua {version}"
        );
        let half = sources.count();
        assert_eq!(
            row_counts(&report, "by_debug", "stripped"),
            json!({"false": half, "true": half})
        );
        assert_eq!(report["rows_with_reference"], 2 * half);
        let page = fs::read_to_string(directory.path().join("page.html")).unwrap();
        for group in ["loops", "closures", "varargs", "with names", "stripped"] {
            assert!(page.contains(&format!("<tr><th>{group}</th>")), "{group}");
        }
    }
}

/// Without the right answer beside the model's, no `goto` is known.
#[test]
fn gotos_are_found_in_the_reference() {
    let prompt = super::asked("a = 1");
    let turn = |role: &str, content: &str| json!({"role": role, "content": content});
    let with_goto = "goto e; ::e:: a = 1";
    let directory = super::rows(&[
        json!({"prompt": prompt, "prediction": with_goto}),
        json!({"prompt": prompt, "completion": with_goto}),
        json!({"prompt": prompt, "prediction": "a = 1", "completion": with_goto}),
        json!({"prompt": prompt, "prediction": "a = 1", "completion": format!("```lua\n{with_goto}\n```")}),
        json!({"prompt": prompt, "prediction": with_goto, "completion": "a = 1"}),
        json!({"prompt": prompt, "prediction": "a = 1", "completion": "a = = 1"}),
        json!({"prediction": "a = 1", "messages": [turn("user", &prompt), turn("assistant", with_goto)]}),
        // An example.
        json!({"prediction": "a = 1", "messages": [
            turn("user", &prompt), turn("assistant", with_goto), turn("user", &prompt),
        ]}),
    ]);
    let output = run(
        &directory,
        "score rows.jsonl --report report.json".split(' '),
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report = report(&directory);
    assert_eq!(report["rows_with_reference"], 4);
    assert_eq!(
        row_counts(&report, "by_construct", "construct"),
        json!({"loops": 0, "closures": 0, "varargs": 0, "gotos": 3, "none": 5})
    );
}

/// The code of the functions inside an outline is not asked for.
#[test]
fn only_the_own_function_of_an_outline_counts() {
    let directory = tempdir().unwrap();
    let source = "return function(...) for i = 1, 2 do f(i) end end";
    fs::write(directory.path().join("a.lua"), source).unwrap();
    let made = "dataset -f completion --unit outline -o rows.jsonl a.lua";
    assert!(run(&directory, made.split(' ')).status.success());
    assert!(
        run(
            &directory,
            "score rows.jsonl --report report.json".split(' ')
        )
        .status
        .success()
    );
    assert_eq!(
        row_counts(&report(&directory), "by_construct", "construct"),
        json!({"loops": 1, "closures": 1, "varargs": 1, "gotos": 0, "none": 0})
    );
}
