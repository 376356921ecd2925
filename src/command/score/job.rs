//! A row or a pair of files on its way to its verdicts.

use luadec_tok::chunk::Chunk;
use serde_json::{Map, Value, json};

use super::answer::score;
use super::card::Card;
use super::row::{Answers, BadRow, Keys, read};
use super::verdict::Verdict;
use crate::command::compile::Compiler;

/// What came of a row.
pub struct Judged {
    /// Its line, counted from 1.
    pub line: u64,
    id: Option<Value>,
    /// Whether its answers are a list.
    several: bool,
    pub verdicts: Vec<Verdict>,
    /// What the page shows of its answers, if there is one.
    pub cards: Vec<Card>,
}

/// How answers are scored.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// Who compiles them.
    pub compiler: &'a Compiler,
    /// The most processor time that compiling one may take, in seconds.
    pub seconds: u64,
    /// Whether there is a page that shows them.
    pub page: bool,
}

/// Scores a row.
pub fn row(bytes: &[u8], line: u64, keys: Keys, way: Way) -> Result<Judged, BadRow> {
    let row = read(bytes, keys, way.compiler.version())?;
    let several = matches!(row.answers, Answers::Several(_));
    let answers = row.answers.as_slice().iter().map(String::as_bytes);
    Ok(Judged {
        several,
        ..judge(line, row.id, &row.asked, answers, way)
    })
}

/// Scores the answers to a chunk.
pub fn judge<'a>(
    line: u64,
    id: Option<Value>,
    asked: &Chunk,
    answers: impl Iterator<Item = &'a [u8]>,
    way: Way,
) -> Judged {
    let name = id.as_ref().map(|id| match id {
        Value::String(id) => id.clone(),
        id => id.to_string(),
    });
    let (mut verdicts, mut cards) = (Vec::new(), Vec::new());
    for (sample, answer) in answers.enumerate() {
        let scored = score(way.compiler, asked, answer, way.seconds);
        let verdict = Verdict::new(asked, &scored);
        if way.page && !verdict.comparison.same {
            cards.push(Card::new(
                (line, sample),
                name.clone(),
                asked,
                &scored,
                &verdict,
            ));
        }
        verdicts.push(verdict);
    }
    Judged {
        line,
        id,
        several: false,
        verdicts,
        cards,
    }
}

impl Judged {
    /// The line that is written.
    pub fn json(&self) -> Value {
        let mut line = labels(self.id.as_ref(), self.line);
        let mut verdicts = self.verdicts.iter().map(Verdict::json);
        if self.several {
            let samples = verdicts.map(Value::Object).collect();
            line.insert("samples".to_owned(), Value::Array(samples));
        } else {
            line.extend(verdicts.next().into_iter().flatten());
        }
        line.into()
    }
}

/// The line that is written for a row that cannot be scored: there is one for each row.
pub fn bad(line: u64, bad: &BadRow) -> Value {
    let mut line = labels(None, line);
    line.insert("bad_row".to_owned(), json!(bad.to_string()));
    line.into()
}

fn labels(id: Option<&Value>, line: u64) -> Map<String, Value> {
    let mut labels = Map::new();
    labels.insert("id".to_owned(), id.cloned().unwrap_or_default());
    labels.insert("line".to_owned(), json!(line));
    labels
}
