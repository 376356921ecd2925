//! Lua's text, all five versions: tokens with byte ranges, the tree of statements and expressions,
//! and what every name stands for.
//!
//! A text is accepted if the `luac` of that version finds no fault in its syntax, its scopes and its
//! labels; the limits of a chunk (registers, constants, jumps) are left to the compiler. Nothing is
//! nested more deeply than Lua's parser takes, and time and memory grow with the text alone,
//! whatever it is.
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
//! assert_eq!(source.names_in(1)[2].binding, Binding::Free { env: None });
//! # Ok(())
//! # }
//! ```

mod error;
mod lexer;
mod parser;
mod scope;
mod token;
mod tree;

use std::ops::Range;

pub use error::{Found, SyntaxError, SyntaxProblem};
pub use scope::{Attribute, Binding, FunctionId, Name, Variable, VariableId, VariableKind};
pub use token::{Token, TokenKind};
pub use tree::{Children, Node, NodeId, NodeKind};

use crate::Version;

/// The most levels of nesting that are parsed, counted as Lua's parser counts them
/// (`LUAI_MAXCCALLS`).
pub const MAX_LEVELS: u32 = 200;

/// A text and what is in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Source<'t> {
    /// The text.
    pub text: &'t [u8],
    /// Its version of Lua.
    pub version: Version,
    /// Its tokens. The last is [`TokenKind::EndOfText`].
    pub tokens: Vec<Token>,
    /// The tree: see [`Node`] for its order. The first is a block, or the expression.
    pub nodes: Vec<Node>,
    /// The functions: the main function, then the others as Lua meets the keyword `function`. So
    /// each is followed by those inside it.
    pub functions: Vec<Function>,
    /// The declarations, in their order.
    pub variables: Vec<Variable>,
    /// The names that stand for variables, where they are used, in their order. Names of fields,
    /// methods and labels are not among them, and neither are declarations.
    pub names: Vec<Name>,
}

/// A function in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Function {
    /// The function around it; none for the main function.
    pub parent: Option<FunctionId>,
    /// How many functions are around it.
    pub depth: u32,
    /// Its node; that of the text for the main function.
    pub node: NodeId,
    /// Its first token: `local`, `global` or `function`.
    pub first: u32,
    /// The token after its `end`.
    pub end: u32,
    /// The tokens of its name, as `a.b:c`; none if it is an expression.
    pub name: Range<u32>,
    /// Whether its name has a colon, so that it has the parameter `self`.
    pub is_method: bool,
    /// Whether it takes `...`.
    pub is_vararg: bool,
    /// The declarations of its parameters: `self`, those with names, and 5.1's `arg` or 5.5's
    /// vararg table.
    pub parameters: Range<VariableId>,
    /// The tokens between its parameters and its `end`.
    pub body: Range<u32>,
    /// What Lua says of it: `linedefined`, 0 for the main function.
    pub line: u32,
    /// What Lua says of it: `lastlinedefined`, 0 for the main function.
    pub last_line: u32,
    /// The function after the last one inside it.
    pub last_function: FunctionId,
    /// The names in it and in the functions inside it.
    names: Range<u32>,
}

impl Function {
    fn main() -> Function {
        Function {
            parent: None,
            depth: 0,
            node: 0,
            first: 0,
            end: 0,
            name: 0..0,
            is_method: false,
            is_vararg: true,
            parameters: 0..0,
            body: 0..0,
            line: 0,
            last_line: 0,
            last_function: 0,
            names: 0..0,
        }
    }
}

/// Parses a text as a chunk. A byte order mark and a first line that starts with `#` are passed
/// over.
///
/// # Errors
/// What is not Lua of this version.
pub fn parse(text: &[u8], version: Version) -> Result<Source<'_>, SyntaxError> {
    parse_as(text, version, false)
}

/// Parses a text as an expression, which stands in a main function. A byte order mark and a first
/// line that starts with `#` are passed over.
///
/// # Errors
/// What is not an expression of this version.
pub fn parse_expression(text: &[u8], version: Version) -> Result<Source<'_>, SyntaxError> {
    parse_as(text, version, true)
}

fn parse_as(text: &[u8], version: Version, is_expression: bool) -> Result<Source<'_>, SyntaxError> {
    if u32::try_from(text.len()).is_err() {
        return Err(SyntaxError {
            line: 1,
            offset: 0,
            problem: SyntaxProblem::TooLong,
        });
    }
    let (tokens, lexical) = lexer::tokens(text, version);
    parser::parse(text, version, tokens, lexical, is_expression)
}

impl<'t> Source<'t> {
    /// The bytes of tokens, from the first to the last, with what stands between them. Without
    /// tokens, the empty range before the next one.
    pub fn bytes(&self, tokens: Range<u32>) -> Range<usize> {
        let start = self.tokens[tokens.start as usize].range().start;
        match tokens.is_empty() {
            true => start..start,
            false => start..self.tokens[tokens.end as usize - 1].range().end,
        }
    }

    /// The bytes of a token.
    pub fn token(&self, token: u32) -> &'t [u8] {
        &self.text[self.tokens[token as usize].range()]
    }

    /// The text of a name where it is used.
    pub fn name(&self, name: &Name) -> &'t [u8] {
        self.token(name.token)
    }

    /// The name of a variable.
    pub fn variable_name(&self, variable: &Variable) -> &'t [u8] {
        match variable.kind {
            VariableKind::SelfParameter => b"self",
            VariableKind::Arg => b"arg",
            _ => self.token(variable.token),
        }
    }

    /// The bytes of a function, from `function`, or `local` or `global` before it, to `end`.
    pub fn function_bytes(&self, function: FunctionId) -> Range<usize> {
        let function = &self.functions[function as usize];
        self.bytes(function.first..function.end)
    }

    /// The names that are used in a function and in those inside it, in their order.
    pub fn names_in(&self, function: FunctionId) -> &[Name] {
        let names = &self.functions[function as usize].names;
        &self.names[names.start as usize..names.end as usize]
    }

    /// Whether a function is another one or inside it.
    pub fn is_inside(&self, inner: FunctionId, outer: FunctionId) -> bool {
        (outer..self.functions[outer as usize].last_function).contains(&inner)
    }

    /// The names in a function that stand for something outside of it: free names, `_ENV` and
    /// variables of the functions around it, where they are used, in their order.
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

    /// The free names in a function, each once, in the order of their first use.
    pub fn free_names(&self, function: FunctionId) -> Vec<&'t [u8]> {
        let mut seen = std::collections::HashSet::new();
        let free = self.outer_names(function);
        let free = free.filter(|name| matches!(name.binding, Binding::Free { .. }));
        let free = free.map(|name| self.name(name));
        free.filter(|name| seen.insert(*name)).collect()
    }

    /// The children of a node.
    pub fn children(&self, node: NodeId) -> Children<'_> {
        Children {
            nodes: &self.nodes,
            next: node + 1,
            end: self.nodes[node as usize].end,
        }
    }

    /// Tells the functions their nodes: both come in the order of the text.
    fn place_functions(&mut self) {
        let nodes = (0..).zip(&self.nodes);
        let nodes = nodes.filter(|(_, node)| node.kind == NodeKind::Function);
        for (function, (node, _)) in self.functions[1..].iter_mut().zip(nodes) {
            function.node = node;
        }
        self.functions[0].names = 0..self.names.len() as u32;
    }
}
