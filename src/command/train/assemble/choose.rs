//! Chooses the answer to each function: the first attempt that is proven, otherwise the closest that can
//! be used.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use luadec_tok::Version;
use luadec_tok::chunk::{Constant, Proto};
use luadec_tok::compare::{OutsideVariable, outside_variables};
use luadec_tok::source::{NodeKind, Source, parse_answer};
use luadec_tok::stream::Outline;

use super::answers::Attempts;
use super::build::{UsedAnswer, captured_variables};
use super::functions::Function;
use super::report::{AnswerLevel, FunctionReport, Outcome};
use crate::command::train::compile::Compiler;
use crate::command::train::outline::{Attempt, Proof, prove, prove_all};
use crate::command::train::score::fence;
use crate::command::train::score::result::ShownDifference;

/// The attempts at a function, judged.
pub struct Choice {
    /// The best attempt that can be used.
    pub used: Option<UsedAnswer>,
    pub report: FunctionReport,
    /// The number of instructions to change in the attempt that is used.
    distance: usize,
}

/// The functions whose attempts are judged together, which saves runs of the user's compiler.
const TOGETHER: usize = 256;

/// A function, its outline, and the attempts at it.
pub struct Asked<'a> {
    pub function: &'a Function<'a>,
    pub outline: &'a Outline<'a>,
    /// The outline without debug information.
    pub stripped: &'a Outline<'a>,
    pub id: &'a str,
    pub attempts: Attempts<'a>,
}

/// Judges the attempts at each function up to the first that is proven. Calls `done` with the number of
/// functions whose attempts are judged.
pub fn choose(
    compiler: &Compiler,
    seconds: u64,
    asked: &[Asked],
    mut done: impl FnMut(usize),
) -> Vec<Choice> {
    let mut choices: Vec<Choice> = asked.iter().map(Choice::new).collect();
    for start in (0..asked.len()).step_by(TOGETHER) {
        let end = asked.len().min(start + TOGETHER);
        let (asked, choices) = (&asked[start..end], &mut choices[start..end]);
        let most = asked.iter().map(|asked| asked.attempts.texts.len()).max();
        for round in 0..most.unwrap_or(0) {
            let is_open = |number: &usize| {
                choices[*number].report.outcome != Outcome::Proven
                    && round < asked[*number].attempts.texts.len()
            };
            let open: Vec<usize> = (0..asked.len()).filter(is_open).collect();
            judge(compiler, seconds, asked, choices, round, &open);
        }
        done(end);
    }
    choices
}

/// Judges an attempt at each of some functions.
fn judge(
    compiler: &Compiler,
    seconds: u64,
    asked: &[Asked],
    choices: &mut [Choice],
    round: usize,
    open: &[usize],
) {
    let inside = |number: &usize| {
        let Asked {
            outline, attempts, ..
        } = &asked[*number];
        without_framing(attempts.texts[round].1, outline.version)
    };
    let (open, long): (Vec<usize>, Vec<usize>) = open.iter().partition(|number| {
        let Asked {
            function, attempts, ..
        } = &asked[**number];
        attempts.texts[round].1.len() <= most_bytes(function.proto)
    });
    for number in long {
        let most = most_bytes(asked[number].function.proto);
        choices[number].fails(format!(
            "longer than {most} bytes, which no source of this function needs"
        ));
    }
    let texts: Vec<Cow<str>> = open.iter().map(inside).collect();
    let mut parsed: Vec<(usize, &str, Source)> = Vec::new();
    for (number, text) in open.iter().zip(&texts) {
        match parse_answer(text.as_bytes(), asked[*number].outline.version) {
            Ok(source) if is_one_function(&source) || asked[*number].outline.is_main => {
                parsed.push((*number, text, source));
            }
            Ok(_) => {
                choices[*number].fails("expected one function without a name".to_owned());
            }
            Err(error) => choices[*number].fails(error.to_string()),
        }
    }
    let attempts = parsed.iter().map(|(number, _, source)| {
        let Asked {
            outline, function, ..
        } = &asked[*number];
        Attempt::new(outline, source, Some(&function.proto.p))
    });
    let proofs = prove_all(compiler, seconds, attempts);
    for ((number, text, source), proof) in parsed.iter().zip(proofs) {
        let (asked, choice) = (&asked[*number], &mut choices[*number]);
        let deadline = Instant::now() + Duration::from_secs(seconds);
        match proof {
            Ok(proof) => {
                choice.compare(asked, round, text, source, proof);
                for outline in other_outlines(asked) {
                    if choice.report.outcome == Outcome::Proven || Instant::now() >= deadline {
                        break;
                    }
                    let inside = Some(&asked.function.proto.p[..]);
                    let attempt = Attempt::new(&outline, source, inside);
                    if let Ok(proof) = attempt.and_then(|attempt| prove(compiler, seconds, attempt))
                    {
                        choice.compare(asked, round, text, source, proof);
                    }
                }
            }
            Err(error) => choice.fails(error.to_string()),
        }
    }
}

/// Returns the length from which on an attempt at a function is refused, because proving it takes time in
/// proportion: much more than its source and some reasoning need.
fn most_bytes(p: &Proto) -> usize {
    let constant = |constant: Constant| match constant {
        Constant::String(string) => string.len(),
        _ => 0,
    };
    let constants: usize = p.k.iter().map(constant).sum();
    (1 << 20) + 256 * p.code.len() + 8 * constants
}

/// Returns true if an answer is a function without a name, and nothing else.
fn is_one_function(source: &Source) -> bool {
    source.nodes[0].kind == NodeKind::Function
}

/// The most upvalues that are tried as the environment.
const MAX_ENVS: usize = 8;

/// Returns the outlines under which an attempt may be proven although it is not under the function's own:
/// the one without debug information, because the attempt may answer that one, with other names for
/// upvalues; and in a function that `string.dump` wrote without debug information, where no name and no
/// mark says which upvalue is the environment, those in which one of the upvalues is.
fn other_outlines<'a>(asked: &Asked<'a>) -> Vec<Outline<'a>> {
    let (outline, function) = (asked.stripped, asked.function);
    let upvalues = &function.proto.upvalues;
    if upvalues.iter().any(|upvalue| upvalue.name.is_some()) {
        return vec![outline.clone()];
    }
    let version = outline.version;
    if version == Version::Lua51 || outline.is_main || function.envs.contains(&true) {
        return Vec::new();
    }
    let accesses = |env: &usize| {
        let mut uses = outside_variables(version, function.proto, Some(*env)).into_iter();
        uses.any(|used| matches!(used, OutsideVariable::Global(_)))
    };
    let envs = (0..upvalues.len()).filter(accesses).take(MAX_ENVS);
    envs.map(|env| {
        let mut outline = outline.clone();
        outline.env.own = vec![env];
        outline
    })
    .collect()
}

/// Removes the framing from an attempt, as `score` does.
pub fn without_framing(text: &str, version: Version) -> Cow<'_, str> {
    if parse_answer(text.as_bytes(), version).is_ok() {
        return Cow::Borrowed(text);
    }
    match fence::inside(text.as_bytes(), version) {
        // It is cut at ASCII characters.
        Some(inside) => Cow::Owned(String::from_utf8_lossy(&inside).into_owned()),
        None => Cow::Borrowed(text),
    }
}

impl Choice {
    fn new(asked: &Asked) -> Choice {
        Choice {
            used: None,
            report: FunctionReport {
                function: asked.function.path.to_string(),
                id: asked.id.to_owned(),
                outcome: Outcome::Missing,
                level: AnswerLevel::None,
                attempts: asked.attempts.count,
                used: None,
                first_difference: None,
                error: None,
            },
            distance: usize::MAX,
        }
    }

    /// Leaves out the attempt that was used, because the file does not compile with it.
    pub fn leave_out(&mut self, error: &str) {
        self.used = None;
        self.report.used = None;
        self.report.outcome = Outcome::Missing;
        self.report.error = Some(format!("the answers do not fit together: {error}"));
    }

    /// Records an attempt that cannot be used.
    fn fails(&mut self, error: String) {
        if self.report.level == AnswerLevel::None {
            self.report.level = AnswerLevel::Fails;
            self.report.error = Some(error);
        }
    }

    /// Records an attempt that compiles, and uses it if it is the best.
    fn compare(&mut self, asked: &Asked, round: usize, text: &str, source: &Source, proof: Proof) {
        let comparison = &proof.comparison;
        if self.distance <= comparison.edit_distance && !comparison.same {
            return;
        }
        if captured_variables(asked.function, asked.outline.is_main, source).is_none() {
            return self.fails("a variable that a hole captures is not in scope there".to_owned());
        }
        self.distance = comparison.edit_distance;
        self.used = Some(UsedAnswer {
            text: text.to_owned(),
            upvalues: proof.upvalues.into_iter().collect(),
            env: proof.env,
            is_proven: comparison.same,
        });
        self.report.used = Some(asked.attempts.texts[round].0);
        self.report.level = match (comparison.identical, comparison.same) {
            (true, _) => AnswerLevel::Identical,
            (_, true) => AnswerLevel::Same,
            _ => AnswerLevel::Differs,
        };
        self.report.outcome = match comparison.same {
            true => Outcome::Proven,
            false => Outcome::Closest,
        };
        self.report.error = None;
        self.report.first_difference = comparison.differences.first().map(ShownDifference::of);
    }
}
