//! Names on their way to a terminal.

use super::page::Page;
use super::print::Print;

impl Page<'_> {
    /// A page for a terminal: names are shown without control characters and invalid UTF-8, which
    /// could move its cursor, forge a line or set its title.
    #[must_use]
    pub fn for_terminal(mut self) -> Self {
        self.terminal = true;
        self
    }

    /// A name as `luac` prints it: its bytes as they are, unless they are for a terminal.
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
}

/// Whether a terminal or a page obeys a character rather than show it: control characters, line ends,
/// and what changes the direction of the text around it.
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
