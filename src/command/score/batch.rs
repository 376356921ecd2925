//! Many answers in one run of a compiler that the user names, because starting it takes longer than
//! compiling most answers.
//!
//! A batch is one source with a function for each answer. An answer that is identical in the batch
//! is identical. All others are compiled again by themselves, so the result for an answer does not
//! depend on the others.

use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::compare::{Comparison, compare};
use luadec_tok::source::parse_alone;
use luadec_tok::{Version, undump};

use super::judge::{Answered, Inside, Judge, compiled, function_of, is_file};
use super::place::{Names, Placed};
use crate::command::compile::{CompileError, skip_comment};
use crate::command::helper;

/// The longest source that is compiled with others, in bytes: the others would wait for a longer
/// one.
const MAX_SOURCE: usize = 64 << 10;

/// The place of a helper that compiles answers together.
const NOWHERE: u64 = u64::MAX;

/// An answer that can be compiled with others.
struct Member<'a> {
    asked: &'a Chunk<'a>,
    is_fenced: bool,
    source: MemberSource,
}

enum MemberSource {
    File(Vec<u8>),
    Function(Placed),
}

/// An answer and its source in the batch.
type BatchEntry<'m, 'a> = (&'m mut Answered<'a>, Member<'a>);

/// Finds the answers that are identical.
pub fn compare_together<'a>(judge: Judge, answers: &mut [Answered<'a>]) {
    let found = answers.iter_mut().filter_map(|answer| {
        helper::limit(judge.time(), NOWHERE);
        let member = Member::of(answer)?;
        Some((answer, member))
    });
    let mut members: Vec<BatchEntry> = found
        .filter(|(_, member)| member.source().len() <= MAX_SOURCE)
        .collect();
    halve(judge, &mut members);
}

/// Compiles answers together. If that fails, tries each half.
fn halve(judge: Judge, members: &mut [BatchEntry]) {
    if members.len() < 2 {
        return;
    }
    // Each answer has all its time again when it is compiled by itself, so this adds little.
    helper::limit(judge.time() / 4, NOWHERE);
    match compiled(judge.compiler, &source(members), judge.seconds) {
        Ok(chunk) => take(&chunk, members),
        // Compiling each by itself shows which one is wrong.
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
        // After a line end, because the source may end with a comment.
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
    /// Prepares an answer for a batch, if it can be in one.
    fn of(answer: &Answered<'a>) -> Option<Member<'a>> {
        let (asked, text) = (answer.asked, answer.text?);
        let Inside {
            text,
            is_fenced,
            source,
        } = Inside::of(asked, text);
        let source = match is_file(asked) {
            // In Lua 5.1 a function with `...` that is not a main function has a variable `arg`.
            true if asked.version == Version::Lua51 => return None,
            true => {
                // A text that ends the function around it, or comments out its end, could change
                // another answer.
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

    /// Returns its source, which can be a chunk or the body of a function.
    fn source(&self) -> &[u8] {
        match &self.source {
            MemberSource::File(source) => source,
            MemberSource::Function(placed) => placed.source(),
        }
    }

    /// Compares the answer, whose source was compiled to `main`. Also returns true if a fence was
    /// removed.
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
