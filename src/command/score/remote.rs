//! Sends rows to a helper, which judges them, and takes the results.
//!
//! A helper gets several rows at once. If it does not reply, they are sent one by one, so that each
//! fails by itself: the result of a row does not depend on those beside it.

use std::mem;

use anyhow::{Context, Result, anyhow, bail};
use luadec_tok::chunk::Chunk;
use luadec_tok::stream::{Chunks, is_stream};
use luadec_tok::{Version, skip_comment, undump};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::batch::compare_together;
use super::judge::{Answered, Judge};
use super::result::{Bad, Judged, Outcome, ScoredRow};
use super::row::{self, Answers, BadRow, MAX_ROW, Question, RowKeys};
use crate::command::compile::{Compiler, Lua};
use crate::command::helper::{self, Helper, Helpers, Lost};

/// The name of the internal subcommand.
pub const SUBCOMMAND: &str = "score-for-another-process";

/// The settings that all rows share.
#[derive(Clone, Serialize, Deserialize)]
pub struct Setup {
    pub lua: Lua,
    pub keys: RowKeys,
    pub seconds: u64,
    /// True if a page shows the answers.
    pub page: bool,
    /// The number of differences to return for each answer.
    pub places: usize,
}

/// Something to judge.
pub struct Asked {
    pub line: u64,
    pub item: AskedItem,
}

pub enum AskedItem {
    Row(Vec<u8>),
    /// The bytes of a chunk or a stream, and an answer.
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

    /// Returns the parts; none if the item is too long.
    fn sent(&self) -> Vec<&[u8]> {
        match self.len() as u64 <= MAX_ROW {
            true => self.parts(),
            false => Vec::new(),
        }
    }
}

/// The first line of a request. The parts of all items follow.
#[derive(Serialize, Deserialize)]
struct BatchHeader {
    setup: Setup,
    /// True if each result is sent as soon as it is there.
    careful: bool,
    items: Vec<ItemHeader>,
}

#[derive(Serialize, Deserialize)]
struct ItemHeader {
    /// The lengths of its parts.
    parts: Vec<usize>,
    /// The number of its answers that have been judged.
    judged: usize,
    /// The reason for which the next answer fails, if that is known.
    failure: Option<String>,
}

#[derive(Serialize, Deserialize)]
enum Reply {
    Bad(Bad),
    Row(Head),
    Judged(Judged),
}

/// A row that can be scored.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Head {
    id: Option<Value>,
    streams: usize,
    is_several: bool,
    answers: usize,
}

/// The most bytes of requests to a helper that is used again. Larger requests leave memory behind,
/// which is freed with the helper.
const REUSED: usize = 1 << 20;

/// Judges rows in a helper. `done` takes the result of each, in their order.
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
        let (mut helper, is_fresh) = taken.context("cannot start a process to judge answers")?;
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
                format!("scoring it takes more than {} s", setup.seconds),
            ),
            // An idle helper may have been ended before it got the request.
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

/// Takes the replies for some rows. Returns how many rows are done, and why there are no more.
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

/// What is known about a row before all its answers are judged.
#[derive(Default)]
struct Partial {
    head: Option<Head>,
    judged: Vec<Judged>,
    /// The reason for which its next answer fails.
    failure: Option<String>,
}

impl Partial {
    /// Returns true if a place is where this row is, as the given row of a request: at its next
    /// answer, or before it was known that it can be scored.
    fn is_at(&self, row: usize, at: u64) -> bool {
        let answer = self.head.as_ref().map(|_| self.judged.len());
        at == place(row, answer)
    }

    /// Adds a reply. Returns the row if it was the last one.
    fn add(&mut self, line: u64, reply: &[u8]) -> Option<ScoredRow> {
        match serde_json::from_slice(reply).expect("helpers reply so") {
            Reply::Bad(bad) => {
                *self = Partial::default();
                let outcome = Outcome::Bad(bad);
                return Some(ScoredRow {
                    line,
                    id: None,
                    streams: 0,
                    outcome,
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
        };
        Some(ScoredRow {
            line,
            id: head.id,
            streams: head.streams,
            outcome,
        })
    }
}

/// Returns the header of a request for some rows, the first of which may have been judged in part.
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
    serde_json::to_vec(&header).expect("JSON holds it all")
}

impl ItemHeader {
    fn of(asked: &Asked) -> ItemHeader {
        ItemHeader {
            parts: asked.item.parts().iter().map(|part| part.len()).collect(),
            judged: 0,
            failure: None,
        }
    }

    /// Takes its item from the parts that are left.
    fn read(&self, rest: &mut &[u8], keys: &RowKeys, version: Version) -> Result<Question, Bad> {
        let length: usize = self.parts.iter().sum();
        if length as u64 > MAX_ROW {
            return Err(Bad::new(&BadRow::TooLong(MAX_ROW)));
        }
        let parts = rest.split_off(..length).expect("all parts are there");
        let Some((_, [chunk, _answer])) = self.parts.split_last_chunk() else {
            return row::read(parts, keys, version).map_err(|bad| Bad::new(&bad));
        };
        let (chunk, answer) = parts.split_at(*chunk);
        let asked = asked(chunk, version).map_err(|error| Bad::other(&format!("{error:#}")))?;
        Ok(Question {
            id: None,
            asked,
            streams: 1,
            answers: Answers {
                is_several: false,
                texts: vec![Some(answer.to_owned())],
            },
        })
    }
}

/// The place of a helper: at an answer of a row, or before the first.
fn place(row: usize, answer: Option<usize>) -> u64 {
    (row as u64) << 32 | answer.map_or(0, |answer| answer as u64 + 1)
}

/// Judges what another process asks for.
pub fn serve() -> Result<()> {
    helper::serve(|request, replies| {
        let end = memchr::memchr(b'\n', request).expect("requests have a header");
        let (header, mut parts) = request.split_at(end + 1);
        let header: BatchHeader = serde_json::from_slice(header).expect("requests begin so");
        let compiler = Compiler::in_helper(header.setup.lua);
        let judge = Judge {
            compiler: &compiler,
            seconds: header.setup.seconds,
            page: header.setup.page,
            places: header.setup.places,
        };
        let mut send = |reply: &Reply| {
            replies.send(&serde_json::to_vec(reply).expect("JSON holds it all"));
            if header.careful {
                // If the process dies, this shows at which answer.
                replies.flush();
            }
        };
        let questions = header.items.into_iter().enumerate().map(|(row, item)| {
            helper::limit(judge.time(), place(row, None));
            let question = item.read(&mut parts, &header.setup.keys, compiler.version());
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

/// Judges the answers to a row that have not been judged yet.
fn judge_row<'q>(
    row: usize,
    item: &ItemHeader,
    question: &Question,
    answers: impl Iterator<Item = Answered<'q>>,
    judge: Judge,
    send: &mut impl FnMut(&Reply),
) {
    send(&Reply::Row(Head {
        id: question.id.clone(),
        streams: question.streams,
        is_several: question.answers.is_several,
        answers: question.answers.texts.len(),
    }));
    let mut failure = item.failure.as_deref();
    for (i, answered) in answers.enumerate().skip(item.judged) {
        helper::limit(judge.time(), place(row, Some(i)));
        let judged = match failure.take() {
            Some(failure) => {
                let text = answered.text.unwrap_or(b"");
                judge.failed(answered.asked, text, failure, false)
            }
            None => judge.judge(answered),
        };
        send(&Reply::Judged(judged));
    }
}

/// Reads the chunk of a file that holds a chunk or a stream.
fn asked(bytes: &[u8], version: Version) -> Result<Chunk<'static>> {
    let chunk = match is_stream(bytes.trim_ascii_start()) {
        true => Chunks::new(bytes)
            .next()
            .ok_or_else(|| anyhow!("no stream in this file"))??,
        false => undump(skip_comment(bytes))?.chunk.into_owned(),
    };
    if chunk.version != version {
        bail!(
            "a chunk of {}, but answers are compiled by {}; name another compiler with --luac",
            chunk.version.name(),
            version.name()
        );
    }
    Ok(chunk)
}
