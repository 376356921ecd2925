//! The folder that `datasets.load_from_disk` reads.

use std::fs;
use std::io::Write;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use arrow_array::builder::{BooleanBuilder, Int8Builder, Int32Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::IdsFile;
use crate::command::dataset::ids::IdRecord;
use crate::command::io::json::spaced;
use crate::command::io::output::{Output, create_dir};
use crate::command::io::shown::Shown;

const INFO: &str = "dataset_info.json";
const STATE: &str = "state.json";
const DICT: &str = "dataset_dict.json";

/// About how long a file grows, and how much is written at once, in bytes.
const FILE: u64 = 500_000_000;
const BATCH: u64 = 16 << 20;

/// What a label says that no loss is to be taken from.
const MASKED: i32 = -100;

pub struct ArrowFolder {
    folder: PathBuf,
    part: Option<String>,
    schema: Arc<Schema>,
    /// The file being written, and how long it is.
    open: Option<StreamWriter<Output>>,
    length: u64,
    /// The files that are complete, but not at their paths yet.
    complete: Vec<Output>,
    columns: RecordColumns,
    /// A hash of all ids, which caches know the set by.
    hash: Sha256,
}

/// The records that wait to be written.
#[derive(Default)]
struct RecordColumns {
    input_ids: ListBuilder<Int32Builder>,
    labels: ListBuilder<Int32Builder>,
    attention_mask: ListBuilder<Int8Builder>,
    id: StringBuilder,
    path: StringBuilder,
    code: StringBuilder,
    stripped: BooleanBuilder,
    /// About how many bytes they take.
    size: u64,
}

/// What `datasets` keeps of a set beside its files.
#[derive(Serialize)]
struct ArrowState {
    #[serde(rename = "_data_files")]
    data_files: Vec<DataFile>,
    #[serde(rename = "_fingerprint")]
    fingerprint: String,
    #[serde(rename = "_format_columns")]
    format_columns: Option<()>,
    #[serde(rename = "_format_kwargs")]
    format_kwargs: Empty,
    #[serde(rename = "_format_type")]
    format_type: Option<()>,
    #[serde(rename = "_output_all_columns")]
    output_all_columns: bool,
    #[serde(rename = "_split")]
    split: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct DataFile {
    filename: String,
}

#[derive(Serialize)]
struct Empty {}

impl ArrowFolder {
    /// The folder at `path`, for this part of a split if there is one.
    pub fn new(path: &Path, part: Option<&str>) -> Result<ArrowFolder> {
        create_dir(path)?;
        let list = |name, item| {
            Field::new(
                name,
                DataType::List(Arc::new(Field::new_list_field(item, true))),
                true,
            )
        };
        let text = |name| Field::new(name, DataType::Utf8, true);
        let schema = Schema::new(vec![
            list("input_ids", DataType::Int32),
            list("labels", DataType::Int32),
            list("attention_mask", DataType::Int8),
            text("id"),
            text("path"),
            text("code"),
            Field::new("stripped", DataType::Boolean, true),
        ]);
        let mut folder = ArrowFolder {
            folder: path.to_owned(),
            part: part.map(str::to_owned),
            schema: Arc::new(schema),
            open: None,
            length: 0,
            complete: Vec::new(),
            columns: RecordColumns::default(),
            hash: Sha256::new(),
        };
        folder.open()?;
        Ok(folder)
    }

    fn name(file: usize) -> String {
        format!("data-{file:05}.arrow")
    }

    fn open(&mut self) -> Result<()> {
        let path = self.folder.join(Self::name(self.complete.len()));
        let output = Output::file(&path)?;
        let writer = StreamWriter::try_new(output, &self.schema);
        self.open = Some(writer.map_err(cause)?);
        self.length = 0;
        Ok(())
    }

    /// Completes the open file.
    fn close(&mut self) -> Result<()> {
        if let Some(writer) = self.open.take() {
            self.complete.push(writer.into_inner().map_err(cause)?);
        }
        Ok(())
    }

    /// Writes the records that wait.
    fn write_batch(&mut self) -> Result<()> {
        let size = self.columns.size;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), self.columns.finish())?;
        if let Some(writer) = &mut self.open {
            writer.write(&batch).map_err(cause)?;
        }
        self.length += size;
        if self.length >= FILE {
            self.close()?;
            self.open()?;
        }
        Ok(())
    }

    fn put(&self, name: &str, value: &impl Serialize) -> Result<()> {
        put(&self.folder.join(name), value)
    }
}

impl RecordColumns {
    fn add(&mut self, record: &IdRecord) -> u64 {
        const EACH: u64 = 4 + 4 + 1;
        for (i, id) in record.ids.iter().enumerate() {
            let id = *id as i32;
            let label = if record.learned.contains(&i) {
                id
            } else {
                MASKED
            };
            self.input_ids.values().append_value(id);
            self.labels.values().append_value(label);
            self.attention_mask.values().append_value(1);
        }
        self.input_ids.append(true);
        self.labels.append(true);
        self.attention_mask.append(true);
        self.id.append_value(&record.id);
        self.path.append_value(&record.path);
        self.code.append_value(&record.code);
        self.stripped.append_value(record.stripped);
        let text = record.id.len() + record.path.len() + record.code.len();
        let size = EACH * record.ids.len() as u64 + text as u64;
        self.size += size;
        size
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        let mut columns = mem::take(self);
        vec![
            Arc::new(columns.input_ids.finish()),
            Arc::new(columns.labels.finish()),
            Arc::new(columns.attention_mask.finish()),
            Arc::new(columns.id.finish()),
            Arc::new(columns.path.finish()),
            Arc::new(columns.code.finish()),
            Arc::new(columns.stripped.finish()),
        ]
    }
}

impl IdsFile for ArrowFolder {
    fn write(&mut self, record: &IdRecord) -> Result<u64> {
        self.hash.update(&record.id);
        for id in &record.ids {
            self.hash.update(id.to_le_bytes());
        }
        let size = self.columns.add(record);
        if self.columns.size >= BATCH {
            self.write_batch()?;
        }
        Ok(size)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if self.columns.size > 0 {
            self.write_batch()?;
        }
        self.close()?;
        let hash = self.hash.clone().finalize();
        let state = ArrowState {
            data_files: (0..self.complete.len())
                .map(|file| DataFile {
                    filename: Self::name(file),
                })
                .collect(),
            fingerprint: hash[..8].iter().map(|byte| format!("{byte:02x}")).collect(),
            format_columns: None,
            format_kwargs: Empty {},
            format_type: None,
            output_all_columns: false,
            split: self.part.clone(),
        };
        for output in mem::take(&mut self.complete) {
            output.finish()?;
        }
        // What the columns hold, `datasets` sees in the files themselves.
        self.put(INFO, &Empty {})?;
        self.put(STATE, &state)
    }
}

/// The error of the output, which says all that Arrow would repeat.
fn cause(error: ArrowError) -> anyhow::Error {
    match error {
        ArrowError::IoError(_, error) => error.into(),
        error => error.into(),
    }
}

/// The files in a folder, if it is not large.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let names = [&ArrowFolder::name(0), INFO, STATE];
    names.map(|name| folder.join(name)).into()
}

/// What names the parts of a split.
#[derive(Serialize, Deserialize)]
struct ArrowDict {
    splits: Vec<String>,
}

/// Names the parts of a split, each of which is a folder.
pub fn put_dict<'a>(folder: &Path, parts: impl Iterator<Item = &'a str>) -> Result<()> {
    let splits = parts.map(str::to_owned).collect();
    put(&folder.join(DICT), &ArrowDict { splits })
}

/// Whether a folder holds a set that this command wrote: `datasets` names its files otherwise.
pub fn is_ours(folder: &Path) -> bool {
    #[derive(Deserialize)]
    struct WrittenState {
        #[serde(rename = "_data_files")]
        data_files: Vec<DataFile>,
    }
    let state = fs::read(folder.join(STATE)).unwrap_or_default();
    serde_json::from_slice(&state).is_ok_and(|written: WrittenState| {
        let mut files = written.data_files.iter().enumerate();
        files.all(|(i, file)| file.filename == ArrowFolder::name(i))
    })
}

/// Refuses to replace files in a folder that are not of a set that this command wrote, and to leave
/// files of an earlier one beside a new one.
///
/// # Errors
/// There are such files.
pub fn check(folder: &Path) -> Result<()> {
    let [info, state] = [INFO, STATE].map(|name| folder.join(name));
    refuse(
        &info,
        fs::read(&info).is_ok_and(|info| info.trim_ascii() == b"{}"),
    )?;
    refuse(&state, is_ours(folder))?;
    let second = folder.join(ArrowFolder::name(1));
    if second.exists() {
        bail!(
            "{} is of an earlier run: remove it, or name an output in another directory",
            Shown(&second)
        );
    }
    Ok(())
}

/// As [`check`], for the folder of a split.
///
/// # Errors
/// What names its parts names those of a set that another program wrote.
pub fn check_dict(folder: &Path) -> Result<()> {
    let path = folder.join(DICT);
    let dict = fs::read(&path).unwrap_or_default();
    let dict: Result<ArrowDict, _> = serde_json::from_slice(&dict);
    let is_of_ours = |part: &String| {
        let part = folder.join(part);
        !part.exists() || is_ours(&part)
    };
    refuse(
        &path,
        dict.is_ok_and(|dict| dict.splits.iter().all(is_of_ours)),
    )
}

fn refuse(path: &Path, is_ours: bool) -> Result<()> {
    if path.exists() && !is_ours {
        bail!(
            "{}: --ids arrow would replace it, and luadec-tok did not write it: name another directory",
            Shown(path)
        );
    }
    Ok(())
}

fn put(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut output = Output::file(path)?;
    output.write_all((spaced(value) + "\n").as_bytes())?;
    output.finish()
}
