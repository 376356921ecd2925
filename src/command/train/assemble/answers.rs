//! Reads a model's answers: rows with the id of an outline, or the output of a batch server as it is.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::command::io::messages::Messages;
use crate::command::io::rows::Rows;
use crate::command::io::shown::Shown;

/// The longest row that is read, in bytes.
const MAX_ROW: u64 = 128 << 20;

/// The answers to the outlines of a chunk.
#[derive(Debug, Default)]
pub struct Answers {
    /// By id, the attempts in their order.
    attempts: HashMap<String, Given>,
    /// The number of rows about the chunk, and of those about others.
    rows: [u64; 2],
}

/// The attempts at an outline.
#[derive(Debug, Default)]
struct Given {
    /// Each different attempt, with the number of those before it.
    texts: Vec<(usize, String)>,
    /// The number of attempts. Those that are `null`, and repetitions, count too.
    count: usize,
}

/// The attempts at a function.
#[derive(Debug, Default)]
pub struct Attempts<'a> {
    /// Each different attempt, with its index among all.
    pub texts: Vec<(usize, &'a str)>,
    /// The number of attempts.
    pub count: usize,
}

impl Answers {
    /// Reads the answers of some files to the outlines with some ids. Skips all other rows.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(
        paths: &[PathBuf],
        is_asked: impl Fn(&str) -> bool,
        messages: &mut Messages,
    ) -> Result<Answers> {
        let mut answers = Answers::default();
        for path in paths {
            let name = match path.as_os_str() == "-" {
                true => "standard input".to_owned(),
                false => Shown(path).to_string(),
            };
            let mut bad = BadRows::default();
            for (line, row) in (1u64..).zip(Rows::open(path, MAX_ROW)?) {
                let row = row?;
                if row.trim_ascii().is_empty() {
                    continue;
                }
                match answers.add(&row, &is_asked) {
                    Ok(()) => {}
                    Err(reason) => bad.add(line, reason),
                }
            }
            if let Some(warning) = bad.warning() {
                messages.warning(format_args!("{name}: {warning}"));
            }
        }
        let [own, others] = answers.rows;
        if own == 0 && others > 0 {
            messages.warning(format_args!(
                "none of {others} rows is about this chunk; the ids are those of luadec-tok ask for the same \
                 chunk"
            ));
        }
        Ok(answers)
    }

    /// Adds the attempts of a row.
    ///
    /// # Errors
    /// It has none; returns the reason.
    pub fn add(&mut self, row: &[u8], is_asked: impl Fn(&str) -> bool) -> Result<(), String> {
        if row.len() as u64 > MAX_ROW {
            return Err(format!("longer than {} MiB", MAX_ROW >> 20));
        }
        if !row.trim_ascii_start().starts_with(b"{") {
            return Err("not a JSON object".to_owned());
        }
        let row: Row =
            serde_json::from_slice(row).map_err(|error| format!("not a JSON object: {error}"))?;
        // In the output of a batch server, `id` is the server's own.
        let id = row.custom_id.or(row.id);
        let id = id.and_then(|id| serde_json::from_str::<String>(id.get()).ok());
        let Some(id) = id else {
            return Err("no id: expected a string `id` or `custom_id`".to_owned());
        };
        let is_asked = is_asked(&id);
        self.rows[usize::from(!is_asked)] += 1;
        if !is_asked {
            return Ok(());
        }
        let texts = match (row.prediction, row.response) {
            (Some(prediction), _) => of_prediction(prediction.get()),
            (None, Some(response)) => of_response(response.get(), row.error),
            (None, None) => match error_of(row.error) {
                Some(error) => Err(error),
                None => {
                    Err("no answer: expected `prediction`, or `response` of a batch".to_owned())
                }
            },
        }?;
        let attempts = self.attempts.entry(id).or_default();
        let mut is_null = true;
        for text in texts {
            if let Some(text) = text {
                is_null = false;
                if attempts.texts.iter().all(|(_, known)| *known != text) {
                    attempts.texts.push((attempts.count, text));
                }
            }
            attempts.count += 1;
        }
        match is_null {
            true => Err("no answer: there is no text in it".to_owned()),
            false => Ok(()),
        }
    }

    /// Returns the attempts at an outline, which has one id with debug information and one without.
    pub fn attempts(&self, ids: &[String; 2]) -> Attempts<'_> {
        let ids = match ids[0] == ids[1] {
            true => &ids[..1],
            false => &ids[..],
        };
        let mut all = Attempts::default();
        for given in ids.iter().filter_map(|id| self.attempts.get(id)) {
            let texts = given.texts.iter();
            let texts = texts.map(|(index, text)| (all.count + index, text.as_str()));
            all.texts.extend(texts);
            all.count += given.count;
        }
        all
    }
}

/// A row, whose values are read only if it is about the chunk.
#[derive(Deserialize)]
struct Row<'r> {
    #[serde(borrow)]
    id: Option<&'r RawValue>,
    #[serde(borrow)]
    custom_id: Option<&'r RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    prediction: Option<&'r RawValue>,
    #[serde(borrow)]
    response: Option<&'r RawValue>,
    #[serde(borrow)]
    error: Option<&'r RawValue>,
}

/// Reads a value that is there, which may be `null`.
fn present<'r, D: Deserializer<'r>>(value: D) -> Result<Option<&'r RawValue>, D::Error> {
    <&RawValue>::deserialize(value).map(Some)
}

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

/// Returns the texts of a string or of a list of strings. `null` stands for no answer.
fn of_prediction(json: &str) -> Result<Vec<Option<String>>, String> {
    let text = |value| match value {
        Value::String(text) => Some(Some(text)),
        Value::Null => Some(None),
        _ => None,
    };
    let texts: Option<Vec<Option<String>>> = match value(json) {
        Value::Array(several) => several.into_iter().map(text).collect(),
        one => text(one).map(|text| vec![text]),
    };
    texts.ok_or("`prediction` is neither a string nor a list of strings".to_owned())
}

/// Returns the texts of the choices in a response of a batch server.
fn of_response(json: &str, error: Option<&RawValue>) -> Result<Vec<Option<String>>, String> {
    let mut response = value(json);
    let mut body = response["body"].take();
    let Value::Array(choices) = body["choices"].take() else {
        let known = error_of(error).or_else(|| message_of(&body["error"]));
        return Err(known.unwrap_or_else(|| "no answer: `response` has no choices".to_owned()));
    };
    Ok(choices.iter().map(of_choice).collect())
}

/// Returns the text of a choice: of a chat, of a chat in parts, or of a plain completion.
fn of_choice(choice: &Value) -> Option<String> {
    match &choice["message"]["content"] {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(
            parts
                .iter()
                .filter_map(|part| part["text"].as_str())
                .collect(),
        ),
        _ => choice["text"].as_str().map(str::to_owned),
    }
}

/// Returns the message of an error that a server reports for a request.
fn error_of(error: Option<&RawValue>) -> Option<String> {
    message_of(&value(error?.get()))
}

fn message_of(error: &Value) -> Option<String> {
    let message = match error {
        Value::Null => return None,
        Value::String(message) => message.clone(),
        error => match error["message"].as_str() {
            Some(message) => message.to_owned(),
            None => error.to_string(),
        },
    };
    Some(format!("the server reports an error: {message}"))
}

/// The rows of a file that have no answer.
#[derive(Default)]
struct BadRows {
    count: u64,
    first: Option<(u64, String)>,
}

impl BadRows {
    fn add(&mut self, line: u64, reason: String) {
        self.count += 1;
        self.first.get_or_insert((line, reason));
    }

    fn warning(&self) -> Option<String> {
        let (line, reason) = self.first.as_ref()?;
        Some(match self.count {
            1 => format!("line {line}: {reason}"),
            count => format!("{count} rows without an answer; the first, line {line}: {reason}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &[&str]) -> Result<Vec<String>, String> {
        let mut answers = Answers::default();
        for row in rows {
            answers.add(row.as_bytes(), |id| id == "a" || id == "b")?;
        }
        let attempts = answers.attempts(&["a", "b"].map(str::to_owned));
        let texts = attempts.texts.into_iter();
        Ok(texts
            .map(|(index, text)| format!("{index}{text}"))
            .collect())
    }

    #[test]
    fn attempts_add_up_in_order() {
        let rows = [
            r#"{"id": "a", "prediction": ["x", null, "y"], "other": {}}"#,
            r#"{"id": "c", "prediction": 1}"#,
            r#"{"custom_id": "a", "prediction": "x"}"#,
            r#"{"id": "b", "prediction": "z"}"#,
            r#"{"custom_id": "a", "prediction": "w"}"#,
        ];
        assert_eq!(read(&rows).unwrap(), ["0x", "2y", "4w", "5z"]);
    }

    #[test]
    fn a_batch_output_is_read_as_it_is() {
        let chat = r#"{"id": "batch_1", "custom_id": "a", "error": null, "response": {"status_code": 200, "body":
            {"choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}},
             {"index": 1, "message": {"content": [{"type": "text", "text": "y"}]}}]}}}"#;
        let completion =
            r#"{"custom_id": "b", "response": {"body": {"choices": [{"text": "z"}]}}}"#;
        assert_eq!(read(&[chat, completion]).unwrap(), ["0x", "1y", "2z"]);
    }

    #[test]
    fn rows_without_an_answer_say_why() {
        for (row, reason) in [
            ("[1]", "not a JSON object"),
            ("{", "not a JSON object: EOF"),
            (
                r#"{"prediction": "x"}"#,
                "no id: expected a string `id` or `custom_id`",
            ),
            (
                r#"{"id": "a"}"#,
                "no answer: expected `prediction`, or `response` of a batch",
            ),
            (
                r#"{"id": "a", "prediction": null}"#,
                "no answer: there is no text in it",
            ),
            (
                r#"{"id": "a", "prediction": []}"#,
                "no answer: there is no text in it",
            ),
            (
                r#"{"id": "a", "prediction": 1}"#,
                "`prediction` is neither a string nor a list of strings",
            ),
            (
                r#"{"custom_id": "a", "response": {"body": {"error": {"message": "too long"}}}}"#,
                "the server reports an error: too long",
            ),
            (
                r#"{"custom_id": "a", "response": null, "error": "gone"}"#,
                "the server reports an error: gone",
            ),
        ] {
            let error = read(&[row]).unwrap_err();
            assert!(error.starts_with(reason), "{row}: {error}");
        }
    }
}
