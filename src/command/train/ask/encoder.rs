//! Prompts as token ids.

use std::cell::RefCell;
use std::mem;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use luadec_tok::stream::{Language, Outline};
use luadec_tok::tokenizer::{Ids, Tokenizer};

use super::arguments::{Ask, PromptFormat};
use super::earlier::Earlier;
use crate::command::io::shown::Shown;
use crate::command::train::dataset::arguments::{RecordFormat, TokenArgs};
use crate::command::train::dataset::ids::{ChatTemplate, Conversation};
use crate::command::train::tokenizer::load;

/// Turns outlines into the ids of records, up to where the answer begins.
pub struct PromptEncoder {
    sink: RefCell<Ids<Vec<u32>>>,
    /// The ids before and after the outline.
    before: Vec<u32>,
    after: Vec<u32>,
    tokenizer: Arc<Tokenizer>,
    /// What is around an earlier answer, if there are any.
    conversation: Option<Conversation>,
}

/// The memory for the ids of values, in bytes.
const MEMORY: usize = 16 << 20;

impl PromptEncoder {
    /// Creates the encoder that the options describe, if they name a tokenizer.
    pub fn new(options: &Ask) -> Result<Option<PromptEncoder>> {
        let Some(path) = &options.tokenizer else {
            return Ok(None);
        };
        let format = match options.format {
            Some(PromptFormat::Completion) => RecordFormat::Completion,
            Some(PromptFormat::Messages) | None => RecordFormat::Messages,
        };
        let template = ChatTemplate::new(&token_args(options), path, format)?;
        let tokenizer = load(path, Language::Terse)?;
        let named = || Shown(path).to_string();
        tokenizer.check_outlines().with_context(named)?;
        let between = &template.frame.between[..template.learned_from];
        let conversation = match options.after.is_empty() {
            true => None,
            false => Some(Conversation::new(&token_args(options), path, format)?),
        };
        let tokenizer = Arc::new(tokenizer);
        Ok(Some(PromptEncoder {
            before: tokenizer.encode_before(&template.frame.before)?,
            after: tokenizer.encode_between(between)?,
            sink: RefCell::new(Ids::new(Arc::clone(&tokenizer), Vec::new(), MEMORY)),
            tokenizer,
            conversation,
        }))
    }

    /// Returns the ids of a prompt, and of an earlier answer and the request to answer again.
    ///
    /// # Errors
    /// The tokenizer cannot encode it.
    pub fn encode(&self, outline: &Outline, earlier: Option<&Earlier>) -> Result<Vec<u32>> {
        let mut sink = self.sink.borrow_mut();
        *sink.get_mut() = self.before.clone();
        sink.emit_outline(outline)?;
        sink.flush()?;
        let mut ids = mem::take(sink.get_mut());
        let (Some(earlier), Some(around)) = (earlier, &self.conversation) else {
            ids.extend(&self.after);
            return Ok(ids);
        };
        let rest = [
            &around.answer,
            &earlier.answer,
            &around.again,
            &earlier.again,
            &around.end,
        ];
        let rest: String = rest.into_iter().map(String::as_str).collect();
        ids.extend(self.tokenizer.encode_between(&rest)?);
        Ok(ids)
    }
}

fn token_args(options: &Ask) -> TokenArgs {
    TokenArgs {
        tokenizer: options.tokenizer.clone(),
        template: options.template.clone(),
        ..TokenArgs::default()
    }
}

/// Returns the files that are read beside the chunk.
pub fn files(options: &Ask) -> Vec<PathBuf> {
    token_args(options).files()
}
