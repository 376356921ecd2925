//! The speed of ids, compared with the text of the stream and with the `tokenizers` crate:
//!
//!     cargo bench --bench ids [-- DIRECTORY]
//!
//! The tokenizer is a byte-level BPE of 8,000 tokens, trained on generated Lua. The data set is
//! made from the Lua sources in DIRECTORY, or from generated ones.

mod common;

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use common::{luac, median, program, time, write_sources};
use luadec_tok::stream::{Language, Text, vocabulary_of_both};
use luadec_tok::tokenizer::{Ids, TakeIds, Tokenizer};
use luadec_tok::undump;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{AddedToken, ModelWrapper};

/// The limit for ids, in multiples of the time of the text.
const MOST_OF_TEXT: f64 = 2.5;
/// The least speed-up over the crate, for streams and for the whole command.
const LEAST_OF_ENCODE: f64 = 200.0;
const LEAST_OF_COMMAND: f64 = 6.0;

fn main() {
    let encoder = tokenizer();
    stream(&encoder);
    command(&encoder);
}

fn tokenizer() -> tokenizers::Tokenizer {
    let mut tokenizer = tokenizers::Tokenizer::new(ModelWrapper::from(BPE::default()));
    let pre_tokenizer = ByteLevel::default().add_prefix_space(false);
    tokenizer.with_pre_tokenizer(Some(pre_tokenizer));
    let trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(8000)
        .special_tokens(vec![AddedToken::from("</s>", true)])
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let source = program(60);
    tokenizer
        .train(&mut TrainerWrapper::from(trainer), source.lines())
        .expect("Lua to train on");
    let tokens = vocabulary_of_both()
        .map(|token| AddedToken::from(token, token.starts_with("<|")).normalized(false));
    tokenizer.add_tokens(tokens).expect("tokens to add");
    tokenizer
}

/// Counts ids and discards them.
struct Count(usize);

impl TakeIds for Count {
    fn take(&mut self, ids: &[u32]) -> std::io::Result<()> {
        self.0 += black_box(ids).len();
        Ok(())
    }
}

/// Compares text, ids and the crate for one chunk.
fn stream(encoder: &tokenizers::Tokenizer) {
    let bytes = luac(&program(30));
    let chunk = undump(&bytes).expect("a chunk").chunk;
    for language in [Language::Full, Language::Terse] {
        let mut text = Text::new(Vec::new(), 0);
        language
            .emit(&chunk, &mut text)
            .expect("a vector takes all");
        let text = String::from_utf8(text.finish().expect("a vector")).expect("ASCII");
        let tokenizer = Tokenizer::new(encoder.clone(), language).expect("all tokens");
        let mut ids = Ids::new(Arc::new(tokenizer), Count(0), 64 << 20);
        let cold = time(|| ids.emit(&chunk).expect("ids")).as_secs_f64();
        let count = ids.get_mut().0;
        let warm = per_run(|| ids.emit(&chunk).expect("ids"));
        let write = per_run(|| {
            let mut text = Text::new(std::io::sink(), 128 << 10);
            language.emit(black_box(&chunk), &mut text).expect("a sink");
            text.finish().expect("a sink");
        });
        let encode = time(|| drop(encoder.encode_fast(text.as_str(), false))).as_secs_f64();
        ids.flush().expect("ids");
        println!(
            "{language:?}: {count}+ ids, {:.1} MB of text: text {:.2} ms, ids {:.2} ms warm ({:.0} million/s) and {:.0} ms cold, encode {:.0} ms",
            text.len() as f64 / 1e6,
            write * 1e3,
            warm * 1e3,
            count as f64 / warm / 1e6,
            cold * 1e3,
            encode * 1e3,
        );
        println!(
            "  ids / text {:.2} (goal for the full stream: {MOST_OF_TEXT}), encode / ids {:.0} (goal: {LEAST_OF_ENCODE}), encode / cold {:.0}",
            warm / write,
            encode / warm,
            encode / cold
        );
    }
}

/// Returns the median seconds of a run.
fn per_run(mut run: impl FnMut()) -> f64 {
    run();
    median((0..31).map(|_| time(&mut run)).collect()).as_secs_f64()
}

/// Compares the command with its lines of JSON encoded by the crate on all cores.
fn command(encoder: &tokenizers::Tokenizer) {
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder to write to");
    let at = |name: &str| scratch.path().join(name);
    let named = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let sources = named.map_or_else(
        || {
            let folder = at("src");
            write_sources(&folder, 2000);
            folder
        },
        PathBuf::from,
    );
    encoder.save(at("tokenizer.json"), false).expect("a file");
    let run = |arguments: &[&str], output: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_luadec-tok"));
        command.args(["dataset", "--format", "completion", "-o"]);
        command.arg(at(output)).args(arguments).arg(&sources);
        let time = time(|| {
            let status = command.stderr(Stdio::null()).status().expect("it runs");
            assert!(status.success(), "{command:?}: {status}");
        });
        time.as_secs_f64()
    };
    let lines = run(&[], "set.jsonl");
    let tokenizer = at("tokenizer.json");
    let tokenizer = tokenizer.to_str().expect("a name");
    let ids = ["--tokenizer", tokenizer, "--eos", "</s>", "--ids", "arrow"];
    let ours = run(&ids, "set");
    let text = fs::read_to_string(at("set.jsonl")).expect("records");
    let mut tokens = 0;
    let encode = time(|| {
        // Like `map` of `datasets`: in batches, on all cores.
        let records: Vec<&str> = text.lines().collect();
        for records in records.chunks(64) {
            let texts = records.iter().map(|record| {
                let record: serde_json::Value = serde_json::from_str(record).expect("JSON");
                ["prompt", "completion"]
                    .map(|key| record[key].as_str().expect("text").to_owned())
                    .concat()
            });
            let encoded = encoder
                .encode_batch_fast(texts.collect(), false)
                .expect("ids");
            tokens += encoded.iter().map(|encoding| encoding.len()).sum::<usize>();
        }
    });
    let theirs = lines + encode.as_secs_f64();
    println!(
        "dataset: {} records, {tokens} tokens: --ids arrow {ours:.2} s; through JSONL {lines:.2} s + {:.2} s; ratio {:.1} (goal: {LEAST_OF_COMMAND})",
        text.lines().count(),
        encode.as_secs_f64(),
        theirs / ours,
    );
}
