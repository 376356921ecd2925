//! What is said of an answer and of a row, as JSON.

use luadec_tok::chunk::Chunk;
use luadec_tok::score::{Comparison, Difference};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::answer::Scored;

/// What came of an answer, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The same in every number, lines and debug information aside.
    Identical,
    /// The same code.
    Same,
    Differs,
    /// It does not compile.
    Fails,
}

/// An answer's verdict.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub comparison: Comparison,
    /// Why it does not compile.
    pub error: Option<String>,
    /// Whether a fence was taken off.
    pub fenced: bool,
}

impl Verdict {
    pub fn new(asked: &Chunk, scored: &Scored) -> Verdict {
        let (comparison, error) = match &scored.outcome {
            Ok(attempt) => (attempt.comparison.clone(), None),
            Err(error) => (Comparison::of_nothing(&asked.main), Some(error.to_string())),
        };
        Verdict {
            comparison,
            error,
            fenced: scored.fenced,
        }
    }

    pub fn level(&self) -> Level {
        match &self.comparison {
            _ if self.error.is_some() => Level::Fails,
            Comparison {
                identical: true, ..
            } => Level::Identical,
            Comparison { same: true, .. } => Level::Same,
            _ => Level::Differs,
        }
    }

    /// The keys and values of an answer.
    pub fn json(&self) -> Map<String, Value> {
        let comparison = &self.comparison;
        let value = json!({
            "compiles": self.error.is_none(),
            "identical": comparison.identical,
            "same": comparison.same,
            "functions": comparison.functions,
            "functions_same": comparison.functions_same,
            "functions_missing": comparison.functions_missing,
            "functions_extra": comparison.functions_extra,
            "instructions": comparison.instructions,
            "edit_distance": comparison.edit_distance,
            "edit_distance_exact": comparison.exact,
            "similarity": comparison.similarity(),
            "first_difference": comparison.differences.first().map(difference),
            "error": self.error,
            "fenced": self.fenced,
        });
        match value {
            Value::Object(map) => map,
            _ => unreachable!("it is written as an object"),
        }
    }
}

fn difference(difference: &Difference) -> Value {
    json!({
        "function": difference.function.to_string(),
        "what": difference.what.to_string(),
        "asked": difference.asked,
        "answer": difference.answer,
    })
}
