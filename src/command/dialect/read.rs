//! Chunks as --dialect or --opmap says, or else in the built-in dialect that fits.

use std::fmt;

use anyhow::{Context, Result, anyhow};
use luadec_tok::chunk::{Chunk, Impossible, ImpossibleCode};
use luadec_tok::dialect::{BUILTIN, Dialect};
use luadec_tok::view::{PartialChunk, read, read_in};
use luadec_tok::{Detected, Undumped, Version, detect, skip_comment, undump, undump_in};

use super::file::DialectFile;
use crate::command::io::messages::Messages;

/// The name of the dialect that a chunk was found to have. It displays as a warning.
#[derive(Clone, Copy, Debug)]
pub struct FoundDialect(pub &'static str);

impl fmt::Display for FoundDialect {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let name = self.0;
        write!(
            f,
            "warning: read as {name}; --dialect {name} avoids this warning"
        )
    }
}

/// Reads a chunk. Its opcodes are Lua's own, and those that the dialect adds.
///
/// # Errors
/// The bytes are not a chunk, or not one of the dialect.
pub fn read_chunk<'a>(
    bytes: &'a [u8],
    given: Option<&DialectFile>,
) -> Result<(Undumped<'a>, Option<FoundDialect>)> {
    let Some(given) = given else {
        return read_any(bytes);
    };
    let mut undumped = match given.dialect() {
        Some(dialect) => undump_in(bytes, dialect)?,
        None => undump(bytes)?,
    };
    given
        .opcodes(undumped.chunk.version)?
        .to_own(&mut undumped.chunk)?;
    Ok((undumped, None))
}

/// Reads a chunk, and warns of a dialect that it was found to have and of code that no compiler emits.
///
/// # Errors
/// The bytes are not a chunk, or not one of the dialect.
pub fn read_and_warn<'a>(
    bytes: &'a [u8],
    given: Option<&DialectFile>,
    name: &str,
    messages: &mut Messages,
) -> Result<Chunk<'a>> {
    let (undumped, found) = read_chunk(bytes, given).with_context(|| name.to_owned())?;
    if let Some(found) = found {
        messages.warning(format_args!("{name}: {found}"));
    }
    if let Some(warning) = impossible_code(&undumped.chunk, given) {
        messages.warning(format_args!("{name}: {warning}"));
    }
    Ok(undumped.chunk)
}

/// Returns the warning about the first code that no compiler emits; `given` is what the chunk was read as.
pub fn impossible_code(chunk: &Chunk, given: Option<&DialectFile>) -> Option<String> {
    let impossible = chunk.find_impossible()?;
    let sign = sign_of_a_dialect(&impossible, chunk.version);
    let advice = match impossible.problem {
        _ if given.is_some() => "what --dialect or --opmap says may be incomplete or wrong",
        ImpossibleCode::Tags { .. } => "if a modified Lua wrote it, use --dialect",
        _ => "if a modified Lua wrote it, use --dialect or --opmap",
    };
    Some(format!("warning: {sign}; {advice}"))
}

/// Says what shows that a modified Lua wrote a chunk.
pub fn sign_of_a_dialect(impossible: &Impossible, version: Version) -> String {
    match impossible.problem {
        // Nothing forbids a program all of whose numbers are like these.
        ImpossibleCode::Tags { .. } => impossible.to_string(),
        _ => format!(
            "{impossible}, which no compiler of {} writes",
            version.name()
        ),
    }
}

/// Reads a chunk of plain Lua, or of the built-in dialect that fits.
fn read_any(bytes: &[u8]) -> Result<(Undumped<'_>, Option<FoundDialect>)> {
    let undumped = undump(bytes);
    let reached = match undumped {
        Ok(undumped) if undumped.trailing == 0 => return Ok((undumped, None)),
        Ok(ref undumped) => skip_comment(bytes).len() - undumped.trailing,
        Err(ref error) => error.offset,
    };
    match detect(bytes, reached) {
        Detected::One(name, dialect) => {
            let mut undumped = undump_in(bytes, &dialect)?;
            own(&mut undumped.chunk, &dialect)?;
            Ok((undumped, Some(FoundDialect(name))))
        }
        Detected::Furthest(names) => match undumped {
            Err(error) => Err(with_names(error, &names)),
            undumped => Ok((undumped?, None)),
        },
    }
}

fn own(chunk: &mut Chunk, dialect: &Dialect) -> Result<()> {
    Ok(dialect.opcodes_of(chunk.version).to_own(chunk)?)
}

/// A chunk as far as it can be read, for a view. An opcode map is not applied yet.
pub struct ReadView<'a> {
    pub chunk: PartialChunk<'a>,
    /// The dialect that it was found to be in.
    pub found: Option<FoundDialect>,
    /// Why the rest of the chunk cannot be read.
    pub damage: Option<String>,
}

/// Reads as much as possible of a chunk for a view; `found` is the dialect that the chunk was found to be
/// in before it was stripped.
///
/// # Errors
/// The bytes are not a chunk, or not one of the dialect.
pub fn read_view<'a>(
    bytes: &'a [u8],
    given: Option<&DialectFile>,
    found: Option<FoundDialect>,
) -> Result<ReadView<'a>> {
    let view = |chunk: PartialChunk<'a>, found| ReadView {
        damage: chunk.error().map(ToString::to_string),
        chunk,
        found,
    };
    if let Some(dialect) = given.and_then(DialectFile::dialect) {
        return Ok(view(read_in(bytes, dialect)?, None));
    }
    if let Some(found) = found
        && let Some(dialect) = Dialect::builtin(found.0)
    {
        return Ok(view(read_in(bytes, &dialect)?, Some(found)));
    }
    let chunk = read(bytes)?;
    let reached = match chunk.error() {
        Some(error) => error.offset,
        None if chunk.trailing() == 0 => return Ok(view(chunk, None)),
        None => skip_comment(bytes).len() - chunk.trailing(),
    };
    if given.is_some() {
        return Ok(view(chunk, None));
    }
    Ok(match detect(bytes, reached) {
        Detected::One(name, dialect) => view(read_in(bytes, &dialect)?, Some(FoundDialect(name))),
        Detected::Furthest(names) => {
            let view = view(chunk, None);
            let damage = view
                .damage
                .map(|damage| with_names(damage, &names).to_string());
            ReadView { damage, ..view }
        }
    })
}

/// Returns which built-in dialects have a token that a stream of plain Lua does not have; `None` if no dialect
/// can.
pub fn added_token(token: &str) -> Option<String> {
    let opcode = token
        .strip_prefix("<|OP_")
        .and_then(|token| token.strip_suffix("|>"));
    let is_lua_s = |name| {
        let mut versions = Version::ALL.iter();
        name == "UNKNOWN" || versions.any(|version| version.opcode_number(name).is_some())
    };
    if opcode.map_or(token != "<|NULL|>", is_lua_s) {
        return None;
    }
    let has_it = |builtin: &str| {
        let dialect = Dialect::builtin(builtin);
        dialect.is_some_and(|dialect| match opcode {
            Some(name) => dialect
                .opcodes
                .iter()
                .any(|opcode| opcode.row.name() == name),
            None => dialect.null_constants,
        })
    };
    let names = BUILTIN.iter().filter(|(builtin, _)| has_it(builtin));
    let names: Vec<String> = names
        .map(|(builtin, _)| format!("--dialect {builtin}"))
        .collect();
    Some(match names.is_empty() {
        true => "if it is the opcode of a modified Lua, use --dialect".to_owned(),
        false => format!("it is of a dialect: use {}", names.join(" or ")),
    })
}

/// Returns the error of plain Lua with the dialects that read further.
fn with_names(error: impl fmt::Display, names: &[&str]) -> anyhow::Error {
    let Some((last, others)) = names.split_last() else {
        return anyhow!("{error}");
    };
    let list = |before: &str, between: &str| {
        let others: String = others
            .iter()
            .map(|name| format!("{before}{name}{between}"))
            .collect();
        format!("{others}{before}{last}")
    };
    let s = if others.is_empty() { "s" } else { "" };
    let (names, options) = (list("", " and "), list("--dialect ", " or "));
    anyhow!("{error}; {names} read{s} further: try {options}")
}
