//! Writes an answer among the variables around it, with its holes filled, as a source to compile.

use std::collections::HashSet;

use luadec_tok::Version;
use luadec_tok::chunk::Proto;
use luadec_tok::source::{Binding, FunctionId, Name, Source, TokenKind, VariableId, VariableKind};
use luadec_tok::stream::Outline;

use super::names::{ENV, Meaning, Names};
use super::registers::Captured;
use super::stub::write_stub;

/// An answer to be written.
pub struct Writing<'a> {
    pub outline: &'a Outline<'a>,
    pub source: &'a Source<'a>,
    pub function: FunctionId,
    /// What the holes capture.
    pub captured: &'a [Vec<Option<Captured>>],
    pub names: &'a OwnNames,
    /// The functions that the holes stand for, if they are known.
    pub inside: Option<&'a [Proto<'a>]>,
}

/// A source to compile.
#[derive(Debug)]
pub struct Text {
    /// Valid both as a chunk and as the body of a function.
    pub source: Vec<u8>,
    /// The number of functions around the answer's.
    pub levels: usize,
}

/// The variables that are declared in one function around the answer. Lua allows 200.
const MAX_LOCALS: usize = 180;

/// A name of its own for every variable, so that a stub can mention a variable that another one hides.
pub struct OwnNames {
    /// By variable of the answer. Those that need the name that they have are empty.
    variables: Vec<String>,
    /// By upvalue of the function.
    pub upvalues: Vec<String>,
    /// The names of a stub's parameters.
    parameters: Vec<String>,
    /// The name of the functions around the answer, and of its own.
    around: String,
}

impl OwnNames {
    pub fn new(outline: &Outline, source: &Source, env: Option<usize>) -> OwnNames {
        let tokens = (0..).zip(&source.tokens);
        let names = tokens.filter(|(_, token)| token.kind == TokenKind::Name);
        let taken: HashSet<&[u8]> = names.map(|(token, _)| source.token(token)).collect();
        let mut count = 0;
        let mut new = |prefix: &str| loop {
            let name = format!("{prefix}{count}");
            count += 1;
            if !taken.contains(name.as_bytes()) {
                return name;
            }
        };
        let mut is_env = vec![false; source.variables.len()];
        for name in &source.names {
            if let Binding::Free { env: Some(env), .. } = name.binding {
                is_env[env as usize] = true;
            }
        }
        let keeps = |(variable, is_env): (VariableKind, bool)| {
            is_env || matches!(variable, VariableKind::Arg | VariableKind::Global)
        };
        let variables = source.variables.iter().zip(is_env);
        let variables = variables.map(|(variable, is_env)| match keeps((variable.kind, is_env)) {
            true => String::new(),
            false => new("v"),
        });
        let variables = variables.collect();
        let upvalues = 0..outline.function.upvalues.len();
        let upvalues = upvalues.map(|upvalue| match env == Some(upvalue) {
            true => String::from_utf8_lossy(ENV).into_owned(),
            false => new("u"),
        });
        let upvalues = upvalues.collect();
        let parameters = outline.function.p.iter().map(|hole| hole.numparams).max();
        let parameters = (0..parameters.unwrap_or(0)).map(|_| new("p")).collect();
        let around = new("f");
        OwnNames {
            variables,
            upvalues,
            parameters,
            around,
        }
    }

    /// Returns the name of a variable.
    fn variable<'n>(&'n self, source: &'n Source, variable: VariableId) -> &'n str {
        match self.variables[variable as usize].as_str() {
            "" => {
                let name = source.variable_name(&source.variables[variable as usize]);
                std::str::from_utf8(name).expect("names are ASCII")
            }
            name => name,
        }
    }
}

impl Writing<'_> {
    /// Writes the source.
    pub fn text(&self, meanings: &Names) -> Text {
        let mut out = Vec::new();
        let mut levels = 0;
        if self.function > 0 {
            if self.outline.version >= Version::Lua55 {
                // The declarations of globals around the function are not known.
                out.extend_from_slice(b"global * ");
            }
            levels = 1;
            // In an expression, Lua would count two levels of nesting for each function.
            let function = format!("local function {}", self.names.around);
            let upvalues = 0..self.names.upvalues.len();
            let declared: Vec<usize> = upvalues.filter(|i| Some(*i) != meanings.env).collect();
            for (group, upvalues) in declared.chunks(MAX_LOCALS).enumerate() {
                if group > 0 {
                    levels += 1;
                    out.extend_from_slice(format!("{function}() ").as_bytes());
                }
                for upvalue in upvalues {
                    let attribute = self.attribute(*upvalue);
                    let name = &self.names.upvalues[*upvalue];
                    out.extend_from_slice(format!("local {name}{attribute} ").as_bytes());
                }
            }
            out.extend_from_slice(function.as_bytes());
        }
        self.answer(meanings, &mut out);
        out.extend((1..levels).flat_map(|_| *b" end"));
        Text {
            source: out,
            levels,
        }
    }

    /// Returns the attribute of a variable around the function, from its kind (lparser.h).
    fn attribute(&self, upvalue: usize) -> &'static str {
        let kind = self.outline.function.upvalues[upvalue].kind;
        match (self.outline.version, kind) {
            (Version::Lua54, 1) => " <const>",
            (Version::Lua54, 2) => " <close>",
            // The table of the arguments cannot be assigned to, either.
            (Version::Lua55, 1 | 2) => " <const>",
            (Version::Lua55, 3) => " <close>",
            _ => "",
        }
    }

    /// Writes the statements of a main function, or a function from its parenthesis on.
    fn answer(&self, meanings: &Names, out: &mut Vec<u8>) {
        let Writing {
            source, function, ..
        } = *self;
        let definition = &source.functions[function as usize];
        let last = source.tokens.len() as u32 - 1;
        let mut tokens = match function {
            0 => 0..last,
            _ => definition.open..definition.end,
        };
        if definition.is_method {
            let name = self.names.variable(source, definition.parameters.start);
            out.extend_from_slice(format!("({name}").as_bytes());
            tokens.start += 1;
            if source.tokens[tokens.start as usize].kind != TokenKind::CloseParen {
                out.push(b',');
            }
        }
        let mut done = source.tokens[tokens.start as usize].range().start;
        for (token, text) in self.replaced(meanings, function) {
            let range = source.tokens[token as usize].range();
            if range.start < done {
                continue;
            }
            out.extend_from_slice(&source.text[done..range.start]);
            out.extend_from_slice(text.as_bytes());
            done = range.end;
        }
        // Without a comment at the end.
        let end = match tokens.is_empty() {
            true => done,
            false => source.tokens[tokens.end as usize - 1].range().end,
        };
        out.extend_from_slice(&source.text[done..end.max(done)]);
    }

    /// Returns the tokens that are replaced, in their order, with their new texts.
    fn replaced(&self, meanings: &Names, function: FunctionId) -> Vec<(u32, String)> {
        let source = self.source;
        let is_named = |kind| {
            !matches!(
                kind,
                VariableKind::SelfParameter | VariableKind::Arg | VariableKind::Global
            )
        };
        let variables = (0..).zip(&source.variables);
        let declared = variables.filter(|(_, variable)| is_named(variable.kind));
        let declared = declared.map(|(id, variable)| (variable.token, self.variable(id)));
        let used = source.names_in(function).iter();
        let used = used.filter_map(|name| Some((name.token, self.used(meanings, name)?)));
        let holes = source.functions_in(function).zip(self.captured);
        let holes = holes.enumerate().map(|(index, (hole, captured))| {
            let open = source.functions[hole as usize].open;
            (open, self.stub(index, captured))
        });
        let definition = &source.functions[function as usize];
        let is_inside =
            |token: &u32| function == 0 || (definition.open..definition.end).contains(token);
        let mut replaced: Vec<(u32, String)> = declared.chain(used).chain(holes).collect();
        replaced.retain(|(token, _)| is_inside(token));
        replaced.sort_by_key(|(token, _)| *token);
        replaced
    }

    fn variable(&self, variable: VariableId) -> String {
        self.names.variable(self.source, variable).to_owned()
    }

    /// Returns the new text of the use of a name; `None` if it stays.
    fn used(&self, meanings: &Names, name: &Name) -> Option<String> {
        let text = self.source.name(name);
        let is_own = |variable: VariableId| {
            let owner = self.source.variables[variable as usize].function;
            !self.source.is_inside(owner, self.function)
        };
        // Its own name, by `local function`, is no global, and `_ENV` is no environment.
        let own = || self.names.around.clone();
        let is_own_name = match name.binding {
            Binding::Variable(variable) if !is_own(variable) => {
                return Some(self.variable(variable));
            }
            Binding::Env if meanings.env.is_some() => return None,
            Binding::Free { env: Some(env), .. } if is_own(env) => return Some(own()),
            Binding::Variable(_) => true,
            Binding::Env | Binding::Free { .. } => false,
        };
        match meanings.meaning(text) {
            Meaning::Global => is_own_name.then(own),
            Meaning::Upvalue(upvalue) => Some(self.names.upvalues[upvalue].clone()),
        }
    }

    fn stub(&self, index: usize, captured: &[Option<Captured>]) -> String {
        let name = |captured: &Captured| match *captured {
            Captured::Variable(variable) => Some(self.names.variable(self.source, variable)),
            Captured::Upvalue(upvalue) => self.names.upvalues.get(upvalue).map(String::as_str),
        };
        let captured: Vec<&str> = captured.iter().flatten().filter_map(name).collect();
        let inside = self.inside.and_then(|inside| inside.get(index));
        let mut stub = String::new();
        let hole = &self.outline.function.p[index];
        let version = self.outline.version;
        write_stub(
            &mut stub,
            version,
            hole,
            &self.names.parameters,
            &captured,
            inside,
        );
        stub
    }
}
