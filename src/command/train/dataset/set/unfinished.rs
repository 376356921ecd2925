//! An unfinished run in shards: a hidden directory beside the output, with everything that is
//! needed to resume the run after it was killed.

use std::env;
use std::fs;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::continued::{Continued, Extent};
use super::counts::SetCounts;
use super::identity::RunIdentity;
use super::lock::{LOCK, Lock};
use super::outputs;
use super::paths::SetPaths;
use super::shards::PartState;
use crate::command::io::output::Output;
use crate::command::io::shown::Shown;
use crate::command::train::dataset::arguments::Dataset;
use crate::command::train::dataset::records::dedup::Seen;
use crate::command::train::dataset::sources::{self, LuaSource, UnreadSource};
use crate::command::train::hash::Fingerprint;

const STATE: &str = "state.json";

/// The progress of a run when it was saved. Bytes that the files contain beyond it are cut off.
#[derive(Default, Serialize, Deserialize)]
pub struct RunState {
    #[serde(flatten)]
    identity: RunIdentity,
    /// The arguments of the command line, for messages.
    arguments: String,
    pub stage: Stage,
    pub counts: SetCounts,
    /// The progress of each part.
    pub parts: Vec<PartState>,
    seen: Extent,
    sources: Extent,
    pub drops: Extent,
}

/// The stage of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    #[default]
    Making,
    /// All records are made, and the shards are being moved to their final paths.
    Publishing,
    /// Only the directory remains to be removed.
    Done,
}

/// The directory of a run.
pub struct Unfinished {
    pub directory: PathBuf,
    pub state: RunState,
    /// The units that have a record, in order.
    seen: BufWriter<Continued>,
    /// The fingerprints of the sources that are done, in order.
    sources: BufWriter<Continued>,
    _lock: Lock,
}

impl Unfinished {
    /// Begins a run, or continues one if `resume` is set and there is one. Returns its list of
    /// drops, too, and adds the units that it has seen to `seen`.
    pub fn new(
        options: &Dataset,
        paths: &SetPaths,
        identity: RunIdentity,
        seen: &Seen,
    ) -> Result<(Unfinished, Continued)> {
        let resume = options.files.resume;
        let directory = paths.unfinished();
        let is_left = directory.exists();
        if !is_left {
            outputs::refuse_earlier(options, paths)?;
        }
        let lock = Lock::take(&directory)?;
        let state = match fs::read(directory.join(STATE)) {
            Ok(state) => {
                let shown = Shown(&directory);
                if !resume {
                    bail!(
                        "{shown} holds an unfinished run; continue it with --resume, or remove it"
                    );
                }
                let state: RunState = serde_json::from_slice(&state).with_context(|| {
                    format!("{shown}: the state of the run is damaged; remove the directory to start again")
                })?;
                if !state.identity.has_options_of(&identity) {
                    bail!(
                        "{shown} holds a run of another version or with other options: {}; repeat these, or remove the directory to start again",
                        state.arguments
                    );
                }
                if let Some(other) = state.identity.other_input(&identity) {
                    bail!(
                        "{shown} holds a run with another {other}; restore it, or remove the directory to start again"
                    );
                }
                match state.stage {
                    Stage::Done => None,
                    _ => Some(state),
                }
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| Shown(&directory).to_string());
            }
            Err(_) => None,
        };
        let state = match state {
            Some(state) => state,
            None => {
                // A run does not begin where shards are. So a directory beside shards remains from
                // a run that was killed while removing it.
                if is_left && resume && paths.has_shards() {
                    remove(&directory)?;
                    bail!(Finished);
                }
                if let Err(earlier) = outputs::refuse_earlier(options, paths) {
                    remove(&directory)?;
                    return Err(earlier);
                }
                clear(&directory).with_context(|| Shown(&directory).to_string())?;
                let counts = SetCounts::new(&paths.split, &options.records);
                let arguments = env::args_os().skip(1);
                let arguments: Vec<_> = arguments
                    .map(|argument| argument.to_string_lossy().into_owned())
                    .collect();
                RunState {
                    identity,
                    arguments: arguments.join(" "),
                    counts,
                    ..RunState::default()
                }
            }
        };
        let open = |name: &str, extent| {
            Continued::open(&directory.join(name), extent).with_context(|| {
                format!(
                    "{}: cannot resume this run; remove the directory to start again",
                    Shown(&directory)
                )
            })
        };
        let log = open("seen", state.seen)?;
        let units = BufReader::new(log.rewound()?);
        seen.read(units, state.seen.bytes)?;
        let sources = open("sources", state.sources)?;
        let drops = open("drops.jsonl", state.drops)?;
        let mut unfinished = Unfinished {
            state,
            seen: BufWriter::new(log),
            sources: BufWriter::new(sources),
            directory,
            _lock: lock,
        };
        unfinished.save()?;
        Ok((unfinished, drops))
    }

    /// Skips the sources that the run has done.
    ///
    /// # Errors
    /// They have changed since.
    pub fn skip<'a>(
        &self,
        sources: &mut impl Iterator<Item = Result<UnreadSource<'a>>>,
        mut skipped: impl FnMut(&LuaSource),
    ) -> Result<()> {
        let mut done = BufReader::new(self.sources.get_ref().rewound()?);
        let mut expected = Fingerprint::default();
        let shown = Shown(&self.directory);
        for _ in 0..self.state.counts.files {
            done.read_exact(&mut expected)?;
            let Some(source) = sources.next().transpose()? else {
                bail!(
                    "{shown} holds a run over more sources than there are now; restore them, or remove the \
                     directory to start again"
                );
            };
            let found = (source.read)();
            if sources::fingerprint(&found) != expected {
                let path = match &found {
                    Ok(source) => &*source.path,
                    Err(dropped) => &*dropped.path,
                };
                bail!(
                    "{shown} holds a run over other sources: {path} is new or has changed, or one before it is \
                     missing; restore them, or remove the directory to start again"
                );
            }
            if let Ok(source) = &found {
                skipped(source);
            }
        }
        if self.state.stage != Stage::Making
            && let Some(source) = sources.next().transpose()?
        {
            bail!(
                "{shown} holds a run that was complete without {}; remove this source, or the set",
                source.name
            );
        }
        Ok(())
    }

    pub fn add_seen(&mut self, unit: &[u8]) -> Result<()> {
        Ok(self.seen.write_all(unit)?)
    }

    pub fn add_source(&mut self, fingerprint: &Fingerprint) -> Result<()> {
        Ok(self.sources.write_all(fingerprint)?)
    }

    /// Saves the state, after everything that it mentions has been written.
    pub fn save(&mut self) -> Result<()> {
        let sync = |log: &mut BufWriter<Continued>| {
            log.flush()?;
            log.get_ref().sync()?;
            Ok::<_, io::Error>(log.get_ref().extent())
        };
        self.state.seen = sync(&mut self.seen)?;
        self.state.sources = sync(&mut self.sources)?;
        let mut output = Output::file(&self.directory.join(STATE))?;
        output.write_all(&serde_json::to_vec(&self.state)?)?;
        output.finish_durably()
    }

    /// Removes the directory: the run is done.
    pub fn remove(mut self) -> Result<()> {
        self.state.stage = Stage::Done;
        self.save()?;
        remove(&self.directory)
    }
}

/// A run that was killed when only its directory remained to be removed.
#[derive(Debug, thiserror::Error)]
#[error("the set is complete; there is nothing left to do")]
pub struct Finished;

/// Removes the directory of a run, the state and the lock last.
fn remove(directory: &Path) -> Result<()> {
    let remove = || {
        clear(directory)?;
        fs::remove_dir_all(directory)
    };
    remove().with_context(|| Shown(directory).to_string())
}

/// Removes everything but the lock from the directory of a run, the state last.
fn clear(directory: &Path) -> io::Result<()> {
    let state = directory.join(STATE);
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name() != LOCK && entry.path() != state {
            fs::remove_file(entry.path())?;
        }
    }
    match fs::remove_file(state) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
