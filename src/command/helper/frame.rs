//! What passes between a helper and the process that asks it.

use std::borrow::Cow;
use std::io::{self, Read, Write};

/// A request, a reply, or the last word of a helper.
#[derive(Debug, PartialEq)]
pub enum Frame<'a> {
    Bytes(Cow<'a, [u8]>),
    /// What was done at this place took too long.
    Late(u64),
}

/// What stands for the length of a frame that has none.
const LATE: u64 = u64::MAX;

pub fn write(out: &mut impl Write, frame: &Frame) -> io::Result<()> {
    match frame {
        Frame::Bytes(bytes) => {
            out.write_all(&(bytes.len() as u64).to_le_bytes())?;
            out.write_all(bytes)
        }
        Frame::Late(place) => {
            out.write_all(&LATE.to_le_bytes())?;
            out.write_all(&place.to_le_bytes())
        }
    }
}

/// Reads the next frame, `None` at the end.
pub fn read(from: &mut impl Read) -> io::Result<Option<Frame<'static>>> {
    let length = match number(from) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        length => length?,
    };
    if length == LATE {
        return Ok(Some(Frame::Late(number(from)?)));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))?;
    from.take(length).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == length {
        true => Ok(Some(Frame::Bytes(bytes.into()))),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn number(from: &mut impl Read) -> io::Result<u64> {
    let mut number = [0; 8];
    from.read_exact(&mut number)?;
    Ok(u64::from_le_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let frames = [
            Frame::Bytes(b"return 1".into()),
            Frame::Bytes(b"".into()),
            Frame::Late(7),
        ];
        let mut bytes = Vec::new();
        for frame in &frames {
            write(&mut bytes, frame).unwrap();
        }
        let mut from = bytes.as_slice();
        for frame in &frames {
            assert_eq!(read(&mut from).unwrap().as_ref(), Some(frame));
        }
        assert_eq!(read(&mut from).unwrap(), None);
        assert!(read(&mut &bytes[..12]).is_err());
        assert!(read(&mut [0xFE; 8].as_slice()).is_err());
    }
}
