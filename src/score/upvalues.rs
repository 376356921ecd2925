//! What upvalues capture, whatever their numbers.

use crate::chunk::{Proto, Upvaldesc};

/// Where an upvalue's variable lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Around the outermost function: the upvalue of that with this index.
    Outside(usize),
    /// A register of a function of the tree, so many levels below the outermost one.
    Register {
        /// The level of the function; the outermost one is at 0.
        level: usize,
        /// The register.
        register: u8,
    },
    /// Nowhere: an enclosing function does not have the upvalue that is captured.
    Missing(u8),
}

/// Where the upvalues of a function come from, in their order.
#[derive(Clone, Debug)]
pub struct Captures {
    origins: Vec<Origin>,
    level: usize,
}

impl Captures {
    /// Those of an outermost function.
    pub fn outermost(p: &Proto) -> Captures {
        Captures {
            origins: (0..p.upvalues.len()).map(Origin::Outside).collect(),
            level: 0,
        }
    }

    /// Those of a function inside the one that these belong to.
    pub fn inside(&self, p: &Proto) -> Captures {
        let origin = |upvalue: &Upvaldesc| match upvalue.instack {
            0 => self.origin(upvalue.idx.into()),
            _ => Origin::Register {
                level: self.level,
                register: upvalue.idx,
            },
        };
        Captures {
            origins: p.upvalues.iter().map(origin).collect(),
            level: self.level + 1,
        }
    }

    /// Where the upvalue with this index comes from.
    pub fn origin(&self, index: usize) -> Origin {
        let missing = Origin::Missing(index as u8);
        self.origins.get(index).copied().unwrap_or(missing)
    }
}

/// Which outside upvalue of a chunk an outside upvalue of an answer stands for. Their numbers say
/// nothing, as the answer was compiled in other surroundings: they are paired by their names, and
/// where those are not known, in the order in which the code uses them.
pub(super) struct Pairs<'a> {
    asked: Names<'a>,
    answer: Names<'a>,
    /// For each of the chunk's, whether it is taken.
    taken: Vec<bool>,
    /// For each of the answer's, the chunk's.
    pairs: Vec<Option<usize>>,
}

type Names<'a> = Vec<Option<&'a [u8]>>;

impl<'a> Pairs<'a> {
    pub fn new(asked: &'a Proto, answer: &'a Proto) -> Pairs<'a> {
        let names = |p: &'a Proto| -> Names<'a> {
            let upvalues = p.upvalues.iter();
            upvalues.map(|upvalue| upvalue.name.as_deref()).collect()
        };
        let mut pairs = Pairs {
            asked: names(asked),
            answer: names(answer),
            taken: vec![false; asked.upvalues.len()],
            pairs: vec![None; answer.upvalues.len()],
        };
        for b in 0..pairs.answer.len() {
            let name = pairs.answer[b];
            let named = |a: &usize| pairs.asked[*a] == name && !pairs.taken[*a];
            if let Some(a) = name.and_then(|_| (0..pairs.asked.len()).find(named)) {
                pairs.take(a, b);
            }
        }
        pairs
    }

    fn take(&mut self, a: usize, b: usize) {
        self.taken[a] = true;
        self.pairs[b] = Some(a);
    }

    /// Whether every one of the answer's has a partner.
    pub fn complete(&self) -> bool {
        self.pairs.iter().all(Option::is_some)
    }

    /// The chunk's outside upvalue that one of the answer's stands for.
    pub fn of_answer(&self, b: usize) -> Option<usize> {
        self.pairs.get(b).copied().flatten()
    }

    /// Whether two upvalues that are used at the same place are the same variable. Two that have no
    /// partners yet become partners, unless their names say otherwise.
    pub fn agree(&mut self, a: Origin, b: Origin) -> bool {
        let (Origin::Outside(a), Origin::Outside(b)) = (a, b) else {
            return a == b;
        };
        if let Some(partner) = self.pairs[b] {
            return partner == a;
        }
        if self.taken[a] {
            return false;
        }
        // Both have names, and each has one that the other side does not: it was renamed. If only
        // the answer has, the names of the chunk are not known.
        let renamed = |name: Option<&[u8]>, others: &Names| !others.contains(&name);
        let fits = match (self.asked[a], self.answer[b]) {
            (Some(_), Some(_)) => {
                renamed(self.asked[a], &self.answer) && renamed(self.answer[b], &self.asked)
            }
            _ => true,
        };
        if fits {
            self.take(a, b);
        }
        fits
    }
}
