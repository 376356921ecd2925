//! Counts the references to strings in code.

use std::borrow::Cow;
use std::collections::HashMap;

use super::code::instructions;
use crate::chunk::{Constant, Proto};
use crate::disasm::Reference;
use crate::version::Version;

/// Counts how often the instructions of a function and of those inside it refer to each string
/// constant, be it the name of a global variable, a key or a value.
pub fn string_uses<'p>(version: Version, p: &'p Proto) -> HashMap<Cow<'p, [u8]>, usize> {
    let mut uses = HashMap::new();
    add(version, p, &mut uses);
    uses
}

fn add<'p>(version: Version, p: &'p Proto, uses: &mut HashMap<Cow<'p, [u8]>, usize>) {
    let mut counts = vec![0; p.k.len()];
    for i in instructions(version, p) {
        for operand in i.operands {
            if let Reference::Constant(index) = operand
                && let Some(count) = counts.get_mut(index)
            {
                *count += 1;
            }
        }
    }
    for (constant, count) in p.k.iter().zip(counts) {
        if let Constant::String(string) = constant {
            *uses.entry(string).or_default() += count;
        }
    }
    for inner in &p.p {
        add(version, inner, uses);
    }
}
