//! Stands in for a function without a usable answer, so that the functions around it and inside it stay
//! the same.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

use luadec_tok::Version;
use luadec_tok::compare::Capture;
use luadec_tok::source::{Source, VariableId, VariableKind};

use super::functions::Function;
use super::locals::{name_at, valid_name};
use crate::command::train::outline::Captured;

/// The text of a skeleton: an answer with holes.
pub struct Skeleton {
    pub text: String,
    /// The registers that inner functions capture, and which parameters are them.
    numparams: u8,
}

/// The most variables and functions in one scope. Lua allows 200 variables.
const MAX_LOCALS: usize = 180;

/// The most upvalues in one statement, each of which needs a register.
const GROUP: usize = 50;

/// The depth of functions up to which the limit of Lua's parser leaves room for an expression in the body.
const MAX_DEPTH: usize = 190;

/// The name of the parameter or variable in a register.
fn register(number: u8, numparams: u8) -> String {
    match number < numparams {
        true => format!("a{number}"),
        false => format!("c{number}"),
    }
}

impl Skeleton {
    /// Writes the skeleton of a function. `is_file` is true for the main function of a file, and
    /// `has_globals` is false if globals cannot be used without a declaration.
    pub fn new(
        version: Version,
        function: &Function,
        is_file: bool,
        has_globals: bool,
    ) -> Skeleton {
        let proto = function.proto;
        let numparams = proto.numparams;
        let mut text = String::new();
        if !is_file {
            let mut parameters: Vec<String> = (0..numparams)
                .map(|number| register(number, numparams))
                .collect();
            if proto.is_vararg != 0 {
                parameters.push("...".to_owned());
            }
            let _ = writeln!(text, "function({})", parameters.join(", "));
        }
        let upvalues: Vec<String> = (0..proto.upvalues.len()).map(|i| format!("u{i}")).collect();
        let is_deep = function.path.0.len() > MAX_DEPTH;
        for group in upvalues.chunks(GROUP).filter(|_| !is_deep) {
            let _ = writeln!(text, "local _ = {}", group.join(", "));
        }
        let captured = |capture: &Capture| match capture {
            Capture::Register(number) => Some(*number).filter(|number| *number >= numparams),
            Capture::Upvalue(_) => None,
        };
        let all: BTreeSet<u8> = function
            .captures
            .iter()
            .flatten()
            .filter_map(captured)
            .collect();
        let declare = |text: &mut String, registers: &BTreeSet<u8>| {
            if !registers.is_empty() {
                let names: Vec<String> = registers
                    .iter()
                    .map(|number| register(*number, numparams))
                    .collect();
                let _ = writeln!(text, "local {}", names.join(", "));
            }
        };
        let groups = upvalues.len().div_ceil(GROUP);
        let locals = usize::from(numparams) + groups + all.len() + function.inside.len();
        if locals <= MAX_LOCALS {
            declare(&mut text, &all);
        }
        for (index, captures) in function.captures.iter().enumerate() {
            // Lua counts two levels of nesting for a function in an expression, but one for this.
            let definition = format!("local function f{}<|Hole|>", index + 1);
            if locals <= MAX_LOCALS {
                let _ = writeln!(text, "{definition}");
            } else {
                text.push_str("do\n");
                declare(&mut text, &captures.iter().filter_map(captured).collect());
                let _ = writeln!(text, "{definition}\nend");
            }
        }
        let what = format!("\"{} was not decompiled\"", function.path);
        let has_env = version == Version::Lua51 || function.envs.contains(&true);
        let _ = match has_env && has_globals {
            _ if is_deep => Ok(()),
            true => writeln!(text, "error({what})"),
            false => writeln!(text, ";({{}})[{what}]()"),
        };
        if !is_file {
            text.push_str("end");
        }
        Skeleton { text, numparams }
    }

    /// Returns the free names of the skeleton that are upvalues.
    pub fn upvalues(function: &Function) -> HashMap<Vec<u8>, usize> {
        let count = function.proto.upvalues.len();
        (0..count)
            .map(|index| (format!("u{index}").into_bytes(), index))
            .collect()
    }

    /// Returns what the upvalues of the functions inside capture in the parsed skeleton.
    pub fn captured(
        &self,
        function: &Function,
        source: &Source,
        holes: &[u32],
    ) -> Vec<Vec<Captured>> {
        let at_hole = |(captures, hole): (&Vec<Capture>, &u32)| {
            let capture = |capture: &Capture| match capture {
                Capture::Upvalue(index) => Captured::Upvalue(usize::from(*index)),
                Capture::Register(number) => {
                    let name = register(*number, self.numparams);
                    let found = source.variables.iter().rposition(|variable| {
                        source.variable_name(variable) == name.as_bytes()
                            && variable.scope.contains(hole)
                    });
                    Captured::Variable(found.expect("it is declared") as VariableId)
                }
            };
            captures.iter().map(capture).collect()
        };
        function.captures.iter().zip(holes).map(at_hole).collect()
    }

    /// Returns the names that the chunk has for the variables of the skeleton.
    pub fn names(
        version: Version,
        function: &Function,
        inside: &[&Function],
        source: &Source,
    ) -> HashMap<VariableId, String> {
        let mut names = HashMap::new();
        for (id, variable) in (0..).zip(&source.variables) {
            let spelled = String::from_utf8_lossy(source.variable_name(variable));
            let name = match variable.kind {
                VariableKind::Parameter => {
                    let number = spelled[1..].parse().unwrap_or(0);
                    name_at(version, function.proto, number, 0)
                }
                _ => spelled.strip_prefix('c').and_then(|number| {
                    let number: u8 = number.parse().ok()?;
                    let capture = Capture::Register(number);
                    let mut captured = function.captures.iter().zip(inside);
                    captured.find_map(|(captures, inside)| {
                        let index = captures.iter().position(|found| *found == capture)?;
                        let name = inside.proto.upvalues.get(index)?.name.as_deref()?;
                        valid_name(version, name)
                    })
                }),
            };
            names.extend(name.map(|name| (id, name)));
        }
        names
    }
}
