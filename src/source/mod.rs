//! Lua source text, all five versions: tokens with byte ranges, the tree of statements and
//! expressions, and the scopes of names.
//!
//! The parser accepts a text if the `luac` of that version finds no error in its syntax, its scopes
//! and its labels. It leaves the limits of a chunk (registers, constants, jumps) to the compiler. It
//! counts levels of nesting as Lua's parser does and refuses more than 200. Its time and memory are
//! linear in the length of the text, even if the text is hostile.
//!
//! ```
//! use luadec_tok::Version;
//! use luadec_tok::source::{Binding, parse};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let text = b"local x = 1\nfunction M.f(a) return a + x + y end";
//! let source = parse(text, Version::Lua54)?;
//! let f = &source.functions[1];
//! assert_eq!(&text[source.bytes(f.name.clone())], b"M.f");
//! let names: Vec<_> = source.names_in(1).iter().map(|name| source.name(name)).collect();
//! assert_eq!(names, [&b"a"[..], b"x", b"y"]);
//! assert!(matches!(source.names_in(1)[2].binding, Binding::Free { .. }));
//! # Ok(())
//! # }
//! ```

mod answer;
mod canonical;
mod constant;
mod error;
mod lexer;
mod literal;
mod parser;
mod scope;
mod token;
mod tree;

use std::collections::HashMap;
use std::ops::Range;

use constant::Constant;
use parser::Form;

pub use answer::Inside;
pub use error::{Found, SyntaxError, SyntaxProblem};
pub use lexer::Tokens;
pub use literal::{write_float, write_string};
pub use scope::{Attribute, Binding, FunctionId, Global, Name, Variable, VariableId, VariableKind};
pub use token::{Token, TokenKind};
pub use tree::{Children, Node, NodeId, NodeKind};

use crate::Version;

/// The most levels of nesting that are parsed, counted as Lua's parser counts them
/// (`LUAI_MAXCCALLS`).
pub const MAX_LEVELS: u32 = 200;

/// A parsed text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Source<'t> {
    /// The text.
    pub text: &'t [u8],
    /// Its version of Lua.
    pub version: Version,
    /// Its tokens. The last is [`TokenKind::EndOfText`].
    pub tokens: Vec<Token>,
    /// The tree, in the order that [`Node`] explains. The root is a block, or a function without a
    /// name.
    pub nodes: Vec<Node>,
    /// The functions: the main function, then the others in the order of the keyword `function`, so each is
    /// followed by those inside it.
    pub functions: Vec<FunctionDef>,
    /// The declarations, in the order of the text.
    pub variables: Vec<Variable>,
    /// The uses of variables, in the order of the text. They do not include declarations, nor the names of
    /// fields, methods and labels.
    pub names: Vec<Name>,
    /// The variables that are compile-time constants, with their values.
    constants: HashMap<VariableId, Constant>,
}

/// A function in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionDef {
    /// The function around it; none for the main function.
    pub parent: Option<FunctionId>,
    /// The number of functions around it.
    pub depth: u32,
    /// Its node; the root for the main function.
    pub node: NodeId,
    /// Its first token: `local`, `global` or `function`.
    pub first: u32,
    /// The parenthesis that opens its parameters.
    pub open: u32,
    /// The token after its `end`.
    pub end: u32,
    /// The tokens of its name, as `a.b:c`; none if it is an expression.
    pub name: Range<u32>,
    /// True if its name has a colon, which gives it the parameter `self`.
    pub is_method: bool,
    /// True if it takes `...`.
    pub is_vararg: bool,
    /// True if it is a [`Hole`](NodeKind::Hole): nothing is known but its name.
    pub is_hole: bool,
    /// The declarations of its parameters: `self`, those with names, and 5.1's `arg` or 5.5's
    /// vararg table.
    pub parameters: Range<VariableId>,
    /// The tokens between its parameters and its `end`.
    pub body: Range<u32>,
    /// The line that Lua records for its start (`linedefined`), 0 for the main function.
    pub line: u32,
    /// The line that Lua records for its end (`lastlinedefined`), 0 for the main function.
    pub last_line: u32,
    /// The function after the last one inside it.
    pub last_function: FunctionId,
    /// The names in it and in the functions inside it.
    names: Range<u32>,
}

impl FunctionDef {
    fn main() -> FunctionDef {
        FunctionDef {
            parent: None,
            depth: 0,
            node: 0,
            first: 0,
            open: 0,
            end: 0,
            name: 0..0,
            is_method: false,
            is_vararg: true,
            is_hole: false,
            parameters: 0..0,
            body: 0..0,
            line: 0,
            last_line: 0,
            last_function: 0,
            names: 0..0,
        }
    }
}

/// Parses a text as a chunk. Skips a byte order mark and a first line that starts with `#`.
///
/// # Errors
/// The text is not Lua of this version.
pub fn parse(text: &[u8], version: Version) -> Result<Source<'_>, SyntaxError> {
    check_length(text)?;
    parser::parse(text, version, Form::Chunk)
}

/// Parses a text that was taken out of its file: a chunk, or a function without a name
/// (`function(a) … end`), which becomes the root of the tree. A free name may stand for a variable
/// around the text, so it does not need a declaration in Lua 5.5. Skips a byte order mark and a first
/// line that starts with `#`.
///
/// # Errors
/// The text is not Lua of this version.
pub fn parse_alone(text: &[u8], version: Version) -> Result<Source<'_>, SyntaxError> {
    check_length(text)?;
    parser::parse(text, version, Form::Alone)
}

/// Parses an answer to an outline: as [`parse_alone`] parses a text, but `<|Hole|>` may stand for a
/// function from its parenthesis to its `end`, as in `local function f<|Hole|>` and
/// `return function<|Hole|>`. See [`Source::answer`].
///
/// # Errors
/// The text is not Lua of this version, apart from the holes.
pub fn parse_answer(text: &[u8], version: Version) -> Result<Source<'_>, SyntaxError> {
    check_length(text)?;
    parser::parse(text, version, Form::Answer)
}

/// Reads the tokens of a text one by one. Skips a byte order mark and a first line that starts with
/// `#`.
///
/// # Errors
/// The text is longer than 4 GiB.
pub fn tokens(text: &[u8], version: Version) -> Result<Tokens<'_>, SyntaxError> {
    check_length(text)?;
    Ok(Tokens::new(text, version))
}

/// Offsets are 32 bits wide.
fn check_length(text: &[u8]) -> Result<(), SyntaxError> {
    match u32::try_from(text.len()) {
        Ok(_) => Ok(()),
        Err(_) => Err(SyntaxError {
            line: 1,
            offset: 0,
            problem: SyntaxProblem::TooLong,
        }),
    }
}

impl<'t> Source<'t> {
    /// Returns the bytes of a range of tokens. For an empty range, returns the empty range before the next
    /// token.
    pub fn bytes(&self, tokens: Range<u32>) -> Range<usize> {
        let start = self.tokens[tokens.start as usize].range().start;
        match tokens.is_empty() {
            true => start..start,
            false => start..self.tokens[tokens.end as usize - 1].range().end,
        }
    }

    /// Returns the text of a token.
    pub fn token(&self, token: u32) -> &'t [u8] {
        &self.text[self.tokens[token as usize].range()]
    }

    /// Returns the text of a name.
    pub fn name(&self, name: &Name) -> &'t [u8] {
        self.token(name.token)
    }

    /// Returns the name of a variable.
    pub fn variable_name(&self, variable: &Variable) -> &'t [u8] {
        match variable.kind {
            VariableKind::SelfParameter => b"self",
            VariableKind::Arg => b"arg",
            _ => self.token(variable.token),
        }
    }

    /// Returns the bytes of a function, from `function`, or `local` or `global` before it, to `end`.
    pub fn function_bytes(&self, function: FunctionId) -> Range<usize> {
        let function = &self.functions[function as usize];
        self.bytes(function.first..function.end)
    }

    /// Returns the functions directly inside a function.
    pub fn functions_in(&self, function: FunctionId) -> impl Iterator<Item = FunctionId> {
        let end = self.functions[function as usize].last_function;
        let within = move |id: &FunctionId| *id < end;
        let first = Some(function + 1).filter(within);
        std::iter::successors(first, move |id| {
            Some(self.functions[*id as usize].last_function).filter(within)
        })
    }

    /// Returns the names used in a function, including the functions inside it.
    pub fn names_in(&self, function: FunctionId) -> &[Name] {
        let names = &self.functions[function as usize].names;
        &self.names[names.start as usize..names.end as usize]
    }

    /// Returns true if one function is another one or inside it.
    pub fn is_inside(&self, inner: FunctionId, outer: FunctionId) -> bool {
        (outer..self.functions[outer as usize].last_function).contains(&inner)
    }

    /// Returns the names in a function that stand for something outside of it: free names, `_ENV` and
    /// variables of the functions around it.
    pub fn outer_names(&self, function: FunctionId) -> impl Iterator<Item = &Name> {
        let names = self.names_in(function).iter();
        names.filter(move |name| match name.binding {
            Binding::Variable(variable) => {
                let owner = self.variables[variable as usize].function;
                !self.is_inside(owner, function)
            }
            Binding::Env | Binding::Free { .. } => true,
        })
    }

    /// Returns the free names in a function, each once, in the order of their first use.
    pub fn free_names(&self, function: FunctionId) -> Vec<&'t [u8]> {
        let mut seen = std::collections::HashSet::new();
        let free = self.outer_names(function);
        let free = free.filter(|name| matches!(name.binding, Binding::Free { .. }));
        let free = free.map(|name| self.name(name));
        free.filter(|name| seen.insert(*name)).collect()
    }

    /// Returns the children of a node.
    pub fn children(&self, node: NodeId) -> Children<'_> {
        Children {
            nodes: &self.nodes,
            next: node + 1,
            end: self.nodes[node as usize].end,
        }
    }

    /// Connects the functions with their nodes. Both are in the order of the text.
    fn place_functions(&mut self) {
        let nodes = (0..).zip(&self.nodes);
        let nodes =
            nodes.filter(|(_, node)| matches!(node.kind, NodeKind::Function | NodeKind::Hole));
        for (function, (node, _)) in self.functions[1..].iter_mut().zip(nodes) {
            function.node = node;
        }
        self.functions[0].names = 0..self.names.len() as u32;
    }
}
