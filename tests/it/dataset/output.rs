//! Compressed and interrupted outputs.

use std::io::Read;
use std::process::Command;
#[cfg(unix)]
use std::{fs, os::unix::process::ExitStatusExt, process::Stdio, thread, time::Duration};

use flate2::read::GzDecoder;

use super::run::Folder;
#[cfg(unix)]
use crate::common::{pending, signals};

fn directory() -> Folder {
    let directory = Folder::new();
    for i in 0..30 {
        directory.write(
            &format!("src/{i}.lua"),
            format!("return {i}, {:?}", i.to_string().repeat(i)).as_bytes(),
        );
    }
    directory
}

#[test]
fn compressed_is_the_same() {
    let directory = directory();
    let plain = directory.ok("-o - src");
    for jobs in [1, 8] {
        directory.ok(&format!("--jobs {jobs} -o {jobs}.zst src"));
        directory.ok(&format!("--jobs {jobs} -o {jobs}.gz src"));
    }
    let zst = directory.read("1.zst");
    let gz = directory.read("1.gz");
    assert!(zst == directory.read("8.zst"));
    assert!(gz == directory.read("8.gz"));
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
        let path = directory.path().join(file);
        // Only if the tool is installed.
        if let Ok(output) = Command::new(tool).arg("-dc").arg(path).output() {
            assert!(output.stdout == plain, "{tool}");
        }
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_nothing_half_written() {
    let directory = Folder::new();
    let table = (0..60_000).map(|i| format!("{i},"));
    directory.write("src/a.lua", b"return 1");
    directory.write(
        "src/b.lua",
        format!("return {{{}}}", table.collect::<String>()).as_bytes(),
    );
    for i in 0..20 {
        fs::copy(
            directory.path().join("src/b.lua"),
            directory.path().join(format!("src/c{i}.lua")),
        )
        .unwrap();
    }
    for signal in signals() {
        let mut run = directory
            .command("--report report.json -o out.jsonl src")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let is_begun = |path| fs::metadata(path).is_ok_and(|file| file.len() > 100_000);
        while !pending(run.id(), directory.path())
            .into_iter()
            .any(is_begun)
        {
            assert!(run.try_wait().unwrap().is_none(), "it ended too early");
            thread::sleep(Duration::from_millis(5));
        }
        rustix::process::kill_process(rustix::process::Pid::from_child(&run), signal).unwrap();
        assert_eq!(run.wait().unwrap().signal(), Some(signal.as_raw()));
        assert_eq!(directory.names(), ["src"]);
    }
}
