//! The local variables of a function as scopes that begin and end in its code.

use std::collections::TryReserveError;
use std::iter::Peekable;

use crate::bytes::{TryPush, try_own};
use crate::chunk::{LocVar, LuaString, Proto};

/// Whether the local variables can be written as scopes: each has a name, none begins before the
/// one ahead of it in the list, and one that begins inside another ends no later.
pub(super) fn nest(p: &Proto) -> bool {
    let end = p.code.len() as i32;
    let mut last = 0;
    let mut around = Vec::new();
    p.locvars.iter().all(|locvar| {
        while around.last().is_some_and(|end| *end <= locvar.startpc) {
            around.pop();
        }
        let most = around.last().copied().unwrap_or(end);
        let nests = locvar.varname.is_some()
            && last <= locvar.startpc
            && (locvar.startpc..=most).contains(&locvar.endpc);
        last = locvar.startpc;
        around.push(locvar.endpc);
        nests
    })
}

/// The scopes of nested variables on the way through the code. See [`nest`].
pub(super) struct LocalScopes<I: Iterator> {
    coming: Peekable<I>,
    /// The ends of the scopes around the current instruction.
    ends: Vec<i32>,
}

impl<'p, I: Iterator<Item = LocVar<'p>>> LocalScopes<I> {
    pub fn new(locvars: I) -> Self {
        LocalScopes {
            coming: locvars.peekable(),
            ends: Vec::new(),
        }
    }

    /// Returns whether a scope ends before the instruction at `pc`. Call it until none does.
    #[inline(always)]
    pub fn ends(&mut self, pc: i32) -> bool {
        let ends = self.ends.last() == Some(&pc);
        if ends {
            self.ends.pop();
        }
        ends
    }

    /// Returns the variable that begins before the instruction at `pc`, and whether it ends there
    /// too. Call it until there is none.
    #[inline(always)]
    pub fn begins(&mut self, pc: i32) -> Option<(LuaString<'p>, bool)> {
        let locvar = self.coming.next_if(|locvar| locvar.startpc == pc)?;
        let ends = locvar.endpc == pc;
        if !ends {
            self.ends.push(locvar.endpc);
        }
        Some((locvar.varname?, ends))
    }
}

/// The scopes of a function that is being parsed.
#[derive(Default)]
pub(super) struct OpenScopes {
    locvars: Vec<LocVar<'static>>,
    /// The indices of the scopes that have not ended.
    open: Vec<usize>,
}

impl OpenScopes {
    pub fn begin(&mut self, name: LuaString, pc: usize) -> Result<(), TryReserveError> {
        self.open.try_push(self.locvars.len())?;
        self.locvars.try_push(LocVar {
            varname: Some(try_own(name)?),
            startpc: pc as i32,
            endpc: 0,
        })
    }

    /// Ends the innermost scope; returns false if there is none.
    pub fn end(&mut self, pc: usize) -> bool {
        let innermost = self.open.pop();
        if let Some(index) = innermost {
            self.locvars[index].endpc = pc as i32;
        }
        innermost.is_some()
    }

    /// Returns the variables. Open scopes end with the code.
    pub fn finish(&mut self, sizecode: usize) -> Vec<LocVar<'static>> {
        while self.end(sizecode) {}
        std::mem::take(&mut self.locvars)
    }
}
