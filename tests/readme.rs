//! The README's examples: each `$` line of a `console` block is run, and what follows it is what
//! it prints, with `[N]` for an exit status other than 0.

mod common;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

#[cfg(unix)]
#[test]
fn examples_print_what_the_readme_says() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_luadec-tok"));
    let path = env::join_paths(
        [binary.parent().unwrap().to_owned()]
            .into_iter()
            .chain(env::split_paths(&env::var_os("PATH").unwrap())),
    )
    .unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut examples = 0;
    for block in readme.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for example in block.strip_prefix("$ ").unwrap().split("\n$ ") {
            let (command, wanted) = example.split_once('\n').unwrap();
            if command.starts_with("luadec-tok dataset") && cfg!(not(feature = "dataset")) {
                continue;
            }
            let run = Command::new("sh")
                .args(["-c", &format!("exec 2>&1\n{command}")])
                .current_dir(common::fixtures())
                .env("PATH", &path)
                .env("OUT", out.path())
                .output()
                .unwrap();
            let mut found = String::from_utf8(run.stdout)
                .unwrap()
                .replace(out.path().to_str().unwrap(), "$OUT");
            match run.status.code().unwrap() {
                0 => {}
                status => found += &format!("[{status}]\n"),
            }
            assert_eq!(
                found.trim_matches('\n'),
                wanted.trim_matches('\n'),
                "$ {command}"
            );
            examples += 1;
        }
    }
    assert!(examples > 10, "only {examples} examples found");
}
