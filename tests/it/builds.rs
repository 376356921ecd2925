//! What a build says about the features that it has or lacks.

use std::path::Path;
use std::process::{Command, Output};

fn run(directory: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args(arguments.split_whitespace())
        .current_dir(directory)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn the_version_lists_the_features() {
    let directory = tempfile::tempdir().unwrap();
    let features = [
        ("cli", true),
        ("tokenizer", cfg!(feature = "tokenizer")),
        ("dataset", cfg!(feature = "dataset")),
        ("score", cfg!(feature = "score")),
    ];
    let built = features.into_iter().filter(|(_, is_built)| *is_built);
    let built: Vec<&str> = built.map(|(feature, _)| feature).collect();
    let version = env!("CARGO_PKG_VERSION");
    let wanted = format!("luadec-tok {version}\nfeatures: {}\n", built.join(", "));
    for arguments in ["--version", "-V", "decode --version"] {
        assert_eq!(text(&run(directory.path(), arguments).stdout), wanted);
    }
}

/// The exact message for each way to ask for what a feature adds.
#[cfg(not(feature = "tokenizer"))]
#[test]
fn a_build_says_how_to_install_what_it_lacks() {
    let directory = tempfile::tempdir().unwrap();
    // Even where a directory has its name, a subcommand is not an input.
    for name in ["dataset", "score"] {
        std::fs::create_dir(directory.path().join(name)).unwrap();
        let chunk = directory.path().join(name).join("demo.luac");
        std::fs::write(chunk, crate::common::fixture("demo.luac")).unwrap();
    }
    for (arguments, part) in [
        ("dataset", "subcommand dataset"),
        ("dataset x", "subcommand dataset"),
        ("dataset --unit both -o - x", "subcommand dataset"),
        ("dataset --help", "subcommand dataset"),
        ("-q dataset x", "subcommand dataset"),
        ("help dataset", "subcommand dataset"),
        ("man dataset", "subcommand dataset"),
        ("merge-reports r.json", "subcommand merge-reports"),
        ("score -", "subcommand score"),
        ("--quiet score -", "subcommand score"),
        ("--ids text --tokenizer t x.luac", "option --ids"),
        ("--ids=text x.luac", "option --ids"),
        ("x.luac --tokenizer t", "option --tokenizer"),
        ("vocab --add-to t", "option --add-to"),
    ] {
        let output = run(directory.path(), arguments);
        let wanted = format!(
            "luadec-tok: this build lacks the {part}; install one that has it: \
             cargo install luadec-tok --features full, or pip install luadec-tok\n"
        );
        assert_eq!(text(&output.stderr), wanted, "{arguments}");
        assert_eq!(text(&output.stdout), "", "{arguments}");
        assert_eq!(output.status.code(), Some(2), "{arguments}");
    }
    // A directory that is named as one is an input.
    let output = run(directory.path(), "-f terse ./dataset score");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(text(&output.stdout).lines().count(), 2);
}

/// The parser of the conversion leaves to the full one what it cannot parse.
#[test]
fn a_conversion_is_parsed_with_and_without_the_subcommands() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(
        directory.path().join("decode"),
        crate::common::fixture("demo.luac"),
    )
    .unwrap();
    let output = run(directory.path(), "-- decode");
    assert!(text(&output.stdout).starts_with("<|Proto|>"), "{output:?}");
    let output = run(directory.path(), "-s decode");
    assert!(text(&output.stdout).starts_with("<|Proto|>"), "{output:?}");
    let output = run(directory.path(), "--stripp x");
    assert_eq!(
        text(&output.stderr),
        "luadec-tok: unknown option --stripp; did you mean --strip?\n"
    );
    let output = run(directory.path(), "help");
    assert!(text(&output.stdout).contains("  decode "), "{output:?}");
}
