//! What stands around the stream and the source of a record: ChatML, nothing, or a chat template.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, context};
use serde_json::Value;

use crate::command::dataset::arguments::{RecordFormat, TokenArgs};
use crate::command::io::shown::Shown;
use crate::command::io::usage::Usage;
use crate::command::tokenizer::{config, file};

/// The text of a record without its stream and its source.
#[derive(Debug, PartialEq)]
pub struct Frame {
    /// What comes before the stream.
    pub before: String,
    /// What comes between the stream and the source.
    pub between: String,
    /// What comes after the source: the end token, by itself or within what a template says.
    pub after: String,
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
            (RecordFormat::Completion, None) => bail!(Usage(
                "no tokenizer_config.json names the token that ends an answer: name it with --eos"
                    .to_owned()
            )),
            (RecordFormat::Completion, Some(end)) => Ok(Frame {
                before: String::new(),
                between: String::new(),
                after: end.clone(),
                end: Some(end),
            }),
            (_, end) => {
                let end = end.unwrap_or_else(|| IM_END.to_owned());
                Ok(Frame {
                    before: "<|im_start|>user\n".to_owned(),
                    between: "<|im_end|>\n<|im_start|>assistant\n".to_owned(),
                    after: end.clone(),
                    end: Some(end),
                })
            }
        }
    }

    /// What a chat template says around the two turns. It sees a placeholder for each.
    fn of_template(template: &str, bos: &str, end: Option<String>) -> Result<Frame> {
        const PROMPT: &str = "\u{E000}";
        const ANSWER: &str = "\u{E001}";
        let template = without_generation(template);
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
            Some([before, between, after])
        });
        match parts {
            Some(parts)
                if parts.iter().all(|part| {
                    !part.contains([PROMPT, ANSWER].concat().as_str())
                        && !part.contains(PROMPT)
                        && !part.contains(ANSWER)
                }) =>
            {
                let [before, between, mut after] = parts.map(str::to_owned);
                if let Some(end) = &end
                    && !after.contains(end.as_str())
                {
                    after += end;
                }
                Ok(Frame {
                    before,
                    between,
                    after,
                    end,
                })
            }
            _ => bail!(
                "the template does not say the user's message once and then the assistant's once"
            ),
        }
    }
}

/// A template without the tags that mark what the assistant says, which only `transformers` knows.
fn without_generation(template: &str) -> String {
    let mut template = template.to_owned();
    for (tag, plain) in [
        (" generation ", " if true "),
        (" endgeneration ", " endif "),
    ] {
        for (open, close) in [("{%", "%}"), ("{%-", "%}"), ("{%", "-%}"), ("{%-", "-%}")] {
            template =
                template.replace(&[open, tag, close].concat(), &[open, plain, close].concat());
        }
    }
    template
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
        let wanted = Frame {
            before: "<s>[INST] ".to_owned(),
            between: " [/INST]".to_owned(),
            after: "</s>".to_owned(),
            end: Some("</s>".to_owned()),
        };
        assert_eq!(found, wanted);
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
