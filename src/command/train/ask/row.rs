//! The rows of `ask`, in each form.

use serde::Serialize;

use super::arguments::Form;
use super::earlier::Earlier;
use crate::command::io::json::spaced;

/// What a row holds.
pub struct AskRow<'a> {
    pub id: &'a str,
    pub path: &'a str,
    pub function: &'a str,
    pub count: usize,
    /// The outline.
    pub text: &'a str,
    /// The ids of the prompt, with a tokenizer.
    pub ids: Option<&'a [u32]>,
    pub earlier: Option<&'a Earlier>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    path: &'a str,
    function: &'a str,
    count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<usize>,
    #[serde(flatten)]
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Prompt { prompt: String },
    Messages { messages: Vec<Turn<'a>> },
    Ids { input_ids: &'a [u32] },
}

#[derive(Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: &'a str,
}

/// A request to a server of the OpenAI kind.
#[derive(Serialize)]
struct Request<'a> {
    custom_id: &'a str,
    method: &'static str,
    url: &'static str,
    body: Body<'a>,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Turn<'a>>,
}

/// Returns a row as a line of JSON.
pub fn line(row: &AskRow, form: Form, model: Option<&str>) -> String {
    let turn = |role, content| Turn { role, content };
    let mut messages = vec![turn("user", row.text)];
    if let Some(Earlier { answer, again }) = row.earlier {
        messages.push(turn("assistant", answer));
        messages.push(turn("user", again));
    }
    let content = match form {
        Form::Openai => {
            let request = Request {
                custom_id: row.id,
                method: "POST",
                url: "/v1/chat/completions",
                body: Body {
                    model: model.unwrap_or_default(),
                    messages,
                },
            };
            return spaced(&request) + "\n";
        }
        Form::Prompt => {
            let turns: Vec<&str> = messages.iter().map(|turn| turn.content).collect();
            Content::Prompt {
                prompt: turns.join("\n"),
            }
        }
        Form::Messages => Content::Messages { messages },
        Form::Ids => Content::Ids {
            input_ids: row.ids.unwrap_or_default(),
        },
    };
    let row = Row {
        id: row.id,
        path: row.path,
        function: row.function,
        count: row.count,
        tokens: row.ids.map(<[u32]>::len),
        content,
    };
    spaced(&row) + "\n"
}
