//! Small tokenizers of every kind, trained on the fixtures' Lua, with the vocabulary added.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::fs;

use luadec_tok::stream::{is_special, vocabulary_of_both};
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::sequence::Sequence as Decoders;
use tokenizers::decoders::strip::Strip;
use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::models::unigram::{Unigram, UnigramTrainer};
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::normalizers::{BertNormalizer, NFC, Prepend, Replace, Sequence};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::pre_tokenizers::punctuation::Punctuation;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{
    AddedToken, DecoderWrapper, ModelWrapper, NormalizerWrapper, PreTokenizerWrapper,
    SplitDelimiterBehavior, Tokenizer,
};

/// The pattern by which Qwen's tokenizer and others split.
const SPLIT: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Returns all of them, with their names.
pub fn kinds() -> Vec<(&'static str, Tokenizer)> {
    let spaces = |scheme| DecoderWrapper::from(Metaspace::new('▁', scheme, false));
    let undone = Decoders::new(vec![
        Replace::new("▁", " ").unwrap().into(),
        Fuse::default().into(),
        Strip::new(' ', 1, 0).into(),
    ]);
    let space = |scheme| Some(Metaspace::new('▁', scheme, false).into());
    let legacy = Sequence::new(vec![
        Prepend::new("▁".to_owned()).into(),
        Replace::new(" ", "▁").unwrap().into(),
    ]);
    let split = Split::new(
        SplitPattern::Regex(SPLIT.to_owned()),
        SplitDelimiterBehavior::Isolated,
        false,
    );
    let split_bytes = PreTokenizers::new(vec![
        split.unwrap().into(),
        ByteLevel::new(false, false, false).into(),
    ]);
    let own = PreTokenizers::new(vec![
        Punctuation::default().into(),
        Digits::new(true).into(),
        Metaspace::new('_', PrependScheme::First, true).into(),
    ]);
    vec![
        (
            "byte-level",
            trained(
                bpe(),
                None,
                Some(ByteLevel::new(false, true, true).into()),
                bytes(),
            ),
        ),
        (
            "prefix-space",
            trained(
                bpe(),
                None,
                Some(ByteLevel::new(true, false, true).into()),
                bytes(),
            ),
        ),
        (
            "nfc",
            trained(bpe(), Some(NFC.into()), Some(split_bytes.into()), bytes()),
        ),
        (
            "metaspace-first",
            trained(
                bpe(),
                None,
                space(PrependScheme::First),
                spaces(PrependScheme::First),
            ),
        ),
        (
            "metaspace-always",
            trained(
                bpe(),
                None,
                space(PrependScheme::Always),
                spaces(PrependScheme::Always),
            ),
        ),
        (
            "metaspace-never",
            trained(
                bpe(),
                None,
                space(PrependScheme::Never),
                spaces(PrependScheme::Never),
            ),
        ),
        (
            "legacy",
            trained(bpe(), Some(legacy.into()), None, undone.into()),
        ),
        (
            "unigram",
            trained(
                unigram(),
                Some(NFC.into()),
                space(PrependScheme::First),
                spaces(PrependScheme::First),
            ),
        ),
        (
            "own",
            trained(
                wordpiece(),
                Some(BertNormalizer::default().into()),
                Some(own.into()),
                WordPieceDecoder::default().into(),
            ),
        ),
    ]
}

/// Returns the first of them, which is like GPT-2's.
pub fn byte_level() -> Tokenizer {
    trained(
        bpe(),
        None,
        Some(ByteLevel::new(false, true, true).into()),
        bytes(),
    )
}

fn bytes() -> DecoderWrapper {
    ByteLevel::default().into()
}

fn bpe() -> (ModelWrapper, TrainerWrapper) {
    let model = BPE::builder()
        .unk_token("<unk>".to_owned())
        .build()
        .unwrap();
    let trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(700)
        .special_tokens(vec![AddedToken::from("<unk>", true)])
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    (model.into(), trainer.into())
}

fn unigram() -> (ModelWrapper, TrainerWrapper) {
    let trainer = UnigramTrainer::builder()
        .show_progress(false)
        .vocab_size(400)
        .special_tokens(vec![AddedToken::from("<unk>", true)])
        .unk_token(Some("<unk>".to_owned()))
        .build()
        .unwrap();
    (Unigram::default().into(), trainer.into())
}

fn wordpiece() -> (ModelWrapper, TrainerWrapper) {
    let model = WordPiece::builder()
        .unk_token("[UNK]".to_owned())
        .build()
        .unwrap();
    let trainer = WordPieceTrainer::builder()
        .show_progress(false)
        .vocab_size(400)
        .special_tokens(vec![AddedToken::from("[UNK]", true)])
        .build();
    (model.into(), trainer.into())
}

fn trained(
    (model, mut trainer): (ModelWrapper, TrainerWrapper),
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: Option<PreTokenizerWrapper>,
    decoder: DecoderWrapper,
) -> Tokenizer {
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_normalizer(normalizer).unwrap();
    tokenizer.with_pre_tokenizer(pre_tokenizer);
    tokenizer.with_decoder(Some(decoder));
    let sources: Vec<String> = crate::common::files("", "lua")
        .iter()
        .map(|lua| fs::read_to_string(lua).unwrap())
        .collect();
    tokenizer
        .train(&mut trainer, sources.iter().map(String::as_str))
        .unwrap();
    // Tokens of its own, of both sorts that base models have.
    let own = [
        AddedToken::from("</s>", true),
        AddedToken::from("<think>", false).normalized(false),
        AddedToken::from("    ", false).normalized(false),
    ];
    tokenizer.add_tokens(own).unwrap();
    let token = |token| AddedToken::from(token, is_special(token)).normalized(false);
    tokenizer
        .add_tokens(vocabulary_of_both().map(token))
        .unwrap();
    // As if it came from a file.
    Tokenizer::from_bytes(tokenizer.to_string(false).unwrap()).unwrap()
}
