//! Where two functions differ first.

use std::fmt;

use crate::chunk::TreePath;

/// The first difference of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The path of the function in the chunk, or in the answer if only the answer has it.
    pub function: TreePath,
    /// The path of its partner in the answer, if it has one.
    pub answer_function: Option<TreePath>,
    /// The kind of the difference.
    pub kind: DifferenceKind,
    /// The chunk's side of it, as text.
    pub asked: String,
    /// The answer's side of it, as text.
    pub answer: String,
}

/// The kind of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// The number of parameters.
    Parameters,
    /// One takes `...` and the other does not.
    Vararg,
    /// The instruction with this index.
    Instruction(usize),
    /// The number of upvalues.
    Upvalues,
    /// The function itself, which only one side has.
    Function,
}

impl DifferenceKind {
    /// Returns the index of the instruction, if it is one.
    pub(super) fn instruction(self) -> Option<usize> {
        match self {
            DifferenceKind::Instruction(pc) => Some(pc),
            _ => None,
        }
    }
}

impl fmt::Display for DifferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            DifferenceKind::Parameters => f.write_str("parameters"),
            DifferenceKind::Vararg => f.write_str("vararg"),
            DifferenceKind::Instruction(pc) => write!(f, "instruction {pc}"),
            DifferenceKind::Upvalues => f.write_str("upvalues"),
            DifferenceKind::Function => f.write_str("function"),
        }
    }
}
