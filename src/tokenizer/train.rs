//! Trains the base of a tokenizer, a byte-level BPE, on Lua sources.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ahash::AHashMap;
use compact_str::CompactString;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};
use tokenizers::utils::{ProgressFormat, SysRegex, parallelism};
use tokenizers::{SplitDelimiterBehavior, Tokenizer};

use super::directory::{Directory, TOKENIZER};
use super::error::{TokenizerError, invalid};

/// The fewest tokens of a byte-level BPE: one for each byte.
pub const FEWEST: usize = 256;

/// The words that no token goes beyond: a name with one other character before it, a digit, other
/// characters with a space before them, and white space, so that a line's indentation is one word.
/// It needs no look-ahead, so it takes linear time on any text.
const WORD: &str = r"[^\r\n\p{L}\p{N}_]?[\p{L}_]+|\p{N}| ?[^\s\p{L}\p{N}_]+|\s+";

static WORDS: LazyLock<SysRegex> =
    LazyLock::new(|| SysRegex::new(WORD).expect("the pattern is correct"));

/// Words of more bytes are data. They would take most of the time of the training, and all of its
/// memory.
const MAX_WORD: usize = 256;

/// A trained tokenizer without the tokens of streams.
pub struct Trained {
    /// Its `tokenizer.json`.
    pub json: String,
    /// The number of its tokens.
    pub tokens: usize,
}

impl Trained {
    /// Returns the files of its directory, for [`add_to_directory`](super::add_to_directory).
    pub fn into_files(self) -> BTreeMap<String, Vec<u8>> {
        let files = Directory::TRAINED.map(|name| (name.to_owned(), b"{}".to_vec()));
        let mut files = BTreeMap::from(files);
        files.insert(TOKENIZER.to_owned(), self.json.into_bytes());
        files
    }
}

/// The words of texts, and how often they occur.
pub struct WordCounts {
    counts: AHashMap<CompactString, u64>,
    /// The number of different words above which the rarest are forgotten.
    most: usize,
    /// Words that occurred no more often than this were forgotten.
    forgotten: u64,
}

impl Default for WordCounts {
    fn default() -> Self {
        // The training takes a few hundred bytes per word.
        WordCounts::with_most(4_000_000)
    }
}

impl WordCounts {
    fn with_most(most: usize) -> Self {
        WordCounts {
            counts: AHashMap::new(),
            most,
            forgotten: 0,
        }
    }

    /// Counts the words of a text.
    pub fn add(&mut self, text: &str) {
        for (start, end) in WORDS.find_iter(text) {
            if end - start > MAX_WORD {
                continue;
            }
            let word = &text[start..end];
            match self.counts.get_mut(word) {
                Some(count) => *count += 1,
                None => drop(self.counts.insert(word.into(), 1)),
            }
        }
    }

    /// Adds the counts of other texts. If there are too many different words, the rarest are
    /// forgotten, so the result depends on the order of the texts.
    pub fn append(&mut self, other: WordCounts) {
        for (word, count) in other.counts {
            *self.counts.entry(word).or_default() += count;
        }
        while self.counts.len() > self.most {
            self.forgotten += 1;
            self.counts.retain(|_, count| *count > self.forgotten);
        }
    }

    /// Trains a tokenizer with this many tokens, the [`FEWEST`] among them; with fewer if no more pairs
    /// of tokens occur twice. The same counts give the same file.
    ///
    /// # Errors
    /// The `tokenizers` crate fails, which would be a bug.
    pub fn train(self, tokens: usize) -> Result<Trained, TokenizerError> {
        // The trainer's threads would not be those of the caller.
        parallelism::set_parallelism(false);
        let trainer = BpeTrainer::builder()
            .vocab_size(tokens)
            .min_frequency(2)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .show_progress(false)
            .progress_format(ProgressFormat::Silent)
            .build();
        let mut model = BPE::default();
        let words = trained_words(self.counts)?;
        trainer.do_train(&words, &mut model).map_err(invalid)?;
        drop(words);
        let tokens = model.get_vocab().len();
        let mut tokenizer = Tokenizer::new(model);
        let split = SplitPattern::Regex(WORD.to_owned());
        let split = Split::new(split, SplitDelimiterBehavior::Isolated, false).map_err(invalid)?;
        tokenizer
            .with_pre_tokenizer(Some(Sequence::new(vec![split.into(), byte_level().into()])))
            .with_decoder(Some(byte_level()));
        let json = tokenizer.to_string(true).map_err(invalid)?;
        Ok(Trained { json, tokens })
    }
}

fn byte_level() -> ByteLevel {
    ByteLevel::new(false, true, false)
}

/// Returns words as the trainer takes them: with a character for each byte, and with counts whose sums
/// fit into its 32 bits.
fn trained_words(
    counts: AHashMap<CompactString, u64>,
) -> Result<AHashMap<CompactString, u64>, TokenizerError> {
    let bytes = counts
        .iter()
        .map(|(word, count)| word.len() as u64 * count)
        .sum::<u64>();
    let scale = bytes.div_ceil(1 << 30).max(1);
    let byte_level = byte_level();
    let words = counts.into_iter().map(|(word, count)| {
        let mut text = PreTokenizedString::from(word.as_str());
        byte_level.pre_tokenize(&mut text).map_err(invalid)?;
        let splits = text.get_splits(OffsetReferential::Original, OffsetType::Byte);
        let word: CompactString = splits.into_iter().map(|(split, _, _)| split).collect();
        Ok((word, (count / scale).max(1)))
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        WORDS
            .find_iter(text)
            .map(|(start, end)| &text[start..end])
            .collect()
    }

    #[test]
    fn words_are_parts_of_lua() {
        assert_eq!(
            words("local get_x1 = t.name(\"s\")\n    --[[ äö ]]\n\treturn 42"),
            [
                "local", " get_x", "1", " =", " t", ".name", "(\"", "s", "\")", "\n    ", "--[[",
                " äö", " ]]", "\n\t", "return", " ", "4", "2"
            ]
        );
    }

    #[test]
    fn the_tokenizer_splits_as_words_are_counted() {
        let text = "for i = 10, #list do\r\n\tlist[i]._x = 'it''s'\u{A0}…  --\u{301}\n\n  end";
        let mut counts = WordCounts::default();
        counts.add(&text.repeat(3));
        let Trained { json, tokens } = counts.train(400).unwrap();
        let tokenizer = Tokenizer::from_bytes(json).unwrap();
        assert!(tokens > FEWEST && tokens < 400, "{tokens}");
        assert_eq!(tokenizer.get_vocab_size(true), tokens);
        // Every word of the text occurs three times, so each is a token.
        let encoding = tokenizer.encode_fast(text, false).unwrap();
        assert_eq!(encoding.get_ids().len(), words(text).len());
        assert_eq!(tokenizer.decode(encoding.get_ids(), false).unwrap(), text);
    }

    #[test]
    fn counts_fit_into_32_bits() {
        let counts = AHashMap::from([("a".into(), u64::from(u32::MAX) << 8), ("bc".into(), 3)]);
        let words = trained_words(counts).unwrap();
        assert_eq!((words["a"], words["bc"]), ((1 << 30) - 1, 1));
    }

    #[test]
    fn the_rarest_words_are_forgotten() {
        let mut counts = WordCounts::with_most(2);
        for text in ["a", "b", "a", "b", "c"] {
            let mut other = WordCounts::with_most(2);
            other.add(text);
            counts.append(other);
        }
        let mut left: Vec<_> = counts.counts.into_iter().collect();
        left.sort();
        assert_eq!(left, [("a".into(), 2), ("b".into(), 2)]);
    }
}
