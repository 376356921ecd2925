//! The function of an answer, put in the place where the chunk has its function.
//!
//! A function that was taken out of its file has lost the variables around it: compiled as it is, they
//! would be globals. So it is compiled behind a declaration of them. Which of its free names are
//! variables, the chunk says. If it has debug information, they are those that its upvalues are called.
//! If not, a name stands for a global variable if the code uses a global of that name.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use luadec_tok::Version;
use luadec_tok::chunk::Proto;
use luadec_tok::compare::{Access, accesses};
use luadec_tok::source::{Binding, Global, Source, TokenKind};

use super::shape::OneFunction;

/// An answer's function among the variables around it, ready to be compiled.
pub struct Placed {
    source: Vec<u8>,
    /// How many functions stand around it.
    levels: usize,
    /// The same among other variables, if the chunk allows both.
    other: Option<Box<Placed>>,
}

/// Lua has no more than 200 local variables in a function. Further ones are declared in a function
/// around it.
const MOST_LOCALS: usize = 180;

impl Placed {
    /// Decides which names of an answer's function are variables around it.
    pub fn new(version: Version, asked: &Proto, answer: &OneFunction) -> Placed {
        let choices = Names::of(&answer.source).choices(version, asked);
        let [first, others @ ..] = &choices[..] else {
            unreachable!("there is a choice, even if it is none of the names")
        };
        Placed {
            other: others.first().map(|other| wrap(answer, other).into()),
            ..wrap(answer, first)
        }
    }

    /// A chunk, which is just as well the body of a function.
    pub fn source(&self) -> &[u8] {
        &self.source
    }

    /// The answer's function in what was compiled: in the chunk's main function, or the function whose
    /// body the source was.
    pub fn function<'m>(&self, main: &'m Proto<'m>) -> &'m Proto<'m> {
        (0..=self.levels).fold(main, |p, _| &p.p[0])
    }

    /// What may be the same if this is not.
    pub fn other(&self) -> Option<&Placed> {
        self.other.as_deref()
    }
}

/// The function behind a declaration of these names. Its lines keep their numbers.
fn wrap(answer: &OneFunction, captured: &[&[u8]]) -> Placed {
    let source = &answer.source;
    let bytes = answer.bytes();
    let lines = source.text[..bytes.start].iter();
    let mut text = vec![b'\n'; lines.filter(|byte| **byte == b'\n').count()];
    let groups = captured.chunks(MOST_LOCALS);
    let levels = groups.len().saturating_sub(1);
    for (level, names) in groups.enumerate() {
        if level > 0 {
            text.extend_from_slice(b"return function() ");
        }
        text.extend_from_slice(b"local ");
        text.extend_from_slice(&names.join(&b","[..]));
        text.push(b' ');
    }
    text.extend_from_slice(b"return function");
    let inside = &source.text[bytes];
    let function = answer.function();
    match function.is_method {
        true => {
            let has_others =
                source.tokens[function.open as usize + 1].kind != TokenKind::CloseParen;
            text.extend_from_slice(if has_others { b"(self," } else { b"(self" });
            text.extend_from_slice(&inside[1..]);
        }
        false => text.extend_from_slice(inside),
    }
    // On a line of its own, as the function may end with a comment.
    text.extend((0..levels).flat_map(|_| *b"\nend"));
    Placed {
        source: text,
        levels,
        other: None,
    }
}

/// The names that a function does not declare itself.
#[derive(Default)]
struct Names<'t> {
    /// In the order of their first use.
    order: Vec<&'t [u8]>,
    uses: HashMap<&'t [u8], Uses>,
    /// How often `_ENV` itself is used, and which of its fields by name.
    env: usize,
    env_fields: Vec<&'t [u8]>,
}

/// How a name is used.
#[derive(Default)]
struct Uses {
    /// How often it would be a field of the `_ENV` around the function if it was a global variable.
    outside: usize,
    /// How often it would be a field of an `_ENV` that the function declares.
    inside: usize,
    /// Whether it is certainly a variable, or certainly none.
    is_variable: Option<bool>,
}

impl<'t> Names<'t> {
    fn of(source: &Source<'t>) -> Names<'t> {
        let mut names = Names::default();
        for name in source.outer_names(OneFunction::ID) {
            let text = source.name(name);
            if name.binding == Binding::Env {
                names.env += 1;
                names.env_fields.extend(field(source, name.token));
                continue;
            }
            let uses = names.uses.entry(text).or_insert_with(|| {
                names.order.push(text);
                Uses::default()
            });
            match name.binding {
                Binding::Free { env, global } => {
                    match env {
                        None => uses.outside += 1,
                        Some(_) => uses.inside += 1,
                    }
                    match global {
                        Global::Declared => uses.is_variable = Some(false),
                        Global::Undeclared => uses.is_variable = Some(true),
                        Global::Allowed => {}
                    }
                }
                // The function's own name, if that is local.
                Binding::Variable(_) => {
                    uses.outside += 1;
                    uses.is_variable = Some(true);
                }
                Binding::Env => unreachable!("passed over above"),
            }
        }
        names
    }

    /// The names that are variables around the function, best choice first. There are two where the
    /// chunk allows both.
    fn choices(&self, version: Version, asked: &Proto) -> Vec<Vec<&'t [u8]>> {
        let named: HashSet<&[u8]> = asked
            .upvalues
            .iter()
            .filter_map(|upvalue| upvalue.name.as_deref())
            .collect();
        let mut certain = HashSet::new();
        let mut open = Vec::new();
        for name in &self.order {
            match self.uses[name].is_variable {
                Some(false) => {}
                Some(true) => drop(certain.insert(*name)),
                None if named.contains(name) => drop(certain.insert(*name)),
                None => open.push(*name),
            }
        }
        let has_unnamed = asked.upvalues.iter().any(|upvalue| upvalue.name.is_none());
        let found: Vec<HashSet<&[u8]>> = match has_unnamed {
            false => vec![HashSet::new()],
            true => Code::of(version, asked).choices(self, &open),
        };
        let in_order = |found: &HashSet<&[u8]>| {
            let names = self.order.iter().copied();
            names
                .filter(|name| certain.contains(name) || found.contains(name))
                .collect()
        };
        found.iter().map(in_order).collect()
    }
}

/// The field that is taken of a name by a constant name: `name.field` or `name["field"]`.
fn field<'t>(source: &Source<'t>, name: u32) -> Option<&'t [u8]> {
    let next = name as usize + 1;
    match source.tokens.get(next)?.kind {
        TokenKind::Dot => Some(source.token(next as u32 + 1)),
        _ => None,
    }
}

/// How the code of a chunk's function uses the variables that it does not name, and globals.
struct Code<'p> {
    /// Whether it is of Lua 5.1, which has instructions for globals.
    has_globals: bool,
    globals: Counts<'p>,
    upvalues: BTreeMap<usize, Upvalue<'p>>,
    /// The fields of tables that no upvalue holds.
    fields: Counts<'p>,
    /// How many upvalues have no name.
    unnamed: usize,
}

type Counts<'p> = HashMap<Cow<'p, [u8]>, usize>;

#[derive(Default)]
struct Upvalue<'p> {
    /// How often it is used.
    uses: usize,
    /// The fields of it that are used by a constant name.
    fields: Counts<'p>,
}

/// What an upvalue that may be `_ENV` makes of the names.
struct Choice<'t> {
    /// How much the uses of names in the answer and in the code differ.
    misfit: usize,
    captured: HashSet<&'t [u8]>,
}

/// How many upvalues are tried as `_ENV`: those that have most of the names as fields.
const MOST_ENVS: usize = 4;

impl<'p> Code<'p> {
    fn of(version: Version, asked: &'p Proto) -> Code<'p> {
        let is_unnamed = |index: &usize| asked.upvalues[*index].name.is_none();
        let mut code = Code {
            has_globals: version == Version::Lua51,
            globals: Counts::new(),
            upvalues: BTreeMap::new(),
            fields: Counts::new(),
            unnamed: (0..asked.upvalues.len()).filter(is_unnamed).count(),
        };
        for access in accesses(version, asked) {
            match access {
                Access::Global(name) => *code.globals.entry(name).or_default() += 1,
                Access::Field(name) => *code.fields.entry(name).or_default() += 1,
                Access::Upvalue(index) => code.upvalues.entry(index).or_default().uses += 1,
                Access::UpvalueField(index, name) => {
                    let upvalue = code.upvalues.entry(index).or_default();
                    upvalue.uses += 1;
                    *upvalue.fields.entry(name).or_default() += 1;
                }
            }
        }
        code.upvalues.retain(|index, _| is_unnamed(index));
        code
    }

    /// The open names that may be variables, best choice first. There are two where both fit as well.
    fn choices<'t>(&self, names: &Names<'t>, open: &[&'t [u8]]) -> Vec<HashSet<&'t [u8]>> {
        if self.has_globals {
            return vec![self.choice(names, open, None, &self.globals).captured];
        }
        let known: HashSet<&[u8]> = open.iter().copied().collect();
        let weight = |upvalue: &Upvalue| -> usize {
            let fields = upvalue.fields.iter();
            let fields = fields.filter(|(name, _)| known.contains(&***name));
            fields.map(|(_, count)| count).sum()
        };
        let mut envs: Vec<(usize, usize)> = self
            .upvalues
            .iter()
            .map(|(index, upvalue)| (weight(upvalue), *index))
            .filter(|(weight, _)| *weight > 0)
            .collect();
        envs.sort_unstable_by_key(|(weight, index)| (Reverse(*weight), *index));
        let envs = envs.iter().take(MOST_ENVS).map(|(_, index)| Some(*index));
        let mut choices: Vec<Choice> = envs
            .chain([None])
            .map(|env| {
                let mut globals =
                    env.map_or_else(Counts::new, |env| self.upvalues[&env].fields.clone());
                for name in &names.env_fields {
                    if let Some(count) = globals.get_mut(*name) {
                        *count -= 1;
                        if *count == 0 {
                            globals.remove(*name);
                        }
                    }
                }
                self.choice(names, open, env, &globals)
            })
            .collect();
        choices.sort_by_key(|choice| choice.misfit);
        let best = choices[0].misfit;
        choices.retain(|choice| choice.misfit == best);
        choices.dedup_by(|a, b| a.captured == b.captured);
        choices.truncate(2);
        choices.into_iter().map(|choice| choice.captured).collect()
    }

    /// Takes the names of these globals for global variables, and the others for variables.
    fn choice<'t>(
        &self,
        names: &Names<'t>,
        open: &[&'t [u8]],
        env: Option<usize>,
        globals: &Counts,
    ) -> Choice<'t> {
        let is_global = |name: &[u8]| match names.uses[name] {
            Uses { outside: 0, .. } => self.fields.contains_key(name),
            _ => globals.contains_key(name),
        };
        let (global, captured): (Vec<&[u8]>, Vec<&[u8]>) =
            open.iter().partition(|name| is_global(name));
        let mut misfit = 0;
        let mut used: usize = globals.values().sum();
        for name in global {
            let (here, there) = (
                names.uses[name].outside,
                globals.get(name).copied().unwrap_or(0),
            );
            misfit += here.abs_diff(there);
            used -= there;
        }
        misfit += used;
        // How often the variables are used, most often first, there and here.
        let others = self
            .upvalues
            .iter()
            .filter(|(index, _)| Some(**index) != env);
        let mut there: Vec<usize> = others.map(|(_, upvalue)| upvalue.uses).collect();
        there.sort_unstable();
        let count = |name: &&[u8]| names.uses[*name].outside + names.uses[*name].inside;
        let mut here: Vec<usize> = captured.iter().map(|name| count(name)).collect();
        here.sort_unstable();
        let (mut a, mut b) = (there.iter().rev(), here.iter().rev());
        loop {
            match (a.next(), b.next()) {
                (None, None) => break,
                (a, b) => misfit += a.unwrap_or(&0).abs_diff(*b.unwrap_or(&0)),
            }
        }
        // An answer with more names than there are variables is wrong. Those that are used as often
        // as a variable are kept.
        let room = self.unnamed - usize::from(env.is_some());
        let mut captured = captured;
        if captured.len() > room {
            let mut left: HashMap<usize, usize> = HashMap::new();
            there
                .iter()
                .for_each(|uses| *left.entry(*uses).or_default() += 1);
            let mut fits = |name: &&[u8]| match left.get_mut(&count(name)) {
                Some(left) if *left > 0 => {
                    *left -= 1;
                    true
                }
                _ => false,
            };
            let (fitting, others): (Vec<&[u8]>, Vec<&[u8]>) =
                captured.iter().partition(|name| fits(name));
            captured = fitting;
            captured.extend(others);
            captured.truncate(room);
        }
        Choice {
            misfit,
            captured: captured.into_iter().collect(),
        }
    }
}
