//! The fuzzers' bodies on the fixtures and on the fuzzers' findings.

use std::fs;

use crate::bodies::{HEADERS, parse_body, round_trip_body, source_body, terse_body, undump_body};
use crate::common::{files, fixtures};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

#[test]
fn fixtures_hold_the_laws() {
    let chunks = ["", "widths", "lua51", "lua52", "lua54", "lua55"];
    for chunk in chunks.iter().flat_map(|directory| files(directory, "luac")) {
        let bytes = fs::read(chunk).unwrap();
        undump_body(&bytes);
        let bodies = HEADERS
            .iter()
            .find_map(|header| bytes.strip_prefix(*header));
        round_trip_body(bodies.unwrap_or(&bytes));
    }
    let streams = [
        ("", "txt"),
        ("", "terse"),
        ("lua51", "terse"),
        ("lua52", "terse"),
        ("lua54", "terse"),
        ("lua55", "terse"),
    ];
    for stream in streams
        .iter()
        .flat_map(|(directory, ending)| files(directory, ending))
    {
        parse_body(&fs::read(stream).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8_000))]

    #[test]
    fn pieces_of_terse_streams_hold_the_laws(pieces in vec(0..56u8, 0..12)) {
        terse_body(&pieces);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn pieces_of_sources_hold_the_laws(pieces in vec(select(SOURCE.split(' ').collect::<Vec<_>>()), 0..30)) {
        source_body(pieces.join(" ").as_bytes());
    }
}

/// Pieces of Lua source.
const SOURCE: &str = "local function f ( ) end x = 1 { } , . : ; [ ] return if then do <const> goto l ::l:: \
    global * - ' \" \n for in repeat until while ... # ~ .. == and not nil --[[ ]] [=[ ]=]";

/// A finding is stored as `fixtures/findings/TARGET-ANYTHING`.
#[test]
fn findings_hold_the_laws() {
    for finding in fs::read_dir(fixtures().join("findings")).unwrap() {
        let path = finding.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&path).unwrap();
        match name.split('-').next().unwrap() {
            "undump" => undump_body(&bytes),
            "parse" => parse_body(&bytes),
            "terse" => terse_body(&bytes),
            "source" => source_body(&bytes),
            "round_trip" => round_trip_body(&bytes),
            _ => panic!("{name} names no fuzz target"),
        }
    }
}
