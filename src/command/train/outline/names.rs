//! What the free names of an answer stand for: globals, or upvalues of the function asked for.
//!
//! The chunk decides. A name is a global if the code accesses a global of this name. Any other is an
//! upvalue. Upvalues are numbered by their first mention, by a name in the text or as what a hole
//! captures, and a name can only stand for an upvalue that the code itself uses. If a guess is wrong,
//! the first difference between the compiled answer and the code shows it.

use std::collections::{HashMap, HashSet};

use luadec_tok::Version;
use luadec_tok::chunk::{Constant, Proto};
use luadec_tok::compare::{
    Capture, OutsideVariable, captures, exchanged_variables, outside_variables,
};
use luadec_tok::source::{Binding, FunctionId, Global, Name, Source};
use luadec_tok::stream::Outline;

/// What a free name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Global,
    /// The upvalue of the function with this index.
    Upvalue(usize),
}

/// The meanings of an answer's free names.
pub struct Names<'t> {
    meanings: HashMap<&'t [u8], Meaning>,
    /// The names whose meaning the first difference has shown.
    settled: HashSet<&'t [u8]>,
    /// The upvalue that is the environment.
    pub env: Option<usize>,
}

/// Returns the upvalue of an outline that is the environment.
pub fn env_of(outline: &Outline) -> Option<usize> {
    if outline.version == Version::Lua51 {
        return None;
    }
    if outline.is_main {
        return Some(0).filter(|_| !outline.function.upvalues.is_empty());
    }
    let mut upvalues = outline.function.upvalues.iter();
    let named = upvalues.position(|upvalue| upvalue.name.as_deref() == Some(ENV));
    named.or(outline.env.own.first().copied())
}

pub const ENV: &[u8] = b"_ENV";

/// A place where an outside variable is mentioned.
enum Mention<'s> {
    Name(&'s Name),
    /// The upvalues of the function that a hole captures.
    Hole(&'s [Capture]),
}

impl<'t> Names<'t> {
    /// Guesses the meanings of the free names in a function of an answer.
    pub fn guess(outline: &Outline, source: &Source<'t>, function: FunctionId) -> Names<'t> {
        let (version, p, env) = (outline.version, &outline.function, env_of(outline));
        let uses = outside_variables(version, p, env);
        let mut guessing = Guessing {
            p,
            env,
            globals: HashSet::new(),
            used: HashMap::new(),
            taken: HashSet::new(),
            next: 0,
        };
        for (at, used) in uses.iter().enumerate() {
            match used {
                OutsideVariable::Global(name) => drop(guessing.globals.insert(&**name)),
                OutsideVariable::Upvalue(upvalue) => {
                    guessing.used.entry(*upvalue).or_insert(at);
                }
            }
        }
        let mut meanings = HashMap::new();
        let holes = captures(version, p);
        for mention in mentions(source, function, &holes) {
            let name = match mention {
                Mention::Hole(captures) => {
                    guessing.captured(captures);
                    continue;
                }
                Mention::Name(name) => name,
            };
            let text = source.name(name);
            let meaning = *meanings.entry(text).or_insert_with(|| match name.binding {
                Binding::Free {
                    global: Global::Declared,
                    ..
                } => Meaning::Global,
                Binding::Env if env.is_some() => Meaning::Upvalue(env.unwrap_or_default()),
                Binding::Free { env: Some(_), .. } if guessing.is_field(text) => Meaning::Global,
                _ => guessing.meaning(text),
            });
            let is_outside = !matches!(name.binding, Binding::Free { env: Some(_), .. });
            match (meaning, env) {
                (Meaning::Upvalue(upvalue), _) => guessing.mentioned(upvalue),
                (Meaning::Global, Some(env)) if is_outside => guessing.mentioned(env),
                _ => {}
            }
        }
        Names {
            meanings,
            settled: HashSet::new(),
            env,
        }
    }

    /// Returns what a free name stands for.
    pub fn meaning(&self, name: &[u8]) -> Meaning {
        self.meanings.get(name).copied().unwrap_or(Meaning::Global)
    }

    /// Returns the free names that are upvalues.
    pub fn upvalues(&self) -> impl Iterator<Item = (&'t [u8], usize)> {
        let upvalues = self.meanings.iter();
        upvalues.filter_map(|(name, meaning)| match meaning {
            Meaning::Upvalue(upvalue) => Some((*name, *upvalue)),
            Meaning::Global => None,
        })
    }

    /// Corrects the meanings where a compiled answer uses other outside variables than the function
    /// asked for. `own` tells the upvalues of the compiled function: which upvalue of the one asked for
    /// each is meant to be. Returns true if it changed any.
    pub fn correct(
        &mut self,
        version: Version,
        asked: &Proto,
        compiled: &Proto,
        own: &[Option<usize>],
    ) -> bool {
        let env = self.env;
        let compiled_env = own
            .iter()
            .position(|upvalue| env.is_some() && *upvalue == env);
        let pairs = exchanged_variables(version, (asked, env), (compiled, compiled_env));
        let upvalues = self.upvalues().map(|(name, upvalue)| (upvalue, name));
        let compiled_as: HashMap<usize, &'t [u8]> = upvalues.collect();
        // The name of each upvalue after the corrections so far.
        let mut names = compiled_as.clone();
        let mut is_changed = false;
        for (wanted, found) in pairs {
            let name = match &found {
                OutsideVariable::Global(name) => self.meanings.get_key_value(&**name),
                OutsideVariable::Upvalue(index) => {
                    let upvalue = own.get(*index).copied().flatten();
                    let name = upvalue.and_then(|upvalue| compiled_as.get(&upvalue));
                    name.and_then(|name| self.meanings.get_key_value(*name))
                }
            };
            let Some((&name, &before)) = name else {
                continue;
            };
            let meaning = match wanted {
                OutsideVariable::Upvalue(upvalue) if Some(upvalue) == env => Meaning::Global,
                OutsideVariable::Upvalue(upvalue) => Meaning::Upvalue(upvalue),
                OutsideVariable::Global(global) if *global == *name => Meaning::Global,
                OutsideVariable::Global(_) => continue,
            };
            if meaning == before || name == ENV || !self.settled.insert(name) {
                continue;
            }
            // The name that had the upvalue gets the other meaning.
            let other = match meaning {
                Meaning::Upvalue(upvalue) => names.insert(upvalue, name),
                Meaning::Global => None,
            };
            if let Meaning::Upvalue(upvalue) = before {
                match other {
                    Some(other) => drop(names.insert(upvalue, other)),
                    None => drop(names.remove(&upvalue)),
                }
            }
            if let Some(other) = other {
                self.meanings.insert(other, before);
            }
            self.meanings.insert(name, meaning);
            is_changed = true;
        }
        is_changed
    }
}

/// The free names and the holes of a function, in the order of the text.
fn mentions<'s>(
    source: &'s Source,
    function: FunctionId,
    captures: &'s [Vec<Capture>],
) -> Vec<Mention<'s>> {
    let mut names = source.outer_names(function).peekable();
    let mut mentions = Vec::new();
    for (hole, captures) in source.functions_in(function).zip(captures) {
        let open = source.functions[hole as usize].open;
        while let Some(name) = names.next_if(|name| name.token < open) {
            mentions.push(Mention::Name(name));
        }
        mentions.push(Mention::Hole(captures));
    }
    mentions.extend(names.map(Mention::Name));
    mentions
}

struct Guessing<'p> {
    p: &'p Proto<'p>,
    env: Option<usize>,
    /// The names of the globals that the code accesses.
    globals: HashSet<&'p [u8]>,
    /// The upvalues that the code itself uses, with the place of the first use.
    used: HashMap<usize, usize>,
    /// The upvalues that a name stands for.
    taken: HashSet<usize>,
    /// The upvalues below this one have been mentioned.
    next: usize,
}

impl Guessing<'_> {
    fn captured(&mut self, captures: &[Capture]) {
        for capture in captures {
            if let Capture::Upvalue(upvalue) = *capture {
                self.mentioned(upvalue.into());
            }
        }
    }

    /// Returns true if a name under an `_ENV` of the answer is probably a field of that: it is a constant,
    /// and no upvalue has the name.
    fn is_field(&self, name: &[u8]) -> bool {
        let mut upvalues = self.p.upvalues.iter();
        let mut constants = self.p.k.iter();
        !upvalues.any(|upvalue| upvalue.name.as_deref() == Some(name))
            && constants
                .any(|constant| matches!(constant, Constant::String(string) if *string == *name))
    }

    fn mentioned(&mut self, upvalue: usize) {
        self.next = self.next.max(upvalue + 1);
    }

    fn meaning(&mut self, name: &[u8]) -> Meaning {
        let mut upvalues = self.p.upvalues.iter();
        let named = upvalues.position(|upvalue| upvalue.name.as_deref() == Some(name));
        let upvalue = match named {
            Some(upvalue) => upvalue,
            None if self.globals.contains(name) => return Meaning::Global,
            None => match self.unnamed() {
                Some(upvalue) => upvalue,
                None => return Meaning::Global,
            },
        };
        self.taken.insert(upvalue);
        Meaning::Upvalue(upvalue)
    }

    /// Returns the upvalue without a name that a name stands for which is mentioned now for the first
    /// time.
    fn unnamed(&self) -> Option<usize> {
        let is_left = |upvalue: &usize| {
            Some(*upvalue) != self.env
                && !self.taken.contains(upvalue)
                && self.p.upvalues[*upvalue].name.is_none()
        };
        let all = 0..self.p.upvalues.len();
        // Upvalues that a hole has captured before, and the next one.
        let candidates = all.clone().take(self.next + 1).filter(is_left);
        let candidates = candidates.filter(|upvalue| self.used.contains_key(upvalue));
        let first = candidates.min_by_key(|upvalue| self.used[upvalue]);
        let others = || all.clone().filter(is_left);
        let used = || others().filter(|upvalue| self.used.contains_key(upvalue));
        first
            .or_else(|| used().min_by_key(|upvalue| self.used[upvalue]))
            .or_else(|| others().next())
    }
}
