//! Whether two functions are the same code.

use super::captures::{Captures, Origin};
use super::code::{ConstantIds, Decoded, instructions};
use crate::chunk::{Proto, Step, TreePath};
use crate::disasm::Reference;
use crate::version::Version;

/// The first difference of two functions.
pub(super) struct FirstDifference {
    /// The function.
    pub path: TreePath,
    /// The index of the instruction, or the number of instructions if something else differs.
    pub pc: usize,
}

/// Compares two functions, and the functions inside them by position. Constants count by value,
/// upvalues by what they capture. The upvalues of the outermost functions are paired as the code
/// uses them; each has at most one partner, and a name that both sides know decides.
pub(super) fn first_difference(
    version: Version,
    asked: &Proto,
    answer: &Proto,
) -> Option<FirstDifference> {
    let mut walk = Walk {
        version,
        pairs: Pairs::new(asked, answer),
        path: TreePath::default(),
    };
    let captures = (Captures::outermost(asked), Captures::outermost(answer));
    let pc = walk.differs(asked, answer, &captures)?;
    Some(FirstDifference {
        path: walk.path,
        pc,
    })
}

/// Returns true if two functions have the same number of parameters, and both or neither take
/// `...`.
pub(super) fn same_head(version: Version, a: &Proto, b: &Proto) -> bool {
    a.numparams == b.numparams && takes_varargs(version, a) == takes_varargs(version, b)
}

/// Returns whether a function takes `...`, and in Lua 5.5 also how: as hidden arguments or as a
/// table. Some releases of older versions write 1 and some write 2 if `...` is declared but not
/// used.
pub(super) fn takes_varargs(version: Version, p: &Proto) -> u8 {
    match version {
        Version::Lua55 => p.is_vararg & 3,
        _ => (p.is_vararg != 0).into(),
    }
}

struct Walk<'a> {
    version: Version,
    pairs: Pairs<'a>,
    /// The path of the function that is compared, or, once they differ, of the function that
    /// differs.
    path: TreePath,
}

impl Walk<'_> {
    /// Returns the index of the first difference; `path` is then the path of its function.
    fn differs(
        &mut self,
        a: &Proto,
        b: &Proto,
        (captures_a, captures_b): &(Captures, Captures),
    ) -> Option<usize> {
        if !same_head(self.version, a, b) {
            return Some(a.code.len());
        }
        let mut values = ConstantIds::default();
        let (k_a, k_b) = (values.of(a), values.of(b));
        let mut of_a = instructions(self.version, a);
        let mut of_b = instructions(self.version, b);
        loop {
            let (a, b) = match (of_a.next(), of_b.next()) {
                (None, None) => break,
                (Some(a), Some(b)) => (a, b),
                (Some(i), None) | (None, Some(i)) => return Some(i.pc),
            };
            if !self.agree((a, &k_a, captures_a), (b, &k_b, captures_b)) {
                return Some(a.pc);
            }
        }
        if a.upvalues.len() != b.upvalues.len() || a.p.len() != b.p.len() {
            return Some(a.code.len());
        }
        let inside = (
            captures_a.inside(self.version, a),
            captures_b.inside(self.version, b),
        );
        let inside = inside.0.into_iter().zip(inside.1);
        for (index, ((a, b), captures)) in a.p.iter().zip(&b.p).zip(inside).enumerate() {
            self.path.0.push(Step::Function(index));
            if let Some(pc) = self.differs(a, b, &captures) {
                return Some(pc);
            }
            self.path.0.pop();
        }
        None
    }

    /// Returns true if two instructions do the same. Then their upvalues become partners.
    fn agree(
        &mut self,
        (a, k_a, captures_a): (Decoded, &[u32], &Captures),
        (b, k_b, captures_b): (Decoded, &[u32], &Captures),
    ) -> bool {
        let operands = || a.operands.into_iter().zip(b.operands);
        let others = |operands| match operands {
            (Reference::Upvalue(_), Reference::Upvalue(_)) => true,
            (Reference::Constant(a), Reference::Constant(b)) => match (k_a.get(a), k_b.get(b)) {
                (None, None) => a == b,
                (a, b) => a == b,
            },
            (a, b) => a == b,
        };
        a.op == b.op
            && operands().all(others)
            && operands().all(|operands| match operands {
                (Reference::Upvalue(a), Reference::Upvalue(b)) => {
                    self.pairs.agree(captures_a.origin(a), captures_b.origin(b))
                }
                _ => true,
            })
    }
}

/// The pairs of upvalues of the two outermost functions. Their numbers mean nothing, because the
/// answer was compiled in a different place.
struct Pairs<'a> {
    asked: &'a Proto<'a>,
    answer: &'a Proto<'a>,
    /// The answer's upvalue for each of the chunk's.
    of_asked: Vec<Option<usize>>,
    /// The chunk's upvalue for each of the answer's.
    of_answer: Vec<Option<usize>>,
}

impl<'a> Pairs<'a> {
    fn new(asked: &'a Proto, answer: &'a Proto) -> Pairs<'a> {
        Pairs {
            asked,
            answer,
            of_asked: vec![None; asked.upvalues.len()],
            of_answer: vec![None; answer.upvalues.len()],
        }
    }

    /// Returns true if two upvalues that are used at the same place are the same variable.
    fn agree(&mut self, a: Origin, b: Origin) -> bool {
        let (Origin::Outside(a), Origin::Outside(b)) = (a, b) else {
            return a == b;
        };
        if self.of_asked[a].is_none() && self.of_answer[b].is_none() && self.names_agree(a, b) {
            self.of_asked[a] = Some(b);
            self.of_answer[b] = Some(a);
        }
        self.of_asked[a] == Some(b)
    }

    fn names_agree(&self, a: usize, b: usize) -> bool {
        may_be_partners(self.asked, a, self.answer, b)
    }
}

/// Returns true if the names of two outside upvalues allow them to be the same variable: a variable
/// with a name in the chunk has the same name in the answer. An answer without names contradicts
/// nothing.
pub(super) fn may_be_partners(asked: &Proto, a: usize, answer: &Proto, b: usize) -> bool {
    let name = &answer.upvalues[b].name;
    name.is_none()
        || match &asked.upvalues[a].name {
            None => asked.upvalues.iter().all(|upvalue| upvalue.name != *name),
            other => other == name,
        }
}

/// Returns true if two functions that are the same code also agree in every number: in all
/// instruction words, in the constants and upvalues with their indices, and in the size of the
/// stack. What the outermost functions' upvalues capture depends on the code around them and does
/// not count.
pub(super) fn identical(a: &Proto, b: &Proto) -> bool {
    let places = |p: &Proto| -> Vec<(u8, u8)> {
        let upvalues = p.upvalues.iter();
        upvalues
            .map(|upvalue| (upvalue.instack, upvalue.idx))
            .collect()
    };
    let mut inside = a.p.iter().zip(&b.p);
    a.code == b.code
        && a.k == b.k
        && a.maxstacksize == b.maxstacksize
        && inside.all(|(a, b)| places(a) == places(b) && identical(a, b))
}
