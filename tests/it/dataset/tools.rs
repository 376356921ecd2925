//! The training stacks read the records. Needs a python3 that has them.

use std::process::Command;

use super::run::Folder;

#[test]
fn datasets_and_transformers_read_the_records() {
    let there = Command::new("python3")
        .args(["-c", "import datasets, jinja2, transformers"])
        .output();
    if !there.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: python3 does not have datasets, jinja2 and transformers");
        return;
    }
    let directory = Folder::new();
    for i in 0..20 {
        let text = format!("-- \"é\" \\ {i}\nlocal a = '<b>&'\nreturn a .. {i}\n");
        directory.write(&format!("src/{i}.lua"), text.as_bytes());
    }
    directory.ok("-o messages.jsonl src");
    directory.ok("-o messages.jsonl.zst src");
    directory.ok("-o messages.jsonl.gz src");
    directory.ok("--format text -o text.jsonl src");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/dataset/tools.py");
    let output = Command::new("python3")
        .arg(script)
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.stdout, b"20 records\n");
}
