//! The page that a view is written on: lines of text, buffered on their way to a writer.

use std::io::{self, Write};

use crate::chunk::{Step, TreePath};
use crate::disasm::{BRIEF, Brief, MAX_PIECE, Print, PrintValue};

/// How many bytes are written at once, or a little more.
const CAPACITY: usize = 64 << 10;

/// Lines of text on their way to a writer, with or without color.
pub struct Page<'w> {
    out: &'w mut dyn Write,
    buffer: Vec<u8>,
    /// How many bytes of the buffer are filled.
    end: usize,
    /// How many bytes have been written out.
    written: usize,
    /// The first error of the writer, until it is returned.
    failed: io::Result<()>,
    color: bool,
    /// True if control characters in names are escaped.
    terminal: bool,
    prefix: Option<Prefix>,
}

/// The beginning of each line.
struct Prefix {
    /// The name of the file, a tab, the path of the function that the next lines show, and a tab.
    text: Vec<u8>,
    /// The length of the file's name with its tab.
    file_length: usize,
    /// The path of the function that is shown as the main function of a chunk of its own.
    base: Vec<usize>,
    /// Where the prefix of the current line ends.
    end: usize,
}

impl<'w> Page<'w> {
    /// A page that writes to `out` in large pieces: `out` needs no buffer.
    pub fn new(out: &'w mut dyn Write, color: bool) -> Self {
        Page {
            out,
            buffer: vec![0; CAPACITY + MAX_PIECE],
            end: 0,
            written: 0,
            failed: Ok(()),
            color,
            terminal: false,
            prefix: None,
        }
    }

    /// Shows names without control characters and invalid UTF-8, which could move a terminal's cursor,
    /// forge a line or set a title.
    #[must_use]
    pub fn for_terminal(mut self) -> Self {
        self.terminal = true;
        self
    }

    /// Begins every line with the name of a file and the path of the function that the line shows, each
    /// followed by a tab. If the page shows a function of the file as a chunk of its own, `function` is
    /// the path to it from the file's main function. A page for a terminal must be one already, so that
    /// it escapes the name.
    #[must_use]
    pub fn prefixed(mut self, file: &str, function: &[usize]) -> Self {
        let start = self.position();
        self.name(file.as_bytes());
        self.byte(b'\t');
        let text = self.buffer[start..self.end].to_vec();
        self.end = start;
        self.prefix = Some(Prefix {
            file_length: text.len(),
            text,
            base: function.to_vec(),
            end: 0,
        });
        self.begin_line();
        self.enter(&[]);
        self
    }

    /// Notes the function that the next lines show, by its path from the main function. A line that has
    /// begun keeps its prefix.
    pub(super) fn enter(&mut self, path: &[usize]) {
        let Some(prefix) = &mut self.prefix else {
            return;
        };
        let steps = prefix.base.iter().chain(path).copied();
        let path = TreePath(steps.map(Step::Function).collect());
        let is_new_line = prefix.end == self.written + self.end;
        if is_new_line {
            self.end = self.end.saturating_sub(prefix.text.len());
        }
        prefix.text.truncate(prefix.file_length);
        prefix.text.extend(format!("{path}\t").into_bytes());
        if is_new_line {
            self.begin_line();
        }
    }

    /// Writes the prefix of a line, if lines have one.
    #[inline(always)]
    fn begin_line(&mut self) {
        if self.prefix.is_some() {
            self.write_prefix();
        }
    }

    #[cold]
    fn write_prefix(&mut self) {
        if let Some(mut prefix) = self.prefix.take() {
            self.text(&prefix.text);
            prefix.end = self.position();
            self.prefix = Some(prefix);
        }
    }

    /// Writes what is left in the buffer and flushes the writer.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn finish(mut self) -> io::Result<()> {
        if let Some(prefix) = &self.prefix
            && prefix.end == self.position()
        {
            self.end = self.end.saturating_sub(prefix.text.len());
        }
        self.write_out()?;
        self.out.flush()
    }

    fn write_out(&mut self) -> io::Result<()> {
        let failed = std::mem::replace(&mut self.failed, Ok(()));
        failed.and_then(|()| self.out.write_all(&self.buffer[..self.end]))?;
        self.written += self.end;
        self.end = 0;
        Ok(())
    }

    /// Writes the buffer out once it is full enough, and returns the writer's first error.
    #[inline(always)]
    pub(crate) fn turn(&mut self) -> io::Result<()> {
        if self.end < CAPACITY {
            return Ok(());
        }
        self.write_out()
    }

    /// Ends a line.
    #[inline(always)]
    pub(crate) fn end_line(&mut self) -> io::Result<()> {
        self.byte(b'\n');
        self.turn()?;
        self.begin_line();
        Ok(())
    }

    /// Ends a line to continue on the next one.
    pub(super) fn break_line(&mut self) {
        self.byte(b'\n');
        self.begin_line();
    }

    /// Runs `write` without color.
    pub(super) fn plain(&mut self, write: impl FnOnce(&mut Self)) {
        let color = std::mem::replace(&mut self.color, false);
        write(self);
        self.color = color;
    }

    /// Writes a short run of text, at most [`BRIEF`] bytes.
    #[inline(always)]
    pub(crate) fn brief(&mut self, write: impl FnOnce(&mut Brief)) {
        let color = self.color;
        self.fill(BRIEF, |room| {
            let room = room.try_into().expect("so much room was wanted");
            let mut brief = Brief::new(room, color);
            write(&mut brief);
            brief.position()
        });
    }

    /// Writes a name as `luac` prints it: its bytes as they are, unless they are for a terminal.
    pub(crate) fn name(&mut self, name: &[u8]) {
        if !self.terminal {
            return self.text(name);
        }
        for chunk in name.utf8_chunks() {
            for piece in chunk.valid().split_inclusive(is_control) {
                let end = piece.trim_end_matches(is_control).len();
                let (plain, control) = piece.as_bytes().split_at(end);
                self.text(plain);
                self.escaped(control);
            }
            self.escaped(chunk.invalid());
        }
    }

    /// Makes room in the buffer. Nothing is written in larger pieces than [`MAX_PIECE`].
    #[cold]
    fn make_room(&mut self) {
        let written = self.write_out();
        if written.is_err() {
            self.failed = written;
            self.end = 0;
        }
    }
}

impl Print for Page<'_> {
    #[inline(always)]
    fn fill(&mut self, count: usize, write: impl FnOnce(&mut [u8]) -> usize) {
        if self.buffer.len() - self.end < count {
            self.make_room();
        }
        self.end += write(&mut self.buffer[self.end..self.end + count]);
    }

    fn position(&self) -> usize {
        self.written + self.end
    }

    #[inline(always)]
    fn is_colored(&self) -> bool {
        self.color
    }
}

/// Whether a terminal or a web page obeys a character instead of showing it: control characters, line
/// ends, and characters that change the direction of the text around them.
pub fn is_control(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61C}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}'
        )
}
