//! The frame of a record that becomes ids: ChatML, a chat template, or nothing; and the part that
//! is learned.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, context};
use serde_json::Value;

use crate::command::io::shown::Shown;
use crate::command::train::dataset::arguments::{RecordFormat, TokenArgs};
use crate::command::train::dataset::frame::{IM_END, RecordFrame};
use crate::command::train::tokenizer::{config, file};
use crate::command::usage::Usage;

/// The frame of a record that becomes ids.
#[derive(Debug, PartialEq)]
pub struct ChatTemplate {
    /// It ends in the end token.
    pub frame: RecordFrame,
    /// The start of the learned part, as an offset into `frame.between`.
    pub learned_from: usize,
    /// The end of the learned part, as an offset into `frame.after`.
    pub learned_to: usize,
    /// The end token.
    pub end: Option<String>,
}

impl ChatTemplate {
    /// Returns the frame of records in this format, or that of the template.
    ///
    /// # Errors
    /// There is no end token, or the template cannot be used.
    pub fn new(args: &TokenArgs, tokenizer: &Path, format: RecordFormat) -> Result<ChatTemplate> {
        let config = TokenizerConfig::beside(&file(tokenizer))?;
        let end = args.eos.clone().or(config.eos);
        if let Some(path) = &args.template {
            let template = fs::read_to_string(path);
            let named = || Shown(path).to_string();
            let template = template.with_context(named)?;
            let bos = config.bos.unwrap_or_default();
            return ChatTemplate::render(&template, &bos, end).with_context(named);
        }
        match (format, end) {
            (RecordFormat::Completion, None) if args.ids.is_some() => bail!(Usage(
                "no tokenizer_config.json names the end token (eos_token); name it with --eos"
                    .to_owned()
            )),
            (RecordFormat::Completion, end) => {
                let after = end.as_deref().unwrap_or_default();
                Ok(ChatTemplate::learning_all(
                    RecordFrame::completion(after),
                    end,
                ))
            }
            (_, end) => {
                let end = end.unwrap_or_else(|| IM_END.to_owned());
                Ok(ChatTemplate::learning_all(
                    RecordFrame::chatml(&end),
                    Some(end),
                ))
            }
        }
    }

    /// Creates a frame in which everything after the stream's turn is learned.
    fn learning_all(frame: RecordFrame, end: Option<String>) -> ChatTemplate {
        ChatTemplate {
            learned_from: frame.between.len(),
            learned_to: frame.after.len(),
            frame,
            end,
        }
    }

    /// Renders a chat template with placeholders for the two turns.
    fn render(template: &str, bos: &str, end: Option<String>) -> Result<ChatTemplate> {
        const PROMPT: &str = "\u{E000}";
        const ANSWER: &str = "\u{E001}";
        let turns = [("user", PROMPT), ("assistant", ANSWER)];
        let text = print(template, &turns, bos, end.as_deref(), false)?;
        let is_once = [PROMPT, ANSWER].map(|turn| text.matches(turn).count()) == [1, 1];
        let Some(frame) = RecordFrame::cut(&text, PROMPT, ANSWER).filter(|_| is_once) else {
            bail!(
                "the template must print the user's message once and then the assistant's message once"
            );
        };
        let (before, _) = without_marks(&frame.before, GENERATION);
        let (between, from) = without_marks(&frame.between, GENERATION);
        let (mut after, mut to) = without_marks(&frame.after, END_GENERATION);
        if let Some(end) = &end
            && !after.contains(end.as_str())
        {
            after += end;
            to = None;
        }
        let (learned_from, learned_to) = (from.unwrap_or(between.len()), to.unwrap_or(after.len()));
        Ok(ChatTemplate {
            frame: RecordFrame {
                before,
                between,
                after,
            },
            learned_from,
            learned_to,
            end,
        })
    }
}

/// Renders a chat template with some turns.
fn print(
    template: &str,
    turns: &[(&str, &str)],
    bos: &str,
    end: Option<&str>,
    is_prompt: bool,
) -> Result<String> {
    let template = with_marks(template);
    let mut environment = Environment::new();
    // As in `transformers`.
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    environment.set_syntax(syntax);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function(
        "raise_exception",
        |message: String| -> Result<String, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        },
    );
    let turns = turns.iter();
    let messages: Vec<_> = turns
        .map(|(role, content)| context! { role => *role, content => *content })
        .collect();
    let text = environment.render_str(
        &template,
        context! {
            messages => messages,
            bos_token => bos,
            eos_token => end.unwrap_or_default(),
            add_generation_prompt => is_prompt,
        },
    );
    text.map_err(|error| anyhow!("the template cannot be rendered: {error}"))
}

/// The texts around an answer and a second user turn, from the end of the first user turn up to where
/// another answer begins.
#[cfg(feature = "score")]
#[derive(Debug, PartialEq)]
pub struct Conversation {
    /// Before the answer.
    pub answer: String,
    /// Before the second user turn.
    pub again: String,
    /// After it.
    pub end: String,
}

#[cfg(feature = "score")]
impl Conversation {
    /// Returns the texts for prompts in this format, or those of the template.
    ///
    /// # Errors
    /// The template cannot be used.
    pub fn new(args: &TokenArgs, tokenizer: &Path, format: RecordFormat) -> Result<Conversation> {
        let config = TokenizerConfig::beside(&file(tokenizer))?;
        let end = args.eos.clone().or(config.eos);
        let lines = || Conversation {
            answer: "\n".to_owned(),
            again: "\n".to_owned(),
            end: String::new(),
        };
        match &args.template {
            Some(path) => {
                let named = || Shown(path).to_string();
                let template = fs::read_to_string(path).with_context(named)?;
                let bos = config.bos.unwrap_or_default();
                Conversation::render(&template, &bos, end.as_deref()).with_context(named)
            }
            None if format == RecordFormat::Completion => Ok(lines()),
            None => Conversation::render(luadec_tok::tokenizer::CHATML, "", None),
        }
    }

    fn render(template: &str, bos: &str, end: Option<&str>) -> Result<Conversation> {
        const TURNS: [(&str, &str); 3] = [
            ("user", "\u{E000}"),
            ("assistant", "\u{E001}"),
            ("user", "\u{E004}"),
        ];
        let text = print(template, &TURNS, bos, end, true)?;
        let (text, _) = without_marks(&text, GENERATION);
        let mut rest = text.as_str();
        let parts = TURNS.map(|(_, turn)| {
            let (before, after) = rest.split_once(turn)?;
            rest = after;
            Some(before.to_owned())
        });
        let [Some(_), Some(answer), Some(again)] = parts else {
            bail!("the template must print all messages in their order");
        };
        let end = rest.to_owned();
        Ok(Conversation { answer, again, end })
    }
}

/// What templates print in place of `{% generation %}` and `{% endgeneration %}`.
const GENERATION: char = '\u{E002}';
const END_GENERATION: char = '\u{E003}';

/// Replaces the tags that only `transformers` knows by marks. A mark stands between other tags, so
/// that white space around it is trimmed as before.
fn with_marks(template: &str) -> String {
    let mut marked = String::new();
    let mut rest = template;
    while let Some((before, tag)) = rest.split_once("{%") {
        marked += before;
        let (tag, after) = tag.split_once("%}").unwrap_or((tag, ""));
        let name = tag.trim_matches(['-', '+']).trim();
        let mark = match name {
            "generation" => GENERATION,
            "endgeneration" => END_GENERATION,
            _ => {
                marked += &rest[before.len()..rest.len() - after.len()];
                rest = after;
                continue;
            }
        };
        let [open, close] = [tag.chars().next(), tag.chars().last()].map(|trim| {
            let trim = trim.filter(|trim| ['-', '+'].contains(trim));
            trim.map(String::from).unwrap_or_default()
        });
        marked += &format!("{{%{open} if true %}}{{{{ '{mark}' }}}}{{% endif {close}%}}");
        rest = after;
    }
    marked + rest
}

/// Returns a text without marks, and the position of the last mark of this kind.
fn without_marks(text: &str, mark: char) -> (String, Option<usize>) {
    let clean = |text: &str| text.replace([GENERATION, END_GENERATION], "");
    let place = text.rfind(mark);
    (clean(text), place.map(|place| clean(&text[..place]).len()))
}

/// The special tokens of a `tokenizer_config.json`.
#[derive(Default)]
struct TokenizerConfig {
    bos: Option<String>,
    eos: Option<String>,
}

impl TokenizerConfig {
    /// Reads the one beside a `tokenizer.json`, if there is one.
    fn beside(tokenizer: &Path) -> Result<TokenizerConfig> {
        let path = config(tokenizer);
        if !path.exists() {
            return Ok(TokenizerConfig::default());
        }
        let named = || Shown(&path).to_string();
        let config: Value = serde_json::from_slice(&fs::read(&path).with_context(named)?)
            .map_err(|_| anyhow!("{}: not a JSON object", named()))?;
        let token = |key: &str| {
            let token = &config[key];
            let content = token.as_str().or_else(|| token["content"].as_str());
            content.map(str::to_owned)
        };
        Ok(TokenizerConfig {
            bos: token("bos_token"),
            eos: token("eos_token"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &str, end: &str) -> Result<ChatTemplate> {
        ChatTemplate::render(template, "<s>", Some(end.to_owned()))
    }

    #[test]
    fn a_template_is_cut_at_its_two_messages() {
        let template = "{{ bos_token }}{% for message in messages %}\n\
            {%- if message.role == 'user' %}[INST] {{ message['content'].strip() }} [/INST]\n\
            {%- else %}{% generation %}{{ message.content }}{{ eos_token }}{% endgeneration %}{% endif %}\n\
            {%- endfor %}";
        let found = rendered(template, "</s>").unwrap();
        let end = Some("</s>".to_owned());
        let frame = RecordFrame {
            before: "<s>[INST] ".to_owned(),
            between: " [/INST]".to_owned(),
            after: "</s>".to_owned(),
        };
        assert_eq!(found, ChatTemplate::learning_all(frame, end));
        // The end token is added if the template lacks it.
        let found = rendered(
            "{{ messages[0].content }}\n{{ messages[1].content }}\n",
            "<e>",
        )
        .unwrap();
        assert_eq!(
            (found.frame.between.as_str(), found.frame.after.as_str()),
            ("\n", "<e>")
        );
    }

    /// Text outside of `{% generation %}` is not learned, whatever the layout of the tags.
    #[test]
    fn only_what_a_template_generates_is_learned() {
        let template = "{% for m in messages %}<{{ m.role }}>\n\
            {%- if m.role == 'assistant' %}\n\
            {%- generation -%}\n  !{{ m.content }}</s>\n{%-endgeneration%}\n\
            {% else %}{{ m.content }}{% endif %}.\n{% endfor %}";
        let found = rendered(template, "</s>").unwrap();
        assert_eq!(
            (
                found.frame.before.as_str(),
                found.frame.between.as_str(),
                found.frame.after.as_str()
            ),
            ("<user>", ".\n<assistant>!", "</s>.\n")
        );
        assert_eq!(&found.frame.between[found.learned_from..], "!");
        assert_eq!(&found.frame.after[..found.learned_to], "</s>");
        let chatml = rendered(luadec_tok::tokenizer::CHATML, "<|im_end|>").unwrap();
        assert_eq!(chatml.frame, RecordFrame::chatml("<|im_end|>\n"));
        assert_eq!(chatml.learned_from, chatml.frame.between.len());
        assert_eq!(chatml.learned_to, "<|im_end|>".len());
    }

    #[test]
    fn unusable_templates_are_refused() {
        let error = |template| rendered(template, "</s>").unwrap_err().to_string();
        assert_eq!(
            error("{{ messages[1].content }}{{ messages[0].content }}"),
            "the template must print the user's message once and then the assistant's message once"
        );
        assert_eq!(
            error("{{ raise_exception('no system message') }}"),
            "the template cannot be rendered: invalid operation: no system message (in <string>:1)"
        );
    }
}
