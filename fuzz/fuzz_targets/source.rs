#![no_main]

#[allow(dead_code, reason = "the other targets use the rest")]
#[path = "../../tests/it/bodies/mod.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::source_body(bytes));
