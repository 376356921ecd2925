//! Whether an output is in color.

use std::env;

/// What the environment wants for an output. NO_COLOR comes first. CLICOLOR_FORCE asks for color
/// anywhere, unless it is empty or 0. Otherwise terminals that can show color get it, unless CLICOLOR
/// is 0.
pub fn is_wanted(is_terminal: bool) -> bool {
    let forced = env::var_os("CLICOLOR_FORCE");
    if anstyle_query::no_color() {
        false
    } else if forced.is_some_and(|forced| !forced.is_empty() && forced != "0") {
        true
    } else {
        is_terminal
            && anstyle_query::clicolor().unwrap_or(true)
            && anstyle_query::term_supports_ansi_color()
    }
}
