//! `--encoding`: sources that are not UTF-8.

use std::fmt;
use std::str::FromStr;

use encoding_rs::{Encoding, UTF_8};
use luadec_tok::LUA_SIGNATURE;

use super::MAX_SOURCE;
use crate::command::io::memory::probe;
use crate::command::train::dataset::dropped::Reason;

/// The encoding of the sources that are not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceEncoding(&'static Encoding);

impl SourceEncoding {
    /// Returns the text of a source as UTF-8, or `None` if its bytes stay as they are: if they are a
    /// compiled chunk, or UTF-8 already. A byte order mark decides.
    ///
    /// # Errors
    /// [`Reason::NotDecoded`], or the text is too long.
    pub fn decode(self, bytes: &[u8]) -> Result<Option<Vec<u8>>, Reason> {
        let (encoding, mark) = match Encoding::for_bom(bytes) {
            Some((encoding, _)) if encoding == UTF_8 => return Ok(None),
            Some(found) => found,
            None if bytes.starts_with(LUA_SIGNATURE) || self.is_utf8(bytes) => return Ok(None),
            None => (self.0, 0),
        };
        probe(3 * bytes.len())?;
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]);
        let text = text.ok_or(Reason::NotDecoded(encoding.name()))?;
        match text.len() as u64 {
            bytes if bytes > MAX_SOURCE => Err(Reason::TooLarge {
                bytes,
                most: MAX_SOURCE,
            }),
            _ => Ok(Some(text.into_owned().into_bytes())),
        }
    }

    /// Returns whether a source is UTF-8 rather than in this encoding. ASCII looks the same in most. In
    /// UTF-16 and ISO-2022-JP, a text may be valid UTF-8, too, but has a NUL or an escape in it.
    fn is_utf8(self, bytes: &[u8]) -> bool {
        let is_plain = || memchr::memchr2(0, 0x1B, bytes).is_none();
        std::str::from_utf8(bytes).is_ok() && (self.0.is_ascii_compatible() || is_plain())
    }
}

impl FromStr for SourceEncoding {
    type Err = &'static str;

    fn from_str(label: &str) -> Result<Self, Self::Err> {
        let encoding = Encoding::for_label_no_replacement(label.as_bytes());
        encoding.map(SourceEncoding).ok_or(
            "expected a label of the Encoding Standard, such as latin1, gbk, shift_jis or utf-16le",
        )
    }
}

impl fmt::Display for SourceEncoding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(label: &str, bytes: &[u8]) -> Result<Option<String>, String> {
        let encoding: SourceEncoding = label.parse().unwrap();
        let text = encoding.decode(bytes).map_err(|reason| reason.to_string());
        text.map(|text| text.map(|text| String::from_utf8(text).unwrap()))
    }

    #[test]
    fn only_what_is_not_utf8_is_decoded() {
        let text = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(decoded("latin1", b"x = 'caf\xE9'"), text("x = 'café'"));
        assert_eq!(decoded("gbk", b"\xC4\xE3"), text("你"));
        for same in [
            "x = 'café'".as_bytes(),
            b"x = '\x1B[0m\0'",
            b"\xEF\xBB\xBFx = 1",
            b"\x1BLua\x53\xFF",
        ] {
            assert_eq!(decoded("latin1", same), Ok(None));
        }
    }

    #[test]
    fn utf16_is_told_by_its_mark_or_its_nuls() {
        let text = Ok(Some("x=1".to_owned()));
        assert_eq!(decoded("latin1", b"\xFF\xFEx\0=\x001\0"), text);
        assert_eq!(decoded("utf-16le", b"\xFE\xFF\0x\0=\x001"), text);
        assert_eq!(decoded("utf-16le", b"x\0=\x001\0"), text);
        assert_eq!(decoded("utf-16le", b"x=12"), Ok(None));
        assert_eq!(
            decoded("utf-16le", b"x\0\0\xD8"),
            Err("not valid UTF-16LE".to_owned())
        );
    }

    #[test]
    fn labels_are_those_of_the_standard() {
        let name = |label: &str| {
            label
                .parse::<SourceEncoding>()
                .map(|found| found.to_string())
        };
        assert_eq!(name("latin1").as_deref(), Ok("windows-1252"));
        assert_eq!(name(" CP1251 ").as_deref(), Ok("windows-1251"));
        for unknown in ["", "latin-9x", "iso-2022-kr", "auto"] {
            assert!(name(unknown).is_err(), "{unknown}");
        }
    }
}
