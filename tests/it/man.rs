//! The manual pages.

use std::fs;
use std::process::Command;

/// Every page has the usual sections, and mandoc finds nothing to complain about.
#[test]
fn pages_are_as_mandoc_wants_them() {
    let directory = tempfile::tempdir().unwrap();
    let luadec_tok = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args(["man", "-O"])
        .arg(directory.path())
        .status();
    assert!(luadec_tok.unwrap().success());
    let pages = fs::read_dir(directory.path()).unwrap();
    let pages: Vec<_> = pages.map(|entry| entry.unwrap().path()).collect();
    assert!(pages.len() > 6, "{pages:?}");
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        for heading in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXIT STATUS",
            "EXAMPLES",
        ] {
            let heading = format!(".SH {heading}\n");
            assert!(
                text.contains(&heading),
                "{} lacks {heading}",
                page.display()
            );
        }
        assert!(!text.contains(".SH EXTRA"), "{}", page.display());
    }
    match Command::new("mandoc")
        .args(["-T", "lint"])
        .args(&pages)
        .output()
    {
        Ok(lint) => assert_eq!(String::from_utf8(lint.stdout).unwrap(), ""),
        Err(_) => eprintln!("skipped: mandoc is not installed"),
    }
}
