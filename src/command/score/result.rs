//! The result of a row: from the helper that judges it to its line, the rates and the page.

use std::fmt;

use luadec_tok::chunk::Chunk;
use luadec_tok::compare::{Comparison, Difference};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::page::Card;
use super::row::BadRow;
use crate::command::compile::cut;

/// The result of a row.
#[derive(Debug)]
pub struct ScoredRow {
    /// Its line, counted from 1.
    pub line: u64,
    /// The id of the row, if it has one.
    pub id: Option<Value>,
    /// The number of streams in its prompt.
    pub streams: usize,
    pub outcome: Outcome,
}

#[derive(Debug)]
pub enum Outcome {
    /// Its answers, at least one.
    Answers {
        /// True if the row has a list of them.
        is_several: bool,
        judged: Vec<Judged>,
    },
    Bad(Bad),
}

/// A row that cannot be scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bad {
    /// Why.
    pub reason: String,
    /// The kind of such rows: the reason without what only this row has to do with.
    pub kind: String,
    /// True if it has no stream that can be read.
    pub is_without_stream: bool,
}

/// An answer with what is shown of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Judged {
    pub answer: Answer,
    /// What the page shows, if there is a page and the answer is not the same.
    pub card: Option<Card>,
    /// The first differences, as many as are wanted, and the number of further ones.
    pub places: Vec<Mismatch>,
    pub places_left: usize,
}

/// The result of an answer. The fields are the keys of its line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    pub compiles: bool,
    /// The same in every number, except for debug information.
    pub identical: bool,
    /// The same code.
    pub same: bool,
    pub functions: usize,
    pub functions_same: usize,
    functions_missing: usize,
    functions_extra: usize,
    /// The number of instructions that were asked for.
    pub instructions: usize,
    pub edit_distance: usize,
    edit_distance_exact: bool,
    #[serde(deserialize_with = "exact")]
    pub similarity: f64,
    pub first_difference: Option<Mismatch>,
    /// The reason it fails.
    pub error: Option<String>,
    /// True if a fence was removed.
    pub fenced: bool,
}

/// The first difference of a function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mismatch {
    pub function: String,
    pub what: String,
    pub asked: String,
    pub answer: String,
}

/// The level that an answer reaches, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Identical,
    Same,
    Differs,
    Fails,
}

impl Answer {
    /// Returns the result of an answer that compiles.
    pub fn compared(comparison: &Comparison, fenced: bool) -> Answer {
        Answer {
            compiles: true,
            identical: comparison.identical,
            same: comparison.same,
            functions: comparison.functions,
            functions_same: comparison.functions_same,
            functions_missing: comparison.functions_missing,
            functions_extra: comparison.functions_extra,
            instructions: comparison.instructions,
            edit_distance: comparison.edit_distance,
            edit_distance_exact: comparison.exact,
            similarity: comparison.similarity(),
            first_difference: comparison.differences.first().map(Mismatch::of),
            error: None,
            fenced,
        }
    }

    /// Returns the result of an answer that fails.
    pub fn failed(asked: &Chunk, error: &str, fenced: bool) -> Answer {
        Answer {
            compiles: false,
            error: Some(cut(error)),
            ..Answer::compared(&Comparison::of_nothing(asked.version, &asked.main), fenced)
        }
    }

    pub fn level(&self) -> Level {
        match self {
            Answer {
                compiles: false, ..
            } => Level::Fails,
            Answer {
                identical: true, ..
            } => Level::Identical,
            Answer { same: true, .. } => Level::Same,
            _ => Level::Differs,
        }
    }
}

impl Judged {
    pub fn new(answer: Answer, card: Option<Card>) -> Judged {
        Judged {
            answer,
            card,
            places: Vec::new(),
            places_left: 0,
        }
    }
}

impl Mismatch {
    pub fn of(difference: &Difference) -> Mismatch {
        Mismatch {
            function: difference.function.to_string(),
            what: difference.kind.to_string(),
            asked: difference.asked.clone(),
            answer: difference.answer.clone(),
        }
    }
}

impl Bad {
    pub fn new(bad: &BadRow) -> Bad {
        Bad {
            reason: cut(&bad.to_string()),
            kind: cut(&bad.kind()),
            is_without_stream: bad.is_without_stream(),
        }
    }

    /// Returns the result of something that is not a row and cannot be scored.
    pub fn other(reason: &str) -> Bad {
        Bad {
            reason: cut(reason),
            kind: String::new(),
            is_without_stream: false,
        }
    }
}

impl ScoredRow {
    /// A row that cannot be scored.
    pub fn bad(line: u64, bad: &BadRow) -> ScoredRow {
        ScoredRow {
            line,
            id: None,
            streams: 0,
            outcome: Outcome::Bad(Bad::new(bad)),
        }
    }

    /// Returns its answers; none if it cannot be scored.
    pub fn answers(&self) -> &[Judged] {
        match &self.outcome {
            Outcome::Answers { judged, .. } => judged,
            Outcome::Bad(_) => &[],
        }
    }

    pub fn into_answers(self) -> Vec<Judged> {
        match self.outcome {
            Outcome::Answers { judged, .. } => judged,
            Outcome::Bad(_) => Vec::new(),
        }
    }
}

/// The output line of a row. Every row has one, even if it cannot be scored.
#[derive(Serialize)]
struct ScoreLine<'a, T> {
    id: &'a Option<Value>,
    line: u64,
    #[serde(flatten)]
    outcome: T,
}

#[derive(Serialize)]
struct Samples<'a> {
    samples: Vec<&'a Answer>,
}

#[derive(Serialize)]
struct BadRowLine<'a> {
    bad_row: &'a str,
}

impl fmt::Display for ScoredRow {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fn json<T: Serialize>(row: &ScoredRow, outcome: T) -> String {
            let (id, line) = (&row.id, row.line);
            let line = ScoreLine { id, line, outcome };
            serde_json::to_string(&line).expect("JSON holds it all")
        }
        f.write_str(&match &self.outcome {
            Outcome::Bad(Bad { reason, .. }) => json(self, BadRowLine { bad_row: reason }),
            Outcome::Answers { is_several, judged } => match &judged[..] {
                [judged] if !is_several => json(self, &judged.answer),
                judged => {
                    let samples = judged.iter().map(|judged| &judged.answer).collect();
                    json(self, Samples { samples })
                }
            },
        })
    }
}

/// Reads a number exactly as it was written: `serde_json` would only come close.
pub fn exact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number = <&RawValue>::deserialize(deserializer)?;
    number.get().parse().map_err(serde::de::Error::custom)
}
