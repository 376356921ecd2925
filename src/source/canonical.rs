//! The canonical text of a source: one spelling for all texts with the same tokens and values.
//!
//! Bytecode determines neither comments nor layout nor the spelling of literals, so a model that is
//! trained on canonical answers does not have to guess them.

use super::Source;
use std::borrow::Cow;

use super::literal;
use super::token::TokenKind;
use super::tree::{Node, NodeId, NodeKind};

/// The length of the longest table on one line, from `{` to `}`, in bytes.
const LONGEST_TABLE: usize = 80;

impl Source<'_> {
    /// Returns the canonical text: the same statements and expressions in the same order, without
    /// comments and `;`, a statement a line, indented by tabs, with literals written from their values.
    /// The canonical text of a canonical text is the same text, and it compiles to the same stripped code,
    /// with rare exceptions: a `;` between `then` and `break` or `goto` can change the code, and the
    /// parentheses that calls get can exceed [`MAX_LEVELS`](super::MAX_LEVELS).
    ///
    /// The text ends without a line break. This takes time linear in its length.
    ///
    /// ```
    /// use luadec_tok::{Version, source::parse};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let source = parse(b"local s = 'x' f{s; [\"n\"] = 0x10} -- note", Version::Lua53)?;
    /// assert_eq!(source.canonical(), "local s = \"x\"\nf({s, n = 16})");
    /// # Ok(())
    /// # }
    /// ```
    pub fn canonical(&self) -> String {
        let mut printer = Printer {
            source: self,
            out: String::with_capacity(self.text.len()),
            breaks: Vec::new(),
            lines: 0,
            indent: 0,
        };
        match self.nodes[0].kind {
            NodeKind::Block => printer.statements(0, true),
            _ => printer.expression(0),
        }
        printer.finish()
    }
}

/// Writes a text without line breaks, and keeps their places separately. Whether a table needs several
/// lines is known only at its end, and its lines are indented then.
struct Printer<'s> {
    source: &'s Source<'s>,
    out: String,
    breaks: Vec<Break>,
    /// The number of line breaks so far.
    lines: usize,
    /// The indentation of the current statement, not counting the tables around it.
    indent: usize,
}

/// A place where a line may end.
struct Break {
    /// The length of the output before it.
    at: usize,
    indent: usize,
    /// A change of the indentation of this line and all later ones.
    shift: isize,
    kind: BreakKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BreakKind {
    /// In a table on one line: nothing happens.
    None,
    /// A new line.
    Line,
    /// A new line instead of the space that follows.
    InsteadOfSpace,
    /// A comma, then a new line.
    AfterComma,
}

impl<'s> Printer<'s> {
    // Text

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Writes a token as it is spelled.
    fn token(&mut self, token: u32) {
        // Names and operators are ASCII.
        let text = self.source.token(token);
        self.out.extend(text.iter().map(|byte| char::from(*byte)));
    }

    fn kind(&self, token: u32) -> TokenKind {
        self.source.tokens[token as usize].kind
    }

    fn add_break(&mut self, kind: BreakKind) -> usize {
        self.breaks.push(Break {
            at: self.out.len(),
            indent: self.indent,
            shift: 0,
            kind,
        });
        self.breaks.len() - 1
    }

    fn line(&mut self) {
        self.add_break(BreakKind::Line);
        self.lines += 1;
    }

    fn finish(self) -> String {
        let mut text = String::with_capacity(self.out.len() + 4 * self.lines);
        let (mut from, mut shift) = (0, 0);
        for Break {
            at,
            indent,
            shift: change,
            kind,
        } in self.breaks
        {
            shift += change;
            text.push_str(&self.out[from..at]);
            from = at;
            match kind {
                BreakKind::None => continue,
                BreakKind::Line => {}
                BreakKind::InsteadOfSpace => from += 1,
                BreakKind::AfterComma => text.push(','),
            }
            text.push('\n');
            text.extend(std::iter::repeat_n(
                '\t',
                indent.saturating_add_signed(shift),
            ));
        }
        text.push_str(&self.out[from..]);
        text
    }

    // Nodes

    fn node(&self, node: NodeId) -> Node {
        self.source.nodes[node as usize]
    }

    fn children(&self, node: NodeId) -> Vec<NodeId> {
        self.source.children(node).collect()
    }

    /// Writes the statements of a block, a line each. The first starts on the current line if asked.
    fn statements(&mut self, block: NodeId, mut on_this_line: bool) {
        let mut is_first = true;
        let mut statement = block + 1;
        let end = self.node(block).end;
        while statement < end {
            if !std::mem::take(&mut on_this_line) {
                self.line();
            }
            let node = self.node(statement);
            if !is_first && self.kind(node.first) == TokenKind::OpenParen {
                self.text(";");
            }
            is_first = false;
            self.statement(statement, node);
            statement = node.end;
        }
    }

    /// Writes a block and starts the line of the keyword that ends it.
    fn block(&mut self, block: NodeId) {
        self.indent += 1;
        self.statements(block, false);
        self.indent -= 1;
        self.line();
    }

    fn statement(&mut self, id: NodeId, node: Node) {
        match node.kind {
            NodeKind::Local => self.declaration("local ", id, node),
            NodeKind::Global => self.declaration("global ", id, node),
            NodeKind::LocalFunction => self.definition("local function ", node.first + 2, id),
            NodeKind::GlobalFunction => self.definition("global function ", node.first + 2, id),
            NodeKind::FunctionStatement => self.definition("function ", node.first + 1, id),
            NodeKind::Assignment => {
                let targets = id + 1;
                self.list(targets + 1, self.node(targets).end);
                self.text(" = ");
                self.list(self.node(targets).end, node.end);
            }
            NodeKind::CallStatement => self.expression(id + 1),
            NodeKind::Do => {
                self.text("do");
                self.block(id + 1);
                self.text("end");
            }
            NodeKind::While => {
                self.text("while ");
                self.expression(id + 1);
                self.text(" do");
                self.block(self.node(id + 1).end);
                self.text("end");
            }
            NodeKind::Repeat => {
                self.text("repeat");
                self.block(id + 1);
                self.text("until ");
                self.expression(self.node(id + 1).end);
            }
            NodeKind::If => self.conditions(id),
            NodeKind::NumericFor => self.for_loop(id, node, TokenKind::Assign, " = "),
            NodeKind::GenericFor => self.for_loop(id, node, TokenKind::In, " in "),
            NodeKind::Return => {
                self.text("return");
                if id + 1 < node.end {
                    self.text(" ");
                    self.list(id + 1, node.end);
                }
            }
            NodeKind::Break => self.text("break"),
            NodeKind::Goto => {
                self.text("goto ");
                self.token(node.first + 1);
            }
            NodeKind::Label => {
                self.text("::");
                self.token(node.first + 1);
                self.text("::");
            }
            kind => unreachable!("{kind:?} is not a statement"),
        }
    }

    /// Writes names with their attribs, and their values.
    fn declaration(&mut self, keyword: &str, id: NodeId, node: Node) {
        self.text(keyword);
        let mut token = node.first + 1;
        while token < node.last && self.kind(token) != TokenKind::Assign {
            match self.kind(token) {
                TokenKind::Comma => self.text(", "),
                TokenKind::Less => {
                    if !self.out.ends_with(' ') {
                        self.text(" ");
                    }
                    self.text("<");
                }
                TokenKind::Greater => {
                    self.text(">");
                    let next = self.kind(token + 1);
                    if token + 1 < node.last && matches!(next, TokenKind::Name | TokenKind::Star) {
                        self.text(" ");
                    }
                }
                _ => self.token(token),
            }
            token += 1;
        }
        if id + 1 < node.end {
            self.text(" = ");
            self.list(id + 1, node.end);
        }
    }

    /// Writes a function with a name, whose tokens start at `name`.
    fn definition(&mut self, keywords: &str, name: u32, id: NodeId) {
        self.text(keywords);
        // The node of a function with a name starts after it.
        let open = self.node(id + 1).first;
        for token in name..open {
            self.token(token);
        }
        match self.node(id + 1).kind {
            NodeKind::Hole => self.token(open),
            _ => self.function(id + 1, open),
        }
    }

    fn conditions(&mut self, id: NodeId) {
        let children = self.children(id);
        let mut keyword = "if ";
        for pair in children.chunks(2) {
            match *pair {
                [condition, block] => {
                    self.text(keyword);
                    self.expression(condition);
                    self.text(" then");
                    self.block(block);
                }
                [block] => {
                    self.text("else");
                    self.block(block);
                }
                _ => {}
            }
            keyword = "elseif ";
        }
        self.text("end");
    }

    /// Writes a loop, with a token after its variables that is spelled `between`.
    fn for_loop(&mut self, id: NodeId, node: Node, after: TokenKind, between: &str) {
        self.text("for ");
        let mut token = node.first + 1;
        while self.kind(token) != after {
            match self.kind(token) {
                TokenKind::Comma => self.text(", "),
                _ => self.token(token),
            }
            token += 1;
        }
        self.text(between);
        let block = self.source.children(id).last().unwrap_or(id);
        self.list(id + 1, block);
        self.text(" do");
        self.block(block);
        self.text("end");
    }

    /// Writes expressions from one node up to another, with commas.
    fn list(&mut self, mut id: NodeId, end: NodeId) {
        while id < end {
            self.expression(id);
            id = self.node(id).end;
            if id < end {
                self.text(", ");
            }
        }
    }

    fn expression(&mut self, id: NodeId) {
        let node = self.node(id);
        match node.kind {
            NodeKind::Nil => self.text("nil"),
            NodeKind::True => self.text("true"),
            NodeKind::False => self.text("false"),
            NodeKind::Vararg => self.text("..."),
            NodeKind::Name => self.token(node.first),
            NodeKind::Number => {
                let text = self.source.token(node.first);
                literal::write_number(&mut self.out, text, self.source.version);
            }
            NodeKind::String => {
                let value = self.string_value(node);
                literal::write_string(&mut self.out, &value);
            }
            NodeKind::Function => {
                self.text("function");
                // Without the keyword in a definition, but here there is one.
                self.function(id, node.first + 1);
            }
            NodeKind::Hole => {
                self.text("function");
                self.text(TokenKind::Hole.spelling());
            }
            NodeKind::Table => self.table(id),
            NodeKind::Parenthesized => {
                self.text("(");
                self.expression(id + 1);
                self.text(")");
            }
            NodeKind::Unary => {
                match self.kind(node.first) {
                    TokenKind::Not => self.text("not "),
                    TokenKind::Minus if self.kind(node.first + 1) == TokenKind::Minus => {
                        self.text("- ");
                    }
                    _ => self.token(node.first),
                }
                self.expression(id + 1);
            }
            NodeKind::Binary => {
                let mut operand = id + 1;
                loop {
                    self.expression(operand);
                    let Node { last, end, .. } = self.node(operand);
                    if end == node.end {
                        break;
                    }
                    self.text(" ");
                    self.token(last);
                    self.text(" ");
                    operand = end;
                }
            }
            NodeKind::Suffixed => {
                self.expression(id + 1);
                let mut suffix = self.node(id + 1).end;
                while suffix < node.end {
                    self.suffix(suffix);
                    suffix = self.node(suffix).end;
                }
            }
            kind => unreachable!("{kind:?} is not an expression"),
        }
    }

    fn string_value(&self, string: Node) -> Cow<'s, [u8]> {
        literal::string_value(self.source.token(string.first), self.source.version)
    }

    fn suffix(&mut self, id: NodeId) {
        let node = self.node(id);
        match node.kind {
            NodeKind::Field => {
                self.text(".");
                self.token(node.first + 1);
            }
            NodeKind::Index => match self.name_key(id + 1) {
                Some(name) => {
                    self.text(".");
                    self.text(&name);
                }
                None => {
                    self.text("[");
                    self.expression(id + 1);
                    self.text("]");
                }
            },
            _ => {
                if node.kind == NodeKind::Method {
                    self.text(":");
                    self.token(node.first + 1);
                }
                self.text("(");
                self.list(id + 1, node.end);
                self.text(")");
            }
        }
    }

    /// Returns a key that can be written as a name: a string literal with the value of one.
    fn name_key(&self, key: NodeId) -> Option<String> {
        let node = self.node(key);
        if node.kind != NodeKind::String {
            return None;
        }
        let value = self.string_value(node);
        let is_word = value
            .iter()
            .all(|byte| *byte == b'_' || byte.is_ascii_alphanumeric());
        let is_name = is_word && !value.first()?.is_ascii_digit();
        let is_free = is_name && !TokenKind::is_reserved(&value, self.source.version);
        is_free.then(|| String::from_utf8(value.into_owned()).ok())?
    }

    fn table(&mut self, id: NodeId) {
        let (start, lines) = (self.out.len(), self.lines);
        self.text("{");
        let mut breaks = Vec::new();
        let end = self.node(id).end;
        let mut item = id + 1;
        while item < end {
            breaks.push(self.add_break(BreakKind::None));
            if breaks.len() > 1 {
                self.text(" ");
            }
            self.item(item);
            item = self.node(item).end;
            if item < end {
                self.text(",");
            }
        }
        if breaks.is_empty() {
            self.text("}");
            return;
        }
        let (first, close) = (breaks[0], self.add_break(BreakKind::None));
        self.text("}");
        if self.lines == lines && self.out.len() - start <= LONGEST_TABLE {
            return;
        }
        for at in &breaks {
            self.breaks[*at].kind = BreakKind::InsteadOfSpace;
        }
        self.breaks[first].kind = BreakKind::Line;
        self.breaks[first].shift += 1;
        self.breaks[close].kind = BreakKind::AfterComma;
        self.breaks[close].shift -= 1;
        self.lines += breaks.len() + 1;
    }

    fn item(&mut self, id: NodeId) {
        let node = self.node(id);
        match node.kind {
            NodeKind::NamedField => {
                self.token(node.first);
                self.text(" = ");
                self.expression(id + 1);
            }
            NodeKind::KeyedField => {
                match self.name_key(id + 1) {
                    Some(name) => self.text(&name),
                    None => {
                        self.text("[");
                        self.expression(id + 1);
                        self.text("]");
                    }
                }
                self.text(" = ");
                self.expression(self.node(id + 1).end);
            }
            _ => self.expression(id),
        }
    }

    /// Writes a function from its parenthesis on.
    fn function(&mut self, id: NodeId, open: u32) {
        self.text("(");
        let mut token = open + 1;
        while self.kind(token) != TokenKind::CloseParen {
            match self.kind(token) {
                TokenKind::Comma => self.text(", "),
                _ => self.token(token),
            }
            token += 1;
        }
        self.text(")");
        let body = id + 1;
        match self.node(body).end == body + 1 {
            true => self.text(" "),
            false => self.block(body),
        }
        self.text("end");
    }
}
