//! The fence that chat models put around code.

const FENCE: &str = "```";

/// What stands inside the fence of an answer, if it has one: the first that is called `lua`, else
/// the first there is. What stands before and after it is left out; a fence that is not closed
/// reaches to the end.
pub fn inside(answer: &str) -> Option<&str> {
    let mut fences = fences(answer);
    let first = fences.next()?;
    if first.lua {
        return Some(first.inside);
    }
    let lua = fences.find(|fence| fence.lua);
    Some(lua.unwrap_or(first).inside)
}

struct Fence<'a> {
    lua: bool,
    inside: &'a str,
}

fn fences(answer: &str) -> impl Iterator<Item = Fence<'_>> {
    let mut lines = lines(answer).filter(|(_, line)| line.trim_start().starts_with(FENCE));
    std::iter::from_fn(move || {
        let (start, line) = lines.next()?;
        let start = start + line.len();
        let end = lines.next().map_or(answer.len(), |(end, _)| end);
        let name = line.trim().trim_start_matches('`').trim();
        Some(Fence {
            lua: name.eq_ignore_ascii_case("lua"),
            inside: &answer[start..end],
        })
    })
}

/// The lines of a text with their ends, and where each begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |start, line| {
        let here = *start;
        *start += line.len();
        Some((here, line))
    })
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn what_stands_around_a_fence_is_left_out() {
        for (answer, wanted) in [
            ("a=1", None),
            ("```lua\na=1\n```", Some("a=1\n")),
            (
                "Here it is:\n\n  ```Lua\na=1\n  ```\nGood luck!",
                Some("a=1\n"),
            ),
            ("```\na=1\nb=2", Some("a=1\nb=2")),
            (
                "```sh\nluac x\n```\nand\n```lua\na=1\n```\n```lua\na=2\n```",
                Some("a=1\n"),
            ),
            ("```sh\nluac x\n```", Some("luac x\n")),
            ("```lua", Some("")),
            ("a = '``' -- ```", None),
        ] {
            assert_eq!(inside(answer), wanted, "{answer}");
        }
    }
}
