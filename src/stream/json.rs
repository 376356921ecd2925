//! The stream inside a JSON string.

use std::io::{self, Write};

use super::fragments::Fragment;
use super::sink::{ROOM, Say, Sink, Text, Window};
use super::text::{escape, pieces};

/// A sink that writes to `Text` what stands between the quotes of a JSON string. No fragment and no
/// number holds a character that JSON escapes, so only texts cost more than they do as they are.
pub struct Json<'t, W>(pub &'t mut Text<W>);

impl<W: Write> Sink for Json<'_, W> {
    type Out<'a> = JsonWindow<'a>;

    #[inline(always)]
    fn say(&mut self, say: impl FnOnce(&mut JsonWindow)) -> io::Result<()> {
        let mut window = JsonWindow(self.0.window()?);
        say(&mut window);
        let len = window.0.len();
        self.0.keep(len);
        Ok(())
    }

    fn text(&mut self, text: &[u8], quoted: bool) -> io::Result<()> {
        let mut escaped = [0; ROOM];
        for piece in pieces(text) {
            let len = escape(piece, quoted, &mut escaped);
            json(&escaped[..len], self.0)?;
        }
        Ok(())
    }
}

/// A window where a quote has its JSON escape.
pub struct JsonWindow<'a>(Window<'a>);

impl Say for JsonWindow<'_> {
    #[inline(always)]
    fn fragment<const N: usize>(&mut self, fragment: &Fragment<N>) {
        self.0.fragment(fragment);
    }

    #[inline(always)]
    fn integer(&mut self, value: i64) {
        self.0.integer(value);
    }

    #[inline(always)]
    fn float(&mut self, value: f64) {
        self.0.float(value);
    }

    #[inline(always)]
    fn word(&mut self, word: &'static str) {
        self.0.word(if word == "\"" { "\\\"" } else { word });
    }
}

/// Text without control characters, as JSON has it.
fn json<W: Write>(text: &[u8], out: &mut Text<W>) -> io::Result<()> {
    let mut rest = text;
    while let Some(plain) = memchr::memchr2(b'"', b'\\', rest) {
        out.bytes(&rest[..plain])?;
        out.bytes(&[b'\\', rest[plain]])?;
        rest = &rest[plain + 1..];
    }
    out.bytes(rest)
}

#[cfg(all(test, feature = "dataset"))]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::proto::{Chunk, Constant, Proto};
    use crate::stream::emit;

    proptest! {
        /// What JSON reads is the stream as it is.
        #[test]
        fn the_string_is_the_stream(
            text in vec(prop_oneof![Just(b'<'), Just(b'|'), Just(b'"'), Just(b'\\'), any::<u8>()], 0..700),
            float: f64,
        ) {
            let main = Proto {
                k: [Constant::String((&text).into()), Constant::Float(float)].into_iter().collect(),
                source: Some(text.into()),
                ..Proto::default()
            };
            let chunk = Chunk { nupvalues: 1, main };
            let mut plain = Text::new(Vec::new(), 0);
            emit(&chunk, &mut plain).unwrap();
            let plain = String::from_utf8(plain.finish().unwrap()).unwrap();
            let mut json = Text::new(Vec::new(), 0);
            emit(&chunk, &mut Json(&mut json)).unwrap();
            let json = String::from_utf8(json.finish().unwrap()).unwrap();
            let read: String = serde_json::from_str(&format!("\"{json}\"")).unwrap();
            prop_assert_eq!(read, plain);
        }
    }
}
