//! Many answers in one run of a compiler that the user names: to start it takes longer than most
//! answers do.
//!
//! A batch is one source with a function for each answer. What is identical in it is identical; all
//! else is compiled again by itself, so that what comes of an answer does not depend on the others.

use luadec_tok::undump;

use super::judge::{Answered, Member, NOWHERE, Way, compiled};
use crate::command::compile::CompileError;
use crate::command::helper;

/// The longest source that is compiled with others, in bytes: they would wait for a longer one.
const MAX_SOURCE: usize = 64 << 10;

/// An answer, and what it is compiled as.
type Entry<'m, 'a> = (&'m mut Answered<'a>, Member<'a>);

/// Finds the answers that are identical.
pub fn compare_together<'a>(way: Way, answers: &mut [Answered<'a>]) {
    let found = answers.iter_mut().filter_map(|answer| {
        helper::limit(way.time(), NOWHERE);
        let member = answer.member()?;
        Some((answer, member))
    });
    let mut members: Vec<Entry> = found
        .filter(|(_, member)| member.source().len() <= MAX_SOURCE)
        .collect();
    halve(way, &mut members);
}

/// Compiles answers together; if that fails, the two halves of them.
fn halve(way: Way, members: &mut [Entry]) {
    if members.len() < 2 {
        return;
    }
    // Each has all its time when it is compiled by itself, so this adds little to it.
    helper::limit(way.time() / 4, NOWHERE);
    match compiled(way.compiler, &source(members), way.seconds) {
        Ok(chunk) => take(&chunk, members),
        // Which of them it is that does not compile shows when it is compiled by itself.
        Err(CompileError::Syntax(_)) => {
            let (first, second) = members.split_at_mut(members.len() / 2);
            halve(way, first);
            halve(way, second);
        }
        Err(_) => {}
    }
}

fn source(members: &[Entry]) -> Vec<u8> {
    let mut batch = Vec::new();
    for (_, member) in members {
        batch.extend_from_slice(b"_=function(...) ");
        batch.extend_from_slice(member.source());
        // Before a line end, for the source may end with a comment.
        batch.extend_from_slice(b"\nend\n");
    }
    batch
}

fn take(chunk: &[u8], members: &mut [Entry]) {
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
