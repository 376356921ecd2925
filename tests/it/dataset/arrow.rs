//! Arrow IPC streams: rows in, and records out.

use std::io::{Cursor, Write};
use std::process::{Output, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use arrow_array::builder::{ListBuilder, StringBuilder, StringDictionaryBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, DictionaryArray, FixedSizeListArray,
    Float64Array, Int64Array, LargeStringArray, NullArray, RecordBatch, StringArray,
    StringViewArray, StructArray, TimestampMicrosecondArray, UInt64Array,
};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{DataType, Field, Schema};
use serde_json::{Map, Value, json};

use super::run::{Folder, json_lines, stderr};

/// Rows with a path, a number and a source, which may be null.
const ROWS: [(&str, i64, Option<&str>); 7] = [
    (
        "a/x.lua",
        1,
        Some("local function f() return 'é' end\nreturn f"),
    ),
    (
        "a/y.lua",
        2,
        Some("local  function f() return 'é' end return f"),
    ),
    ("b.lua", 3, Some("x = = 1")),
    ("c.lua", 4, None),
    ("d.lua", 5, Some("-- nothing")),
    (
        "e.lua",
        6,
        Some("return { a = function(x) return function() return x end end }"),
    ),
    ("f.lua", 7, Some("g(1)")),
];

fn json_rows() -> String {
    let rows = ROWS.map(|(path, n, content)| json!({"n": n, "path": path, "content": content}));
    rows.map(|row| row.to_string() + "\n").concat()
}

/// Returns the rows as batches of so many.
fn arrow_rows(rows: usize) -> Vec<RecordBatch> {
    let batch = |rows: &[(&str, i64, Option<&str>)]| {
        let numbers: Int64Array = rows.iter().map(|row| Some(row.1)).collect();
        let paths: StringArray = rows.iter().map(|row| Some(row.0)).collect();
        let contents: StringArray = rows.iter().map(|row| row.2).collect();
        batch(vec![
            ("n", Arc::new(numbers) as ArrayRef),
            ("path", Arc::new(paths)),
            ("content", Arc::new(contents)),
        ])
    };
    ROWS.chunks(rows).map(batch).collect()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let field =
        |(name, values): &(&str, ArrayRef)| Field::new(*name, values.data_type().clone(), true);
    let fields: Vec<Field> = columns.iter().map(field).collect();
    let columns = columns.into_iter().map(|(_, values)| values).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// Returns a list of three numbers, and null.
fn fixed_size_list() -> FixedSizeListArray {
    let field = Arc::new(Field::new_list_field(DataType::Int64, false));
    let numbers = Arc::new(Int64Array::from_iter_values(1..=6));
    FixedSizeListArray::new(field, 3, numbers, Some(vec![true, false].into()))
}

fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

/// Runs `dataset --rows - -o -`.
fn run(input: &[u8], options: &str) -> Output {
    let directory = Folder::new();
    let mut run = directory
        .command(&format!("-q --rows - -o - {options}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = run.stdin.take().unwrap();
    thread::scope(|scope| {
        // It may end before it has read everything.
        scope.spawn(move || drop(stdin.write_all(input)));
        run.wait_with_output().unwrap()
    })
}

fn ok(input: &[u8], options: &str) -> Vec<u8> {
    let output = run(input, options);
    assert!(output.status.success(), "{options}: {}", stderr(&output));
    output.stdout
}

fn batches(stream: &[u8]) -> (Arc<Schema>, Vec<RecordBatch>) {
    let reader = StreamReader::try_new(stream, None).unwrap();
    (reader.schema(), reader.map(Result::unwrap).collect())
}

/// Returns the rows of a stream as lines of JSON have them.
fn rows(stream: &[u8]) -> Vec<Value> {
    let (schema, batches) = batches(stream);
    let mut rows = Vec::new();
    for batch in batches {
        for i in 0..batch.num_rows() {
            let columns = schema.fields().iter().zip(batch.columns());
            let columns = columns.filter(|(_, values)| values.is_valid(i));
            let row = columns.map(|(field, values)| {
                let value = match field.name().as_str() {
                    "meta" => serde_json::from_str(values.as_string::<i32>().value(i)).unwrap(),
                    _ => value(values, i),
                };
                (field.name().clone(), value)
            });
            rows.push(row.collect::<Map<_, _>>().into());
        }
    }
    rows
}

fn value(values: &dyn Array, i: usize) -> Value {
    match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().value(i).into(),
        DataType::Boolean => values.as_boolean().value(i).into(),
        DataType::Int64 => values.as_primitive::<Int64Type>().value(i).into(),
        DataType::Int32 => values.as_primitive::<Int32Type>().value(i).into(),
        DataType::List(_) => {
            let list = values.as_list::<i32>().value(i);
            (0..list.len()).map(|i| value(&list, i)).collect()
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().zip(values.as_struct().columns());
            let fields = fields.map(|(field, values)| (field.name().clone(), value(values, i)));
            fields.collect::<Map<_, _>>().into()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn columns_have_what_lines_have() {
    let rows_in = [json_rows().into_bytes(), stream(&arrow_rows(3))];
    for options in [
        "--unit both --strip both",
        "--unit outline --signatures",
        "--unit function --format completion --keep-errors",
        "--format text --keep-errors --split a=0.5,b=0.5",
    ] {
        let options = format!("{options} --path-key path --stream terse");
        let wanted = json_lines(&ok(&rows_in[0], &options));
        assert!(wanted.len() >= 3, "{options}");
        for input in &rows_in {
            assert_eq!(json_lines(&ok(input, &options)), wanted, "{options}");
            let found = rows(&ok(input, &format!("{options} --container arrow")));
            assert_eq!(found, wanted, "{options}");
        }
    }
}

#[test]
fn ids_are_columns() {
    let directory = Folder::new();
    let (_, tokenizer) = &crate::common::kinds::kinds()[0];
    let tokenizer = tokenizer.to_string(false).unwrap();
    directory.write("tokenizer.json", tokenizer.as_bytes());
    directory.write("rows", json_rows().as_bytes());
    let options = "-q --rows rows --keep-errors --stream terse --tokenizer . --eos <|im_end|>";
    let wanted = directory.lines(&format!("{options} --ids jsonl -o -"));
    assert!(wanted[0]["labels"].is_array(), "{}", wanted[0]);
    let options = format!("{options} --ids arrow --container arrow");
    let found = directory.ok(&format!("{options} -o -"));
    assert_eq!(rows(&found), wanted);
    directory.ok(&format!("{options} -o x.arrow"));
    assert!(directory.read("x.arrow") == found);
    let options = options.replace("--keep-errors", "--split a=0.5,b=0.5");
    directory.ok(&format!("{options} -o set"));
    assert_eq!(directory.names_in("set"), ["a.arrow", "b.arrow"]);
}

/// Engines put the streams of all partitions together.
#[test]
fn the_schema_depends_only_on_the_options() {
    for options in [
        "",
        "--keep-errors --unit outline",
        "--split a=1 --format completion --signatures",
    ] {
        let options = format!("--container arrow {options}");
        let input = arrow_rows(7);
        let whole = stream(&input);
        let empty = stream(&[input[0].slice(0, 0)]);
        let no_rows = stream(
            &[].into_iter()
                .chain([input[0].slice(3, 1)])
                .collect::<Vec<_>>(),
        );
        let (wanted, _) = batches(&ok(&whole, &options));
        for input in [&b""[..], b"\n", b"= bad\n", &empty, &no_rows] {
            let (schema, batches) = batches(&ok(input, &options));
            assert_eq!(schema, wanted, "{options}");
            let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
            let is_bad = input == b"= bad\n" || input == no_rows;
            let errors = usize::from(is_bad && options.contains("--keep-errors"));
            assert_eq!(rows, errors, "{options}");
        }
    }
}

#[test]
fn sources_may_be_strings_of_any_kind() {
    let texts = [Some("f()"), None, Some("g()")];
    let mut dictionary = StringDictionaryBuilder::<Int32Type>::new();
    texts
        .iter()
        .for_each(|text| dictionary.append_option(*text));
    let bytes = texts.map(|text| text.map(str::as_bytes));
    let columns: [ArrayRef; 5] = [
        Arc::new(StringArray::from(texts.to_vec())),
        Arc::new(LargeStringArray::from(texts.to_vec())),
        Arc::new(StringViewArray::from(texts.to_vec())),
        Arc::new(dictionary.finish()),
        Arc::new(BinaryArray::from(bytes.to_vec())),
    ];
    for column in columns {
        let kind = column.data_type().clone();
        let input = stream(&[batch(vec![("text", column)])]);
        let lines = json_lines(&ok(
            &input,
            "--content-key text --keep-errors --format completion",
        ));
        let found: Vec<&Value> = lines
            .iter()
            .map(|line| line.get("completion").unwrap_or(&line["error"]))
            .collect();
        assert_eq!(found, ["f()", "row-not-text", "g()"], "{kind}");
        assert_eq!(lines[1]["path"], "row 2");
    }
    let input = stream(&[batch(vec![("content", Arc::new(NullArray::new(2)))])]);
    assert_eq!(json_lines(&ok(&input, "--keep-errors")).len(), 2);
}

#[test]
fn other_columns_are_kept_as_json() {
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([Some("MIT"), None]);
    list.append_null();
    let field = Arc::new(Field::new("x", DataType::Int64, true));
    let inner: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    let mut dictionary = StringDictionaryBuilder::<Int32Type>::new();
    dictionary.extend([Some("q\""), None]);
    let time = TimestampMicrosecondArray::from(vec![Some(1_700_000_000_000_001), None]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("content", Arc::new(StringArray::from(vec!["f()", "g()"]))),
        (
            "stars",
            Arc::new(UInt64Array::from(vec![Some(u64::MAX), None])),
        ),
        ("share", Arc::new(Float64Array::from(vec![1.5, f64::NAN]))),
        ("fork", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("licenses", Arc::new(list.finish())),
        ("three", Arc::new(fixed_size_list())),
        ("s", Arc::new(StructArray::from(vec![(field, inner)]))),
        ("kind", Arc::new(dictionary.finish())),
        ("none", Arc::new(NullArray::new(2))),
        ("day", Arc::new(Date32Array::from(vec![Some(19_000), None]))),
        ("time", Arc::new(time.clone())),
        ("utc", Arc::new(time.with_timezone("UTC"))),
    ];
    let (_, out) = batches(&ok(&stream(&[batch(columns)]), "--container arrow"));
    let meta = out[0]
        .column_by_name("meta")
        .unwrap()
        .as_string::<i32>()
        .clone();
    assert_eq!(
        [meta.value(0), meta.value(1)],
        [
            r#"{"stars":18446744073709551615,"share":1.5,"fork":true,"licenses":["MIT",null],"three":[1,2,3],"s":{"x":1},"kind":"q\"","none":null,"day":"2022-01-08","time":"2023-11-14T22:13:20.000001","utc":"2023-11-14T22:13:20.000001Z"}"#,
            r#"{"stars":null,"share":null,"fork":null,"licenses":null,"three":null,"s":{"x":null},"kind":null,"none":null,"day":null,"time":null,"utc":null}"#,
        ]
    );
}

/// A file is a stream with an index at its end.
#[test]
fn files_are_read_as_streams() {
    let batches = arrow_rows(2);
    let mut writer = FileWriter::try_new(Cursor::new(Vec::new()), &batches[0].schema()).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    let file = writer.into_inner().unwrap().into_inner();
    for jobs in ["", "--jobs 4"] {
        let options = format!("--path-key path --keep-errors {jobs}");
        assert!(ok(&file, &options) == ok(&stream(&batches), &options));
    }
}

/// Whoever sends a batch may wait for its records before sending the next.
#[test]
fn the_records_of_a_batch_come_at_once() {
    come_at_once("", &[3, 3, 1]);
    come_at_once("--shard 0/2", &[2, 1, 1]);
    come_at_once("--shard 1/3", &[1, 1]);
}

/// Sends batches of three rows, and waits for so many records after each.
fn come_at_once(shard: &str, records: &[usize]) {
    let directory = Folder::new();
    let options = "-q --rows - -o - --container arrow --keep-errors --dedup none";
    let mut run = directory
        .command(&format!("{options} {shard}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = arrow_rows(3);
    let mut writer = StreamWriter::try_new(run.stdin.take().unwrap(), &input[0].schema()).unwrap();
    let stdout = run.stdout.take().unwrap();
    let (sender, received) = mpsc::channel();
    let reader = thread::spawn(move || {
        for batch in StreamReader::try_new(stdout, None).unwrap() {
            sender.send(batch.unwrap().num_rows()).unwrap();
        }
    });
    for (batch, records) in input.iter().zip(records) {
        writer.write(batch).unwrap();
        writer.flush().unwrap();
        let rows = received.recv_timeout(Duration::from_secs(60));
        assert_eq!(rows, Ok(*records), "{shard}");
    }
    drop(writer.into_inner().unwrap());
    reader.join().unwrap();
    assert!(run.wait().unwrap().success());
}

#[test]
fn what_cannot_be_read_is_named() {
    let error = |input: &[u8], options: &str| {
        let output = run(input, options);
        assert_eq!(output.status.code(), Some(1));
        stderr(&output)
    };
    let numbers = stream(&[batch(vec![(
        "content",
        Arc::new(Int64Array::from(vec![1])),
    )])]);
    let bytes = stream(&[batch(vec![
        ("content", Arc::new(StringArray::from(vec!["f()"]))),
        ("hash", Arc::new(BinaryArray::from(vec![&b"x"[..]]))),
    ])]);
    let good = stream(&arrow_rows(7));
    let compressed = crate::common::fixture("dataset/compressed.arrow");
    let mut outside = good.clone();
    // The lengths of the buffers are all in the header of the batch: make one of them too long.
    let length = json_rows()
        .find("content")
        .map_or(0, |_| 8u64)
        .to_le_bytes();
    let at = outside
        .windows(8)
        .rposition(|bytes| bytes == length)
        .unwrap();
    outside[at..at + 8].copy_from_slice(&i64::MAX.to_le_bytes());
    for (message, wanted) in [
        (
            error(&good, "--content-key text"),
            "-: there is no column \"text\" (--content-key); the columns are n, path, content",
        ),
        (
            error(&good, "--path-key file"),
            "-: there is no column \"file\" (--path-key); the columns are n, path, content",
        ),
        (
            error(&numbers, ""),
            "-: the column \"content\" has the type Int64, but should have strings",
        ),
        (
            error(&bytes, ""),
            "-: the column \"hash\" has the type Binary, but should have values that can be read as JSON; leave it out, or make it strings",
        ),
        (
            error(&compressed, ""),
            "-: the batches are compressed; write them without compression",
        ),
        (
            error(&good[..good.len() - 20], ""),
            "-: unexpected end of the Arrow stream: it is cut off",
        ),
        (
            error(&good[..9], ""),
            "-: unexpected end of the Arrow stream: it is cut off",
        ),
        (error(&[0xFF; 40], ""), "-: not a valid Arrow stream"),
        (error(&outside, ""), "-: not a valid Arrow stream"),
        (
            error(b"PAR1\x15\x04", ""),
            "-: cannot read Parquet; the Python client luadec_tok does, with pyarrow: see docs/CLUSTERS.md",
        ),
    ] {
        assert_eq!(message, format!("luadec-tok: {wanted}\n"));
    }
}

#[test]
fn a_row_that_is_too_large_keeps_its_path() {
    let content = "x".repeat((24 << 20) + 1);
    let input = stream(&[batch(vec![
        (
            "content",
            Arc::new(StringArray::from(vec![content])) as ArrayRef,
        ),
        ("path", Arc::new(StringArray::from(vec!["big.lua"]))),
        ("n", Arc::new(Int64Array::from(vec![1]))),
    ])]);
    let lines = json_lines(&ok(&input, "--path-key path --keep-errors"));
    let wanted = json!({
        "error": "too-large",
        "message": "it has 25165825 bytes; the limit is 25165824",
        "path": "big.lua",
        "meta": {"n": 1},
    });
    assert_eq!(lines, [wanted]);
}

/// Returns a stream whose second batch has another string in its dictionary, which comes as a delta.
fn stream_with_delta() -> Vec<u8> {
    let batches = [&["f()", "g()"][..], &["f()", "g()", "h()"]].map(|texts| {
        let texts: DictionaryArray<Int32Type> = texts.iter().copied().collect();
        batch(vec![("content", Arc::new(texts) as ArrayRef)])
    });
    let options = IpcWriteOptions::default().with_dictionary_handling(DictionaryHandling::Delta);
    let schema = batches[0].schema();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
    batches
        .iter()
        .for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

/// Of equal sources, the first is kept.
#[test]
fn a_dictionary_grows() {
    let lines = json_lines(&ok(&stream_with_delta(), "--format completion"));
    let found: Vec<_> = lines.iter().map(|line| &line["completion"]).collect();
    assert_eq!(found, ["f()", "g()", "h()"]);
}

/// Damaged streams end with a message.
#[test]
fn damage_is_survived() {
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([Some("MIT"), None]);
    list.append_null();
    let mut dictionary = StringDictionaryBuilder::<Int32Type>::new();
    dictionary.extend([Some("f()"), Some("g()")]);
    let good = stream(&[batch(vec![
        ("content", Arc::new(dictionary.finish())),
        ("licenses", Arc::new(list.finish())),
        (
            "view",
            Arc::new(StringViewArray::from(vec!["a text of more than 12", "b"])),
        ),
        ("three", Arc::new(fixed_size_list())),
    ])]);
    let delta = stream_with_delta();
    for i in 0..120 {
        let good = if i % 2 == 0 { &good } else { &delta };
        let (mut bad, i) = (good.clone(), i / 2);
        let at = good.len() * i / 60;
        let damage = [&[0xFF; 8][..], &[0x7F; 4], &[0; 8], &[0x80]][i % 4];
        let end = (at + damage.len()).min(bad.len());
        bad[at..end].copy_from_slice(&damage[..end - at]);
        let output = run(&bad, "--keep-errors --container arrow");
        let status = output.status.code();
        assert!(matches!(status, Some(0 | 1)), "{i}: {}", stderr(&output));
    }
}
