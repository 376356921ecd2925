//! Removes the framing that models put around code: reasoning, fences and the end of a turn.

use std::borrow::Cow;
use std::ops::Range;

use luadec_tok::Version;
use luadec_tok::source::{TokenKind, Tokens, parse_answer, tokens};

/// Removes the framing from an answer that does not parse. Returns `None` if there is none.
///
/// An answer that parses has no framing: fences and `</think>` in it are in strings and comments.
/// Otherwise this removes, in this order, until the rest parses:
///
/// 1. a byte order mark, `<|im_end|>` at the end, and `<think>…</think>` or everything before `</think>`;
/// 2. a closing fence at the end, for which the prompt has the opening one;
/// 3. everything but one block between fences: the last one tagged `lua`, or else the last one.
///
/// The code may have holes, whatever is asked for: they are in no framing.
pub fn inside(answer: &[u8], version: Version) -> Option<Cow<'_, [u8]>> {
    let parses = |text: &[u8]| parse_answer(text, version).is_ok();
    let turn = without_end_of_turn(answer.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(answer));
    let mut left = Cow::Borrowed(answer);
    // The code may have `</think>` in a string or comment, so fewer are tried first.
    let most: &[usize] = match ends_of_reasoning(turn) {
        0 => &[0],
        _ => &[0, 1, usize::MAX],
    };
    for most in most {
        let text = without_reasoning(turn, *most);
        let code = match parses(&text) {
            true => 0..text.len(),
            false => of_fences(&text, version, parses).unwrap_or(0..text.len()),
        };
        let all = ends_of_reasoning(&text);
        left = match text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[code]),
            Cow::Owned(text) => Cow::Owned(text[code].to_owned()),
        };
        if ends_of_reasoning(&left) == all && parses(&left) {
            break;
        }
    }
    (left.len() < answer.len()).then_some(left)
}

fn ends_of_reasoning(text: &[u8]) -> usize {
    memchr::memmem::find_iter(text, END_THINK).count()
}

const THINK: &[u8] = b"<think>";
const END_THINK: &[u8] = b"</think>";
const END_OF_TURN: &[u8] = b"<|im_end|>";

fn without_end_of_turn(mut answer: &[u8]) -> &[u8] {
    while let Some(before) = answer.trim_ascii_end().strip_suffix(END_OF_TURN) {
        answer = before;
    }
    answer
}

/// Removes reasoning up to the `most`th `</think>`. Keeps reasoning without an end, because no answer
/// follows it.
fn without_reasoning(text: &[u8], most: usize) -> Cow<'_, [u8]> {
    let mut rest = text;
    let mut before: Cow<[u8]> = Cow::Borrowed(b"");
    for _ in 0..most {
        let Some(end) = memchr::memmem::find(rest, END_THINK) else {
            break;
        };
        // Without `<think>`, everything before `</think>` is reasoning.
        if let Some(start) = memchr::memmem::find(&rest[..end], THINK) {
            before.to_mut().extend_from_slice(&rest[..start]);
        }
        rest = &rest[end + END_THINK.len()..];
    }
    if before.trim_ascii().is_empty() {
        return Cow::Borrowed(rest);
    }
    before.to_mut().extend_from_slice(rest);
    before
}

/// Finds the code in a text with fences.
fn of_fences(
    text: &[u8],
    version: Version,
    parses: impl Fn(&[u8]) -> bool,
) -> Option<Range<usize>> {
    let before = before_closing(text);
    if let Some(end) = before
        && parses(&text[..end])
    {
        return Some(0..end);
    }
    // Reasoning without an end has no answer, even if it has fences.
    if text.trim_ascii_start().starts_with(THINK) {
        return None;
    }
    let first = next_block(text, 0, version);
    let blocks = std::iter::successors(first, |block| next_block(text, block.end, version));
    let (mut last, mut last_lua) = (None, None);
    for block in blocks {
        if block.is_lua {
            last_lua = Some(block.inside.clone());
        }
        last = Some(block);
    }
    match (last_lua, last, before) {
        (Some(inside), ..) => Some(inside),
        // The only fence is the one at the end.
        (None, Some(block), Some(end)) if block.start >= end => Some(0..end),
        (None, Some(block), _) => Some(block.inside),
        (None, None, before) => before.map(|end| 0..end),
    }
}

/// Finds the start of a fence at the end of a text.
fn before_closing(text: &[u8]) -> Option<usize> {
    let text = text.trim_ascii_end();
    let mark = *text.last().filter(|byte| is_mark(byte))?;
    let length = text.iter().rev().take_while(|byte| **byte == mark).count();
    (length >= FENCE).then_some(text.len() - length)
}

/// The least number of marks in a fence.
const FENCE: usize = 3;

fn is_mark(byte: &u8) -> bool {
    matches!(byte, b'`' | b'~')
}

/// A block between fences.
struct FencedBlock {
    is_lua: bool,
    /// The start of its opening fence.
    start: usize,
    inside: Range<usize>,
    /// The start of the text after it.
    end: usize,
}

/// Finds the first block that opens on the line at an offset or later. A block without a closing fence
/// reaches to the end of the text.
fn next_block(text: &[u8], mut at: usize, version: Version) -> Option<FencedBlock> {
    while at < text.len() {
        let end = line_end(text, at);
        if let Some(Opening { start, length }) = opening(&text[at..end]) {
            let start = at + start;
            let mark = text[start];
            let tagged = start + length..end;
            let (is_lua, tag) = tag(&text[tagged.clone()]);
            if let Some(to) = closed_in_line(&text[tagged.clone()], mark, length) {
                let to = tagged.start + to;
                return Some(FencedBlock {
                    is_lua,
                    start,
                    inside: (tagged.start + tag).min(to)..to,
                    end,
                });
            }
            let (to, after) = closing(text, end, mark, length, version);
            return Some(FencedBlock {
                is_lua,
                start,
                inside: end..to,
                end: after,
            });
        }
        at = end;
    }
    None
}

/// Returns the start of the next line.
fn line_end(text: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1)
}

struct Opening {
    start: usize,
    length: usize,
}

/// Finds the opening fence of a line: at its start, in a list item or a quotation, or after a colon.
fn opening(line: &[u8]) -> Option<Opening> {
    let start = line
        .windows(FENCE)
        .position(|marks| marks == b"```" || marks == b"~~~")?;
    let before = line[..start].trim_ascii();
    let list = |byte: &u8| b"-*+>.)".contains(byte) || byte.is_ascii_digit() || *byte == b' ';
    let colon = before.iter().rev().find(|byte| !b"*_ ".contains(byte)) == Some(&b':');
    if !before.iter().all(list) && !colon {
        return None;
    }
    let mark = line[start];
    let length = line[start..]
        .iter()
        .take_while(|byte| **byte == mark)
        .count();
    Some(Opening { start, length })
}

/// Finds a closing fence on the line of the opening one: at the end of the line, or else the first.
fn closed_in_line(after: &[u8], mark: u8, length: usize) -> Option<usize> {
    let line = after.trim_ascii_end();
    let marks = line.iter().rev().take_while(|byte| **byte == mark).count();
    if marks >= length {
        return Some(line.len() - marks);
    }
    let is_fence = |marks: &[u8]| marks.iter().all(|byte| *byte == mark);
    line.windows(length).position(is_fence)
}

/// Returns true if text starts with the tag `lua`, with or without a version, and the length of the tag.
fn tag(after: &[u8]) -> (bool, usize) {
    let spaces = after.len() - after.trim_ascii_start().len();
    let after = &after[spaces..];
    let letters = after.iter().take_while(|byte| byte.is_ascii_alphabetic());
    if !after[..letters.count()].eq_ignore_ascii_case(b"lua") {
        return (false, 0);
    }
    let version = after[3..].iter();
    let version = version.take_while(|byte| byte.is_ascii_digit() || **byte == b'.');
    (true, spaces + 3 + version.count())
}

/// Finds the end of a block and the start of the text after it. A fence in a Lua comment or string does
/// not end a block.
fn closing(text: &[u8], start: usize, mark: u8, length: usize, version: Version) -> (usize, usize) {
    let tokens = tokens(&text[start..], version).map(Tokens::with_holes);
    let mut tokens = tokens.into_iter().flatten();
    // The last token read: its bytes, or the offset from which the text is not Lua.
    let mut token = Ok(start..start);
    let mut at = start;
    while at < text.len() {
        let end = line_end(text, at);
        let line = text[at..end].trim_ascii();
        if line.len() >= length && line.iter().all(|byte| *byte == mark) {
            let fence = end - text[at..end].trim_ascii_start().len();
            while matches!(&token, Ok(token) if token.end <= fence) {
                token = match tokens.next() {
                    Some(Ok(token)) if token.kind != TokenKind::EndOfText => {
                        Ok(start + token.range().start..start + token.range().end)
                    }
                    Some(Ok(_)) | None => Err(text.len()),
                    Some(Err(error)) => Err(start + error.offset),
                };
            }
            // A string starts before a fence inside it; the token after a comment starts after the fence.
            let is_code = match token {
                Ok(ref token) => token.start == fence,
                Err(end) => end <= fence,
            };
            if is_code {
                return (at, end);
            }
        }
        at = end;
    }
    (text.len(), text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, expected: Option<&str>) {
        for version in Version::ALL {
            let parses = parse_answer(answer.as_bytes(), version).is_ok();
            let found = match parses {
                true => None,
                false => inside(answer.as_bytes(), version),
            };
            let found = found.map(|found| String::from_utf8(found.into_owned()).unwrap());
            assert_eq!(found.as_deref(), expected, "{version}: {answer}");
        }
    }

    #[test]
    fn what_parses_is_the_answer() {
        for answer in [
            "",
            "a=1",
            "function(a) return a end",
            "a = '``' -- ```",
            "--[[\n```lua\nf()\n```\n]]\nfunction f() return 1 end",
            "s = [[\n```\n]]",
            "s = '<think>' -- </think>",
            "s = [[<think></think>]]",
            "s = '<|im_end|>' -- <|im_end|>",
            "-- sorry",
        ] {
            check(answer, None);
        }
        // Not Lua, but there is no framing to remove.
        for answer in ["a =", "Sure: a=1", "`a=1`", "<think> a=1", "``\na=1\n``"] {
            check(answer, None);
        }
    }

    #[test]
    fn reasoning_and_the_end_of_a_turn_are_removed_first() {
        for (answer, expected) in [
            ("<think>a=2</think>a=1", "a=1"),
            ("<think>\n```lua\na=2\n```\n</think>\n\na=1\n", "\n\na=1\n"),
            ("hm, a=2\n</think>\na=1", "\na=1"),
            ("a=1<|im_end|>", "a=1"),
            ("a=1\n<|im_end|>\n", "a=1\n"),
            ("a=1<|im_end|>\n<|im_end|>", "a=1"),
            ("\u{FEFF}```lua\na=1\n```", "a=1\n"),
            ("a = '</think>'<|im_end|>", "a = '</think>'"),
            ("<think>x</think>a=1<|im_end|>", "a=1"),
            ("hm</think>```lua\na=1\n```<|im_end|>", "a=1\n"),
            ("a=1 <think>is it?</think>", "a=1 "),
            ("a=1 <think>is it?</think> b=2", "a=1  b=2"),
            ("<think>x</think> <think>y</think> a=1", " a=1"),
            ("<think>x</think>", ""),
            // Nothing parses, so the last step decides what is left.
            ("<think>x</think>a =", "a ="),
            // Not the end of reasoning.
            ("```lua\na = '</think>'\n```", "a = '</think>'\n"),
            (
                "<think>x</think>\n```lua\na = '</think>'\n```",
                "a = '</think>'\n",
            ),
        ] {
            check(answer, Some(expected));
        }
        // Code in reasoning is not an answer, whether or not the reasoning ends.
        check("<think>```lua\na=1\n```</think>a =", Some("a ="));
        check("<think>\n```lua\na=1\n```\nor", None);
        check("<think>\n```lua\na=1\n```", None);
    }

    #[test]
    fn a_closing_fence_without_an_opening_one_is_removed() {
        for (answer, expected) in [
            ("a=1\n```", "a=1\n"),
            ("a=1\n```\n\n", "a=1\n"),
            ("a=1```", "a=1"),
            ("a=1\n  ~~~", "a=1\n  "),
            ("a=1\n````", "a=1\n"),
            ("a=1\n```<|im_end|>", "a=1\n"),
            ("--[[\n```\n]] a=1\n```", "--[[\n```\n]] a=1\n"),
            ("a = = 1\n```", "a = = 1\n"),
            (
                "function(a) return a end\n```",
                "function(a) return a end\n",
            ),
            ("```", ""),
        ] {
            check(answer, Some(expected));
        }
    }

    #[test]
    fn the_last_tagged_block_counts() {
        for (answer, expected) in [
            ("```lua\na=1\n```", "a=1\n"),
            ("Here it is:\n\n  ```Lua\na=1\n  ```\nGood luck!", "a=1\n"),
            ("```\na=1\nb=2", "a=1\nb=2"),
            (
                "```sh\nluac x\n```\nand\n```lua\na=1\n```\n```lua\na=2\n```",
                "a=2\n",
            ),
            ("```lua\na=1\n```\nprints\n```\n1\n```", "a=1\n"),
            ("```\na=1\n```\nor\n```\na=2\n```", "a=2\n"),
            ("```sh\nluac x\n```", "luac x\n"),
            ("```lua", ""),
            ("```lua\n```", ""),
            ("```lua 5.3\na=1\n```", "a=1\n"),
            ("``` lua5.1\na=1\n```", "a=1\n"),
            (
                "```luau\na=2\n```\n```lua\na=1\n```\n```c\na=3\n```",
                "a=1\n",
            ),
            ("```lua\r\na=1\r\n```\r\n", "a=1\r\n"),
            // On one line.
            ("```lua a=1```", " a=1"),
            ("```a=1```", "a=1"),
            ("Answer: ```lua a=1```\nThanks", " a=1"),
            ("```lua a=1``` Thanks", " a=1"),
            ("~~~lua a=1~~~", " a=1"),
            // Tildes.
            ("~~~\na=1\n~~~", "a=1\n"),
            (
                "~~~lua\na = b ~= c\n--[[\n~~~\n]]\n~~~\nI don't know",
                "a = b ~= c\n--[[\n~~~\n]]\n",
            ),
            ("~~~~lua\na=1\n~~~\n~~~~", "a=1\n~~~\n"),
            ("```lua\na=1 --\n~~~\n```", "a=1 --\n~~~\n"),
            // In lists and after a colon.
            ("1. ```lua\n   a=1\n   ```\n2. Done.", "   a=1\n"),
            ("- ```lua\na=1\n```", "a=1\n"),
            ("* ```\na=1\n```", "a=1\n"),
            ("Answer: ```lua\na=1\n```", "a=1\n"),
            ("**Answer:** ```lua\na=1\n```", "a=1\n"),
            ("I put ``` around it:\n```lua\na=1\n```", "a=1\n"),
            // A fence in a comment or string does not end a block.
            (
                "```lua\n--[[ as in\n```\nf()\n```\n]]\na=1\n```\nand more",
                "--[[ as in\n```\nf()\n```\n]]\na=1\n",
            ),
            (
                "```lua\ns = [==[\n```\n]]\n```\n]==]\n```",
                "s = [==[\n```\n]]\n```\n]==]\n",
            ),
            ("```lua\ns = 'a\\\n```'\n```", "s = 'a\\\n```'\n"),
            ("```lua\n-- ```\na=1\n```\nDone", "-- ```\na=1\n"),
            // Unless the comment or string has no end.
            ("```lua\n--[[ a=1\n```\nDone", "--[[ a=1\n"),
            ("```lua\ns = 'a\n```\nDone", "s = 'a\n"),
        ] {
            check(answer, Some(expected));
        }
    }

    #[test]
    fn many_fences_take_little_time() {
        for text in [
            "~~~\n",
            "```\n",
            "x ```\n",
            "```lua\nx='",
            "- ~~~ ",
            "</think>",
            "<think>",
        ] {
            let _ = inside(text.repeat(20_000).as_bytes(), Version::Lua54);
        }
    }
}
