//! Sources that cannot be read or named.

use super::run::{Folder, stderr};

#[cfg(target_os = "linux")]
#[test]
fn unreadable_and_unnameable_sources_are_dropped() {
    use std::os::unix::ffi::OsStrExt;

    let directory = Folder::with(&[("good.lua", b"return 1")]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xE9.lua");
    std::fs::write(directory.path().join("src").join(name), "return 1").unwrap();
    // Its first page is not mapped, so reading it fails.
    let output = directory.run("-o out.jsonl src /proc/self/mem");
    let stderr = stderr(&output);
    assert!(
        stderr.contains(".lua: dropped: its path is not valid UTF-8\n"),
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
