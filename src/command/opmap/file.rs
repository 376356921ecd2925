//! The opcode map that --opmap names.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use luadec_tok::Version;
use luadec_tok::opmap::{MapTextError, OpcodeMap};

use crate::command::io::input::read_file;
use crate::command::io::shown::Shown;

#[derive(Clone, Debug, Default, Args)]
pub struct OpmapArgs {
    /// Read the opcode numbers of a modified Lua from FILE
    ///
    /// FILE has lines of the form .op NUMBER NAME, as for unluac. luadec-tok opmap finds them.
    #[arg(long, value_name = "FILE")]
    pub opmap: Option<PathBuf>,
}

/// An opcode map. The version of Lua that its names belong to is known only with a chunk.
pub struct OpmapFile {
    path: PathBuf,
    maps: Vec<Result<OpcodeMap, MapTextError>>,
}

impl OpmapArgs {
    /// Reads the file, if one was given.
    ///
    /// # Errors
    /// It cannot be read, or is not an opcode map of any version.
    pub fn read(&self) -> Result<Option<OpmapFile>> {
        let Some(path) = &self.opmap else {
            return Ok(None);
        };
        const MOST: u64 = 1 << 20;
        let named = || Shown(path).to_string();
        let text = read_file(path, MOST).with_context(named)?;
        let Ok(text) = String::from_utf8(text) else {
            bail!("{}: not an opcode map: it is not text in UTF-8", named());
        };
        let maps = Version::ALL.map(|version| OpcodeMap::parse(version, &text));
        // The version whose error comes last is the one that was meant.
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
    /// Returns the map for chunks of a version.
    ///
    /// # Errors
    /// The names belong to another version.
    pub fn map(&self, version: Version) -> Result<&OpcodeMap> {
        let mut maps = Version::ALL.iter().zip(&self.maps);
        let (_, map) = maps
            .find(|(of, _)| **of == version)
            .expect("there is a map of each version");
        map.as_ref()
            .map_err(|error| anyhow!("{}:{error}", Shown(&self.path)))
    }
}
