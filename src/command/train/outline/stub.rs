//! Functions that stand in for holes.

use std::fmt::Write;

use luadec_tok::Version;
use luadec_tok::chunk::{Constant, Proto};
use luadec_tok::compare::{Mention, mentions};
use luadec_tok::source::{write_float, write_string};

/// Writes a function from its parenthesis to its `end`. It has the parameters of `hole` and captures
/// the variables with these names, in their order.
///
/// Lua 5.3 and 5.4 keep one table of constants for a whole file, so the constants of a function are
/// numbered differently after functions inside it that have the same ones. If `inside` is the
/// function of the chunk, then the stub also has its constants and functions.
pub fn write_stub(
    out: &mut String,
    version: Version,
    hole: &Proto,
    parameters: &[String],
    captured: &[&str],
    inside: Option<&Proto>,
) {
    out.push('(');
    let mut separator = "";
    for parameter in &parameters[..usize::from(hole.numparams)] {
        out.push_str(separator);
        out.push_str(parameter);
        separator = ",";
    }
    if hole.is_vararg != 0 {
        out.push_str(separator);
        out.push_str("...");
    }
    out.push_str(") ");
    for name in captured {
        // A condition would need one level of nesting more.
        let _ = write!(out, "{name}() ");
    }
    let shares_constants = matches!(version, Version::Lua53 | Version::Lua54);
    if let Some(inside) = inside.filter(|_| shares_constants) {
        write_constants(out, version, inside);
    }
    out.push_str("end");
}

/// Writes statements with the constants of a function, and with functions that have the constants of
/// those inside it, in the order in which the compiler met them.
fn write_constants(out: &mut String, version: Version, p: &Proto) {
    if p.k.is_empty() && p.p.is_empty() {
        return;
    }
    // A name that no captured variable has: their mentions come before.
    out.push_str("local z ");
    for mention in mentions(version, p) {
        match mention {
            Mention::Constant(constant) => write_constant(out, version, &constant),
            Mention::Function(inside) => {
                // In an expression, Lua would count two levels of nesting for it.
                out.push_str("function z() ");
                write_constants(out, version, inside);
                out.push_str("end ");
            }
        }
    }
}

/// Writes a statement that makes the compiler add a constant.
fn write_constant(out: &mut String, version: Version, constant: &Constant) {
    // In Lua 5.4 a comparison with a small integer has no constant, but a multiplication has.
    let is_number = matches!(constant, Constant::Integer(_) | Constant::Float(_));
    let (before, after) = match is_number && version == Version::Lua54 {
        true => ("z=z*", " "),
        false => ("if z==", " then end "),
    };
    out.push_str(before);
    match constant {
        Constant::Nil | Constant::Null => out.push_str("nil"),
        Constant::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Constant::Integer(i64::MIN) => out.push_str("0x8000000000000000"),
        Constant::Integer(value) => {
            let _ = write!(out, "{value}");
        }
        Constant::Float(value) => write_float(out, *value, version),
        Constant::String(value) => write_string(out, value),
    }
    out.push_str(after);
}
