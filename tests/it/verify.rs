//! Verification of a stream while it is written: only what has been parsed is passed on.

use std::io::{Read, Write};

use crate::common::{fixture, parse};
use luadec_tok::stream::{Chunks, Verify};

#[test]
fn only_what_parses_is_passed_on() {
    let stream = String::from_utf8(fixture("demo.txt")).unwrap();
    let at = stream.find("<|Instruction-B-K=0|>").unwrap();
    let wrong = stream.replacen("<|Instruction-B-K=0|>", "<|Instruction-B-K=1|>", 1);
    let mut passed = Vec::new();
    let error = Verify::new(&mut passed, true)
        .write(wrong.as_bytes())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("<|Instruction-B-K=1|> contradicts B=256, whose K is 0"),
        "{error}"
    );
    assert!(passed.len() < at, "{} bytes went out", passed.len());

    let mut passed = Vec::new();
    Verify::new(&mut passed, false)
        .write_all(wrong.as_bytes())
        .unwrap();
    assert_eq!(passed, wrong.as_bytes());
}

#[test]
fn a_stream_in_pieces_gives_the_chunk() {
    for (name, size) in [
        "functions.txt",
        "functions.terse",
        "opcodes.terse",
        "scopes.terse",
    ]
    .into_iter()
    .flat_map(|name| [1, 7, 100, 1021, 65_536].map(|size| (name, size)))
    {
        let stream = fixture(name);
        let mut passed = Vec::new();
        let mut verify = Verify::new(&mut passed, true);
        let (mut start, mut end) = (0, 0);
        let mut chunk = None;
        while chunk.is_none() {
            end = (end + size).min(stream.len());
            start += verify.write(&stream[start..end]).unwrap();
            chunk = verify.take();
        }
        assert_eq!(
            chunk.unwrap(),
            parse(std::str::from_utf8(&stream).unwrap()).unwrap()
        );
        assert_eq!(passed, stream.trim_ascii_end());
    }
}

/// A reader that returns at most this many bytes at once.
struct Trickle<'s>(&'s [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let most = self.1.min(out.len());
        self.0.read(&mut out[..most])
    }
}

#[test]
fn full_terse_and_wrong_streams_follow_each_other() {
    let [full, terse, other] = ["demo.txt", "jumps.terse", "scopes.terse"].map(fixture);
    let wrong = b"<|Proto|><|N0|><|N0|><|N0|><|+0|><|+0|><|OP_MOVE|><|N0|>\n".to_vec();
    let text = [&full, &terse, &wrong, &other, &wrong, &full]
        .map(|text| &text[..])
        .concat();
    let alone = |text: &[u8]| parse(std::str::from_utf8(text).unwrap()).unwrap();
    for size in [1, 10, 1 << 20] {
        let read: Vec<_> = Chunks::new(Trickle(&text, size)).collect();
        assert_eq!(read.len(), 6);
        for (chunk, wanted) in read.iter().zip([
            Some(&full),
            Some(&terse),
            None,
            Some(&other),
            None,
            Some(&full),
        ]) {
            match (chunk, wanted) {
                (Ok(chunk), Some(wanted)) => assert_eq!(*chunk, alone(wanted)),
                (Err(error), None) => assert!(
                    error
                        .to_string()
                        .ends_with("instruction 0: expected <|R0|> to <|R255|>, found <|N0|>"),
                    "{error}"
                ),
                other => panic!("{other:?}"),
            }
        }
    }
}
