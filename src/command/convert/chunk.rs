//! The chunk to convert: read from bytes, then changed as the options say.

use anyhow::{Result, anyhow, bail};
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::stream::Language;
use luadec_tok::view::FunctionSpec;
use luadec_tok::{Undumped, Version, skip_comment, try_dump_like};

use super::form::{Label, Remark};
use crate::command::dialect::file::DialectFile;
use crate::command::dialect::read::{self, FoundDialect, impossible_code};
use crate::command::io::json::spaced;

/// What is done to a chunk before it is converted.
pub struct Changes {
    /// True if a chunk is refused if its stream cannot be turned back into it.
    pub verify: bool,
    /// The only function to convert.
    pub function: Option<FunctionSpec>,
    /// True if its debug information is cleared.
    pub strip: bool,
    /// The dialect that the chunk is in, if not plain Lua.
    pub dialect: Option<DialectFile>,
    /// True if nobody reads what there is to remark about it.
    pub is_quiet: bool,
}

impl Changes {
    /// Returns the indices down from the main function to the only function to convert.
    pub fn path(&self, chunk: &Chunk) -> Option<Vec<usize>> {
        let function = self.function.as_ref()?;
        function.path(&chunk.main)
    }

    /// Returns the chunk as it is converted, and adds what there is to remark about it.
    pub fn apply<'a>(&self, mut chunk: Chunk<'a>, remarks: &mut Vec<Remark>) -> Result<Chunk<'a>> {
        remarks.extend(self.impossible_code(&chunk));
        if self.strip {
            chunk.strip();
        }
        match &self.function {
            None => Ok(chunk),
            Some(which) => which.chunk(&chunk).ok_or_else(no_function),
        }
    }

    /// Returns the warning about the first code that no compiler emits.
    pub fn impossible_code(&self, chunk: &Chunk) -> Option<Remark> {
        if self.is_quiet {
            return None;
        }
        impossible_code(chunk, self.dialect.as_ref()).map(Remark::Warning)
    }
}

/// The error for a function that the chunk does not have.
pub fn no_function() -> anyhow::Error {
    anyhow!("no such function; -f listing shows the path of each")
}

/// A chunk as it is converted.
pub struct ChangedChunk<'a> {
    pub chunk: Chunk<'a>,
    /// What there is to remark about it.
    pub remarks: Vec<Remark>,
    /// The indices down from the main function to the only function to convert.
    pub function: Option<Vec<usize>>,
}

/// Reads a chunk and changes it.
///
/// # Errors
/// The bytes are not a chunk, or not one that has a stream in this language.
pub fn read_chunk<'a>(
    bytes: &'a [u8],
    changes: &Changes,
    language: Language,
) -> Result<ChangedChunk<'a>> {
    let (undumped, found) = read::read_chunk(bytes, changes.dialect.as_ref())?;
    check_language(language, undumped.chunk.version)?;
    let is_plain = changes.dialect.is_none() && found.is_none();
    if changes.verify && !changes.strip && is_plain {
        check_form(bytes, &undumped)?;
    }
    let mut remarks = remarks(undumped.trailing, found);
    Ok(ChangedChunk {
        function: changes.path(&undumped.chunk),
        chunk: changes.apply(undumped.chunk, &mut remarks)?,
        remarks,
    })
}

/// Checks that a chunk is written as `luac` writes it, which is how it comes back: a tree does not say how
/// many bytes a number took, or whether a function without names of upvalues has an empty list of them.
fn check_form(bytes: &[u8], undumped: &Undumped) -> Result<()> {
    let bytes = skip_comment(bytes);
    let stored = &bytes[..bytes.len() - undumped.trailing];
    let written = try_dump_like(&undumped.chunk, &undumped.header)?;
    if stored != written {
        let same = stored
            .iter()
            .zip(&written)
            .take_while(|(stored, written)| stored == written);
        bail!(
            "at {:#x}: luac writes this in another form, and so does decode: no stream says which it was",
            same.count()
        );
    }
    Ok(())
}

/// Checks that chunks of a version have a stream in this language.
pub fn check_language(language: Language, version: Version) -> Result<()> {
    let checked = language.check(version);
    checked.map_err(|problem| anyhow!("{problem}: -f terse"))
}

impl ChangedChunk<'_> {
    /// Returns a row of --jsonl up to the value of its last field, which is still to be written.
    pub fn row_start(&self, label: &Label, field: &str) -> String {
        let function = match &self.function {
            Some(path) => {
                let steps = path.iter().map(|index| format!(" > function {index}"));
                format!(", \"function\": \"main{}\"", steps.collect::<String>())
            }
            None => String::new(),
        };
        format!(
            "{{\"path\": {}{function}, \"lua\": \"{}\", \"stripped\": {}, \"{field}\": ",
            spaced(&label.path),
            self.chunk.version,
            is_stripped(&self.chunk.main)
        )
    }
}

/// Returns whether a function and those inside it have no debug information.
fn is_stripped(p: &Proto) -> bool {
    p.source.is_none()
        && p.lineinfo.is_empty()
        && p.locvars.is_empty()
        && p.upvalues.iter().all(|upvalue| upvalue.name.is_none())
        && p.p.iter().all(is_stripped)
}

/// Returns the warnings about how a chunk was read: in a dialect that was not named, or with bytes left
/// over.
pub fn remarks(trailing: usize, found: Option<FoundDialect>) -> Vec<Remark> {
    let found = found.map(|found| Remark::Warning(found.to_string()));
    found.into_iter().chain(trailing_bytes(trailing)).collect()
}

fn trailing_bytes(trailing: usize) -> Option<Remark> {
    let s = if trailing == 1 { "" } else { "s" };
    let warning = || format!("warning: {trailing} byte{s} after the main function ignored");
    (trailing > 0).then(|| Remark::Warning(warning()))
}
