//! What two runs must have in common for one to continue the other.

use std::collections::BTreeMap;
use std::{fs, io};

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::command::io::shown::Shown;
use crate::command::train::compile::{Compiler, Limits};
use crate::command::train::dataset::arguments::Dataset;
use crate::command::train::hash::hex;

/// Everything that determines what a run writes, except for its sources.
#[derive(Default, Serialize, Deserialize)]
pub struct RunIdentity {
    /// The version and the options, as text.
    options: String,
    /// Checksums of the files that the options name, and of the compiler's work.
    #[serde(default)]
    inputs: BTreeMap<String, String>,
}

impl RunIdentity {
    /// Identifies the run with these options.
    ///
    /// # Errors
    /// A file cannot be read, or the compiler does not work.
    pub fn new(options: &Dataset, compiler: &Compiler) -> Result<RunIdentity> {
        let mut inputs = BTreeMap::from([("compiler".to_owned(), probe(compiler)?)]);
        for file in options.tokens.files() {
            let name = Shown(&file).to_string();
            let checksum = match fs::read(&file) {
                Ok(bytes) => hex(&Sha256::digest(bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
                Err(error) => return Err(error).context(name),
            };
            inputs.insert(name, checksum);
        }
        Ok(RunIdentity {
            options: decisive(options),
            inputs,
        })
    }

    /// Returns whether another run has the same version and options.
    pub fn has_options_of(&self, other: &RunIdentity) -> bool {
        self.options == other.options
    }

    /// Returns the first name whose checksum differs in another run.
    pub fn other_input<'a>(&'a self, other: &'a RunIdentity) -> Option<&'a str> {
        let mut names = self.inputs.keys().chain(other.inputs.keys());
        let differs = |name: &&String| self.inputs.get(*name) != other.inputs.get(*name);
        names.find(differs).map(String::as_str)
    }
}

/// Returns the version and the options that determine what is written.
fn decisive(options: &Dataset) -> String {
    let mut decisive = options.clone();
    decisive.paths.sort();
    // An option with its default value is no other option.
    let content_key = decisive.input.content_key().to_owned();
    decisive.input.content_key = Some(content_key);
    decisive.records.seed.get_or_insert(0);
    decisive.records.stream = Some(options.records.stream());
    decisive.records.answers = Some(options.records.answers());
    decisive.files.group_depth.get_or_insert(1);
    decisive.files.resume = false;
    decisive.report = None;
    decisive.card = false;
    decisive.fail_fast = false;
    decisive.jobs = None;
    format!("{} {decisive:?}", env!("CARGO_PKG_VERSION"))
}

/// Uses every kind of statement, so that compilers that differ anywhere probably differ here.
const SOURCE: &str = "\
local a, b = 1, 'two' .. 3 * 4 - 0.5
local t = { 1, 2, x = a, [b] = nil, f = function(...) return ..., a end }
function t.g(x, y) if x and not y or x <= y then return t.f(x, y) else b = #t end end
function t:h(...) for i = 10, 1, -3 do self.x = self.x + i end return self:h(...) end
for k, v in pairs(t) do while k ~= v do repeat local u = k; t[u] = function() return u end until u; break end end
return 2 ^ 53 % 7, -a, 1e308 * 10, 255 == 0xff, t.g(1, 2)
";

/// Returns a hash that distinguishes compilers, even if the same command line starts them.
///
/// # Errors
/// The compiler does not take the source.
fn probe(compiler: &Compiler) -> Result<String> {
    let limits = Limits {
        memory: 1 << 20,
        seconds: 60,
    };
    let chunk = compiler.compile(SOURCE.as_bytes(), "probe", limits);
    let chunk = chunk.map_err(|error| anyhow!("the compiler rejects a small program: {error}"))?;
    Ok(hex(&Sha256::digest(chunk)))
}
