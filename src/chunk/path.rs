//! Places in a chunk's tree.

use std::fmt;

/// One step down a chunk's tree. Indices count from 0, as in the full stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the element it names")]
pub enum Step {
    Function(usize),
    Constant(usize),
    Instruction(usize),
    Line(usize),
    Local(usize),
    Upvalue(usize),
    Source,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Step::Function(i) => write!(f, "function {i}"),
            Step::Constant(i) => write!(f, "constant {i}"),
            Step::Instruction(i) => write!(f, "instruction {i}"),
            Step::Line(i) => write!(f, "line {i}"),
            Step::Local(i) => write!(f, "local {i}"),
            Step::Upvalue(i) => write!(f, "upvalue {i}"),
            Step::Source => write!(f, "source"),
        }
    }
}

/// A place in a chunk's tree: the steps down from the main function. It displays as `main >
/// function 3 > constant 7`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreePath(pub Vec<Step>);

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("main")?;
        self.0.iter().try_for_each(|step| write!(f, " > {step}"))
    }
}
