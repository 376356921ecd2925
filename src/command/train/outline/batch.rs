//! Proves many answers with few runs of the user's compiler, because starting it takes longer than
//! compiling most answers.

use luadec_tok::Version;

use super::prove::{Attempt, Proof, Unusable, compiled, main_of, prove};
use crate::command::train::compile::{CompileError, Compiler};

/// The most bytes of source in a batch.
const MAX_SOURCE: usize = 1 << 20;

/// Proves answers. Their order is kept.
pub fn prove_all<'a>(
    compiler: &Compiler,
    seconds: u64,
    attempts: impl IntoIterator<Item = Result<Attempt<'a>, Unusable>>,
) -> Vec<Result<Proof, Unusable>> {
    let mut members: Vec<Member> = attempts.into_iter().map(Member::new).collect();
    prove_together(compiler, seconds, &mut members, || {});
    let proven = members.into_iter().map(|member| match member.state {
        State::Done(result) => *result,
        State::Pending(attempt) | State::Alone(attempt) => prove(compiler, seconds, *attempt),
    });
    proven.collect()
}

/// Compiles answers together, and returns the proofs of those that are the same. All others should be
/// proven one by one. `limit` is called before each run of the compiler.
#[cfg(feature = "score")]
pub fn same_together<'a>(
    compiler: &Compiler,
    seconds: u64,
    attempts: impl IntoIterator<Item = Option<Attempt<'a>>>,
    limit: impl Fn(),
) -> Vec<Option<Proof>> {
    let attempts = attempts.into_iter();
    let attempts = attempts.map(|attempt| attempt.ok_or(Unusable::OtherFunction));
    let mut members: Vec<Member> = attempts.map(Member::new).collect();
    prove_together(compiler, seconds, &mut members, limit);
    let proven = members.into_iter().map(|member| match member.state {
        State::Done(result) => result.ok().filter(|proof| proof.comparison.same),
        _ => None,
    });
    proven.collect()
}

fn prove_together(compiler: &Compiler, seconds: u64, members: &mut [Member], limit: impl Fn()) {
    if compiler.starts_at_once() {
        return;
    }
    loop {
        let pending = members.iter_mut().filter(|member| member.is_pending());
        let mut pending: Vec<&mut Member> = pending.collect();
        if pending.len() < 2 {
            return;
        }
        let mut rest = &mut pending[..];
        while !rest.is_empty() {
            let lengths = rest.iter().scan(0, |length, member| {
                *length += member.source().len();
                Some(*length)
            });
            let count = lengths.take_while(|length| *length <= MAX_SOURCE).count();
            let (batch, others) = rest.split_at_mut(count.max(1));
            halve(compiler, seconds, batch, &limit);
            rest = others;
        }
    }
}

struct Member<'a> {
    state: State<'a>,
}

enum State<'a> {
    /// It can be compiled together with others.
    Pending(Box<Attempt<'a>>),
    /// It has to be compiled by itself.
    Alone(Box<Attempt<'a>>),
    Done(Box<Result<Proof, Unusable>>),
}

impl<'a> Member<'a> {
    fn new(attempt: Result<Attempt<'a>, Unusable>) -> Member<'a> {
        let state = match attempt {
            Err(error) => State::Done(Box::new(Err(error))),
            Ok(attempt) => {
                let outline = attempt.outline();
                // In these versions a vararg function has one variable more than a main function.
                let has_table = matches!(outline.version, Version::Lua51 | Version::Lua55);
                match outline.is_main && has_table {
                    true => State::Alone(Box::new(attempt)),
                    false => State::Pending(Box::new(attempt)),
                }
            }
        };
        Member { state }
    }

    fn is_pending(&self) -> bool {
        matches!(self.state, State::Pending(_))
    }

    fn is_main(&self) -> bool {
        match &self.state {
            State::Pending(attempt) | State::Alone(attempt) => attempt.outline().is_main,
            State::Done(_) => false,
        }
    }

    fn source(&self) -> &[u8] {
        match &self.state {
            State::Pending(attempt) | State::Alone(attempt) => attempt.source(),
            State::Done(_) => b"",
        }
    }

    /// Leaves it to be compiled by itself.
    fn leave(&mut self) {
        self.change(State::Alone);
    }

    fn take(&mut self, function: &luadec_tok::chunk::Proto) {
        self.change(|mut attempt| match attempt.take(function) {
            Ok(true) => State::Pending(attempt),
            Ok(false) => State::Done(Box::new(attempt.into_best().ok_or(Unusable::OtherFunction))),
            Err(error) => State::Done(Box::new(Err(error))),
        });
    }

    fn change(&mut self, change: impl FnOnce(Box<Attempt<'a>>) -> State<'a>) {
        let none = State::Done(Box::new(Err(Unusable::OtherFunction)));
        let state = std::mem::replace(&mut self.state, none);
        self.state = match state {
            State::Pending(attempt) => change(attempt),
            state => state,
        };
    }
}

/// Compiles answers together; if that fails, compiles each half.
fn halve(compiler: &Compiler, seconds: u64, members: &mut [&mut Member], limit: &impl Fn()) {
    if let [member] = members {
        return member.leave();
    }
    let mut source = Vec::new();
    for member in members.iter() {
        // Without need a function is not vararg, because in Lua 5.1 it would have a variable `arg`.
        source.extend_from_slice(match member.is_main() {
            true => b"_=function(...) ",
            false => b"_=function() ",
        });
        source.extend_from_slice(member.source());
        source.extend_from_slice(b" end\n");
    }
    limit();
    match compiled(compiler, seconds, &source) {
        Ok(bytes) => {
            let main = main_of(&bytes);
            if main.p.len() != members.len() {
                return members.iter_mut().for_each(|member| member.leave());
            }
            for (function, member) in main.p.iter().zip(members) {
                member.take(function);
            }
        }
        // Some answer does not compile; halving finds the rest.
        Err(CompileError::Syntax(_)) => {
            let (first, second) = members.split_at_mut(members.len() / 2);
            halve(compiler, seconds, first, limit);
            halve(compiler, seconds, second, limit);
        }
        Err(_) => members.iter_mut().for_each(|member| member.leave()),
    }
}
