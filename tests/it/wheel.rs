//! The Python package: built and installed where maturin and python3 are.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::fixture;

/// Runs a program in a directory; gives nothing if there is no such program.
fn run(directory: &Path, program: &Path, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory);
    command.output().ok()
}

fn text(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn pip_installs_the_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for tool in ["maturin", "python3"] {
        if run(root, Path::new(tool), &["--version"]).is_none() {
            eprintln!("skipped: there is no {tool}");
            return;
        }
    }
    let out = tempfile::tempdir().unwrap();
    let wheels = out.path().to_str().unwrap();
    let build = ["build", "--quiet", "--profile", "dev", "--out", wheels];
    text(&run(root, Path::new("maturin"), &build).unwrap());
    text(&run(out.path(), Path::new("python3"), &["-m", "venv", "venv"]).unwrap());

    let bin = out.path().join("venv/bin");
    let pip = [
        "install",
        "--no-index",
        "--no-deps",
        "--find-links",
        ".",
        "luadec-tok",
    ];
    text(&run(out.path(), &bin.join("pip"), &pip).unwrap());
    let version = env!("CARGO_PKG_VERSION");
    let version = format!("luadec-tok {version}\nfeatures: cli, tokenizer, dataset, score\n");
    for (program, arguments) in [
        ("luadec-tok", &["--version"][..]),
        ("python", &["-m", "luadec_tok", "--version"]),
    ] {
        let shown = run(out.path(), &bin.join(program), arguments).unwrap();
        assert_eq!(text(&shown), version, "{program}");
    }
    // Type checkers read the types only if the package says that it has them.
    let files = "import importlib.metadata as m; print(sorted(f.name for f in m.files('luadec-tok') \
                 if f.parts[:-1] == ('luadec_tok',)))";
    let files = run(out.path(), &bin.join("python"), &["-Bc", files]).unwrap();
    let there = fs::read_dir(root.join("python/luadec_tok")).unwrap();
    let mut there: Vec<String> = there
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("__pycache__"))
        .collect();
    there.sort();
    assert!(there.contains(&"py.typed".to_owned()));
    assert_eq!(
        text(&files).trim_end().replace('\'', "\""),
        format!("{there:?}")
    );
    let convert =
        "import luadec_tok; print(luadec_tok.terse(open('fixtures/fee.luac', 'rb').read()))";
    let stream = run(root, &bin.join("python"), &["-Bc", convert]).unwrap();
    assert_eq!(text(&stream).as_bytes(), fixture("fee.terse"));
    let find = "import luadec_tok; print(luadec_tok.find_luadec_tok())";
    let found = run(out.path(), &bin.join("python"), &["-c", find]).unwrap();
    let there = Path::new(text(&found).trim_end()).canonicalize().unwrap();
    assert_eq!(there, bin.join("luadec-tok").canonicalize().unwrap());
}
