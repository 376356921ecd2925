//! The score of a row, as the helper sends it and as the line, the rates and the page use it.

use std::fmt;

use luadec_tok::chunk::Chunk;
use luadec_tok::compare::{Comparison, Difference};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::card::Card;
use super::row::BadRow;
use crate::command::train::compile::cut;

/// The score of a row.
#[derive(Debug)]
pub struct ScoredRow {
    /// The line of the row, counted from 1.
    pub line: u64,
    /// The row's `id`, if it has one.
    pub id: Option<Value>,
    /// The number of streams in its prompt.
    pub streams: usize,
    pub outcome: Outcome,
    /// How it compares with an earlier run, if there is one. The inner `None` is for a row that cannot be
    /// compared.
    pub against: Option<Option<Change>>,
}

/// How the share of a row's answers that are the same has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Better,
    Worse,
    Equal,
}

#[derive(Debug)]
pub enum Outcome {
    /// The answers, at least one.
    Answers {
        /// True if the row has a list of answers.
        is_several: bool,
        judged: Vec<Judged>,
        constructs: Constructs,
    },
    Bad(Bad),
}

/// The constructs of the code that a row asks for. For an outline only its own function counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constructs {
    /// Some instruction jumps back. A `goto` back is a loop in bytecode.
    pub loops: bool,
    /// Some function is defined inside.
    pub closures: bool,
    /// Some function takes `...`. The main function of a file always does, so it has to use it.
    pub varargs: bool,
    /// The reference has a `goto`. Bytecode does not show it: a `goto` is the same jump as a `break` or
    /// the end of an `if`. `None` if the row has no reference that can be read.
    pub gotos: Option<bool>,
    /// The stream has no debug information.
    pub stripped: bool,
}

/// A row that cannot be scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bad {
    /// The reason it cannot be scored.
    pub reason: String,
    /// The reason without the details of this row. Rows are counted by it.
    pub kind: String,
    /// True if it has no readable stream.
    pub is_without_stream: bool,
}

/// The score of an answer, and what is shown of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Judged {
    pub answer: Answer,
    /// Its part of the page, if there is a page and the answer is not the same.
    pub card: Option<Card>,
    /// The first differences, as many as [`Setup`](super::remote::Setup) asks for.
    pub places: Vec<ShownDifference>,
    /// The number of further differences.
    pub places_left: usize,
}

/// The score of an answer. The fields are the keys of its line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    pub compiles: bool,
    /// True if all numbers are the same, except those of debug information.
    pub identical: bool,
    /// True if the code is the same.
    pub same: bool,
    pub functions: usize,
    pub functions_same: usize,
    functions_missing: usize,
    functions_extra: usize,
    /// The number of instructions of the chunk asked for.
    pub instructions: usize,
    pub edit_distance: usize,
    edit_distance_exact: bool,
    #[serde(deserialize_with = "exact")]
    pub similarity: f64,
    pub first_difference: Option<ShownDifference>,
    /// The reason it fails.
    pub error: Option<String>,
    /// True if framing was removed.
    pub fenced: bool,
}

/// The first difference in a function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShownDifference {
    pub function: String,
    pub what: String,
    pub asked: String,
    pub answer: String,
}

/// The level of an answer, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Identical,
    Same,
    Differs,
    Fails,
}

impl Answer {
    /// Returns the score of an answer that compiles.
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
            first_difference: comparison.differences.first().map(ShownDifference::of),
            error: None,
            fenced,
        }
    }

    /// Returns the score of an answer that fails.
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

impl ShownDifference {
    pub fn of(difference: &Difference) -> ShownDifference {
        ShownDifference {
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

    /// Describes another problem, which is not counted by kind.
    pub fn other(reason: &str) -> Bad {
        Bad {
            reason: cut(reason),
            kind: String::new(),
            is_without_stream: false,
        }
    }
}

impl ScoredRow {
    /// Returns the score of a row that cannot be scored.
    pub fn bad(line: u64, bad: &BadRow) -> ScoredRow {
        ScoredRow {
            line,
            id: None,
            streams: 0,
            outcome: Outcome::Bad(Bad::new(bad)),
            against: None,
        }
    }

    /// Returns the scores of its answers; none if it cannot be scored.
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

/// A line of output. Every row gets one, bad rows too.
#[derive(Serialize)]
struct ScoreLine<'a, T> {
    id: &'a Option<Value>,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<Option<Change>>,
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
            let line = ScoreLine {
                id: &row.id,
                line: row.line,
                against: row.against,
                outcome,
            };
            serde_json::to_string(&line).expect("a score is valid JSON")
        }
        f.write_str(&match &self.outcome {
            Outcome::Bad(Bad { reason, .. }) => json(self, BadRowLine { bad_row: reason }),
            Outcome::Answers {
                is_several, judged, ..
            } => match &judged[..] {
                [judged] if !is_several => json(self, &judged.answer),
                judged => {
                    let samples = judged.iter().map(|judged| &judged.answer).collect();
                    json(self, Samples { samples })
                }
            },
        })
    }
}

/// Reads a number exactly. With `arbitrary_precision`, `serde_json` may be off by a bit.
pub fn exact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number = <&RawValue>::deserialize(deserializer)?;
    number.get().parse().map_err(serde::de::Error::custom)
}
