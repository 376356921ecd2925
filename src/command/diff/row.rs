//! Differences as rows: tab-separated values and JSON.

use luadec_tok::Version;
use luadec_tok::chunk::{Extension, Proto, TreePath};
use luadec_tok::compare::{DetailChange, FunctionDiff, InstructionChange, disassemble_in};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::inputs::FilePair;
use super::{DifferentChunks, counts};
use crate::command::io::json::spaced;
use crate::command::io::shown::escaped;

/// A function that differs.
pub struct DiffRow<'a> {
    path: &'a str,
    /// The number of the stream in the file, if the file has streams.
    stream: Option<usize>,
    version: Version,
    /// What a dialect adds to the version.
    extension: &'a Extension,
    /// The function, and the old one if its path is another.
    function: TreePath,
    old_function: Option<TreePath>,
    change: &'static str,
    lines: Option<[i32; 2]>,
    similarity: f64,
    added: usize,
    removed: usize,
    diff: Option<&'a FunctionDiff<'a>>,
}

impl<'a> DiffRow<'a> {
    /// The columns of tab-separated values.
    pub const COLUMNS: [&'static str; 7] = [
        "path",
        "function",
        "lua",
        "change",
        "similarity",
        "added",
        "removed",
    ];

    /// Returns the rows of two chunks, or of one without a counterpart.
    pub fn of(pair: &'a FilePair, chunks: &'a DifferentChunks) -> Vec<DiffRow<'a>> {
        let is_stream = pair.old.is_streams || pair.new.is_streams;
        let stream = is_stream.then_some(chunks.number);
        let chunk = chunks.new.or(chunks.old);
        let extension = chunk.map_or(Extension::NONE, |chunk| chunk.extension());
        let one = |path: &TreePath, p: &Proto, is_old: bool, version| {
            let (_, instructions) = size(p);
            let (change, added, removed) = match is_old {
                true => ("removed", 0, instructions),
                false => ("added", instructions, 0),
            };
            DiffRow {
                path: &pair.path,
                stream,
                version,
                extension,
                function: path.clone(),
                old_function: None,
                change,
                lines: lines(p),
                similarity: 0.0,
                added,
                removed,
                diff: None,
            }
        };
        let main = TreePath::default();
        match (chunks.old, chunks.new) {
            (Some(old), None) => vec![one(&main, &old.main, true, old.version)],
            (None, Some(new)) => vec![one(&main, &new.main, false, new.version)],
            (None, None) => Vec::new(),
            (Some(old), Some(_)) => {
                let version = old.version;
                let rows = chunks.functions.iter();
                let rows = rows.filter_map(|function| match (&function.old, &function.new) {
                    (Some(old), None) => Some(one(&old.path, old.p, true, version)),
                    (None, Some(new)) => Some(one(&new.path, new.p, false, version)),
                    (None, None) => None,
                    (Some(old), Some(new)) => {
                        let (added, removed) = counts(function);
                        let is_moved = old.path != new.path;
                        Some(DiffRow {
                            path: &pair.path,
                            stream,
                            version,
                            extension,
                            function: new.path.clone(),
                            old_function: is_moved.then(|| old.path.clone()),
                            change: "changed",
                            lines: lines(new.p),
                            similarity: function.similarity,
                            added,
                            removed,
                            diff: Some(function),
                        })
                    }
                });
                rows.collect()
            }
        }
    }

    /// The row as tab-separated values.
    pub fn tsv(&self) -> String {
        [
            escaped(self.path),
            self.function.to_string(),
            self.version.to_string(),
            self.change.to_owned(),
            // Rounded down: only what is the same is 1.
            format!("{:.3}", (self.similarity * 1000.0).floor() / 1000.0),
            self.added.to_string(),
            self.removed.to_string(),
        ]
        .join("\t")
    }

    /// The row as JSON, without what differs if it `is_short`.
    pub fn json(&self, is_short: bool) -> String {
        spaced(&JsonRow {
            row: self,
            is_short,
        })
    }
}

/// The lines of a function, unless it is a main function.
fn lines(p: &Proto) -> Option<[i32; 2]> {
    (p.linedefined != 0).then_some([p.linedefined, p.lastlinedefined])
}

/// The functions that a function is with those inside it, and their instructions.
pub fn size(p: &Proto) -> (usize, usize) {
    let inside = p.p.iter().map(size);
    inside.fold((1, p.code.len()), |all, inner| {
        (all.0 + inner.0, all.1 + inner.1)
    })
}

struct JsonRow<'a> {
    row: &'a DiffRow<'a>,
    is_short: bool,
}

impl Serialize for JsonRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.row;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", row.path)?;
        if let Some(stream) = row.stream {
            map.serialize_entry("stream", &stream)?;
        }
        map.serialize_entry("function", &row.function.to_string())?;
        if let Some(old) = &row.old_function {
            map.serialize_entry("old_function", &old.to_string())?;
        }
        map.serialize_entry("lua", &row.version.to_string())?;
        map.serialize_entry("lines", &row.lines)?;
        map.serialize_entry("change", row.change)?;
        map.serialize_entry("similarity", &row.similarity)?;
        map.serialize_entry("added", &row.added)?;
        map.serialize_entry("removed", &row.removed)?;
        if let Some(diff) = row.diff.filter(|_| !self.is_short) {
            map.serialize_entry("details", &JsonDetails(&diff.details))?;
            let (version, extension) = (row.version, row.extension);
            let instructions = JsonInstructions {
                diff,
                version,
                extension,
            };
            map.serialize_entry("instructions", &instructions)?;
        }
        map.end()
    }
}

struct JsonDetails<'a>(&'a [DetailChange]);

impl Serialize for JsonDetails<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|detail| match detail {
            DetailChange::Removed(text) => ("removed", text),
            DetailChange::Added(text) => ("added", text),
        }))
    }
}

/// The instructions that only one side has.
struct JsonInstructions<'a> {
    diff: &'a FunctionDiff<'a>,
    version: Version,
    extension: &'a Extension,
}

struct JsonInstruction<'a> {
    change: &'static str,
    p: &'a Proto<'a>,
    pc: usize,
    version: Version,
    extension: &'a Extension,
}

impl Serialize for JsonInstructions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let changed = self.diff.instructions.iter().filter_map(|change| {
            let (change, function, pc) = match *change {
                InstructionChange::Same(..) => return None,
                InstructionChange::Removed(pc) => ("removed", &self.diff.old, pc),
                InstructionChange::Added(pc) => ("added", &self.diff.new, pc),
            };
            Some(JsonInstruction {
                change,
                p: function.as_ref()?.p,
                pc,
                version: self.version,
                extension: self.extension,
            })
        });
        serializer.collect_seq(changed)
    }
}

impl Serialize for JsonInstruction<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("change", self.change)?;
        // As a listing counts them.
        map.serialize_entry("instruction", &(self.pc + 1))?;
        map.serialize_entry("line", &self.p.lineinfo.get(self.pc))?;
        let text = disassemble_in(self.extension, self.version, self.p, self.pc);
        map.serialize_entry("text", &text.unwrap_or_default())?;
        map.end()
    }
}
