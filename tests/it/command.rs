//! What the transcripts cannot show of the command: permissions, signals, pipes.

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

/// Runs the command in a folder, with bytes on standard input.
fn run_in(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command may end without having read it all.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The exit status, standard output and standard error.
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

/// A folder with the demo chunk.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("demo.luac"), fixture("demo.luac")).unwrap();
    folder
}

#[cfg(unix)]
#[test]
fn an_output_file_keeps_its_permissions_and_its_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder();
    let real = folder.path().join("real.txt");
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.txt", folder.path().join("link.txt")).unwrap();
    holds(
        &run_in(folder.path(), &["-o", "link.txt", "demo.luac"], b""),
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
        fs::symlink_metadata(folder.path().join("link.txt"))
            .unwrap()
            .is_symlink()
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_big_file_is_as_long_as_what_was_written() {
    let folder = folder();
    let chunk = luac("a = 1 ".repeat(40_000).as_bytes(), "a", true);
    fs::write(folder.path().join("big.luac"), &chunk).unwrap();
    let streams = run_in(folder.path(), &["big.luac"], b"").stdout;
    assert!(streams.len() > 2 * (8 << 20), "{}", streams.len());
    run_in(folder.path(), &["-o", "big.txt", "big.luac"], b"");
    let file = folder.path().join("big.txt");
    assert!(fs::read(&file).unwrap() == streams);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt;
        // Nor does it keep more room than that, a few blocks of 512 bytes aside.
        let blocks = fs::metadata(&file).unwrap().blocks();
        assert!(blocks * 512 < streams.len() as u64 + (1 << 20), "{blocks}");
    }
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly_as_by_sigpipe() {
    let folder = folder();
    // More than any pipe holds.
    fs::write(
        folder.path().join("large.luac"),
        luac("a=b+1 ".repeat(20_000).as_bytes(), "large", false),
    )
    .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .arg("large.luac")
        .current_dir(folder.path())
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
    // What frames is special; the bytes, of which answers consist too, are not.
    let framing = text.lines().filter(|token| token.starts_with("<|"));
    assert!(kind("additional_special_tokens").eq(framing));
    assert!(kind("added_tokens").eq((0..=255).map(|byte| format!("\\x{byte:02X}"))));
    assert_eq!(json.as_object().unwrap().len(), 2);
}

const SIGPIPE: i32 = 13;

/// Writes big.luac, which gives some hundred megabytes of stream.
fn big(folder: &Path) {
    let source = format!("return {{{}}}", "1,a,".repeat(200_000));
    let chunk = luac(source.as_bytes(), "big", true);
    fs::write(folder.join("big.luac"), chunk).unwrap();
}

fn wait_for_pending(run: &mut Child, folder: &Path) {
    while pending(run.id(), folder).is_empty() {
        assert!(run.try_wait().unwrap().is_none(), "it ended too early");
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

    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    big(folder.path());
    fs::create_dir(path("out")).unwrap();
    for signal in signals() {
        for (arguments, into) in [
            (&["-o", "big.txt", "big.luac"][..], "."),
            (&["-f", "hexdump", "-o", "big.txt", "big.luac"], "."),
            (&["-O", "out", "big.luac"], "out"),
        ] {
            let mut run = Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
                .args(arguments)
                .current_dir(folder.path())
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
fn what_is_ignored_stays_ignored() {
    let folder = folder();
    big(folder.path());
    let mut run = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" -o big.txt big.luac"])
        .arg(env!("CARGO_BIN_EXE_luadec-tok"))
        .current_dir(folder.path())
        .spawn()
        .unwrap();
    wait_for_pending(&mut run, folder.path());
    kill(Signal::HUP, &run);
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert!(folder.path().join("big.txt").exists());
}

/// The command as a user for whom permissions count; `None` if there is no such user.
#[cfg(unix)]
fn as_user(folder: &Path) -> Option<Command> {
    use std::os::unix::fs::PermissionsExt;
    let binary = folder.join("luadec-tok");
    fs::copy(env!("CARGO_BIN_EXE_luadec-tok"), &binary).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.join("secret"), "").unwrap();
    fs::set_permissions(folder.join("secret"), fs::Permissions::from_mode(0o000)).unwrap();
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
        let output = candidate().arg(folder.join("secret")).output();
        output.is_ok_and(|output| text(&output.stderr).contains("Permission denied"))
    });
    if found.is_none() {
        eprintln!("skipped: this is root, and setpriv gives no other user");
    }
    found.map(|candidate| {
        let mut command = candidate();
        command.current_dir(folder);
        command
    })
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_an_error_not_passed_over() {
    let folder = folder();
    let Some(mut command) = as_user(folder.path()) else {
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
    let folder = folder();
    let Some(mut command) = as_user(folder.path()) else {
        return;
    };
    let output = command
        .args(["-o", "out.txt", "demo.luac"])
        .output()
        .unwrap();
    let message = "luadec-tok: out.txt: permission denied\n";
    holds(&output, 1, "", message);
}
