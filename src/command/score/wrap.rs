//! The surroundings that a function is compiled in when it comes alone.
//!
//! A function that was taken out of its file has lost the variables around it: compiled as it is,
//! they would be globals. So it is compiled behind a declaration of them.

use luadec_tok::chunk::Proto;

/// How the text of an answer is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As it stands: `function f() … end`, or a chunk.
    Statement,
    /// As an expression: `function() … end`.
    Expression,
    /// As what stands inside of a function without parameters.
    Body {
        /// Whether that function takes `...`.
        vararg: bool,
    },
}

/// Names of variables around a function.
#[derive(Clone, Debug, Default)]
pub struct Outer(Vec<String>);

/// Lua has no more than 200 local variables in a function, and the answer may want some. Further
/// ones are declared in a function around it.
const MOST_LOCALS: usize = 180;

impl Outer {
    /// The variables around a function whose names it knows.
    pub fn of(asked: &Proto) -> Outer {
        let mut outer = Outer::default();
        let names = asked
            .upvalues
            .iter()
            .filter_map(|upvalue| upvalue.name.as_deref());
        names.for_each(|name| outer.add(name));
        outer
    }

    /// Adds a name, if it can be declared.
    pub fn add(&mut self, name: &[u8]) {
        if let Some(name) = identifier(name)
            && name != "_ENV"
            && !self.contains(name.as_bytes())
        {
            self.0.push(name.to_owned());
        }
    }

    pub fn contains(&self, name: &[u8]) -> bool {
        self.0.iter().any(|other| other.as_bytes() == name)
    }

    /// How many functions stand around the one that the text is in.
    pub fn levels(&self) -> usize {
        self.0.len().saturating_sub(1) / MOST_LOCALS
    }

    /// A text behind the declaration. Its lines keep their numbers.
    pub fn wrap(&self, text: &[u8], form: Form) -> Vec<u8> {
        let mut source = Vec::with_capacity(text.len() + 64);
        for (level, names) in self.0.chunks(MOST_LOCALS).enumerate() {
            if level > 0 {
                source.extend_from_slice(b"return function(...) ");
            }
            source.extend_from_slice(format!("local {} ", names.join(",")).as_bytes());
        }
        // A line end before what follows the text, for it may end with a comment.
        let (before, after): (&[u8], &[u8]) = match form {
            Form::Statement => (b"", b""),
            Form::Expression => (b"return ", b""),
            Form::Body { vararg: false } => (b"return function() ", b"\nend"),
            Form::Body { vararg: true } => (b"return function(...) ", b"\nend"),
        };
        source.extend_from_slice(before);
        source.extend_from_slice(text);
        source.extend_from_slice(after);
        for _ in 0..self.levels() {
            source.extend_from_slice(b"\nend");
        }
        source
    }
}

/// A name that Lua takes for one.
fn identifier(name: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(name).ok()?;
    let letters = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    let is_name = name.bytes().all(letters) && !name.starts_with(|c: char| c.is_ascii_digit());
    (is_name && !name.is_empty() && !KEYWORDS.contains(&name)).then_some(name)
}

const KEYWORDS: [&str; 22] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_declared() {
        let mut outer = Outer::default();
        for name in [
            "a",
            "_b1",
            "a",
            "1a",
            "",
            "end",
            "_ENV",
            "a b",
            "(for state)",
            "é",
            "x--",
        ] {
            outer.add(name.as_bytes());
        }
        assert_eq!(outer.wrap(b"f()", Form::Statement), b"local a,_b1 f()");
        let body = Form::Body { vararg: true };
        assert_eq!(
            Outer::default().wrap(b"f() --", body),
            b"return function(...) f() --\nend"
        );
    }
}
