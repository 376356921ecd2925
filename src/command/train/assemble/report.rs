//! The report: what is proven and what is not.

use luadec_tok::compare::Comparison;
use serde::Serialize;

use crate::command::train::score::result::ShownDifference;

/// What became of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The answer is the function's code.
    Proven,
    /// The answer compiles, but is not the function's code.
    Closest,
    /// There is no usable answer, and a skeleton stands in.
    Missing,
}

/// The best level that an attempt reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerLevel {
    Identical,
    Same,
    Differs,
    Fails,
    /// There is no attempt.
    None,
}

/// The report on a file. The fields are its keys.
#[derive(Debug, Serialize)]
pub struct Report {
    /// True if the file compiles to the code of the chunk.
    pub same: bool,
    /// True if all numbers are the same, too.
    pub identical: bool,
    /// The number of functions.
    pub functions: usize,
    pub proven: usize,
    pub closest: usize,
    pub missing: usize,
    /// The first difference of the whole file.
    pub first_difference: Option<ShownDifference>,
    pub by_function: Vec<FunctionReport>,
}

/// The report on a function.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionReport {
    pub function: String,
    pub id: String,
    pub outcome: Outcome,
    pub level: AnswerLevel,
    /// The number of attempts.
    pub attempts: usize,
    /// The index of the attempt that is used.
    pub used: Option<usize>,
    /// The first difference of the best attempt.
    pub first_difference: Option<ShownDifference>,
    /// The reason the best attempt fails.
    pub error: Option<String>,
}

impl FunctionReport {
    /// Describes why it is not proven.
    pub fn reason(&self) -> String {
        match (&self.error, &self.first_difference) {
            (Some(error), _) => error.clone(),
            (None, Some(difference)) => in_words(difference),
            (None, None) if self.attempts == 0 => "no answer".to_owned(),
            (None, None) => "it differs once the file is put together".to_owned(),
        }
    }
}

/// Describes a difference, with the function if it is one inside.
fn in_words(difference: &ShownDifference) -> String {
    let side = |text: &str| match text {
        "" => "nothing".to_owned(),
        text => text.to_owned(),
    };
    format!(
        "{}: expected {}, found {}",
        difference.what,
        side(&difference.asked),
        side(&difference.answer)
    )
}

impl Report {
    /// Counts the functions of a file.
    pub fn new(comparison: &Comparison, mut by_function: Vec<FunctionReport>) -> Report {
        for report in &mut by_function {
            // In an outline, main is the function asked for.
            if let Some(difference) = &mut report.first_difference
                && let Some(inside) = difference.function.strip_prefix("main")
            {
                difference.function = format!("{}{inside}", report.function);
            }
        }
        let count = |outcome| {
            let functions = by_function.iter();
            functions
                .filter(|function| function.outcome == outcome)
                .count()
        };
        Report {
            same: comparison.same,
            identical: comparison.identical,
            functions: by_function.len(),
            proven: count(Outcome::Proven),
            closest: count(Outcome::Closest),
            missing: count(Outcome::Missing),
            first_difference: comparison.differences.first().map(ShownDifference::of),
            by_function,
        }
    }
}
