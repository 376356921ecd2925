//! Verifies a stream while it is written.

use std::io::{self, Write};

use luadec_tok::stream::{Text, Verify};

use crate::command::train::dataset::dropped::Reason;
use crate::command::train::dataset::prompt::Prompt;

/// The number of bytes of a stream that are parsed at once: few enough to stay in the cache.
pub const CAPACITY: usize = 64 << 10;

/// Emits a prompt to `out`, without a line end, and parses it back.
///
/// # Errors
/// [`Reason::TooLong`] if the prompt is longer than `most` bytes; [`Reason::Unverified`] if it does
/// not parse back to its chunk or outline.
pub fn verify(prompt: Prompt, most: Option<u64>, out: impl Write) -> Result<(), Reason> {
    let most = most.unwrap_or(u64::MAX);
    let mut length = Length {
        bytes: 0,
        most,
        out,
    };
    let verify = match prompt {
        Prompt::Stream(_, chunk) => {
            let mut verify = Verify::new(&mut length, true);
            verify.begin(chunk);
            verify
        }
        Prompt::Outline(outline) => Verify::of_outline(&mut length, outline),
    };
    let mut text = Text::new(verify, CAPACITY);
    let emitted = prompt.emit(&mut text).and_then(|()| text.flush());
    let difference = difference(prompt, text.get_mut());
    match (emitted, difference) {
        (Ok(()), None) => Ok(()),
        (Ok(()), Some(difference)) => Err(Reason::Unverified(difference)),
        (Err(_), _) if length.bytes > most => Err(Reason::TooLong(most)),
        (Err(error), _) => Err(Reason::of(&error, Reason::Unverified)),
    }
}

/// Describes how a prompt differs from what was parsed.
fn difference<W: Write>(prompt: Prompt, verify: &mut Verify<W>) -> Option<String> {
    let differs = match prompt {
        Prompt::Stream(_, chunk) => match verify.take() {
            Some(parsed) => chunk.difference(&parsed).map(|path| path.to_string()),
            None => return Some("the stream does not end".to_owned()),
        },
        Prompt::Outline(outline) => match verify.take_outline() {
            Some(parsed) => (parsed != *outline).then(|| "the outline".to_owned()),
            None => return Some("the outline does not end".to_owned()),
        },
    };
    differs.map(|place| format!("{place} differs"))
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
    use luadec_tok::chunk::{Chunk, Proto};
    use luadec_tok::opcodes::Instruction;
    use luadec_tok::stream::Language;

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
        let verified = verify(Prompt::Stream(Language::Full, &chunk), most, io::sink());
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
