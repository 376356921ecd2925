//! An unfinished run in shards: a hidden folder beside the output that holds all it takes to go on
//! after the run was killed.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::append::open_at;
use super::counts::Counts;
use super::paths::SetPaths;
use super::shards::PartState;
use crate::command::dataset::make::seen::{Fingerprint, Seen};
use crate::command::io::output::Output;

/// What was done when the state was saved. Anything the files hold beyond it is cut off.
#[derive(Default, Serialize, Deserialize)]
pub struct State {
    /// The version and the options that decide what is written.
    options: String,
    pub counts: Counts,
    /// How far each part is.
    pub parts: Vec<PartState>,
    /// The number of fingerprints.
    seen: u64,
    /// The length of the list of drops, in bytes.
    pub drops: u64,
}

/// The folder of a run.
pub struct Unfinished {
    pub folder: PathBuf,
    pub state: State,
    /// The fingerprints of the units that gave a record, in order.
    seen: BufWriter<File>,
}

impl Unfinished {
    /// Begins a run, or continues one if `resume` is set and there is one; gives its list of drops
    /// too. What the run has seen is added to `seen`.
    pub fn new(
        paths: &SetPaths,
        options: String,
        resume: bool,
        seen: &Seen,
    ) -> Result<(Unfinished, File)> {
        let parts: Vec<&str> = paths.split.names().collect();
        let folder = paths
            .folder
            .join(format!(".{}.unfinished", parts.join("-")));
        let state = match fs::read(folder.join("state.json")) {
            Ok(state) => {
                let shown = folder.display();
                if !resume {
                    bail!("{shown} holds an unfinished run: go on with --resume, or remove it");
                }
                let state: State =
                    serde_json::from_slice(&state).with_context(|| shown.to_string())?;
                if state.options != options {
                    bail!(
                        "{shown} holds a run with other options or of another version: {}",
                        state.options
                    );
                }
                state
            }
            Err(_) => {
                if let Some(old) = paths.find_shard() {
                    let old = old.display();
                    bail!(
                        "{old} is of an earlier run: remove it, or name an output in another folder"
                    );
                }
                // A run may have been killed before it saved anything.
                let _ = fs::remove_dir_all(&folder);
                fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
                let counts = Counts::new(&paths.split);
                State {
                    options,
                    counts,
                    ..State::default()
                }
            }
        };
        let length = state.seen * size_of::<Fingerprint>() as u64;
        let mut log = open_at(&folder.join("seen"), length)?;
        log.rewind()?;
        let mut fingerprints = BufReader::new(&log);
        for _ in 0..state.seen {
            let mut fingerprint = Fingerprint::default();
            fingerprints.read_exact(&mut fingerprint)?;
            seen.insert(fingerprint);
        }
        log.seek(SeekFrom::End(0))?;
        let drops = open_at(&folder.join("drops.jsonl"), state.drops)?;
        let seen = BufWriter::new(log);
        let mut unfinished = Unfinished {
            folder,
            state,
            seen,
        };
        unfinished.save()?;
        Ok((unfinished, drops))
    }

    pub fn add_seen(&mut self, fingerprint: &Fingerprint) -> Result<()> {
        self.state.seen += 1;
        Ok(self.seen.write_all(fingerprint)?)
    }

    /// Saves the state. The files hold all it speaks of by now.
    pub fn save(&mut self) -> Result<()> {
        self.seen.flush()?;
        let mut output = Output::file(&self.folder.join("state.json"))?;
        output.write_all(&serde_json::to_vec(&self.state)?)?;
        output.finish()
    }

    /// Removes the folder, once the files in it were moved to their final paths.
    pub fn remove(self) -> Result<()> {
        fs::remove_dir_all(&self.folder).with_context(|| self.folder.display().to_string())
    }
}
