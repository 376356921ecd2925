//! The registers of the variables that are in scope at a place of an answer.

use luadec_tok::Version;
use luadec_tok::source::{Source, TokenKind, VariableId, VariableKind};

/// Returns the variables in scope at a token, by register; `None` for registers whose variables have no
/// name in the text.
pub fn registers(source: &Source, token: u32) -> Vec<Option<VariableId>> {
    let version = source.version;
    let mut registers = Vec::new();
    let mut parameters_end = None;
    if let Some(function) = source.functions.get(1).filter(|function| !function.is_hole) {
        let is_named = || {
            let mut parameters = source.variables[..function.parameters.end as usize].iter();
            parameters.any(|variable| variable.kind == VariableKind::VarargTable)
        };
        if version >= Version::Lua55 && function.is_vararg && !is_named() {
            parameters_end = Some(function.parameters.end);
        }
    }
    let mut last_loop = None;
    for (id, variable) in (0..).zip(&source.variables) {
        if parameters_end.take_if(|end| *end == id).is_some() {
            registers.push(None);
        }
        let is_constant = || source.is_compile_time_constant(id);
        if !variable.scope.contains(&token)
            || variable.kind == VariableKind::Global
            || is_constant()
        {
            continue;
        }
        if variable.kind == VariableKind::For
            && last_loop.replace(variable.scope.clone()) != Some(variable.scope.clone())
        {
            let after = source.tokens[variable.token as usize + 1].kind;
            let hidden = match after {
                TokenKind::Assign if version >= Version::Lua55 => 2,
                TokenKind::Assign => 3,
                _ if version == Version::Lua54 => 4,
                _ => 3,
            };
            registers.extend((0..hidden).map(|_| None));
        }
        registers.push(Some(id));
    }
    registers.extend(parameters_end.map(|_| None));
    registers
}
