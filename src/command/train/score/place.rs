//! Puts the function of an answer among the variables that were around the original function.
//!
//! A function that is taken out of its file has lost the variables around it. Compiled as it is, they
//! would be globals, so it is compiled after a declaration of them. Which of its free names are
//! variables depends on the chunk. If the chunk has debug information, they are the names of its
//! upvalues.
//!
//! Otherwise references to strings are counted. Declaring a name as a variable changes the code in many
//! ways, but it removes exactly one reference to a string constant for each use of the name: the name
//! of a global is a string constant, the name of a variable is not. So if some choice of variables makes
//! the answer the code that was asked for, the count of references to each name shows whether the name
//! is one of them.

use std::borrow::Cow;
use std::collections::HashMap;

use luadec_tok::Version;
use luadec_tok::chunk::Proto;
use luadec_tok::compare::string_uses;
use luadec_tok::source::{Binding, Global, NodeKind, Source, TokenKind};

use super::shape::OneFunction;

/// The function of an answer among the variables around it, ready to be compiled.
pub struct Placed {
    source: Vec<u8>,
    /// The number of functions around it.
    levels: usize,
}

/// The number of variables declared in one function; the rest go into a function around it. Lua allows
/// 200 local variables in a function.
const MAX_LOCALS: usize = 180;

impl Placed {
    /// Puts a declaration of some names before the function of an answer. Keeps its line numbers.
    pub fn new(answer: &OneFunction, variables: &[&[u8]]) -> Placed {
        let source = &answer.source;
        let bytes = answer.bytes();
        let lines = source.text[..bytes.start].iter();
        let mut text = vec![b'\n'; lines.filter(|byte| **byte == b'\n').count()];
        let groups = variables.chunks(MAX_LOCALS);
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

    /// Returns the source, which is valid both as a chunk and as the body of a function.
    pub fn source(&self) -> &[u8] {
        &self.source
    }

    /// Finds the answer's function in the compiled code: the main function of a chunk, or the function
    /// whose body the source was.
    pub fn function<'m>(&self, main: &'m Proto<'m>) -> Option<&'m Proto<'m>> {
        (0..=self.levels).try_fold(main, |p, _| match &p.p[..] {
            [function] => Some(function),
            _ => None,
        })
    }
}

/// The names that the function of an answer does not declare.
pub struct Names<'t> {
    /// In the order of their first use.
    names: Vec<Free<'t>>,
    /// True if the function names `_ENV`.
    has_env: bool,
}

/// A name that a function does not declare.
struct Free<'t> {
    name: &'t [u8],
    /// The number of its uses.
    uses: usize,
    /// True if some use would be a field of the `_ENV` around the function, not of one that the function
    /// declares.
    is_outside: bool,
    /// The number of other places in the text where it becomes a string.
    strings: usize,
    /// True or false if it certainly is or is not a variable.
    is_variable: Option<bool>,
}

impl<'t> Names<'t> {
    /// Collects the names of an answer's function.
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
                // The name of a `local function` inside itself, or a field of it, if that is `_ENV`.
                Binding::Variable(_) => Some(true),
                Binding::Free { env: Some(env), .. }
                    if source.variables[env as usize].function == 0 =>
                {
                    Some(true)
                }
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

    /// Chooses the names that are variables around the function asked for, in the order of their first
    /// use.
    ///
    /// `compiled` is the answer's function as compiled with an earlier choice, and that choice. References
    /// to strings are then counted in its code instead of the text, where a string may be spelled in
    /// another way or not become a constant.
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
        // One upvalue is `_ENV`. A wrong answer may have more likely names than there are variables.
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

/// The number of references to each string.
type Uses<'p> = HashMap<Cow<'p, [u8]>, usize>;

/// The numbers of references to strings in the code asked for and, once compiled, in the answer's, with
/// the variables it was compiled with.
struct StringUses<'p> {
    asked: Uses<'p>,
    answer: Option<(Uses<'p>, &'p [&'p [u8]])>,
}

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

    /// Returns the difference between a name's counts of references in both codes if the name is a
    /// variable. Returns `None` if the counts are closer, or as close, with the name as a global.
    fn distance_as_variable(&self, free: &Free) -> Option<usize> {
        let count = |uses: &Uses| uses.get(free.name).copied().unwrap_or(0);
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

/// Returns the parts of a function's text that become strings: literals as they are spelled, and names of
/// fields and methods.
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
