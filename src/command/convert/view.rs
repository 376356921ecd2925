//! Chunks to the views that people read.

use std::io;

use anyhow::Result;
use luadec_tok::view::{Page, read};

use super::chunk::{bytes_of, warn_of_trailing, with_chunk};
use super::form::Form;
use crate::command::io::input::Input;
use crate::command::io::messages::Messages;
use crate::command::io::output::Output;

#[derive(Clone, Copy)]
pub enum ViewKind {
    Pretty,
    Listing,
    Hexdump,
}

pub struct View {
    pub kind: ViewKind,
    pub strip: bool,
    pub color: bool,
}

impl Form for View {
    type Writer = Output;

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
        if let ViewKind::Pretty = self.kind {
            return with_chunk(input, self.strip, messages, |chunk, _| {
                let mut page = Page::new(open()?, self.color);
                page.pretty(chunk)?;
                page.finish()?;
                Ok(true)
            });
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
        let stripped = self.strip.then(|| whole.stripped());
        let shown = match &stripped {
            Some(stripped) => &read(stripped)?,
            None => &whole,
        };
        let mut page = Page::new(open()?, self.color);
        match self.kind {
            ViewKind::Hexdump => page.hexdump(shown),
            _ => page.listing(shown),
        }
        .and_then(|()| page.finish())?;
        warn_of_trailing(input, whole.trailing(), messages);
        if let Some(error) = whole.error() {
            messages.error(format_args!("{input}: {error}"));
        }
        Ok(true)
    }

    fn into_output(output: Output) -> io::Result<Output> {
        Ok(output)
    }
}
