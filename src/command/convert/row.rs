//! The JSON rows of --jsonl.

use luadec_tok::chunk::Chunk;

use super::chunk::{ChangedChunk, is_stripped};
use super::form::Label;
use crate::command::io::json::spaced;

/// Returns a row up to the value of its last field, which is still to be written.
pub fn row_start(label: &Label, content: &ChangedChunk, field: &str) -> String {
    let Chunk { version, main, .. } = &content.chunk;
    let function = match &content.function {
        Some(path) => {
            let steps = path.iter().map(|index| format!(" > function {index}"));
            format!(", \"function\": \"main{}\"", steps.collect::<String>())
        }
        None => String::new(),
    };
    format!(
        "{{\"path\": {}{function}, \"lua\": \"{version}\", \"stripped\": {}, \"{field}\": ",
        spaced(&label.path),
        is_stripped(main)
    )
}
