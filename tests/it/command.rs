//! The command where transcripts cannot show it: permissions, signals, pipes.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

#[cfg(unix)]
use crate::common::signals;
use crate::common::{fixture, fixtures, luac, pending};
#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process};
use tempfile::{TempDir, tempdir};

/// Runs the command in a directory with these bytes on standard input.
fn run_in(directory: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Checks the exit status, standard output and standard error.
#[track_caller]
fn holds(output: &Output, status: i32, stdout: &str, stderr: &str) {
    let found = (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    );
    assert_eq!(found, (Some(status), stdout.to_owned(), stderr.to_owned()));
}

fn demo() -> String {
    text(&fixture("demo.txt"))
}

/// A directory with the demo chunk.
fn directory() -> TempDir {
    let directory = tempdir().unwrap();
    fs::write(directory.path().join("demo.luac"), fixture("demo.luac")).unwrap();
    directory
}

#[cfg(unix)]
#[test]
fn an_output_file_keeps_its_permissions_and_its_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let directory = directory();
    let real = directory.path().join("real.txt");
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.txt", directory.path().join("link.txt")).unwrap();
    holds(
        &run_in(directory.path(), &["-o", "link.txt", "demo.luac"], b""),
        0,
        "",
        "",
    );
    assert_eq!(fs::read_to_string(&real).unwrap(), demo());
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert!(
        fs::symlink_metadata(directory.path().join("link.txt"))
            .unwrap()
            .is_symlink()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_big_file_is_as_long_as_what_was_written() {
    let directory = directory();
    let chunk = luac("a = 1 ".repeat(40_000).as_bytes(), "a", true);
    fs::write(directory.path().join("big.luac"), &chunk).unwrap();
    let streams = run_in(directory.path(), &["big.luac"], b"").stdout;
    assert!(streams.len() > 2 * (8 << 20), "{}", streams.len());
    run_in(directory.path(), &["-o", "big.txt", "big.luac"], b"");
    let file = directory.path().join("big.txt");
    assert!(fs::read(&file).unwrap() == streams);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt;
        // It takes no more disk space than that, except for a few blocks of 512 bytes.
        let blocks = fs::metadata(&file).unwrap().blocks();
        assert!(blocks * 512 < streams.len() as u64 + (1 << 20), "{blocks}");
    }
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly_as_by_sigpipe() {
    let directory = directory();
    // More than fits into a pipe.
    fs::write(
        directory.path().join("large.luac"),
        luac("a=b+1 ".repeat(20_000).as_bytes(), "large", false),
    )
    .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .arg("large.luac")
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(&start, b"<|Proto|><");
    let status = std::os::unix::process::ExitStatusExt::signal(&output.status);
    assert_eq!(
        (status, text(&output.stderr)),
        (Some(SIGPIPE), String::new())
    );
}

#[test]
fn the_vocabulary() {
    let text = text(&run_in(&fixtures(), &["vocab"], b"").stdout);
    assert_eq!(text.lines().count(), 4753);
    assert!(text.lines().is_sorted());
    let json = run_in(&fixtures(), &["vocab", "--format", "json"], b"").stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let kind = |kind: &str| {
        let tokens = json[kind].as_array().unwrap().iter();
        tokens.map(|token| token.as_str().unwrap())
    };
    // Framing tokens are special; bytes are not, because answers consist of them, too.
    let framing = text.lines().filter(|token| token.starts_with("<|"));
    assert!(kind("additional_special_tokens").eq(framing));
    assert!(kind("added_tokens").eq((0..=255).map(|byte| format!("\\x{byte:02X}"))));
    assert_eq!(json.as_object().unwrap().len(), 2);
}

const SIGPIPE: i32 = 13;

/// Writes big.luac, whose stream has some hundred megabytes.
fn big(directory: &Path) {
    let source = format!("return {{{}}}", "1,a,".repeat(200_000));
    let chunk = luac(source.as_bytes(), "big", true);
    fs::write(directory.join("big.luac"), chunk).unwrap();
}

fn wait_for_pending(run: &mut Child, directory: &Path) {
    while pending(run.id(), directory).is_empty() {
        assert!(run.try_wait().unwrap().is_none(), "the run ended too early");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[cfg(unix)]
fn kill(signal: Signal, run: &Child) {
    kill_process(Pid::from_child(run), signal).unwrap();
}

#[cfg(unix)]
#[test]
fn a_signal_removes_pending_files_and_is_the_status() {
    use std::os::unix::process::ExitStatusExt;

    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    big(directory.path());
    fs::create_dir(path("out")).unwrap();
    for signal in signals() {
        for (arguments, into) in [
            (&["-o", "big.txt", "big.luac"][..], "."),
            (&["-f", "hexdump", "-o", "big.txt", "big.luac"], "."),
            (&["-O", "out", "big.luac"], "out"),
        ] {
            let mut run = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
                .args(arguments)
                .current_dir(directory.path())
                .spawn()
                .unwrap();
            wait_for_pending(&mut run, &path(into));
            kill(signal, &run);
            assert_eq!(run.wait().unwrap().signal(), Some(signal.as_raw()));
            let left = pending(run.id(), &path(into));
            assert!(left.is_empty(), "{signal:?} {arguments:?} {left:?}");
            assert!(!path("big.txt").exists() && !path("out/big.txt").exists());
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn ignored_signals_stay_ignored() {
    let directory = directory();
    big(directory.path());
    let mut run = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" -o big.txt big.luac"])
        .arg(env!("CARGO_BIN_EXE_luadec-tok"))
        .current_dir(directory.path())
        .spawn()
        .unwrap();
    wait_for_pending(&mut run, directory.path());
    kill(Signal::HUP, &run);
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert!(directory.path().join("big.txt").exists());
}

/// Returns the command run by a user who is bound by permissions; `None` if there is no such user.
#[cfg(unix)]
fn as_user(directory: &Path) -> Option<Command> {
    use std::os::unix::fs::PermissionsExt;
    let binary = directory.join("luadec-tok");
    fs::copy(env!("CARGO_BIN_EXE_luadec-tok"), &binary).unwrap();
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(directory.join("secret"), "").unwrap();
    fs::set_permissions(directory.join("secret"), fs::Permissions::from_mode(0o000)).unwrap();
    let plain = || Command::new(&binary);
    let as_nobody = || {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&binary);
        command
    };
    let candidates: [&dyn Fn() -> Command; 2] = [&plain, &as_nobody];
    let found = candidates.into_iter().find(|candidate| {
        let output = candidate().arg(directory.join("secret")).output();
        output.is_ok_and(|output| text(&output.stderr).contains("Permission denied"))
    });
    if found.is_none() {
        eprintln!("skipped: running as root, and setpriv cannot change the user");
    }
    found.map(|candidate| {
        let mut command = candidate();
        command.current_dir(directory);
        command
    })
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_an_error() {
    let directory = directory();
    let Some(mut command) = as_user(directory.path()) else {
        return;
    };
    let output = command.arg(".").output().unwrap();
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains("luadec-tok: ./secret: permission denied\n"),
        "{stderr}"
    );
    assert_eq!(
        (output.status.code(), text(&output.stdout)),
        (Some(1), demo())
    );
}

#[cfg(unix)]
#[test]
fn an_output_that_may_not_be_made_is_named_as_the_user_named_it() {
    let directory = directory();
    let Some(mut command) = as_user(directory.path()) else {
        return;
    };
    let output = command
        .args(["-o", "out.txt", "demo.luac"])
        .output()
        .unwrap();
    let message = "luadec-tok: out.txt: permission denied\n";
    holds(&output, 1, "", message);
}
