//! Output folders: which file each input gives, and the threads that write them.

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

/// How a name's ending changes: the first of `from` that it has is replaced by `to`; any other stays
/// and `to` is added.
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

/// An input and the file it gives.
pub struct Planned {
    pub input: Input,
    pub path: PathBuf,
}

/// The file below `folder` for each input. Inputs that cannot be opened are reported.
///
/// # Errors
/// Two inputs give the same file, or one gives a file that is an input.
pub fn plan(
    inputs: Vec<Result<Input>>,
    folder: &Path,
    endings: &Endings,
    claims: &mut Claims,
    messages: &mut Messages,
) -> Result<Vec<Planned>> {
    let mut targets: Vec<Planned> = Vec::new();
    let mut taken: HashMap<PathBuf, usize> = HashMap::new();
    for input in inputs {
        let input = match input {
            Ok(input) => input,
            Err(error) => {
                messages.error(format_args!("{error:#}"));
                continue;
            }
        };
        let path = folder.join(endings.apply(&input.relative));
        if let Some(other) = taken.insert(path.clone(), targets.len()) {
            let other = &targets[other].input;
            bail!(
                "{other} and {input} would both be written to {}",
                Shown(&path)
            );
        }
        claims.output(Some(&path))?;
        targets.push(Planned { input, path });
    }
    Ok(targets)
}

/// Writes all targets on several threads. What goes wrong is said in the order of the targets.
///
/// # Errors
/// Not a thread can be started.
pub fn write(
    targets: &[Planned],
    jobs: Option<NonZeroUsize>,
    messages: &mut Messages,
    write: impl Fn(&Planned, &mut Messages) -> Result<()> + Sync,
) -> Result<()> {
    let write = |target, messages: &mut Messages| {
        if let Err(error) = write(target, messages) {
            messages.error(format_args!("{error:#}"));
        }
    };
    // With nothing before it to wait for, one target speaks at once: its pipe may have no end.
    if let [target] = targets {
        write(target, messages);
        return Ok(());
    }
    pending::keep("the files that were finished are kept".to_owned());
    messages.show_progress(targets.len());
    let is_quiet = messages.is_quiet;
    let threads = threads(jobs).min(targets.len());
    let spread = Spread::new(threads, AHEAD);
    let batch = (targets.len() / threads.max(1) / 16).clamp(1, MAX_BATCH);
    let mut done = 0;
    ordered(
        targets.chunks(batch).map(|batch| Task {
            name: String::new(),
            cost: 0,
            item: batch,
        }),
        spread,
        |batch, sender| {
            let mut held = Messages::held(is_quiet);
            batch.iter().for_each(|target| write(target, &mut held));
            // The receiver is gone only if the work has ended.
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

/// The most targets that are one piece of work: to hand a thread a small file takes as long as to
/// write it.
const MAX_BATCH: usize = 64;

/// How many pieces of work may be done before their turn to speak.
const AHEAD: usize = 1024;
