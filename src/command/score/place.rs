//! Puts the function of an answer in the place where the chunk has its function.
//!
//! A function that was taken out of its file has lost the variables around it: compiled by itself,
//! they would be globals. So it is compiled after a declaration of them. The chunk tells which of
//! its free names are variables. If it has debug information, they are the names of its upvalues.
//!
//! If not, strings are counted. Declaring a name as a variable changes the code in many ways, but
//! the only references to string constants that it removes are those to the name, one for each use:
//! the name of a global variable is a string, and the name of a local variable is not. So if there
//! is a choice of variables with which the answer is the code that was asked for, the counts tell
//! for each name whether it is one of them.

use std::borrow::Cow;
use std::collections::HashMap;

use luadec_tok::Version;
use luadec_tok::chunk::Proto;
use luadec_tok::compare::string_uses;
use luadec_tok::source::{Binding, Global, NodeKind, Source, TokenKind};

use super::shape::OneFunction;

/// An answer's function with the variables around it, ready to be compiled.
pub struct Placed {
    source: Vec<u8>,
    /// The number of functions around it.
    levels: usize,
}

/// Lua allows 200 local variables in a function. Further ones are declared in a function around it.
const MOST_LOCALS: usize = 180;

impl Placed {
    /// Puts an answer's function after a declaration of these names. Its lines keep their numbers.
    pub fn new(answer: &OneFunction, variables: &[&[u8]]) -> Placed {
        let source = &answer.source;
        let bytes = answer.bytes();
        let lines = source.text[..bytes.start].iter();
        let mut text = vec![b'\n'; lines.filter(|byte| **byte == b'\n').count()];
        let groups = variables.chunks(MOST_LOCALS);
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
        text.extend((0..levels).flat_map(|_| *b" end"));
        Placed {
            source: text,
            levels,
        }
    }

    /// Returns its source, which can be a chunk or the body of a function.
    pub fn source(&self) -> &[u8] {
        &self.source
    }

    /// Finds the answer's function in the compiled code: in the chunk's main function, or in the
    /// function whose body the source was. Returns `None` if the code is something else.
    pub fn function<'m>(&self, main: &'m Proto<'m>) -> Option<&'m Proto<'m>> {
        (0..=self.levels).try_fold(main, |p, _| match &p.p[..] {
            [function] => Some(function),
            _ => None,
        })
    }
}

/// The names that an answer's function does not declare itself.
pub struct Names<'t> {
    /// The names in the order of their first use.
    names: Vec<Free<'t>>,
    /// True if `_ENV` is used by name.
    has_env: bool,
}

/// A name that a function does not declare itself.
struct Free<'t> {
    name: &'t [u8],
    /// The number of its uses.
    uses: usize,
    /// True if a use would be a field of the `_ENV` around the function, not of one that the
    /// function declares.
    is_outside: bool,
    /// The number of other mentions in the text, where it becomes a string.
    strings: usize,
    /// True if it is certainly a variable, and false if it is certainly not.
    is_variable: Option<bool>,
}

impl<'t> Names<'t> {
    /// Finds the names of an answer's function.
    pub fn of(answer: &OneFunction<'t>) -> Names<'t> {
        let source = &answer.source;
        let mut names: Vec<Free> = Vec::new();
        let mut places = HashMap::new();
        let mut has_env = false;
        for used in source.outer_names(OneFunction::ID) {
            let name = source.name(used);
            let is_variable = match used.binding {
                Binding::Env => {
                    has_env = true;
                    continue;
                }
                // The function's own name, if that is local.
                Binding::Variable(_) => Some(true),
                Binding::Free { global, .. } => match global {
                    Global::Declared => Some(false),
                    Global::Undeclared => Some(true),
                    Global::Allowed => None,
                },
            };
            let place = *places.entry(name).or_insert_with(|| {
                names.push(Free {
                    name,
                    uses: 0,
                    is_outside: false,
                    strings: 0,
                    is_variable,
                });
                names.len() - 1
            });
            names[place].uses += 1;
            names[place].is_outside |= matches!(used.binding, Binding::Free { env: None, .. });
            names[place].is_variable = names[place].is_variable.or(is_variable);
        }
        for string in strings(answer) {
            if let Some(place) = places.get(string) {
                names[*place].strings += 1;
            }
        }
        Names { names, has_env }
    }

    /// Returns the names that are variables around the function that was asked for, in the order of
    /// their first use.
    ///
    /// `compiled` is the answer's function as it was compiled with variables chosen before. Its
    /// code tells how often it uses a string, which the text may spell differently or not make a
    /// constant at all.
    pub fn variables(
        &self,
        version: Version,
        asked: &Proto,
        compiled: Option<(&Proto, &[&[u8]])>,
    ) -> Vec<&'t [u8]> {
        let is_upvalue = |name: &[u8]| {
            let mut upvalues = asked.upvalues.iter();
            upvalues.any(|upvalue| upvalue.name.as_deref() == Some(name))
        };
        let unnamed = asked.upvalues.iter();
        let mut room = unnamed.filter(|upvalue| upvalue.name.is_none()).count();
        let uses = (room > 0).then(|| StringUses::count(version, asked, compiled));
        let mut chosen = vec![false; self.names.len()];
        let mut likely = Vec::new();
        let mut has_globals = self.has_env;
        for (place, free) in self.names.iter().enumerate() {
            let known = match is_upvalue(free.name) {
                true => free.is_variable.or(Some(true)),
                false => free.is_variable,
            };
            let distance = match (known, &uses) {
                (Some(true), _) => {
                    chosen[place] = true;
                    continue;
                }
                (None, Some(uses)) => uses.distance_as_variable(free),
                (Some(false), _) | (None, None) => None,
            };
            match distance {
                Some(distance) => likely.push((distance, place)),
                None => has_globals |= free.is_outside,
            }
        }
        // A wrong answer may have more of them than there are variables.
        if has_globals && version >= Version::Lua52 && !is_upvalue(b"_ENV") {
            room = room.saturating_sub(1);
        }
        likely.sort_unstable();
        for (_, place) in likely.into_iter().take(room) {
            chosen[place] = true;
        }
        let names = self.names.iter().zip(chosen);
        let variables = names.filter(|(_, is_variable)| *is_variable);
        variables.map(|(free, _)| free.name).collect()
    }
}

/// How often code refers to strings: the code that was asked for, and the answer's if it was
/// compiled, with the variables that were chosen then.
struct StringUses<'p> {
    asked: UseCounts<'p>,
    answer: Option<(UseCounts<'p>, &'p [&'p [u8]])>,
}

type UseCounts<'p> = HashMap<Cow<'p, [u8]>, usize>;

impl<'p> StringUses<'p> {
    fn count(
        version: Version,
        asked: &'p Proto,
        compiled: Option<(&'p Proto, &'p [&'p [u8]])>,
    ) -> StringUses<'p> {
        StringUses {
            asked: string_uses(version, asked),
            answer: compiled.map(|(answer, variables)| (string_uses(version, answer), variables)),
        }
    }

    /// Returns how far a name's number of references is from the code that was asked for, if it is
    /// closer as a variable than as a global.
    fn distance_as_variable(&self, free: &Free) -> Option<usize> {
        let count = |uses: &UseCounts| uses.get(free.name).copied().unwrap_or(0);
        let strings = match &self.answer {
            None => free.strings,
            Some((uses, variables)) => {
                let as_global = match variables.contains(&free.name) {
                    true => 0,
                    false => free.uses,
                };
                count(uses).saturating_sub(as_global)
            }
        };
        let asked = count(&self.asked);
        let (variable, global) = (asked.abs_diff(strings), asked.abs_diff(strings + free.uses));
        (variable < global).then_some(variable)
    }
}

/// Returns what the text of an answer's function mentions where it becomes a string: literals as
/// they are spelled, and names of fields and methods.
fn strings<'t>(answer: &OneFunction<'t>) -> impl Iterator<Item = &'t [u8]> {
    let source = &answer.source;
    let function = answer.function();
    let tokens = function.open..function.end;
    let suffixes = tokens.clone().filter_map(move |token| {
        let is_suffix = || {
            let before = source.tokens[token as usize - 1].kind;
            matches!(before, TokenKind::Dot | TokenKind::Colon)
        };
        match source.tokens[token as usize].kind {
            TokenKind::String => Some(literal(source, token)),
            TokenKind::Name if is_suffix() => Some(source.token(token)),
            _ => None,
        }
    });
    let fields = source
        .nodes
        .iter()
        .filter(|node| node.kind == NodeKind::NamedField);
    suffixes.chain(fields.map(move |field| source.token(field.first)))
}

/// Returns the text between the quotes or brackets of a string.
fn literal<'t>(source: &Source<'t>, token: u32) -> &'t [u8] {
    let text = source.token(token);
    let ends = match text[0] {
        b'[' => 2 + text[1..].iter().take_while(|byte| **byte == b'=').count(),
        _ => 1,
    };
    &text[ends..text.len() - ends]
}
