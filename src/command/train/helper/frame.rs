//! The framing of requests and replies between a helper and its parent.

use std::io::{self, Read, Write};

/// A request, a reply, or the end of a helper whose time was up.
#[derive(Debug, PartialEq)]
pub enum Frame {
    Bytes(Vec<u8>),
    /// The place where the time was up.
    Late(u64),
}

/// Stands for the length in a [`Frame::Late`].
const LATE: u64 = u64::MAX;

/// Writes a frame of bytes, given in parts.
pub fn write(out: &mut impl Write, parts: &[&[u8]]) -> io::Result<()> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.write_all(&(length as u64).to_le_bytes())?;
    parts.iter().try_for_each(|part| out.write_all(part))
}

/// Writes a [`Frame::Late`].
pub fn write_late(out: &mut impl Write, place: u64) -> io::Result<()> {
    out.write_all(&LATE.to_le_bytes())?;
    out.write_all(&place.to_le_bytes())
}

/// Reads the next frame. Returns `None` at the end.
pub fn read(from: &mut impl Read) -> io::Result<Option<Frame>> {
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
        true => Ok(Some(Frame::Bytes(bytes))),
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
    fn frames_are_read_as_they_were_written() {
        let mut bytes = Vec::new();
        write(&mut bytes, &[b"return", b"", b" 1"]).unwrap();
        write(&mut bytes, &[]).unwrap();
        write_late(&mut bytes, 7).unwrap();
        let mut from = bytes.as_slice();
        for frame in [
            Frame::Bytes(b"return 1".to_vec()),
            Frame::Bytes(Vec::new()),
            Frame::Late(7),
        ] {
            assert_eq!(read(&mut from).unwrap(), Some(frame));
        }
        assert_eq!(read(&mut from).unwrap(), None);
        assert!(read(&mut &bytes[..12]).is_err());
        assert!(read(&mut [0xFE; 8].as_slice()).is_err());
    }
}
