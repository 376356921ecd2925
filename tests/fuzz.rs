//! The fuzzers' bodies over the fixtures and over what the fuzzers found.

mod bodies;
mod common;

use std::fs;

use bodies::{HEADER, parse_body, round_trip_body, terse_body, undump_body};
use common::{files, fixtures};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn fixtures_hold_the_laws() {
    for chunk in files("", "luac").into_iter().chain(files("widths", "luac")) {
        let bytes = fs::read(chunk).unwrap();
        undump_body(&bytes);
        round_trip_body(bytes.strip_prefix(HEADER).unwrap_or(&bytes));
    }
    for stream in files("", "txt").into_iter().chain(files("", "terse")) {
        parse_body(&fs::read(stream).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn pieces_of_terse_streams_hold_the_laws(pieces in vec(0..48u8, 0..12)) {
        terse_body(&pieces);
    }
}

/// A finding is kept as `fixtures/findings/TARGET-ANYTHING`.
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
            "round_trip" => round_trip_body(&bytes),
            _ => panic!("{name} is of no fuzz target"),
        }
    }
}
