//! The rows of answers, and which attempt is used.

use std::fs;

use serde_json::json;

use super::Asked;

const SOURCE: &str =
    "local M = {}\nfunction M.a(x) return x + 1 end\nfunction M.b() return M end\nreturn M";

#[test]
fn rows_may_come_in_any_order_and_from_several_files() {
    let asked = Asked::new(SOURCE, false);
    let mut rows = asked.rows();
    rows.reverse();
    let others = [
        json!({"id": "0123", "prediction": "x"}),
        json!({"custom_id": "4567", "response": {}}),
    ];
    asked.write("first.jsonl", &[&rows[..1], &others[..]].concat());
    asked.write("second.jsonl", &rows[1..]);
    let assembled = asked.run(&["first.jsonl", "second.jsonl"]);
    assembled.is_proven(&asked.canonical);
    assert_eq!(
        assembled.messages,
        "luadec-tok: asked.luac: 3 of 3 functions proven, 0 closest, 0 missing; the file is the same as the \
         chunk\n"
    );
}

#[test]
fn compressed_rows_and_standard_input_are_read() {
    let asked = Asked::new(SOURCE, false);
    let rows: String = asked.rows().iter().map(|row| format!("{row}\n")).collect();
    let compressed = zstd::encode_all(rows.as_bytes(), 1).unwrap();
    fs::write(asked.path("answers.jsonl.zst"), compressed).unwrap();
    asked
        .run(&["answers.jsonl.zst"])
        .is_proven(&asked.canonical);
    asked.write("answers.jsonl", &asked.rows());
    let arguments = ["assemble", "asked.luac", "-"];
    let mut command = super::command(&asked.directory, arguments);
    command.stdin(fs::File::open(asked.path("answers.jsonl")).unwrap());
    let output = command.output().unwrap();
    assert_eq!(
        super::text(&output.stdout),
        format!("{}\n", asked.canonical)
    );
}

#[test]
fn the_output_of_a_batch_server_is_read_as_it_is() {
    let asked = Asked::new(SOURCE, false);
    let rows: Vec<_> = asked
        .ids
        .iter()
        .zip(&asked.answers)
        .map(|(id, answer)| {
            let fenced = format!("<think>Hm.</think>\n```lua\n{answer}\n```\n");
            let choices =
                json!([{"index": 0, "message": {"role": "assistant", "content": fenced}}]);
            let response = json!({"status_code": 200, "body": {"choices": choices}});
            json!({"id": "batch_1", "custom_id": id, "response": response, "error": null})
        })
        .collect();
    asked.write("answers.jsonl", &rows);
    asked.run(&["answers.jsonl"]).is_proven(&asked.canonical);
}

/// The ids of the chunk without debug information count, too.
#[test]
fn answers_to_the_stripped_outlines_are_used() {
    let asked = Asked::new(SOURCE, false);
    let stripped = Asked::new(SOURCE, true);
    asked.write("answers.jsonl", &stripped.rows());
    asked.run(&["answers.jsonl"]).is_proven(&asked.canonical);
}

#[test]
fn the_first_attempt_that_is_proven_is_used() {
    let asked = Asked::new(SOURCE, false);
    let mut rows = asked.rows();
    let right = asked.answers[1].clone();
    rows[1]["prediction"] = json!([
        "function() x",
        "function(x)\n\treturn x + 2\nend",
        null,
        right,
        "function(x) return x + 1 end"
    ]);
    asked.write("answers.jsonl", &rows);
    let assembled = asked.run(&["answers.jsonl"]);
    assembled.is_proven(&asked.canonical);
    let function = &assembled.report["by_function"][1];
    assert_eq!(
        (&function["attempts"], &function["used"]),
        (&json!(5), &json!(3))
    );
}

#[test]
fn the_closest_attempt_is_used_if_none_is_proven() {
    let asked = Asked::new(SOURCE, false);
    let mut rows = asked.rows();
    rows[1]["prediction"] = json!([
        "function(x)\n\treturn a, b, c\nend",
        "function(x)\n\treturn x + 2\nend",
        "function("
    ]);
    asked.write("answers.jsonl", &rows);
    let assembled = asked.run(&["answers.jsonl"]);
    assert_eq!(assembled.status, 3);
    assert_eq!(assembled.outcomes(), ["proven", "closest", "proven"]);
    assert_eq!(
        assembled.file,
        "local M = {}\n-- not proven: instruction 0: expected ADD R1 R0 1, found ADD R1 R0 2\nfunction \
         M.a(x)\n\treturn x + 2\nend\nfunction M.b()\n\treturn M\nend\nreturn M\n"
    );
}

#[test]
fn a_function_without_a_usable_answer_is_a_skeleton() {
    let source = "local t, n = {}, 0\nfunction t.run(a, ...) local b, c = a, n t.f = function() return b, t end t.g = \
                  function() return a end end\nreturn t";
    let asked =
        Asked::new(source, false).with(1, "function(a, ...)\n\tt.f = function<|Hole|>\nend");
    let assembled = asked.assemble();
    assert_eq!(assembled.status, 3);
    assert_eq!(
        assembled.outcomes(),
        ["proven", "missing", "proven", "proven"]
    );
    assert_eq!(
        assembled.file,
        "local t, n = {}, 0\n\
         -- not proven: expected 2 holes, one for each function inside, found 1\n\
         function t.run(a, ...)\n\
         \tlocal _ = n, t\n\
         \tlocal b\n\
         \tlocal function f1()\n\t\treturn b, t\n\tend\n\
         \tlocal function f2()\n\t\treturn a\n\tend\n\
         \t;({})[\"main > function 0 was not decompiled\"]()\n\
         end\n\
         return t\n"
    );
    assert!(super::compiles(&assembled.file));
}

#[test]
fn without_any_answer_everything_is_a_skeleton() {
    let asked = Asked::new(SOURCE, true);
    asked.write("answers.jsonl", &[]);
    let assembled = asked.run(&["answers.jsonl"]);
    assert_eq!(assembled.status, 3);
    assert_eq!(assembled.outcomes(), ["missing"; 3]);
    assert!(super::compiles(&assembled.file), "{}", assembled.file);
}
