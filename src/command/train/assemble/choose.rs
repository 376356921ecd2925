//! Chooses the answer to each function: the first attempt that is proven, otherwise the closest.

use luadec_tok::chunk::Chunk;

use super::attempt::{Judged, judge};
use super::build::{Building, UsedAnswer};
use super::functions::Function;
use super::report::{AnswerLevel, FunctionReport, Outcome};

/// The attempts at a function, judged.
pub struct Choice {
    /// The best attempt that can be used.
    pub used: Option<UsedAnswer>,
    pub report: FunctionReport,
}

/// Judges the attempts at a function up to the first that is proven.
pub fn choose(
    building: &Building,
    chunk: &Chunk,
    functions: &[Function],
    number: usize,
    attempts: &[&str],
    id: String,
) -> Choice {
    let mut report = FunctionReport {
        function: functions[number].path.to_string(),
        id,
        outcome: Outcome::Missing,
        level: AnswerLevel::None,
        attempts: attempts.len(),
        used: None,
        first_difference: None,
        error: None,
    };
    // The best attempt so far, and the best that compiles and has the right holes.
    let mut used: Option<Judged> = None;
    for (index, text) in attempts.iter().enumerate() {
        let judged = match judge(building, chunk, functions, number, text) {
            Ok(judged) => judged,
            Err(error) => {
                if used.is_none() {
                    report.level = AnswerLevel::Fails;
                    report.error.get_or_insert(error);
                }
                continue;
            }
        };
        let is_better = used
            .as_ref()
            .is_none_or(|used| judged.distance < used.distance);
        let is_proven = judged.answer.is_proven;
        if is_proven || is_better {
            report.used = Some(index);
            report.level = judged.level;
            report.outcome = match is_proven {
                true => Outcome::Proven,
                false => Outcome::Closest,
            };
            report.error = None;
            report.first_difference.clone_from(&judged.difference);
            used = Some(judged);
        }
        if is_proven {
            break;
        }
    }
    Choice {
        used: used.map(|judged| judged.answer),
        report,
    }
}
