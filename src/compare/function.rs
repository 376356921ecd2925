//! A function, prepared for a comparison in which registers may have other numbers.

use std::ops::Range;

use super::captures::{Capture, captured};
use super::code::{ConstantIds, Decoded, instructions};
use super::registers::{Effect, REGISTERS, RegisterValue, Registers, effect};
use crate::chunk::{Extension, Proto};
use crate::disasm::{Reference, operands};
use crate::version::Version;

/// A function with what a comparison needs to know about it.
pub(super) struct PreparedFunction<'p> {
    pub p: &'p Proto<'p>,
    /// The indices of the functions inside in the list of all functions.
    pub inside: Vec<usize>,
    /// The number of instructions that count, including those of the functions inside.
    pub size: usize,
    /// The number of functions, including those inside.
    pub functions: usize,
    /// The numbers of its constants.
    pub constants: Vec<u32>,
    /// The instructions that count. See [`counted`].
    pub units: Vec<Unit>,
    /// The index of the last word if it does not count: the RETURN that ends every function.
    closing: Option<usize>,
    /// For each word of the code, the first unit at it or after it.
    pub unit_at: Vec<usize>,
    /// A hash of what this function and those inside it do, without registers and upvalues.
    pub shape: u64,
    /// The variables of its upvalues.
    pub upvalues: Vec<CapturedVariable>,
}

/// An instruction that counts.
pub(super) struct Unit {
    pub i: Decoded,
    pub effect: Effect,
    /// A hash of what it does, without its registers, its upvalues and the distance of its jump.
    pub deed: u64,
    /// The same with its registers and the indices of its upvalues.
    pub literal: u64,
    /// A hash of what it does and of what the instructions do that wrote the values it reads.
    pub context: u64,
    /// True if it has no constant and does not return, so that finding it elsewhere means little.
    pub says_little: bool,
    /// The index in the list of all functions of the function that it makes a closure of.
    pub function: Option<usize>,
}

/// The variable of an upvalue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum CapturedVariable {
    /// The upvalue of the outermost function with this index.
    Outside(usize),
    /// The value written last to the captured register of this function before the closure was
    /// made.
    Local(usize, RegisterValue),
    /// No variable: nothing makes a closure of the function, or the enclosing function lacks the
    /// upvalue.
    Missing(usize, usize),
}

/// Returns the functions of a tree, each before those inside it. `names` are hashes of the names of
/// the outermost function's upvalues, if they are known.
pub(super) fn functions<'p>(
    version: Version,
    p: &'p Proto<'p>,
    names: &[u64],
    values: &mut ConstantIds<'p>,
) -> Vec<PreparedFunction<'p>> {
    let mut all = Vec::new();
    let outside = (0..p.upvalues.len())
        .map(CapturedVariable::Outside)
        .collect();
    add(version, p, outside, names, values, &mut all);
    all
}

/// Adds a function and those inside it, and returns its index.
fn add<'p>(
    version: Version,
    p: &'p Proto<'p>,
    upvalues: Vec<CapturedVariable>,
    names: &[u64],
    values: &mut ConstantIds<'p>,
    all: &mut Vec<PreparedFunction<'p>>,
) -> usize {
    let place = all.len();
    let constants = values.of(p);
    let counted = counted(version, p);
    let last = p.code.len().checked_sub(1);
    let closing = last.filter(|last| counted.last().is_none_or(|i| i.pc != *last));
    let mut unit_at = vec![counted.len(); p.code.len() + 1];
    for (unit, i) in counted.iter().enumerate().rev() {
        unit_at[i.pc] = unit;
    }
    for pc in (0..p.code.len()).rev() {
        unit_at[pc] = unit_at[pc].min(unit_at[pc + 1]);
    }
    let mut units: Vec<Unit> = counted
        .into_iter()
        .map(|i| unit(version, p, i, &constants))
        .collect();
    let variables = flow(version, p, place, &upvalues, names, &mut units);
    all.push(PreparedFunction {
        p,
        inside: Vec::new(),
        size: units.len(),
        functions: 1,
        constants,
        units,
        closing,
        unit_at,
        shape: 0,
        upvalues,
    });
    for (inner, variables) in p.p.iter().zip(variables) {
        let inner = add(version, inner, variables, names, values, all);
        all[place].inside.push(inner);
        all[place].size += all[inner].size;
        all[place].functions += all[inner].functions;
    }
    let function = &all[place];
    let inside = function.inside.iter().map(|inner| all[*inner].shape);
    let head = [u64::from(p.numparams), u64::from(p.is_vararg != 0)];
    let own = function.units.iter().map(|unit| unit.deed);
    let shape = head.into_iter().chain(own).chain(inside).fold(1, mix);
    let inside = function.inside.clone();
    all[place].shape = shape;
    for unit in &mut all[place].units {
        if let Some(index) = unit.function {
            unit.function = inside.get(index).copied();
        }
    }
    place
}

/// Returns the instructions of a function that count: all except the RETURN that ends every
/// function and the VARARGPREP that begins a function with `...`.
pub(super) fn counted(version: Version, p: &Proto) -> Vec<Decoded> {
    let name = |i: &Decoded| version.opcode(i.op).name();
    let mut counted: Vec<Decoded> = instructions(version, p).collect();
    if counted
        .last()
        .is_some_and(|i| name(i).starts_with("RETURN"))
    {
        counted.pop();
    }
    if counted.first().is_some_and(|i| name(i) == "VARARGPREP") {
        counted.remove(0);
    }
    counted
}

fn unit(version: Version, p: &Proto, i: Decoded, constants: &[u32]) -> Unit {
    let mut effect = effect(version, &i);
    let name = version.opcode(i.op).name();
    // Lua 5.4 and later have three instructions to return.
    let op = match name {
        "RETURN0" | "RETURN1" => u64::MAX,
        "RETURN" if version >= Version::Lua54 => u64::MAX,
        _ => i.op.into(),
    };
    let mut deed = mix(0, op);
    let mut literal = deed;
    for (index, operand) in i.operands.into_iter().enumerate() {
        // The fields that say whether upvalues are closed, or how many parameters there are, follow
        // from other parts of the function.
        let is_aside = match name {
            "RETURN" | "RETURN0" | "RETURN1" | "TAILCALL" => index >= 2,
            "JMP" => true,
            _ => false,
        };
        let (kind, value) = match operand {
            _ if is_aside => (0, 0),
            Reference::None => (0, 0),
            Reference::Number(n) => (1, n as u64),
            Reference::Register(_) => (2, 0),
            Reference::Upvalue(_) => (3, 0),
            Reference::Label(_) => (4, 0),
            Reference::Function(_) => (5, 0),
            Reference::Constant(index) => match constants.get(index) {
                Some(value) => (6, (*value).into()),
                None => (7, index as u64),
            },
        };
        deed = mix(deed, value << 3 | kind);
        literal = match operand {
            Reference::Register(register) => mix(literal, register.into()),
            Reference::Upvalue(index) => mix(literal, index as u64),
            _ => mix(literal, value << 3 | kind),
        };
    }
    let function = i.operands.iter().find_map(|operand| match operand {
        Reference::Function(index) => Some(*index as usize),
        _ => None,
    });
    if let Some(first) = loop_variables(version, p, &i) {
        effect.writes = first..REGISTERS;
    }
    let has_constant = |operand: &Reference| matches!(operand, Reference::Constant(_));
    let says_little = !name.starts_with("RETURN") && !i.operands.iter().any(has_constant);
    Unit {
        i,
        says_little,
        effect,
        deed,
        literal,
        context: deed,
        function,
    }
}

/// Returns the first variable of a generic loop if the instruction is the jump into one, before Lua
/// 5.4. There the instruction that writes the variables comes after the body.
fn loop_variables(version: Version, p: &Proto, i: &Decoded) -> Option<usize> {
    if version >= Version::Lua54 || version.opcode(i.op).name() != "JMP" {
        return None;
    }
    let call = jump_target(p, i)?;
    let (calls, back) = (p.code.get(call)?, p.code.get(call + 1)?);
    let back = Decoded {
        pc: call + 1,
        op: version.op(back),
        operands: operands(Extension::NONE, version, back, Some(calls)),
    };
    let is_loop = matches!(version.opcode_of(calls).name(), "TFORLOOP" | "TFORCALL");
    (is_loop && jump_target(p, &back) == Some(i.pc + 1))
        .then(|| version.layout().a.get(calls) as usize + 3)
}

/// Returns the index that an instruction jumps to, if it jumps and the index exists.
pub(super) fn jump_target(p: &Proto, i: &Decoded) -> Option<usize> {
    let distance = i.operands.iter().find_map(|operand| match operand {
        Reference::Label(distance) => Some(*distance),
        _ => None,
    })?;
    let target = usize::try_from(i.pc as i64 + 1 + distance).ok()?;
    (target <= p.code.len()).then_some(target)
}

/// Computes the context of each instruction, and returns the variables of the upvalues of the
/// functions inside.
fn flow(
    version: Version,
    p: &Proto,
    place: usize,
    upvalues: &[CapturedVariable],
    names: &[u64],
    units: &mut [Unit],
) -> Vec<Vec<CapturedVariable>> {
    let captured = captured(version, p);
    let missing = |function: usize| move |index| CapturedVariable::Missing(function, index);
    let mut variables: Vec<Vec<CapturedVariable>> = captured
        .iter()
        .map(|captured| (0..captured.len()).map(missing(place)).collect())
        .collect();
    let mut registers = Registers::at_start(p);
    let mut near = Vec::with_capacity(units.len());
    for index in 0..units.len() {
        let unit = &units[index];
        let reads = || registers.reads(&unit.effect);
        let source = |written, deeds: &dyn Fn(usize) -> u64| match written {
            RegisterValue::Unset => 0,
            RegisterValue::Parameter(parameter) => 1 + parameter as u64,
            RegisterValue::Written(unit, more) => mix(deeds(unit), more as u64),
        };
        let deeds = |unit: usize| units[unit].deed;
        near.push(reads().fold(unit.deed, |sum, written| mix(sum, source(written, &deeds))));
        let deeds = |unit: usize| near[unit];
        let mut context = reads().fold(unit.deed, |sum, written| mix(sum, source(written, &deeds)));
        for operand in unit.i.operands {
            if let Reference::Upvalue(index) = operand
                && let Some(CapturedVariable::Outside(index)) = upvalues.get(index)
                && let Some(name) = names.get(*index)
            {
                context = mix(context, *name);
            }
        }
        if let Some(function) = unit.function
            && let (Some(captured), Some(variables)) =
                (captured.get(function), variables.get_mut(function))
        {
            for (captured, variable) in captured.iter().zip(variables) {
                *variable = match *captured {
                    Capture::Upvalue(index) => match upvalues.get(usize::from(index)) {
                        Some(variable) => *variable,
                        None => CapturedVariable::Missing(place, index.into()),
                    },
                    // The function captures itself.
                    Capture::Register(r) if unit.effect.writes.contains(&usize::from(r)) => {
                        CapturedVariable::Local(place, RegisterValue::Written(index, 0))
                    }
                    Capture::Register(r) => {
                        CapturedVariable::Local(place, registers.written[usize::from(r)])
                    }
                };
            }
        }
        let unit = &mut units[index];
        unit.context = context;
        registers.step(index, &unit.effect, 0);
    }
    variables
}

/// Adds a number to a hash that depends on the order of the numbers.
pub(super) fn mix(sum: u64, number: u64) -> u64 {
    let mixed = (sum.rotate_left(23) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ mixed >> 29
}

impl PreparedFunction<'_> {
    /// Returns the variable of an upvalue.
    pub fn variable(&self, upvalue: usize) -> CapturedVariable {
        let missing = CapturedVariable::Missing(usize::MAX, upvalue);
        self.upvalues.get(upvalue).copied().unwrap_or(missing)
    }

    /// Returns the index of the first instruction that counts: 1 after a VARARGPREP.
    pub fn first_word(&self) -> usize {
        let first = self.units.first().map(|unit| unit.i.pc);
        first.or(self.last_word()).unwrap_or(self.p.code.len())
    }

    /// Returns the index of the RETURN at the end, which does not count.
    pub fn last_word(&self) -> Option<usize> {
        self.closing
    }

    /// Returns the words of an instruction: itself, and those after it that say what it captures.
    pub fn words(&self, unit: usize) -> Range<usize> {
        let next = self.units.get(unit + 1).map(|unit| unit.i.pc);
        let end = next.or(self.closing).unwrap_or(self.p.code.len());
        self.units[unit].i.pc..end
    }
}
