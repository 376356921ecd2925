//! Command lines are completed, by each shell that is installed.

use std::env;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// What is typed after the command's name, and the last word after the tab key, where there are
/// `fee.luac`, `fee notes`, `dir` and `dirty.luac`.
const CASES: [(&str, &str); 22] = [
    ("deco", "decode"),
    ("dirt", "dirty.luac"),
    ("--form", "--format"),
    ("-f lis", "listing"),
    ("--format hex", "hexdump"),
    ("--format=hex", "--format=hexdump"),
    ("--output=fee.", "--output=fee.luac"),
    ("--opmap fee.", "fee.luac"),
    ("--dialect xl", "xlua"),
    ("dialect node", "nodemcu"),
    ("--color nev", "never"),
    ("-O di", "dir/"),
    ("-sO di", "dir/"),
    ("fee.luac --pre", "--pretty"),
    // Only the first word is a subcommand.
    ("fee.luac deco", "deco"),
    ("decode --str", "--strip"),
    ("decode fee.l", "fee.luac"),
    ("vocab --stream ter", "terse"),
    ("completions fi", "fish"),
    ("man deco", "decode"),
    ("help voc", "vocab"),
    ("-- fee.l", "fee.luac"),
];

/// The cases, and each subcommand with an option that all have.
fn cases() -> Vec<(String, String)> {
    let cases = CASES.map(|(typed, wanted)| (typed.to_owned(), wanted.to_owned()));
    let answer = run(luadec_tok().args(["completions", "bash", "--", "help", ""]));
    let names = answer.lines().skip(1);
    let names = names.map(|line| line.split('\t').next().unwrap());
    let names: Vec<&str> = names.filter(|name| *name != "help").collect();
    assert!(names.len() > 5, "{names:?}");
    let options = names
        .iter()
        .map(|name| (format!("{name} --hel"), "--help".to_owned()));
    cases.into_iter().chain(options).collect()
}

#[test]
fn bash_completes() {
    let set_up = "PS1=; bind 'set bell-style none'; source luadec-tok.bash";
    typed("bash", &["--norc", "--noprofile", "-i"], set_up);
}

#[test]
fn zsh_completes() {
    let set_up = "PS1=; bindkey -e; fpath=($PWD $fpath); autoload -U compinit; compinit -u -D";
    typed("zsh", &["-f", "-i"], set_up);
}

#[test]
fn fish_completes() {
    let directory = directory();
    for (typed, wanted) in cases() {
        let line = format!("source luadec-tok.fish; complete -C 'luadec-tok {typed}'");
        let mut fish = Command::new("fish");
        fish.args(["--no-config", "-c", &line]);
        let Some(shown) = run_if_installed(&mut fish, directory.path()) else {
            return;
        };
        let words: Vec<&str> = shown
            .lines()
            .map(|line| line.split('\t').next().unwrap())
            .collect();
        let wanted: &[&str] = match typed.ends_with(&wanted) {
            true => &[],
            false => &[&wanted],
        };
        assert_eq!(words, wanted, "{typed}");
    }
}

/// Internal subcommands are nowhere.
#[test]
fn scripts_and_pages_show_no_internal_subcommand() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(luadec_tok().args(["completions", shell]));
        assert!(!script.contains("for-another"), "{shell}");
    }
    let words = run(luadec_tok().args(["completions", "bash", "--", ""]));
    assert!(!words.contains("for-another"), "{words}");
    let page = run(luadec_tok().arg("man"));
    assert!(!page.contains("for\\-another"), "{page}");
}

fn luadec_tok() -> Command {
    Command::new(env!("CARGO_BIN_EXE_luadec-tok"))
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A directory with the scripts, and something to complete.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in ["fee.luac", "fee notes", "dirty.luac"] {
        fs::write(directory.path().join(file), "").unwrap();
    }
    fs::create_dir(directory.path().join("dir")).unwrap();
    for (shell, file) in [
        ("bash", "luadec-tok.bash"),
        ("zsh", "_luadec-tok"),
        ("fish", "luadec-tok.fish"),
    ] {
        let script = run(luadec_tok().args(["completions", shell]));
        fs::write(directory.path().join(file), script).unwrap();
    }
    directory
}

/// The command with the binary under test in its path, and no settings of the user's.
fn prepare<'c>(command: &'c mut Command, directory: &Path) -> &'c mut Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_luadec-tok"));
    let path = env::var_os("PATH").unwrap();
    let path = [binary.parent().unwrap().to_owned()]
        .into_iter()
        .chain(env::split_paths(&path));
    command
        .current_dir(directory)
        .env("PATH", env::join_paths(path).unwrap())
        .env("HOME", directory)
        .env("INPUTRC", "/dev/null")
        .env("TERM", "dumb")
        .env("LC_ALL", "C.UTF-8")
}

/// What a shell prints, if it is installed.
fn run_if_installed(shell: &mut Command, directory: &Path) -> Option<String> {
    match prepare(shell, directory).output() {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(_) => {
            eprintln!("skipped: {:?} is not installed", shell.get_program());
            None
        }
    }
}

/// Types each case into a shell at a terminal, and compares what has become of it.
fn typed(shell: &str, arguments: &[&str], set_up: &str) {
    let directory = directory();
    let cases = cases();
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let end = || {
        let end = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap());
        Stdio::from(end.unwrap())
    };
    // A shell of its own session has the terminal for itself.
    let mut command = Command::new("setsid");
    command
        .arg("--wait")
        .arg("--ctty")
        .arg(shell)
        .args(arguments);
    prepare(&mut command, directory.path());
    if Command::new(shell).arg("-c").arg(":").output().is_err() {
        eprintln!("skipped: {shell} is not installed");
        return;
    }
    let child = command.stdin(end()).stdout(end()).stderr(end()).spawn();
    let mut child = child.unwrap();
    drop(command);
    let mut terminal = File::from(terminal);
    let mut screen = terminal.try_clone().unwrap();
    let screen = thread::spawn(move || {
        let mut shown = Vec::new();
        // Once the shell is gone, reading fails.
        let _ = screen.read_to_end(&mut shown);
        String::from_utf8_lossy(&shown).into_owned()
    });
    // Each line is typed, completed, and becomes the arguments of a function that writes them down.
    let record = "record() { for word; do :; done; printf '%s\\n' \"$word\" >> words; }";
    let mut keys = format!("{set_up}\n{record}\n");
    for (typed, _) in &cases {
        keys += &format!("luadec-tok {typed}\t\x01record \n");
    }
    keys += "exit\n";
    terminal.write_all(keys.as_bytes()).unwrap();
    child.wait().unwrap();
    let shown = screen.join().unwrap();
    let words = fs::read_to_string(directory.path().join("words")).unwrap_or_default();
    // zsh takes the slash back where the word ends.
    let words: Vec<&str> = words
        .lines()
        .map(|word| word.trim_end_matches('/'))
        .collect();
    let wanted = cases.iter().map(|(_, wanted)| wanted.trim_end_matches('/'));
    let wanted: Vec<&str> = wanted.collect();
    assert_eq!(words, wanted, "{shown}");
}
