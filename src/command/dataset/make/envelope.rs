//! What a record holds around its stream and its source.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::command::dataset::arguments::RecordFormat;
use crate::command::dataset::tokens::encode::Encoded;
use crate::command::io::json::spaced;
use crate::command::io::shown::escaped_lines;

/// What a record says of itself.
#[derive(Clone, Debug)]
pub struct Labels<'a> {
    /// Identifies stream and answer: a hash of both, in hexadecimal.
    pub id: &'a str,
    /// The path of the source.
    pub path: &'a str,
    /// The function, if records are made of functions.
    pub function: Option<&'a str>,
    /// Whether the chunk has no debug information.
    pub stripped: bool,
    /// Which stream it is, `full` or `terse`.
    pub stream: &'a str,
    /// The version of Lua, `5.3`.
    pub lua: &'a str,
    /// The SHA-256 of the source file, in hexadecimal.
    pub sha256: &'a str,
    /// Identifies the code of the unit, as `--dedup code` does.
    pub code: &'a str,
    /// The number of instructions in the chunk, all functions together.
    pub instructions: usize,
    /// The number of tokens, prompt and answer together, if they were counted.
    pub tokens: Option<u32>,
    /// What else the source's row says, as a JSON object.
    pub meta: Option<&'a str>,
}

/// A record as JSON.
#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    #[serde(flatten)]
    content: Content,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'a str>,
    stripped: bool,
    stream: &'a str,
    lua: &'a str,
    sha256: &'a str,
    code: &'a str,
    instructions: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<&'a RawValue>,
}

impl<'a> Record<'a> {
    fn new(content: Content, labels: &Labels<'a>) -> Self {
        let meta = labels.meta.map(|meta| {
            serde_json::from_str(meta).expect("the row's other keys were written as JSON")
        });
        Record {
            id: labels.id,
            content,
            path: labels.path,
            function: labels.function,
            stripped: labels.stripped,
            stream: labels.stream,
            lua: labels.lua,
            sha256: labels.sha256,
            code: labels.code,
            instructions: labels.instructions,
            tokens: labels.tokens,
            meta,
        }
    }
}

/// A record as ids, in a line of JSON.
pub fn ids_line(encoded: &Encoded, labels: &Labels) -> String {
    const MASKED: i64 = -100;
    let label = |(i, id): (usize, &u32)| match encoded.learned.contains(&i) {
        true => i64::from(*id),
        false => MASKED,
    };
    let content = Content::Ids {
        labels: encoded.ids.iter().enumerate().map(label).collect(),
        input_ids: encoded.ids.clone(),
    };
    spaced(&Record::new(content, labels)) + "\n"
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase", untagged)]
enum Content {
    Messages {
        messages: [Message; 2],
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
struct Message {
    role: &'static str,
    content: &'static str,
}

/// Stands for the stream, and then for the source. No key and no `id` holds it.
const SLOT: &str = "\0";
const SLOT_IN_JSON: &str = "\\u0000";

/// A record without its stream and its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// What comes before the stream.
    pub before: String,
    /// What comes between the stream and the source.
    pub between: String,
    /// What comes after the source, with the line end.
    pub after: String,
    /// Whether stream and source stand in JSON strings.
    pub json: bool,
    /// Whether the text is for a terminal.
    terminal: bool,
}

impl Envelope {
    pub fn new(format: RecordFormat, labels: &Labels, terminal: bool) -> Envelope {
        let content = match format {
            RecordFormat::Chatml => {
                return Envelope {
                    terminal,
                    ..Envelope::split(&chatml(), SLOT)
                };
            }
            RecordFormat::Messages => Content::Messages {
                messages: [("user", SLOT), ("assistant", SLOT)]
                    .map(|(role, content)| Message { role, content }),
            },
            RecordFormat::Text => Content::Text { text: chatml() },
            RecordFormat::Completion => Content::Completion {
                prompt: SLOT,
                completion: SLOT,
            },
        };
        let record = Record::new(content, labels);
        Envelope::split(&(spaced(&record) + "\n"), SLOT_IN_JSON)
    }

    /// Cuts a record at its two slots.
    fn split(record: &str, slot: &str) -> Envelope {
        let mut parts = record.splitn(3, slot).map(str::to_owned);
        let mut part = || parts.next().expect("a record has two slots");
        Envelope {
            before: part(),
            between: part(),
            after: part(),
            json: slot == SLOT_IN_JSON,
            terminal: false,
        }
    }

    /// A source as it stands in the record.
    pub fn source<'s>(&self, source: &'s str) -> Cow<'s, str> {
        if !self.json {
            return match self.terminal {
                true => escaped_lines(source).into(),
                false => source.into(),
            };
        }
        let mut quoted = spaced(&source);
        quoted.pop();
        quoted.remove(0);
        quoted.into()
    }
}

fn chatml() -> String {
    format!("<|im_start|>user\n{SLOT}<|im_end|>\n<|im_start|>assistant\n{SLOT}<|im_end|>\n")
}
