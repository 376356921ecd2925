//! The file that `--opmap` names.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use luadec_tok::Version;
use luadec_tok::opmap::{MapTextError, OpcodeMap};

use crate::command::io::input::read_file;
use crate::command::io::shown::Shown;

#[derive(Clone, Debug, Args)]
pub struct OpmapArgs {
    /// Take the opcodes' numbers from file F, as unluac does: .op NUMBER NAME, a line each
    #[arg(long, value_name = "F")]
    pub opmap: Option<PathBuf>,
}

/// An opcode map. Only a chunk says which version of Lua the names belong to.
pub struct OpmapFile {
    path: PathBuf,
    maps: Vec<Result<OpcodeMap, MapTextError>>,
}

impl OpmapArgs {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    /// It cannot be read, or is the opcode map of no version.
    pub fn read(&self) -> Result<Option<OpmapFile>> {
        let Some(path) = &self.opmap else {
            return Ok(None);
        };
        const MOST: u64 = 1 << 20;
        let named = || Shown(path).to_string();
        let text = read_file(path, MOST).with_context(named)?;
        let text = String::from_utf8(text).with_context(named)?;
        let maps = Version::ALL.map(|version| OpcodeMap::parse(version, &text));
        // The version that fits furthest is the one that is meant.
        let errors = maps.iter().map(|map| map.as_ref().err());
        let errors: Option<Vec<&MapTextError>> = errors.collect();
        if let Some(error) = errors.and_then(|errors| errors.into_iter().max_by_key(|e| e.line)) {
            return Err(anyhow!("{}:{error}", Shown(path)));
        }
        Ok(Some(OpmapFile {
            path: path.clone(),
            maps: maps.into(),
        }))
    }
}

impl OpmapFile {
    /// The map for chunks of a version.
    ///
    /// # Errors
    /// The names are those of another version.
    pub fn map(&self, version: Version) -> Result<&OpcodeMap> {
        let mut maps = Version::ALL.iter().zip(&self.maps);
        let (_, map) = maps
            .find(|(of, _)| **of == version)
            .expect("there is a map of each version");
        map.as_ref()
            .map_err(|error| anyhow!("{}:{error}", Shown(&self.path)))
    }
}
