//! Reads a row: a stream and the answers to it.

use luadec_tok::dialect::Dialect;
use luadec_tok::stream::{Outline, Parser};
use luadec_tok::{Chunk, Version};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The keys of a row that hold the stream and the answer, if not the usual ones.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ScoreKeys {
    pub stream: Option<String>,
    pub answer: Option<String>,
}

/// A row that can be scored.
pub struct Question {
    /// The row's `id`, if it has one.
    pub id: Option<Value>,
    pub asked: AskedFor,
    /// The number of streams in the prompt.
    pub streams: usize,
    pub answers: Answers,
    /// The right answer, if the row has it beside the answer.
    pub reference: Option<Vec<u8>>,
}

/// The last stream in a prompt.
pub struct AskedFor {
    /// Its chunk. The functions inside the function of an outline are holes.
    pub chunk: Chunk<'static>,
    /// The outline, if it is one.
    pub outline: Option<Outline<'static>>,
    /// The outline that it also may be: the stripped stream of a file without functions may look like
    /// one. The answer decides.
    pub either: Option<Outline<'static>>,
}

pub struct Answers {
    /// True if the row has a list of answers.
    pub is_several: bool,
    /// Their texts; `None` for `null`.
    pub texts: Vec<Option<Vec<u8>>>,
}

/// The reason a row cannot be scored.
#[derive(Debug, thiserror::Error)]
pub enum BadRow {
    #[error("longer than {} MiB", .0 >> 20)]
    TooLong(u64),
    #[error("not a JSON object: {0}")]
    NotJson(String),
    #[error("no stream: {0}")]
    NoStream(String),
    #[error("malformed stream: {0}")]
    WrongStream(String),
    #[error("the stream is of Lua {0}, but answers are compiled as Lua {1}; use --luac luac{0}")]
    OtherVersion(Version, Version),
    #[error("no answer: {0}")]
    NoAnswer(String),
    #[error("reading it took longer than {0} s; --max-seconds allows more")]
    Late(u64),
    #[error("the process that read it died: {0}")]
    Died(String),
}

impl BadRow {
    /// Returns true if the row has no readable stream, whatever its answer is.
    pub fn is_without_stream(&self) -> bool {
        matches!(
            self,
            BadRow::NoStream(_) | BadRow::WrongStream(_) | BadRow::OtherVersion(..)
        )
    }

    /// Returns the reason without the details of this row. Rows are counted by it.
    pub fn kind(&self) -> String {
        let reason = self.to_string();
        match self {
            BadRow::NotJson(detail) | BadRow::WrongStream(detail) => {
                reason.strip_suffix(detail).unwrap_or(&reason).to_owned()
            }
            _ => reason,
        }
    }
}

/// The longest row that is read, in bytes.
pub const MAX_ROW: u64 = 128 << 20;

const MESSAGES: &str = "messages";

/// The key that the records of outlines have.
const OUTLINE: &str = "outline";

/// The usual keys of an answer, in the order they are looked for. `dataset -f completion` writes the
/// second.
const ANSWERS: [&str; 3] = ["prediction", COMPLETION, MESSAGES];

const COMPLETION: &str = "completion";

/// Reads a row.
pub fn read(
    row: &[u8],
    keys: &ScoreKeys,
    version: Version,
    dialect: Option<&Dialect>,
) -> Result<Question, BadRow> {
    let mut row: Map<String, Value> =
        serde_json::from_slice(row).map_err(|error| BadRow::NotJson(error.to_string()))?;
    let (asked, streams) = asked(
        stream(&row, keys)?,
        row.contains_key(OUTLINE),
        version,
        dialect,
    )?;
    let (key, answers) = answers(&row, keys)?;
    let reference = reference(&row, key).map(Vec::from);
    Ok(Question {
        id: row.shift_remove("id"),
        asked,
        streams,
        answers,
        reference,
    })
}

/// Returns the right answer, which the records of a data set have: unlike an answer in `messages`, which may
/// be part of an example, it is never followed by a user turn.
fn reference<'r>(row: &'r Map<String, Value>, answer: &str) -> Option<&'r str> {
    if answer != COMPLETION
        && let Some(completion) = row.get(COMPLETION)
    {
        return last_turn(completion, "assistant")?;
    }
    let turns = row.get(MESSAGES).filter(|_| answer != MESSAGES)?;
    let last = turns.as_array()?.last()?;
    let is_answer = last.get("role").and_then(Value::as_str) == Some("assistant");
    is_answer.then(|| last_turn(turns, "assistant"))??
}

/// Returns the text that holds the stream.
fn stream<'r>(row: &'r Map<String, Value>, keys: &ScoreKeys) -> Result<&'r str, BadRow> {
    let (key, found) = match &keys.stream {
        Some(key) => (key.as_str(), row.get(key)),
        None => ("prompt", row.get("prompt").or_else(|| row.get(MESSAGES))),
    };
    let missing = || match &keys.stream {
        Some(_) => BadRow::NoStream(format!("no key {key:?}")),
        None => BadRow::NoStream(format!(
            "neither {key:?} nor {MESSAGES:?}; --stream-key names another key"
        )),
    };
    let text = last_turn(found.ok_or_else(missing)?, "user");
    text.flatten().ok_or_else(|| {
        BadRow::NoStream(format!(
            "{key:?} is neither a string nor a conversation with a user turn"
        ))
    })
}

/// Returns the last stream in a text, and the number of streams. Skips the text around them.
fn asked(
    text: &str,
    is_outline: bool,
    version: Version,
    dialect: Option<&Dialect>,
) -> Result<(AskedFor, usize), BadRow> {
    let Some((stream, count)) = last_stream(text) else {
        return Err(BadRow::NoStream(
            "expected <|Proto|> in the prompt".to_owned(),
        ));
    };
    let asked = AskedFor::parse(stream, is_outline, dialect).map_err(BadRow::WrongStream)?;
    match asked.chunk.version {
        other if other != version => Err(BadRow::OtherVersion(other, version)),
        _ => Ok((asked, count)),
    }
}

impl AskedFor {
    /// Takes a chunk, or a function as a chunk.
    pub fn of_chunk(chunk: Chunk<'static>) -> AskedFor {
        AskedFor {
            chunk,
            outline: None,
            either: None,
        }
    }

    /// Parses a stream. If it is not known to be an outline, it is one if it has a token that only
    /// outlines have, or begins in line 0 without being a main function.
    ///
    /// # Errors
    /// Where and why it is malformed.
    pub fn parse(
        stream: &str,
        is_outline: bool,
        dialect: Option<&Dialect>,
    ) -> Result<AskedFor, String> {
        let in_dialect = |parser: Parser| match dialect {
            Some(dialect) => parser.in_dialect(dialect),
            None => parser,
        };
        if !is_outline && !is_outline_by_token(stream) {
            let chunk = parsed(in_dialect(Parser::default()), stream, Parser::take)?;
            if !is_in_line_0(&chunk) {
                let is_bare = chunk.main.linedefined == 0 && !chunk.main.has_debug();
                let outline = (is_bare && chunk.main.p.is_empty()).then(|| {
                    parsed(
                        in_dialect(Parser::of_outline()),
                        stream,
                        Parser::take_outline,
                    )
                    .ok()
                });
                return Ok(AskedFor {
                    either: outline.flatten().filter(|outline| !outline.is_main),
                    ..AskedFor::of_chunk(chunk)
                });
            }
        }
        let outline = parsed(
            in_dialect(Parser::of_outline()),
            stream,
            Parser::take_outline,
        )?;
        Ok(AskedFor {
            chunk: Chunk {
                version: outline.version,
                nupvalues: outline.nupvalues,
                extension: outline.extension.clone(),
                main: outline.function.clone(),
            },
            outline: Some(outline),
            either: None,
        })
    }
}

/// Returns true if a stream is an outline.
pub fn is_outline(stream: &str) -> bool {
    is_outline_by_token(stream)
        || parsed(Parser::default(), stream, Parser::take).is_ok_and(|chunk| is_in_line_0(&chunk))
}

fn is_outline_by_token(stream: &str) -> bool {
    [HOLE, ENV].iter().any(|token| stream.contains(token))
}

const HOLE: &str = "<|Hole|>";
const ENV: &str = "<|Env|>";

/// Returns true if a function begins in line 0, as the function of an outline does, but is not a main
/// function. With debug information, a main function has a source.
fn is_in_line_0(chunk: &Chunk) -> bool {
    let main = &chunk.main;
    let is_main = main.is_main(chunk.version)
        && main.lastlinedefined == 0
        && (main.source.is_some() || !main.has_debug())
        && !(chunk.version == Version::Lua51 && main.is_vararg != 2);
    main.linedefined == 0 && !is_main
}

/// Parses a stream, up to its end.
fn parsed<T>(
    mut parser: Parser,
    stream: &str,
    take: impl FnOnce(&mut Parser) -> Option<T>,
) -> Result<T, String> {
    let parsed = parser.feed(&mut stream.as_bytes(), true);
    parsed.map_err(|error| error.to_string())?;
    take(&mut parser).ok_or_else(|| "it is empty".to_owned())
}

/// Returns the answers and their key.
fn answers<'r>(
    row: &'r Map<String, Value>,
    keys: &ScoreKeys,
) -> Result<(&'r str, Answers), BadRow> {
    let own = keys.answer.as_deref();
    let mut names = own.map_or(ANSWERS.to_vec(), |key| vec![key]).into_iter();
    let key = names.clone().find(|key| row.contains_key(*key));
    let Some((key, found)) = key.and_then(|key| row.get_key_value(key)) else {
        let key = names.next().unwrap_or_default();
        let other = match own {
            Some(_) => "",
            None => "; --answer-key names another key",
        };
        return Err(BadRow::NoAnswer(format!("no key {key:?}{other}")));
    };
    if let Some(one) = last_turn(found, "assistant") {
        let one = Answers {
            is_several: false,
            texts: vec![one.map(Vec::from)],
        };
        return Ok((key, one));
    }
    let several = found.as_array();
    if several.is_some_and(Vec::is_empty) {
        let problem = format!("{key:?} is an empty list; an answer that fails is null");
        return Err(BadRow::NoAnswer(problem));
    }
    let several = several.and_then(|answers| {
        let texts = answers.iter().map(|answer| last_turn(answer, "assistant"));
        texts.map(|text| Some(text?.map(Vec::from))).collect()
    });
    several
        .map(|texts| {
            let several = Answers {
                is_several: true,
                texts,
            };
            (key.as_str(), several)
        })
        .ok_or_else(|| {
            BadRow::NoAnswer(format!("{key:?} is neither a string nor a list of strings"))
        })
}

/// Returns a text, or the last turn of a role in a conversation. Returns `Some(None)` for `null`, and
/// `None` for anything else.
fn last_turn<'v>(value: &'v Value, role: &str) -> Option<Option<&'v str>> {
    let turns = match value {
        Value::String(text) => return Some(Some(text)),
        Value::Null => return Some(None),
        value => value.as_array()?,
    };
    let by_role = |turn: &&Value| turn.get("role").and_then(Value::as_str) == Some(role);
    match turns.iter().rfind(by_role)?.get("content") {
        Some(Value::String(text)) => Some(Some(text)),
        None | Some(Value::Null) => Some(None),
        Some(_) => None,
    }
}

/// Finds the stream that a prompt asks about, which is the last one because earlier ones are examples.
/// Also returns the number of streams. Skips the text around them. A stream that is cut off ends at its
/// last `<|/Proto|>`.
fn last_stream(prompt: &str) -> Option<(&str, usize)> {
    let mut last = None;
    let mut streams = 0;
    // The open stream: its start, the number of its open functions, and its end so far.
    let mut open: Option<usize> = None;
    let (mut depth, mut end) = (0, prompt.len());
    for at in memchr::memmem::find_iter(prompt.as_bytes(), b"<|") {
        let token = &prompt[at..];
        if token.starts_with(LUA) {
            streams += usize::from(depth > 0);
            (open, depth, end) = (Some(at), 0, prompt.len());
        } else if token.starts_with(OPEN) {
            open.get_or_insert(at);
            depth += 1;
        } else if token.starts_with(CLOSE)
            && let Some(start) = open
        {
            depth -= 1;
            end = at + CLOSE.len();
            if depth <= 0 {
                last = Some(start..end);
                streams += 1;
                (open, depth, end) = (None, 0, prompt.len());
            }
        }
    }
    if let Some(start) = open
        && (depth > 0 || last.is_none())
    {
        last = Some(start..end);
        streams += 1;
    }
    Some((&prompt[last?], streams))
}

const LUA: &str = "<|Lua-";
const OPEN: &str = "<|Proto|>";
const CLOSE: &str = "<|/Proto|>";

#[cfg(test)]
mod tests {
    use super::last_stream;

    #[test]
    fn the_last_stream_is_the_one_that_is_asked_about() {
        let (one, two) = (
            "<|Proto|>a<|Proto|>b<|/Proto|>c<|/Proto|>",
            "<|Proto|>d<|/Proto|>",
        );
        let marked = format!("<|Lua-5.4|>{two}");
        let inner = "<|Proto|>a<|Proto|>b<|/Proto|>";
        for (prompt, expected) in [
            (String::new(), None),
            ("no stream".to_owned(), None),
            ("<|/Proto|> <|other|>".to_owned(), None),
            (one.to_owned(), Some((one, 1))),
            (
                format!("Decompile:\n{one}\nThanks<|im_end|>"),
                Some((one, 1)),
            ),
            (format!("{one} is f() {two} is"), Some((two, 2))),
            (format!("{two}{one}"), Some((one, 2))),
            (format!("{marked} is f()\n{marked} is"), Some((&marked, 2))),
            (
                format!("{one} and {marked}, which has no <|Lua-5.1|>"),
                Some((&marked, 2)),
            ),
            // An example that was cut off.
            (format!("{inner}...\n{marked}"), Some((&marked, 2))),
            // A stream that is cut off is malformed; an earlier one does not replace it.
            (inner.to_owned(), Some((inner, 1))),
            (format!("{two} {inner} c"), Some((inner, 2))),
            ("<|Lua-5.4|> x".to_owned(), Some(("<|Lua-5.4|> x", 1))),
        ] {
            assert_eq!(last_stream(&prompt), expected, "{prompt}");
        }
    }
}
