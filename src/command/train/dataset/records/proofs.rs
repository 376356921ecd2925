//! Proves that answers compile to the code that they answer, before their records are written.

use std::borrow::Cow;

use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::compare::{Comparison, compare};
use luadec_tok::source::{Source, parse_answer};
use luadec_tok::stream::Outline;
use luadec_tok::undump;

use super::dedup::{Known, Repeat, UnitCode};
use super::units::Asked;
use crate::command::train::compile::{Compiler, Limits};
use crate::command::train::dataset::arguments::{Answers, RecordArgs, RecordUnit};
use crate::command::train::dataset::dropped::Reason;
use crate::command::train::outline::{Attempt, Proof, Unusable, prove, prove_all};

/// A unit with an answer.
pub struct AnsweredUnit<'u> {
    /// The path of its function, if units are functions.
    pub function: Option<String>,
    pub asked: Asked<'u>,
    pub answer: Cow<'u, str>,
    pub code: UnitCode,
    /// How many units were known that are not like it, or how it repeats one that has a record.
    pub known: Result<Known, Repeat>,
    /// Its variants in the order of their records; `true` is the stripped one.
    pub variants: &'static [bool],
    /// Why the answer does not suit the variant with and the one without debug information.
    pub refused: [Option<Reason>; 2],
}

/// Proves answers to outlines, and canonical answers.
pub struct Proofs<'a> {
    compiler: &'a Compiler,
    seconds: u64,
}

/// The variables that are declared in one function around an answer. Lua allows 200.
const MAX_LOCALS: usize = 180;

impl<'a> Proofs<'a> {
    /// Returns proofs if the options need them.
    pub fn new(options: &RecordArgs, compiler: &'a Compiler, seconds: u64) -> Option<Proofs<'a>> {
        let is_needed =
            options.unit == RecordUnit::Outline || options.answers() == Answers::Canonical;
        is_needed.then_some(Proofs { compiler, seconds })
    }

    /// Returns how many units to prove together, so that a compiler of the user starts rarely.
    pub fn batch(&self) -> usize {
        match self.compiler.starts_at_once() {
            true => 1,
            false => 1000,
        }
    }

    /// Refuses the answers to new units that are not proven.
    pub fn prove(&self, units: &mut [AnsweredUnit]) {
        let new = units.iter_mut().filter(|unit| unit.known.is_ok());
        let (mut chunks, mut outlines) = (Vec::new(), Vec::new());
        for unit in new {
            match unit.asked {
                Asked::Chunk(_) => chunks.push(unit),
                Asked::Outline(..) => outlines.push(unit),
            }
        }
        self.chunks(&mut chunks);
        self.outlines(&mut outlines);
    }

    // Outlines

    /// Proves answers to outlines as `score` does, which knows nothing but the outline.
    fn outlines(&self, units: &mut [&mut AnsweredUnit]) {
        for (unit, stripped, reason) in self.refused(units) {
            units[unit].refused[usize::from(stripped)] = Some(reason);
        }
    }

    /// Returns the units and variants whose answers are not proven.
    fn refused(&self, units: &[&mut AnsweredUnit]) -> Vec<(usize, bool, Reason)> {
        let mut refused = Vec::new();
        let parsed: Vec<_> = units
            .iter()
            .map(|unit| parse_answer(unit.answer.as_bytes(), self.compiler.version()))
            .collect();
        let (mut asked, mut attempts) = (Vec::new(), Vec::new());
        for (i, (unit, parsed)) in units.iter().zip(&parsed).enumerate() {
            let Asked::Outline(outlines, p) = &unit.asked else {
                continue;
            };
            for &stripped in unit.variants {
                let outline = &outlines[usize::from(stripped)];
                match parsed {
                    Ok(source) => {
                        attempts.push(Attempt::new(outline, source, None));
                        asked.push((i, stripped, outline, source, *p));
                    }
                    Err(error) => {
                        refused.push((i, stripped, Reason::Canonical(error.to_string())));
                    }
                }
            }
        }
        let proofs = prove_all(self.compiler, self.seconds, attempts);
        for ((i, stripped, outline, source, p), proof) in asked.into_iter().zip(proofs) {
            if !is_proven(&proof) {
                refused.push((i, stripped, self.reason(outline, source, p)));
            }
        }
        refused
    }

    /// Returns why an answer is not proven by itself: because of the constants of the functions inside
    /// it, if it is proven with them.
    fn reason(&self, outline: &Outline, source: &Source, p: &Proto) -> Reason {
        let attempt = Attempt::new(outline, source, Some(&p.p));
        let proof = attempt.and_then(|attempt| prove(self.compiler, self.seconds, attempt));
        match &proof {
            _ if is_proven(&proof) => Reason::Constants,
            Ok(proof) => Reason::Canonical(differing(&proof.comparison)),
            Err(error) => Reason::Canonical(error.to_string()),
        }
    }

    // Chunks

    /// Proves canonical texts of files, and of functions with all functions inside them.
    fn chunks(&self, units: &mut [&mut AnsweredUnit]) {
        let together = self.together(units);
        let mut together = together.iter().flat_map(|main| &main.p);
        for unit in units {
            let Asked::Chunk(chunk) = &unit.asked else {
                continue;
            };
            let placed = Placed::new(&unit.answer, chunk);
            let compiled = match is_file(chunk) {
                true => None,
                false => together.next(),
            };
            let refused = match compiled {
                Some(main) => placed.refusal(chunk, main),
                None => match self.compiled(placed.source.as_bytes()) {
                    Ok(main) => placed.refusal(chunk, &main),
                    Err(reason) => Some(reason),
                },
            };
            for &stripped in unit.variants {
                let reason = refused.clone().map(Reason::Canonical);
                unit.refused[usize::from(stripped)] = reason;
            }
        }
    }

    /// Compiles the functions among the units together, because starting the compiler takes longer than
    /// compiling most functions. Returns `None` if one of them does not compile.
    fn together(&self, units: &[&mut AnsweredUnit]) -> Option<Proto<'static>> {
        if self.compiler.starts_at_once() {
            return None;
        }
        let mut source = String::new();
        for unit in units {
            if let Asked::Chunk(chunk) = &unit.asked
                && !is_file(chunk)
            {
                let placed = Placed::new(&unit.answer, chunk);
                source += &format!("_=function() {} end\n", placed.source);
            }
        }
        self.compiled(source.as_bytes()).ok()
    }

    fn compiled(&self, source: &[u8]) -> Result<Proto<'static>, String> {
        let limits = Limits {
            memory: (4 << 20) + 32 * source.len(),
            seconds: self.seconds,
        };
        let bytes = self.compiler.compile(source, "answer", limits);
        let bytes = bytes.map_err(|error| error.to_string())?;
        let undumped = undump(&bytes).map_err(|error| error.to_string())?;
        Ok(undumped.chunk.main.into_owned())
    }
}

/// An answer among the variables around it, as a source to compile.
struct Placed {
    /// Valid both as a chunk and as the body of a function.
    source: String,
    /// The number of functions around the answer's.
    levels: usize,
}

impl Placed {
    fn new(answer: &str, chunk: &Chunk) -> Placed {
        if is_file(chunk) {
            let (source, levels) = (answer.to_owned(), 0);
            return Placed { source, levels };
        }
        let upvalues = chunk.main.upvalues.iter();
        let names = upvalues.filter_map(|upvalue| str::from_utf8(upvalue.name.as_deref()?).ok());
        let names: Vec<&str> = names.filter(|name| *name != "_ENV").collect();
        let groups = names.chunks(MAX_LOCALS);
        let mut placed = Placed {
            source: String::new(),
            levels: groups.len().max(1),
        };
        for (i, group) in groups.enumerate() {
            let function = if i > 0 { "return function() " } else { "" };
            placed.source += &format!("{function}local {} ", group.join(","));
        }
        placed.source += &format!("return {answer}");
        placed.source += &" end".repeat(placed.levels - 1);
        placed
    }

    /// Returns why an answer is refused whose source was compiled to `main`, if it is.
    fn refusal(&self, asked: &Chunk, main: &Proto) -> Option<String> {
        let function = (0..self.levels).try_fold(main, |p, _| match &p.p[..] {
            [function] => Some(function),
            _ => None,
        });
        let Some(function) = function else {
            return Some("it is not one function".to_owned());
        };
        let comparison = compare(asked.version, &asked.main, function);
        (!comparison.same).then(|| differing(&comparison))
    }
}

/// Returns whether a chunk is a whole file.
fn is_file(chunk: &Chunk) -> bool {
    chunk.main.is_main(chunk.version)
}

fn is_proven(proof: &Result<Proof, Unusable>) -> bool {
    proof.as_ref().is_ok_and(|proof| proof.comparison.same)
}

/// Describes the first difference of an answer.
fn differing(comparison: &Comparison) -> String {
    match comparison.differences.first() {
        Some(first) => format!(
            "{}, {}: asked for {}, found {}",
            first.function, first.kind, first.asked, first.answer
        ),
        None => "the code differs".to_owned(),
    }
}
