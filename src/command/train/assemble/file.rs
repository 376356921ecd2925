//! Makes one file of the answers: resolves every name in them, renames variables where names collide,
//! and puts each function into the hole that stands for it.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Range;

use luadec_tok::Version;
use luadec_tok::source::{Binding, Name, Source, TokenKind, VariableId, VariableKind, parse};

use super::names::{GlobalUses, NamedVariable, reconcile};
use crate::command::train::outline::Captured;

/// A function of the file.
pub struct Piece<'t> {
    /// Its answer, with holes.
    pub source: Source<'t>,
    /// The tokens of its holes, in order.
    pub holes: Vec<u32>,
    /// The numbers of the functions in its holes.
    pub inside: Vec<usize>,
    /// The function around it and the hole it fills; none for the root.
    pub place: Option<(usize, usize)>,
    /// The free names that are upvalues. All others are globals.
    pub upvalues: HashMap<Vec<u8>, usize>,
    /// By hole, what the upvalues of its function capture.
    pub captured: Vec<Vec<Captured>>,
    /// By variable, a name that is preferred to the one in the answer.
    pub preferred: HashMap<VariableId, String>,
}

/// What surrounds the outermost function.
pub struct Outside {
    /// The names of its upvalues, if it is not a main function.
    pub declared: Option<Vec<String>>,
    /// The upvalue that is the environment, from Lua 5.2 on.
    pub env: Option<usize>,
}

/// The most variables that are declared in one function. Lua allows 200.
const MAX_LOCALS: usize = 180;

/// The number of a variable of the file.
type FileVariable = usize;

/// The resolved names of a file.
pub struct FileNames<'f, 't> {
    version: Version,
    pieces: &'f [Piece<'t>],
    outside: &'f Outside,
    /// All variables: first the upvalues of the outermost function, then those of each function.
    pub variables: Vec<NamedVariable>,
    /// By function, the number of its first variable.
    first: Vec<FileVariable>,
    /// By function, the variables of its upvalues.
    upvalues: Vec<Vec<Option<FileVariable>>>,
    globals: GlobalUses,
    /// By function, the place of each token.
    places: Vec<Vec<u32>>,
    /// By function, true if it is a method.
    methods: Vec<bool>,
    /// Where each name stands for a variable, once the variables have their names.
    scopes: OnceCell<HashMap<String, Vec<Range<u32>>>>,
}

/// What a name stands for.
enum Meaning {
    Variable(FileVariable),
    /// A global, and the variable that is its environment.
    Global(Option<FileVariable>),
}

impl<'f, 't> FileNames<'f, 't> {
    /// Resolves the names of a file. The first function is the root, and each is before those inside it.
    pub fn new(version: Version, pieces: &'f [Piece<'t>], outside: &'f Outside) -> Self {
        let count = match &outside.declared {
            Some(names) => names.len(),
            None => usize::from(outside.env.is_some()),
        };
        let mut names = FileNames {
            version,
            pieces,
            outside,
            variables: Vec::new(),
            first: Vec::new(),
            upvalues: vec![(0..count).map(Some).collect()],
            globals: GlobalUses::new(),
            places: vec![Vec::new(); pieces.len()],
            methods: vec![false; pieces.len()],
            scopes: OnceCell::new(),
        };
        let mut first = count;
        for piece in pieces {
            names.first.push(first);
            first += piece.source.variables.len();
            if let Some((around, hole)) = piece.place {
                let captured = pieces[around].captured.get(hole).into_iter().flatten();
                let captured = captured.map(|captured| match captured {
                    Captured::Variable(id) => Some(names.first[around] + *id as usize),
                    Captured::Upvalue(index) => names.upvalue(around, *index),
                });
                names.upvalues.push(captured.collect());
            }
        }
        names.place_tokens();
        names.declare();
        names.add_uses();
        names.choose_methods();
        names
    }

    fn upvalue(&self, function: usize, index: usize) -> Option<FileVariable> {
        *self.upvalues[function].get(index)?
    }

    /// The tokens of a function that are written: all of a main function, otherwise those from its
    /// parameters on.
    fn tokens(&self, function: usize) -> Range<u32> {
        let source = &self.pieces[function].source;
        match self.is_whole(function) {
            true => 0..source.tokens.len() as u32 - 1,
            false => source.functions[1].open..source.functions[1].end,
        }
    }

    /// Returns true if the answer is a main function's.
    fn is_whole(&self, function: usize) -> bool {
        self.pieces[function].place.is_none() && self.outside.declared.is_none()
    }

    /// Numbers the tokens of the whole file.
    fn place_tokens(&mut self) {
        let mut next = 1;
        // The functions whose tokens are being numbered, with the next token and the next hole.
        let mut open = vec![(0, self.tokens(0).start, 0)];
        self.places[0] = vec![0; self.pieces[0].source.tokens.len() + 1];
        while let Some((function, token, hole)) = open.last_mut() {
            let (at, end) = (*token, self.pieces[*function].source.tokens.len());
            if at >= self.tokens(*function).end {
                self.places[*function][at as usize..=end].fill(next);
                open.pop();
                continue;
            }
            *token += 1;
            self.places[*function][at as usize] = next;
            let piece = &self.pieces[*function];
            if piece.holes.get(*hole) == Some(&at) {
                let inside = piece.inside[*hole];
                *hole += 1;
                self.places[inside] = vec![next; self.pieces[inside].source.tokens.len() + 1];
                open.push((inside, self.tokens(inside).start, 0));
            } else {
                next += 1;
            }
        }
    }

    fn declare(&mut self) {
        for index in 0..self.upvalues[0].len() {
            let is_env = self.outside.env == Some(index);
            let declared = self.outside.declared.as_ref();
            let name = declared.and_then(|names| names.get(index));
            self.variables.push(NamedVariable {
                name: match name {
                    Some(name) if !is_env => name.clone(),
                    _ => "_ENV".to_owned(),
                },
                is_fixed: is_env,
                scope: 0..u32::MAX,
                uses: Vec::new(),
            });
        }
        for (function, piece) in self.pieces.iter().enumerate() {
            let places = &self.places[function];
            for (id, variable) in (0..).zip(&piece.source.variables) {
                let own = || {
                    let name = piece.source.variable_name(variable);
                    String::from_utf8_lossy(name).into_owned()
                };
                let preferred = piece.preferred.get(&id).cloned();
                self.variables.push(NamedVariable {
                    name: preferred.unwrap_or_else(own),
                    is_fixed: matches!(variable.kind, VariableKind::Arg | VariableKind::Global),
                    scope: places[variable.scope.start as usize]
                        ..places[variable.scope.end as usize],
                    uses: Vec::new(),
                });
            }
        }
    }

    /// Returns what a name of a function stands for.
    fn meaning(&self, function: usize, name: &Name) -> Meaning {
        let piece = &self.pieces[function];
        let first = self.first[function];
        let upvalue = || {
            let index = piece.upvalues.get(piece.source.name(name))?;
            self.upvalue(function, *index)
        };
        match name.binding {
            Binding::Variable(id) => Meaning::Variable(first + id as usize),
            Binding::Env => match upvalue().or(self.outside.env) {
                Some(variable) => Meaning::Variable(variable),
                None => Meaning::Global(None),
            },
            Binding::Free { env, .. } => match (upvalue(), env) {
                (Some(variable), _) => Meaning::Variable(variable),
                (None, Some(env)) => Meaning::Global(Some(first + env as usize)),
                (None, None) => Meaning::Global(self.outside.env),
            },
        }
    }

    fn add_uses(&mut self) {
        for (function, piece) in self.pieces.iter().enumerate() {
            for name in &piece.source.names {
                let place = self.places[function][name.token as usize];
                match self.meaning(function, name) {
                    Meaning::Variable(variable) => self.variables[variable].uses.push(place),
                    Meaning::Global(env) => {
                        if let Some(env) = env {
                            self.variables[env].uses.push(place);
                        }
                        let text = String::from_utf8_lossy(piece.source.name(name));
                        self.globals
                            .entry(text.into_owned())
                            .or_default()
                            .push(place);
                    }
                }
            }
        }
        for variable in &mut self.variables {
            variable.uses.sort_unstable();
        }
        for uses in self.globals.values_mut() {
            uses.sort_unstable();
        }
    }

    /// The token of the colon in the name before a hole, if there is one.
    fn colon(&self, function: usize, hole: usize) -> Option<u32> {
        let piece = &self.pieces[function];
        let colon = piece.holes[hole].checked_sub(2)?;
        let is_colon = piece.source.tokens[colon as usize].kind == TokenKind::Colon;
        is_colon.then_some(colon)
    }

    /// The first parameter of a function, if it has a name.
    fn first_parameter(&self, function: usize) -> Option<VariableId> {
        let source = &self.pieces[function].source;
        let first = source.functions.get(1)?.parameters.start;
        let variable = source.variables.get(first as usize)?;
        (variable.kind == VariableKind::Parameter).then_some(first)
    }

    /// Makes methods of the functions whose name has a colon. Their first parameter becomes `self`, unless
    /// they have none, or `self` would hide a global or the `self` of another method.
    fn choose_methods(&mut self) {
        for function in 1..self.pieces.len() {
            let (around, hole) = self.pieces[function].place.expect("it is not the root");
            let Some(parameter) = self.first_parameter(function) else {
                continue;
            };
            if self.colon(around, hole).is_none() {
                continue;
            }
            let places = &self.places[function];
            let tokens = self.tokens(function);
            let inside = places[tokens.start as usize]..places[tokens.end as usize];
            let is_used = |uses: &Vec<u32>| uses.iter().any(|place| inside.contains(place));
            let hides_global = self.globals.get("self").is_some_and(is_used);
            let mut outer = std::iter::successors(Some(around), |outer| {
                self.pieces[*outer].place.map(|(around, _)| around)
            });
            let hides_self = outer.any(|outer| {
                let own = self.first_parameter(outer).filter(|_| self.methods[outer]);
                own.is_some_and(|own| {
                    is_used(&self.variables[self.first[outer] + own as usize].uses)
                })
            });
            if hides_global || hides_self {
                continue;
            }
            self.methods[function] = true;
            let variable = &mut self.variables[self.first[function] + parameter as usize];
            variable.name = "self".to_owned();
            variable.is_fixed = true;
        }
    }

    /// Gives each variable a name that no other has, to recognise it in the compiled code.
    pub fn make_unique(&mut self) {
        let mut prefix = "v".to_owned();
        while self.globals.keys().any(|name| name.starts_with(&prefix)) {
            prefix.push('_');
        }
        for (number, variable) in self.variables.iter_mut().enumerate() {
            if !variable.is_fixed {
                variable.name = format!("{prefix}{number}");
            }
        }
    }

    /// Returns the variables of a function, by their names.
    pub fn by_name(&self, function: usize) -> HashMap<&str, VariableId> {
        let count = self.pieces[function].source.variables.len();
        let own = &self.variables[self.first[function]..][..count];
        let own = (0..).zip(own);
        own.map(|(id, variable)| (variable.name.as_str(), id))
            .collect()
    }

    /// Gives each variable the best name that means what the chunk says.
    pub fn reconcile(&mut self) {
        reconcile(&mut self.variables, &self.globals);
    }

    /// Returns the file as canonical text.
    ///
    /// # Errors
    /// The text is not Lua.
    pub fn text(&self) -> Result<String, String> {
        let mut text = String::new();
        let declared = self.outside.declared.as_ref();
        let groups: Vec<Vec<&str>> = declared.map_or(Vec::new(), |names| {
            let declared = (0..names.len()).filter(|index| self.outside.env != Some(*index));
            let declared: Vec<&str> = declared
                .map(|index| self.variables[index].name.as_str())
                .collect();
            declared.chunks(MAX_LOCALS).map(<[&str]>::to_vec).collect()
        });
        for (level, names) in groups.iter().enumerate() {
            if level > 0 {
                text.push_str("return function() ");
            }
            let _ = write!(text, "local {} ", names.join(", "));
        }
        if declared.is_some() {
            text.push_str("return function");
        }
        self.write(0, &mut text);
        for _ in 1..groups.len() {
            text.push_str(" end");
        }
        let parsed = parse(text.as_bytes(), self.version);
        parsed
            .map(|source| source.canonical())
            .map_err(|error| error.to_string())
    }

    /// The number of functions around the outermost one in the text, apart from the main function.
    pub fn levels(&self) -> usize {
        self.outside.declared.as_ref().map_or(0, |names| {
            let env = usize::from(self.outside.env.is_some());
            names.len().saturating_sub(env).div_ceil(MAX_LOCALS).max(1)
        })
    }

    /// Returns true if a name stands for a variable at a place.
    fn is_variable(&self, name: &str, place: u32) -> bool {
        let scopes = self.scopes.get_or_init(|| {
            let mut scopes: HashMap<String, Vec<Range<u32>>> = HashMap::new();
            for variable in &self.variables {
                let scope = variable.scope.clone();
                scopes.entry(variable.name.clone()).or_default().push(scope);
            }
            scopes
        });
        let mut scopes = scopes.get(name).into_iter().flatten();
        scopes.any(|scope| scope.contains(&place))
    }

    /// Returns true if a use of a variable is the `_ENV` of `_ENV.x` in an answer, and `x` means the same.
    /// The answer has no other way to write a global under an `_ENV` that a function around it declares.
    fn is_env_of_global(&self, function: usize, name: &Name, variable: FileVariable) -> bool {
        let source = &self.pieces[function].source;
        let token = name.token as usize;
        let is_captured = matches!(name.binding, Binding::Env | Binding::Free { .. });
        let Some([dot, field]) = source.tokens.get(token + 1..token + 3) else {
            return false;
        };
        let is_declared = || {
            let mut variables = self.pieces.iter().flat_map(|piece| &piece.source.variables);
            variables.any(|variable| variable.kind == VariableKind::Global)
        };
        is_captured
            && dot.kind == TokenKind::Dot
            && field.kind == TokenKind::Name
            && self.variables[variable].name == "_ENV"
            && Some(variable) != self.outside.env
            && !self.is_variable(
                &String::from_utf8_lossy(source.token(name.token + 2)),
                self.places[function][token],
            )
            && !(self.version >= Version::Lua55 && is_declared())
    }

    /// Writes a function, and those inside it, with spaces between its tokens.
    fn write(&self, function: usize, text: &mut String) {
        let piece = &self.pieces[function];
        let source = &piece.source;
        let mut written = self.words(function);
        let mut hole = 0;
        for token in self.tokens(function) {
            match source.tokens[token as usize].kind {
                TokenKind::Hole => {
                    self.write(piece.inside[hole], text);
                    hole += 1;
                }
                _ => match written.remove(&token) {
                    Some(word) => text.push_str(&word),
                    None => text.push_str(&String::from_utf8_lossy(source.token(token))),
                },
            }
            text.push(' ');
        }
    }

    /// Returns the tokens that are not written as the answer has them.
    fn words(&self, function: usize) -> HashMap<u32, String> {
        let piece = &self.pieces[function];
        let own = self.first[function];
        let mut words = HashMap::new();
        for (id, variable) in piece.source.variables.iter().enumerate() {
            let has_name = !matches!(variable.kind, VariableKind::Arg | VariableKind::Global);
            if has_name {
                words.insert(variable.token, self.variables[own + id].name.clone());
            }
        }
        for name in &piece.source.names {
            let word = match self.meaning(function, name) {
                Meaning::Variable(variable) if self.is_env_of_global(function, name, variable) => {
                    words.insert(name.token + 1, String::new());
                    String::new()
                }
                Meaning::Variable(variable) => self.variables[variable].name.clone(),
                Meaning::Global(env) => {
                    let env = env.map(|env| self.variables[env].name.as_str());
                    let Some(env) = env.filter(|env| *env != "_ENV") else {
                        continue;
                    };
                    let name = String::from_utf8_lossy(piece.source.name(name));
                    format!("{env}.{name}")
                }
            };
            words.insert(name.token, word);
        }
        for (hole, inside) in piece.inside.iter().enumerate() {
            if !self.methods[*inside]
                && let Some(colon) = self.colon(function, hole)
            {
                words.insert(colon, ".".to_owned());
            }
        }
        if self.methods[function] {
            // The colon declares the first parameter.
            let open = piece.source.functions[1].open;
            words.insert(open + 1, String::new());
            if piece.source.tokens[open as usize + 2].kind == TokenKind::Comma {
                words.insert(open + 2, String::new());
            }
        }
        words
    }
}
