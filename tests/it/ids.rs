//! The ids of a stream are those of its text in the tokenizer.

use std::sync::{Arc, LazyLock, Mutex};

use crate::common::{files, kinds, stream_as, trees};
use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Constant, Proto};
use luadec_tok::stream::Language;
use luadec_tok::tokenizer::{Ids, Tokenizer};
use luadec_tok::undump;
use proptest::prelude::*;

/// A tokenizer of the `tokenizers` crate, and the sink that must agree with it.
struct Kind {
    name: &'static str,
    language: Language,
    encoder: tokenizers::Tokenizer,
    /// With little memory, so that many values are forgotten.
    ids: Mutex<Ids<Vec<u32>>>,
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let kinds = kinds::kinds().into_iter().flat_map(|(name, encoder)| {
        [Language::Full, Language::Terse].map(|language| {
            let tokenizer = Tokenizer::new(encoder.clone(), language)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let ids = Ids::new(Arc::new(tokenizer), Vec::new(), 64 << 10);
            Kind {
                name,
                language,
                encoder: encoder.clone(),
                ids: Mutex::new(ids),
            }
        })
    });
    kinds.collect()
});

impl Kind {
    /// Panics if the ids of a chunk's stream, or of its outlines, differ from those of their texts.
    fn agree(&self, chunk: &Chunk) {
        let emit = |ids: &mut Ids<Vec<u32>>| ids.emit(chunk);
        self.agree_on(&stream_as(self.language, chunk), emit);
        if self.language == Language::Terse {
            for (_, outline) in chunk.to_outlines() {
                self.agree_on(&outline.to_terse(), |ids| ids.emit_outline(&outline));
            }
        }
    }

    fn agree_on(&self, text: &str, emit: impl FnOnce(&mut Ids<Vec<u32>>) -> std::io::Result<()>) {
        let mut sink = self.ids.lock().unwrap();
        emit(&mut sink).unwrap();
        sink.flush().unwrap();
        let found = std::mem::take(sink.get_mut());
        let wanted = self.encoder.encode(text, false).unwrap();
        if found != wanted.get_ids() {
            let at = found
                .iter()
                .zip(wanted.get_ids())
                .take_while(|(a, b)| a == b)
                .count();
            let names = |ids: &[u32]| {
                let ids = ids[at.saturating_sub(3)..].iter().take(12);
                ids.map(|id| self.encoder.id_to_token(*id).unwrap())
                    .collect::<Vec<_>>()
            };
            panic!(
                "{} {:?}: at id {at}: wanted {:?}, found {:?}",
                self.name,
                self.language,
                names(wanted.get_ids()),
                names(&found)
            );
        }
    }
}

fn chunk(nupvalues: u8, main: Proto<'_>) -> Chunk<'_> {
    Chunk {
        version: Version::Lua53,
        extension: None,
        nupvalues,
        main,
    }
}

fn agree(chunk: &Chunk) {
    KINDS.iter().for_each(|kind| kind.agree(chunk));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn ids_of_any_chunk_are_those_of_its_text(chunk in trees::chunk()) {
        agree(&chunk);
    }

    #[test]
    fn ids_of_any_text_and_number_are_those_of_its_text(
        text in r#"[ -~é\u{338}]{0,8}( {0,9}|<|</s>|<think>|\\x3C|<\||▁|_|\n\n)[a-z<]{0,3}"#,
        integer: i64,
        small in -300_000i64..300_000,
        bits: u64,
    ) {
        let k = vec![
            Constant::String(text.as_bytes().into()),
            Constant::Integer(integer),
            Constant::Integer(small),
            Constant::Float(f64::from_bits(bits)),
            Constant::Boolean(true),
            Constant::Nil,
        ];
        let main = Proto {
            source: Some(text.as_bytes().into()),
            k: k.into_iter().collect(),
            ..Proto::default()
        };
        agree(&chunk(1, main));
    }
}

#[test]
fn ids_of_the_fixtures_are_those_of_their_text() {
    for file in files("", "luac") {
        // The first is of another version; the other has only upvalues, but 73 % of the text.
        if file.ends_with("sample51.luac") || file.ends_with("upvalues.luac") {
            continue;
        }
        let bytes = std::fs::read(&file).unwrap();
        let mut chunk = undump(&bytes).unwrap().chunk;
        agree(&chunk);
        chunk.strip();
        agree(&chunk);
    }
}

#[test]
fn a_control_token_in_a_string_is_reported_every_time() {
    let tokenizer = Tokenizer::new(kinds::byte_level(), Language::Full).unwrap();
    let mut ids = Ids::new(Arc::new(tokenizer), Vec::new(), 1 << 20);
    let mut control = |text: &'static str| {
        let main = Proto {
            k: [Constant::String(text.as_bytes().into())]
                .into_iter()
                .collect(),
            ..Proto::default()
        };
        ids.emit(&chunk(0, main)).unwrap();
        ids.take_control()
    };
    assert_eq!(control("a </s> b").as_deref(), Some("</s>"));
    assert_eq!(control("a </s> b").as_deref(), Some("</s>"));
    assert_eq!(control("<think>").as_deref(), Some("<think>"));
    assert_eq!(control("a    b</ s><|Proto|>"), None);
}

/// Only outlines need their tokens.
#[test]
fn a_tokenizer_without_the_tokens_of_outlines_has_ids_of_streams() {
    let json = kinds::byte_level().to_string(false).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let added = json["added_tokens"].as_array_mut().unwrap();
    added.retain(|token| token["content"] != "<|Hole|>" && token["content"] != "<|Env|>");
    let tokenizer = Tokenizer::from_bytes(json.to_string().as_bytes(), Language::Terse).unwrap();
    let missing = tokenizer.check_outlines().unwrap_err().to_string();
    assert_eq!(
        missing,
        "lacks tokens of outlines: <|Env|> <|Hole|>; luadec-tok vocab --stream terse --add-to adds them, or in \
         Python tokenizer.add_tokens([AddedToken(\"<|Env|>\", special=True, normalized=False), \
         AddedToken(\"<|Hole|>\", special=False, normalized=False)])"
    );
    let mut ids = Ids::new(Arc::new(tokenizer), Vec::new(), 1 << 20);
    let bytes = crate::common::fixture("double.luac");
    let chunk = Chunk::read(&bytes).unwrap();
    ids.emit(&chunk).unwrap();
    let (_, outline) = chunk.to_outlines().next().unwrap();
    assert_eq!(ids.emit_outline(&outline).unwrap_err().to_string(), missing);
}
