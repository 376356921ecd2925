//! What stands around the stream and the source of a record: ChatML, nothing, or a chat template.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, context};
use serde_json::Value;

use crate::command::dataset::arguments::{RecordFormat, TokenArgs};
use crate::command::io::shown::Shown;
use crate::command::tokenizer::{config, file};
use crate::command::usage::Usage;

/// The text of a record without its stream and its source.
#[derive(Debug, PartialEq)]
pub struct Frame {
    /// What comes before the stream.
    pub before: String,
    /// What comes between the stream and the source.
    pub between: String,
    /// What comes after the source: the end token, by itself or within what a template says.
    pub after: String,
    /// Where what is learned begins: so many bytes into `between`.
    pub learned_from: usize,
    /// Where it ends: so many bytes into `after`.
    pub learned_to: usize,
    /// The end token.
    pub end: Option<String>,
}

/// The end of a turn in ChatML.
const IM_END: &str = "<|im_end|>";

impl Frame {
    /// The frame of records in this format, or in the template's.
    ///
    /// # Errors
    /// There is no end token, or the template cannot be used.
    pub fn new(args: &TokenArgs, tokenizer: &Path, format: RecordFormat) -> Result<Frame> {
        let config = Config::beside(&file(tokenizer))?;
        let end = args.eos.clone().or(config.eos);
        if let Some(path) = &args.template {
            let template = fs::read_to_string(path);
            let named = || Shown(path).to_string();
            let template = template.with_context(named)?;
            let bos = config.bos.unwrap_or_default();
            return Frame::of_template(&template, &bos, end).with_context(named);
        }
        match (format, end) {
            (RecordFormat::Completion, None) if args.ids.is_some() => bail!(Usage(
                "no tokenizer_config.json names the token that ends an answer: name it with --eos"
                    .to_owned()
            )),
            (RecordFormat::Completion, end) => {
                let after = end.clone().unwrap_or_default();
                Ok(Frame::around("", "", &after, end))
            }
            (_, end) => {
                let end = end.unwrap_or_else(|| IM_END.to_owned());
                Ok(Frame::around(
                    "<|im_start|>user\n",
                    "<|im_end|>\n<|im_start|>assistant\n",
                    &end.clone(),
                    Some(end),
                ))
            }
        }
    }

    /// A frame with the loss on all that follows the stream's turn.
    fn around(before: &str, between: &str, after: &str, end: Option<String>) -> Frame {
        Frame {
            before: before.to_owned(),
            between: between.to_owned(),
            after: after.to_owned(),
            learned_from: between.len(),
            learned_to: after.len(),
            end,
        }
    }

    /// What a chat template says around the two turns. It sees a placeholder for each.
    fn of_template(template: &str, bos: &str, end: Option<String>) -> Result<Frame> {
        const PROMPT: &str = "\u{E000}";
        const ANSWER: &str = "\u{E001}";
        let template = with_marks(template);
        let mut environment = Environment::new();
        // As `transformers` sets them.
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?;
        environment.set_syntax(syntax);
        environment
            .set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function(
            "raise_exception",
            |message: String| -> Result<String, Error> {
                Err(Error::new(ErrorKind::InvalidOperation, message))
            },
        );
        let text = environment.render_str(
            &template,
            context! {
                messages => [
                    context! { role => "user", content => PROMPT },
                    context! { role => "assistant", content => ANSWER },
                ],
                bos_token => bos,
                eos_token => end.as_deref().unwrap_or_default(),
                add_generation_prompt => false,
            },
        );
        let text = text.map_err(|error| anyhow!("the template cannot be rendered: {error}"))?;
        let parts = text.split_once(PROMPT).and_then(|(before, rest)| {
            let (between, after) = rest.split_once(ANSWER)?;
            let parts = [before, between, after];
            let once = !parts
                .iter()
                .any(|part| part.contains(PROMPT) || part.contains(ANSWER));
            once.then_some(parts)
        });
        let Some([before, between, after]) = parts else {
            bail!(
                "the template does not say the user's message once and then the assistant's once"
            );
        };
        let (between, from) = without_marks(between, GENERATION);
        let (mut after, to) = without_marks(after, END_GENERATION);
        let to = match &end {
            Some(end) if !after.contains(end.as_str()) => {
                after += end;
                None
            }
            _ => to,
        };
        let mut frame = Frame::around(&without_marks(before, GENERATION).0, &between, &after, end);
        frame.learned_from = from.unwrap_or(frame.learned_from);
        frame.learned_to = to.unwrap_or(frame.learned_to);
        Ok(frame)
    }
}

/// What a template says at its `{% generation %}` and `{% endgeneration %}`.
const GENERATION: char = '\u{E002}';
const END_GENERATION: char = '\u{E003}';

/// A template that says marks where it has the tags that only `transformers` knows. A mark stands
/// between tags, so that the blanks around are trimmed as before.
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

/// A text without marks, and the place of the last of this kind.
fn without_marks(text: &str, mark: char) -> (String, Option<usize>) {
    let clean = |text: &str| text.replace([GENERATION, END_GENERATION], "");
    let place = text.rfind(mark);
    (clean(text), place.map(|place| clean(&text[..place]).len()))
}

/// What a `tokenizer_config.json` says.
#[derive(Default)]
struct Config {
    bos: Option<String>,
    eos: Option<String>,
}

impl Config {
    /// The one beside a `tokenizer.json`, if there is one.
    fn beside(tokenizer: &Path) -> Result<Config> {
        let path = config(tokenizer);
        if !path.exists() {
            return Ok(Config::default());
        }
        let named = || Shown(&path).to_string();
        let config: Value =
            serde_json::from_slice(&fs::read(&path).with_context(named)?).with_context(named)?;
        let token = |key: &str| {
            let token = &config[key];
            let content = token.as_str().or_else(|| token["content"].as_str());
            content.map(str::to_owned)
        };
        Ok(Config {
            bos: token("bos_token"),
            eos: token("eos_token"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(template: &str, end: &str) -> Result<Frame> {
        Frame::of_template(template, "<s>", Some(end.to_owned()))
    }

    #[test]
    fn a_template_is_cut_at_its_two_messages() {
        let template = "{{ bos_token }}{% for message in messages %}\n\
            {%- if message.role == 'user' %}[INST] {{ message['content'].strip() }} [/INST]\n\
            {%- else %}{% generation %}{{ message.content }}{{ eos_token }}{% endgeneration %}{% endif %}\n\
            {%- endfor %}";
        let found = frame(template, "</s>").unwrap();
        let end = Some("</s>".to_owned());
        assert_eq!(found, Frame::around("<s>[INST] ", " [/INST]", "</s>", end));
        // The end token is there even if the template forgets it.
        let found = frame(
            "{{ messages[0].content }}\n{{ messages[1].content }}\n",
            "<e>",
        )
        .unwrap();
        assert_eq!(
            (found.between.as_str(), found.after.as_str()),
            ("\n", "<e>")
        );
    }

    /// What is outside of `{% generation %}` is not learned, whatever the layout of the tags.
    #[test]
    fn the_loss_is_on_what_a_template_generates() {
        let template = "{% for m in messages %}<{{ m.role }}>\n\
            {%- if m.role == 'assistant' %}\n\
            {%- generation -%}\n  !{{ m.content }}</s>\n{%-endgeneration%}\n\
            {% else %}{{ m.content }}{% endif %}.\n{% endfor %}";
        let found = frame(template, "</s>").unwrap();
        assert_eq!(
            (
                found.before.as_str(),
                found.between.as_str(),
                found.after.as_str()
            ),
            ("<user>", ".\n<assistant>!", "</s>.\n")
        );
        assert_eq!(&found.between[found.learned_from..], "!");
        assert_eq!(&found.after[..found.learned_to], "</s>");
        let chatml = frame(luadec_tok::tokenizer::CHATML, "<|im_end|>").unwrap();
        assert_eq!(chatml.before, "<|im_start|>user\n");
        assert_eq!(chatml.between, "<|im_end|>\n<|im_start|>assistant\n");
        assert_eq!(chatml.after, "<|im_end|>\n");
        assert_eq!(chatml.learned_from, chatml.between.len());
        assert_eq!(chatml.learned_to, "<|im_end|>".len());
    }

    #[test]
    fn a_template_that_cannot_be_used_says_why() {
        let error = |template| frame(template, "</s>").unwrap_err().to_string();
        assert_eq!(
            error("{{ messages[1].content }}{{ messages[0].content }}"),
            "the template does not say the user's message once and then the assistant's once"
        );
        assert_eq!(
            error("{{ raise_exception('no system message') }}"),
            "the template cannot be rendered: invalid operation: no system message (in <string>:1)"
        );
    }
}
