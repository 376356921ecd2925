//! `--card`: `dataset_info.json` for LLaMA-Factory, and `README.md` for the Hugging Face Hub.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;
use serde_json::{Map, Value};

use super::counts::{PartCounts, SetCounts};
use super::lengths::LengthSummary;
use super::lengths_picture;
use super::paths::SetPaths;
use crate::command::io::output::Output;
use crate::command::io::shown::Shown;
use crate::command::train::dataset::arguments::{Dataset, IdsFormat, RecordFormat};

const INFO: &str = "dataset_info.json";
const CARD: &str = "README.md";
const LENGTHS: &str = "lengths.svg";
/// Marks a README as written by this command.
const MARK: &str = "<!-- Written by luadec-tok dataset --card. -->";

/// Returns the files of a card.
pub fn files(options: &Dataset, paths: &SetPaths) -> Vec<PathBuf> {
    let info = options.tokens.ids.is_none().then_some(INFO);
    let lengths = options.tokens.tokenizer.is_some().then_some(LENGTHS);
    let names = [Some(CARD), info, lengths].into_iter().flatten();
    names.map(|name| paths.directory.join(name)).collect()
}

/// Refuses to replace a README that is not a card, and entries of other data sets.
pub fn check(options: &Dataset, paths: &SetPaths) -> Result<()> {
    let [info, card] = [INFO, CARD].map(|name| paths.directory.join(name));
    let others = others(&info)?;
    for file in paths.files(options) {
        check_entry(&others, &file, &info)?;
    }
    let picture = paths.directory.join(LENGTHS);
    if options.tokens.tokenizer.is_some() && picture.exists() && !card.exists() {
        bail!(
            "{}: --card would replace this picture, but there is no card that it belongs to; name an output in another directory",
            Shown(&picture)
        );
    }
    match fs::read_to_string(&card) {
        Ok(text) if !text.contains(MARK) => bail!(
            "{}: --card would replace this file, but it is not a card; name an output in another directory",
            Shown(&card)
        ),
        _ => Ok(()),
    }
}

/// Writes the files of a card.
pub fn write(options: &Dataset, paths: &SetPaths, counts: &SetCounts) -> Result<()> {
    if let Some(lengths) = &counts.lengths {
        put(
            &paths.directory.join(LENGTHS),
            &lengths_picture::svg(lengths)?,
        )?;
    }
    put(&paths.directory.join(CARD), &card(options, paths, counts))?;
    // LLaMA-Factory finds ids by the path of their directory, without an entry.
    if options.tokens.ids.is_some() {
        return Ok(());
    }
    let info_path = paths.directory.join(INFO);
    let mut info = others(&info_path)?;
    let parts = counts.parts.iter();
    for file in parts.flat_map(|part| data_files(options, paths, part)) {
        check_entry(&info, &file, &info_path)?;
        let (key, file_name) = key(&file);
        let entry = InfoEntry::new(options.records.format, file_name);
        info.insert(key, serde_json::to_value(entry)?);
    }
    let info = serde_json::to_string_pretty(&info)?;
    put(&info_path, &(info + "\n"))
}

/// Returns the key of a file's entry and the name of the file.
fn key(file: &Path) -> (String, String) {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let key = &name[..name.find('.').unwrap_or(name.len())];
    (key.to_owned(), name.clone().into_owned())
}

/// Refuses to replace the entry of another file with the same key.
fn check_entry(others: &Map<String, Value>, file: &Path, info: &Path) -> Result<()> {
    let (key, name) = key(file);
    match others.get(&key).map(|other| &other["file_name"]) {
        Some(other) if *other != name => bail!(
            "{}: the entry {key:?} belongs to another file, {other}; name another output",
            Shown(info)
        ),
        _ => Ok(()),
    }
}

/// Reads the entries of an existing `dataset_info.json`.
fn others(path: &Path) -> Result<Map<String, Value>> {
    match fs::read(path) {
        Ok(json) => serde_json::from_slice(&json).map_err(|_| {
            let path = Shown(path);
            anyhow!(
                "{path}: --card adds an entry, but this is not a JSON object; correct or remove it"
            )
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Map::new()),
        Err(error) => Err(error).with_context(|| Shown(path).to_string()),
    }
}

fn put(path: &Path, text: &str) -> Result<()> {
    let mut output = Output::file(path)?;
    output.write_all(text.as_bytes())?;
    output.finish()
}

/// The entry of a file in `dataset_info.json`.
#[derive(Serialize)]
struct InfoEntry {
    file_name: String,
    formatting: &'static str,
    columns: InfoColumns,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<InfoTags>,
}

/// The keys of a record that LLaMA-Factory reads.
#[derive(Serialize)]
#[serde(untagged)]
enum InfoColumns {
    Messages {
        messages: &'static str,
    },
    Completion {
        prompt: &'static str,
        response: &'static str,
    },
    Text {
        prompt: &'static str,
    },
}

/// The keys and values of a turn in `messages`.
#[derive(Serialize)]
struct InfoTags {
    role_tag: &'static str,
    content_tag: &'static str,
    user_tag: &'static str,
    assistant_tag: &'static str,
}

const TAGS: InfoTags = InfoTags {
    role_tag: "role",
    content_tag: "content",
    user_tag: "user",
    assistant_tag: "assistant",
};

impl InfoEntry {
    fn new(format: RecordFormat, file_name: String) -> InfoEntry {
        let (formatting, columns, tags) = match format {
            RecordFormat::Messages => (
                "sharegpt",
                InfoColumns::Messages {
                    messages: "messages",
                },
                Some(TAGS),
            ),
            RecordFormat::Completion => (
                "alpaca",
                InfoColumns::Completion {
                    prompt: "prompt",
                    response: "completion",
                },
                None,
            ),
            RecordFormat::Text | RecordFormat::Chatml => {
                ("alpaca", InfoColumns::Text { prompt: "text" }, None)
            }
        };
        InfoEntry {
            file_name,
            formatting,
            columns,
            tags,
        }
    }
}

/// Returns the files of a part.
fn data_files(options: &Dataset, paths: &SetPaths, part: &PartCounts) -> Vec<PathBuf> {
    match part.shards {
        None if options.files.split.is_none() => vec![options.output.clone()],
        None => vec![paths.file(&part.name)],
        Some(shards) => (0..shards)
            .map(|shard| paths.shard(&part.name, shard, shards))
            .collect(),
    }
}

/// Returns a table of the lengths of the records in tokens.
fn table(summary: &LengthSummary) -> String {
    let LengthSummary {
        median,
        p90,
        p99,
        maximum,
        within,
        ..
    } = summary;
    let mut table = format!(
        "| tokens per record | |\n| --- | ---: |\n\
         | median | {median} |\n| p90 | {p90} |\n| p99 | {p99} |\n| maximum | {maximum} |\n"
    );
    for (limit, share) in within {
        writeln!(table, "| within {limit} | {:.1} % |", share * 100.0).expect("a string takes all");
    }
    table
}

/// Returns a text as a YAML value, in quotes where YAML might take it for something else.
fn yaml(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./*".contains(c);
    match text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(plain) {
        true => text.into(),
        false => Value::from(text).to_string().into(),
    }
}

fn card(options: &Dataset, paths: &SetPaths, counts: &SetCounts) -> String {
    let mut files = String::new();
    let mut sizes = String::new();
    for PartCounts {
        name,
        records,
        bytes,
        shards,
        ..
    } in &counts.parts
    {
        let pattern = if shards.is_some() { "-*-of-*" } else { "" };
        let path = match options.tokens.ids {
            Some(IdsFormat::Arrow) if options.files.split.is_some() => format!("{name}/*.arrow"),
            Some(IdsFormat::Arrow) => "*.arrow".to_owned(),
            _ => format!("{name}{pattern}{}", paths.ending),
        };
        let (split, path) = (yaml(name), yaml(&path));
        write!(files, "\n      - split: {split}\n        path: {path}")
            .expect("a string takes all");
        write!(sizes, "\n| {name} | {records} | {bytes} |").expect("a string takes all");
    }
    let tokens = counts.lengths.as_ref().map_or_else(String::new, |lengths| {
        format!(
            "{}\n![The lengths of the records]({LENGTHS})\n\n",
            table(&lengths.summary())
        )
    });
    let version = env!("CARGO_PKG_VERSION");
    let records = &options.records;
    let value = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    format!(
        "---\n\
         task_categories:\n  - text-generation\n\
         tags:\n  - lua\n  - bytecode\n\
         configs:\n  - config_name: default\n    data_files:{files}\n\
         ---\n\
         {MARK}\n\n\
         # Lua bytecode and its source\n\n\
         Token streams of Lua bytecode, each with the source that it was compiled from. Every stream was\n\
         parsed back and compared with its bytecode.\n\n\
         | part | records | bytes before compression |\n| --- | ---: | ---: |{sizes}\n\n{tokens}\
         Made by luadec-tok {version} with --format {format} --stream {stream} --unit {unit} --answers {answers} --strip {strip}\n\
         --seed {seed} --dedup {dedup}, from\n{counts}.\n",
        format = value(&records.format),
        stream = records.stream().name(),
        unit = value(&records.unit),
        answers = value(&records.answers()),
        strip = records.strip,
        seed = records.seed(),
        dedup = records.dedup,
    )
}
