//! What a chunk is converted to.

use std::io;

use anyhow::Result;

use crate::command::io::input::Input;
use crate::command::io::messages::Messages;
use crate::command::io::output::Output;

/// A form of a chunk.
pub trait Form: Sync {
    /// What it is written to.
    type Writer;

    /// A writer to `output`.
    fn writer(&self, output: Output) -> Self::Writer;

    /// Whether each of several inputs has its name above it.
    const HEADED: bool;

    /// Writes the name of an input before what it gives.
    ///
    /// # Errors
    /// Those of the output.
    fn name(&self, writer: &mut Self::Writer, name: &str, is_first: bool) -> io::Result<()>;

    /// Writes what there is of an input to the writer that `open` gives; true if there is anything.
    /// What is wrong with the input is told. `open` is not called if there is nothing to write.
    ///
    /// # Errors
    /// Those of the output, and a fault of this program.
    fn write<'w>(
        &self,
        input: &Input,
        open: impl FnOnce() -> Result<&'w mut Self::Writer>,
        messages: &mut Messages,
    ) -> Result<bool>
    where
        Self::Writer: 'w;

    /// The output with everything written to it.
    fn into_output(writer: Self::Writer) -> io::Result<Output>;
}
