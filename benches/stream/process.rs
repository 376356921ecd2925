//! Commands as processes, without a shell.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Parses a command line whose words are separated by single spaces.
fn command(line: &str) -> Command {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().expect("a command has a name"));
    // Cargo sets it, and a program's libraries would be searched there first.
    command.args(words).env_remove("LD_LIBRARY_PATH");
    command.stderr(Stdio::null());
    command
}

fn finished(mut child: Child, line: &str) {
    let status = child.wait().expect("a child can be waited for");
    assert!(status.success(), "{line}: {status}");
}

/// Measures a command with its output to /dev/null.
pub fn to_null(line: &str) -> Duration {
    timed(line, Stdio::null())
}

/// Measures a command with its output to a new file at `path`.
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

/// Measures a command with its output through a pipe to `cat`, both on one core.
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

/// Measures the CPU time of all threads of a command with its output to /dev/null.
pub fn cpu(line: &str) -> Duration {
    let before = cpu_of_children();
    to_null(line);
    cpu_of_children() - before
}

/// Returns the CPU time of all children so far, to a hundredth of a second.
fn cpu_of_children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux has it");
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
