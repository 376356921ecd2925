//! Conversions of a chunk in one line each. The forms that work piece by piece are in
//! [`luac`](crate::luac), [`stream`](crate::stream) and [`view`](crate::view).

use std::io;

use crate::chunk::Chunk;
use crate::luac::{UndumpError, try_dump, undump};
use crate::stream::{Language, NoFullStream, Outline, ParseError, Parser, Text};
use crate::view::{self, Page};

impl<'a> Chunk<'a> {
    /// Reads a chunk of any version. [`undump`](crate::undump) also returns what it ignores.
    ///
    /// # Errors
    /// The first field that no chunk of its version can hold.
    pub fn read(bytes: &'a [u8]) -> Result<Chunk<'a>, UndumpError> {
        undump(bytes).map(|undumped| undumped.chunk)
    }
}

impl Chunk<'_> {
    /// Parses a text that holds one stream, full or terse. [`Chunks`](crate::stream::Chunks) reads
    /// any number of streams.
    ///
    /// # Errors
    /// The first place where the text is not a stream.
    pub fn parse(text: &str) -> Result<Chunk<'static>, Box<ParseError>> {
        Parser::parse(text)
    }

    /// Returns the full stream, without a line end.
    ///
    /// # Errors
    /// The chunk is not of Lua 5.3.
    pub fn to_tokens(&self) -> Result<String, NoFullStream> {
        Language::Full.check(self.version)?;
        Ok(self.stream(Language::Full))
    }

    /// Returns the terse stream, without a line end.
    pub fn to_terse(&self) -> String {
        self.stream(Language::Terse)
    }

    /// Returns the bytes that `luac` of the chunk's version writes on x86-64: little-endian, `int` of 4
    /// bytes, `size_t`, `lua_Integer` and `lua_Number` of 8.
    ///
    /// As in `ldump.c`, a function with its parent's source is written without one, except in Lua 5.2, and
    /// the names of upvalues are left out if the function has no debug information at all.
    ///
    /// # Panics
    /// Memory runs out. [`try_dump`](crate::try_dump) returns an error instead.
    pub fn to_bytes(&self) -> Vec<u8> {
        try_dump(self).expect("memory for the chunk")
    }

    /// Returns what `luac -l -l` of the chunk's version prints. See [`Page::listing`].
    pub fn listing(&self) -> String {
        let bytes = self.to_bytes();
        let mut text = Vec::new();
        let mut page = Page::new(&mut text, false);
        if let Ok(chunk) = view::read(&bytes) {
            page.listing(&chunk).expect("a vector takes everything");
        }
        page.finish().expect("a vector takes everything");
        String::from_utf8_lossy(&text).into_owned()
    }

    fn stream(&self, language: Language) -> String {
        text(|text| language.emit(self, text))
    }
}

impl Outline<'_> {
    /// Returns the text of the outline, without a line end.
    pub fn to_terse(&self) -> String {
        text(|text| self.emit(text))
    }
}

/// Returns the text that `emit` writes.
fn text(emit: impl FnOnce(&mut Text<Vec<u8>>) -> io::Result<()>) -> String {
    let mut text = Text::new(Vec::new(), 0);
    let written = emit(&mut text);
    let stream = written.and_then(|()| text.finish());
    let stream = stream.expect("a vector takes everything");
    String::from_utf8(stream).expect("a stream is ASCII")
}
