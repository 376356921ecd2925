//! The names of metamethods.

/// The names by their numbers (`TMS` of `ltm.h` and `luaT_eventname` of `ltm.c`, alike in Lua 5.4 and
/// 5.5).
static EVENTS: [&str; 25] = [
    "__index",
    "__newindex",
    "__gc",
    "__mode",
    "__len",
    "__eq",
    "__add",
    "__sub",
    "__mul",
    "__mod",
    "__pow",
    "__div",
    "__idiv",
    "__band",
    "__bor",
    "__bxor",
    "__shl",
    "__shr",
    "__unm",
    "__bnot",
    "__lt",
    "__le",
    "__concat",
    "__call",
    "__close",
];

/// The name of a metamethod, `?` if there is none of that number.
pub(super) fn event(number: u16) -> &'static str {
    EVENTS.get(usize::from(number)).unwrap_or(&"?")
}
