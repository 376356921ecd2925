//! The runs of five tokens in a stream, as hashes.

use std::io::{self, Write};

use memchr::memmem;

use super::signature::{Signature, SignatureBuilder, mix};

/// The number of tokens in a run.
const RUN: usize = 5;

/// Reads a terse stream and collects the runs of its tokens. Lines are left out, and operands lose
/// their numbers: `<|R3|>` is `<|R|>`. A constant is one token.
#[derive(Default)]
pub struct Grams {
    /// The hashes of the last tokens, and the number of all so far.
    last: [u64; RUN],
    tokens: usize,
    /// True if the text that comes next is a constant.
    constant: bool,
    signature: SignatureBuilder,
}

impl Grams {
    /// Returns the signature of all runs.
    pub fn signature(self) -> Signature {
        self.signature.build()
    }

    fn token(&mut self, name: &[u8]) {
        let [first, rest @ ..] = name else { return };
        let numbered = rest.iter().all(u8::is_ascii_digit);
        self.constant = name == b"Constant" || numbered && *first == b'K' && !rest.is_empty();
        match (numbered, first) {
            (true, b'+' | b'-') => {}
            (true, _) => self.add(hash(TOKEN, &name[..1])),
            (false, _) if name == b"LineInfo" => {}
            (false, _) => self.add(hash(TOKEN, name)),
        }
    }

    /// Takes the text after a token: a constant, or a number that is left out.
    fn text(&mut self, text: &[u8]) {
        if self.constant {
            self.add(hash(CONSTANT, text));
        }
    }

    fn add(&mut self, token: u64) {
        /// An odd number, so that no token is lost.
        const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
        self.last.rotate_left(1);
        self.last[RUN - 1] = token;
        self.tokens += 1;
        if self.tokens >= RUN {
            let run = |run: u64, token: &u64| run.wrapping_mul(FACTOR).wrapping_add(*token);
            self.signature.add(mix(self.last.iter().fold(0, run)));
        }
    }
}

/// What hashes of tokens and of constants begin with, so that none is equal to one of the others.
const TOKEN: u64 = 0xCBF2_9CE4_8422_2325;
const CONSTANT: u64 = !TOKEN;

/// FNV-1a.
fn hash(begin: u64, bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x100_0000_01B3;
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    bytes.iter().fold(begin, step)
}

/// Takes whole tokens and whole texts only; [`Text`](luadec_tok::stream::Text) offers the rest again.
impl Write for Grams {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        loop {
            match rest.strip_prefix(b"<|") {
                Some(inside) => {
                    let Some(end) = memmem::find(inside, b"|>") else {
                        break;
                    };
                    self.token(&inside[..end]);
                    rest = &inside[end + b"|>".len()..];
                }
                None => {
                    // No text contains this: it is escaped.
                    let Some(end) = memmem::find(rest, b"<|") else {
                        break;
                    };
                    self.text(&rest[..end]);
                    rest = &rest[end..];
                }
            }
        }
        Ok(bytes.len() - rest.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(stream: &str) -> Signature {
        let mut grams = Grams::default();
        assert_eq!(grams.write(stream.as_bytes()).unwrap(), stream.len());
        grams.signature()
    }

    const STREAM: &str = "<|Proto|><|N0|><|+3|><|LineInfo|>900<|OP_LOADK|><|R1|><|K0|>\"a<b\"<|OP_RETURN|><|R1|><|K0|><|/Proto|>";

    #[test]
    fn lines_and_numbers_of_operands_do_not_count() {
        let same = "<|Proto|><|N2|><|OP_LOADK|><|R0|><|-1|><|K|>300<|Constant|>\"a<b\"<|OP_RETURN|><|R|>900<|K7|><|/Proto|>";
        let constant = same.replace("<|Constant|>", "");
        assert_ne!(signature(STREAM), signature(same), "one token more");
        let same = constant.replace("<|K|>300", "<|K9|>");
        assert_eq!(signature(STREAM), signature(&same));
    }

    #[test]
    fn constants_and_opcodes_count() {
        for other in [
            STREAM.replace("a<b", "a<c"),
            STREAM.replace("LOADK", "LOADKX"),
            STREAM.replace("<|R1|><|K0|><|/", "<|K0|><|R1|><|/"),
        ] {
            assert_ne!(signature(STREAM), signature(&other), "{other}");
        }
    }

    #[test]
    fn a_stream_may_come_in_pieces() {
        let mut grams = Grams::default();
        let (mut taken, mut offered) = (0, 0);
        while taken < STREAM.len() {
            offered += 1;
            taken += grams.write(&STREAM.as_bytes()[taken..offered]).unwrap();
        }
        assert_eq!(grams.signature(), signature(STREAM));
    }
}
