//! Compressed and interrupted outputs.

use std::io::Read;
use std::process::Command;
#[cfg(unix)]
use std::{fs, os::unix::process::ExitStatusExt, process::Stdio, thread, time::Duration};

use flate2::read::GzDecoder;

use super::run::Folder;
#[cfg(unix)]
use crate::common::{pending, signals};

fn folder() -> Folder {
    let folder = Folder::new();
    for i in 0..30 {
        folder.write(
            &format!("src/{i}.lua"),
            format!("return {i}, {:?}", i.to_string().repeat(i)).as_bytes(),
        );
    }
    folder
}

#[test]
fn compressed_is_the_same() {
    let folder = folder();
    let plain = folder.ok("-o - src");
    for jobs in [1, 8] {
        folder.ok(&format!("--jobs {jobs} -o {jobs}.zst src"));
        folder.ok(&format!("--jobs {jobs} -o {jobs}.gz src"));
    }
    let zst = folder.read("1.zst");
    let gz = folder.read("1.gz");
    assert!(zst == folder.read("8.zst"));
    assert!(gz == folder.read("8.gz"));
    assert!(zstd::decode_all(&*zst).unwrap() == plain);
    let mut unzipped = Vec::new();
    GzDecoder::new(&*gz).read_to_end(&mut unzipped).unwrap();
    assert!(unzipped == plain);
    assert!(
        zst.len() * 20 < plain.len(),
        "{} {}",
        zst.len(),
        plain.len()
    );
    for (tool, file) in [("zstd", "1.zst"), ("gzip", "1.gz")] {
        let path = folder.path().join(file);
        // Only if the tool is installed.
        if let Ok(output) = Command::new(tool).arg("-dc").arg(path).output() {
            assert!(output.stdout == plain, "{tool}");
        }
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_nothing_half_written() {
    let folder = Folder::new();
    let table = (0..300_000).map(|i| format!("{i},"));
    folder.write("src/a.lua", b"return 1");
    folder.write(
        "src/b.lua",
        format!("return {{{}}}", table.collect::<String>()).as_bytes(),
    );
    for i in 0..20 {
        fs::copy(
            folder.path().join("src/b.lua"),
            folder.path().join(format!("src/c{i}.lua")),
        )
        .unwrap();
    }
    for signal in signals() {
        let mut run = folder
            .command("--report report.json -o out.jsonl src")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let is_begun = |path| fs::metadata(path).is_ok_and(|file| file.len() > 100_000);
        while !pending(run.id(), folder.path()).into_iter().any(is_begun) {
            assert!(run.try_wait().unwrap().is_none(), "it ended too early");
            thread::sleep(Duration::from_millis(5));
        }
        rustix::process::kill_process(rustix::process::Pid::from_child(&run), signal).unwrap();
        assert_eq!(run.wait().unwrap().signal(), Some(signal.as_raw()));
        assert_eq!(folder.names(), ["src"]);
    }
}
