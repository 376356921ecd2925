//! Proves one answer.

use std::time::{Duration, Instant};

use luadec_tok::chunk::{Proto, Step, TreePath, Upvaldesc};
use luadec_tok::compare::{Capture, Comparison, Difference, DifferenceKind, captures, compare};
use luadec_tok::source::{FunctionId, NodeKind, Source, TokenKind};
use luadec_tok::stream::Outline;
use luadec_tok::undump;

use super::names::{ENV, Names, env_of};
use super::registers::{Captured, captured};
use super::text::{OwnNames, Text, Writing};
use crate::command::train::compile::{CompileError, Compiler, Limits};

/// The most times that an answer is compiled. Each time, the first difference corrects the meaning of
/// at least one name.
const ROUNDS: usize = 8;

/// The reason an answer cannot be compared.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum Unusable {
    #[error("expected the statements of a file, found a function")]
    NotStatements,
    #[error("expected one function, found statements")]
    NotOneFunction,
    #[error("{}, found {found}{}", expected_holes(*.expected), not_holes(*.has_others))]
    Holes {
        expected: usize,
        found: usize,
        /// True if the text also has `<|Hole|>` in a string or a comment.
        has_others: bool,
    },
    #[error("line {0}: expected a hole, found a function that is written out")]
    WrittenOut(u32),
    #[error("{0}")]
    Compile(CompileError),
    #[error("the compiler made something other than one function of it")]
    OtherFunction,
}

const HOLE: &[u8] = TokenKind::Hole.spelling().as_bytes();

fn expected_holes(expected: usize) -> String {
    match expected {
        0 => "expected no hole, because there is no function inside".to_owned(),
        1 => "expected one hole, for the function inside".to_owned(),
        _ => format!("expected {expected} holes, one for each function inside"),
    }
}

fn not_holes(has_others: bool) -> &'static str {
    match has_others {
        true => "; <|Hole|> in a string or a comment is not a hole",
        false => "",
    }
}

/// An answer to an outline that can be compiled.
pub struct Attempt<'a> {
    outline: &'a Outline<'a>,
    source: &'a Source<'a>,
    function: FunctionId,
    inside: Option<&'a [Proto<'a>]>,
    captured: Vec<Vec<Option<Captured>>>,
    own: OwnNames,
    /// The meanings of its free names.
    pub names: Names<'a>,
    text: Text,
    rounds: usize,
    best: Option<Proof>,
}

/// The comparison of an answer with the function asked for.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "score"),
    expect(dead_code, reason = "only assemble reads all")
)]
pub struct Proof {
    /// The answer is proven if it is [`same`](Comparison::same). It can only be
    /// [`identical`](Comparison::identical) with the functions of the chunk for the holes.
    pub comparison: Comparison,
    /// The free names that are upvalues of the function. All others are globals.
    pub upvalues: Vec<(Vec<u8>, usize)>,
    /// The upvalue that is the environment.
    pub env: Option<usize>,
    /// The function asked for, with names for its upvalues.
    pub asked: Proto<'static>,
    /// The answer's function.
    pub answer: Proto<'static>,
}

impl<'a> Attempt<'a> {
    /// Takes an answer: the statements of a main function, or for another the source with one function
    /// as its function 1. `inside` are the functions of the chunk for the holes, if they are known.
    ///
    /// # Errors
    /// The answer has another shape or other holes.
    pub fn new(
        outline: &'a Outline<'a>,
        source: &'a Source<'a>,
        inside: Option<&'a [Proto<'a>]>,
    ) -> Result<Attempt<'a>, Unusable> {
        let function = FunctionId::from(!outline.is_main);
        let is_block = source.nodes[0].kind == NodeKind::Block;
        match source.functions.get(function as usize) {
            Some(_) if outline.is_main && !is_block => return Err(Unusable::NotStatements),
            Some(found) if !found.is_hole => {}
            _ => return Err(Unusable::NotOneFunction),
        }
        let mut holes = source
            .functions_in(function)
            .map(|hole| &source.functions[hole as usize]);
        if let Some(written) = holes.find(|hole| !hole.is_hole) {
            return Err(Unusable::WrittenOut(written.line));
        }
        let found = source.functions_in(function).count();
        let expected = outline.function.p.len();
        if found != expected {
            let holes = source.text.windows(HOLE.len()).filter(|text| *text == HOLE);
            return Err(Unusable::Holes {
                expected,
                found,
                has_others: holes.count() > found,
            });
        }
        let captures = captures(outline.version, &outline.function);
        let captured = captured(source, function, &captures);
        let names = Names::guess(outline, source, function);
        let own = OwnNames::new(outline, source, names.env);
        let mut attempt = Attempt {
            outline,
            source,
            function,
            inside,
            captured,
            own,
            names,
            text: Text {
                source: Vec::new(),
                levels: 0,
            },
            rounds: 0,
            best: None,
        };
        attempt.write();
        Ok(attempt)
    }

    fn write(&mut self) {
        let writing = Writing {
            outline: self.outline,
            source: self.source,
            function: self.function,
            captured: &self.captured,
            names: &self.own,
            inside: self.inside,
        };
        self.text = writing.text(&self.names);
        self.rounds += 1;
    }

    /// Returns the outline.
    pub fn outline(&self) -> &'a Outline<'a> {
        self.outline
    }

    /// Returns the source to compile.
    pub fn source(&self) -> &[u8] {
        &self.text.source
    }

    /// Takes a compiled source: the main function of a chunk, or the function whose body the source
    /// was. Returns true if the source has changed and should be compiled again.
    ///
    /// # Errors
    /// It is not one function with these holes.
    pub fn take(&mut self, main: &Proto) -> Result<bool, Unusable> {
        let compiled = (0..self.text.levels).try_fold(main, |p, _| match &p.p[..] {
            [function] => Some(function),
            _ => None,
        });
        let compiled = compiled.filter(|p| p.p.len() == self.outline.function.p.len());
        let compiled = compiled.ok_or(Unusable::OtherFunction)?;
        let mut compiled = compiled.clone().into_owned();
        if self.outline.is_main && self.names.env.is_some() && compiled.upvalues.is_empty() {
            // A main function has `_ENV` even if it does not use it; as another function it has not.
            compiled.upvalues = vec![Upvaldesc {
                name: Some(ENV.into()),
                instack: 1,
                idx: 0,
                kind: 0,
            }];
        }
        // Which upvalue of the function asked for each of the compiled one is.
        let meant: Vec<Option<usize>> = compiled
            .upvalues
            .iter()
            .map(|upvalue| {
                let name = upvalue.name.as_deref().unwrap_or_default();
                let mut own = self.own.upvalues.iter();
                own.position(|own| own.as_bytes() == name)
            })
            .collect();
        let proof = self.compared(compiled, &meant);
        let is_better = |best: &Proof| {
            let distance = |proof: &Proof| (!proof.comparison.same, proof.comparison.edit_distance);
            distance(&proof) < distance(best)
        };
        let is_same = proof.comparison.same;
        let is_corrected = !is_same && self.rounds < ROUNDS && {
            let (asked, answer) = (&proof.asked, &proof.answer);
            self.names
                .correct(self.outline.version, asked, answer, &meant)
        };
        if self.best.as_ref().is_none_or(is_better) {
            self.best = Some(proof);
        }
        if is_corrected {
            self.write();
        }
        Ok(is_corrected)
    }

    /// Returns the best comparison so far.
    pub fn into_best(self) -> Option<Proof> {
        self.best
    }

    /// Returns true if it has been compared.
    pub fn has_proof(&self) -> bool {
        self.best.is_some()
    }

    fn compared(&self, mut answer: Proto<'static>, meant: &[Option<usize>]) -> Proof {
        let version = self.outline.version;
        let shown = self.shown();
        let mut asked = self.outline.function.clone().into_owned();
        for (upvalue, name) in asked.upvalues.iter_mut().zip(&shown) {
            upvalue.name = Some(name.clone().into());
        }
        for (upvalue, meant) in answer.upvalues.iter_mut().zip(meant) {
            let name = meant.map_or(&b"_ENV (of the globals)"[..], |meant| &shown[meant]);
            upvalue.name = Some(name.to_vec().into());
        }
        for (stub, hole) in answer.p.iter_mut().zip(&asked.p) {
            let upvalues = std::mem::take(&mut stub.upvalues);
            *stub = Proto {
                upvalues,
                ..hole.clone()
            };
        }
        let mut comparison = compare(version, &asked, &answer);
        add_captures(&mut comparison, self.outline, &asked, &answer);
        let upvalues = self.names.upvalues();
        let mut upvalues: Vec<_> = upvalues
            .map(|(name, upvalue)| (name.to_vec(), upvalue))
            .collect();
        upvalues.sort_unstable_by_key(|(_, upvalue)| *upvalue);
        Proof {
            comparison,
            upvalues,
            env: self.names.env,
            asked,
            answer,
        }
    }

    /// Returns the names that the function's upvalues have in a comparison: the chunk's own, or the
    /// answer's. Each is different, so that only the same upvalues are taken for the same.
    fn shown(&self) -> Vec<Vec<u8>> {
        let mut shown: Vec<Vec<u8>> = Vec::new();
        let by_upvalue: std::collections::HashMap<usize, &[u8]> = self
            .names
            .upvalues()
            .map(|(name, upvalue)| (upvalue, name))
            .collect();
        let env = env_of(self.outline);
        for (index, upvalue) in self.outline.function.upvalues.iter().enumerate() {
            let name = match &upvalue.name {
                Some(name) => Some(&**name),
                None if env == Some(index) => Some(ENV),
                None => by_upvalue.get(&index).copied(),
            };
            let mut name =
                name.map_or_else(|| format!("upvalue {index}").into_bytes(), <[u8]>::to_vec);
            if shown.contains(&name) {
                name.extend_from_slice(format!(" (upvalue {index})").as_bytes());
            }
            shown.push(name);
        }
        shown
    }
}

/// Adds the differences in what the holes capture: a comparison looks at what code does, and holes
/// have none.
fn add_captures(comparison: &mut Comparison, outline: &Outline, asked: &Proto, answer: &Proto) {
    let version = outline.version;
    let both = captures(version, asked)
        .into_iter()
        .zip(captures(version, answer));
    for (index, (a, b)) in both.enumerate() {
        let is_same = |(a, b): (&Capture, &Capture)| match (*a, *b) {
            (Capture::Register(a), Capture::Register(b)) => a == b,
            (Capture::Upvalue(a), Capture::Upvalue(b)) => {
                let a = asked.upvalues.get(usize::from(a));
                let b = answer.upvalues.get(usize::from(b));
                a.is_some() && a.map(|a| &a.name) == b.map(|b| &b.name)
            }
            _ => false,
        };
        if a.len() == b.len() && a.iter().zip(&b).all(is_same) {
            continue;
        }
        let path = TreePath(vec![Step::Function(index)]);
        if comparison
            .differences
            .iter()
            .any(|difference| difference.function == path)
        {
            continue;
        }
        let told = |captures: &[Capture]| {
            let told = captures.iter().map(|capture| match capture {
                Capture::Register(register) => format!("R{register}"),
                Capture::Upvalue(upvalue) => format!("U{upvalue}"),
            });
            told.collect::<Vec<_>>().join(" ")
        };
        comparison.differences.push(Difference {
            function: path.clone(),
            answer_function: Some(path),
            kind: DifferenceKind::Upvalues,
            asked: told(&a),
            answer: told(&b),
        });
        (comparison.same, comparison.identical) = (false, false);
        comparison.edit_distance += 1;
        comparison.functions_same = comparison.functions_same.saturating_sub(1);
        comparison.instructions_same = comparison.instructions_same.saturating_sub(1);
    }
}

/// Proves an answer, in about the time that is given.
///
/// # Errors
/// It cannot be compiled.
pub fn prove(compiler: &Compiler, seconds: u64, mut attempt: Attempt) -> Result<Proof, Unusable> {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() && attempt.has_proof() {
            return attempt.into_best().ok_or(Unusable::OtherFunction);
        }
        // Whole seconds: the first time all of them, later at least one.
        let left = left.as_secs_f64().ceil().max(1.0) as u64;
        let taken = match compiled(compiler, left, attempt.source()) {
            Ok(bytes) => attempt.take(&main_of(&bytes)),
            Err(error) => Err(Unusable::Compile(error)),
        };
        match taken {
            Ok(true) => {}
            Err(error) if !attempt.has_proof() => return Err(error),
            Ok(false) | Err(_) => return attempt.into_best().ok_or(Unusable::OtherFunction),
        }
    }
}

/// Compiles one answer or a batch.
pub fn compiled(compiler: &Compiler, seconds: u64, source: &[u8]) -> Result<Vec<u8>, CompileError> {
    let limits = Limits {
        memory: (4 << 20) + 32 * source.len(),
        seconds,
    };
    compiler.compile(source, "answer", limits)
}

pub fn main_of(bytes: &[u8]) -> Proto<'_> {
    let undumped = undump(bytes).expect("the compiler writes a chunk");
    undumped.chunk.main
}
