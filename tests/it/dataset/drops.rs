//! Sources that cannot be read or named.

use super::run::{Folder, stderr};

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_read_or_named_is_dropped_too() {
    use std::os::unix::ffi::OsStrExt;

    let folder = Folder::with(&[("good.lua", b"return 1")]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xE9.lua");
    std::fs::write(folder.path().join("src").join(name), "return 1").unwrap();
    // Nothing is mapped at its first page.
    let output = folder.run("-o out.jsonl src /proc/self/mem");
    let stderr = stderr(&output);
    assert!(
        stderr.contains(".lua: dropped: its path is not UTF-8\n"),
        "{stderr}"
    );
    assert!(
        stderr.contains("mem: dropped: input/output error\n"),
        "{stderr}"
    );
    assert!(
        stderr.contains("; dropped: 1 path-not-utf8, 1 unreadable; "),
        "{stderr}"
    );
}
