//! A run in shards that is not finished: a hidden folder beside the output, with all that it takes
//! to go on after the run was killed.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use luadec_tok::dataset::{Fingerprint, Seen};
use serde::{Deserialize, Serialize};

use super::counts::Counts;
use super::layout::Layout;
use super::shards::Open;
use crate::command::output::Output;

/// What was done when it was saved. What the files hold beyond it is cut off.
#[derive(Default, Serialize, Deserialize)]
pub struct State {
    /// The options that decide what is written, and the version.
    options: String,
    pub counts: Counts,
    /// How far each part is.
    pub parts: Vec<Open>,
    /// The number of fingerprints.
    seen: u64,
    /// The length of the list of drops, in bytes.
    pub drops: u64,
}

/// The folder of a run.
pub struct Unfinished {
    pub folder: PathBuf,
    pub state: State,
    /// The fingerprints of the units that gave a record, in their order.
    seen: BufWriter<File>,
}

impl Unfinished {
    /// Begins a run, or takes one up if that is wanted and there is one; gives the list of its drops
    /// too. `seen` gets what it had seen.
    pub fn new(
        layout: &Layout,
        options: String,
        resume: bool,
        seen: &Seen,
    ) -> Result<(Unfinished, File)> {
        let parts: Vec<&str> = layout.split.names().collect();
        let folder = layout
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
                if let Some(old) = layout.find_shard() {
                    let old = old.display();
                    bail!(
                        "{old} is of an earlier run: remove it, or name an output in another folder"
                    );
                }
                // A run that was killed before it had anything.
                let _ = fs::remove_dir_all(&folder);
                fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
                let counts = Counts::new(&layout.split);
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

    /// Saves the state. All else that it speaks of is in its files by now.
    pub fn save(&mut self) -> Result<()> {
        self.seen.flush()?;
        let mut output = Output::file(&self.folder.join("state.json"))?;
        output.write_all(&serde_json::to_vec(&self.state)?)?;
        output.finish()
    }

    /// Removes the folder, when what it holds is in its place.
    pub fn remove(self) -> Result<()> {
        fs::remove_dir_all(&self.folder).with_context(|| self.folder.display().to_string())
    }
}

/// A file, new or cut to this length, at its end.
pub fn open_at(path: &Path, length: u64) -> Result<File> {
    let open = || {
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        Ok::<_, std::io::Error>(file)
    };
    open().with_context(|| path.display().to_string())
}
