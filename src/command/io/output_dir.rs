//! Output directories: the file for each input, and the threads that write them.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::claims::Claims;
use super::input::Input;
use super::messages::Messages;
use super::ordered::{Spread, Task, ordered, threads};
use super::pending;
use super::shown::Shown;

/// How names change: the first ending of `from` that a name has is replaced by `to`. Other names keep
/// their ending, and `to` is added.
pub struct Endings {
    pub from: &'static [&'static str],
    pub to: &'static str,
}

impl Endings {
    fn apply(&self, path: &Path) -> PathBuf {
        let replaced = self.from.iter().find_map(|from| {
            let mut endings = from.rsplit('.');
            let is_one = |path: &Path, ending: &str| path.extension().is_some_and(|e| e == ending);
            endings.try_fold(path.to_owned(), |path, ending| {
                is_one(&path, ending).then(|| path.with_extension(""))
            })
        });
        let mut name = replaced.unwrap_or_else(|| path.to_owned()).into_os_string();
        name.push(".");
        name.push(self.to);
        name.into()
    }
}

/// An input and the file for it.
pub struct Planned {
    pub input: Input,
    pub path: PathBuf,
}

/// Returns the file below `directory` for each input. Inputs that cannot be found are reported.
///
/// # Errors
/// Two inputs have the same file, or the file of one is an input.
pub fn plan(
    inputs: Vec<Result<Input>>,
    directory: &Path,
    endings: &Endings,
    claims: &mut Claims,
    messages: &mut Messages,
) -> Result<Vec<Planned>> {
    let mut planned: Vec<Planned> = Vec::new();
    let mut taken: HashMap<PathBuf, usize> = HashMap::new();
    for input in inputs {
        let input = match input {
            Ok(input) => input,
            Err(error) => {
                messages.error(format_args!("{error:#}"));
                continue;
            }
        };
        let path = directory.join(endings.apply(&input.relative));
        if let Some(other) = taken.insert(path.clone(), planned.len()) {
            let other = &planned[other].input;
            bail!(
                "{other} and {input} would both be written to {}",
                Shown(&path)
            );
        }
        claims.output(Some(&path))?;
        planned.push(Planned { input, path });
    }
    Ok(planned)
}

/// Writes all files on several threads. Messages are printed in the order of the files.
///
/// # Errors
/// No thread can be started.
pub fn write(
    planned: &[Planned],
    jobs: Option<NonZeroUsize>,
    messages: &mut Messages,
    write: impl Fn(&Planned, &mut Messages) -> Result<()> + Sync,
) -> Result<()> {
    let write = |file, messages: &mut Messages| {
        if let Err(error) = write(file, messages) {
            messages.error(format_args!("{error:#}"));
        }
    };
    // The messages of a single file are printed at once: its input may be a pipe without end.
    if let [file] = planned {
        write(file, messages);
        return Ok(());
    }
    pending::keep("finished files are kept".to_owned());
    messages.show_progress(planned.len());
    let is_quiet = messages.is_quiet;
    let threads = threads(jobs).min(planned.len());
    let spread = Spread::new(threads, AHEAD);
    let batch = (planned.len() / threads.max(1) / 16).clamp(1, MAX_BATCH);
    let mut done = 0;
    ordered(
        planned.chunks(batch).map(|batch| Task {
            name: String::new(),
            cost: 0,
            item: batch,
        }),
        spread,
        |batch, sender| {
            let mut held = Messages::held(is_quiet);
            batch.iter().for_each(|file| write(file, &mut held));
            // The receiver is gone only if the run has ended.
            let _ = sender.send((batch.len(), held));
        },
        |(written, held)| {
            messages.absorb(held);
            done += written;
            messages.advance(done);
            Ok(())
        },
        |_| {},
    )?;
    messages.end_progress();
    Ok(())
}

/// The most files in one piece of work: handing a small file to a thread takes as long as writing it.
const MAX_BATCH: usize = 64;

/// How many pieces of work may be done before their messages are printed.
const AHEAD: usize = 1024;
