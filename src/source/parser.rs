//! Parses tokens into the tree and the scopes, as lparser.c does.

use std::collections::HashMap;
use std::ops::Range;

use super::error::{Found, SyntaxError, SyntaxProblem};
use super::lexer;
use super::scope::{Attribute, Binding, FunctionId, Global, Name, ScopeStack, VariableKind};
use super::token::{Token, TokenKind};
use super::tree::{Builder, NodeKind};
use super::{FunctionDef, MAX_LEVELS, Source};
use crate::Version;

type Result<T> = std::result::Result<T, SyntaxError>;

/// What a text may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Chunk,
    /// A text taken out of its file: statements, or a function without a name.
    Alone,
    /// The same, in which functions may be holes.
    Answer,
}

pub fn parse(text: &[u8], version: Version, form: Form) -> Result<Source<'_>> {
    let tokens = lexer::Tokens::new(text, version);
    let (tokens, lexical) = lexer::all(match form {
        Form::Answer => tokens.with_holes(),
        Form::Chunk | Form::Alone => tokens,
    });
    let is_alone = form != Form::Chunk;
    let is_function = matches!(
        tokens[..],
        [
            Token {
                kind: TokenKind::Function,
                ..
            },
            Token {
                kind: TokenKind::OpenParen,
                ..
            },
            ..
        ]
    );
    let is_expression = is_alone && is_function;
    let mut parser = SourceParser {
        text,
        version,
        tokens: &tokens,
        at: 0,
        level: 0,
        looked_ahead: 0,
        pending: Vec::new(),
        nodes: Builder::default(),
        scopes: ScopeStack::new(version, is_alone),
        functions: Vec::new(),
        names: Vec::new(),
    };
    match parser.main(is_expression) {
        Ok(()) => {}
        // The end of what could be read stops the parser too.
        Err(error) => match lexical {
            Some(lexical) if parser.at + 1 >= tokens.len() => return Err(lexical),
            _ => return Err(error),
        },
    }
    let SourceParser {
        nodes,
        scopes,
        functions,
        names,
        ..
    } = parser;
    let mut source = Source {
        text,
        version,
        nodes: nodes.finish(),
        tokens,
        functions,
        variables: scopes.variables,
        names,
        constants: HashMap::new(),
    };
    source.place_functions();
    source.find_constants();
    Ok(source)
}

struct SourceParser<'t, 's> {
    text: &'t [u8],
    version: Version,
    tokens: &'s [Token],
    /// The current token.
    at: usize,
    level: u32,
    /// A token that Lua has read as its lookahead. Lua's parser takes it to be on the line of the token
    /// before it.
    looked_ahead: usize,
    /// The unfinished operands, each part of the one before it.
    pending: Vec<PendingOperand>,
    nodes: Builder,
    scopes: ScopeStack<'t>,
    functions: Vec<FunctionDef>,
    names: Vec<Name>,
}

/// An unfinished operand, with the operators that bind to it more tightly than the operator before it.
struct PendingOperand {
    /// The precedence of the operator before it.
    limit: u8,
    first: usize,
    mark: usize,
    /// True if it starts with a prefix operator whose operand has not been read yet.
    is_unary: bool,
    /// True if a binary operator follows.
    is_binary: bool,
}

/// The precedence of the prefix operators.
const UNARY: u8 = 12;

/// The left and right precedence of a binary operator.
fn precedence(kind: TokenKind, version: Version) -> Option<(u8, u8)> {
    use TokenKind::*;
    Some(match kind {
        Or => (1, 1),
        And => (2, 2),
        Equal | NotEqual | Less | Greater | LessEqual | GreaterEqual => (3, 3),
        Concat => (9, 8),
        Plus | Minus => (10, 10),
        Star | Slash | Percent => (11, 11),
        Caret => (14, 13),
        _ if version < Version::Lua53 => return None,
        Pipe => (4, 4),
        Tilde => (5, 5),
        Ampersand => (6, 6),
        ShiftLeft | ShiftRight => (7, 7),
        DoubleSlash => (11, 11),
        _ => return None,
    })
}

/// The end of a suffixed expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Suffix {
    /// A name without suffixes.
    Name {
        constant: bool,
    },
    Parenthesized,
    Field,
    Call,
}

impl<'t> SourceParser<'t, '_> {
    // Tokens

    fn kind(&self) -> TokenKind {
        self.tokens[self.at].kind
    }

    fn next_kind(&self) -> TokenKind {
        let next = self.tokens.get(self.at + 1);
        next.map_or(TokenKind::EndOfText, |token| token.kind)
    }

    fn line(&self) -> u32 {
        self.tokens[self.at].line
    }

    fn text_of(&self, token: usize) -> &'t [u8] {
        let text: &'t [u8] = self.text;
        &text[self.tokens[token].range()]
    }

    /// Moves to the next token, but not past the last one.
    fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn accept(&mut self, kind: TokenKind) -> bool {
        let is_there = self.kind() == kind;
        if is_there {
            self.advance();
        }
        is_there
    }

    fn expect(&mut self, kind: TokenKind) -> Result<()> {
        match self.accept(kind) {
            true => Ok(()),
            false => Err(self.expected(quoted(kind))),
        }
    }

    /// Takes a name and returns its token.
    fn name(&mut self) -> Result<usize> {
        let token = self.at;
        self.expect(TokenKind::Name)?;
        Ok(token)
    }

    /// Takes the token that closes an opened one.
    fn close(&mut self, close: TokenKind, open: usize) -> Result<()> {
        if self.accept(close) {
            return Ok(());
        }
        let open = self.tokens[open];
        Err(self.error(SyntaxProblem::Unclosed {
            close: close.spelling(),
            open: open.kind.spelling(),
            line: open.line,
            found: Found::new(self.text_of(self.at)),
        }))
    }

    // Errors

    fn error(&self, problem: SyntaxProblem) -> SyntaxError {
        self.error_at(self.at, problem)
    }

    fn error_at(&self, token: usize, problem: SyntaxProblem) -> SyntaxError {
        let token = self.tokens[token];
        SyntaxError {
            line: token.line,
            offset: token.start as usize,
            problem,
        }
    }

    fn expected(&self, expected: &'static str) -> SyntaxError {
        let found = Found::new(self.text_of(self.at));
        self.error(SyntaxProblem::Expected { expected, found })
    }

    /// Adds the position of a token to a problem with scopes.
    fn at_token<T>(
        &self,
        token: usize,
        result: std::result::Result<T, SyntaxProblem>,
    ) -> Result<T> {
        result.map_err(|problem| self.error_at(token, problem))
    }

    // Nesting

    fn enter(&mut self) -> Result<()> {
        self.level += 1;
        match self.level > MAX_LEVELS {
            true => Err(self.error(SyntaxProblem::TooDeep)),
            false => Ok(()),
        }
    }

    fn leave(&mut self) {
        self.level -= 1;
    }

    // Blocks

    fn main(&mut self, is_expression: bool) -> Result<()> {
        self.functions.push(FunctionDef::main());
        self.scopes.open_function(0, true);
        match is_expression {
            true => self.expression()?,
            false => self.statements()?,
        }
        if self.kind() != TokenKind::EndOfText {
            return Err(self.expected(match is_expression {
                true => "the end of the text",
                false => "a statement",
            }));
        }
        let closed = self.scopes.close_function(self.at);
        self.at_token(self.at, closed)?;
        let functions = self.functions.len() as FunctionId;
        let main = &mut self.functions[0];
        main.end = self.tokens.len() as u32 - 1;
        main.body = 0..main.end;
        main.last_function = functions;
        Ok(())
    }

    /// Parses a block with its own scope.
    fn block(&mut self, is_loop: bool) -> Result<()> {
        self.scopes.open_block(is_loop);
        self.statements()?;
        self.close_block()
    }

    fn close_block(&mut self) -> Result<()> {
        let closed = self.scopes.close_block(self.at);
        self.at_token(self.at, closed)
    }

    fn ends_block(&self, with_until: bool) -> bool {
        use TokenKind::*;
        match self.kind() {
            Else | Elseif | End | EndOfText => true,
            Until => with_until,
            _ => false,
        }
    }

    fn statements(&mut self) -> Result<()> {
        let (first, mark) = (self.at, self.nodes.mark());
        let is_old = self.version == Version::Lua51;
        if is_old {
            self.enter()?;
        }
        loop {
            if !is_old {
                self.labels()?;
            }
            if self.ends_block(true) {
                break;
            }
            let kind = self.kind();
            let is_last = kind == TokenKind::Return || is_old && kind == TokenKind::Break;
            self.statement()?;
            if is_old {
                self.accept(TokenKind::Semicolon);
            }
            if is_last {
                break;
            }
        }
        if is_old {
            self.leave();
        }
        self.nodes.add(NodeKind::Block, first, self.at, mark);
        Ok(())
    }

    /// Parses consecutive labels and empty statements. Lua's parser nests each in the label before it.
    fn labels(&mut self) -> Result<()> {
        let level = self.level;
        let mut labels = Vec::new();
        loop {
            let (first, mark) = (self.at, self.nodes.mark());
            match self.kind() {
                TokenKind::Semicolon => {
                    self.enter()?;
                    self.leave();
                    self.advance();
                }
                TokenKind::DoubleColon => {
                    self.enter()?;
                    labels.push(self.label()?);
                    self.nodes.add(NodeKind::Label, first, self.at, mark);
                }
                _ => break,
            }
        }
        self.level = level;
        if self.ends_block(false) {
            for label in labels {
                self.scopes.label_ends_block(label);
            }
        }
        Ok(())
    }

    fn label(&mut self) -> Result<usize> {
        self.advance();
        let name = self.name()?;
        let text = self.text_of(name);
        let checked = self.scopes.check_label(text);
        self.at_token(name, checked)?;
        self.expect(TokenKind::DoubleColon)?;
        Ok(self.scopes.add_label(text, self.tokens[name].line))
    }

    // Statements

    fn statement(&mut self) -> Result<()> {
        let has_level = self.version != Version::Lua51;
        if has_level {
            self.enter()?;
        }
        let (first, mark) = (self.at, self.nodes.mark());
        let kind = match self.kind() {
            TokenKind::If => self.if_statement()?,
            TokenKind::While => self.while_statement()?,
            TokenKind::Do => {
                self.advance();
                self.block(false)?;
                self.close(TokenKind::End, first)?;
                NodeKind::Do
            }
            TokenKind::For => self.for_statement()?,
            TokenKind::Repeat => self.repeat_statement()?,
            TokenKind::Function => self.function_statement()?,
            TokenKind::Local => {
                self.advance();
                match self.kind() {
                    TokenKind::Function => self.local_function(first)?,
                    _ => self.local_statement()?,
                }
            }
            TokenKind::Return => {
                self.advance();
                if !self.ends_block(true) && self.kind() != TokenKind::Semicolon {
                    self.expressions()?;
                }
                if has_level {
                    self.accept(TokenKind::Semicolon);
                }
                NodeKind::Return
            }
            TokenKind::Break => {
                let checked = self.scopes.check_break();
                self.at_token(first, checked)?;
                self.advance();
                NodeKind::Break
            }
            TokenKind::Goto => {
                self.advance();
                let name = self.name()?;
                self.scopes.goto(self.text_of(name));
                NodeKind::Goto
            }
            TokenKind::Name if self.is_global() => {
                self.advance();
                match self.kind() {
                    TokenKind::Function => self.global_function(first)?,
                    _ => self.global_statement()?,
                }
            }
            _ => self.expression_statement()?,
        };
        self.nodes.add(kind, first, self.at, mark);
        if has_level {
            self.leave();
        }
        Ok(())
    }

    /// Returns true at the word `global`, which Lua 5.5 recognizes by the token after it.
    fn is_global(&self) -> bool {
        use TokenKind::*;
        self.version >= Version::Lua55
            && self.text_of(self.at) == b"global"
            && matches!(self.next_kind(), Less | Name | Star | Function)
    }

    fn if_statement(&mut self) -> Result<NodeKind> {
        let first = self.at;
        loop {
            self.advance();
            self.expression()?;
            self.expect(TokenKind::Then)?;
            self.block(false)?;
            if self.kind() != TokenKind::Elseif {
                break;
            }
        }
        if self.accept(TokenKind::Else) {
            self.block(false)?;
        }
        self.close(TokenKind::End, first)?;
        Ok(NodeKind::If)
    }

    fn while_statement(&mut self) -> Result<NodeKind> {
        let first = self.at;
        self.advance();
        self.expression()?;
        self.expect(TokenKind::Do)?;
        self.block(true)?;
        self.close(TokenKind::End, first)?;
        Ok(NodeKind::While)
    }

    fn repeat_statement(&mut self) -> Result<NodeKind> {
        let first = self.at;
        self.advance();
        self.scopes.open_block(true);
        self.scopes.open_block(false);
        self.statements()?;
        self.close(TokenKind::Until, first)?;
        // The condition is in the scope of the block.
        self.expression()?;
        self.close_block()?;
        self.close_block()?;
        Ok(NodeKind::Repeat)
    }

    fn for_statement(&mut self) -> Result<NodeKind> {
        let first = self.at;
        self.advance();
        let mut names = vec![self.name()?];
        let kind = match self.kind() {
            TokenKind::Assign => {
                self.advance();
                self.expression()?;
                self.expect(TokenKind::Comma)?;
                self.expression()?;
                if self.accept(TokenKind::Comma) {
                    self.expression()?;
                }
                NodeKind::NumericFor
            }
            TokenKind::Comma | TokenKind::In => {
                while self.accept(TokenKind::Comma) {
                    names.push(self.name()?);
                }
                self.expect(TokenKind::In)?;
                self.expressions()?;
                NodeKind::GenericFor
            }
            _ => return Err(self.expected("`=` or `in`")),
        };
        self.expect(TokenKind::Do)?;
        self.scopes.open_block(true);
        for (i, name) in names.into_iter().enumerate() {
            let attribute = match i == 0 && self.version >= Version::Lua55 {
                true => Attribute::Const,
                false => Attribute::None,
            };
            self.declare(name, VariableKind::For, attribute);
        }
        self.block(false)?;
        self.close_block()?;
        self.close(TokenKind::End, first)?;
        Ok(kind)
    }

    /// Declares a variable that can be used from the next token on.
    fn declare(&mut self, name: usize, kind: VariableKind, attribute: Attribute) {
        let text = self.text_of(name);
        self.scopes.declare(text, kind, attribute, name, self.at);
    }

    fn attribute(&mut self, default: Attribute) -> Result<Attribute> {
        if self.version < Version::Lua54 || !self.accept(TokenKind::Less) {
            return Ok(default);
        }
        let name = self.name()?;
        self.expect(TokenKind::Greater)?;
        match self.text_of(name) {
            b"const" => Ok(Attribute::Const),
            b"close" => Ok(Attribute::Close),
            other => {
                let problem = SyntaxProblem::Attribute(Found::new(other));
                Err(self.error_at(name, problem))
            }
        }
    }

    /// Parses the attribute before the names of a declaration, in Lua 5.5.
    fn default_attribute(&mut self) -> Result<Attribute> {
        match self.version >= Version::Lua55 {
            true => self.attribute(Attribute::None),
            false => Ok(Attribute::None),
        }
    }

    /// Parses names with their attributes, after `local` or `global`.
    fn declared(&mut self, default: Attribute) -> Result<Vec<(usize, Attribute)>> {
        let mut names = Vec::new();
        loop {
            let name = self.name()?;
            names.push((name, self.attribute(default)?));
            if !self.accept(TokenKind::Comma) {
                return Ok(names);
            }
        }
    }

    fn local_statement(&mut self) -> Result<NodeKind> {
        let first = self.at;
        let default = self.default_attribute()?;
        let names = self.declared(default)?;
        let to_close = names
            .iter()
            .filter(|(_, attribute)| *attribute == Attribute::Close);
        if to_close.count() > 1 {
            return Err(self.error_at(first, SyntaxProblem::TwoToClose));
        }
        if self.accept(TokenKind::Assign) {
            self.expressions()?;
        }
        for (name, attribute) in names {
            self.declare(name, VariableKind::Local, attribute);
        }
        Ok(NodeKind::Local)
    }

    fn local_function(&mut self, first: usize) -> Result<NodeKind> {
        self.advance();
        let name = self.name()?;
        self.declare(name, VariableKind::Function, Attribute::None);
        self.declared_function(first, name)?;
        Ok(NodeKind::LocalFunction)
    }

    fn global_statement(&mut self) -> Result<NodeKind> {
        let first = self.at;
        let default = self.default_attribute()?;
        if self.accept(TokenKind::Star) {
            if default == Attribute::Close {
                return Err(self.error_at(first, SyntaxProblem::GlobalToClose));
            }
            self.scopes.declare_all_globals(default);
            return Ok(NodeKind::Global);
        }
        let names = self.declared(default)?;
        if default == Attribute::Close
            || names
                .iter()
                .any(|(_, attribute)| *attribute == Attribute::Close)
        {
            return Err(self.error_at(first, SyntaxProblem::GlobalToClose));
        }
        if self.kind() == TokenKind::Assign {
            let level = self.level;
            for (name, _) in &names {
                self.global_name(*name)?;
                self.enter()?;
            }
            self.advance();
            self.expressions()?;
            self.level = level;
        }
        for (name, attribute) in names {
            self.declare(name, VariableKind::Global, attribute);
        }
        Ok(NodeKind::Global)
    }

    fn global_function(&mut self, first: usize) -> Result<NodeKind> {
        self.advance();
        let name = self.name()?;
        self.declare(name, VariableKind::Global, Attribute::None);
        self.global_name(name)?;
        self.declared_function(first, name)?;
        Ok(NodeKind::GlobalFunction)
    }

    /// Parses the function of `local function` or `global function`, after its name.
    fn declared_function(&mut self, first: usize, name: usize) -> Result<()> {
        self.function(Definition {
            first,
            name: name..self.at,
            is_method: false,
            line: self.line(),
        })
    }

    /// Adds the use of a name that is declared as a global.
    fn global_name(&mut self, name: usize) -> Result<()> {
        let env = self.scopes.env(self.text_of(name));
        let env = self.at_token(name, env)?;
        self.names.push(Name {
            token: name as u32,
            function: self.scopes.function(),
            binding: Binding::Free {
                env,
                global: Global::Declared,
            },
        });
        Ok(())
    }

    fn function_statement(&mut self) -> Result<NodeKind> {
        let first = self.at;
        let line = self.line();
        self.advance();
        let name = self.name()?;
        let constant = self.use_name(name)?;
        let mut is_field = false;
        while self.accept(TokenKind::Dot) {
            self.name()?;
            is_field = true;
        }
        let is_method = self.accept(TokenKind::Colon);
        if is_method {
            self.name()?;
        }
        if constant && !is_field && !is_method {
            return Err(self.constant(name));
        }
        self.function(Definition {
            first,
            name: name..self.at,
            is_method,
            line,
        })?;
        Ok(NodeKind::FunctionStatement)
    }

    fn constant(&self, name: usize) -> SyntaxError {
        let found = Found::new(self.text_of(name));
        self.error_at(name, SyntaxProblem::Constant(found))
    }

    fn expression_statement(&mut self) -> Result<NodeKind> {
        let (first, mark) = (self.at, self.nodes.mark());
        let suffix = self.suffixed()?;
        if self.kind() != TokenKind::Assign && self.kind() != TokenKind::Comma {
            return match suffix {
                Suffix::Call => Ok(NodeKind::CallStatement),
                _ => Err(self.error_at(first, SyntaxProblem::NotACall)),
            };
        }
        self.target(first, suffix)?;
        let level = self.level;
        let mut count = 1;
        while self.accept(TokenKind::Comma) {
            let first = self.at;
            let suffix = self.suffixed()?;
            match self.version >= Version::Lua54 {
                true => self.enter()?,
                false if self.level + count > MAX_LEVELS => {
                    return Err(self.error(SyntaxProblem::TooDeep));
                }
                false => {}
            }
            count += 1;
            self.target(first, suffix)?;
        }
        let last = self.at;
        self.expect(TokenKind::Assign)?;
        self.nodes.add(NodeKind::Targets, first, last, mark);
        self.expressions()?;
        self.level = level;
        Ok(NodeKind::Assignment)
    }

    /// Checks that an expression can be assigned to.
    fn target(&self, first: usize, suffix: Suffix) -> Result<()> {
        match suffix {
            Suffix::Name { constant: true } => Err(self.constant(first)),
            Suffix::Name { .. } | Suffix::Field => Ok(()),
            Suffix::Parenthesized | Suffix::Call => {
                Err(self.error_at(first, SyntaxProblem::Target))
            }
        }
    }

    // Functions

    /// Parses a function from its parenthesis on.
    fn function(&mut self, definition: Definition) -> Result<()> {
        let Definition {
            first,
            name,
            is_method,
            line,
        } = definition;
        let mark = self.nodes.mark();
        // The node of an anonymous function includes the keyword.
        let node = if name.is_empty() { first } else { self.at };
        let parent = self.scopes.function();
        let id = self.functions.len();
        self.functions.push(FunctionDef {
            parent: Some(parent),
            depth: self.functions[parent as usize].depth + 1,
            first: first as u32,
            open: self.at as u32,
            name: name.start as u32..name.end as u32,
            is_method,
            line,
            names: self.names.len() as u32..0,
            ..FunctionDef::main()
        });
        let open = self.at;
        if self.accept(TokenKind::Hole) {
            let last_line = self.tokens[open].line;
            let names = self.names.len() as u32;
            let function = &mut self.functions[id];
            function.is_hole = true;
            function.body = self.at as u32..self.at as u32;
            function.end = self.at as u32;
            function.last_line = last_line;
            function.last_function = id as FunctionId + 1;
            function.names.end = names;
            self.nodes.add(NodeKind::Hole, node, self.at, mark);
            return Ok(());
        }
        self.scopes.open_function(id as FunctionId, false);
        self.expect(TokenKind::OpenParen)?;
        if is_method {
            let kind = VariableKind::SelfParameter;
            let from = self.at;
            self.scopes
                .declare(b"self", kind, Attribute::None, open, from);
        }
        let first_parameter = self.scopes.variables.len() - usize::from(is_method);
        self.parameters(open)?;
        let parameters = first_parameter as u32..self.scopes.variables.len() as u32;
        let is_vararg = self.scopes.is_vararg();
        self.expect(TokenKind::CloseParen)?;
        let body = self.at as u32;
        self.statements()?;
        let end = self.at;
        let keyword = self.keyword(first);
        self.close(TokenKind::End, keyword)?;
        let closed = self.scopes.close_function(end);
        self.at_token(end, closed)?;
        let last_function = self.functions.len() as FunctionId;
        let function = &mut self.functions[id];
        function.is_vararg = is_vararg;
        function.parameters = parameters;
        function.body = body..end as u32;
        function.end = self.at as u32;
        function.last_line = self.tokens[end].line;
        function.last_function = last_function;
        function.names.end = self.names.len() as u32;
        self.nodes.add(NodeKind::Function, node, self.at, mark);
        Ok(())
    }

    /// Returns the token `function` of a definition that may start with `local` or `global`.
    fn keyword(&self, first: usize) -> usize {
        match self.tokens[first].kind {
            TokenKind::Function => first,
            _ => first + 1,
        }
    }

    fn parameters(&mut self, open: usize) -> Result<()> {
        if self.kind() == TokenKind::CloseParen {
            return Ok(());
        }
        loop {
            match self.kind() {
                TokenKind::Name => {
                    let name = self.name()?;
                    self.declare(name, VariableKind::Parameter, Attribute::None);
                }
                TokenKind::Dots => {
                    self.advance();
                    self.scopes.set_vararg();
                    if self.version == Version::Lua51 {
                        let kind = VariableKind::Arg;
                        let from = self.at;
                        self.scopes
                            .declare(b"arg", kind, Attribute::None, open, from);
                    }
                    if self.version >= Version::Lua55 && self.kind() == TokenKind::Name {
                        let name = self.name()?;
                        self.declare(name, VariableKind::VarargTable, Attribute::None);
                    }
                    return Ok(());
                }
                _ => return Err(self.expected("a parameter")),
            }
            if !self.accept(TokenKind::Comma) {
                return Ok(());
            }
        }
    }

    // Expressions

    fn expressions(&mut self) -> Result<()> {
        self.expression()?;
        while self.accept(TokenKind::Comma) {
            self.expression()?;
        }
        Ok(())
    }

    /// Parses operands and operators. Lua's parser calls itself, and counts a level, for every operand with
    /// the operators that bind to it more tightly than the one before it. Here each of them is an item of
    /// [`pending`](Self::pending).
    fn expression(&mut self) -> Result<()> {
        let outside = self.pending.len();
        let mut limit = 0;
        loop {
            self.enter()?;
            let is_unary = match self.kind() {
                TokenKind::Not | TokenKind::Minus | TokenKind::Hash => true,
                TokenKind::Tilde => self.version >= Version::Lua53,
                _ => false,
            };
            self.pending.push(PendingOperand {
                limit,
                first: self.at,
                mark: self.nodes.mark(),
                is_unary,
                is_binary: false,
            });
            if is_unary {
                self.advance();
                limit = UNARY;
                continue;
            }
            self.operand()?;
            match self.finish_operands(outside) {
                Some(right) => limit = right,
                None => return Ok(()),
            }
        }
    }

    /// Finishes all operands that the next token does not belong to. If the token is a binary operator
    /// after one of them, takes it and returns its right precedence.
    fn finish_operands(&mut self, outside: usize) -> Option<u8> {
        loop {
            let pending = self.pending.last_mut()?;
            if let Some((left, right)) = precedence(self.tokens[self.at].kind, self.version)
                && left > pending.limit
            {
                pending.is_binary = true;
                self.advance();
                return Some(right);
            }
            let PendingOperand {
                first,
                mark,
                is_binary,
                ..
            } = self.pending.pop()?;
            self.leave();
            if is_binary {
                self.nodes.add(NodeKind::Binary, first, self.at, mark);
            }
            if self.pending.len() == outside {
                return None;
            }
            let around = self.pending.last_mut()?;
            if std::mem::take(&mut around.is_unary) {
                let (first, mark) = (around.first, around.mark);
                self.nodes.add(NodeKind::Unary, first, self.at, mark);
            }
        }
    }

    /// Parses an expression without operators.
    fn operand(&mut self) -> Result<()> {
        let first = self.at;
        let kind = match self.kind() {
            TokenKind::Number => NodeKind::Number,
            TokenKind::String => NodeKind::String,
            TokenKind::Nil => NodeKind::Nil,
            TokenKind::True => NodeKind::True,
            TokenKind::False => NodeKind::False,
            TokenKind::Dots if self.scopes.is_vararg() => NodeKind::Vararg,
            TokenKind::Dots => return Err(self.error(SyntaxProblem::Dots)),
            TokenKind::OpenBrace => return self.table(),
            TokenKind::Function => {
                self.advance();
                return self.function(Definition {
                    first,
                    name: self.at..self.at,
                    is_method: false,
                    line: self.line(),
                });
            }
            _ => return self.suffixed().map(|_| ()),
        };
        let mark = self.nodes.mark();
        self.advance();
        self.nodes.add(kind, first, self.at, mark);
        Ok(())
    }

    fn table(&mut self) -> Result<()> {
        let (open, mark) = (self.at, self.nodes.mark());
        self.advance();
        while self.kind() != TokenKind::CloseBrace {
            let (first, mark) = (self.at, self.nodes.mark());
            match self.kind() {
                TokenKind::Name if self.next_kind() == TokenKind::Assign => {
                    self.advance();
                    self.advance();
                    self.expression()?;
                    self.nodes.add(NodeKind::NamedField, first, self.at, mark);
                }
                TokenKind::OpenBracket => {
                    self.advance();
                    self.expression()?;
                    self.expect(TokenKind::CloseBracket)?;
                    self.expect(TokenKind::Assign)?;
                    self.expression()?;
                    self.nodes.add(NodeKind::KeyedField, first, self.at, mark);
                }
                kind => {
                    if kind == TokenKind::Name {
                        self.looked_ahead = first + 1;
                    }
                    self.expression()?;
                }
            }
            if !self.accept(TokenKind::Comma) && !self.accept(TokenKind::Semicolon) {
                break;
            }
        }
        self.close(TokenKind::CloseBrace, open)?;
        self.nodes.add(NodeKind::Table, open, self.at, mark);
        Ok(())
    }

    /// Adds the use of a name. Returns true if it stands for a constant.
    fn use_name(&mut self, token: usize) -> Result<bool> {
        let resolved = self.scopes.resolve(self.text_of(token));
        let (binding, is_constant) = self.at_token(token, resolved)?;
        self.names.push(Name {
            token: token as u32,
            function: self.scopes.function(),
            binding,
        });
        Ok(is_constant)
    }

    /// Parses a name or a parenthesized expression, with its suffixes.
    fn suffixed(&mut self) -> Result<Suffix> {
        let (first, mark) = (self.at, self.nodes.mark());
        let mut suffix = match self.kind() {
            TokenKind::Name => {
                self.advance();
                let constant = self.use_name(first)?;
                self.nodes.add(NodeKind::Name, first, self.at, mark);
                Suffix::Name { constant }
            }
            TokenKind::OpenParen => {
                self.advance();
                self.expression()?;
                self.close(TokenKind::CloseParen, first)?;
                self.nodes
                    .add(NodeKind::Parenthesized, first, self.at, mark);
                Suffix::Parenthesized
            }
            _ => return Err(self.expected("an expression")),
        };
        let mut is_suffixed = false;
        loop {
            let (first, mark) = (self.at, self.nodes.mark());
            let kind = match self.kind() {
                TokenKind::Dot => {
                    self.advance();
                    self.name()?;
                    suffix = Suffix::Field;
                    NodeKind::Field
                }
                TokenKind::OpenBracket => {
                    self.advance();
                    self.expression()?;
                    self.expect(TokenKind::CloseBracket)?;
                    suffix = Suffix::Field;
                    NodeKind::Index
                }
                TokenKind::Colon => {
                    self.advance();
                    self.name()?;
                    self.arguments()?;
                    suffix = Suffix::Call;
                    NodeKind::Method
                }
                TokenKind::OpenParen | TokenKind::String | TokenKind::OpenBrace => {
                    self.arguments()?;
                    suffix = Suffix::Call;
                    NodeKind::Call
                }
                _ => break,
            };
            is_suffixed = true;
            self.nodes.add(kind, first, self.at, mark);
        }
        if is_suffixed {
            self.nodes.add(NodeKind::Suffixed, first, self.at, mark);
        }
        Ok(suffix)
    }

    fn arguments(&mut self) -> Result<()> {
        let (open, mark) = (self.at, self.nodes.mark());
        match self.kind() {
            TokenKind::OpenParen => {
                if self.version == Version::Lua51
                    && self.tokens[open - 1].line != self.line()
                    && self.looked_ahead != open
                {
                    return Err(self.error(SyntaxProblem::AmbiguousCall));
                }
                self.advance();
                if self.kind() != TokenKind::CloseParen {
                    self.expressions()?;
                }
                self.close(TokenKind::CloseParen, open)
            }
            TokenKind::OpenBrace => self.table(),
            TokenKind::String => {
                self.advance();
                self.nodes.add(NodeKind::String, open, self.at, mark);
                Ok(())
            }
            _ => Err(self.expected("arguments")),
        }
    }
}

/// The part of a function before its parameters.
struct Definition {
    /// The token it starts with: `function`, or `local` or `global` before it.
    first: usize,
    /// The tokens of its name.
    name: Range<usize>,
    is_method: bool,
    /// The line that Lua records for its start.
    line: u32,
}

/// Returns a token as messages print it.
fn quoted(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Name => "a name",
        TokenKind::Assign => "`=`",
        TokenKind::Comma => "`,`",
        TokenKind::Then => "`then`",
        TokenKind::Do => "`do`",
        TokenKind::In => "`in`",
        TokenKind::Greater => "`>`",
        TokenKind::OpenParen => "`(`",
        TokenKind::CloseParen => "`)`",
        TokenKind::CloseBracket => "`]`",
        TokenKind::DoubleColon => "`::`",
        kind => kind.spelling(),
    }
}
