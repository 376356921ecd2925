//! What tells others of the set: `dataset_info.json` for LLaMA-Factory, and a card for the Hub.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use super::counts::{Counts, Tally};
use super::interrupt;
use super::layout::Layout;
use crate::cli::dataset::{Dataset, RecordFormat};

const INFO: &str = "dataset_info.json";
const CARD: &str = "README.md";
/// What a card holds, and other READMEs do not.
const MARK: &str = "<!-- Written by luadec-tok dataset --card. -->";

/// Refuses to replace a README that is no card.
pub fn check(layout: &Layout) -> Result<()> {
    let path = layout.folder.join(CARD);
    match fs::read_to_string(&path) {
        Ok(text) if !text.contains(MARK) => bail!(
            "{}: --card would replace it, and it is no card: name an output in another folder",
            path.display()
        ),
        _ => Ok(()),
    }
}

pub fn write(options: &Dataset, layout: &Layout, counts: &Counts) -> Result<()> {
    let info = serde_json::to_string_pretty(&info(options, layout, counts))?;
    put(&layout.folder.join(INFO), &(info + "\n"))?;
    put(&layout.folder.join(CARD), &card(options, layout, counts))
}

fn put(path: &Path, text: &str) -> Result<()> {
    let mut output = interrupt::output(path)?;
    output.write_all(text.as_bytes())?;
    output.finish()
}

/// An entry for each file.
fn info(options: &Dataset, layout: &Layout, counts: &Counts) -> Value {
    let (formatting, columns) = match options.records.format {
        RecordFormat::Messages => ("sharegpt", json!({"messages": "messages"})),
        RecordFormat::Completion => (
            "alpaca",
            json!({"prompt": "prompt", "response": "completion"}),
        ),
        RecordFormat::Text | RecordFormat::Chatml => ("alpaca", json!({"prompt": "text"})),
    };
    let mut info = Map::new();
    for file in counts
        .parts
        .iter()
        .flat_map(|part| files(options, layout, part))
    {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut entry = json!({"file_name": name, "formatting": formatting, "columns": columns});
        if options.records.format == RecordFormat::Messages {
            entry["tags"] = json!({
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
            });
        }
        info.insert(
            name[..name.find('.').unwrap_or(name.len())].to_owned(),
            entry,
        );
    }
    Value::Object(info)
}

fn files(options: &Dataset, layout: &Layout, part: &Tally) -> Vec<PathBuf> {
    match part.shards {
        None if options.layout.split.is_none() => vec![options.output.clone()],
        None => vec![layout.file(&part.name)],
        Some(shards) => (0..shards)
            .map(|shard| layout.shard(&part.name, shard, shards))
            .collect(),
    }
}

fn card(options: &Dataset, layout: &Layout, counts: &Counts) -> String {
    let mut files = String::new();
    let mut sizes = String::new();
    for Tally {
        name,
        records,
        bytes,
        shards,
    } in &counts.parts
    {
        let pattern = if shards.is_some() { "-*-of-*" } else { "" };
        let path = format!("{name}{pattern}{}", layout.ending);
        write!(files, "\n      - split: {name}\n        path: {path}").expect("a string takes all");
        write!(sizes, "\n| {name} | {records} | {bytes} |").expect("a string takes all");
    }
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
         # Lua 5.3 bytecode and its source\n\n\
         The token stream of Lua 5.3 bytecode, and the source that it was compiled of. Every stream was\n\
         parsed back and compared with its bytecode.\n\n\
         | part | records | bytes before compression |\n| --- | ---: | ---: |{sizes}\n\n\
         Made by luadec-tok {version} with --format {format} --unit {unit} --strip {strip} --seed {seed}\n\
         --dedup {dedup}, of\n{counts}.\n",
        format = value(&records.format),
        unit = value(&records.unit),
        strip = records.strip,
        seed = records.seed,
        dedup = value(&records.dedup),
    )
}
