//! The names that the debug information of a chunk has for the variables of an answer.

use std::collections::HashMap;

use luadec_tok::Version;
use luadec_tok::chunk::{LocVar, Proto};
use luadec_tok::source::{TokenKind, VariableId, tokens};

/// A variable in the debug information of a function.
struct Local<'p> {
    name: Option<Vec<u8>>,
    register: usize,
    local: LocVar<'p>,
}

/// Returns the variables of a function with their registers. The register of a variable is the number of
/// variables in scope where its scope begins.
fn locals<'p>(proto: &'p Proto<'p>) -> Vec<Local<'p>> {
    let mut found: Vec<Local> = Vec::new();
    // The ends of the scopes around.
    let mut open: Vec<i32> = Vec::new();
    for local in proto.locvars.iter() {
        open.retain(|end| *end > local.startpc);
        found.push(Local {
            name: local.varname.as_deref().map(<[u8]>::to_vec),
            register: open.len(),
            local: LocVar {
                varname: None,
                ..local
            },
        });
        open.push(local.endpc);
    }
    found
}

/// Returns the names that a chunk's function has for the variables of a proven answer. `compiled` is the
/// answer's code, in which each variable has a name of its own.
pub fn chunk_names(
    version: Version,
    asked: &Proto,
    compiled: &Proto,
    by_name: &HashMap<&str, VariableId>,
) -> HashMap<VariableId, String> {
    let (asked, compiled) = (locals(asked), locals(compiled));
    let scope = |local: &Local| (local.local.startpc, local.local.endpc);
    let agree = asked.len() == compiled.len()
        && asked
            .iter()
            .zip(&compiled)
            .all(|(a, b)| scope(a) == scope(b));
    let places: HashMap<(usize, i32), usize> = match agree {
        true => HashMap::new(),
        false => {
            let places = asked.iter().enumerate().rev();
            places
                .map(|(index, local)| ((local.register, local.local.startpc), index))
                .collect()
        }
    };
    let mut names = HashMap::new();
    for (index, local) in compiled.iter().enumerate() {
        let place = match agree {
            true => Some(index),
            false => places.get(&(local.register, local.local.startpc)).copied(),
        };
        let id = local
            .name
            .as_deref()
            .and_then(|name| std::str::from_utf8(name).ok());
        let id = id.and_then(|name| by_name.get(name));
        let name = place.and_then(|place| asked[place].name.as_deref());
        let name = name.and_then(|name| valid_name(version, name));
        if let (Some(id), Some(name)) = (id, name) {
            names.insert(*id, name);
        }
    }
    names
}

/// Returns the name of the variable in a register at an instruction.
pub fn name_at(version: Version, proto: &Proto, register: usize, pc: i32) -> Option<String> {
    let locals = locals(proto);
    let mut locals = locals.iter().filter(|local| {
        local.register == register && local.local.startpc <= pc && pc < local.local.endpc.max(1)
    });
    valid_name(version, locals.next()?.name.as_deref()?)
}

/// Returns a text as a name, if it is one in this version.
pub fn valid_name(version: Version, text: &[u8]) -> Option<String> {
    let mut tokens = tokens(text, version).ok()?;
    let name = tokens.next()?.ok()?;
    let is_name = name.kind == TokenKind::Name && name.range() == (0..text.len());
    is_name.then(|| String::from_utf8(text.to_vec()).ok())?
}
