//! Reading streams one after another, in pieces of any size.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use crate::common::{fixture, stream};
use luadec_tok::chunk::{Chunk, Constant, Proto};
use luadec_tok::stream::{Chunks, Language, ReadError};

/// Returns its bytes in pieces of at most this size, as a pipe may, and then the result of `end`.
struct Pieces<'b, E> {
    bytes: &'b [u8],
    piece: usize,
    end: E,
}

impl<E: FnMut() -> io::Result<usize>> Read for Pieces<'_, E> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() {
            return (self.end)();
        }
        let count = self.piece.min(self.bytes.len()).min(room.len());
        let (piece, rest) = self.bytes.split_at(count);
        room[..count].copy_from_slice(piece);
        self.bytes = rest;
        Ok(count)
    }
}

fn pieces(bytes: &[u8], piece: usize) -> impl Read {
    Pieces {
        bytes,
        piece,
        end: || Ok(0),
    }
}

/// Returns a reader that must not be read beyond these bytes.
fn only(bytes: &[u8], piece: usize) -> impl Read {
    Pieces {
        bytes,
        piece,
        end: || panic!("read on instead of reporting"),
    }
}

fn outcome(result: Result<Chunk, ReadError>) -> String {
    match result {
        Ok(chunk) => stream(&chunk),
        Err(error) => error.to_string(),
    }
}

fn all(reader: impl Read) -> Vec<String> {
    Chunks::new(reader).map(outcome).collect()
}

fn text(name: &str) -> String {
    String::from_utf8(fixture(name)).unwrap()
}

fn demo() -> String {
    text("demo.txt").trim_end().to_owned()
}

/// Returns the stream of a chunk with one constant, a string of this length.
fn with_string(length: usize) -> String {
    let string = Constant::String(vec![b'y'; length].into());
    let main = Proto {
        k: [string].into_iter().collect(),
        ..Proto::default()
    };
    stream(&Chunk {
        main,
        ..Chunk::default()
    })
}

const GARBAGE: &str = "line 1, byte 1, main: expected <|Proto|>, found garbage";

#[test]
fn reading_continues_at_a_line_that_begins_like_a_stream() {
    let demo = demo();
    let text = format!("garbage\n<|Proto-k|>\n\n  {demo}\nx{demo}\n<|/Proto|>\n{demo}\nlast\n");
    let last = "line 8, byte 1, main: expected <|Proto|>, found last";
    assert_eq!(all(text.as_bytes()), [GARBAGE, &demo, last]);
    assert_eq!(all(&b"garbage\n<|Pro"[..]), [GARBAGE]);
}

#[test]
fn the_size_of_pieces_does_not_matter() {
    let demo = demo();
    let upvalue = "<|Upvaldesc-name|>_ENV";
    let cut = |at: &str| &demo[..demo.find(at).unwrap() + at.len()];
    let spaced = demo
        .replace(upvalue, "<|Upvaldesc-name|> \n <|NULL|> ")
        .replace("1<|/Constant|>", "1 \n <|/Constant|>");
    let streams = [
        &spaced,
        "garbage",
        &text("strings.txt"),
        "<|Proto|>\n\n<|Proto-nupvalues=256|>",
        &demo.replace("<|Instruction-A=0|>", "<|Instruction-A=1|>"),
        cut("_ENV"),
        &demo.replace(upvalue, "<|Upvaldesc-name|>\n_ENV"),
        cut("<|Constant|>\"a"),
        &demo.replace("\"a\"", &format!("\"{}", "a".repeat(100))),
        cut("<|/Proto-source|>"),
        &with_string(5000),
        cut("<|Instruction|>"),
        "<|Proto|><|x\ny|>",
    ];
    let text = streams.join("\n");
    let whole = all(text.as_bytes());
    assert_eq!(whole.len(), 13, "{whole:#?}");
    for piece in [1, 2, 3, 7, 63, 64, 65, 1000, 4096] {
        assert_eq!(all(pieces(text.as_bytes(), piece)), whole, "{piece}");
    }
}

#[test]
fn an_error_is_reported_before_more_is_read() {
    let demo = demo();
    let line = |at: &str, then: &str| demo[..demo.find(at).unwrap()].to_owned() + then;
    for (text, error) in [
        (
            "garbage and more\n".to_owned(),
            "expected <|Proto|>, found garbage and more",
        ),
        (
            line("_ENV", "_E\n"),
            "main > upvalue 0: expected the end of a name, found the end of the line",
        ),
        (
            line("\"a\"", "\"abc\n"),
            "main > constant 0: expected \", found the end of the line",
        ),
        (
            line("\"a\"", "nul\n"),
            "main > constant 0: expected a constant, found nul",
        ),
        (
            line("<|Proto-code-idx|>", "<|Proto-code-idx\n"),
            "main > instruction 0: expected <|Proto-code-idx|>, found <|Proto-code-idx",
        ),
    ] {
        let found = outcome(Chunks::new(only(text.as_bytes(), 5)).next().unwrap());
        assert!(found.ends_with(error), "{found}");
    }
}

#[test]
fn a_chunk_is_returned_before_more_is_read() {
    for length in [0, 60_000, 64_000, 70_000, 1 << 20] {
        let wanted = with_string(length);
        for piece in [4096, 65_536] {
            let found = Chunks::new(only(wanted.as_bytes(), piece)).next().unwrap();
            assert!(stream(&found.unwrap()) == wanted, "{length} by {piece}");
        }
        // Both come in one piece.
        let two = format!("{wanted}\n{wanted}");
        let mut chunks = Chunks::new(only(two.as_bytes(), two.len()));
        for _ in 0..2 {
            assert!(
                stream(&chunks.next().unwrap().unwrap()) == wanted,
                "{length}"
            );
        }
    }
}

/// A failed read is reported, and nothing comes after it.
#[test]
fn a_failure_while_skipping_is_reported() {
    let mut chunks = Chunks::new(Pieces {
        bytes: b"garbage\nmore",
        piece: 100,
        end: || Err(io::Error::other("the disk is gone")),
    });
    let mut next = || chunks.next().map(outcome);
    assert_eq!(next().as_deref(), Some(GARBAGE));
    assert_eq!(next().as_deref(), Some("the disk is gone"));
    assert_eq!(next(), None);
}

#[test]
fn an_interrupted_read_is_tried_again() {
    let demo = demo();
    let mut interrupted = false;
    let chunks = Chunks::new(Pieces {
        bytes: demo.as_bytes(),
        piece: 100,
        end: || {
            interrupted = !interrupted;
            match interrupted {
                true => Err(io::ErrorKind::Interrupted.into()),
                false => Ok(0),
            }
        },
    });
    assert_eq!(chunks.map(outcome).collect::<Vec<_>>(), [demo]);
}

/// Parsing an element from its start with every piece would take many times the limit.
#[test]
fn the_time_is_linear_in_the_length_of_an_element() {
    const LENGTH: usize = 2 << 20;
    let space = format!("{}\n{}", " ".repeat(LENGTH), "\n".repeat(LENGTH));
    let demo = demo();
    for text in [
        with_string(LENGTH),
        with_string(LENGTH).replacen("\"<|/", "<|/", 1),
        with_string(LENGTH / 8).replace('y', "<"),
        demo.replacen("<|Constant|>", &format!("<|Constant|>{space}"), 1),
        demo.replacen("<|Instruction|>", &format!("<|Instruction|>{space}"), 1),
    ] {
        let start = Instant::now();
        assert_eq!(all(pieces(text.as_bytes(), 4096)).len(), 1);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}

/// The reader looks this far back for the start of a token.
#[test]
fn no_token_is_longer_than_64_bytes() {
    assert!(Language::Full.vocabulary().all(|token| token.len() <= 64));
}
