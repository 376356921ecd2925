//! Records as token ids.

mod chat_template;

use std::mem;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use luadec_tok::tokenizer::{Ids, Tokenizer};

use super::arguments::{Dataset, IdsFormat, RecordUnit};
use super::dropped::Reason;
use super::prompt::Prompt;
use crate::command::io::shown::Shown;
use crate::command::train::tokenizer::load;
pub use chat_template::ChatTemplate;
#[cfg(feature = "score")]
pub use chat_template::Conversation;

/// The memory for the ids of values, for all threads together, in bytes.
const MEMORY: usize = 128 << 20;

/// Turns records into ids on any thread.
pub struct RecordEncoder {
    tokenizer: Arc<Tokenizer>,
    template: ChatTemplate,
    /// The ids before the stream.
    before: Vec<u32>,
    /// The number of ids between the stream and what is learned, and after what is learned.
    between: usize,
    after: usize,
    /// The number of ids above which a record is dropped.
    most: Option<u32>,
    keep_controls: bool,
    keep_lossy: bool,
    /// The form in which ids are written, if they are.
    pub form: Option<IdsFormat>,
    /// The sinks that no thread is using, with the values they remember.
    sinks: Mutex<Vec<Ids<Vec<u32>>>>,
    /// The memory for each of them, in bytes.
    memory: usize,
}

/// A record as ids.
#[derive(Debug)]
pub struct Encoded {
    pub ids: Vec<u32>,
    /// Those that are learned: the source and the end token.
    pub learned: Range<usize>,
}

impl Encoded {
    /// Returns the id that each id is learned as, or -100 for those that are not, as in `transformers`.
    pub fn labels(&self) -> impl Iterator<Item = i64> + '_ {
        const MASKED: i64 = -100;
        let ids = self.ids.iter().enumerate();
        ids.map(|(i, id)| match self.learned.contains(&i) {
            true => i64::from(*id),
            false => MASKED,
        })
    }
}

impl RecordEncoder {
    /// Creates the encoder that the options describe, if they name a tokenizer.
    pub fn new(options: &Dataset, threads: usize) -> Result<Option<RecordEncoder>> {
        let args = &options.tokens;
        let Some(path) = &args.tokenizer else {
            return Ok(None);
        };
        let template = ChatTemplate::new(args, path, options.records.format)?;
        let tokenizer = load(path, options.records.stream().language())?;
        let named = || Shown(path).to_string();
        if options.records.unit == RecordUnit::Outline {
            tokenizer.check_outlines().with_context(named)?;
        }
        if let Some(end) = &template.end {
            let id = tokenizer.id(end).with_context(named)?;
            if tokenizer.encode_between(end).with_context(named)? != [id] {
                bail!(
                    "{}: the end token {end:?} is not an added token of the tokenizer; name another with --eos",
                    Shown(path)
                );
            }
        }
        if let Err(lost) = tokenizer.check_decoding()
            && !args.keep_lossy
        {
            bail!(
                "{}: the tokenizer does not decode its own ids: {lost}, so no answer would compile; \
                 set the decoder that fits its pre_tokenizer, or use it anyway with --keep-lossy",
                Shown(path)
            );
        }
        let ids = |text: &str| tokenizer.encode_between(text).map(|ids| ids.len());
        let frame = &template.frame;
        // Counted after a letter, which may be one token with a line end.
        let [all, learned] = [frame.after.len(), template.learned_to]
            .map(|end| ids(&["x", &frame.after[..end]].concat()));
        Ok(Some(RecordEncoder {
            before: tokenizer.encode_before(&frame.before)?,
            between: ids(&frame.between[..template.learned_from])?,
            after: all?.saturating_sub(learned?),
            tokenizer: Arc::new(tokenizer),
            template,
            most: match (args.max_tokens, args.pack) {
                (Some(most), Some(pack)) => Some(most.min(pack)),
                (most, pack) => most.or(pack),
            },
            keep_controls: args.keep_controls,
            keep_lossy: args.keep_lossy,
            form: args.ids,
            sinks: Mutex::default(),
            memory: MEMORY / threads,
        }))
    }

    /// Returns whether ids need more than two bytes.
    pub fn is_wide(&self) -> bool {
        self.tokenizer.ids() > 1 << 16
    }

    /// Returns the id of the end token, or 0.
    pub fn end(&self) -> u32 {
        let end = self.template.end.as_deref();
        end.and_then(|end| self.tokenizer.id(end).ok()).unwrap_or(0)
    }

    /// Returns the ids of a record, which are those of its text.
    ///
    /// # Errors
    /// There are too many ids, the stream or the source spells a control token, or the tokenizer
    /// cannot encode the text or changes it.
    pub fn encode(&self, prompt: Prompt, source: &str) -> Result<Encoded, Reason> {
        let mut ids = self.before.clone();
        let control = self.prompt(prompt, &mut ids)?;
        self.check_length(&ids)?;
        let text = [
            &self.template.frame.between,
            source,
            &self.template.frame.after,
        ]
        .concat();
        let tail = self.tokenizer.encode_between(&text)?;
        let control = control.or_else(|| {
            let control = self.tokenizer.control(&tail, source);
            control.map(str::to_owned)
        });
        if let (Some(control), false) = (control, self.keep_controls) {
            return Err(Reason::Control(control));
        }
        if !self.keep_lossy {
            self.tokenizer.check_text(&tail, &text)?;
        }
        let from = ids.len() + self.between.min(tail.len());
        ids.extend(tail);
        self.check_length(&ids)?;
        let to = ids.len().saturating_sub(self.after).max(from);
        Ok(Encoded {
            ids,
            learned: from..to,
        })
    }

    /// Appends the ids of a prompt and returns a control token that it contains.
    fn prompt(&self, prompt: Prompt, ids: &mut Vec<u32>) -> Result<Option<String>, Reason> {
        let sinks = || self.sinks.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = sinks().pop();
        let new = || {
            let sink = Ids::new(Arc::clone(&self.tokenizer), Vec::new(), self.memory);
            sink.checking_texts(!self.keep_lossy)
        };
        let mut sink = unused.unwrap_or_else(new);
        *sink.get_mut() = mem::take(ids);
        prompt
            .emit_ids(&mut sink)
            .and_then(|()| sink.flush())
            .map_err(|error| Reason::of(&error, Reason::NoIds))?;
        *ids = mem::take(sink.get_mut());
        let control = sink.take_control();
        let lost = sink.take_lost();
        sinks().push(sink);
        match lost {
            Some(lost) => Err(lost.into()),
            None => Ok(control),
        }
    }

    fn check_length(&self, ids: &[u32]) -> Result<(), Reason> {
        match self.most {
            Some(most) if ids.len() > most as usize => Err(Reason::TooManyTokens(most)),
            _ => Ok(()),
        }
    }
}
