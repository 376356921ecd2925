//! The versions of Lua that --lua takes.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use luadec_tok::Version;

/// Returns the parser of --lua, which lists the versions in errors and completions.
pub fn parser() -> impl TypedValueParser<Value = Version> {
    let versions = Version::ALL.map(|version| PossibleValue::new(&version.name()["Lua ".len()..]));
    PossibleValuesParser::new(versions).try_map(|version| version.parse::<Version>())
}
