//! Compiles many answers in one run of the user's compiler, because starting it takes longer than
//! compiling most answers.
//!
//! A batch is one source with a function for each answer. An answer that is identical there is known to
//! be identical, and one to an outline that is the same there to be the same. Every other answer is compiled again by itself, so its score does not depend on the
//! rest of the batch.

use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::compare::{Comparison, compare};
use luadec_tok::source::{Source, parse_alone};
use luadec_tok::{Version, undump};

use super::judge::{
    Answered, Inside, Judge, compiled, function_of, is_file, source_of, without_numbers,
};
use super::place::{Names, Placed};
use crate::command::train::compile::{CompileError, skip_comment};
use crate::command::train::helper;
use crate::command::train::outline::{Attempt, same_together};

/// The longest source in a batch, in bytes. The others would have to wait for a longer one.
const MAX_SOURCE: usize = 64 << 10;

/// Stands for the place of an answer while several are compiled together.
const NOWHERE: u64 = u64::MAX;

/// An answer that can be compiled in a batch.
struct Member<'a> {
    asked: &'a Chunk<'a>,
    is_fenced: bool,
    source: MemberSource,
}

enum MemberSource {
    File(Vec<u8>),
    Function(Placed),
}

/// An answer with its part of the batch.
type BatchEntry<'m, 'a> = (&'m mut Answered<'a>, Member<'a>);

/// Compiles answers together and marks the identical ones.
pub fn compare_together<'a>(judge: Judge, answers: &mut [Answered<'a>]) {
    outlines_together(judge, answers);
    let answers = answers
        .iter_mut()
        .filter(|answer| answer.asked.outline.is_none());
    let found = answers.filter_map(|answer| {
        helper::limit(judge.time(), NOWHERE);
        let member = Member::of(answer)?;
        Some((answer, member))
    });
    let mut members: Vec<BatchEntry> = found
        .filter(|(_, member)| member.source().len() <= MAX_SOURCE)
        .collect();
    halve(judge, &mut members);
}

/// Proves answers to outlines together and marks those that are the same.
fn outlines_together(judge: Judge, answers: &mut [Answered]) {
    let framed: Vec<_> = answers
        .iter()
        .map(|answer| {
            let (outline, text) = (answer.asked.outline.as_ref()?, answer.text?);
            helper::limit(judge.time(), NOWHERE);
            Some((outline, Inside::of(answer.asked, text)))
        })
        .collect();
    let mut sources: Vec<Option<Source>> = Vec::new();
    for inside in &framed {
        sources.push(inside.as_ref().and_then(|(outline, inside)| {
            helper::limit(judge.time(), NOWHERE);
            source_of(outline, &inside.text, None).ok()
        }));
    }
    let attempts = framed.iter().zip(&sources).map(|(inside, source)| {
        let (outline, _) = inside.as_ref()?;
        let attempt = Attempt::new(outline, source.as_ref()?, None).ok()?;
        Some(attempt).filter(|attempt| attempt.source().len() <= MAX_SOURCE)
    });
    let attempts: Vec<Option<Attempt>> = attempts.collect();
    // Each answer gets its full time when it is compiled by itself, so a fraction is enough here.
    let limit = || helper::limit(judge.time() / 4, NOWHERE);
    let proven = same_together(judge.compiler, judge.seconds, attempts, limit);
    let known: Vec<_> = proven
        .into_iter()
        .zip(&framed)
        .map(|(proof, inside)| {
            let (mut comparison, (_, inside)) = (proof?.comparison, inside.as_ref()?);
            without_numbers(&mut comparison);
            Some((inside.is_fenced, comparison))
        })
        .collect();
    drop(sources);
    drop(framed);
    for (answer, known) in answers.iter_mut().zip(known) {
        answer.known = known;
    }
}

/// Compiles answers together; if that fails, compiles each half.
fn halve(judge: Judge, members: &mut [BatchEntry]) {
    if members.len() < 2 {
        return;
    }
    // Each answer gets its full time when it is compiled by itself, so a fraction is enough here.
    helper::limit(judge.time() / 4, NOWHERE);
    match compiled(judge.compiler, &source(members), judge.seconds) {
        Ok(chunk) => take(&chunk, members),
        // Some answer does not compile; halving finds the rest.
        Err(CompileError::Syntax(_)) => {
            let (first, second) = members.split_at_mut(members.len() / 2);
            halve(judge, first);
            halve(judge, second);
        }
        Err(_) => {}
    }
}

fn source(members: &[BatchEntry]) -> Vec<u8> {
    let mut batch = Vec::new();
    for (_, member) in members {
        batch.extend_from_slice(b"_=function(...) ");
        batch.extend_from_slice(member.source());
        // The source may end with a comment, so `end` goes on a new line.
        batch.extend_from_slice(b"\nend\n");
    }
    batch
}

fn take(chunk: &[u8], members: &mut [BatchEntry]) {
    let Ok(undumped) = undump(chunk) else {
        return;
    };
    let functions = &undumped.chunk.main.p;
    if functions.len() != members.len() {
        return;
    }
    for (function, (answer, member)) in functions.iter().zip(members) {
        let compared = member.compared(function);
        answer.known = compared.filter(|(_, comparison)| comparison.identical);
    }
}

impl<'a> Member<'a> {
    /// Returns an answer's part of a batch. Returns `None` if it has to be compiled by itself.
    fn of(answer: &Answered<'a>) -> Option<Member<'a>> {
        let (asked, text) = (&answer.asked.chunk, answer.text?);
        let Inside {
            text,
            is_fenced,
            source,
        } = Inside::of(answer.asked, text);
        let source = match is_file(asked) {
            // In Lua 5.1 every vararg function except a main one has a variable `arg`.
            true if asked.version == Version::Lua51 => return None,
            true => {
                // An answer that closed the function around it, or commented out its `end`, could pass
                // for another answer.
                if source.is_none() {
                    parse_alone(&text, asked.version).ok()?;
                }
                MemberSource::File(skip_comment(&text).to_owned())
            }
            false => {
                let function = function_of(&text, source, asked.version).ok()?;
                let variables = Names::of(&function).variables(asked.version, &asked.main, None);
                MemberSource::Function(Placed::new(&function, &variables))
            }
        };
        Some(Member {
            asked,
            is_fenced,
            source,
        })
    }

    /// Returns the answer's source, which is valid both as a chunk and as the body of a function.
    fn source(&self) -> &[u8] {
        match &self.source {
            MemberSource::File(source) => source,
            MemberSource::Function(placed) => placed.source(),
        }
    }

    /// Compares the answer if its source was compiled to `main`. Also returns true if framing was
    /// removed from it.
    fn compared(&self, main: &Proto) -> Option<(bool, Comparison)> {
        let Chunk {
            version,
            main: asked,
            ..
        } = self.asked;
        let answer = match &self.source {
            MemberSource::File(_) => main,
            MemberSource::Function(placed) => placed.function(main)?,
        };
        Some((self.is_fenced, compare(*version, asked, answer)))
    }
}
