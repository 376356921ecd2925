//! Proves that answers compile to the code that they answer.

use luadec_tok::compare::compare;
use luadec_tok::undump;

use super::units::{AnsweredUnit, Asked};
use crate::command::train::compile::{Compiler, Limits};
use crate::command::train::dataset::arguments::{Answers, RecordArgs, RecordUnit};
use crate::command::train::dataset::dropped::Reason;

/// Proves answers before they are written: those to outlines, and canonical ones.
pub struct Proofs<'a> {
    compiler: &'a Compiler,
    seconds: u64,
}

impl<'a> Proofs<'a> {
    /// Returns proofs if the options need them.
    pub fn new(options: &RecordArgs, compiler: &'a Compiler, seconds: u64) -> Option<Proofs<'a>> {
        let is_needed =
            options.unit == RecordUnit::Outline || options.answers() == Answers::Canonical;
        is_needed.then_some(Proofs { compiler, seconds })
    }

    /// Refuses the answers to new units that are not proven.
    pub fn prove(&self, units: &mut [AnsweredUnit]) {
        for unit in units.iter_mut().filter(|unit| !unit.is_known) {
            if let Asked::Chunk(chunk) = &unit.asked
                && chunk.main.is_main(chunk.version)
            {
                for &stripped in unit.variants {
                    unit.refused[usize::from(stripped)] = self.file(&unit.answer, chunk).err();
                }
            }
        }
    }

    /// Compiles the canonical text of a file.
    fn file(&self, answer: &str, asked: &luadec_tok::Chunk) -> Result<(), Reason> {
        let limits = Limits {
            memory: (4 << 20) + 32 * answer.len(),
            seconds: self.seconds,
        };
        let compiled = self.compiler.compile(answer.as_bytes(), "answer", limits);
        let compiled = compiled.map_err(|error| Reason::Canonical(error.to_string()))?;
        let undumped = undump(&compiled).map_err(|error| Reason::Canonical(error.to_string()))?;
        let comparison = compare(asked.version, &asked.main, &undumped.chunk.main);
        match comparison.same {
            true => Ok(()),
            false => Err(Reason::Canonical("it compiles to other code".to_owned())),
        }
    }
}
