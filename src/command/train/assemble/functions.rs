//! The functions of a chunk, with the places of their upvalues.

use anyhow::{Result, bail};
use luadec_tok::chunk::{Chunk, Proto, TreePath};
use luadec_tok::compare::{Capture, captures};
use luadec_tok::{Step, Version};

/// A function of a chunk.
pub struct Function<'c> {
    pub path: TreePath,
    pub proto: &'c Proto<'c>,
    /// The function around it, and its index there; none for the root.
    pub place: Option<(usize, usize)>,
    /// The functions inside it.
    pub inside: Vec<usize>,
    /// What the upvalues of each function inside it capture.
    pub captures: Vec<Vec<Capture>>,
    /// The upvalues that are the environment of the chunk.
    pub envs: Vec<bool>,
}

/// Returns the functions of a chunk, each before those inside it.
///
/// # Errors
/// Not exactly one CLOSURE makes a function, so there is no place for it in a source.
pub fn functions<'c>(chunk: &'c Chunk<'c>) -> Result<Vec<Function<'c>>> {
    let version = chunk.version;
    let mut functions: Vec<Function> = Vec::new();
    // The functions around the next one.
    let mut open: Vec<usize> = Vec::new();
    for found in chunk.functions() {
        let proto = found.proto;
        open.truncate(found.path.0.len());
        let place = match (open.last(), found.path.0.last()) {
            (Some(around), Some(Step::Function(index))) => Some((*around, *index)),
            _ => None,
        };
        let number = functions.len();
        let envs = match place {
            None => root_envs(chunk),
            Some((around, index)) => {
                let around = &mut functions[around];
                around.inside.push(number);
                let captures = around.captures[index].iter();
                let is_env = |capture: &Capture| match capture {
                    Capture::Upvalue(outer) => around.envs.get(usize::from(*outer)) == Some(&true),
                    Capture::Register(_) => false,
                };
                captures.map(is_env).collect()
            }
        };
        check_places(version, proto, &found.path)?;
        functions.push(Function {
            path: found.path,
            proto,
            place,
            inside: Vec::new(),
            captures: captures(version, proto),
            envs,
        });
        open.push(number);
    }
    Ok(functions)
}

/// Returns which upvalues of the root are the environment: the only one of a file, otherwise those with
/// its name.
fn root_envs(chunk: &Chunk) -> Vec<bool> {
    let main = &chunk.main;
    let upvalues = main.upvalues.iter();
    match main.is_main(chunk.version) {
        true => upvalues.map(|_| true).collect(),
        false if chunk.version == Version::Lua51 => upvalues.map(|_| false).collect(),
        false => upvalues
            .map(|upvalue| upvalue.name.as_deref() == Some(b"_ENV"))
            .collect(),
    }
}

/// Checks that one CLOSURE makes each function inside a function.
fn check_places(version: Version, proto: &Proto, path: &TreePath) -> Result<()> {
    let mut places = vec![0u32; proto.p.len()];
    for index in luadec_tok::compare::closures(version, proto) {
        if let Some(count) = places.get_mut(index) {
            *count += 1;
        }
    }
    for (index, count) in places.into_iter().enumerate() {
        if count != 1 {
            let mut path = path.clone();
            path.0.push(Step::Function(index));
            let what = match count {
                0 => "no CLOSURE makes this function".to_owned(),
                count => format!("{count} CLOSUREs make this function"),
            };
            bail!("{path}: {what}, so no source has it; luac never writes that");
        }
    }
    Ok(())
}
