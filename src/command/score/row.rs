//! A row: the stream that was asked, and what was answered.

use luadec_tok::stream::{Chunks, ReadError};
use luadec_tok::{Chunk, Version};
use serde_json::{Map, Value};

/// Which keys of a row say what, where the usual ones do not.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    pub stream: Option<&'a str>,
    pub answer: Option<&'a str>,
}

pub struct Row {
    /// What the row is called, if it says so.
    pub id: Option<Value>,
    pub asked: Chunk<'static>,
    pub answers: Answers,
}

pub enum Answers {
    One(String),
    Several(Vec<String>),
}

/// Why a row cannot be scored.
#[derive(Debug, thiserror::Error)]
pub enum BadRow {
    #[error("it is longer than {} MiB", .0 >> 20)]
    TooLong(u64),
    #[error("it is no JSON object: {0}")]
    NotJson(String),
    #[error("it has no stream: {0}")]
    NoStream(String),
    #[error("its stream is wrong: {0}")]
    WrongStream(String),
    #[error("its stream is of a chunk of {0}; answers are compiled by Lua {1}")]
    OtherVersion(Version, Version),
    #[error("it has no answer: {0}")]
    NoAnswer(String),
}

/// The longest row that is read, in bytes.
pub const MAX_ROW: u64 = 128 << 20;

const MESSAGES: &str = "messages";

/// Reads a row.
pub fn read(row: &[u8], keys: Keys, version: Version) -> Result<Row, BadRow> {
    if row.len() as u64 > MAX_ROW {
        return Err(BadRow::TooLong(MAX_ROW));
    }
    let mut row: Map<String, Value> =
        serde_json::from_slice(row).map_err(|error| BadRow::NotJson(error.to_string()))?;
    let asked = chunk(stream(&row, keys)?, version)?;
    let answers = answers(&row, keys)?;
    Ok(Row {
        id: row.shift_remove("id"),
        asked,
        answers,
    })
}

/// The text that holds the stream.
fn stream<'r>(row: &'r Map<String, Value>, keys: Keys) -> Result<&'r str, BadRow> {
    let (key, found) = match keys.stream {
        Some(key) => (key, row.get(key)),
        None => ("prompt", row.get("prompt").or_else(|| row.get(MESSAGES))),
    };
    let missing = || match keys.stream {
        Some(_) => BadRow::NoStream(format!("there is no key {key:?}")),
        None => BadRow::NoStream(format!("there is neither {key:?} nor {MESSAGES:?}")),
    };
    let text = last_turn(found.ok_or_else(missing)?, "user");
    text.ok_or_else(|| BadRow::NoStream(format!("{key:?} is neither a text nor a user's turn")))
}

/// The chunk of the stream in a text. What stands around the stream is passed over.
fn chunk(text: &str, version: Version) -> Result<Chunk<'static>, BadRow> {
    const END: &str = "<|/Proto|>";
    let start = ["<|Proto|>", "<|Lua-"].map(|start| text.find(start));
    let start = start.into_iter().flatten().min();
    let end = text.rfind(END).map_or(text.len(), |end| end + END.len());
    let Some(stream) = start.and_then(|start| text.get(start..end)) else {
        return Err(BadRow::NoStream("no <|Proto|> in its text".to_owned()));
    };
    match Chunks::new(stream.as_bytes()).next() {
        Some(Ok(chunk)) if chunk.version != version => {
            Err(BadRow::OtherVersion(chunk.version, version))
        }
        Some(Ok(chunk)) => Ok(chunk),
        Some(Err(ReadError::Parse(error))) => Err(BadRow::WrongStream(error.to_string())),
        Some(Err(ReadError::Io(error))) => Err(BadRow::WrongStream(error.to_string())),
        None => Err(BadRow::WrongStream("it is empty".to_owned())),
    }
}

fn answers(row: &Map<String, Value>, keys: Keys) -> Result<Answers, BadRow> {
    let key = keys.answer.unwrap_or("prediction");
    let found = match keys.answer {
        Some(key) => row.get(key),
        None => row.get(key).or_else(|| row.get(MESSAGES)),
    };
    let Some(found) = found else {
        return Err(BadRow::NoAnswer(format!("there is no key {key:?}")));
    };
    if let Some(one) = last_turn(found, "assistant") {
        return Ok(Answers::One(one.to_owned()));
    }
    let several = found.as_array().filter(|answers| !answers.is_empty());
    let several = several.and_then(|answers| {
        let texts = answers.iter().map(|answer| last_turn(answer, "assistant"));
        texts.map(|text| text.map(str::to_owned)).collect()
    });
    several
        .map(Answers::Several)
        .ok_or_else(|| BadRow::NoAnswer(format!("{key:?} is neither a text nor a list of texts")))
}

/// A text, or what was said last in a conversation by one side.
fn last_turn<'v>(value: &'v Value, role: &str) -> Option<&'v str> {
    let turns = match value {
        Value::String(text) => return Some(text),
        value => value.as_array()?,
    };
    let by_role = |turn: &&Value| turn.get("role").and_then(Value::as_str) == Some(role);
    turns.iter().rfind(by_role)?.get("content")?.as_str()
}

impl Answers {
    pub fn as_slice(&self) -> &[String] {
        match self {
            Answers::One(answer) => std::slice::from_ref(answer),
            Answers::Several(answers) => answers,
        }
    }
}
