//! One function of a chunk, as people refer to it.

use std::ops::Range;
use std::str::FromStr;

use thiserror::Error;

use super::partial::{Address, PartialChunk};
use crate::chunk::{Chunk, Proto};

/// How to find a function in a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionSpec {
    /// By its path from the main function, `main/3/1`.
    Path(Vec<usize>),
    /// By a line of the source: the innermost function around it.
    Line(i32),
}

/// A text that is neither a path nor a line number.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("expected the path of a function, as in main/3/1, or a line number")]
pub struct FunctionSpecError;

impl FromStr for FunctionSpec {
    type Err = FunctionSpecError;

    /// Parses a line number, or a path: `main/3/1` as a listing shows it, or
    /// `main > function 3 > function 1` as messages do. The word `function` can be left out.
    fn from_str(text: &str) -> Result<Self, FunctionSpecError> {
        if let Ok(line) = text.trim().parse() {
            return Ok(FunctionSpec::Line(line));
        }
        let mut steps = text.split(['>', '/']).map(str::trim);
        if steps.next() != Some("main") {
            return Err(FunctionSpecError);
        }
        let index = |step: &str| step.strip_prefix("function ").unwrap_or(step).parse().ok();
        let path: Option<Vec<usize>> = steps.map(index).collect();
        path.map(FunctionSpec::Path).ok_or(FunctionSpecError)
    }
}

impl FunctionSpec {
    /// Returns the path to the function from the main function, if there is such a function. A line
    /// after the last one of the code is in no function. In a stripped chunk, a line that is in no other
    /// function is in the main function.
    pub fn path(&self, main: &Proto) -> Option<Vec<usize>> {
        let mut path = Vec::new();
        let mut p = main;
        match self {
            FunctionSpec::Path(indices) => {
                for &index in indices {
                    p = p.p.get(index)?;
                }
                path.clone_from(indices);
            }
            FunctionSpec::Line(line) => {
                let holds = |p: &Proto| (p.linedefined..=p.lastlinedefined).contains(line);
                while let Some(index) = p.p.iter().position(holds) {
                    path.push(index);
                    p = &p.p[index];
                }
                let last = main.lineinfo.iter().max();
                if path.is_empty() && last.is_some_and(|last| *line > last) {
                    return None;
                }
            }
        }
        Some(path)
    }

    /// Returns the function as a chunk of its own, whose main function it is.
    pub fn chunk<'a>(&self, chunk: &Chunk<'a>) -> Option<Chunk<'a>> {
        let path = self.path(&chunk.main)?;
        let p = path.iter().fold(&chunk.main, |p, &index| &p.p[index]);
        Some(Chunk {
            extension: chunk.extension.clone(),
            ..Chunk::of_function(chunk.version, p.clone())
        })
    }
}

/// A function that was found in a chunk.
#[derive(Clone)]
pub struct Selected<'p> {
    /// The path from the main function.
    pub(super) path: Vec<usize>,
    pub(super) p: &'p Proto<'p>,
    pub(super) at: &'p Address,
}

impl Selected<'_> {
    /// The bytes of the chunk that define it, with the functions inside it.
    pub fn range(&self) -> Range<usize> {
        self.at.offset..self.at.end
    }
}

impl PartialChunk<'_> {
    /// Finds a function.
    pub fn select(&self, which: &FunctionSpec) -> Option<Selected<'_>> {
        let (chunk, at) = self.functions.as_ref()?;
        let path = which.path(&chunk.main)?;
        let (p, at) = path.iter().try_fold((&chunk.main, at), |(p, at), &index| {
            Some((p.p.get(index)?, at.p.get(index)?))
        })?;
        Some(Selected { path, p, at })
    }
}
