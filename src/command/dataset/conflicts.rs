//! Options that do not go together, and names of outputs that promise what the output is not.

use anyhow::{Result, bail};

use super::arguments::{Dataset, IdsFormat, RecordFormat};
use crate::command::io::shown::Shown;
use crate::command::usage::Usage;

/// Refuses options that do not go together, and a misleading name of the output.
pub fn check(options: &Dataset) -> Result<()> {
    let files = options.files.split.is_some() || options.files.shard_size.is_some() || options.card;
    if files && options.output.as_os_str() == "-" {
        let message = "--split, --shard-size and --card want files: name them with -o";
        bail!(Usage(message.to_owned()));
    }
    ids(options)?;
    output_name(options)
}

/// Refuses options that do not go together with `--ids`.
fn ids(options: &Dataset) -> Result<()> {
    let (args, files) = (&options.tokens, &options.files);
    let usage = |message: &str| Usage(message.to_owned());
    if args.pack.is_some() && args.ids != Some(IdsFormat::Bin) {
        bail!(usage("--pack is for --ids bin"));
    }
    if matches!(args.ids, None | Some(IdsFormat::Jsonl)) {
        return Ok(());
    }
    if options.output.as_os_str() == "-" {
        bail!(usage(
            "--ids arrow, bin and npy want files: name them with -o"
        ));
    }
    if files.shard_size.is_some() || files.compress.is_some() {
        bail!(usage(
            "--shard-size and --compress are for lines: --ids jsonl, or records as text"
        ));
    }
    Ok(())
}

/// Endings of files in other formats, with what messages call those.
const OTHER_FORMATS: [(&str, &str); 5] = [
    ("parquet", "Parquet"),
    ("csv", "CSV"),
    ("tsv", "TSV"),
    ("json", "a JSON document"),
    ("arrow", "Arrow"),
];

/// Endings of files that are compressed in other ways.
const OTHER_COMPRESSION: [&str; 3] = ["bz2", "xz", "zip"];

/// Refuses a name of the output that promises another format, or that others cannot be told.
///
/// # Errors
/// It is such a name.
fn output_name(options: &Dataset) -> Result<()> {
    let (files, ids) = (&options.files, options.tokens.ids);
    let path = &options.output;
    if files.split.is_some() {
        return Ok(());
    }
    let shown = Shown(path);
    let named = files.shard_size.is_some() || options.card;
    if named && path.file_name().is_some_and(|name| name.to_str().is_none()) {
        bail!(Usage(format!(
            "{shown}: --shard-size and --card need a name that is UTF-8: name another output"
        )));
    }
    let ending = path.extension().unwrap_or_default();
    let ends = |other: &str| ending.eq_ignore_ascii_case(other);
    let compression = OTHER_COMPRESSION.into_iter().find(|other| ends(other));
    let other = OTHER_FORMATS.into_iter().find(|(other, _)| ends(other));
    let (what, own) = match (ids, options.records.format) {
        (Some(IdsFormat::Arrow), _) => return Ok(()),
        (Some(IdsFormat::Bin), _) => ("ids end to end", "bin"),
        (Some(IdsFormat::Npy), _) => ("a NumPy array", "npy"),
        (None, RecordFormat::Chatml) => ("ChatML", "chatml"),
        (_, _) => ("JSON Lines", "jsonl"),
    };
    let is_text = own == "jsonl" || own == "chatml";
    let name = Shown(path.file_stem().unwrap_or_default().as_ref()).to_string();
    let name = name.strip_suffix(&format!(".{own}")).unwrap_or(&name);
    if let Some((_, format)) = other {
        let arrow = if ends("arrow") {
            "; --ids arrow writes a directory in Arrow"
        } else {
            ""
        };
        bail!(Usage(format!(
            "{shown}: the output is {what}, not {format}: name it {name}.{own}{arrow}"
        )));
    }
    if is_text && let Some(compression) = compression {
        bail!(Usage(format!(
            "{shown}: the output is not compressed as .{compression}: name it {name}.{own}.zst or {name}.{own}.gz"
        )));
    }
    if !is_text && (compression.is_some() || ends("zst") || ends("gz")) {
        bail!(Usage(format!(
            "{shown}: {what} is not compressed: name it {name}.{own}"
        )));
    }
    Ok(())
}
