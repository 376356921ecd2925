//! The text of a record around its stream and its source.

/// The text of a record around its stream and its source: `before`, the stream, `between`, the
/// source, `after`.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordFrame {
    pub before: String,
    pub between: String,
    pub after: String,
}

/// The end of a turn in ChatML.
pub const IM_END: &str = "<|im_end|>";

impl RecordFrame {
    /// A user turn with the stream and an assistant turn with the source, which ends in `after`.
    pub fn chatml(after: &str) -> RecordFrame {
        RecordFrame {
            before: "<|im_start|>user\n".to_owned(),
            between: format!("{IM_END}\n<|im_start|>assistant\n"),
            after: after.to_owned(),
        }
    }

    /// The stream and the source one after the other.
    pub fn completion(after: &str) -> RecordFrame {
        RecordFrame {
            before: String::new(),
            between: String::new(),
            after: after.to_owned(),
        }
    }

    /// Cuts a text at the first placeholder of a stream and the placeholder of a source after it.
    /// Returns `None` if one is missing.
    pub fn cut(text: &str, stream: &str, source: &str) -> Option<RecordFrame> {
        let (before, rest) = text.split_once(stream)?;
        let (between, after) = rest.split_once(source)?;
        Some(RecordFrame {
            before: before.to_owned(),
            between: between.to_owned(),
            after: after.to_owned(),
        })
    }

    /// Puts a stream and a source into the frame.
    pub fn around(&self, stream: &str, source: &str) -> String {
        [&self.before, stream, &self.between, source, &self.after].concat()
    }
}
