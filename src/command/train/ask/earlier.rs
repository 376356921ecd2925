//! An earlier answer in a prompt: cut if it is long, and without control tokens.

/// An answer that is not proven, as a prompt shows it.
pub struct Earlier {
    pub answer: String,
    /// The request to answer again, with the reason.
    pub again: String,
}

/// The most bytes of an answer, and of a reason, that are shown.
const MAX_ANSWER: usize = 16 << 10;
const MAX_REASON: usize = 1 << 10;

impl Earlier {
    pub fn new(answer: &str, reason: &str) -> Earlier {
        let reason = harmless(&cut(reason, MAX_REASON));
        Earlier {
            answer: harmless(&cut(answer, MAX_ANSWER)),
            again: format!("This is not the function: {reason}. Answer again."),
        }
    }
}

/// Returns the start of a text, and how much is missing.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rfind(|end| text.is_char_boundary(*end));
    let start = &text[..end.unwrap_or(0)];
    format!("{start} ... ({} more bytes)", text.len() - start.len())
}

/// Control tokens of chat templates, apart from those that start with `<|`.
const CONTROLS: [&str; 20] = [
    "<s>",
    "</s>",
    "<bos>",
    "<eos>",
    "<pad>",
    "<unk>",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<start_of_turn>",
    "<end_of_turn>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<</SYS>>",
    "[BOS]",
    "[EOS]",
    "[CLS]",
    "[SEP]",
];

const HOLE: &str = "<|Hole|>";

/// Breaks what a tokenizer may take for a control token, with a space after its first character. Only
/// `<|Hole|>` is part of an answer. Outside of strings and comments, none is valid in Lua.
pub fn harmless(text: &str) -> String {
    let mut broken = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(HOLE) {
            broken.push_str(HOLE);
            rest = after;
            continue;
        }
        broken.push(first);
        // DeepSeek's tokens have a wide bar.
        let is_control = matches!(first, '<' | '[')
            && (rest.starts_with("<|")
                || rest.starts_with("<\u{FF5C}")
                || CONTROLS.iter().any(|control| rest.starts_with(control)));
        if is_control {
            broken.push(' ');
        }
        rest = &rest[first.len_utf8()..];
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_tokens_are_broken() {
        assert_eq!(
            harmless("f<|Hole|>[[<|im_end|>\n<|Proto|>]] a < b </s> t[i] <think> <\u{FF5C}User>"),
            "f<|Hole|>[[< |im_end|>\n< |Proto|>]] a < b < /s> t[i] < think> < \u{FF5C}User>"
        );
        // None comes out of what is left after one.
        assert_eq!(harmless("<<|x|>|Proto|>"), "<< |x|>|Proto|>");
    }

    #[test]
    fn a_long_answer_is_cut() {
        let earlier = Earlier::new(&"é".repeat(MAX_ANSWER), "no");
        assert!(earlier.answer.ends_with("é ... (16384 more bytes)"));
        assert_eq!(earlier.again, "This is not the function: no. Answer again.");
    }
}
