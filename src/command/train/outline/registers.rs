//! The variables that the holes of an answer capture.

use luadec_tok::Version;
use luadec_tok::compare::Capture;
use luadec_tok::source::{FunctionId, Source, TokenKind, VariableId, VariableKind};

/// What an upvalue of a hole captures from the function around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captured {
    /// A variable of the answer.
    Variable(VariableId),
    /// The upvalue of the function with this index.
    Upvalue(usize),
}

/// Returns what the upvalues of each hole in a function of an answer capture; `None` where the
/// function has no variable in the register. `captures` are the places that the outline says.
///
/// A register is the position of its variable among those in scope, including those without a name
/// in the text. A compile-time constant has no register.
pub fn captured(
    source: &Source,
    function: FunctionId,
    captures: &[Vec<Capture>],
) -> Vec<Vec<Option<Captured>>> {
    let mut registers = Registers::new(source, function);
    let holes = source.functions_in(function).zip(captures);
    holes
        .map(|(hole, captures)| {
            let open = source.functions[hole as usize].open;
            let registers = registers.at(open);
            let captured = |capture: &Capture| match *capture {
                Capture::Upvalue(index) => Some(Captured::Upvalue(index.into())),
                Capture::Register(register) => {
                    let (_, variable) = registers.get(usize::from(register))?;
                    variable.map(Captured::Variable)
                }
            };
            captures.iter().map(captured).collect()
        })
        .collect()
}

/// The variables in scope by register, at one token after another.
struct Registers<'s> {
    source: &'s Source<'s>,
    function: FunctionId,
    /// The next variable.
    next: VariableId,
    /// The end of the scope of each variable in scope, and the variable if it has a name.
    in_scope: Vec<(u32, Option<VariableId>)>,
}

impl<'s> Registers<'s> {
    fn new(source: &'s Source, function: FunctionId) -> Registers<'s> {
        let definition = &source.functions[function as usize];
        let parameters = definition.parameters.clone();
        let mut in_scope: Vec<_> = parameters.clone().map(|id| (u32::MAX, Some(id))).collect();
        let has_table = parameters
            .clone()
            .next_back()
            .is_some_and(|last| source.variables[last as usize].kind == VariableKind::VarargTable);
        // From Lua 5.5 on, the table of the arguments has a register even without a name, except in
        // a main function.
        if source.version >= Version::Lua55 && function > 0 && definition.is_vararg && !has_table {
            in_scope.push((u32::MAX, None));
        }
        Registers {
            source,
            function,
            next: parameters.end,
            in_scope,
        }
    }

    /// Returns the variables in scope at a token, which is not before that of the last call.
    fn at(&mut self, token: u32) -> &[(u32, Option<VariableId>)] {
        while let Some(variable) = self.source.variables.get(self.next as usize)
            && (variable.function != self.function || variable.scope.start <= token)
        {
            let id = self.next;
            self.next += 1;
            if variable.function != self.function
                || variable.kind == VariableKind::Global
                || self.source.is_compile_time_constant(id)
            {
                continue;
            }
            self.close(variable.scope.start);
            let end = variable.scope.end;
            let hidden = self.hidden_before(id);
            self.in_scope.extend((0..hidden).map(|_| (end, None)));
            self.in_scope.push((end, Some(id)));
        }
        self.close(token);
        &self.in_scope
    }

    /// Removes the variables whose scope ends at a token or before it.
    fn close(&mut self, token: u32) {
        while self.in_scope.last().is_some_and(|(end, _)| *end <= token) {
            self.in_scope.pop();
        }
    }

    /// Returns the number of variables without a name that a `for` loop declares before its first one.
    fn hidden_before(&self, id: VariableId) -> usize {
        let variable = &self.source.variables[id as usize];
        let kind = |token: u32| self.source.tokens[token as usize].kind;
        if variable.kind != VariableKind::For || kind(variable.token - 1) != TokenKind::For {
            return 0;
        }
        let is_numeric = kind(variable.token + 1) == TokenKind::Assign;
        match (is_numeric, self.source.version) {
            (true, Version::Lua55) => 2,
            (false, Version::Lua54) => 4,
            _ => 3,
        }
    }
}
