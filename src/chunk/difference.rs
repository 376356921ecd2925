//! The first difference of two chunks.

use super::path::{Step, TreePath};
use super::proto::{Chunk, Proto};

impl Chunk<'_> {
    /// Returns the first place where `other` differs from this chunk.
    pub fn difference(&self, other: &Chunk) -> Option<TreePath> {
        let mut steps = Vec::new();
        let differs = self.version != other.version
            || self.nupvalues != other.nupvalues
            || differs(&self.main, &other.main, &mut steps);
        differs.then_some(TreePath(steps))
    }
}

/// Returns whether two functions differ. If they do, `steps` is extended to the place.
fn differs(a: &Proto, b: &Proto, steps: &mut Vec<Step>) -> bool {
    let step = first_difference(a.k.iter(), b.k.iter())
        .map(Step::Constant)
        .or_else(|| first_difference(a.code.iter(), b.code.iter()).map(Step::Instruction))
        .or_else(|| first_difference(a.lineinfo.iter(), b.lineinfo.iter()).map(Step::Line))
        .or_else(|| first_difference(a.locvars.iter(), b.locvars.iter()).map(Step::Local))
        .or_else(|| first_difference(a.upvalues.iter(), b.upvalues.iter()).map(Step::Upvalue))
        .or_else(|| (a.source != b.source).then_some(Step::Source));
    if let Some(step) = step {
        steps.push(step);
        return true;
    }
    if a.stored_lines != b.stored_lines {
        return true;
    }
    let fields = |p: &Proto| {
        (
            p.linedefined,
            p.lastlinedefined,
            p.numparams,
            p.is_vararg,
            p.maxstacksize,
        )
    };
    if fields(a) != fields(b) {
        return true;
    }
    if a.p.len() != b.p.len() {
        steps.push(Step::Function(a.p.len().min(b.p.len())));
        return true;
    }
    a.p.iter()
        .zip(&b.p)
        .enumerate()
        .any(|(i, (a, b))| below(i, steps, |steps| differs(a, b, steps)))
}

/// Calls `ask` for function `i`, and keeps the step to it only if the answer is yes.
fn below(i: usize, steps: &mut Vec<Step>, ask: impl FnOnce(&mut Vec<Step>) -> bool) -> bool {
    steps.push(Step::Function(i));
    let yes = ask(steps);
    if !yes {
        steps.pop();
    }
    yes
}

/// Returns the index of the first element in which two lists differ.
fn first_difference<T: PartialEq<U>, U>(
    mut a: impl Iterator<Item = T>,
    mut b: impl Iterator<Item = U>,
) -> Option<usize> {
    let mut index = 0;
    loop {
        match (a.next(), b.next()) {
            (None, None) => return None,
            (Some(a), Some(b)) if a == b => index += 1,
            _ => return Some(index),
        }
    }
}
