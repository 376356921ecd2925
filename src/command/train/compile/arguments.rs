//! The arguments that choose the compiler of answers.

use clap::{Args, ValueHint};

use crate::command::sizes;

// The compiler of answers, and its time limit.
#[derive(Clone, Debug, Args)]
pub struct CompilerArgs {
    /// Compile with COMMAND, such as luac5.4
    ///
    /// It is used instead of the built-in Lua 5.3, and needed for chunks of other versions. COMMAND takes
    /// luac's arguments: it is called with -o - - after its own, reads the source from standard input and
    /// writes the chunk to standard output.
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString)]
    pub luac: Option<String>,
    /// Fail answers that take longer to compile and compare [default: 10]
    ///
    /// N is in seconds of processor time, with --luac of elapsed time.
    #[arg(long, value_name = "N", value_parser = sizes::positive::<u64>)]
    max_seconds: Option<u64>,
}

impl CompilerArgs {
    /// Returns the time limit for an answer, in seconds.
    pub fn seconds(&self) -> u64 {
        self.max_seconds.unwrap_or(10)
    }

    /// Returns the first option that is given.
    pub fn given(&self) -> Option<&'static str> {
        let luac = self.luac.as_ref().map(|_| "--luac");
        luac.or(self.max_seconds.map(|_| "--max-seconds"))
    }
}
