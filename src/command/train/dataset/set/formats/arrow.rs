//! `--ids arrow`: a directory that `datasets.load_from_disk` reads.

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
use crate::command::io::json::spaced;
use crate::command::io::output::{Output, create_dir};
use crate::command::io::shown::Shown;
use crate::command::train::dataset::ids::Encoded;
use crate::command::train::dataset::records::record::RecordFacts;

const INFO: &str = "dataset_info.json";
const STATE: &str = "state.json";
const DICT: &str = "dataset_dict.json";

/// The approximate sizes of a file and of a batch in it, in bytes.
const FILE: u64 = 500_000_000;
const BATCH: u64 = 16 << 20;

/// Writes a part of the set.
pub struct ArrowDirectory {
    directory: PathBuf,
    part: Option<String>,
    schema: Arc<Schema>,
    /// The file being written and its length.
    open: Option<StreamWriter<Output>>,
    length: u64,
    /// The files that are complete but not yet at their paths.
    complete: Vec<Output>,
    columns: RecordColumns,
    /// A hash of all ids, by which caches identify the set.
    hash: Sha256,
}

/// The records of the next batch.
#[derive(Default)]
struct RecordColumns {
    input_ids: ListBuilder<Int32Builder>,
    labels: ListBuilder<Int32Builder>,
    attention_mask: ListBuilder<Int8Builder>,
    id: StringBuilder,
    path: StringBuilder,
    code: StringBuilder,
    stripped: BooleanBuilder,
    /// Signatures, if they are wanted.
    minhash: Option<StringBuilder>,
    /// Their approximate size in bytes.
    size: u64,
}

/// `state.json`, in which `datasets` describes a set.
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

impl ArrowDirectory {
    /// Creates the directory at `path`, for this part of a split if there is one, with a column for
    /// signatures if `signatures` is true.
    pub fn new(path: &Path, part: Option<&str>, signatures: bool) -> Result<ArrowDirectory> {
        create_dir(path)?;
        let list = |name, item| {
            Field::new(
                name,
                DataType::List(Arc::new(Field::new_list_field(item, true))),
                true,
            )
        };
        let text = |name| Field::new(name, DataType::Utf8, true);
        let mut fields = vec![
            list("input_ids", DataType::Int32),
            list("labels", DataType::Int32),
            list("attention_mask", DataType::Int8),
            text("id"),
            text("path"),
            text("code"),
            Field::new("stripped", DataType::Boolean, true),
        ];
        if signatures {
            fields.push(text("minhash"));
        }
        let mut directory = ArrowDirectory {
            directory: path.to_owned(),
            part: part.map(str::to_owned),
            schema: Arc::new(Schema::new(fields)),
            open: None,
            length: 0,
            complete: Vec::new(),
            columns: RecordColumns {
                minhash: signatures.then(StringBuilder::new),
                ..RecordColumns::default()
            },
            hash: Sha256::new(),
        };
        directory.open()?;
        Ok(directory)
    }

    fn name(file: usize) -> String {
        format!("data-{file:05}.arrow")
    }

    fn open(&mut self) -> Result<()> {
        let path = self.directory.join(Self::name(self.complete.len()));
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

    /// Writes the waiting records.
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
        put(&self.directory.join(name), value)
    }
}

impl RecordColumns {
    fn add(&mut self, facts: &RecordFacts, encoded: &Encoded) -> u64 {
        const EACH: u64 = 4 + 4 + 1;
        for (id, label) in encoded.ids.iter().zip(encoded.labels()) {
            self.input_ids.values().append_value(*id as i32);
            self.labels.values().append_value(label as i32);
            self.attention_mask.values().append_value(1);
        }
        self.input_ids.append(true);
        self.labels.append(true);
        self.attention_mask.append(true);
        self.id.append_value(&facts.id);
        self.path.append_value(&facts.path);
        self.code.append_value(&facts.code);
        self.stripped.append_value(facts.stripped);
        if let Some(minhash) = &mut self.minhash {
            minhash.append_option(facts.minhash.as_ref());
        }
        let minhash = facts.minhash.as_ref().map_or(0, String::len);
        let text = facts.id.len() + facts.path.len() + facts.code.len() + minhash;
        let size = EACH * encoded.ids.len() as u64 + text as u64;
        self.size += size;
        size
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        let minhash = self.minhash.is_some().then(StringBuilder::new);
        let next = RecordColumns {
            minhash,
            ..RecordColumns::default()
        };
        let mut columns = mem::replace(self, next);
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(columns.input_ids.finish()),
            Arc::new(columns.labels.finish()),
            Arc::new(columns.attention_mask.finish()),
            Arc::new(columns.id.finish()),
            Arc::new(columns.path.finish()),
            Arc::new(columns.code.finish()),
            Arc::new(columns.stripped.finish()),
        ];
        if let Some(minhash) = &mut columns.minhash {
            arrays.push(Arc::new(minhash.finish()));
        }
        arrays
    }
}

impl IdsFile for ArrowDirectory {
    fn write(&mut self, facts: &RecordFacts, encoded: &Encoded) -> Result<u64> {
        self.hash.update(&facts.id);
        for id in &encoded.ids {
            self.hash.update(id.to_le_bytes());
        }
        let size = self.columns.add(facts, encoded);
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
        // `datasets` finds the types of the columns in the files themselves.
        self.put(INFO, &Empty {})?;
        self.put(STATE, &state)
    }
}

/// Returns the error of the output without what Arrow adds to it.
pub fn cause(error: ArrowError) -> anyhow::Error {
    match error {
        ArrowError::IoError(_, error) => error.into(),
        error => error.into(),
    }
}

/// Returns the files of a set that is not large.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let names = [&ArrowDirectory::name(0), INFO, STATE];
    names.map(|name| directory.join(name)).into()
}

/// `dataset_dict.json`, which names the parts of a split.
#[derive(Serialize, Deserialize)]
struct ArrowDict {
    splits: Vec<String>,
}

/// Writes the file that names the parts of a split, each of which is a directory.
pub fn put_dict<'a>(directory: &Path, parts: impl Iterator<Item = &'a str>) -> Result<()> {
    let splits = parts.map(str::to_owned).collect();
    put(&directory.join(DICT), &ArrowDict { splits })
}

/// Returns whether this command wrote the set in a directory: `datasets` gives its files other
/// names.
pub fn is_ours(directory: &Path) -> bool {
    #[derive(Deserialize)]
    struct WrittenState {
        #[serde(rename = "_data_files")]
        data_files: Vec<DataFile>,
    }
    let state = fs::read(directory.join(STATE)).unwrap_or_default();
    serde_json::from_slice(&state).is_ok_and(|written: WrittenState| {
        let mut files = written.data_files.iter().enumerate();
        files.all(|(i, file)| file.filename == ArrowDirectory::name(i))
    })
}

/// Refuses to replace files of a set that this command did not write, and to leave files of an
/// earlier set beside those of a new one.
pub fn check(directory: &Path) -> Result<()> {
    let [info, state] = [INFO, STATE].map(|name| directory.join(name));
    refuse(
        &info,
        fs::read(&info).is_ok_and(|info| info.trim_ascii() == b"{}"),
    )?;
    refuse(&state, is_ours(directory))?;
    let second = directory.join(ArrowDirectory::name(1));
    if second.exists() {
        bail!(
            "{} is from an earlier run; remove it, or name an output in another directory",
            Shown(&second)
        );
    }
    Ok(())
}

/// Refuses to replace the file that names the parts of a set that another program wrote.
pub fn check_dict(directory: &Path) -> Result<()> {
    let path = directory.join(DICT);
    let dict = fs::read(&path).unwrap_or_default();
    let dict: Result<ArrowDict, _> = serde_json::from_slice(&dict);
    let is_of_ours = |part: &String| {
        let part = directory.join(part);
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
            "{}: --ids arrow would replace this file, which luadec-tok did not write; name another directory",
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
