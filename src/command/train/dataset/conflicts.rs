//! Checks of options that clap cannot make: options that exclude each other or have no effect, and
//! names of outputs that promise another format.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::path::Path;

use anyhow::{Result, bail};

use super::arguments::{Container, Dataset, IdsFormat, RecordFormat, RecordStream, RecordUnit};
use super::strip::StripChoice;
use crate::command::io::shown::Shown;
use crate::command::usage::Usage;

/// Refuses options that exclude each other, options without effect, and misleading names of the
/// output.
///
/// # Errors
/// A [`Usage`] error.
pub fn check(options: &Dataset) -> Result<()> {
    without_effect(options)?;
    let records = &options.records;
    if (records.unit, records.stream) == (RecordUnit::Outline, Some(RecordStream::Full)) {
        let message = "outlines have no full stream; leave --stream out";
        bail!(Usage(message.to_owned()));
    }
    let is_stdout = options.output.as_os_str() == "-";
    if is_stdout && (options.files.shard_size.is_some() || options.card) {
        let message =
            "--shard-size and --card cannot write to standard output; name a file with -o";
        bail!(Usage(message.to_owned()));
    }
    without_keys(options)?;
    ids(options)?;
    output_name(options)
}

/// Refuses options that have no effect without others, as far as clap does not: it does not require
/// an option that conflicts with another argument.
fn without_effect(options: &Dataset) -> Result<()> {
    let (input, records, tokens) = (&options.input, &options.records, &options.tokens);
    let files = &options.files;
    let draws = matches!(records.strip, StripChoice::Rate(_)) || files.split.is_some();
    let useless = [
        (
            input.content_key.is_some() && input.rows.is_none(),
            "--content-key has no effect without --rows",
        ),
        (
            input.path_key.is_some() && input.rows.is_none(),
            "--path-key has no effect without --rows",
        ),
        (
            files.group_depth.is_some() && files.split.is_none(),
            "--group-depth has no effect without --split",
        ),
        (
            files.compress.is_some() && files.split.is_none(),
            "--compress has no effect without --split; name the output .zst or .gz",
        ),
        (
            files.compress.is_some() && options.split_into_files().is_none(),
            "--compress has no effect with -o -; name a directory, or pipe the records to zstd or gzip",
        ),
        (
            files.resume && files.shard_size.is_none(),
            "--resume has no effect without --shard-size",
        ),
        (
            records.seed.is_some() && !draws,
            "--seed has no effect: nothing is random with this --strip and without --split",
        ),
        (
            records.signatures
                && match tokens.ids {
                    Some(ids) => matches!(ids, IdsFormat::Bin | IdsFormat::Npy),
                    None => records.format == RecordFormat::Chatml,
                },
            "--signatures has no effect with --format chatml and --ids bin or npy, whose records have no keys",
        ),
        (
            tokens.pack.is_some() && tokens.ids != Some(IdsFormat::Bin),
            "--pack has no effect without --ids bin",
        ),
        (
            tokens.ids.is_some()
                && tokens.template.is_some()
                && records.format != RecordFormat::Messages,
            "--format has no effect with --ids and --template",
        ),
    ];
    match useless.into_iter().find(|(is_useless, _)| *is_useless) {
        Some((_, message)) => bail!(Usage(message.to_owned())),
        None => Ok(()),
    }
}

/// Refuses keys of records that have no keys, and error rows where only records may be.
fn without_keys(options: &Dataset) -> Result<()> {
    let is_text = options.records.format == RecordFormat::Chatml && options.tokens.ids.is_none();
    let is_arrow = options.files.container == Container::Arrow;
    let is_binary = match options.tokens.ids {
        None | Some(IdsFormat::Jsonl) => false,
        Some(IdsFormat::Arrow) => !is_arrow,
        Some(IdsFormat::Bin | IdsFormat::Npy) => true,
    };
    let refused = [
        (
            is_arrow && is_text,
            "--container arrow needs rows with keys: use another --format than chatml",
        ),
        (
            is_arrow && !matches!(options.tokens.ids, None | Some(IdsFormat::Arrow)),
            "--container arrow holds ids as columns: use --ids arrow",
        ),
        (
            is_arrow && (options.files.shard_size.is_some() || options.files.compress.is_some()),
            "--shard-size and --compress need records in lines: leave out --container arrow",
        ),
        (
            is_arrow && options.output.as_os_str() == "-" && io::stdout().is_terminal(),
            "an Arrow stream is not for a terminal: use -o FILE, or redirect the output",
        ),
        (
            is_arrow && options.card,
            "--card describes files for trainers: leave out --container arrow",
        ),
        (
            is_text && options.split_in_records().is_some(),
            "--split with -o - adds the key split to records, and those of --format chatml have no keys",
        ),
        (
            options.records.keep_errors && (is_text || is_binary),
            "--keep-errors needs rows with keys: use another --format than chatml, and --ids jsonl",
        ),
        (
            options.records.keep_errors && options.split_into_files().is_some(),
            "--keep-errors cannot tell which part a dropped row belongs to; use --split with -o -",
        ),
        (
            options.records.keep_errors && options.card,
            "--keep-errors and --card cannot be used together: trainers would read the error rows",
        ),
    ];
    match refused.into_iter().find(|(is_refused, _)| *is_refused) {
        Some((_, message)) => bail!(Usage(message.to_owned())),
        None => Ok(()),
    }
}

/// Refuses what the formats of ids exclude.
fn ids(options: &Dataset) -> Result<()> {
    let files = &options.files;
    let usage = |message: &str| Usage(message.to_owned());
    if matches!(options.tokens.ids, None | Some(IdsFormat::Jsonl)) {
        return Ok(());
    }
    if options.files.container == Container::Arrow {
        return Ok(());
    }
    if options.output.as_os_str() == "-" {
        bail!(usage(
            "--ids arrow, bin and npy cannot write to standard output; name a file with -o"
        ));
    }
    if files.shard_size.is_some() || files.compress.is_some() {
        bail!(usage(
            "--shard-size and --compress need records in lines: use --ids jsonl, or no --ids"
        ));
    }
    Ok(())
}

/// Extensions of other formats, and what messages call these.
const OTHER_FORMATS: [(&str, &str); 5] = [
    ("jsonl", "JSON Lines"),
    ("csv", "CSV"),
    ("tsv", "TSV"),
    ("json", "a JSON document"),
    ("arrow", "Arrow"),
];

/// Extensions of other kinds of compression.
const OTHER_COMPRESSION: [&str; 3] = ["bz2", "xz", "zip"];

/// Refuses a name of the output that promises another format, or that a card cannot mention.
fn output_name(options: &Dataset) -> Result<()> {
    let (files, ids) = (&options.files, options.tokens.ids);
    let path = &options.output;
    let shown = Shown(path);
    let ending = path.extension().unwrap_or_default();
    let ends = |other: &str| ending.eq_ignore_ascii_case(other);
    let stem = path.file_stem().map(Path::new).and_then(Path::extension);
    let is_parquet = |ending: &OsStr| ending.eq_ignore_ascii_case("parquet");
    if is_parquet(ending) || stem.is_some_and(is_parquet) {
        bail!(Usage(format!(
            "{shown}: cannot write Parquet; the Python client luadec_tok does, with pyarrow: see docs/CLUSTERS.md"
        )));
    }
    if options.split_into_files().is_some() {
        return Ok(());
    }
    let named = files.shard_size.is_some() || options.card;
    if named && path.file_name().is_some_and(|name| name.to_str().is_none()) {
        bail!(Usage(format!(
            "{shown}: --shard-size and --card need a name that is valid UTF-8; name another output"
        )));
    }
    let compression = OTHER_COMPRESSION.into_iter().find(|other| ends(other));
    let (what, own) = match (ids, options.records.format) {
        _ if options.files.container == Container::Arrow => ("an Arrow stream", "arrow"),
        (Some(IdsFormat::Arrow), _) => return Ok(()),
        (Some(IdsFormat::Bin), _) => ("raw token ids", "bin"),
        (Some(IdsFormat::Npy), _) => ("a NumPy array", "npy"),
        (None, RecordFormat::Chatml) => ("ChatML", "chatml"),
        (_, _) => ("JSON Lines", "jsonl"),
    };
    let mut others = OTHER_FORMATS.into_iter();
    let other = others.find(|(other, _)| *other != own && ends(other));
    let is_text = own == "jsonl" || own == "chatml";
    let name = Shown(path.file_stem().unwrap_or_default().as_ref()).to_string();
    let name = name.strip_suffix(&format!(".{own}")).unwrap_or(&name);
    if let Some((_, format)) = other {
        let arrow = if ends("arrow") {
            " (--container arrow writes Arrow)"
        } else {
            ""
        };
        bail!(Usage(format!(
            "{shown}: the output is {what}, not {format}; name it {name}.{own}{arrow}"
        )));
    }
    if is_text && let Some(compression) = compression {
        bail!(Usage(format!(
            "{shown}: cannot compress as .{compression}; name it {name}.{own}.zst or {name}.{own}.gz"
        )));
    }
    if !is_text && (compression.is_some() || ends("zst") || ends("gz")) {
        bail!(Usage(format!(
            "{shown}: {what} cannot be compressed; name it {name}.{own}"
        )));
    }
    Ok(())
}
