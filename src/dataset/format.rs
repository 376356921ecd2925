//! The forms of a record: what stands before, between and after its stream and its source.

use std::io::{self, Write};

use serde_json::json;

use crate::proto::Chunk;
use crate::stream::{Json, Text, emit};

/// The form of a record. All but ChatML are a JSON object on a line, with the keys of [`Labels`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `messages`: a user turn with the stream, an assistant turn with the source.
    Messages,
    /// `text`: the record as ChatML.
    Text,
    /// `prompt` and `completion`.
    Completion,
    /// ChatML as it is, one record after another.
    Chatml,
}

/// What a record says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels<'a> {
    /// A hash of content and variant, in hexadecimal.
    pub id: &'a str,
    /// The path of the source.
    pub path: &'a str,
    /// The function in it, where records are made of functions.
    pub function: Option<&'a str>,
    /// Whether the chunk has no debug information.
    pub stripped: bool,
    /// The SHA-256 of the source file, in hexadecimal.
    pub sha256: &'a str,
    /// The number of instructions of the chunk, all functions together.
    pub instructions: usize,
    /// What else is known of the source, as a JSON object, where it comes with such.
    pub meta: Option<&'a str>,
}

impl Format {
    /// Writes the record of a chunk and its source.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write<W: Write>(
        self,
        chunk: &Chunk,
        source: &str,
        labels: &Labels,
        out: &mut Text<W>,
    ) -> io::Result<()> {
        let Labels {
            id,
            path,
            function,
            stripped,
            sha256,
            instructions,
            meta,
        } = labels;
        let (first, between, last) = match self {
            Format::Chatml => {
                out.bytes(b"<|im_start|>user\n")?;
                emit(chunk, out)?;
                out.bytes(b"<|im_end|>\n<|im_start|>assistant\n")?;
                out.bytes(source.as_bytes())?;
                return out.bytes(b"<|im_end|>\n");
            }
            Format::Messages => (
                r#""messages": [{"role": "user", "content": ""#,
                r#""}, {"role": "assistant", "content": ""#,
                r#""}]"#,
            ),
            Format::Text => (
                r#""text": "<|im_start|>user\n"#,
                r"<|im_end|>\n<|im_start|>assistant\n",
                r#"<|im_end|>\n""#,
            ),
            Format::Completion => (r#""prompt": ""#, r#"", "completion": ""#, r#"""#),
        };
        out.bytes(format!(r#"{{"id": "{id}", {first}"#).as_bytes())?;
        emit(chunk, &mut Json(out))?;
        out.bytes(between.as_bytes())?;
        let source = json!(source).to_string();
        out.bytes(&source.as_bytes()[1..source.len() - 1])?;
        let path = json!(path);
        let mut rest = format!(r#"{last}, "path": {path}"#);
        if let Some(function) = function {
            rest += &format!(r#", "function": "{function}""#);
        }
        rest += &format!(
            r#", "stripped": {stripped}, "sha256": "{sha256}", "instructions": {instructions}"#
        );
        if let Some(meta) = meta {
            rest += &format!(r#", "meta": {meta}"#);
        }
        rest.push('}');
        out.bytes(rest.as_bytes())?;
        out.end_line()
    }
}
