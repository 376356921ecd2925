//! Strings as text: the escapes that keep any bytes printable, on one line, and free of tokens.

use std::borrow::Cow;

use crate::chunk::{PADDED, PaddedText};

/// The most bytes of text for one byte of a string.
pub(crate) const ESCAPE_MAX: usize = 4;

/// The number of bytes that [`escape`] copies at once, and may write beyond the end of the text.
pub(crate) const ESCAPE_SLACK: usize = 8;

const LESS_BEFORE_BAR: [u8; ESCAPE_MAX] = *b"\\x3C";

/// `\\x41` would contain the token `\x41`.
const BACKSLASH_BEFORE_X: [u8; ESCAPE_MAX] = *b"\\x5C";

/// For each byte, its text and the length of that.
static ESCAPES: [([u8; ESCAPE_MAX], u8); 256] = {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut escapes = [([0; ESCAPE_MAX], 0); 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = match byte as u8 {
            b'\x07' => b'a',
            b'\x08' => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            b'\x0B' => b'v',
            b'\x0C' => b'f',
            b'\r' => b'r',
            b'\\' => b'\\',
            b'"' => b'"',
            _ => 0,
        };
        escapes[byte] = if letter != 0 {
            ([b'\\', letter, 0, 0], 2)
        } else if byte < 0x20 || byte > 0x7E {
            ([b'\\', b'x', HEX[byte >> 4], HEX[byte & 15]], 4)
        } else {
            ([byte as u8, 0, 0, 0], 1)
        };
        byte += 1;
    }
    escapes
};

/// Returns whether eight bytes all stand for themselves, whatever comes after them.
#[inline(always)]
fn all_plain(bytes: &[u8; 8]) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    // The highest bit of a byte is set if the byte matches, or if it follows such a byte.
    let word = u64::from_le_bytes(*bytes);
    let below = |word: u64, end: u64| word.wrapping_sub(ONES * end) & !word;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let above_tilde = word | word.wrapping_add(ONES);
    let special = below(word, b' '.into()) | equal(b'\\') | equal(b'"') | equal(b'<') | above_tilde;
    special & (ONES << 7) == 0
}

/// Whether the first `len` bytes all stand for themselves, whatever comes after them. Compilers
/// turn the loop into instructions for sixteen bytes at once.
#[inline(always)]
fn all_plain_up_to(len: usize, bytes: &[u8; PADDED]) -> bool {
    const HALF: usize = PADDED / 2;
    /// From `PADDED - len` on: `len` bytes of ones, then zeros.
    static MASKS: [u8; 2 * PADDED] = {
        let mut masks = [0; 2 * PADDED];
        let mut i = 0;
        while i < PADDED {
            masks[i] = 0xFF;
            i += 1;
        }
        masks
    };
    let special = |byte: u8| {
        let is = (byte as i8) < b' ' as i8 || matches!(byte, 0x7F | b'"' | b'\\' | b'<');
        u8::from(is).wrapping_neg()
    };
    let Some(mask) = MASKS[PADDED - len..].first_chunk::<PADDED>() else {
        return false;
    };
    let mut found = [0; HALF];
    for i in 0..HALF {
        let j = i + HALF;
        found[i] = special(bytes[i]) & mask[i] | special(bytes[j]) & mask[j];
    }
    found == [0; HALF]
}

/// Copies `N` to `2 * N` bytes as their first and their last `N`.
#[inline(always)]
fn copy_ends<const N: usize>(bytes: &[u8], out: &mut [u8]) -> Option<([u8; N], [u8; N])> {
    let (first, last) = (bytes.first_chunk()?, bytes.last_chunk()?);
    out[..N].copy_from_slice(first);
    out[bytes.len() - N..bytes.len()].copy_from_slice(last);
    Some((*first, *last))
}

/// Copies bytes if they all stand for themselves; returns whether they do. Most strings are short:
/// each of these lengths is copied without a call.
#[inline(always)]
fn copy_plain(bytes: &[u8], out: &mut [u8]) -> bool {
    match bytes.len() {
        0 => true,
        length @ 1..4 => {
            let places = [0, length / 2, length - 1];
            let [first, middle, last] = places.map(|place| {
                out[place] = bytes[place];
                bytes[place]
            });
            all_plain(&[first, middle, last, b' ', b' ', b' ', b' ', b' '])
        }
        4..8 => copy_ends::<4>(bytes, out)
            .is_some_and(|([a, b, c, d], [e, f, g, h])| all_plain(&[a, b, c, d, e, f, g, h])),
        8..=16 => {
            copy_ends(bytes, out).is_some_and(|(first, last)| all_plain(&first) & all_plain(&last))
        }
        17..=32 => copy_ends::<16>(bytes, out).is_some_and(|ends| {
            let blocks = [ends.0, ends.1].map(|end| {
                let (blocks, _) = end.as_chunks();
                all_plain(&blocks[0]) & all_plain(&blocks[1])
            });
            blocks[0] & blocks[1]
        }),
        _ => false,
    }
}

/// Returns whether bytes all stand for themselves.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) if bytes.len() <= 16 => all_plain(first) & all_plain(last),
        _ => {
            let (blocks, rest) = bytes.as_chunks();
            let mut last = [b' '; 8];
            last[..rest.len()].copy_from_slice(rest);
            blocks.iter().all(all_plain) && all_plain(&last)
        }
    }
}

/// Returns whether the second of two bytes changes the spelling of the first.
#[inline(always)]
fn is_pair(first: u8, second: Option<&u8>) -> bool {
    matches!((first, second), (b'<', Some(b'|')) | (b'\\', Some(b'x')))
}

/// Splits bytes into pieces of at most `length`, or one more: a pair whose first byte is escaped
/// because of the second stays together.
#[inline]
pub(crate) fn pieces(bytes: &[u8], length: usize) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let mut end = rest.len().min(length);
        if let Some(&last) = rest[..end].last()
            && is_pair(last, rest.get(end))
        {
            end += 1;
        }
        let piece;
        (piece, rest) = rest.split_at(end);
        (!piece.is_empty()).then_some(piece)
    })
}

/// Writes `bytes` as text to the start of `out` and returns the text's length. In a constant, which
/// is `quoted`, `"` is escaped too. `out` has room for [`ESCAPE_MAX`] times the bytes and
/// [`ESCAPE_SLACK`] more.
#[inline]
pub(crate) fn escape(bytes: &[u8], quoted: bool, out: &mut [u8]) -> usize {
    if copy_plain(bytes, out) {
        return bytes.len();
    }
    let mut rest = bytes;
    let mut end = 0;
    while let Some((&byte, after)) = rest.split_first() {
        if let Some((block, after)) = rest.split_first_chunk()
            && all_plain(block)
        {
            out[end..end + block.len()].copy_from_slice(block);
            end += block.len();
            rest = after;
            continue;
        }
        let (text, len) = match byte {
            b'<' if is_pair(byte, after.first()) => (&LESS_BEFORE_BAR, 4),
            b'\\' if is_pair(byte, after.first()) => (&BACKSLASH_BEFORE_X, 4),
            b'"' if !quoted => (b"\"\0\0\0", 1),
            _ => {
                let (text, len) = &ESCAPES[usize::from(byte)];
                (text, usize::from(*len))
            }
        };
        out[end..end + ESCAPE_MAX].copy_from_slice(text);
        end += len;
        rest = after;
    }
    end
}

/// Does what [`escape`] does, faster.
#[inline(always)]
pub(crate) fn escape_padded(text: PaddedText, quoted: bool, out: &mut [u8]) -> usize {
    if let Some(out) = out.first_chunk_mut() {
        *out = *text.padded();
        if all_plain_up_to(text.len(), out) {
            return text.len();
        }
    }
    escape(text.text(), quoted, out)
}

/// Why a text could not be unescaped.
pub(crate) enum Unescape {
    Wrong(Wrong),
    /// Memory runs out.
    Memory,
}

/// A place where a text differs from what [`escape`] writes.
pub(crate) struct Wrong {
    /// The offset and the length of the wrong text.
    pub offset: usize,
    pub length: usize,
    pub expected: String,
}

/// Returns the bytes of a text: the inverse of [`escape`], which accepts no other spelling.
#[inline]
pub(crate) fn unescape(text: &[u8], quoted: bool) -> Result<Cow<'_, [u8]>, Unescape> {
    if is_plain(text) {
        return Ok(text.into());
    }
    unescape_bytes(text, quoted).map(Cow::Owned)
}

fn unescape_bytes(text: &[u8], quoted: bool) -> Result<Vec<u8>, Unescape> {
    let mut bytes = Vec::new();
    if bytes.try_reserve_exact(text.len()).is_err() {
        return Err(Unescape::Memory);
    }
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        if let Some((block, after)) = rest.split_first_chunk()
            && all_plain(block)
        {
            bytes.extend_from_slice(block);
            rest = after;
            continue;
        }
        let (byte, length) = match (first, after) {
            (b'\\', [b'x', high, low, ..]) => match (hex_digit(*high), hex_digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, 4),
                _ => (b'\\', 4),
            },
            (b'\\', [letter, ..]) => (letter_escape(*letter), 2),
            _ => (first, 1),
        };
        let (found, after) = rest.split_at(length);
        let right = match byte {
            b'<' if length > 1 => found == LESS_BEFORE_BAR && is_pair(byte, after.first()),
            b'\\' if is_pair(byte, after.first()) => found == BACKSLASH_BEFORE_X,
            b'"' if !quoted => length == 1,
            _ => {
                let (spelling, length) = &ESCAPES[usize::from(byte)];
                found == &spelling[..usize::from(*length)]
            }
        };
        if !right {
            let offset = text.len() - rest.len();
            return Err(Unescape::Wrong(wrong(offset, found, byte, quoted)));
        }
        bytes.push(byte);
        rest = after;
    }
    Ok(bytes)
}

#[cold]
fn wrong(offset: usize, found: &[u8], byte: u8, quoted: bool) -> Wrong {
    let expected = if byte == b'\\' && found == b"\\\\" {
        // Right except before an `x`.
        "\\x5C".to_owned()
    } else if byte == b'\\' && found != BACKSLASH_BEFORE_X {
        "an escape: \\a \\b \\t \\n \\v \\f \\r \\\\ \\\" or \\x and two upper-case digits"
            .to_owned()
    } else {
        let mut spelling = [0; ESCAPE_MAX + ESCAPE_SLACK];
        let length = escape(&[byte], quoted, &mut spelling);
        String::from_utf8_lossy(&spelling[..length]).into_owned()
    };
    Wrong {
        offset,
        length: found.len(),
        expected,
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|value| value as u8)
}

/// Returns the byte of `\letter`; the backslash itself if there is none.
fn letter_escape(letter: u8) -> u8 {
    match letter {
        b'a' => b'\x07',
        b'b' => b'\x08',
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => b'\x0B',
        b'f' => b'\x0C',
        b'r' => b'\r',
        b'"' => b'"',
        _ => b'\\',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::{Constant, PackedList};

    /// Tries every byte at every place, before the second byte of either pair. The bytes after the
    /// text must not matter.
    #[test]
    fn padded_texts_are_escaped_like_others() {
        let mut plain = [0; ESCAPE_MAX * PADDED + ESCAPE_SLACK];
        let mut padded = plain;
        for (len, filler) in (0..=PADDED).flat_map(|len| [(len, b'x'), (len, b'|')]) {
            let padding = Constant::String(vec![filler; PADDED].into());
            for (place, byte) in (0..len).flat_map(|place| (0..=255).map(move |byte| (place, byte)))
            {
                let mut text = vec![filler; len];
                text[place] = byte;
                let constants = [Constant::String(text.clone().into()), padding.clone()];
                let list: PackedList<Constant> = constants.into_iter().collect();
                let found = list.iter().next_padded().expect("it is short");
                assert_eq!(found.text(), text);
                for quoted in [false, true] {
                    let length = escape(&text, quoted, &mut plain);
                    assert_eq!(escape_padded(found, quoted, &mut padded), length);
                    assert_eq!(padded[..length], plain[..length], "{text:?}");
                }
            }
        }
    }
}
