//! The ids that a tokenizer gives for streams.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use luadec_tok::chunk::Chunk;
use luadec_tok::stream::Language;
use luadec_tok::tokenizer::{Ids, TakeIds, Tokenizer};

use crate::command::train::tokenizer::load;

/// A tokenizer for the full and for the terse stream, where it has their tokens.
pub struct Tokenizers([Option<Counter>; 2]);

impl Tokenizers {
    /// Loads a tokenizer.
    ///
    /// # Errors
    /// It cannot be loaded for either stream.
    pub fn load(path: &Path) -> Result<Tokenizers> {
        let (full, terse) = (load(path, Language::Full), load(path, Language::Terse));
        match (full, terse) {
            (Err(_), Err(error)) => Err(error),
            (full, terse) => Ok(Tokenizers(
                [full.ok(), terse.ok()].map(|t| t.map(Counter::new)),
            )),
        }
    }

    /// Counts the ids in the full and in the terse stream of a chunk.
    pub fn count(&self, chunk: &Chunk) -> io::Result<[Option<u64>; 2]> {
        let count = |counter: &Option<Counter>| match counter {
            Some(counter) => counter.count(chunk),
            None => Ok(None),
        };
        Ok([count(&self.0[0])?, count(&self.0[1])?])
    }
}

/// Counts ids on several threads.
struct Counter {
    tokenizer: Arc<Tokenizer>,
    /// Sinks that nobody uses, which remember the ids of values.
    unused: Mutex<Vec<Ids<Count>>>,
}

/// How much memory the ids of values may take in a sink, in bytes.
const MEMORY: usize = 16 << 20;

impl Counter {
    fn new(tokenizer: Tokenizer) -> Counter {
        Counter {
            tokenizer: Arc::new(tokenizer),
            unused: Mutex::default(),
        }
    }

    /// Counts the ids of a chunk, if the tokenizer has the tokens of its stream.
    fn count(&self, chunk: &Chunk) -> io::Result<Option<u64>> {
        let language = self.tokenizer.language();
        if language.check(chunk.version).is_err() || self.tokenizer.check(chunk.version).is_err() {
            return Ok(None);
        }
        let unused = || self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        let used = unused().pop();
        let new = || Ids::new(Arc::clone(&self.tokenizer), Count(0), MEMORY);
        let mut ids = used.unwrap_or_else(new);
        ids.emit(chunk)?;
        ids.flush()?;
        let count = std::mem::take(&mut ids.get_mut().0);
        unused().push(ids);
        Ok(Some(count))
    }
}

/// Takes ids and keeps only their number.
struct Count(u64);

impl TakeIds for Count {
    fn take(&mut self, ids: &[u32]) -> io::Result<()> {
        self.0 += ids.len() as u64;
        Ok(())
    }
}
