//! A process that compiles for another, one source after the other.

use std::io::{self, stdin, stdout};
use std::sync::Arc;

use anyhow::Result;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::lua;
use super::protocol::{read_request, write_answer};

/// The name of the job, which no help mentions.
pub const JOB: &str = "compile-for-another-process";

/// Compiles what comes from standard input. Whoever takes longer than the limit ends the process:
/// there is no other way to interrupt Lua's compiler.
pub fn run() -> Result<()> {
    let core = Rlimit {
        current: Some(0),
        ..getrlimit(Resource::Core)
    };
    setrlimit(Resource::Core, core)?;
    // Whoever wants the run to end tells the process that asks. If this one ended first, the source
    // would be dropped.
    for request in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(request, Arc::default())?;
    }
    let (mut requests, mut answers) = (stdin().lock(), stdout().lock());
    while let Some(request) = read_request(&mut requests)? {
        limit_time(request.limits.seconds)?;
        let answer = lua::compile(&request.source, &request.name, request.limits.memory);
        write_answer(&mut answers, &answer)?;
    }
    Ok(())
}

/// From now on the process may take so much processor time.
fn limit_time(seconds: u64) -> io::Result<()> {
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec as u64 + 1;
    let limit = getrlimit(Resource::Cpu);
    let current = used.saturating_add(seconds);
    Ok(setrlimit(
        Resource::Cpu,
        Rlimit {
            current: Some(limit.maximum.map_or(current, |most| most.min(current))),
            ..limit
        },
    )?)
}
