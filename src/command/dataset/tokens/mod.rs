//! Records as ids: their frame, their lengths, and the files that hold them.

pub mod arrow;
pub mod bin;
pub mod encode;
pub mod file;
mod frame;
pub mod id_record;
pub mod lengths;
pub mod npy;
pub mod picture;

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::arguments::{Dataset, IdsForm, TokenArgs};
use super::set::paths::SetPaths;
use crate::command::tokenizer;
use crate::command::usage::Usage;

/// Refuses options that do not go together.
pub fn check(options: &Dataset) -> Result<()> {
    let (args, files) = (&options.tokens, &options.files);
    let usage = |message: &str| Usage(message.to_owned());
    if args.pack.is_some() && args.ids != Some(IdsForm::Bin) {
        bail!(usage("--pack is for --ids bin"));
    }
    if matches!(args.ids, None | Some(IdsForm::Jsonl)) {
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

/// Refuses to replace what this command did not write, in the files that the user does not name.
///
/// # Errors
/// There is such a file.
pub fn check_outputs(options: &Dataset, paths: &SetPaths) -> Result<()> {
    let files = paths.files(options);
    match options.tokens.ids {
        Some(IdsForm::Arrow) => {
            if options.files.split.is_some() {
                arrow::check_dict(&paths.folder)?;
            }
            files.iter().try_for_each(|file| arrow::check(file))
        }
        Some(IdsForm::Bin) => files.iter().try_for_each(|file| bin::check(file)),
        _ => Ok(()),
    }
}

/// The files that are read beside the sources.
pub fn inputs(args: &TokenArgs) -> Vec<PathBuf> {
    let tokenizer = args.tokenizer.as_deref().map(tokenizer::file);
    let config = tokenizer.as_deref().map(tokenizer::config);
    [tokenizer, config, args.template.clone()]
        .into_iter()
        .flatten()
        .collect()
}

/// The files of the parts, as far as their names are known before.
pub fn outputs(options: &Dataset, paths: &SetPaths) -> Vec<PathBuf> {
    let files = paths.files(options).into_iter();
    files
        .flat_map(|path| match options.tokens.ids {
            Some(IdsForm::Arrow) => arrow::files(&path),
            Some(IdsForm::Bin) => vec![bin::index(&path), path],
            _ => vec![path],
        })
        .collect()
}
