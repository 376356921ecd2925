//! Remembers the ids of values.

use std::sync::Arc;

use ahash::AHashMap;

use super::error::TokenizerError;
use super::load::{IdRow, Tokenizer, row};
use super::round_trip::LostText;
use crate::float::Float;
use crate::stream::{ESCAPE_MAX, ESCAPE_SLACK, escape};

/// Integers below this, and their negatives, have a row of their own.
const FLAT: i64 = 1 << 18;

/// The length in bytes up to which a text is remembered.
const LONGEST: usize = 256;

/// The ids of the values met so far, in bounded memory.
pub(super) struct Memo {
    pub tokenizer: Arc<Tokenizer>,
    /// The rows of integers, by the integer plus [`FLAT`]. A row is empty until its integer occurs.
    flat: Vec<IdRow>,
    integers: AHashMap<i64, Span>,
    floats: AHashMap<u64, Span>,
    /// Names, and constants with their quotes.
    texts: [AHashMap<Box<[u8]>, Span>; 2],
    /// The ids that spans refer to.
    ids: Vec<u32>,
    /// The approximate memory without the flat part, and its limit, in bytes.
    size: usize,
    most: usize,
    /// The first control token that a value contained.
    pub control: Option<String>,
    /// True if values are decoded again and compared.
    pub checks: bool,
    /// The first value whose ids decode to another text.
    pub lost: Option<LostText>,
    /// The error of the first value that cannot be encoded.
    pub failed: Option<TokenizerError>,
}

#[derive(Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

impl Memo {
    pub fn new(tokenizer: Arc<Tokenizer>, most: usize) -> Self {
        Memo {
            tokenizer,
            flat: vec![IdRow::default(); 2 * FLAT as usize],
            integers: AHashMap::new(),
            floats: AHashMap::new(),
            texts: Default::default(),
            ids: Vec::new(),
            size: 0,
            most,
            control: None,
            checks: false,
            lost: None,
            failed: None,
        }
    }

    #[inline(always)]
    pub fn integer(&mut self, value: i64, out: &mut Vec<u32>) {
        match self.flat.get(value.wrapping_add(FLAT) as usize) {
            Some(row) if row[7] > 0 => push(row, out),
            _ => self.other_integer(value, out),
        }
    }

    #[inline]
    fn other_integer(&mut self, value: i64, out: &mut Vec<u32>) {
        match self.integers.get(&value) {
            Some(span) => self.recall(*span, out),
            None => self.new_integer(value, out),
        }
    }

    #[cold]
    fn new_integer(&mut self, value: i64, out: &mut Vec<u32>) {
        let start = out.len();
        if !self.encode(itoa::Buffer::new().format(value), out) {
            return;
        }
        let ids = &out[start..];
        match (
            self.flat.get_mut(value.wrapping_add(FLAT) as usize),
            row(ids),
        ) {
            (Some(flat), Some(row)) => *flat = row,
            _ => {
                let span = self.remember(ids, 0);
                self.integers.insert(value, span);
            }
        }
    }

    pub fn float(&mut self, value: f64, out: &mut Vec<u32>) {
        let bits = value.to_bits();
        if let Some(span) = self.floats.get(&bits) {
            return self.recall(*span, out);
        }
        let start = out.len();
        let mut float = Float::new();
        let text = str::from_utf8(float.format(value)).expect("numbers are ASCII");
        if self.encode(text, out) {
            let span = self.remember(&out[start..], 0);
            self.floats.insert(bits, span);
        }
    }

    /// Appends the ids of a string, with quotes if it is a constant.
    #[inline]
    pub fn text(&mut self, text: &[u8], quoted: bool, out: &mut Vec<u32>) {
        match self.texts[usize::from(quoted)].get(text) {
            Some(span) => self.recall(*span, out),
            None => self.new_text(text, quoted, out),
        }
    }

    /// Appends the id of a token that no fragment has.
    pub fn token(&mut self, token: &str, out: &mut Vec<u32>) {
        match self.tokenizer.id(token) {
            Ok(id) => out.push(id),
            Err(error) => {
                self.failed.get_or_insert(error);
            }
        }
    }

    #[cold]
    fn new_text(&mut self, text: &[u8], quoted: bool, out: &mut Vec<u32>) {
        let quote = if quoted { "\"" } else { "" };
        let capacity = text.len() * ESCAPE_MAX + ESCAPE_SLACK;
        let mut escaped = Vec::new();
        if escaped.try_reserve_exact(2 * capacity).is_err() {
            self.failed.get_or_insert(TokenizerError::OutOfMemory);
            return;
        }
        escaped.resize(capacity, 0);
        let length = escape(text, quoted, &mut escaped);
        let escaped = str::from_utf8(&escaped[..length]).expect("a stream is ASCII");
        let start = out.len();
        if self.encode(&[quote, escaped, quote].concat(), out) && text.len() <= LONGEST {
            let span = self.remember(&out[start..], text.len());
            self.texts[usize::from(quoted)].insert(text.into(), span);
        }
    }

    /// Appends the ids of a value. Returns `false` if they must not be remembered because the value
    /// has to be reported each time: it cannot be encoded, contains a control token, or decodes to
    /// another text.
    fn encode(&mut self, text: &str, out: &mut Vec<u32>) -> bool {
        let ids = match self.tokenizer.encode_between(text) {
            Ok(ids) => ids,
            Err(error) => {
                self.failed.get_or_insert(error);
                return false;
            }
        };
        out.extend_from_slice(&ids);
        let control = self.tokenizer.control(&ids, text);
        if let (Some(control), None) = (control, &self.control) {
            self.control = Some(control.to_owned());
        }
        let kept = match self.checks {
            true => self.tokenizer.check_text(&ids, text),
            false => Ok(()),
        };
        let known = kept.is_ok() && control.is_none();
        self.lost = self.lost.take().or(kept.err());
        known
    }

    #[inline]
    fn recall(&self, span: Span, out: &mut Vec<u32>) {
        out.extend_from_slice(&self.ids[span.start as usize..span.end as usize]);
    }

    /// Remembers ids under a key of this length. Forgets everything when the memory is used up.
    fn remember(&mut self, ids: &[u32], key: usize) -> Span {
        const ENTRY: usize = 64;
        self.size += ENTRY + key + size_of_val(ids);
        if self.size > self.most {
            self.size = 0;
            self.integers.clear();
            self.floats.clear();
            self.texts.iter_mut().for_each(|texts| texts.clear());
            self.ids.clear();
        }
        let start = self.ids.len() as u32;
        self.ids.extend_from_slice(ids);
        Span {
            start,
            end: self.ids.len() as u32,
        }
    }
}

/// Appends the ids of a row. Copying the whole row and truncating is faster than copying a variable
/// length.
#[inline(always)]
pub(super) fn push(row: &IdRow, out: &mut Vec<u32>) {
    let end = out.len() + row[7] as usize;
    out.extend_from_slice(&row[..7]);
    out.truncate(end);
}
