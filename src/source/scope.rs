//! Declarations, their scopes, and labels.

use std::collections::HashMap;
use std::ops::Range;

use super::error::{Found, SyntaxProblem};
use crate::Version;

/// The number of a declaration in [`Source::variables`](super::Source::variables).
pub type VariableId = u32;

/// The number of a function in [`Source::functions`](super::Source::functions): 0 for the main function,
/// then in the order of the keyword `function`.
pub type FunctionId = u32;

/// A declaration of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The kind of its declaration.
    pub kind: VariableKind,
    /// Its attribute.
    pub attribute: Attribute,
    /// The function it belongs to.
    pub function: FunctionId,
    /// The token of its name. For `self` and the `arg` of Lua 5.1, which have none, the parenthesis that
    /// opens the parameters.
    pub token: u32,
    /// The tokens in which its name stands for it, unless another declaration hides it.
    pub scope: Range<u32>,
    symbol: u32,
    /// The declaration of the same name that it hides.
    hidden: Option<VariableId>,
}

impl Variable {
    /// Returns whether the declaration names a global, so that others need one, too. The file of a text
    /// that is alone has declarations around it.
    fn names_global(&self, is_alone: bool) -> bool {
        self.kind == VariableKind::Global && !(is_alone && self.function == 0)
    }
}

/// The kind of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VariableKind {
    /// By `local`.
    Local,
    /// By `local function`.
    Function,
    /// As a parameter.
    Parameter,
    /// As the parameter `self`, by the colon in a function's name.
    SelfParameter,
    /// As `arg`, which a vararg function of Lua 5.1 has.
    Arg,
    /// As the table of the variable arguments: `...name` in Lua 5.5.
    VarargTable,
    /// By `for`.
    For,
    /// By `global` in Lua 5.5, which allows the use of a global and does not create a variable.
    Global,
}

/// The attribute of a variable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// None.
    #[default]
    None,
    /// `<const>`, also for the loop variable of Lua 5.5.
    Const,
    /// `<close>`.
    Close,
}

/// The use of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// Its token.
    pub token: u32,
    /// The function it is used in.
    pub function: FunctionId,
    /// The variable.
    pub binding: Binding,
}

/// The variable that a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binding {
    /// A variable that this text declares. It is captured if it belongs to another function.
    Variable(VariableId),
    /// `_ENV`, not declared in this text: the first upvalue of the main function, from Lua 5.2 on.
    Env,
    /// A free name: a global variable. In a text taken out of its file it may also be a variable around the
    /// text.
    Free {
        /// The declaration of `_ENV` whose field it is, if one is in scope.
        env: Option<VariableId>,
        /// Its status under the declarations of Lua 5.5.
        global: Global,
    },
}

/// The status of a free name under the declarations in scope: always `Allowed` before Lua 5.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Global {
    /// A global variable: `global x` or `global function x` names it.
    Declared,
    /// A global variable, unless it is a variable around a text taken out of its file.
    Allowed,
    /// Not a global variable, because others are declared and it is not. In a text taken out of its file it
    /// is a variable around the text; elsewhere this is an error.
    Undeclared,
}

type Result<T> = std::result::Result<T, SyntaxProblem>;

/// The declarations in scope while a text is parsed.
pub struct ScopeStack<'t> {
    version: Version,
    /// True if free names may be variables around the text.
    is_alone: bool,
    symbols: HashMap<&'t [u8], u32>,
    /// By symbol, the innermost declaration in scope.
    innermost: Vec<Option<VariableId>>,
    pub variables: Vec<Variable>,
    /// The declarations in scope, including `global *` of Lua 5.5.
    active: Vec<Active>,
    /// The number of declarations in scope that name a global.
    named_globals: usize,
    /// The attributes of every `global *` in scope.
    all_globals: Vec<Attribute>,
    blocks: Vec<OpenBlock>,
    labels: Vec<VisibleLabel<'t>>,
    /// By name, the last visible label.
    label_of: HashMap<&'t [u8], usize>,
    /// The gotos whose label has not been found.
    gotos: Vec<PendingGoto<'t>>,
    functions: Vec<OpenFunction>,
}

#[derive(Clone, Copy)]
enum Active {
    Variable(VariableId),
    AllGlobals,
}

struct OpenBlock {
    is_loop: bool,
    active: usize,
    labels: usize,
    gotos: usize,
}

struct OpenFunction {
    id: FunctionId,
    is_vararg: bool,
    /// Its first block.
    blocks: usize,
    /// The first label that may belong to it.
    labels: usize,
}

struct VisibleLabel<'t> {
    name: &'t [u8],
    line: u32,
    /// The number of declarations in scope at its place.
    active: usize,
    /// The label of the same name that it hides.
    hidden: Option<usize>,
}

struct PendingGoto<'t> {
    name: &'t [u8],
    active: usize,
}

impl<'t> ScopeStack<'t> {
    pub fn new(version: Version, is_alone: bool) -> Self {
        ScopeStack {
            version,
            is_alone,
            symbols: HashMap::new(),
            innermost: Vec::new(),
            variables: Vec::new(),
            active: Vec::new(),
            named_globals: 0,
            all_globals: Vec::new(),
            blocks: Vec::new(),
            labels: Vec::new(),
            label_of: HashMap::new(),
            gotos: Vec::new(),
            functions: Vec::new(),
        }
    }

    /// Returns the current function.
    pub fn function(&self) -> FunctionId {
        self.functions.last().map_or(0, |function| function.id)
    }

    pub fn open_function(&mut self, id: FunctionId, is_vararg: bool) {
        self.functions.push(OpenFunction {
            id,
            is_vararg,
            blocks: self.blocks.len(),
            labels: self.labels.len(),
        });
        self.open_block(false);
    }

    pub fn set_vararg(&mut self) {
        self.open().is_vararg = true;
    }

    pub fn is_vararg(&self) -> bool {
        self.functions
            .last()
            .is_some_and(|function| function.is_vararg)
    }

    fn open(&mut self) -> &mut OpenFunction {
        self.functions.last_mut().expect("a function is open")
    }

    /// Closes a function, whose last token is the one before `token`.
    pub fn close_function(&mut self, token: usize) -> Result<()> {
        self.close_block(token)?;
        self.functions.pop();
        Ok(())
    }

    pub fn open_block(&mut self, is_loop: bool) {
        self.blocks.push(OpenBlock {
            is_loop,
            active: self.active.len(),
            labels: self.labels.len(),
            gotos: self.gotos.len(),
        });
    }

    /// Closes a block: its declarations and labels are out of scope.
    pub fn close_block(&mut self, token: usize) -> Result<()> {
        let block = self.blocks.pop().expect("a block is open");
        for active in self.active.drain(block.active..).rev() {
            let Active::Variable(id) = active else {
                self.all_globals.pop();
                continue;
            };
            let variable = &mut self.variables[id as usize];
            variable.scope.end = token as u32;
            self.innermost[variable.symbol as usize] = variable.hidden;
            if variable.names_global(self.is_alone) {
                self.named_globals -= 1;
            }
        }
        self.solve(&block)?;
        let function = self.functions.last().expect("a function is open");
        if self.blocks.len() == function.blocks
            && let Some(goto) = self.gotos.get(block.gotos)
        {
            return Err(SyntaxProblem::NoLabel(Found::new(goto.name)));
        }
        Ok(())
    }

    /// Connects the gotos of a block with its labels. Leaves the others to the block around it.
    fn solve(&mut self, block: &OpenBlock) -> Result<()> {
        let mut kept = block.gotos;
        for i in block.gotos..self.gotos.len() {
            let goto = &mut self.gotos[i];
            let label = self.label_of.get(goto.name);
            match label.filter(|label| **label >= block.labels) {
                Some(label) if goto.active < self.labels[*label].active => {
                    return Err(SyntaxProblem::IntoScope(Found::new(goto.name)));
                }
                Some(_) => {}
                None => {
                    goto.active = block.active;
                    self.gotos.swap(kept, i);
                    kept += 1;
                }
            }
        }
        self.gotos.truncate(kept);
        for label in self.labels.drain(block.labels..).rev() {
            match label.hidden {
                Some(hidden) => self.label_of.insert(label.name, hidden),
                None => self.label_of.remove(label.name),
            };
        }
        Ok(())
    }

    /// Declares a variable from a token on.
    pub fn declare(
        &mut self,
        name: &'t [u8],
        kind: VariableKind,
        attribute: Attribute,
        token: usize,
        from: usize,
    ) {
        let symbol = self.symbol(name);
        let id = self.variables.len() as VariableId;
        let hidden = self.innermost[symbol as usize].replace(id);
        let variable = Variable {
            kind,
            attribute,
            function: self.function(),
            token: token as u32,
            scope: from as u32..from as u32,
            symbol,
            hidden,
        };
        self.named_globals += usize::from(variable.names_global(self.is_alone));
        self.variables.push(variable);
        self.active.push(Active::Variable(id));
    }

    /// Declares all globals: `global *`.
    pub fn declare_all_globals(&mut self, attribute: Attribute) {
        self.active.push(Active::AllGlobals);
        self.all_globals.push(attribute);
    }

    fn symbol(&mut self, name: &'t [u8]) -> u32 {
        let next = self.innermost.len() as u32;
        let symbol = *self.symbols.entry(name).or_insert(next);
        if symbol == next {
            self.innermost.push(None);
        }
        symbol
    }

    /// Resolves a name. Also returns true if it stands for a constant.
    pub fn resolve(&mut self, name: &'t [u8]) -> Result<(Binding, bool)> {
        let symbol = self.symbol(name);
        let found = self.innermost[symbol as usize].map(|id| (id, &self.variables[id as usize]));
        let (global, attribute) = match found {
            Some((id, variable)) if variable.kind != VariableKind::Global => {
                let is_constant = variable.attribute != Attribute::None
                    || variable.kind == VariableKind::VarargTable;
                return Ok((Binding::Variable(id), is_constant));
            }
            Some((_, declared)) => (Global::Declared, declared.attribute),
            None if name == ENV && self.version >= Version::Lua52 => {
                return Ok((Binding::Env, false));
            }
            None => match self.all_globals.last() {
                Some(attribute) => (Global::Allowed, *attribute),
                None if self.named_globals > 0 => (Global::Undeclared, Attribute::None),
                None => (Global::Allowed, Attribute::None),
            },
        };
        let may_be_around = self.is_alone && global != Global::Declared;
        if global == Global::Undeclared && !may_be_around {
            return Err(SyntaxProblem::Undeclared(Found::new(name)));
        }
        let env = match self.env(name) {
            Err(_) if may_be_around => None,
            env => env?,
        };
        let is_constant = attribute == Attribute::Const && !may_be_around;
        Ok((Binding::Free { env, global }, is_constant))
    }

    /// Returns the declaration of `_ENV` whose field a global variable is.
    pub fn env(&self, name: &[u8]) -> Result<Option<VariableId>> {
        if self.version < Version::Lua52 {
            return Ok(None);
        }
        let symbol = self.symbols.get(ENV);
        let env = symbol.and_then(|symbol| self.innermost[*symbol as usize]);
        match env {
            Some(env) if self.variables[env as usize].kind == VariableKind::Global => {
                Err(SyntaxProblem::GlobalEnv(Found::new(name)))
            }
            env => Ok(env),
        }
    }

    pub fn check_break(&self) -> Result<()> {
        let function = self.functions.last().expect("a function is open");
        let mut blocks = self.blocks[function.blocks..].iter();
        match blocks.any(|block| block.is_loop) {
            true => Ok(()),
            false => Err(SyntaxProblem::Break),
        }
    }

    pub fn goto(&mut self, name: &'t [u8]) {
        self.gotos.push(PendingGoto {
            name,
            active: self.active.len(),
        });
    }

    /// Checks that a label is not visible yet: in the function from Lua 5.4 on, in the block before.
    pub fn check_label(&self, name: &[u8]) -> Result<()> {
        let function = self.functions.last().expect("a function is open");
        let block = self.blocks.last().expect("a block is open");
        let from = match self.version >= Version::Lua54 {
            true => function.labels,
            false => block.labels,
        };
        match self.label_of.get(name).filter(|label| **label >= from) {
            Some(label) => {
                let line = self.labels[*label].line;
                Err(SyntaxProblem::RepeatedLabel(Found::new(name), line))
            }
            None => Ok(()),
        }
    }

    /// Adds a label.
    pub fn add_label(&mut self, name: &'t [u8], line: u32) -> usize {
        let label = self.labels.len();
        let hidden = self.label_of.insert(name, label);
        self.labels.push(VisibleLabel {
            name,
            line,
            active: self.active.len(),
            hidden,
        });
        label
    }

    /// Moves a label out of the scopes of its block's variables, because only labels follow it in the block.
    pub fn label_ends_block(&mut self, label: usize) {
        let block = self.blocks.last().expect("a block is open");
        self.labels[label].active = block.active;
    }
}

const ENV: &[u8] = b"_ENV";
