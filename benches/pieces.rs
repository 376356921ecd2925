//! Each piece of the conversion in this process: `cargo bench --bench pieces`.

mod common;

use std::hint::black_box;

use common::{luac, median, program, time};
use luadec_tok::Chunk;
use luadec_tok::stream::{Chunks, Language, Text, Verify};

fn main() {
    let bytes = luac(&program(450));
    let chunk = Chunk::read(&bytes).unwrap();
    let streams = [Language::Full, Language::Terse].map(|language| {
        let mut text = Text::new(Vec::new(), 128 << 10);
        language.emit(&chunk, &mut text).unwrap();
        (language, text.finish().unwrap())
    });
    let constants: usize = chunk.main.p.iter().map(|p| p.k.len()).sum();
    let instructions: usize = chunk.main.p.iter().map(|p| p.code.len()).sum();
    println!(
        "{instructions} instructions, {constants} constants: {} bytes, {} of full stream, {} of terse",
        bytes.len(),
        streams[0].1.len(),
        streams[1].1.len()
    );

    row("undump", bytes.len(), || {
        drop(black_box(Chunk::read(black_box(&bytes)).unwrap()))
    });
    for (language, stream) in &streams {
        let what = |piece: &str| match language {
            Language::Full => piece.to_owned(),
            Language::Terse => format!("terse: {piece}"),
        };
        row(&what("emit"), stream.len(), || {
            let mut text = Text::new(std::io::sink(), 128 << 10);
            language.emit(black_box(&chunk), &mut text).unwrap();
            text.finish().unwrap();
        });
        row(&what("emit and verify"), stream.len(), || {
            let mut text = Text::new(Verify::new(std::io::sink(), true), 128 << 10);
            language.emit(black_box(&chunk), &mut text).unwrap();
            text.flush().unwrap();
            assert!(text.get_mut().take().unwrap() == chunk);
        });
        row(&what("parse"), stream.len(), || {
            black_box(
                Chunks::new(black_box(stream.as_slice()))
                    .next()
                    .unwrap()
                    .unwrap(),
            );
        });
    }
    row("dump", bytes.len(), || {
        drop(black_box(black_box(&chunk).to_bytes()))
    });
    for version in ["lua51", "lua52", ".", "lua54", "lua55"] {
        terse(version);
    }
}

/// Measures the pieces of the terse stream for a version's fixture with its functions repeated.
fn terse(version: &str) {
    let path = format!(
        "{}/fixtures/{version}/opcodes.luac",
        env!("CARGO_MANIFEST_DIR")
    );
    let fixture = std::fs::read(path).unwrap();
    let mut chunk = Chunk::read(&fixture).unwrap();
    let functions = chunk.main.p.clone();
    for _ in 0..FUNCTIONS / functions.len() {
        chunk.main.p.extend(functions.iter().cloned());
    }
    let bytes = chunk.to_bytes();
    let mut text = Text::new(Vec::new(), 128 << 10);
    Language::Terse.emit(&chunk, &mut text).unwrap();
    let stream = text.finish().unwrap();
    let name = chunk.version.name();

    row(&format!("{name}: undump"), bytes.len(), || {
        drop(black_box(Chunk::read(black_box(&bytes)).unwrap()))
    });
    row(&format!("{name}: terse emit"), stream.len(), || {
        let mut text = Text::new(std::io::sink(), 128 << 10);
        Language::Terse.emit(black_box(&chunk), &mut text).unwrap();
        text.finish().unwrap();
    });
    row(&format!("{name}: terse parse"), stream.len(), || {
        let mut chunks = Chunks::new(black_box(stream.as_slice()));
        drop(black_box(chunks.next().unwrap().unwrap()));
    });
    row(&format!("{name}: dump"), bytes.len(), || {
        drop(black_box(black_box(&chunk).to_bytes()))
    });
}

/// The number of functions in the chunks of the versions.
const FUNCTIONS: usize = 20_000;

fn row(what: &str, bytes: usize, mut run: impl FnMut()) {
    run();
    let median = median((0..21).map(|_| time(&mut run)).collect()).as_secs_f64();
    println!(
        "{what:23} {:8.2} ms {:8.1} MB/s",
        median * 1e3,
        bytes as f64 / median / 1e6
    );
}
