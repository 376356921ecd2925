//! Verifies a stream while it is written.

use std::io::{self, Write};

use luadec_tok::chunk::Chunk;
use luadec_tok::stream::{Language, Text, Verify};

use crate::command::train::dataset::dropped::Reason;

/// The number of bytes of a stream that are parsed at once: few enough to stay in the cache.
pub const CAPACITY: usize = 64 << 10;

/// Emits the stream of a chunk to `out`, without a line end, and parses it back.
///
/// # Errors
/// [`Reason::TooLong`] if the stream is longer than `most` bytes; [`Reason::Unverified`] if it does
/// not parse back to the chunk.
pub fn verify(
    chunk: &Chunk,
    language: Language,
    most: Option<u64>,
    out: impl Write,
) -> Result<(), Reason> {
    let most = most.unwrap_or(u64::MAX);
    let mut length = Length {
        bytes: 0,
        most,
        out,
    };
    let mut text = Text::new(Verify::new(&mut length, true), CAPACITY);
    let emitted = language.emit(chunk, &mut text).and_then(|()| text.flush());
    let parsed = text.get_mut().take();
    match (emitted, parsed) {
        (Ok(()), Some(parsed)) => match chunk.difference(&parsed) {
            None => Ok(()),
            Some(path) => Err(Reason::Unverified(format!("{path} differs"))),
        },
        (Ok(()), None) => Err(Reason::Unverified("the stream does not end".to_owned())),
        (Err(_), _) if length.bytes > most => Err(Reason::TooLong(most)),
        (Err(error), _) => Err(Reason::of(&error, Reason::Unverified)),
    }
}

/// A writer that fails after `most` bytes.
struct Length<W> {
    bytes: u64,
    most: u64,
    out: W,
}

impl<W: Write> Write for Length<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.out.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use luadec_tok::chunk::Proto;
    use luadec_tok::opcodes::Instruction;

    use super::*;

    fn reason(code: u32, most: Option<u64>) -> String {
        let main = Proto {
            code: [Instruction(code)].into_iter().collect(),
            ..Proto::default()
        };
        let chunk = Chunk {
            main,
            ..Chunk::default()
        };
        let verified = verify(&chunk, Language::Full, most, io::sink());
        verified.map_or_else(|reason| reason.to_string(), |()| "verified".to_owned())
    }

    #[test]
    fn an_irreversible_stream_is_refused() {
        assert_eq!(
            reason(0x3F, None),
            "its stream does not turn back into its chunk: line 1, byte 521, main > instruction 0: \
             <|OP_UNKNOWN|> cannot be converted back: the stream does not name the opcode \
             (a bug in luadec-tok; please report it)"
        );
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        let mut text = Text::new(Vec::new(), CAPACITY);
        let main = Proto {
            code: [Instruction(0)].into_iter().collect(),
            ..Proto::default()
        };
        let chunk = Chunk {
            main,
            ..Chunk::default()
        };
        Language::Full.emit(&chunk, &mut text).unwrap();
        let length = text.finish().unwrap().len() as u64;
        assert_eq!(reason(0, Some(length)), "verified");
        assert_eq!(
            reason(0, Some(length - 1)),
            format!("its stream is longer than {} bytes", length - 1)
        );
    }
}
