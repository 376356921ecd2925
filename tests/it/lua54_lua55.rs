//! Features of Lua 5.4 and 5.5 only: lines stored as distances, a table of strings, aligned words,
//! and integers of variable length.

use crate::common::fixture;
use luadec_tok::chunk::{AbsLineInfo, Chunk, Constant, Proto, RelativeLines, Upvaldesc};
use luadec_tok::opcodes::Instruction;
use luadec_tok::stream::{Chunks, Language, Text};
use luadec_tok::{Version, undump};

const LATER: [Version; 2] = [Version::Lua54, Version::Lua55];

/// The length of the header of Lua 5.5. The number of upvalues follows, then the main function.
const HEADER_55: usize = 40;

fn terse(chunk: &Chunk) -> String {
    let mut text = Text::new(Vec::new(), 0);
    Language::Terse.emit(chunk, &mut text).unwrap();
    String::from_utf8(text.finish().unwrap()).unwrap()
}

fn parsed(stream: &str) -> Result<Chunk<'static>, String> {
    let mut chunks = Chunks::new(stream.as_bytes());
    let chunk = chunks.next().expect("there is a stream");
    chunk.map_err(|error| error.to_string())
}

/// Checks that the chunk comes back from its bytes and from its stream, and returns both.
fn comes_back(chunk: &Chunk) -> (Vec<u8>, String) {
    let bytes = chunk.to_bytes();
    assert_eq!(Chunk::read(&bytes).unwrap(), *chunk);
    let stream = terse(chunk);
    assert_eq!(parsed(&stream).unwrap(), *chunk);
    assert_eq!(terse(&parsed(&stream).unwrap()), stream);
    (bytes, stream)
}

#[test]
fn a_chunk_comes_back_from_its_stream() {
    for name in ["lua54/opcodes", "lua55/opcodes"] {
        for name in [format!("{name}.luac"), format!("{name}.stripped.luac")] {
            let bytes = fixture(&name);
            let chunk = Chunk::read(&bytes).unwrap();
            assert!(comes_back(&chunk).0 == bytes, "{name}");
        }
    }
}

/// Every field of an instruction is in the stream, or its word is.
#[test]
fn any_word_comes_back() {
    for version in LATER {
        // Words of every opcode number, with bits that differ from word to word.
        let words = (0..128u32).flat_map(|op| (0..32).map(move |n| (op, n)));
        let code = words.map(|(op, n)| {
            let rest = 0x9E37_79B9u32.wrapping_mul(op * 37 + n + 1) >> 7;
            Instruction(op | (rest & [0x1FF_FFFF, 0x7F807F, 0x1FFFF, 0][n as usize % 4]) << 7)
        });
        let main = Proto {
            code: code.collect(),
            ..Proto::default()
        };
        comes_back(&Chunk::of_function(version, main));
    }
}

#[test]
fn constants_of_every_size_come_back() {
    for version in LATER {
        let integers = [0, 1, -1, 63, -64, 64, 127, 128, i64::MAX, i64::MIN];
        let mut k: Vec<Constant> = integers.map(Constant::Integer).into();
        k.extend(
            [0, 1, 40, 41, 126, 127, 128, 20_000]
                .map(|length| Constant::String(vec![b'x'; length].into())),
        );
        k.extend([
            Constant::Nil,
            Constant::Boolean(true),
            Constant::Boolean(false),
        ]);
        k.push(Constant::Float(-0.0));
        let main = Proto {
            k: k.into_iter().collect(),
            upvalues: (0..4)
                .map(|kind| Upvaldesc {
                    kind,
                    ..Upvaldesc::default()
                })
                .collect(),
            ..Proto::default()
        };
        comes_back(&Chunk::of_function(version, main));
    }
}

fn with_lines(version: Version, stored: Option<RelativeLines>, lines: &[i32]) -> Chunk<'static> {
    let main = Proto {
        code: lines.iter().map(|_| Instruction(0)).collect(),
        lineinfo: lines.iter().copied().collect(),
        stored_lines: stored.map(Box::new),
        ..Proto::default()
    };
    Chunk::of_function(version, main)
}

/// `luac` stores a line as absolute after it removed one that was; the lines alone do not show it.
#[test]
fn lines_stored_in_another_way_come_back() {
    for version in LATER {
        let (_, stream) = comes_back(&with_lines(version, None, &[1, 200, 200]));
        assert!(!stream.contains("abslineinfo"), "{stream}");
        let stored = RelativeLines {
            lineinfo: vec![1, -128],
            abslineinfo: vec![AbsLineInfo { pc: 1, line: 2 }],
        };
        let (_, stream) = comes_back(&with_lines(version, Some(stored), &[1, 2]));
        let said = "<|Proto-abslineinfo|>1<|LineInfo-pad|>-128<|LineInfo-pad|>\
                    <|AbsLineInfo-pc|>1<|AbsLineInfo-line|>2<|/Proto|>";
        assert!(stream.ends_with(said), "{stream}");
        let other = stream.replace("line|>2<", "line|>3<");
        let message = parsed(&other).unwrap_err();
        assert!(
            message.contains("as these lines differ from those of the code"),
            "{message}"
        );
        let same = stream
            .replace("-128", "1")
            .replace("<|AbsLineInfo-pc|>1<|AbsLineInfo-line|>2", "");
        let message = parsed(&same).unwrap_err();
        assert!(
            message.contains("as luac stores the lines like this anyway"),
            "{message}"
        );
    }
}

#[test]
fn numbers_that_a_chunk_cannot_hold_are_refused() {
    for (stream, wanted) in [
        (
            "<|Lua-5.4|><|Proto|><|N0|><|N0|><|N0|><|-1|><|+0|><|/Proto|>",
            "non-negative lines",
        ),
        (
            "<|Lua-5.4|><|Proto|><|N0|><|N0|><|N0|><|+0|><|+0|><|-200|><|OP_RETURN0|><|R0|><|N1|><|/Proto|>",
            "<|Proto-abslineinfo|>, as a line is negative",
        ),
        (
            "<|Lua-5.5|><|Proto|><|N0|><|N0|><|N0|><|+0|><|+0|><|U0|><|R0|><|N0|><|/Proto|>",
            "no kind, as 0 is the default",
        ),
        (
            "<|Lua-5.5|><|Proto|><|N0|><|N0|><|N0|><|+0|><|+0|><|OP_NEWTABLE|><|R0|><|N0|><|N|>511<|N0|><|/Proto|>",
            "expected an integer from 512 to 1023, found 511",
        ),
    ] {
        let message = parsed(stream).unwrap_err();
        assert!(message.contains(wanted), "{message}");
    }
}

/// Returns the message for a chunk.
fn refused(bytes: &[u8]) -> String {
    undump(bytes).unwrap_err().to_string()
}

/// Makes a chunk of Lua 5.5 whose main function has these constants.
fn with_constants(count: u8, constants: &[u8]) -> Vec<u8> {
    let mut bytes = Chunk::of_function(Version::Lua55, Proto::default()).to_bytes();
    bytes.truncate(HEADER_55 + 1);
    // Lines, three bytes, no code, and the padding before it.
    bytes.extend([0, 0, 0, 0, 2, 0]);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.push(count);
    bytes.extend_from_slice(constants);
    bytes.extend([0; 9]);
    bytes
}

#[test]
fn a_reference_to_a_missing_string() {
    let bytes = with_constants(2, b"\x04\x02x\0\x04\0\x01");
    assert_eq!(Chunk::read(&bytes).unwrap().main.k.len(), 2);
    let bytes = with_constants(2, b"\x04\x02x\0\x04\0\x02");
    assert_eq!(
        refused(&bytes),
        "at 0x37, main > constant 1: a string is string 2 of the chunk, but so far there are 1"
    );
    let bytes = with_constants(1, b"\x04\0\0");
    assert_eq!(
        refused(&bytes),
        "at 0x31, main > constant 0: the constant string is NULL; only names and sources can be NULL"
    );
}

/// A megabyte, and a hundred references to it.
#[test]
fn strings_that_would_fill_the_memory() {
    let mut constants = b"\x04\xC0\x80\x01".to_vec();
    constants.extend(vec![b'x'; 1 << 20]);
    constants.extend(b"\x04\0\x01".repeat(100));
    let bytes = with_constants(101, &constants);
    let message = refused(&bytes);
    let wanted = "repeated strings add up to more than";
    assert!(message.contains(wanted), "{message}");
}

#[test]
fn a_number_of_too_many_bits() {
    let mut bytes = fixture("lua54/opcodes.luac");
    // The size of the source, after a header of 31 bytes and the number of upvalues.
    bytes.splice(32..32, [0x7F; 10]);
    assert_eq!(
        refused(&bytes),
        "at 0x20, main > source: source does not fit into 64 bits"
    );
}
