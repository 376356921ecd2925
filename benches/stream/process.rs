//! Commands as processes, without a shell between.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A command line, its words separated by single blanks.
fn command(line: &str) -> Command {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().expect("a command has a name"));
    // Cargo's, in which each library of a program is looked for first.
    command.args(words).env_remove("LD_LIBRARY_PATH");
    command.stderr(Stdio::null());
    command
}

fn finished(mut child: Child, line: &str) {
    let status = child.wait().expect("a child can be waited for");
    assert!(status.success(), "{line}: {status}");
}

/// The time of a command with its output to /dev/null.
pub fn to_null(line: &str) -> Duration {
    timed(line, Stdio::null())
}

/// The time of a command with its output to a new file at `path`.
pub fn to_file(line: &str, path: &str) -> Duration {
    let _ = fs::remove_file(path);
    timed(line, File::create(path).expect("a new file").into())
}

fn timed(line: &str, output: Stdio) -> Duration {
    let mut command = command(line);
    command.stdout(output);
    let start = Instant::now();
    finished(command.spawn().expect("the command starts"), line);
    start.elapsed()
}

/// The time of a command with its output through a pipe to `cat`, both on one core.
pub fn to_pipe(line: &str) -> Duration {
    let (line, cat) = (format!("taskset -c 0 {line}"), "taskset -c 0 cat");
    let (mut writer, mut reader) = (command(&line), command(cat));
    let start = Instant::now();
    let mut writer = writer.stdout(Stdio::piped()).spawn().expect("it starts");
    let pipe = writer.stdout.take().expect("its output is a pipe");
    reader.stdin(pipe).stdout(Stdio::null());
    finished(reader.spawn().expect("cat starts"), cat);
    finished(writer, &line);
    start.elapsed()
}

/// The CPU time, of all threads, that a command takes with its output to /dev/null.
pub fn cpu(line: &str) -> Duration {
    let before = cpu_of_children();
    to_null(line);
    cpu_of_children() - before
}

/// The CPU time of all children so far, in hundredths of a second.
fn cpu_of_children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux tells it");
    let (_, fields) = stat.rsplit_once(')').expect("the name is in parentheses");
    let fields = fields.split_whitespace();
    // cutime and cstime, proc(5).
    let ticks = fields.skip(13).take(2).map(|ticks| ticks.parse::<u64>());
    Duration::from_millis(10 * ticks.map(|ticks| ticks.expect("a number")).sum::<u64>())
}

pub fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}
