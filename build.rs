//! Renders the fixed runs of tokens of both streams as constants (`src/stream/fragments.rs`), from
//! the opcode table and the grammars of the crate itself, so that nothing is built at start-up.

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

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

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
    let mut all = Rendered::default();
    for (file, render, versions) in [
        ("full.rs", full::render as fn(&mut Rendered), &[][..]),
        ("terse.rs", terse::render, &terse::VERSIONS),
    ] {
        let mut stream = Rendered::default();
        render(&mut stream);
        stream.vocabulary();
        stream.vocabularies(versions);
        stream.each();
        fs::write(out.join(file), stream.source).expect("OUT_DIR can be written");
        all.tokens.extend(stream.tokens);
    }
    all.vocabulary();
    fs::write(out.join("both.rs"), all.source).expect("OUT_DIR can be written");
}

/// Links the unwinder in, where the C compiler has it as an archive: to load it as a library takes
/// a seventh of the time in which a small chunk is converted.
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
    // A compiler that does not have it gives the bare name back.
    let path = found.map_or_else(|_| Vec::new(), |found| found.stdout);
    if Path::new(String::from_utf8_lossy(&path).trim()).is_absolute() {
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// The constants as Rust source, and all the tokens in them.
#[derive(Default)]
pub struct Rendered {
    source: String,
    tokens: BTreeSet<String>,
    /// The tokens that only streams of some versions hold, with one of these versions each.
    of_version: BTreeSet<(&'static str, String)>,
    /// The versions whose streams the next fragments are for; none if they are for all.
    versions: &'static [&'static str],
    /// How many fragments there are so far.
    count: usize,
    /// The statements that show each of them to `see`, in the order of their numbers.
    see_each: String,
}

impl Rendered {
    /// Fragments for the streams of these versions only.
    pub fn only(&mut self, versions: &'static [&'static str], render: impl FnOnce(&mut Self)) {
        self.versions = versions;
        render(self);
        self.versions = &[];
    }

    /// One fragment.
    pub fn one(&mut self, name: &str, tokens: String) {
        let size = tokens.len().next_multiple_of(16);
        let fragment = self.fragment(&tokens, size);
        let number = self.count;
        writeln!(
            self.source,
            "pub(crate) const {name}: Numbered<{size}> = Numbered {{ fragment: &{fragment}, number: {number} }};"
        )
        .expect("a string takes all");
        self.count += 1;
        writeln!(self.see_each, "    see({name}.tokens());").expect("a string takes all");
    }

    /// A table of fragments.
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
        .expect("a string takes all");
    }

    /// A function that shows the tokens of all fragments, in the order of their numbers.
    fn each(&mut self) {
        let statements = &self.see_each;
        writeln!(
            self.source,
            "#[cfg(feature = \"tokenizer\")]\n\
             pub(crate) fn each(mut see: impl FnMut(&'static [u8])) {{\n{statements}}}"
        )
        .expect("a string takes all");
    }

    /// All tokens, in the order of their bytes, a line each. One text needs no work at start-up, as
    /// an array of pointers to texts would.
    fn vocabulary(&mut self) {
        self.tokens.extend(tokens::everywhere());
        let lines = lines(&self.tokens, |_| true);
        self.constant("VOCABULARY", "&str", &lines);
    }

    /// The tokens of each version's streams, as [`vocabulary`](Self::vocabulary) has those of all.
    fn vocabularies(&mut self, versions: &[&str]) {
        let (tokens, of_version) = (self.tokens.clone(), self.of_version.clone());
        let restricted: BTreeSet<&str> = of_version.iter().map(|(_, token)| &**token).collect();
        for version in versions {
            let lines = lines(&tokens, |token| {
                !restricted.contains(token) || of_version.contains(&(version, token.to_owned()))
            });
            let name = format!("VOCABULARY_{}", version.replace('.', ""));
            self.constant(&name, "&str", &lines);
        }
    }

    fn fragment(&mut self, tokens: &str, size: usize) -> String {
        for token in tokens.split_inclusive('>') {
            self.tokens.insert(token.to_owned());
            let versions = self.versions.iter();
            let of_version = versions.map(|version| (*version, token.to_owned()));
            self.of_version.extend(of_version);
        }
        let pad = "\\0".repeat(size - tokens.len());
        format!(
            "Fragment {{ bytes: *b\"{tokens}{pad}\", len: {} }}",
            tokens.len()
        )
    }

    fn constant(&mut self, name: &str, of: &str, value: &str) {
        writeln!(self.source, "pub(crate) static {name}: {of} = {value};")
            .expect("a string takes all");
    }
}

/// Those of the tokens that are wanted, a line each, as a Rust string.
fn lines(tokens: &BTreeSet<String>, is_wanted: impl Fn(&str) -> bool) -> String {
    let wanted = tokens.iter().filter(|token| is_wanted(token));
    let lines: String = wanted.map(|token| format!("{token}\n")).collect();
    format!("{lines:?}")
}
