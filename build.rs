//! Renders the fixed runs of tokens of both streams as constants (`src/stream/fragments.rs`), from
//! the opcode tables and the grammars of the crate, so that nothing is built at start-up.

#[path = "src/stream/full/grammar.rs"]
mod full;
#[path = "src/opcodes/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the crate uses the rest")]
mod opcodes;
#[path = "src/stream/terse/grammar.rs"]
mod terse;
#[path = "src/stream/tokens.rs"]
mod tokens;
#[path = "src/version.rs"]
#[allow(dead_code, unused_imports, reason = "the crate uses the rest")]
mod version;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, mem};

use version::Version;

fn main() {
    link_unwinder();
    for input in [
        "build.rs",
        "src/opcodes",
        "src/stream/full/grammar.rs",
        "src/stream/terse/grammar.rs",
        "src/stream/tokens.rs",
        "src/version.rs",
    ] {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let mut vocabulary: BTreeMap<String, u8> =
        tokens::everywhere().map(|token| (token, u8::MAX)).collect();
    let terse = Version::ALL.map(tokens::in_terse).iter().sum();
    for (file, render, streams) in [
        (
            "full.rs",
            full::render as fn(&mut Rendered),
            tokens::IN_FULL,
        ),
        ("terse.rs", terse::render, terse),
    ] {
        let mut stream = Rendered {
            streams,
            ..Rendered::default()
        };
        render(&mut stream);
        stream.each();
        fs::write(out.join(file), stream.source).expect("OUT_DIR can be written");
        for (token, streams) in stream.tokens {
            *vocabulary.entry(token).or_default() |= streams;
        }
    }
    // A single text needs no work at start-up; an array of pointers would.
    let lines: String = vocabulary
        .keys()
        .map(|token| format!("{token}\n"))
        .collect();
    let streams: Vec<u8> = vocabulary.into_values().collect();
    let source = format!(
        "pub(super) static TOKENS: &str = {lines:?};\npub(super) static STREAMS: &[u8] = &{streams:?};\n"
    );
    fs::write(out.join("vocabulary.rs"), source).expect("OUT_DIR can be written");
}

/// Links the unwinder statically where the C compiler has it as an archive. Loading it as a library
/// takes a seventh of the time needed to convert a small chunk.
fn link_unwinder() {
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let is_static = target("FEATURE")
        .split(',')
        .any(|feature| feature == "crt-static");
    if target("OS") != "linux" || target("ENV") != "gnu" || is_static {
        return;
    }
    let linker = env::var_os("RUSTC_LINKER").unwrap_or("cc".into());
    let found = Command::new(linker)
        .arg("-print-file-name=libgcc_eh.a")
        .output();
    // A compiler that does not have the archive prints its bare name.
    let path = found.map_or_else(|_| Vec::new(), |found| found.stdout);
    if Path::new(String::from_utf8_lossy(&path).trim()).is_absolute() {
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// The constants as Rust source, and all tokens in them.
#[derive(Default)]
pub struct Rendered {
    source: String,
    /// Each token with the streams that it is in.
    tokens: BTreeMap<String, u8>,
    /// The streams that have the fragments that come next.
    streams: u8,
    /// The number of fragments so far.
    count: usize,
    /// Statements that pass each fragment to `see`, in the order of their numbers.
    see_each: String,
}

impl Rendered {
    /// Renders fragments that only terse streams of these versions have.
    pub fn only(&mut self, versions: &[Version], render: impl FnOnce(&mut Self)) {
        let only = versions.iter().copied().map(tokens::in_terse).sum();
        let all = mem::replace(&mut self.streams, only);
        render(self);
        self.streams = all;
    }

    /// Renders one fragment.
    pub fn one(&mut self, name: &str, tokens: String) {
        let size = tokens.len().next_multiple_of(16);
        let fragment = self.fragment(&tokens, size);
        let number = self.count;
        writeln!(
            self.source,
            "pub(crate) const {name}: Numbered<{size}> = Numbered {{ fragment: &{fragment}, number: {number} }};"
        )
        .expect("a string takes everything");
        self.count += 1;
        writeln!(self.see_each, "    see({name}.tokens());").expect("a string takes everything");
    }

    /// Renders a table of fragments.
    pub fn table(&mut self, name: &str, rows: impl Iterator<Item = String>) {
        let rows: Vec<String> = rows.collect();
        let size = rows
            .iter()
            .map(String::len)
            .max()
            .unwrap_or(0)
            .next_multiple_of(16);
        let fragments: Vec<String> = rows
            .iter()
            .map(|tokens| self.fragment(tokens, size))
            .collect();
        let count = rows.len();
        let rows = fragments.join(",\n    ");
        let first = self.count;
        self.constant(
            name,
            &format!("Table<{size}, {count}>"),
            &format!("Table {{ rows: [\n    {rows}\n], first: {first} }}"),
        );
        self.count += count;
        writeln!(
            self.see_each,
            "    {name}.iter().for_each(|row| see(row.tokens()));"
        )
        .expect("a string takes everything");
    }

    /// Renders a function that passes the tokens of all fragments to `see`, in the order of their
    /// numbers.
    fn each(&mut self) {
        let statements = &self.see_each;
        writeln!(
            self.source,
            "#[cfg(feature = \"tokenizer\")]\n\
             pub(crate) fn each(mut see: impl FnMut(&'static [u8])) {{\n{statements}}}"
        )
        .expect("a string takes everything");
    }

    fn fragment(&mut self, tokens: &str, size: usize) -> String {
        for token in tokens.split_inclusive('>') {
            *self.tokens.entry(token.to_owned()).or_default() |= self.streams;
        }
        let pad = "\\0".repeat(size - tokens.len());
        format!(
            "Fragment {{ bytes: *b\"{tokens}{pad}\", len: {} }}",
            tokens.len()
        )
    }

    fn constant(&mut self, name: &str, of: &str, value: &str) {
        writeln!(self.source, "pub(crate) static {name}: {of} = {value};")
            .expect("a string takes everything");
    }
}
