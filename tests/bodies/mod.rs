//! What the fuzzers try, as plain functions: they panic where a law is broken. The targets in
//! `fuzz/` run them on what libFuzzer thinks of, and `cargo test` on the fixtures and on what was
//! found before.

use luadec_tok::chunk::Chunk;
use luadec_tok::stream::{Chunks, Text, emit};
use luadec_tok::{dump, skip_comment, undump};

/// The header of a chunk in the standard layout.
pub const HEADER: &[u8] =
    b"\x1bLua\x53\x00\x19\x93\r\n\x1a\n\x04\x08\x04\x08\x08\x78\x56\x00\x00\x00\x00\x00\x00\
    \x00\x00\x00\x00\x00\x28\x77\x40";

/// Any bytes are read or refused; what is read has a stream, and can be written and read again.
pub fn undump_body(bytes: &[u8]) {
    let Ok(undumped) = undump(skip_comment(bytes)) else {
        return;
    };
    stream(&undumped.chunk);
    let again = dump(&undumped.chunk);
    assert_eq!(
        undump(&again).expect("a written chunk is read").chunk,
        undumped.chunk
    );
}

/// Any text is parsed or refused; what is parsed is the stream of its chunk, white space aside.
pub fn parse_body(text: &[u8]) {
    let mut streams = Vec::new();
    for chunk in Chunks::new(text) {
        match chunk {
            Ok(chunk) => streams.extend(stream(&chunk)),
            Err(_) => return,
        }
    }
    let visible = |text: &[u8]| -> Vec<u8> {
        text.iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect()
    };
    assert_eq!(
        visible(&streams).escape_ascii().to_string(),
        visible(text).escape_ascii().to_string()
    );
}

/// Any chunk that is read comes back from its stream.
pub fn round_trip_body(bytes: &[u8]) {
    let file = [HEADER, bytes].concat();
    let Ok(undumped) = undump(&file) else { return };
    let mut chunk = undumped.chunk;
    for _ in 0..2 {
        let text = stream(&chunk);
        let mut parsed = Chunks::new(text.as_slice());
        match (parsed.next(), chunk.find_unknown()) {
            (Some(Ok(parsed)), None) => {
                assert_eq!(chunk.difference(&parsed), None);
                assert_eq!(parsed, chunk);
                assert_eq!(stream(&parsed), text);
                assert_eq!(
                    undump(&dump(&parsed))
                        .expect("a written chunk is read")
                        .chunk,
                    chunk
                );
            }
            (Some(Err(error)), Some(path)) => {
                assert!(error.to_string().contains(&path.to_string()), "{error}")
            }
            (parsed, unknown) => panic!("{parsed:?} with {unknown:?}"),
        }
        assert!(parsed.next().is_none());
        chunk.strip();
    }
}

fn stream(chunk: &Chunk) -> Vec<u8> {
    let mut text = Text::new(Vec::new(), 0);
    emit(chunk, &mut text).expect("a vector takes all");
    let text = text.finish().expect("a vector takes all");
    assert!(
        text.iter().all(|byte| (b' '..=b'~').contains(byte)),
        "a stream is printable ASCII"
    );
    text
}
