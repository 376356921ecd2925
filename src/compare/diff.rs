//! Two trees of functions side by side: the instructions that only one of them has.

use super::align::align;
use super::exact::{first_difference, takes_varargs};
use super::function::PreparedFunction;
use super::pair_instructions::Match;
use super::pairing::Pairing;
use crate::chunk::{LuaString, Proto, Step, TreePath};
use crate::version::Version;

/// A function that differs in two trees, or that only one of them has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FunctionDiff<'p> {
    /// The function in the old tree, if it has one.
    pub old: Option<FoundFunction<'p>>,
    /// The function in the new tree, if it has one.
    pub new: Option<FoundFunction<'p>>,
    /// What differs besides the instructions, as lines of text: the head of the function, and its
    /// debug information if that is compared.
    pub details: Vec<DetailChange>,
    /// The instructions of both in order, if both trees have the function.
    pub instructions: Vec<InstructionChange>,
    /// The share of the instructions that are the same, of those that either has, as
    /// [`Comparison::similarity`](super::Comparison::similarity) counts them. 1 if only debug
    /// information differs.
    pub similarity: f64,
}

/// A function and its place in a tree.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FoundFunction<'p> {
    /// Its path from the main function.
    pub path: TreePath,
    /// The function.
    pub p: &'p Proto<'p>,
}

/// An instruction of two functions, by its index in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionChange {
    /// Both have it, at these indices in the old and the new function.
    Same(usize, usize),
    /// Only the old function has it.
    Removed(usize),
    /// Only the new function has it.
    Added(usize),
}

/// A line about a function that only one side has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetailChange {
    /// Only the old function has it.
    Removed(String),
    /// Only the new function has it.
    Added(String),
}

/// Finds the functions that differ in two trees of the same version, in the order of the old tree.
/// A function that only the new tree has comes after the others inside the same function. Functions
/// are matched in order by their best match.
///
/// The result is empty exactly if [`compare`](super::compare()) finds the same code and, if
/// `with_debug`, the debug information is the same too.
pub fn diff<'p>(
    version: Version,
    old: &'p Proto<'p>,
    new: &'p Proto<'p>,
    with_debug: bool,
) -> Vec<FunctionDiff<'p>> {
    let first = first_difference(version, old, new);
    if first.is_none() && !with_debug {
        return Vec::new();
    }
    let pairing = Pairing::new(version, old, new);
    let mut differ = Differ {
        version,
        pairing: &pairing,
        with_debug,
        mark: None,
        old_path: TreePath::default(),
        new_path: TreePath::default(),
        found: Vec::new(),
    };
    differ.function(0, 0);
    // Only a consistent change of registers or variables, which no function shows by itself.
    if let Some(first) = first
        && !differ.found.iter().any(|function| function.is_of_code())
    {
        differ.found.clear();
        differ.mark = Some((first.path, first.pc));
        differ.function(0, 0);
    }
    differ.found
}

struct Differ<'a, 'p> {
    version: Version,
    pairing: &'a Pairing<'p>,
    with_debug: bool,
    /// An instruction of an old function that counts as changed although nothing else shows the
    /// change.
    mark: Option<(TreePath, usize)>,
    /// The paths of the functions that are compared.
    old_path: TreePath,
    new_path: TreePath,
    found: Vec<FunctionDiff<'p>>,
}

impl<'p> Differ<'_, 'p> {
    /// Adds the differences of two functions that belong together, including the functions inside
    /// them.
    fn function(&mut self, a: usize, b: usize) {
        let pairing = self.pairing;
        let (old, new) = (&pairing.asked[a], &pairing.answer[b]);
        if let Some((_, found)) = &pairing.matched[a] {
            self.own(a, b, found);
        }
        for (index, inner) in old.inside.iter().enumerate() {
            self.old_path.0.push(Step::Function(index));
            match pairing.matched[*inner].as_ref().map(|(b, _)| *b) {
                Some(partner) => {
                    let place = new.inside.iter().position(|inner| *inner == partner);
                    self.new_path.0.extend(place.map(Step::Function));
                    self.function(*inner, partner);
                    self.new_path.0.pop();
                }
                None => {
                    let old = FoundFunction::new(&self.old_path, &pairing.asked[*inner]);
                    self.found.push(FunctionDiff::of_one(Some(old), None));
                }
            }
            self.old_path.0.pop();
        }
        for (index, inner) in new.inside.iter().enumerate() {
            if pairing.partners[*inner].is_none() {
                self.new_path.0.push(Step::Function(index));
                let new = FoundFunction::new(&self.new_path, &pairing.answer[*inner]);
                self.found.push(FunctionDiff::of_one(None, Some(new)));
                self.new_path.0.pop();
            }
        }
    }

    /// Adds the differences of two functions, apart from the functions inside them.
    fn own(&mut self, a: usize, b: usize, found: &Match) {
        let (old, new) = (&self.pairing.asked[a], &self.pairing.answer[b]);
        let first = self.pairing.first_own(a, b);
        let mark = self
            .mark
            .as_ref()
            .filter(|(path, _)| *path == self.old_path);
        let mark = mark.map(|(_, pc)| *pc);
        let mut pairs = match first {
            Some(_) => self.pairs(old, new, found),
            None => (0..old.p.code.len())
                .map(|pc| WordPair::uncounted(pc, pc, true))
                .collect(),
        };
        let differs = |pairs: &[WordPair]| {
            let lengths = (old.p.code.len(), new.p.code.len());
            lengths != (pairs.len(), pairs.len()) || pairs.iter().any(|pair| !pair.is_same)
        };
        let first = first.and_then(|(kind, ..)| kind.instruction());
        if let Some(mark) = mark.or(first).filter(|_| !differs(&pairs))
            && let Some(pair) = pairs.iter_mut().find(|pair| pair.old == mark)
        {
            pair.is_same = false;
        }
        let mut details = Details::default();
        details.heads(self.version, old.p, new.p);
        let is_code_same = !differs(&pairs) && details.is_empty();
        let same = pairs
            .iter()
            .filter(|pair| pair.is_counted && pair.is_same)
            .count();
        if self.with_debug {
            details.debug(old.p, new.p);
            for pair in &mut pairs {
                pair.is_same &= old.p.lineinfo.get(pair.old) == new.p.lineinfo.get(pair.new);
            }
        }
        let instructions = lines(&pairs, old.p.code.len(), new.p.code.len());
        let is_same = |change: &InstructionChange| matches!(change, InstructionChange::Same(..));
        if details.is_empty() && instructions.iter().all(is_same) {
            return;
        }
        let all = old.units.len() + new.units.len();
        let similarity = match is_code_same {
            true => 1.0,
            // They may differ only in what does not count.
            false if 2 * same == all => same.saturating_sub(1) as f64 / same.max(1) as f64,
            false => same as f64 / (all - same) as f64,
        };
        self.found.push(FunctionDiff {
            old: Some(FoundFunction::new(&self.old_path, old)),
            new: Some(FoundFunction::new(&self.new_path, new)),
            details: details.changes,
            instructions,
            similarity,
        });
    }

    /// Pairs the words of two functions that belong together, in order.
    fn pairs(
        &self,
        old: &PreparedFunction,
        new: &PreparedFunction,
        found: &Match,
    ) -> Vec<WordPair> {
        let mut pairs = Vec::with_capacity(found.pairs.len() + 2);
        // The words before the first instruction that counts, and after the last.
        let starts = (old.first_word(), new.first_word());
        if starts == (1, 1) {
            pairs.push(WordPair::uncounted(0, 0, true));
        }
        for (pair, (i, j)) in found.pairs.iter().copied().enumerate() {
            let is_same = !self.pairing.is_wrong(old, new, found, pair);
            let (words_old, words_new) = (old.words(i), new.words(j));
            pairs.push(WordPair {
                old: words_old.start,
                new: words_new.start,
                is_counted: true,
                is_same,
            });
            // In Lua 5.1 the words after a CLOSURE say what it captures.
            for (upvalue, (x, y)) in words_old.zip(words_new).skip(1).enumerate() {
                let captured = |functions: &[PreparedFunction], unit: &super::function::Unit| {
                    Some(functions[unit.function?].variable(upvalue))
                };
                let captured_old = captured(&self.pairing.asked, &old.units[i]);
                let captured_new = captured(&self.pairing.answer, &new.units[j]);
                let partner = captured_old.and_then(|old| self.pairing.variables.get(&old));
                let is_same = match partner {
                    Some(partner) => captured_new == Some(*partner),
                    None => old.p.code.get(x) == new.p.code.get(y),
                };
                pairs.push(WordPair::uncounted(x, y, is_same));
            }
        }
        if let (Some(x), Some(y)) = (old.last_word(), new.last_word()) {
            let name = |p: &Proto, pc| p.code.get(pc).map(|i| self.version.opcode_of(i).name());
            pairs.push(WordPair::uncounted(x, y, name(old.p, x) == name(new.p, y)));
        }
        pairs
    }
}

/// Two words of code that belong together.
struct WordPair {
    old: usize,
    new: usize,
    /// True if they are an instruction that counts.
    is_counted: bool,
    is_same: bool,
}

impl WordPair {
    fn uncounted(old: usize, new: usize, is_same: bool) -> WordPair {
        WordPair {
            old,
            new,
            is_counted: false,
            is_same,
        }
    }
}

/// Returns all words of two functions in order. Between two pairs, the old ones come first.
fn lines(pairs: &[WordPair], old_end: usize, new_end: usize) -> Vec<InstructionChange> {
    let mut lines = Vec::with_capacity(pairs.len());
    let (mut old, mut new) = (0, 0);
    let same = pairs.iter().filter(|pair| pair.is_same);
    for (next_old, next_new) in same
        .map(|pair| (pair.old, pair.new))
        .chain([(old_end, new_end)])
    {
        lines.extend((old..next_old).map(InstructionChange::Removed));
        lines.extend((new..next_new).map(InstructionChange::Added));
        if next_old < old_end {
            lines.push(InstructionChange::Same(next_old, next_new));
        }
        (old, new) = (next_old + 1, next_new + 1);
    }
    lines
}

/// Lines about two functions.
#[derive(Default)]
struct Details {
    changes: Vec<DetailChange>,
}

impl Details {
    fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn add(&mut self, old: &[String], new: &[String]) {
        let (mut i, mut j) = (0, 0);
        let pairs = align(old, new).pairs.into_iter();
        for (next_i, next_j) in pairs.chain([(old.len(), new.len())]) {
            let removed = old[i..next_i].iter().cloned();
            self.changes.extend(removed.map(DetailChange::Removed));
            let added = new[j..next_j].iter().cloned();
            self.changes.extend(added.map(DetailChange::Added));
            (i, j) = (next_i + 1, next_j + 1);
        }
    }

    /// Adds the differences of the heads of two functions.
    fn heads(&mut self, version: Version, old: &Proto, new: &Proto) {
        let lines = |p: &Proto| {
            [
                format!("parameters {}", p.numparams),
                match takes_varargs(version, p) {
                    0 => "takes no ...".to_owned(),
                    2 => "takes ... as a table".to_owned(),
                    _ => "takes ...".to_owned(),
                },
                format!("upvalues {}", p.upvalues.len()),
            ]
        };
        self.add(&lines(old), &lines(new));
    }

    /// Adds the differences of their debug information, apart from the lines of instructions.
    fn debug(&mut self, old: &Proto, new: &Proto) {
        let lines = |p: &Proto| {
            let name = |name: Option<&LuaString>| match name {
                Some(name) => String::from_utf8_lossy(name).into_owned(),
                None => "-".to_owned(),
            };
            let mut lines = vec![
                format!("source {}", name(p.source.as_ref())),
                format!("lines {},{}", p.linedefined, p.lastlinedefined),
            ];
            let locals = p.locvars.iter().map(|local| {
                let (start, end) = (local.startpc, local.endpc);
                let name = name(local.varname.as_ref());
                format!(
                    "local {name} {} {}",
                    i64::from(start) + 1,
                    i64::from(end) + 1
                )
            });
            lines.extend(locals);
            let upvalues = p.upvalues.iter().enumerate();
            lines.extend(
                upvalues.map(|(i, upvalue)| format!("upvalue {i} {}", name(upvalue.name.as_ref()))),
            );
            lines
        };
        self.add(&lines(old), &lines(new));
    }
}

impl<'p> FunctionDiff<'p> {
    fn of_one(old: Option<FoundFunction<'p>>, new: Option<FoundFunction<'p>>) -> Self {
        FunctionDiff {
            old,
            new,
            details: Vec::new(),
            instructions: Vec::new(),
            similarity: 0.0,
        }
    }

    /// Returns true if more than debug information differs.
    fn is_of_code(&self) -> bool {
        self.similarity < 1.0
    }
}

impl<'p> FoundFunction<'p> {
    fn new(path: &TreePath, function: &PreparedFunction<'p>) -> Self {
        FoundFunction {
            path: path.clone(),
            p: function.p,
        }
    }
}
