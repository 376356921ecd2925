//! Renders the fixed runs of tokens as constants (`src/stream/fragments.rs`), from the opcode table
//! and the grammar of the crate itself, so that nothing is built at start-up.

#[path = "src/stream/full/grammar.rs"]
#[allow(dead_code, reason = "the crate uses the rest")]
mod grammar;
#[path = "src/opcodes/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the crate uses the rest")]
mod opcodes;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

use grammar::{close, field, head, mask, open, operand, tail, with};
use opcodes::{OPCODE_VALUES, is_jump, opcode};

fn main() {
    for input in ["build.rs", "src/opcodes", "src/stream/full/grammar.rs"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("fragments.rs"), fragments()).expect("OUT_DIR can be written");
}

fn fragments() -> String {
    let mut out = Rendered::default();

    out.one("PROTO", open("Proto"));
    out.one("SIZEUPVALUES", open("Proto-sizeupvalues"));
    out.one("SIZEK", close("Proto-sizeupvalues") + &open("Proto-sizek"));
    out.one("SIZECODE", close("Proto-sizek") + &open("Proto-sizecode"));
    out.one(
        "SIZELINEINFO",
        close("Proto-sizecode") + &open("Proto-sizelineinfo"),
    );
    out.one("SIZEP", close("Proto-sizelineinfo") + &open("Proto-sizep"));
    out.one(
        "SIZELOCVARS",
        close("Proto-sizep") + &open("Proto-sizelocvars"),
    );
    out.one(
        "LINEDEFINED",
        close("Proto-sizelocvars") + &open("Proto-linedefined"),
    );
    out.one(
        "LASTLINEDEFINED",
        close("Proto-linedefined") + &open("Proto-lastlinedefined"),
    );

    out.one("K", close("Proto-lastlinedefined") + &open("Proto-k"));
    out.one("K_IDX", open("Proto-k-idx"));
    out.one("CONSTANT", close("Proto-k-idx") + &open("Constant"));
    out.one("CONSTANT_END", close("Constant"));

    out.one("CODE", close("Proto-k") + &open("Proto-code"));
    out.one("CODE_IDX", open("Proto-code-idx"));
    out.one("SBX", close("Instruction-Bx") + &open("Instruction-sBx"));
    out.one("AX", close("Instruction-sBx") + &open("Instruction-Ax"));
    out.one(
        "INSTRUCTION_END",
        close("Instruction-Ax") + &close("Instruction"),
    );
    out.one("JUMP_TARGET", open("Jump-Target"));
    out.one("JUMP_TARGET_END", close("Jump-Target"));

    out.one("LINEINFO", close("Proto-code") + &open("Proto-lineinfo"));
    out.one("LINES", open("LineInfo"));
    out.one("LINE_PAD", open("LineInfo-pad"));
    out.one("LINES_END", close("LineInfo"));

    out.one("LOCVARS", close("Proto-lineinfo") + &open("Proto-locvars"));
    out.one("LOCVARS_IDX", open("Proto-locvars-idx"));
    out.one(
        "VARNAME",
        close("Proto-locvars-idx") + &open("LocVar") + &open("LocVar-varname"),
    );
    out.one("STARTPC", close("LocVar-varname") + &open("LocVar-startpc"));
    out.one("ENDPC", close("LocVar-startpc") + &open("LocVar-endpc"));
    out.one("LOCVAR_END", close("LocVar-endpc") + &close("LocVar"));

    out.one("UPVALUES", close("Proto-locvars") + &open("Proto-upvalues"));
    out.one("UPVALUES_IDX", open("Proto-upvalues-idx"));
    out.one(
        "NAME",
        close("Proto-upvalues-idx") + &open("Upvaldesc") + &open("Upvaldesc-name"),
    );
    out.one("NAME_END", close("Upvaldesc-name"));
    out.one("UPVALDESC_END", close("Upvaldesc"));

    out.one("SOURCE", close("Proto-upvalues") + &open("Proto-source"));
    out.one("P", close("Proto-source") + &open("Proto-p"));
    out.one("P_IDX", open("Proto-p-idx"));
    out.one("P_IDX_END", close("Proto-p-idx"));
    out.one("PROTO_END", close("Proto-p") + &close("Proto"));
    out.one("NULL", grammar::NULL.to_owned());

    let bytes = |name: &'static str| (0..=255u8).map(move |value| with(name, value));
    out.table("NUPVALUES", bytes("Proto-nupvalues"));
    out.table("NUMPARAMS", bytes("Proto-numparams"));
    out.table("IS_VARARG", bytes("Proto-is_vararg"));
    out.table("MAXSTACKSIZE", bytes("Proto-maxstacksize"));
    out.table("INSTACK", bytes("Upvaldesc-instack"));
    out.table("IDX", bytes("Upvaldesc-idx"));

    let ops = || (0..OPCODE_VALUES as u8).map(|op| (op, opcode(op)));
    out.table("HEAD", ops().map(|(_, row)| head(row)));
    out.table("B_OPERAND", (0..512).map(|value| operand('B', value)));
    out.table("C_MASK", ops().map(|(_, row)| mask('C', row.c)));
    out.table("C_OPERAND", (0..512).map(|value| operand('C', value)));
    out.table("TAIL", ops().map(|(op, row)| tail(row, false, is_jump(op))));
    out.table(
        "TAIL_INLINE",
        ops().map(|(op, row)| tail(row, true, is_jump(op))),
    );
    out.table("A", (0..256).map(|value| field('A', value)));
    out.table("B", (0..512).map(|value| field('B', value)));
    out.table(
        "C_BX",
        (0..512).map(|value| field('C', value) + &open("Instruction-Bx")),
    );

    out.tokens.extend((0..=255u8).map(grammar::byte));
    out.tokens.extend(grammar::CHAT.map(str::to_owned));
    out.vocabulary();
    out.source
}

/// The constants as Rust source, and all the tokens in them.
#[derive(Default)]
struct Rendered {
    source: String,
    tokens: BTreeSet<String>,
}

impl Rendered {
    /// One fragment.
    fn one(&mut self, name: &str, tokens: String) {
        let size = tokens.len().next_multiple_of(16);
        let fragment = self.fragment(&tokens, size);
        self.constant(name, &format!("Fragment<{size}>"), &fragment);
    }

    /// A table of fragments.
    fn table(&mut self, name: &str, rows: impl Iterator<Item = String>) {
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
        self.array(name, &format!("Fragment<{size}>"), &fragments);
    }

    /// All tokens, in the order of their bytes, a line each. One text needs no work at start-up, as
    /// an array of pointers to texts would.
    fn vocabulary(&mut self) {
        let lines: String = self
            .tokens
            .iter()
            .map(|token| format!("{token}\n"))
            .collect();
        self.constant("VOCABULARY", "&str", &format!("{lines:?}"));
    }

    fn fragment(&mut self, tokens: &str, size: usize) -> String {
        self.tokens
            .extend(tokens.split_inclusive('>').map(str::to_owned));
        let pad = "\\0".repeat(size - tokens.len());
        format!(
            "Fragment {{ bytes: *b\"{tokens}{pad}\", len: {} }}",
            tokens.len()
        )
    }

    fn array(&mut self, name: &str, of: &str, elements: &[String]) {
        let elements_in_lines = elements.join(",\n    ");
        self.constant(
            name,
            &format!("[{of}; {}]", elements.len()),
            &format!("[\n    {elements_in_lines}\n]"),
        );
    }

    fn constant(&mut self, name: &str, of: &str, value: &str) {
        writeln!(self.source, "pub(crate) static {name}: {of} = {value};")
            .expect("a string takes all");
    }
}
