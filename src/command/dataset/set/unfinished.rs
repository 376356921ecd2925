//! An unfinished run in shards: a hidden folder beside the output that holds all it takes to go on
//! after the run was killed.

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
use crate::command::dataset::arguments::Dataset;
use crate::command::dataset::hash::Fingerprint;
use crate::command::dataset::records::dedup::Seen;
use crate::command::dataset::sources::{self, LuaSource, UnreadSource};
use crate::command::io::output::Output;
use crate::command::io::shown::Shown;

const STATE: &str = "state.json";

/// What was done when the state was saved. Anything the files hold beyond it is cut off.
#[derive(Default, Serialize, Deserialize)]
pub struct RunState {
    #[serde(flatten)]
    identity: RunIdentity,
    /// The arguments as they were given, to tell which they were.
    arguments: String,
    pub stage: Stage,
    pub counts: SetCounts,
    /// How far each part is.
    pub parts: Vec<PartState>,
    seen: Extent,
    sources: Extent,
    pub drops: Extent,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    #[default]
    Making,
    /// All records are made, and the shards are moved to their final paths.
    Publishing,
    /// Nothing is left but to remove the folder.
    Done,
}

/// The folder of a run.
pub struct Unfinished {
    pub folder: PathBuf,
    pub state: RunState,
    /// The fingerprints of the units that gave a record, in order.
    seen: BufWriter<Continued>,
    /// The fingerprints of the sources, in order.
    sources: BufWriter<Continued>,
    _lock: Lock,
}

impl Unfinished {
    /// Begins a run, or continues one if `resume` is set and there is one; gives its list of drops
    /// too. What the run has seen is added to `seen`.
    pub fn new(
        options: &Dataset,
        paths: &SetPaths,
        identity: RunIdentity,
        seen: &Seen,
    ) -> Result<(Unfinished, Continued)> {
        let resume = options.files.resume;
        let folder = paths.unfinished();
        let is_left = folder.exists();
        if !is_left {
            outputs::refuse_earlier(options, paths)?;
        }
        let lock = Lock::take(&folder)?;
        let state = match fs::read(folder.join(STATE)) {
            Ok(state) => {
                let shown = Shown(&folder);
                if !resume {
                    bail!("{shown} holds an unfinished run: go on with --resume, or remove it");
                }
                let state: RunState = serde_json::from_slice(&state).with_context(|| {
                    format!("{shown}: the state of the run is damaged: remove the folder")
                })?;
                if !state.identity.has_options_of(&identity) {
                    bail!(
                        "{shown} holds a run of another version or with other options, {}: give these, or remove the folder to begin anew",
                        state.arguments
                    );
                }
                if let Some(other) = state.identity.other_input(&identity) {
                    bail!(
                        "{shown} holds a run with another {other}: restore that, or remove the directory to begin anew"
                    );
                }
                match state.stage {
                    Stage::Done => None,
                    _ => Some(state),
                }
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| Shown(&folder).to_string());
            }
            Err(_) => None,
        };
        let state = match state {
            Some(state) => state,
            None => {
                // A run does not begin where shards are, so a folder beside them is what is left
                // of a run that was killed while it removed it.
                if is_left && resume && paths.has_shards() {
                    remove(&folder)?;
                    bail!(Finished);
                }
                if let Err(earlier) = outputs::refuse_earlier(options, paths) {
                    remove(&folder)?;
                    return Err(earlier);
                }
                clear(&folder).with_context(|| Shown(&folder).to_string())?;
                let counts = SetCounts::new(&paths.split);
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
            Continued::open(&folder.join(name), extent)
                .with_context(|| format!("{} cannot be resumed: remove it", Shown(&folder)))
        };
        let log = open("seen", state.seen)?;
        let mut fingerprints = BufReader::new(log.rewound()?);
        let mut fingerprint = Fingerprint::default();
        for _ in 0..state.seen.bytes / size_of::<Fingerprint>() as u64 {
            fingerprints.read_exact(&mut fingerprint)?;
            seen.insert(fingerprint);
        }
        drop(fingerprints);
        let sources = open("sources", state.sources)?;
        let drops = open("drops.jsonl", state.drops)?;
        let mut unfinished = Unfinished {
            state,
            seen: BufWriter::new(log),
            sources: BufWriter::new(sources),
            folder,
            _lock: lock,
        };
        unfinished.save()?;
        Ok((unfinished, drops))
    }

    /// Takes the sources that the run had done off `sources`.
    ///
    /// # Errors
    /// They are not those that the run had done.
    pub fn skip<'a>(
        &self,
        sources: &mut impl Iterator<Item = Result<UnreadSource<'a>>>,
        mut skipped: impl FnMut(&LuaSource),
    ) -> Result<()> {
        let mut done = BufReader::new(self.sources.get_ref().rewound()?);
        let mut expected = Fingerprint::default();
        let shown = Shown(&self.folder);
        for _ in 0..self.state.counts.files {
            done.read_exact(&mut expected)?;
            let Some(source) = sources.next().transpose()? else {
                bail!("{shown} holds a run over more sources than there are now");
            };
            let found = (source.read)();
            if sources::fingerprint(&found) != expected {
                let path = match &found {
                    Ok(source) => &source.path,
                    Err(dropped) => &dropped.path,
                };
                bail!(
                    "{shown} holds a run over other sources: {path} is new or has changed, or one before it is \
                     gone; restore them, or remove the folder to begin anew"
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
                "{shown} holds a run that was complete without {}: remove that, or the set",
                source.name
            );
        }
        Ok(())
    }

    pub fn add_seen(&mut self, fingerprint: &Fingerprint) -> Result<()> {
        Ok(self.seen.write_all(fingerprint)?)
    }

    pub fn add_source(&mut self, fingerprint: &Fingerprint) -> Result<()> {
        Ok(self.sources.write_all(fingerprint)?)
    }

    /// Saves the state. The files hold all it speaks of by now.
    pub fn save(&mut self) -> Result<()> {
        let sync = |log: &mut BufWriter<Continued>| {
            log.flush()?;
            log.get_ref().sync()?;
            Ok::<_, io::Error>(log.get_ref().extent())
        };
        self.state.seen = sync(&mut self.seen)?;
        self.state.sources = sync(&mut self.sources)?;
        let mut output = Output::file(&self.folder.join(STATE))?;
        output.write_all(&serde_json::to_vec(&self.state)?)?;
        output.finish_durably()
    }

    /// Removes the folder: the run is done.
    pub fn remove(mut self) -> Result<()> {
        self.state.stage = Stage::Done;
        self.save()?;
        remove(&self.folder)
    }
}

/// A run was killed when only its folder was left to be removed.
#[derive(Debug, thiserror::Error)]
#[error("the set is complete: there is nothing left to do")]
pub struct Finished;

/// Removes a run: last what says what it was, and then the lock.
fn remove(folder: &Path) -> Result<()> {
    let remove = || {
        clear(folder)?;
        fs::remove_dir_all(folder)
    };
    remove().with_context(|| Shown(folder).to_string())
}

/// Removes everything but the lock from a folder, the state last.
fn clear(folder: &Path) -> io::Result<()> {
    let state = folder.join(STATE);
    for entry in fs::read_dir(folder)? {
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
