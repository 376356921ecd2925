//! A record as JSON or ChatML.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::command::io::json::spaced;
use crate::command::io::shown::escaped_lines;
use crate::command::train::dataset::arguments::RecordFormat;
use crate::command::train::dataset::frame::RecordFrame;
use crate::command::train::dataset::ids::Encoded;

/// What a record contains besides its stream and its source.
#[derive(Clone, Debug)]
pub struct RecordFacts {
    /// Identifies the stream and the source: a hash of both, in hexadecimal.
    pub id: String,
    /// The path of the source.
    pub path: Arc<str>,
    /// The path of the function, if records are made from functions.
    pub function: Option<String>,
    /// The id of the outline, if the unit is one.
    pub outline: Option<String>,
    /// A hash of the whole chunk, if the unit is an outline.
    pub chunk: Option<String>,
    /// The part of the set, if records name it.
    pub split: Option<String>,
    /// True if the chunk has no debug information.
    pub stripped: bool,
    /// The name of the stream, `full` or `terse`.
    pub stream: &'static str,
    /// The version of Lua, such as `5.3`.
    pub lua: String,
    /// The SHA-256 of the source file, in hexadecimal.
    pub sha256: String,
    /// Identifies the code of the unit: equal for units that `--dedup code` takes for the same.
    pub code: String,
    /// The letters of the unit's signature, if they are wanted.
    pub minhash: Option<String>,
    /// The number of instructions in all functions of the chunk.
    pub instructions: usize,
    /// The number of tokens of prompt and answer together, if they were counted.
    pub tokens: Option<u32>,
    /// The other keys of the source's row, as a JSON object.
    pub meta: Option<Arc<str>>,
}

/// A record whose parts are not put together yet, for files with columns.
#[derive(Debug)]
pub struct WholeRecord {
    pub facts: RecordFacts,
    pub content: WholeContent,
}

/// What is learned in a record.
#[derive(Debug)]
pub enum WholeContent {
    Text { stream: String, answer: String },
    Ids(Encoded),
}

/// A record as JSON.
#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    #[serde(flatten)]
    content: RecordContent,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outline: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chunk: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<&'a str>,
    stripped: bool,
    stream: &'a str,
    lua: &'a str,
    sha256: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    minhash: Option<&'a str>,
    instructions: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<&'a RawValue>,
}

impl<'a> Record<'a> {
    fn new(content: RecordContent, facts: &'a RecordFacts) -> Self {
        Record {
            id: &facts.id,
            content,
            path: &facts.path,
            function: facts.function.as_deref(),
            outline: facts.outline.as_deref(),
            chunk: facts.chunk.as_deref(),
            split: facts.split.as_deref(),
            stripped: facts.stripped,
            stream: facts.stream,
            lua: &facts.lua,
            sha256: &facts.sha256,
            code: &facts.code,
            minhash: facts.minhash.as_deref(),
            instructions: facts.instructions,
            tokens: facts.tokens,
            meta: facts.meta.as_deref().map(raw),
        }
    }
}

/// Returns the other keys of a row as a value.
fn raw(meta: &str) -> &RawValue {
    serde_json::from_str(meta).expect("the row's other keys were written as JSON")
}

/// Why there is no record, or not all records, of a source.
#[derive(Clone, Copy)]
pub struct ErrorFacts<'a> {
    /// The name of the reason.
    pub error: &'a str,
    pub message: &'a str,
    pub path: &'a str,
    /// The path of the function, if only its records are missing.
    pub function: Option<&'a str>,
    /// The variant, if only its record is missing.
    pub stripped: Option<bool>,
    /// The other keys of the source's row, as a JSON object.
    pub meta: Option<&'a str>,
}

/// Returns a row of `--keep-errors` as a line of JSON.
pub fn error_line(facts: ErrorFacts) -> String {
    #[derive(Serialize)]
    struct ErrorRow<'a> {
        error: &'a str,
        message: &'a str,
        path: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        function: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        stripped: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        meta: Option<&'a RawValue>,
    }
    let row = ErrorRow {
        error: facts.error,
        message: facts.message,
        path: facts.path,
        function: facts.function,
        stripped: facts.stripped,
        meta: facts.meta.map(raw),
    };
    spaced(&row) + "\n"
}

/// Returns a record as ids, in a line of JSON.
pub fn ids_line(encoded: &Encoded, facts: &RecordFacts) -> String {
    let content = RecordContent::Ids {
        labels: encoded.labels().collect(),
        input_ids: encoded.ids.clone(),
    };
    spaced(&Record::new(content, facts)) + "\n"
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase", untagged)]
enum RecordContent {
    Messages {
        messages: [ChatTurn; 2],
    },
    Text {
        text: String,
    },
    Completion {
        prompt: &'static str,
        completion: &'static str,
    },
    Ids {
        input_ids: Vec<u32>,
        labels: Vec<i64>,
    },
}

#[derive(Serialize)]
struct ChatTurn {
    role: &'static str,
    content: &'static str,
}

/// Stands for the stream and then for the source. No key and no `id` contains it.
const SLOT: &str = "\0";
const SLOT_IN_JSON: &str = "\\u0000";

/// The end of a record in ChatML.
pub const END: &str = "<|im_end|>\n";

/// Returns the frame of a record in this format.
pub fn frame(format: RecordFormat, facts: &RecordFacts) -> RecordFrame {
    let content = match format {
        RecordFormat::Chatml => return RecordFrame::chatml(END),
        RecordFormat::Messages => RecordContent::Messages {
            messages: [("user", SLOT), ("assistant", SLOT)]
                .map(|(role, content)| ChatTurn { role, content }),
        },
        RecordFormat::Text => RecordContent::Text {
            text: RecordFrame::chatml(END).around(SLOT, SLOT),
        },
        RecordFormat::Completion => RecordContent::Completion {
            prompt: SLOT,
            completion: SLOT,
        },
    };
    let record = spaced(&Record::new(content, facts)) + "\n";
    RecordFrame::cut(&record, SLOT_IN_JSON, SLOT_IN_JSON).expect("a record has two slots")
}

/// How the text of a record is escaped.
#[derive(Clone, Copy, PartialEq)]
pub enum Escaping {
    /// The stream and the source stand in JSON strings.
    Json,
    /// The text goes to a terminal.
    Terminal,
    None,
}

impl Escaping {
    /// Returns how to escape records in a format, for a terminal or elsewhere.
    pub fn new(format: RecordFormat, terminal: bool) -> Escaping {
        match format {
            RecordFormat::Chatml if terminal => Escaping::Terminal,
            RecordFormat::Chatml => Escaping::None,
            _ => Escaping::Json,
        }
    }

    /// Escapes a source.
    pub fn source(self, source: &str) -> Cow<'_, str> {
        match self {
            Escaping::Json => {
                let mut quoted = spaced(&source);
                quoted.pop();
                quoted.remove(0);
                quoted.into()
            }
            Escaping::Terminal => escaped_lines(source).into(),
            Escaping::None => source.into(),
        }
    }
}
