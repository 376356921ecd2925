//! The tree of statements and expressions.

use std::ops::Range;

/// The number of a node. The root is node 0.
pub type NodeId = u32;

/// A statement, an expression or a part of one.
///
/// The nodes of a text are in one list, each before its children. So the first child of a node is the
/// node after it, and `end` is its next sibling. The depth of a tree is at most a few times
/// [`MAX_LEVELS`](super::MAX_LEVELS), because chains of operators and suffixes are flat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its kind.
    pub kind: NodeKind,
    /// The index of its first token.
    pub first: u32,
    /// The index of the token after its last one.
    pub last: u32,
    /// The node after its last descendant.
    pub end: NodeId,
}

impl Node {
    /// The indices of its tokens.
    pub fn tokens(&self) -> Range<usize> {
        self.first as usize..self.last as usize
    }
}

/// The kind of a node. The documentation of each lists its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// Statements. Its tokens have every `;` between them.
    Block,
    /// `local a <attrib>, b = values`: the values.
    Local,
    /// `local function name … end`: a function.
    LocalFunction,
    /// `global a <attrib>, b = values`: the values. `global *` too.
    Global,
    /// `global function name … end`: a function.
    GlobalFunction,
    /// `function a.b:c … end`: a function.
    FunctionStatement,
    /// `targets = values`: the values. The child before them is a [`Targets`](Self::Targets).
    Assignment,
    /// The left side of an assignment: each a [`Name`](Self::Name) or a [`Suffixed`](Self::Suffixed).
    Targets,
    /// A call as a statement: a [`Suffixed`](Self::Suffixed).
    CallStatement,
    /// `do … end`: a block.
    Do,
    /// `while … do … end`: the condition and a block.
    While,
    /// `repeat … until …`: a block and the condition.
    Repeat,
    /// Conditions, each followed by its block, then perhaps the block of `else`.
    If,
    /// `for i = … do … end`: two or three values and a block.
    NumericFor,
    /// `for a, b in … do … end`: the values and a block.
    GenericFor,
    /// `return values`: the values.
    Return,
    /// `break`.
    Break,
    /// `goto name`.
    Goto,
    /// `::name::`.
    Label,
    /// `nil`.
    Nil,
    /// `true`.
    True,
    /// `false`.
    False,
    /// A number.
    Number,
    /// A string.
    String,
    /// `...`.
    Vararg,
    /// `function(a, b) … end`, or that of a definition, from its parenthesis on: a block.
    Function,
    /// A function in an answer to an outline that has `<|Hole|>` from its parenthesis to its `end`.
    Hole,
    /// `{ … }`: each item an expression, a [`NamedField`](Self::NamedField) or a
    /// [`KeyedField`](Self::KeyedField).
    Table,
    /// `name = value` in a table: the value.
    NamedField,
    /// `[key] = value` in a table: the key and the value.
    KeyedField,
    /// A name that stands for a variable.
    Name,
    /// `( … )`: an expression.
    Parenthesized,
    /// A [`Name`](Self::Name) or [`Parenthesized`](Self::Parenthesized), and suffixes.
    Suffixed,
    /// The suffix `.name`.
    Field,
    /// The suffix `[key]`: the key.
    Index,
    /// The suffix `(arguments)`: the arguments. A string or a table may stand without parentheses.
    Call,
    /// The suffix `:name(arguments)`: the arguments.
    Method,
    /// `-`, `not`, `#` or `~` before an operand: the operand.
    Unary,
    /// Operands with binary operators between them, of which each takes everything before it as its
    /// left operand: `a + b * c - d` has the operands `a`, `b * c` and `d`.
    Binary,
}

/// Nodes during the parse: each after its children, with its number of descendants as `end`.
#[derive(Debug, Default)]
pub struct Builder(Vec<Node>);

impl Builder {
    /// Returns the place of the next node.
    pub fn mark(&self) -> usize {
        self.0.len()
    }

    /// Adds a node over all nodes since a mark.
    pub fn add(&mut self, kind: NodeKind, first: usize, last: usize, mark: usize) {
        self.0.push(Node {
            kind,
            first: first as u32,
            last: last as u32,
            end: (self.0.len() - mark) as u32,
        });
    }

    /// Returns the nodes, each before its children.
    pub fn finish(self) -> Vec<Node> {
        let mut nodes = self.0;
        let Some(root) = nodes.last().copied() else {
            return nodes;
        };
        let mut ordered = vec![root; nodes.len()];
        // Read backwards, the nodes come parents first and last children first. The places that are
        // left for the children of each node above:
        let mut open = vec![(0, nodes.len())];
        while let Some(node) = nodes.pop() {
            while open.last().is_some_and(|(start, end)| start == end) {
                open.pop();
            }
            let (_, room) = open.last_mut().expect("the root spans all nodes");
            let end = *room;
            *room -= node.end as usize + 1;
            let start = *room;
            ordered[start] = Node {
                end: end as NodeId,
                ..node
            };
            open.push((start + 1, end));
        }
        ordered
    }
}

/// An iterator over the children of a node.
#[derive(Clone, Debug)]
pub struct Children<'s> {
    pub(super) nodes: &'s [Node],
    pub(super) next: NodeId,
    pub(super) end: NodeId,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let here = self.next;
        (here < self.end).then(|| {
            self.next = self.nodes[here as usize].end;
            here
        })
    }
}
