//! Parses the text of a dialect: lines that begin with a word such as `.base`, in any order.

use std::collections::BTreeMap;

use super::directive::directive;
use super::error::{DialectError, DialectProblem as Problem};
use super::opcodes::DialectOpcode;
use super::word::{FieldPlace, WORD_FIELDS, is_partition, layout};
use super::{
    Alignment, Dialect, HeaderField, NumberType, SizedType, TagKind, TypeSizes, WordField,
};
use crate::opcodes::{BitField, MAX_OPERANDS, OpMode, Opcode, Operand};
use crate::version::Version;

/// The most bytes of a signature.
const LONGEST_SIGNATURE: usize = 16;

/// Returns whether a text is a dialect rather than an opcode map: whether it has lines other than `.op`.
pub fn is_dialect(text: &str) -> bool {
    let mut words = words(text);
    words.any(|(word, _)| word != ".op" && directive(word).is_some())
}

/// Returns the words of a text, each with its line, without comments.
fn words(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.lines().zip(1..).flat_map(|(text, line)| {
        let (text, _) = text.split_once(';').unwrap_or((text, ""));
        text.split_whitespace().map(move |word| (word, line))
    })
}

impl Dialect {
    /// Parses the text of a dialect. `;` begins a comment, which ends with the line.
    ///
    /// # Errors
    /// The first line that is wrong or contradicts an earlier one.
    pub fn parse(text: &str) -> Result<Dialect, DialectError> {
        let lines = lines(text)?;
        let (base, rest): (Vec<Line>, Vec<Line>) = lines
            .into_iter()
            .partition(|line| line.directive == ".base");
        let mut parser = Parser::default();
        for mut line in base {
            parser.line(&mut line)?;
        }
        if parser.dialect.base.is_empty() {
            let line = rest.first().map_or(1, |line| line.number);
            return Err(DialectError {
                line,
                problem: Problem::NoBase,
            });
        }
        for mut line in rest {
            parser.line(&mut line)?;
        }
        parser.finish()
    }
}

/// A line: the word that begins it, and the words up to the next such word.
struct Line<'t> {
    number: usize,
    directive: &'static str,
    words: Vec<(&'t str, usize)>,
    /// The number of words that have been taken.
    taken: usize,
}

fn lines(text: &str) -> Result<Vec<Line<'_>>, DialectError> {
    let mut lines: Vec<Line> = Vec::new();
    for (word, number) in words(text) {
        if let Some(directive) = directive(word) {
            lines.push(Line {
                number,
                directive,
                words: Vec::new(),
                taken: 0,
            });
            continue;
        }
        match lines.last_mut() {
            Some(line) if !word.starts_with('.') => line.words.push((word, number)),
            _ => {
                let problem = Problem::Unknown(word.to_owned());
                return Err(DialectError {
                    line: number,
                    problem,
                });
            }
        }
    }
    Ok(lines)
}

type Result<T, Error = DialectError> = std::result::Result<T, Error>;

impl<'t> Line<'t> {
    /// Returns an error in the line of the word taken last.
    fn problem(&self, problem: Problem) -> DialectError {
        let last = self.words.get(self.taken.saturating_sub(1));
        DialectError {
            line: last.map_or(self.number, |(_, line)| *line),
            problem,
        }
    }

    fn peek(&self) -> Option<&'t str> {
        self.words.get(self.taken).map(|(word, _)| *word)
    }

    /// Takes the next word.
    fn next(&mut self) -> Option<&'t str> {
        let word = self.peek()?;
        self.taken += 1;
        Some(word)
    }

    /// Takes the next word as a value, or fails with what is expected.
    fn take<T>(&mut self, expected: &str, value: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let word = self.next();
        let found = || match word {
            Some(word) => format!("{word:?}"),
            None => "the end of the line".to_owned(),
        };
        word.and_then(value).ok_or_else(|| {
            self.problem(Problem::Expected {
                expected: expected.to_owned(),
                found: found(),
            })
        })
    }

    /// Takes one of these words.
    fn choice<T: Copy>(&mut self, choices: &[(T, &'static str)]) -> Result<T> {
        let names: Vec<&str> = choices.iter().map(|(_, name)| *name).collect();
        self.take(&either(&names), |word| {
            let mut choices = choices.iter();
            choices
                .find(|(_, name)| *name == word)
                .map(|(choice, _)| *choice)
        })
    }

    /// Takes all remaining words as values, at least one.
    fn all<T>(&mut self, expected: &str, value: impl Fn(&str) -> Option<T>) -> Result<Vec<T>> {
        let mut values = vec![self.take(expected, &value)?];
        while self.peek().is_some() {
            values.push(self.take(expected, &value)?);
        }
        Ok(values)
    }

    fn end(&mut self) -> Result<()> {
        match self.next() {
            None => Ok(()),
            Some(word) => Err(self.problem(Problem::Expected {
                expected: "the end of the line".to_owned(),
                found: format!("{word:?}"),
            })),
        }
    }
}

/// Returns words as an alternative.
fn either(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => (*word).to_owned(),
        [words @ .., last] => format!("{} or {last}", words.join(", ")),
    }
}

/// Parses a byte in hexadecimal.
fn byte(word: &str) -> Option<u8> {
    let is_hex = word.len() <= 2 && word.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(word, 16).ok().filter(|_| is_hex)
}

/// Parses a number in decimal, up to `most`.
fn decimal(word: &str, most: u32) -> Option<u32> {
    let is_decimal = word.bytes().all(|digit| digit.is_ascii_digit());
    word.parse()
        .ok()
        .filter(|number| is_decimal && *number <= most)
}

#[derive(Default)]
struct Parser {
    dialect: Dialect,
    /// The lines of the directives that occur once.
    seen: BTreeMap<&'static str, usize>,
    /// The line of each size, for contradictions.
    last: usize,
}

/// The directives that may occur any number of times.
const REPEATED: [&str; 5] = [".op", ".field", ".tag", ".size", ".header"];

pub(super) const TAG_KINDS: [(TagKind, &str); 8] = [
    (TagKind::Nil, "nil"),
    (TagKind::Boolean, "boolean"),
    (TagKind::False, "false"),
    (TagKind::True, "true"),
    (TagKind::Integer, "integer"),
    (TagKind::Float, "float"),
    (TagKind::String, "string"),
    (TagKind::LongString, "longstring"),
];

pub(super) const SIZED_TYPES: [(SizedType, &str); 5] = [
    (SizedType::Int, "int"),
    (SizedType::SizeT, "size_t"),
    (SizedType::Instruction, "Instruction"),
    (SizedType::Integer, "Integer"),
    (SizedType::Number, "Number"),
];

pub(super) const NUMBER_TYPES: [(NumberType, &str); 4] = [
    (NumberType::Header, "header"),
    (NumberType::Double, "double"),
    (NumberType::Float32, "float32"),
    (NumberType::Int32, "int32"),
];

pub(super) const HEADER_FIELDS: [(HeaderField, &str); 11] = [
    (HeaderField::Format, "format"),
    (HeaderField::Endian, "endian"),
    (HeaderField::Data, "LUAC_DATA"),
    (HeaderField::Size(SizedType::Int), "int"),
    (HeaderField::Size(SizedType::SizeT), "size_t"),
    (HeaderField::Size(SizedType::Instruction), "Instruction"),
    (HeaderField::Size(SizedType::Integer), "Integer"),
    (HeaderField::Size(SizedType::Number), "Number"),
    (HeaderField::Integral, "integral"),
    (HeaderField::LuacInt, "LUAC_INT"),
    (HeaderField::LuacNum, "LUAC_NUM"),
];

impl Parser {
    fn line(&mut self, line: &mut Line) -> Result<()> {
        let first = self.seen.insert(line.directive, line.number);
        if let Some(first) = first
            && !REPEATED.contains(&line.directive)
        {
            return Err(line.problem(Problem::Twice(line.directive, first)));
        }
        self.last = line.number;
        let dialect = &mut self.dialect;
        match line.directive {
            ".base" => {
                let version = "a version of Lua, 5.1 to 5.5";
                dialect.base = line.all(version, |word| word.parse().ok())?;
                let mut base = dialect.base.clone();
                base.sort();
                if let Some(twice) = base.windows(2).find(|pair| pair[0] == pair[1]) {
                    return Err(line.problem(Problem::Repeated(twice[0].to_string())));
                }
            }
            ".signature" => {
                let signature = line.all("a byte in hexadecimal", byte)?;
                if signature.len() > LONGEST_SIGNATURE {
                    return Err(line.problem(Problem::LongSignature));
                }
                dialect.signature = Some(signature);
            }
            ".version" => {
                dialect.version_bytes = bytes(line)?;
                self.one_base(line)?;
            }
            ".format" => dialect.formats = bytes(line)?,
            ".header" => self.header(line)?,
            ".op" => self.op(line)?,
            ".field" => self.field(line)?,
            ".tag" => self.tag(line)?,
            ".upvalues" => {
                line.choice(&[((), "kind")])?;
                dialect.upvalue_kinds = true;
                self.only(line, ".upvalues kind", |version| {
                    (Version::Lua52..Version::Lua54).contains(&version)
                })?;
            }
            ".counts" => {
                line.choice(&[((), "negative")])?;
                dialect.negative_counts = true;
                self.only(line, ".counts negative", |version| version < Version::Lua54)?;
            }
            ".null" => {
                line.choice(&[((), "constant")])?;
                dialect.null_constants = true;
            }
            ".align" => self.align(line)?,
            ".lines" => {
                line.choice(&[((), "packed")])?;
                dialect.packed_lines = true;
                self.only(line, ".lines packed", |version| version < Version::Lua54)?;
            }
            ".size" => self.size(line)?,
            ".endian" => {
                dialect.big_endian = line.choice(&[(false, "little"), (true, "big")])?;
            }
            _ => {
                dialect.number = Some(line.choice(&NUMBER_TYPES)?);
                self.only(line, ".number", |version| version < Version::Lua53)?;
            }
        }
        line.end()
    }

    fn base(&self) -> Version {
        self.dialect.base[0]
    }

    fn one_base(&self, line: &Line) -> Result<()> {
        match self.dialect.base.len() {
            1 => Ok(()),
            _ => Err(line.problem(Problem::OneBase(line.directive))),
        }
    }

    /// Refuses what has a meaning in some versions only.
    fn only(&self, line: &Line, what: &str, is_of: impl Fn(Version) -> bool) -> Result<()> {
        match self.dialect.base.iter().find(|version| !is_of(**version)) {
            None => Ok(()),
            Some(version) => {
                let (what, version) = (what.to_owned(), *version);
                Err(line.problem(Problem::NotOf { what, version }))
            }
        }
    }

    /// `.header - FIELD`
    fn header(&mut self, line: &mut Line) -> Result<()> {
        line.choice(&[((), "-")])?;
        let word = line.peek().unwrap_or_default();
        let field = line.choice(&HEADER_FIELDS)?;
        if self.dialect.lacks.contains(&field) {
            return Err(line.problem(Problem::Repeated(word.to_owned())));
        }
        self.only(line, &format!("the field {word}"), |version| {
            has_field(version, field)
        })?;
        self.dialect.lacks.push(field);
        Ok(())
    }

    /// `.size TYPE N…`
    fn size(&mut self, line: &mut Line) -> Result<()> {
        let word = line.peek().unwrap_or_default();
        let of = line.choice(&SIZED_TYPES)?;
        if self.dialect.sizes.iter().any(|sizes| sizes.of == of) {
            return Err(line.problem(Problem::Repeated(word.to_owned())));
        }
        self.only(line, &format!(".size {word}"), |version| {
            has_field(version, HeaderField::Size(of))
                || of == SizedType::Integer && version == Version::Lua51
        })?;
        let wide =
            of != SizedType::Instruction || self.dialect.base.iter().all(|v| *v == Version::Lua53);
        let sizes = line.all(if wide { "4 or 8" } else { "4" }, |word| match word {
            "4" => Some(4),
            "8" if wide => Some(8),
            _ => None,
        })?;
        if sizes == [sizes[0]; 2] || sizes.len() > 2 {
            return Err(line.problem(Problem::Repeated(sizes[0].to_string())));
        }
        self.dialect.sizes.push(TypeSizes { of, sizes });
        Ok(())
    }

    /// `.tag N KIND`
    fn tag(&mut self, line: &mut Line) -> Result<()> {
        let tag = line.take("a tag from 0 to 255", |word| decimal(word, 255))? as u8;
        if self.dialect.tags.iter().any(|(other, _)| *other == tag) {
            return Err(line.problem(Problem::Repeated(format!("tag {tag}"))));
        }
        let word = line.peek().unwrap_or_default();
        let kind = line.choice(&TAG_KINDS)?;
        self.only(line, &format!("the tag {word}"), |version| match kind {
            TagKind::Integer => version != Version::Lua52,
            TagKind::LongString => version >= Version::Lua53,
            _ => true,
        })?;
        self.dialect.tags.push((tag, kind));
        Ok(())
    }

    /// `.align N LIST…`
    fn align(&mut self, line: &mut Line) -> Result<()> {
        let to = line.take("2, 4 or 8", |word| {
            decimal(word, 8).filter(|to| [2, 4, 8].contains(to))
        })?;
        let mut align = Alignment {
            to: to as u8,
            code: false,
            lineinfo: false,
        };
        let lists: &[(bool, &str)] = &[(true, "code"), (false, "lineinfo")];
        loop {
            let is_code = line.choice(lists)?;
            let list = if is_code {
                &mut align.code
            } else {
                &mut align.lineinfo
            };
            if std::mem::replace(list, true) {
                let name = if is_code { "code" } else { "lineinfo" };
                return Err(line.problem(Problem::Repeated(name.to_owned())));
            }
            if line.peek().is_none() {
                break;
            }
        }
        self.dialect.align = Some(align);
        self.only(line, ".align", |version| version < Version::Lua54)
    }

    /// `.field NAME POSITION WIDTH`
    fn field(&mut self, line: &mut Line) -> Result<()> {
        self.one_base(line)?;
        let version = self.base();
        self.only(line, ".field", |version| version != Version::Lua55)?;
        let field = line.choice(&WORD_FIELDS)?;
        if field == WordField::K {
            self.only(line, "the field k", |version| version >= Version::Lua54)?;
        }
        if self.dialect.fields.iter().any(|place| place.field == field) {
            return Err(line.problem(Problem::Repeated(field.name().to_owned())));
        }
        let position = line.take("a position from 0 to 31", |word| decimal(word, 31))?;
        let width = line.take("a number of bits", |word| decimal(word, 32))?;
        let own = *field.of(&mut version.layout());
        if width != own.size() || position + width > 32 {
            return Err(line.problem(Problem::FieldWidth {
                field: field.name(),
                version,
                wanted: own.size(),
                found: width.min(32 - position),
            }));
        }
        let bits = BitField::new(position, width);
        self.dialect.fields.push(FieldPlace { field, bits });
        Ok(())
    }

    /// `.op N NAME [FIELD:KIND…] [sets A] [test] [reserved]`
    fn op(&mut self, line: &mut Line) -> Result<()> {
        self.one_base(line)?;
        let version = self.base();
        let most = version.opcode_values() as u32 - 1;
        let expected = format!("an opcode number from 0 to {most}");
        let number = line.take(&expected, |word| decimal(word, most))? as u8;
        let word = line.take("the name of an opcode", |word| Some(word.to_owned()))?;
        let name = word.to_ascii_uppercase();
        let name = name.strip_prefix("OP_").unwrap_or(&name).to_owned();
        let mut others = self.dialect.opcodes.iter();
        if let Some(other) = others.find(|other| other.number == number) {
            let name = other.row.name().to_owned();
            return Err(line.problem(Problem::NumberTwice { number, name }));
        }
        let mut others = self.dialect.opcodes.iter();
        if let Some(other) = others.find(|other| other.row.name() == name) {
            let number = other.number;
            return Err(line.problem(Problem::NameTwice { name, number }));
        }
        let row = match version.opcode_number(&name) {
            Some(_) if line.peek().is_some() => {
                return Err(line.problem(Problem::Operands { name, version }));
            }
            Some(number) => *version.opcode(number),
            None if line.peek().is_none() => {
                return Err(line.problem(Problem::Opcode {
                    found: word,
                    version,
                }));
            }
            None => added(line, version, &name)?,
        };
        self.dialect.opcodes.push(DialectOpcode { number, row });
        let added = self.dialect.opcodes.iter();
        let added = added.filter(|opcode| version.opcode_number(opcode.row.name()).is_none());
        let most = version.opcode_values() - version.opcodes().len();
        if added.count() > most {
            return Err(line.problem(Problem::TooMany { version, most }));
        }
        Ok(())
    }

    /// Checks what only all lines together show.
    fn finish(self) -> Result<Dialect> {
        let at = |directive, problem| {
            let line = self.seen.get(directive).copied().unwrap_or(self.last);
            Err(DialectError { line, problem })
        };
        let dialect = &self.dialect;
        for version in &dialect.base {
            let tags = dialect.tags_of(*version);
            let has = |kind| tags.iter().any(|(_, tag)| *tag == kind);
            for (kind, name) in TAG_KINDS {
                let is_needed = match kind {
                    TagKind::Boolean => !has(TagKind::False) || !has(TagKind::True),
                    TagKind::False | TagKind::True => !has(TagKind::Boolean),
                    TagKind::Integer => *version >= Version::Lua53,
                    TagKind::LongString => false,
                    _ => true,
                };
                if is_needed && !has(kind) {
                    return at(".tag", Problem::NoTag(name));
                }
            }
            if !dialect.fields.is_empty() && !is_partition(&layout(*version, &dialect.fields)) {
                return at(".field", Problem::FieldPlaces);
            }
        }
        let size = |of| {
            let mut sizes = dialect.sizes.iter();
            sizes
                .find(|sizes| sizes.of == of)
                .map(|sizes| sizes.sizes[0])
        };
        match (
            dialect.number,
            size(SizedType::Number),
            size(SizedType::Integer),
        ) {
            (Some(NumberType::Double), Some(4), _) => {
                at(".number", Problem::NumberSize("Number 4", "double"))
            }
            (Some(NumberType::Float32), Some(8), _) => {
                at(".number", Problem::NumberSize("Number 8", "float32"))
            }
            (Some(NumberType::Int32), Some(_), _) => {
                at(".number", Problem::NumberSize("Number", "int32"))
            }
            (Some(NumberType::Int32), _, Some(_)) => {
                at(".number", Problem::NumberSize("Integer", "int32"))
            }
            (_, _, Some(_))
                if dialect.base == [Version::Lua51] && !dialect.has_tag(TagKind::Integer) =>
            {
                at(".size", Problem::NoTag("integer"))
            }
            _ => Ok(self.dialect),
        }
    }
}

/// Parses bytes that differ.
fn bytes(line: &mut Line) -> Result<Vec<u8>> {
    let bytes = line.all("a byte in hexadecimal", byte)?;
    let mut places = (0..).zip(&bytes);
    let twice = places.find(|(place, byte)| bytes[..*place].contains(byte));
    match twice {
        None => Ok(bytes),
        Some((_, twice)) => Err(line.problem(Problem::Repeated(format!("{twice:02X}")))),
    }
}

/// Returns whether headers of a version have a field.
fn has_field(version: Version, field: HeaderField) -> bool {
    match field {
        HeaderField::Format | HeaderField::Size(SizedType::Instruction | SizedType::Number) => true,
        HeaderField::Endian | HeaderField::Integral => version < Version::Lua53,
        HeaderField::Data => version > Version::Lua51,
        HeaderField::Size(SizedType::Int) => version != Version::Lua54,
        HeaderField::Size(SizedType::SizeT) => version < Version::Lua54,
        HeaderField::Size(SizedType::Integer) => version >= Version::Lua53,
        HeaderField::LuacInt | HeaderField::LuacNum => {
            matches!(version, Version::Lua53 | Version::Lua54)
        }
    }
}

/// The fields of instructions that have operands, and their places in a row.
pub(super) const OPERAND_FIELDS: [(&str, OpMode, usize); 9] = [
    ("A", OpMode::iABC, 0),
    ("B", OpMode::iABC, 1),
    ("C", OpMode::iABC, 2),
    ("k", OpMode::iABC, 3),
    ("Bx", OpMode::iABx, 1),
    ("sBx", OpMode::iAsBx, 1),
    ("Ax", OpMode::iAx, 0),
    ("sJ", OpMode::isJ, 0),
    // The A of an instruction with Bx or sBx.
    ("A", OpMode::iABx, 0),
];

/// The kinds of operands.
pub(super) const OPERAND_KINDS: [(Operand, &str); 9] = [
    (Operand::Register, "register"),
    (Operand::Rk, "rk"),
    (Operand::Upvalue, "upvalue"),
    (Operand::Number, "number"),
    (Operand::Signed, "signed"),
    (Operand::Constant, "constant"),
    (Operand::Label, "label"),
    (Operand::Function, "function"),
    (Operand::Decimal, "decimal"),
];

/// Parses the operands of an opcode that Lua does not have.
fn added(line: &mut Line, version: Version, name: &str) -> Result<Opcode> {
    let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    // Streams name every unknown opcode so.
    let is_taken = name == "UNKNOWN";
    if is_taken || name.len() > Opcode::LONGEST_NAME || !name.bytes().all(is_name) {
        return Err(line.problem(Problem::Name(name.to_owned())));
    }
    let (mut test, mut sets_a) = (false, false);
    let mut operands = [Operand::Unused; MAX_OPERANDS];
    let mut given: Vec<(&str, OpMode)> = Vec::new();
    while let Some(word) = line.next() {
        let twice = match word {
            "reserved" if line.taken == 3 => {
                line.end()?;
                false
            }
            "sets" => {
                line.choice(&[((), "A")])?;
                std::mem::replace(&mut sets_a, true)
            }
            "test" => std::mem::replace(&mut test, true),
            _ => {
                let (field, kind) = word.split_once(':').unwrap_or((word, ""));
                let mut fields = OPERAND_FIELDS.iter();
                let mut kinds = OPERAND_KINDS.iter();
                let field = fields.find(|(name, ..)| *name == field);
                let kind = kinds.find(|(_, name)| *name == kind);
                let (Some((field, mode, index)), Some((operand, kind))) = (field, kind) else {
                    let expected = "FIELD:KIND, sets A, test or reserved".to_owned();
                    let found = format!("{word:?}");
                    return Err(line.problem(Problem::Expected { expected, found }));
                };
                if !holds(version, *mode, *index, *operand) {
                    let (field, kind) = ((*field).to_owned(), (*kind).to_owned());
                    return Err(line.problem(Problem::Kind {
                        field,
                        kind,
                        version,
                    }));
                }
                operands[*index] = *operand;
                let twice = given.iter().any(|(other, _)| other == field);
                given.push((field, *mode));
                twice
            }
        };
        if twice {
            return Err(line.problem(Problem::Repeated(word.to_owned())));
        }
    }
    let mut mode = OpMode::iABC;
    for (field, of) in &given {
        let goes_with = |other: &str| match (*field, *of) {
            (_, OpMode::iABC) => true,
            (_, OpMode::iABx | OpMode::iAsBx) => other == *field || other == "A",
            _ => other == *field,
        };
        if let Some((other, _)) = given.iter().find(|(other, _)| !goes_with(other)) {
            let fields = Problem::Fields((*field).to_owned(), (*other).to_owned());
            return Err(line.problem(fields));
        }
        if *of != OpMode::iABC {
            mode = *of;
        }
    }
    if sets_a && operands[0] != Operand::Register {
        let (expected, found) = ("A:register before sets A".to_owned(), "sets A".to_owned());
        return Err(line.problem(Problem::Expected { expected, found }));
    }
    Ok(Opcode::added(name, [test, sets_a], mode, operands))
}

/// Returns whether a field can hold a kind of operand.
fn holds(version: Version, mode: OpMode, index: usize, operand: Operand) -> bool {
    let since_54 = version >= Version::Lua54;
    match (mode, index) {
        (OpMode::iABC, 3) => since_54 && operand == Operand::Number,
        (OpMode::iABC, 0) => matches!(
            operand,
            Operand::Register | Operand::Upvalue | Operand::Number
        ),
        (OpMode::iABC, _) => match operand {
            Operand::Register | Operand::Upvalue | Operand::Number | Operand::Constant => true,
            Operand::Rk => !since_54 || index == 2,
            Operand::Signed => since_54,
            _ => false,
        },
        (OpMode::iABx, _) => matches!(operand, Operand::Constant | Operand::Function),
        (OpMode::iAsBx, _) => match operand {
            Operand::Label => !since_54,
            Operand::Signed => since_54,
            _ => false,
        },
        (OpMode::iAx, _) => operand == Operand::Decimal,
        _ => since_54 && operand == Operand::Label,
    }
}
