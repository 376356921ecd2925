//! Lines as Lua 5.4 and 5.5 store them: one byte each, and absolute lines where a byte is too
//! small.

use std::collections::TryReserveError;

use super::packed_words::PackedWords;
use crate::bytes::TryPush;

/// The byte that stands for an absolute line (`ABSLINEINFO`).
const ABSLINEINFO: i8 = -128;
/// The smallest distance that does not fit into a byte (`LIMLINEDIFF`).
const LIMLINEDIFF: u32 = 0x80;
/// The number of instructions after which a line is absolute anyway (`MAXIWTHABS`).
const MAXIWTHABS: u32 = 128;

/// The lines of a function as a chunk stores them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelativeLines {
    /// For each instruction the distance from the line before, at first from `linedefined`; -128 if
    /// the line is in [`abslineinfo`](Self::abslineinfo).
    pub lineinfo: Vec<i8>,
    /// The absolute lines.
    pub abslineinfo: Vec<AbsLineInfo>,
}

/// The absolute line of an instruction (`AbsLineInfo` in `lobject.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbsLineInfo {
    /// The index of the instruction.
    pub pc: i32,
    /// The line.
    pub line: i32,
}

impl RelativeLines {
    /// Returns the lines as `luac` stores them (`savelineinfo` in `lcode.c`). After the compiler
    /// removes an instruction, `luac` may have stored them differently.
    ///
    /// # Errors
    /// Memory runs out.
    pub(crate) fn of(lines: &PackedWords<i32>, linedefined: i32) -> Result<Self, TryReserveError> {
        let mut stored = RelativeLines::default();
        stored.lineinfo.try_reserve_exact(lines.len())?;
        let mut previous = linedefined;
        let mut since_absolute = 0;
        for (pc, line) in lines.iter().enumerate() {
            let distance = line.wrapping_sub(previous);
            if distance.unsigned_abs() >= LIMLINEDIFF || since_absolute >= MAXIWTHABS {
                let pc = pc as i32;
                stored.abslineinfo.try_push(AbsLineInfo { pc, line })?;
                stored.lineinfo.push(ABSLINEINFO);
                since_absolute = 1;
            } else {
                stored.lineinfo.push(distance as i8);
                since_absolute += 1;
            }
            previous = line;
        }
        Ok(stored)
    }

    /// Returns the line of each instruction (`luaG_getfuncline` in `ldebug.c`).
    ///
    /// # Errors
    /// Memory runs out.
    pub(crate) fn lines(
        &self,
        linedefined: i32,
    ) -> Result<PackedWords<'static, i32>, TryReserveError> {
        let mut absolute = self.abslineinfo.iter().peekable();
        let mut line = linedefined;
        let relative = self.lineinfo.iter().enumerate().map(|(pc, distance)| {
            line = match absolute.next_if(|entry| entry.pc == pc as i32) {
                Some(entry) => entry.line,
                None => line.wrapping_add((*distance).into()),
            };
            line
        });
        PackedWords::try_of(relative)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_come_back(
            linedefined in 0..1000i32,
            lines in prop::collection::vec(prop_oneof![0..200i32, any::<i32>()], 0..400),
        ) {
            let lines: PackedWords<i32> = lines.into_iter().collect();
            let stored = RelativeLines::of(&lines, linedefined).unwrap();
            prop_assert_eq!(stored.lines(linedefined).unwrap(), lines);
        }
    }

    #[test]
    fn one_line_in_128_is_absolute() {
        let lines = std::iter::repeat_n(7, 300).collect();
        let stored = RelativeLines::of(&lines, 7).unwrap();
        let pcs: Vec<i32> = stored.abslineinfo.iter().map(|entry| entry.pc).collect();
        assert_eq!(pcs, [128, 256]);
    }
}
