//! Whether two functions are the same code.

use super::captures::{Captures, Origin};
use super::code::{ConstantIds, Decoded, instructions};
use crate::chunk::{Proto, Step, TreePath};
use crate::disasm::Reference;
use crate::version::Version;

/// Where two functions differ first.
pub(super) struct FirstDifference {
    /// The function.
    pub path: TreePath,
    /// The instruction there, or the number of instructions where something else differs.
    pub pc: usize,
}

/// Holds two functions against each other, and all inside them by their places. Constants count by
/// their values, upvalues by what they capture. Those of the outermost functions are paired as the
/// code uses them; each has at most one partner, and a name that both know decides.
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

/// Whether two functions have the same number of parameters, and both or neither take `...`.
pub(super) fn same_head(version: Version, a: &Proto, b: &Proto) -> bool {
    a.numparams == b.numparams && takes_varargs(version, a) == takes_varargs(version, b)
}

/// Whether and how a function takes `...`. Lua 5.5 tells hidden arguments from a table of them.
/// Of earlier releases some say 1 and some say 2 where `...` is declared and not used.
pub(super) fn takes_varargs(version: Version, p: &Proto) -> u8 {
    match version {
        Version::Lua55 => p.is_vararg & 3,
        _ => (p.is_vararg != 0).into(),
    }
}

struct Walk<'a> {
    version: Version,
    pairs: Pairs<'a>,
    /// The function that is being compared; where they differ, that function.
    path: TreePath,
}

impl Walk<'_> {
    /// The place in the first function that differs, whose path remains.
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

    /// Whether two instructions do the same. Their upvalues become partners if nothing else differs.
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

/// Which outside upvalue of a chunk an outside upvalue of an answer stands for. Their numbers say
/// nothing, as the answer was compiled in other surroundings.
struct Pairs<'a> {
    asked: &'a Proto<'a>,
    answer: &'a Proto<'a>,
    /// For each of the chunk's, the answer's.
    of_asked: Vec<Option<usize>>,
    /// For each of the answer's, the chunk's.
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

    /// Whether two upvalues that are used at the same place are the same variable.
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

/// Whether the names of two outside upvalues allow that they are the same variable: a variable whose
/// name the chunk says has that name in the answer too. Where an answer has no names, nothing is
/// said against it.
pub(super) fn may_be_partners(asked: &Proto, a: usize, answer: &Proto, b: usize) -> bool {
    let name = &answer.upvalues[b].name;
    name.is_none()
        || match &asked.upvalues[a].name {
            None => asked.upvalues.iter().all(|upvalue| upvalue.name != *name),
            other => other == name,
        }
}

/// Whether two functions that are the same are the same in every number too: in every instruction
/// word, in the constants and upvalues with their numbers, in the size of the stack. The places of
/// the outermost functions' upvalues belong to what is around them and do not count.
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
