//! Sends rows to a helper, which judges them, and takes its replies.
//!
//! A request has several rows. If the helper does not reply, they are sent again one by one, so only the
//! row at fault fails and the score of a row does not depend on its neighbors.

use std::mem;

use anyhow::{Context, Error, Result, anyhow, bail};
use luadec_tok::dialect::Dialect;
use luadec_tok::stream::{Chunks, is_stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::batch::compare_together;
use super::judge::{Answered, Judge};
use super::result::{Bad, Constructs, Judged, Outcome, ScoredRow};
use super::row::{self, Answers, AskedFor, BadRow, MAX_ROW, Question, ScoreKeys};
use crate::command::dialect::file::DialectFile;
use crate::command::dialect::read::{FoundDialect, read_chunk};
use crate::command::train::compile::{Compiler, Lua};
use crate::command::train::helper::{self, Helper, Helpers, Lost};

/// The name of the subcommand. It is not in the help.
pub const SUBCOMMAND: &str = "score-for-another-process";

/// The settings that all rows share.
#[derive(Clone, Serialize, Deserialize)]
pub struct Setup {
    pub lua: Lua,
    pub keys: ScoreKeys,
    pub seconds: u64,
    /// True if answers are shown on a page.
    pub page: bool,
    /// The number of differences to describe.
    pub places: usize,
}

/// A row, or a chunk and its answer, to be judged.
pub struct Asked {
    /// The line of the row, counted from 1.
    pub line: u64,
    pub item: AskedItem,
}

pub enum AskedItem {
    Row(Vec<u8>),
    /// A chunk or a stream, and an answer.
    Pair(Vec<u8>, Vec<u8>),
}

impl AskedItem {
    fn parts(&self) -> Vec<&[u8]> {
        match self {
            AskedItem::Row(row) => vec![row],
            AskedItem::Pair(chunk, answer) => vec![chunk, answer],
        }
    }

    pub fn len(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum()
    }

    /// Returns the parts to send: none if the item is too long.
    fn sent(&self) -> Vec<&[u8]> {
        match self.len() as u64 <= MAX_ROW {
            true => self.parts(),
            false => Vec::new(),
        }
    }
}

/// The first line of a request. The parts of all items come after it.
#[derive(Serialize, Deserialize)]
struct BatchHeader {
    setup: Setup,
    /// True if each reply is sent at once, which shows where a helper dies.
    careful: bool,
    items: Vec<ItemHeader>,
}

#[derive(Serialize, Deserialize)]
struct ItemHeader {
    /// The lengths of its parts.
    parts: Vec<usize>,
    /// The number of its answers that have been judged.
    judged: usize,
    /// The reason the next answer fails, if it is known.
    failure: Option<String>,
}

#[derive(Serialize, Deserialize)]
enum Reply {
    Bad(Bad),
    Row(Head),
    Judged(Judged),
}

/// The start of the replies to a row that can be scored.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Head {
    id: Option<Value>,
    streams: usize,
    is_several: bool,
    answers: usize,
    constructs: Constructs,
}

/// The longest request, in bytes, after which a helper is used again. After a longer one it ends, which
/// frees its memory.
const REUSED: usize = 1 << 20;

/// Judges rows in a helper. Passes their scores to `done`, in their order.
///
/// # Errors
/// No helper can be started.
pub fn judge_all(
    helpers: &Helpers,
    setup: &Setup,
    asked: &[Asked],
    mut done: impl FnMut(ScoredRow),
) -> Result<()> {
    let (mut rest, mut careful) = (asked, false);
    let mut partial = Partial::default();
    while !rest.is_empty() {
        let now = if careful { &rest[..1] } else { rest };
        let taken = helpers.take();
        let (mut helper, is_fresh) = taken.context("cannot start a process to score answers in")?;
        let header = header(setup, now, careful, &mut partial);
        let mut request: Vec<&[u8]> = vec![&header, b"\n"];
        request.extend(now.iter().flat_map(|asked| asked.item.sent()));
        helper.ask(&request);
        let (count, lost) = take_replies(&mut helper, now, &mut partial, &mut done);
        rest = &rest[count..];
        let (bad, failure) = match lost {
            None => {
                let length: usize = now.iter().map(|asked| asked.item.len()).sum();
                if length <= REUSED {
                    helpers.keep(helper);
                }
                continue;
            }
            Some(Lost::Late(place)) if partial.is_at(count, place) => (
                BadRow::Late(setup.seconds),
                format!("scoring it took longer than {} s", setup.seconds),
            ),
            // An idle helper may have been killed before it got the request.
            Some(Lost::Died(status)) if careful && is_fresh => (
                BadRow::Died(status.to_string()),
                format!("the process that scored it died: {status}"),
            ),
            Some(_) => {
                careful = true;
                continue;
            }
        };
        match partial.head {
            Some(_) => partial.failure = Some(failure),
            None => {
                done(ScoredRow::bad(rest[0].line, &bad));
                rest = &rest[1..];
            }
        }
    }
    Ok(())
}

/// Takes the replies about some rows. Returns how many rows are done, and why there are no more replies.
fn take_replies(
    helper: &mut Helper,
    asked: &[Asked],
    partial: &mut Partial,
    done: &mut impl FnMut(ScoredRow),
) -> (usize, Option<Lost>) {
    let mut count = 0;
    while let Some(asked) = asked.get(count) {
        let reply = match helper.reply() {
            Ok(reply) => reply,
            Err(lost) => return (count, Some(lost)),
        };
        if let Some(row) = partial.add(asked.line, &reply) {
            done(row);
            count += 1;
        }
    }
    (count, None)
}

/// The replies about a row whose answers have not all been judged.
#[derive(Default)]
struct Partial {
    head: Option<Head>,
    judged: Vec<Judged>,
    /// The reason its next answer fails.
    failure: Option<String>,
}

impl Partial {
    /// Returns true if a helper that stopped at a place stopped at this row, whose index in the request is
    /// `row`: at its next answer, or while reading it.
    fn is_at(&self, row: usize, at: u64) -> bool {
        let answer = self.head.as_ref().map(|_| self.judged.len());
        at == place(row, answer)
    }

    /// Adds a reply. Returns the score of the row if it was the last reply.
    fn add(&mut self, line: u64, reply: &[u8]) -> Option<ScoredRow> {
        match serde_json::from_slice(reply).expect("a helper sends replies") {
            Reply::Bad(bad) => {
                *self = Partial::default();
                let outcome = Outcome::Bad(bad);
                return Some(ScoredRow {
                    line,
                    id: None,
                    streams: 0,
                    outcome,
                    against: None,
                });
            }
            Reply::Row(head) => self.head = Some(head),
            Reply::Judged(judged) => self.judged.push(judged),
        }
        let head = self
            .head
            .take_if(|head| head.answers == self.judged.len())?;
        let outcome = Outcome::Answers {
            is_several: head.is_several,
            judged: mem::take(&mut self.judged),
            constructs: head.constructs,
        };
        Some(ScoredRow {
            line,
            id: head.id,
            streams: head.streams,
            outcome,
            against: None,
        })
    }
}

/// Returns the header of a request about some rows. Some answers to the first may have been judged.
fn header(setup: &Setup, asked: &[Asked], careful: bool, partial: &mut Partial) -> Vec<u8> {
    let mut items: Vec<ItemHeader> = asked.iter().map(ItemHeader::of).collect();
    if let Some(first) = items.first_mut() {
        first.judged = partial.judged.len();
        first.failure = partial.failure.take();
    }
    let header = BatchHeader {
        setup: setup.clone(),
        careful,
        items,
    };
    serde_json::to_vec(&header).expect("a header is valid JSON")
}

impl ItemHeader {
    fn of(asked: &Asked) -> ItemHeader {
        ItemHeader {
            parts: asked.item.parts().iter().map(|part| part.len()).collect(),
            judged: 0,
            failure: None,
        }
    }

    /// Reads its item from the front of the remaining parts.
    fn read(
        &self,
        rest: &mut &[u8],
        keys: &ScoreKeys,
        compiler: &Compiler,
    ) -> Result<Question, Bad> {
        let dialect = compiler.dialect().and_then(DialectFile::dialect);
        let length: usize = self.parts.iter().sum();
        if length as u64 > MAX_ROW {
            return Err(Bad::new(&BadRow::TooLong(MAX_ROW)));
        }
        let parts = rest.split_off(..length).expect("a request has all parts");
        let Some((_, [chunk, _answer])) = self.parts.split_last_chunk() else {
            let read = row::read(parts, keys, compiler.version(), dialect);
            return read.map_err(|bad| Bad::new(&bad));
        };
        let (chunk, answer) = parts.split_at(*chunk);
        let asked = asked(chunk, compiler).map_err(|error| Bad::other(&format!("{error:#}")))?;
        Ok(Question {
            id: None,
            asked,
            streams: 1,
            answers: Answers {
                is_several: false,
                texts: vec![Some(answer.to_owned())],
            },
            reference: None,
        })
    }
}

/// Returns the place of an answer of a row, or of reading the row.
fn place(row: usize, answer: Option<usize>) -> u64 {
    (row as u64) << 32 | answer.map_or(0, |answer| answer as u64 + 1)
}

/// Serves the process that started this one as a helper.
pub fn serve() -> Result<()> {
    helper::serve(|request, replies| {
        let end = memchr::memchr(b'\n', request).expect("a request has a header");
        let (header, mut parts) = request.split_at(end + 1);
        let header: BatchHeader = serde_json::from_slice(header).expect("a request has a header");
        let compiler = Compiler::in_helper(header.setup.lua);
        let judge = Judge {
            compiler: &compiler,
            seconds: header.setup.seconds,
            page: header.setup.page,
            places: header.setup.places,
        };
        let mut send = |reply: &Reply| {
            replies.send(&serde_json::to_vec(reply).expect("a reply is valid JSON"));
            if header.careful {
                // If this process dies, the last reply shows at which answer.
                replies.flush();
            }
        };
        let questions = header.items.into_iter().enumerate().map(|(row, item)| {
            helper::limit(judge.time(), place(row, None));
            let question = item.read(&mut parts, &header.setup.keys, &compiler);
            (item, question)
        });
        if header.careful || compiler.starts_at_once() {
            for (row, (item, question)) in questions.enumerate() {
                match question {
                    Err(bad) => send(&Reply::Bad(bad)),
                    Ok(question) => {
                        let answers = question.answered();
                        judge_row(row, &item, &question, answers, judge, &mut send);
                    }
                }
            }
            return;
        }
        let questions: Vec<(ItemHeader, Result<Question, Bad>)> = questions.collect();
        let answered = questions
            .iter()
            .flat_map(|(_, question)| question.as_ref().ok());
        let mut answered: Vec<Answered> = answered.flat_map(Question::answered).collect();
        compare_together(judge, &mut answered);
        let mut answered = answered.into_iter();
        for (row, (item, question)) in questions.iter().enumerate() {
            match question {
                Err(bad) => send(&Reply::Bad(bad.clone())),
                Ok(question) => {
                    let answers = answered.by_ref().take(question.answers.texts.len());
                    judge_row(row, item, question, answers, judge, &mut send);
                }
            }
        }
    })
}

impl Question {
    fn answered(&self) -> impl Iterator<Item = Answered<'_>> {
        self.answers.texts.iter().map(|text| Answered {
            asked: &self.asked,
            text: text.as_deref(),
            known: None,
        })
    }
}

/// Judges the remaining answers to a row.
fn judge_row<'q>(
    row: usize,
    item: &ItemHeader,
    question: &Question,
    answers: impl Iterator<Item = Answered<'q>>,
    judge: Judge,
    send: &mut impl FnMut(&Reply),
) {
    helper::limit(judge.time(), place(row, None));
    send(&Reply::Row(Head {
        id: question.id.clone(),
        streams: question.streams,
        is_several: question.answers.is_several,
        answers: question.answers.texts.len(),
        constructs: Constructs::of(&question.asked, question.reference.as_deref()),
    }));
    let mut failure = item.failure.as_deref();
    for (i, answered) in answers.enumerate().skip(item.judged) {
        helper::limit(judge.time(), place(row, Some(i)));
        let judged = match failure.take() {
            Some(failure) => {
                let text = answered.text.unwrap_or(b"");
                judge.failed(&answered.asked.chunk, text, failure, false)
            }
            None => judge.judge(answered),
        };
        send(&Reply::Judged(judged));
    }
}

/// Returns the chunks of streams.
fn streams<'b>(bytes: &'b [u8], dialect: Option<&Dialect>) -> Chunks<&'b [u8]> {
    match dialect {
        Some(dialect) => Chunks::new(bytes).in_dialect(dialect),
        None => Chunks::new(bytes),
    }
}

/// Reads the chunk of a file, which holds a chunk or a stream.
fn asked(bytes: &[u8], compiler: &Compiler) -> Result<AskedFor> {
    let version = compiler.version();
    let dialect = compiler.dialect().and_then(DialectFile::dialect);
    let asked = match is_stream(bytes.trim_ascii_start()) {
        true => match std::str::from_utf8(bytes)
            .ok()
            .filter(|text| row::is_outline(text))
        {
            Some(outline) => AskedFor::parse(outline, true, dialect).map_err(Error::msg)?,
            None => AskedFor::of_chunk(
                streams(bytes, dialect)
                    .next()
                    .ok_or_else(|| anyhow!("no stream in it; expected <|Proto|> or <|Lua-"))??,
            ),
        },
        false => {
            let (undumped, found) = read_chunk(bytes, compiler.dialect())?;
            if let Some(FoundDialect(name)) = found {
                bail!(
                    "a chunk of {name}, but answers are compiled as plain Lua; use --dialect {name}"
                );
            }
            AskedFor::of_chunk(undumped.chunk.into_owned())
        }
    };
    let chunk = &asked.chunk;
    if chunk.version != version {
        bail!(
            "the chunk is of Lua {0}, but answers are compiled as Lua {version}; use --luac luac{0}",
            chunk.version
        );
    }
    Ok(asked)
}
