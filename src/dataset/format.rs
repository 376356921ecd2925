//! The forms of a record: what stands before, between and after its stream and its source.

use std::borrow::Cow;

use serde_json::json;

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

/// What a record is beside its stream and its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// What stands before the stream.
    pub before: String,
    /// What stands between the stream and the source.
    pub between: &'static str,
    /// What stands after the source, the line end included.
    pub after: String,
    /// Whether stream and source stand in JSON strings.
    pub json: bool,
}

impl Format {
    /// The frame of a record.
    pub fn frame(self, labels: &Labels) -> Frame {
        let (first, between, last) = match self {
            Format::Chatml => {
                return Frame {
                    before: "<|im_start|>user\n".to_owned(),
                    between: "<|im_end|>\n<|im_start|>assistant\n",
                    after: "<|im_end|>\n".to_owned(),
                    json: false,
                };
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
        let Labels {
            id,
            path,
            function,
            stripped,
            sha256,
            instructions,
            meta,
        } = labels;
        let path = json!(path);
        let mut after = format!(r#"{last}, "path": {path}"#);
        if let Some(function) = function {
            after += &format!(r#", "function": "{function}""#);
        }
        after += &format!(
            r#", "stripped": {stripped}, "sha256": "{sha256}", "instructions": {instructions}"#
        );
        if let Some(meta) = meta {
            after += &format!(r#", "meta": {meta}"#);
        }
        after += "}\n";
        Frame {
            before: format!(r#"{{"id": "{id}", {first}"#),
            between,
            after,
            json: true,
        }
    }
}

impl Frame {
    /// A source as it stands in the record.
    pub fn source<'s>(&self, source: &'s str) -> Cow<'s, str> {
        if !self.json {
            return source.into();
        }
        let mut quoted = serde_json::to_string(source).expect("any text is JSON");
        quoted.pop();
        quoted.remove(0);
        quoted.into()
    }
}
