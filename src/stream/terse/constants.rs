//! Constants, each written where it is first mentioned.

use std::collections::{BTreeMap, BTreeSet, TryReserveError};

use super::dialect::TerseDialect;
use crate::bytes::{try_collect, try_own};
use crate::chunk::{Constant, Extension, PackedList};
use crate::stream::fragments::terse as f;
use crate::stream::scan::{Halt, Scan, Scanned, show};

/// The first constant without a token of its own.
pub(super) const FAR: usize = f::K.len();

/// The constants of a function that have not been mentioned yet.
pub(super) struct UnmentionedConstants<'p> {
    constants: Vec<Option<Constant<'p>>>,
    /// No constant below this one is left.
    lowest: usize,
}

impl<'p> UnmentionedConstants<'p> {
    pub fn new(k: &'p PackedList<'_, Constant<'_>>) -> Result<Self, TryReserveError> {
        Ok(UnmentionedConstants {
            constants: try_collect(k.iter().map(Some))?,
            lowest: 0,
        })
    }

    /// Returns the number of constants.
    pub fn len(&self) -> usize {
        self.constants.len()
    }

    /// Returns the lowest constant that is left, or the number of constants.
    pub fn lowest(&mut self) -> usize {
        while let Some(None) = self.constants.get(self.lowest) {
            self.lowest += 1;
        }
        self.lowest
    }

    /// Takes constant `n`, if it is left.
    #[inline(always)]
    pub fn take(&mut self, n: usize) -> Option<Constant<'p>> {
        self.constants.get_mut(n)?.take()
    }
}

/// The constants of a function that is being parsed.
#[derive(Default)]
pub(super) struct MentionedConstants {
    /// The constants below the lowest one that has not been mentioned.
    pub k: PackedList<'static, Constant<'static>>,
    /// The mentioned constants above it.
    above: BTreeMap<usize, Constant<'static>>,
    /// Constants mentioned without a value, which are not constants of the function.
    missing: BTreeSet<usize>,
}

impl MentionedConstants {
    /// Takes the mention of a constant that has a token of its own, if there is one.
    #[inline]
    pub fn near_mention<D: TerseDialect>(
        &mut self,
        extension: &Extension,
        scan: &mut Scan,
    ) -> Scanned<Option<usize>> {
        let Some(n) = scan.any_value(&f::K) else {
            return Ok(None);
        };
        let before = *scan;
        // No value begins like a token.
        let value = match scan.peek()? {
            b'<' if extension.has_null => scan.optional(&f::NULL)?.then_some(Constant::Null),
            b'<' | 0 => None,
            _ => Some(constant::<D>(extension, scan)?),
        };
        self.mention(n, value, &before)?;
        Ok(Some(n))
    }

    /// Takes the mention of a constant up to `most`, if there is one.
    pub fn any_mention<D: TerseDialect>(
        &mut self,
        extension: &Extension,
        scan: &mut Scan,
        most: u32,
    ) -> Scanned<Option<usize>> {
        if let Some(n) = self.near_mention::<D>(extension, scan)? {
            return Ok(Some(n));
        }
        let before = *scan;
        let lowest = self.k.len();
        if scan.accept(&f::CONSTANT) {
            if lowest < FAR {
                return Err(before.refused(&self.next_mention()));
            }
            if lowest > most as usize {
                return Err(before.refused(&format!("<|K|> and a constant up to {most}")));
            }
            let at_value = *scan;
            let value = constant::<D>(extension, scan)?;
            self.mention(lowest, Some(value), &at_value)?;
            return Ok(Some(lowest));
        }
        if !scan.accept(&f::ANY_K) {
            return Ok(None);
        }
        let n = scan.integer(FAR as i32, most as i32)? as usize;
        let at_value = *scan;
        let value = match scan.optional(&f::CONSTANT)? {
            true if n == lowest => return Err(before.refused(&self.next_mention())),
            true => Some(constant::<D>(extension, scan)?),
            false => None,
        };
        self.mention(n, value, &at_value)?;
        Ok(Some(n))
    }

    fn mention(&mut self, n: usize, value: Option<Constant>, at: &Scan) -> Scanned<()> {
        let is_said = n < self.k.len() || self.above.contains_key(&n);
        let Some(value) = value else {
            if !is_said {
                self.missing.insert(n);
            }
            return Ok(());
        };
        if is_said {
            return Err(refused(
                at,
                &format!("no value: constant {n} already has one"),
            ));
        }
        if self.missing.contains(&n) {
            let wanted = format!("no value: constant {n} was mentioned before without one");
            return Err(refused(at, &wanted));
        }
        if n > self.k.len() {
            self.above.insert(n, owned(value)?);
            return Ok(());
        }
        self.k.try_push(&value)?;
        while let Some(value) = self.above.remove(&self.k.len()) {
            self.k.try_push(&value)?;
        }
        Ok(())
    }

    /// Takes the next constant that no instruction mentions, if there is one.
    pub fn rest<D: TerseDialect>(
        &mut self,
        extension: &Extension,
        scan: &mut Scan,
    ) -> Scanned<bool> {
        scan.whole_token()?;
        let before = *scan;
        let next = self.k.len();
        let passed = match f::K.get(next) {
            Some(token) => scan.accept(token),
            None => scan.accept(&f::CONSTANT),
        };
        if passed {
            let at_value = *scan;
            let value = constant::<D>(extension, scan)?;
            self.mention(next, Some(value), &at_value)?;
        } else if !self.above.is_empty() || is_at_mention(scan) {
            return Err(before.refused(&self.next_mention()));
        }
        Ok(passed)
    }

    /// Returns the token that mentions the next constant.
    fn next_mention(&self) -> String {
        match f::K.get(self.k.len()) {
            Some(token) => show(token.tokens()),
            None => show(f::CONSTANT.tokens()),
        }
    }
}

#[inline(always)]
fn constant<'s, D: TerseDialect>(
    extension: &Extension,
    scan: &mut Scan<'s>,
) -> Scanned<Constant<'s>> {
    if extension.has_null && scan.optional(&f::NULL)? {
        return Ok(Constant::Null);
    }
    match (D::HAS_INTEGERS, extension.has_integers) {
        (true, _) => scan.constant(),
        (false, true) => scan.constant_with_added_integers(),
        (false, false) => scan.constant_without_integers(),
    }
}

fn owned(constant: Constant) -> Result<Constant<'static>, TryReserveError> {
    Ok(match constant {
        Constant::Nil => Constant::Nil,
        Constant::Null => Constant::Null,
        Constant::Boolean(value) => Constant::Boolean(value),
        Constant::Integer(value) => Constant::Integer(value),
        Constant::Float(value) => Constant::Float(value),
        Constant::String(value) => Constant::String(try_own(value)?),
    })
}

/// Returns whether the mention of a constant is here.
pub(super) fn is_at_mention(scan: &mut Scan) -> bool {
    matches!(scan.rest(), [b'<', b'|', b'K', b'0'..=b'9' | b'|', ..]) || scan.is_at(&f::CONSTANT)
}

/// Refuses a value, or the token before it.
#[cold]
fn refused(at: &Scan, wanted: &str) -> Halt {
    let mut at = *at;
    at.skip_space();
    at.refused(wanted)
}
