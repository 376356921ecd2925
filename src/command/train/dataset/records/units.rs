//! The units of a source, from which records are made, and their answers.

use std::borrow::Cow;
use std::iter;

use luadec_tok::TreePath;
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::source::{FunctionId, Inside, Source, parse};
use luadec_tok::stream::Outline;
use sha2::{Digest, Sha256};

use super::functions::are_paired;
use super::source_text::check_answer;
use crate::command::train::dataset::arguments::{Answers, RecordArgs, RecordUnit};
use crate::command::train::dataset::dropped::Reason;
use crate::command::train::hash::{hex, start};

/// A unit of a source.
pub struct Unit<'u> {
    /// The path of its function, if units are functions.
    pub path: Option<TreePath>,
    pub asked: Asked<'u>,
    /// The answer, or why there is none.
    pub answer: Result<Cow<'u, str>, Reason>,
}

/// What a unit asks about.
pub enum Asked<'u> {
    Chunk(Box<Chunk<'u>>),
    /// The outline of a function, the outline of the same function of the stripped chunk, and the
    /// function itself.
    Outline(Box<[Outline<'u>; 2]>, &'u Proto<'u>),
}

/// A source and its chunk.
pub struct CompiledSource<'u> {
    text: &'u str,
    pub chunk: Chunk<'u>,
    /// The stripped chunk, if units are outlines.
    pub stripped: Option<Chunk<'u>>,
    /// The parsed text, or why it cannot be used. `None` if it is not needed.
    parsed: Option<Result<Source<'u>, String>>,
}

impl<'u> CompiledSource<'u> {
    /// Parses a source if units or answers need it.
    pub fn new(text: &'u str, chunk: Chunk<'u>, options: &RecordArgs) -> CompiledSource<'u> {
        let is_split = options.unit != RecordUnit::File;
        let parsed = (is_split || options.answers() == Answers::Canonical).then(|| {
            let source = parse(text.as_bytes(), chunk.version);
            let source = source.map_err(|error| error.to_string())?;
            match is_split && !are_paired(&source, &chunk) {
                true => Err("its functions are not on the lines of its code".to_owned()),
                false => Ok(source),
            }
        });
        let stripped = (options.unit == RecordUnit::Outline).then(|| {
            let mut stripped = chunk.clone();
            stripped.strip();
            stripped
        });
        CompiledSource {
            text,
            chunk,
            stripped,
            parsed,
        }
    }

    /// Returns whether the source cannot be split into functions.
    pub fn is_whole(&self) -> bool {
        matches!(self.parsed, Some(Err(_)))
    }

    /// Returns the units that the options ask for, each function before those inside it. A source that
    /// cannot be split into functions is one unit.
    ///
    /// # Errors
    /// Units are outlines, and the source cannot be split into functions.
    pub fn units<'s>(
        &'s self,
        options: &RecordArgs,
    ) -> Result<Box<dyn Iterator<Item = Unit<'s>> + 's>, Reason> {
        let answers = options.answers();
        let source = match &self.parsed {
            Some(Ok(source)) => source,
            Some(Err(problem)) if options.unit == RecordUnit::Outline => {
                return Err(Reason::Unparsed(problem.clone()));
            }
            _ => {
                let path = self.is_whole().then(TreePath::default);
                let path = path.filter(|_| options.unit != RecordUnit::File);
                return Ok(Box::new(iter::once(self.file(path, answers))));
            }
        };
        Ok(match options.unit {
            RecordUnit::File => Box::new(iter::once(self.file(None, answers))),
            RecordUnit::Function => Box::new(self.functions(source, answers)),
            RecordUnit::Both => {
                let file = self.file(Some(TreePath::default()), answers);
                Box::new(iter::once(file).chain(self.functions(source, answers)))
            }
            RecordUnit::Outline => Box::new(self.outlines(source, answers)),
        })
    }

    /// Returns hashes of the chunk with and without debug information, if units are outlines.
    pub fn hashes(&self) -> [String; 2] {
        let hash = |chunk: &Chunk| hex(&start::<16>(Sha256::new().chain_update(chunk.to_bytes())));
        match &self.stripped {
            Some(stripped) => [hash(&self.chunk), hash(stripped)],
            None => Default::default(),
        }
    }

    fn file(&self, path: Option<TreePath>, answers: Answers) -> Unit<'_> {
        let answer = match (answers, &self.parsed) {
            (Answers::Canonical, Some(Ok(source))) => checked(source.canonical(), 0),
            (Answers::Canonical, Some(Err(problem))) => Err(Reason::Unparsed(problem.clone())),
            _ => Ok(self.text.into()),
        };
        Unit {
            path,
            asked: Asked::Chunk(Box::new(self.chunk.clone())),
            answer,
        }
    }

    /// Returns each function but the main one, with all functions inside it.
    fn functions<'s>(
        &'s self,
        source: &'s Source,
        answers: Answers,
    ) -> impl Iterator<Item = Unit<'s>> {
        let functions = (0..).zip(self.chunk.functions()).skip(1);
        functions.map(move |(id, function)| Unit {
            path: Some(function.path),
            asked: Asked::Chunk(Box::new(Chunk::of_function(
                function.version,
                function.proto.clone(),
            ))),
            answer: match answers {
                Answers::Original => Ok(self.text[source.function_bytes(id)].into()),
                Answers::Canonical => canonical(source, id, Inside::Written),
            },
        })
    }

    /// Returns each function, with holes for those inside it.
    fn outlines<'s>(
        &'s self,
        source: &'s Source,
        answers: Answers,
    ) -> impl Iterator<Item = Unit<'s>> {
        let stripped = self.stripped.iter().flat_map(Chunk::to_outlines);
        let outlines = self.chunk.to_outlines().zip(stripped);
        let functions = self.chunk.functions().zip(outlines);
        (0..)
            .zip(functions)
            .map(move |(id, (function, ((path, own), (_, stripped))))| Unit {
                path: Some(path),
                answer: match answers {
                    Answers::Original => original(source, id),
                    Answers::Canonical => canonical(source, id, Inside::Holes),
                },
                asked: Asked::Outline(Box::new([own, stripped]), function.proto),
            })
    }
}

fn canonical<'u>(
    source: &Source,
    function: FunctionId,
    inside: Inside,
) -> Result<Cow<'u, str>, Reason> {
    let answer = source.answer(function, inside);
    let answer = answer.map_err(|error| Reason::Canonical(error.to_string()))?;
    checked(
        answer,
        match inside {
            Inside::Holes => source.functions_in(function).count(),
            Inside::Written => 0,
        },
    )
}

/// Returns a function as the author wrote it, with holes.
fn original<'u>(source: &Source, function: FunctionId) -> Result<Cow<'u, str>, Reason> {
    let text = String::from_utf8(source.taken_out(function, Inside::Holes));
    let text = text.map_err(|error| Reason::NotUtf8(error.utf8_error().valid_up_to()))?;
    checked(text, source.functions_in(function).count())
}

fn checked<'u>(answer: String, holes: usize) -> Result<Cow<'u, str>, Reason> {
    check_answer(&answer, holes)?;
    Ok(answer.into())
}
