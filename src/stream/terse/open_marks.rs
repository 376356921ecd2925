//! The marks `<|Env|>` of an outline that is being parsed, and whether its function is main.

use super::outline::EnvMarks;
use crate::bytes::TryPush;
use crate::chunk::{Proto, Upvaldesc};
use crate::stream::error::StreamProblem;
use crate::stream::fragments::{Fragment, terse as f};
use crate::stream::scan::{Halt, Scan, Scanned, Spot, show};
use crate::version::Version;

/// How Lua 5.1 flags a main function (`VARARG_ISVARARG`). Any other vararg function also has
/// `VARARG_HASARG`.
const MAIN_VARARG: u8 = 2;

/// The marks of an outline that is being parsed.
#[derive(Default)]
pub(super) struct OpenMarks {
    pub env: EnvMarks,
    pub is_main: bool,
    /// The first token that only the outline of a main function has.
    only_main: Option<Found>,
    /// What follows the function's first upvalue, if that has neither a name nor a mark.
    after_first: Option<Found>,
    /// Whether each of the function's own upvalues is `_ENV`, as far as marks have told. A name
    /// does not.
    own: Vec<Option<bool>>,
}

/// What was found at a place.
struct Found(Spot, String);

impl Found {
    #[cold]
    fn refused(self, expected: &str) -> Halt {
        let Found(at, found) = self;
        let expected = expected.to_owned();
        at.problem(StreamProblem::Expected { expected, found })
    }
}

impl OpenMarks {
    /// Notes a token that only the outline of a main function has.
    pub fn note_main<const N: usize>(&mut self, at: Spot, token: &Fragment<N>) {
        let found = || Found(at, show(token.tokens()));
        self.only_main.get_or_insert_with(found);
    }

    /// Takes the mark of an upvalue, if there is one. `hole` is the index of the hole that has the
    /// upvalue.
    pub fn mark(
        &mut self,
        version: Version,
        scan: &mut Scan,
        hole: Option<usize>,
        i: usize,
        upvalue: &Upvaldesc,
    ) -> Scanned<()> {
        scan.whole_token()?;
        let before = *scan;
        let is_marked = upvalue.name.is_none() && scan.accept(&f::ENV);
        if is_marked && version == Version::Lua51 {
            return Err(before.refused("no <|Env|>: Lua 5.1 has no _ENV"));
        }
        let marks = match hole {
            None => {
                self.own(&before, i, upvalue, is_marked)?;
                &mut self.env.own
            }
            Some(hole) => {
                self.check_hole(&before, upvalue, is_marked)?;
                &mut self.env.holes[hole]
            }
        };
        if is_marked {
            marks.try_push(i)?;
        }
        Ok(())
    }

    fn own(&mut self, at: &Scan, i: usize, upvalue: &Upvaldesc, is_marked: bool) -> Scanned<()> {
        if is_marked && upvalue.instack != 0 {
            // The environment is a register only of what surrounds a main function.
            if i > 0 {
                return Err(at.refused("no <|Env|>: the upvalue is a register"));
            }
            self.note_main(at.spot(), &f::ENV);
        }
        let is_env = upvalue.name.is_none().then_some(is_marked);
        if i == 0 && is_env == Some(false) {
            self.after_first = Some(Found(at.spot(), at.found()));
        }
        self.own.try_push(is_env)?;
        Ok(())
    }

    /// Decides whether the function is main, once it has all its upvalues.
    pub fn finish_own(&mut self, version: Version, p: &Proto) -> Scanned<()> {
        let has_env = version != Version::Lua51;
        let may_be_main = p.is_main(version);
        if let Some(only_main) = self.only_main.take() {
            if !may_be_main {
                let wanted = format!("no {}: the function is not main", only_main.1);
                return Err(only_main.refused(&wanted));
            }
            self.is_main = true;
        } else {
            self.is_main = may_be_main && !has_env && p.is_vararg == MAIN_VARARG;
        }
        if self.is_main && has_env {
            if let Some(after_first) = self.after_first.take() {
                return Err(after_first.refused("<|Env|>, as the function is main"));
            }
            self.own[0] = Some(true);
        }
        Ok(())
    }

    /// Begins the next hole.
    pub fn begin_hole(&mut self) -> Scanned<()> {
        Ok(self.env.holes.try_push(Vec::new())?)
    }

    /// Checks the mark of a hole's upvalue against the upvalue of the function that it refers to.
    fn check_hole(&mut self, at: &Scan, upvalue: &Upvaldesc, is_marked: bool) -> Scanned<()> {
        if upvalue.name.is_some() {
            return Ok(());
        }
        let around = match upvalue.instack {
            0 => self.own.get_mut(usize::from(upvalue.idx)),
            _ => None,
        };
        let is_env = match around {
            None => false,
            Some(around) => *around.get_or_insert(is_marked),
        };
        match (is_env, is_marked) {
            (true, false) => Err(at.expected("<|Env|>, as the upvalue is _ENV")),
            (false, true) => Err(at.refused("no <|Env|>: the upvalue is not _ENV")),
            _ => Ok(()),
        }
    }
}
