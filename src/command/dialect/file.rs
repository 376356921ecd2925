//! The dialect that --dialect names, or the opcode map that --opmap does.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use luadec_tok::chunk::{Chunk, Extension};
use luadec_tok::dialect::{BUILTIN, Dialect, DialectOpcodes, is_dialect};
use luadec_tok::opmap::{MapTextError, MapTextProblem, OpcodeMap};
use luadec_tok::{Header, LUA_SIGNATURE, Version, dump_in, try_dump_like};

use crate::command::io::claims::Claims;
use crate::command::io::input::read_file;
use crate::command::io::shown::Shown;
use crate::command::usage::Usage;

#[derive(Clone, Debug, Default, Args)]
pub struct DialectArgs {
    /// Read the chunks of a modified Lua: a name or a file
    ///
    /// luadec-tok dialect lists the names. A file describes another; luadec-tok dialect NAME prints one
    /// to start from.
    #[arg(
        long,
        value_name = "NAME|FILE",
        conflicts_with = "opmap",
        display_order = 2
    )]
    pub dialect: Option<PathBuf>,
    /// Read the opcode numbers of a modified Lua from FILE
    ///
    /// FILE has lines of the form .op NUMBER NAME, as for unluac. luadec-tok opmap finds them.
    #[arg(long, value_name = "FILE", display_order = 2)]
    pub opmap: Option<PathBuf>,
}

/// A dialect or an opcode map as a text.
#[derive(Clone)]
#[cfg_attr(feature = "tokenizer", derive(serde::Serialize, serde::Deserialize))]
pub struct DialectSource {
    /// The name or the path, for messages.
    named: String,
    text: String,
}

/// A dialect or an opcode map.
pub struct DialectFile {
    source: DialectSource,
    /// `None` for an opcode map, whose chunks are stored as plain Lua's.
    dialect: Option<Dialect>,
    /// The opcodes of each version, or why the file does not give them.
    opcodes: Vec<(Version, Result<DialectOpcodes, String>)>,
}

impl DialectArgs {
    /// Reads the file, if one was given.
    ///
    /// # Errors
    /// It cannot be read, or is neither a dialect nor an opcode map of any version.
    pub fn read(&self) -> Result<Option<DialectFile>> {
        let source = self.source()?;
        source.map(DialectSource::parse).transpose()
    }

    /// Reads the text of the file, if one was given.
    fn source(&self) -> Result<Option<DialectSource>> {
        let Some(path) = self.dialect.as_ref().or(self.opmap.as_ref()) else {
            return Ok(None);
        };
        let name = self.dialect.as_ref().and_then(|name| name.to_str());
        let builtin = name.and_then(|name| BUILTIN.iter().find(|(builtin, _)| *builtin == name));
        if let Some((name, text)) = builtin {
            let (named, text) = ((*name).to_owned(), (*text).to_owned());
            return Ok(Some(DialectSource { named, text }));
        }
        const MOST: u64 = 1 << 20;
        let named = Shown(path).to_string();
        if self.dialect.is_some() && !path.exists() {
            let names: Vec<&str> = BUILTIN.iter().map(|(name, _)| *name).collect();
            bail!(Usage(format!(
                "--dialect {named}: no such file or dialect; the names are {}",
                names.join(", ")
            )));
        }
        let text = read_file(path, MOST).with_context(|| named.clone())?;
        match String::from_utf8(text) {
            Ok(text) => Ok(Some(DialectSource { named, text })),
            Err(_) => {
                let what = match self.dialect {
                    Some(_) => "a dialect",
                    None => "an opcode map",
                };
                bail!("{named}: not {what}: it is not text in UTF-8")
            }
        }
    }

    /// Claims the file as an input.
    pub fn claim(&self, claims: &mut Claims) {
        let builtin = |path: &&PathBuf| {
            path.to_str()
                .is_some_and(|name| BUILTIN.iter().any(|(builtin, _)| *builtin == name))
        };
        let dialect = self.dialect.as_ref().filter(|path| !builtin(path));
        if let Some(path) = dialect.or(self.opmap.as_ref()) {
            claims.input(Some(path));
        }
    }
}

impl DialectSource {
    /// Parses the text.
    ///
    /// # Errors
    /// It is neither a dialect nor an opcode map of any version.
    fn parse(self) -> Result<DialectFile> {
        let DialectSource { named, text } = &self;
        if is_dialect(text) {
            let dialect = Dialect::parse(text).map_err(|error| anyhow!("{named}:{error}"))?;
            let opcodes = dialect.base.iter();
            let opcodes = opcodes.map(|version| (*version, Ok(dialect.opcodes_of(*version))));
            return Ok(DialectFile {
                opcodes: opcodes.collect(),
                dialect: Some(dialect),
                source: self,
            });
        }
        let maps = Version::ALL.map(|version| (version, OpcodeMap::parse(version, text)));
        // The version whose error comes last is the one that was meant.
        let errors = maps.iter().map(|(_, map)| map.as_ref().err());
        let errors: Option<Vec<_>> = errors.collect();
        let no_version = errors.as_deref().and_then(|errors| {
            let name = |error: &&MapTextError| match &error.problem {
                MapTextProblem::Name { found, .. } => Some((error.line, found.clone())),
                _ => None,
            };
            let first = errors.first().and_then(name)?;
            errors
                .iter()
                .all(|error| name(error).as_ref() == Some(&first))
                .then_some(first)
        });
        if let Some((line, found)) = no_version {
            bail!(
                "{named}:{line}: no version of Lua has an opcode {found:?}; a dialect that adds one has a \
                 .base"
            );
        }
        if let Some(error) = errors.and_then(|errors| errors.into_iter().max_by_key(|e| e.line)) {
            return Err(anyhow!("{named}:{error}"));
        }
        let opcodes = maps.map(|(version, map)| {
            let opcodes = map.map(|map| DialectOpcodes {
                map: Some(map),
                extension: Extension::default(),
            });
            (version, opcodes.map_err(|error| format!("{named}:{error}")))
        });
        Ok(DialectFile {
            opcodes: opcodes.into(),
            dialect: None,
            source: self,
        })
    }
}

impl DialectFile {
    /// Parses what [`source`](Self::source) returned.
    #[cfg(feature = "dataset")]
    pub fn of_source(source: DialectSource) -> DialectFile {
        source.parse().expect("it was parsed before")
    }

    /// Returns what the file says, to be parsed by another process.
    #[cfg(feature = "dataset")]
    pub fn source(&self) -> &DialectSource {
        &self.source
    }

    /// Returns how chunks are stored, unless as plain Lua's.
    pub fn dialect(&self) -> Option<&Dialect> {
        self.dialect.as_ref()
    }

    /// Returns the version that is meant if none is named.
    pub fn default_version(&self) -> Version {
        let dialect = self.dialect.as_ref();
        dialect.map_or(Version::Lua53, |dialect| dialect.base[0])
    }

    /// Returns the first bytes of the chunks.
    pub fn signature(&self) -> &[u8] {
        let dialect = self.dialect.as_ref();
        let signature = dialect.and_then(|dialect| dialect.signature.as_deref());
        signature.unwrap_or(LUA_SIGNATURE)
    }

    /// Returns the opcodes of chunks of a version.
    ///
    /// # Errors
    /// The file is about another version.
    pub fn opcodes(&self, version: Version) -> Result<&DialectOpcodes> {
        match self.opcodes.iter().find(|(of, _)| *of == version) {
            Some((_, opcodes)) => opcodes.as_ref().map_err(|error| anyhow!("{error}")),
            None => {
                let base: Vec<&str> = self.opcodes.iter().map(|(of, _)| of.name()).collect();
                let base = base.join(" or ");
                bail!(
                    "{} is a dialect of {base}, not of {}",
                    self.source.named,
                    version.name()
                )
            }
        }
    }

    /// Returns the bytes of a chunk in this dialect, with a header like this one or the dialect's first.
    ///
    /// # Errors
    /// The chunk is of another version, has an opcode without a number, or a value that the dialect
    /// has no room for.
    pub fn write(&self, mut chunk: Chunk, header: Option<Header>) -> Result<Vec<u8>> {
        self.opcodes(chunk.version)?.to_foreign(&mut chunk)?;
        let version = chunk.version;
        Ok(match &self.dialect {
            Some(dialect) => {
                let header = header.unwrap_or_else(|| Header::of_dialect(dialect, version));
                dump_in(&chunk, dialect, &header)
            }
            None => try_dump_like(&chunk, &header.unwrap_or(Header::usual(version))),
        }?)
    }
}
