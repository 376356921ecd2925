//! The words that begin the lines of a dialect.

const DIRECTIVES: [&str; 16] = [
    ".base",
    ".signature",
    ".version",
    ".format",
    ".header",
    ".op",
    ".field",
    ".tag",
    ".upvalues",
    ".counts",
    ".null",
    ".align",
    ".lines",
    ".size",
    ".endian",
    ".number",
];

/// Returns the word, if it begins a line.
pub(super) fn directive(word: &str) -> Option<&'static str> {
    let mut directives = DIRECTIVES.into_iter();
    directives.find(|directive| *directive == word)
}

/// Returns all these words, for an error.
pub(super) fn directives() -> String {
    let (others, last) = DIRECTIVES.split_at(DIRECTIVES.len() - 1);
    format!("{} or {}", others.join(", "), last[0])
}
