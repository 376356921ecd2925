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
    let folder = Folder::new();
    for i in 0..20 {
        let text = format!("-- \"é\" \\ {i}\nlocal a = '<b>&'\nreturn a .. {i}\n");
        folder.write(&format!("src/{i}.lua"), text.as_bytes());
    }
    folder.ok("-o messages.jsonl src");
    folder.ok("-o messages.jsonl.zst src");
    folder.ok("-o messages.jsonl.gz src");
    folder.ok("--format text -o text.jsonl src");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/dataset/tools.py");
    let output = Command::new("python3")
        .arg(script)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.stdout, b"20 records\n");
}
