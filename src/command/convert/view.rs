//! Chunks to the views that people read.

use std::io::{self, Write};
use std::ops::Range;

use anyhow::Result;
use luadec_tok::stream::Language;
use luadec_tok::view::{Page, Which, read};

use super::chunk::{Changes, bytes_of, warn_of_trailing, with_chunk};
use super::form::Form;
use crate::command::io::input::Input;
use crate::command::io::messages::Messages;
use crate::command::io::output::Output;
use crate::command::io::shown::escaped;

#[derive(Clone, Copy)]
pub enum ViewKind {
    Pretty(Language),
    Listing,
    Hexdump,
}

pub struct View {
    pub kind: ViewKind,
    pub changes: Changes,
    pub color: bool,
    /// The one function to show.
    pub function: Option<Which>,
    /// The bytes whose fields a hexdump shows.
    pub range: Range<usize>,
    /// Whether control characters are escaped, as the output is a terminal.
    pub terminal: bool,
}

impl Form for View {
    type Writer = Output;
    const HEADED: bool = true;

    fn name(&self, output: &mut Output, name: &str, is_first: bool) -> io::Result<()> {
        let space = if is_first { "" } else { "\n" };
        output.write_all(format!("{space}==> {} <==\n", escaped(name)).as_bytes())
    }

    fn writer(&self, output: Output) -> Output {
        output
    }

    /// Of a damaged chunk, listing and hexdump show what can be read.
    fn write<'w>(
        &self,
        input: &Input,
        open: impl FnOnce() -> Result<&'w mut Output>,
        messages: &mut Messages,
    ) -> Result<bool> {
        if let ViewKind::Pretty(language) = self.kind {
            return with_chunk(
                input,
                &self.changes,
                language,
                messages,
                |chunk, messages| {
                    let part = self.function.as_ref().map(|which| which.chunk(chunk));
                    let chunk = match &part {
                        None => chunk,
                        Some(Some(part)) => part,
                        Some(None) => return Ok(no_function(input, messages)),
                    };
                    let mut page = Page::new(open()?, self.color);
                    match language {
                        Language::Full => page.pretty(chunk)?,
                        Language::Terse => page.pretty_terse(chunk)?,
                    }
                    page.finish()?;
                    Ok(true)
                },
            );
        }
        let Some(bytes) = bytes_of(input, messages) else {
            return Ok(false);
        };
        let whole = match read(&bytes) {
            Ok(chunk) => chunk,
            Err(error) => {
                messages.error(format_args!("{input}: {error}"));
                return Ok(false);
            }
        };
        let Ok(map) = self.changes.opmap(input, whole.version(), messages) else {
            return Ok(false);
        };
        let (trailing, error) = (whole.trailing(), whole.error().cloned());
        let stripped = self.changes.strip.then(|| whole.stripped());
        let mut shown = match &stripped {
            Some(stripped) => read(stripped)?,
            None => whole,
        };
        if let Some(map) = map {
            shown.name_opcodes(map);
        }
        let function = match &self.function {
            None => None,
            Some(which) => match shown.select(which) {
                Some(function) => Some(function),
                None => return Ok(no_function(input, messages)),
            },
        };
        let mut page = Page::new(open()?, self.color);
        if self.terminal {
            page = page.for_terminal();
        }
        match (self.kind, function) {
            (ViewKind::Hexdump, Some(function)) => page.hexdump_range(&shown, function.range()),
            (ViewKind::Hexdump, None) => page.hexdump_range(&shown, self.range.clone()),
            (_, Some(function)) => page.listing_of(&shown, function),
            (_, None) => page.listing(&shown),
        }
        .and_then(|()| page.finish())?;
        warn_of_trailing(input, trailing, messages);
        if let Some(error) = error {
            messages.error(format_args!("{input}: {error}"));
        }
        Ok(true)
    }

    fn into_output(output: Output) -> io::Result<Output> {
        Ok(output)
    }
}

/// Says that the function to be shown is not there: so nothing is.
fn no_function(input: &Input, messages: &mut Messages) -> bool {
    messages.error(format_args!(
        "{input}: there is no such function in it; -f listing shows all of them"
    ));
    false
}
