//! Lines as NodeMCU's Lua 5.1 stores them (`LUA_OPTIMIZE_DEBUG`): runs of instructions on one line.

use std::collections::TryReserveError;

use super::packed_words::PackedWords;
use crate::bytes::TryPush;

/// The bit of the bytes that say how far the next line is (`INFO_DELTA_MASK`).
const DELTA: u8 = 0x80;
/// The bit of the first of them for a line before the next (`INFO_SIGN_MASK`).
const SIGN: u8 = 0x40;
/// A byte that says nothing (`INFO_FILL_BYTE`).
const FILL: u8 = 0x7F;
/// The most instructions in a run (`INFO_MAX_LINECNT`).
const MAX_RUN: u8 = 126;

/// Packs lines as NodeMCU's compiler does (`generateInfoDeltaLine` in `lcode.c`). Without lines there is
/// nothing.
///
/// # Errors
/// Memory runs out.
pub(crate) fn pack_lines(lines: &PackedWords<i32>) -> Result<Vec<u8>, TryReserveError> {
    let mut packed = Vec::new();
    let mut last = 0;
    for line in lines {
        if let Some(run) = packed.last_mut()
            && line == last
            && *run < MAX_RUN
        {
            *run += 1;
            continue;
        }
        // The next line needs no distance.
        let distance = i64::from(line) - i64::from(last) - 1;
        if distance != 0 {
            let sign = if distance < 0 { SIGN } else { 0 };
            let mut rest = distance.unsigned_abs() - 1;
            packed.try_push(DELTA | sign | (rest as u8 & 0x3F))?;
            rest >>= 6;
            while rest > 0 {
                packed.try_push(DELTA | (rest as u8 & 0x7F))?;
                rest >>= 7;
            }
        }
        packed.try_push(1)?;
        last = line;
    }
    if !packed.is_empty() {
        packed.try_push(0)?;
    }
    Ok(packed)
}

/// Returns the lines that packed bytes stand for, at most `most` of them (`luaG_getline` in `ldebug.c`).
///
/// # Errors
/// Memory runs out.
pub(crate) fn unpack_lines(
    packed: &[u8],
    most: usize,
) -> Result<PackedWords<'static, i32>, TryReserveError> {
    let mut lines: Vec<i32> = Vec::new();
    let mut line: i64 = 0;
    let mut bytes = packed.iter().copied().peekable();
    while let Some(byte) = bytes.next_if(|byte| ![0, FILL].contains(byte)) {
        let mut run = byte;
        if byte & DELTA != 0 {
            let mut distance = i64::from(byte & 0x3F);
            let mut shift = 6;
            while let Some(more) = bytes.next_if(|byte| byte & DELTA != 0) {
                // Only damaged bytes are that many.
                distance |= i64::from(more & 0x7F).checked_shl(shift).unwrap_or(0);
                shift += 7;
            }
            line += if byte & SIGN != 0 {
                -distance - 1
            } else {
                distance + 1
            };
            run = bytes.next().unwrap_or(0);
        }
        line += 1;
        let Ok(of_run) = i32::try_from(line) else {
            break;
        };
        for _ in 0..run {
            if lines.len() == most {
                break;
            }
            lines.try_push(of_run)?;
        }
    }
    PackedWords::try_of(lines.into_iter())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_come_back(lines in prop::collection::vec(prop_oneof![1..9i32, 1..100_000i32], 0..400)) {
            let lines: PackedWords<i32> = lines.into_iter().collect();
            let packed = pack_lines(&lines).unwrap();
            prop_assert_eq!(unpack_lines(&packed, lines.len()).unwrap(), lines);
        }

        #[test]
        fn damaged_bytes_have_lines(packed in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(unpack_lines(&packed, 1000).unwrap().len() <= 1000);
        }
    }

    #[test]
    fn runs_are_as_nodemcu_writes_them() {
        let lines = [3, 3, 4, 100, 2].into_iter().collect();
        // 2 lines ahead of the next and a run of 2, the next line, 95 ahead, 99 back.
        let packed = [0x81, 2, 1, 0x80 | 30, 0x81, 1, 0xC0 | 34, 0x81, 1, 0];
        assert_eq!(pack_lines(&lines).unwrap(), packed);
    }
}
