//! Tests of the crate from outside. They are one program, as each program links the whole crate. A test
//! that needs a process of its own is a file next to this directory.

mod bodies;
mod common;

mod bad_input;
mod byte_layouts;
mod compare;
mod dialects;
mod diff;
mod full_stream_instructions;
mod fuzz;
mod golden;
mod impossible;
mod infer;
mod library;
mod lua54_lua55;
mod opmap;
mod outlines;
mod round_trip;
mod similarity;
mod source;
mod stream_errors;
mod stream_reader;
mod terse_errors;
mod verify;
mod versions;
mod views;
mod vocabulary;

#[cfg(feature = "score")]
mod ask;
#[cfg(feature = "score")]
mod assemble;
#[cfg(feature = "cli")]
mod builds;
#[cfg(feature = "cli")]
mod command;
#[cfg(feature = "cli")]
mod comment_line;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod completions;
#[cfg(all(feature = "cli", unix))]
mod endless;
#[cfg(feature = "cli")]
mod man;
#[cfg(all(feature = "cli", unix))]
mod memory;
#[cfg(all(feature = "cli", unix))]
mod readme;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod redirected;
#[cfg(feature = "cli")]
mod stats;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod terminal;

#[cfg(feature = "dataset")]
mod dataset;
#[cfg(feature = "tokenizer")]
mod ids;
#[cfg(feature = "score")]
mod score;
#[cfg(feature = "tokenizer")]
mod tokenizer;
#[cfg(all(feature = "dataset", unix))]
mod wheel;
