//! Inputs of the benchmarks, and their timing.
#![allow(dead_code, reason = "each benchmark uses some of them")]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Pseudo-random numbers that are the same every time (xorshift).
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        Random(0x9E37_79B9_7F4A_7C15)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }
}

/// Returns a Lua program with this many functions and constants of all kinds. One function has
/// about 330 instructions and 225 constants.
pub fn program(functions: usize) -> String {
    let random = &mut Random::new();
    let mut source = String::new();
    for f in 0..functions {
        writeln!(source, "function f{f}(a, b, ...)\n  local t = {{}}").unwrap();
        for i in 0..24 {
            let mut k = || constant(random);
            writeln!(source, "  t.x{f}_{i} = {}", k()).unwrap();
            writeln!(
                source,
                "  if a == {} then b = a + {} else t[{}] = b end",
                k(),
                k(),
                k()
            )
            .unwrap();
            writeln!(source, "  g(a, {}, b, {})", k(), k()).unwrap();
            if i % 6 == 0 {
                writeln!(source, "  for i = 1, 10 do t[i] = a .. {} end", k()).unwrap();
                writeln!(
                    source,
                    "  t[i] = {{{}, {}, {}, {}, {}}}",
                    k(),
                    k(),
                    k(),
                    k(),
                    k()
                )
                .unwrap();
            }
        }
        writeln!(source, "  return t, ...\nend").unwrap();
    }
    source
}

fn constant(random: &mut Random) -> String {
    match random.below(20) {
        0..11 => {
            let length = [3, 5, 8, 10, 14, 20][random.below(6)];
            let letters = b"abcdefghijklmnopqrstuvwxyz_ABCDE 0123456789";
            let text: Vec<u8> = (0..length)
                .map(|_| letters[random.below(letters.len())])
                .collect();
            format!("\"{}\"", String::from_utf8(text).unwrap())
        }
        11..15 => {
            let digits = 1 + random.below(9) as u32;
            random.below(10usize.pow(digits)).to_string()
        }
        15..19 => format!("{}.{}", random.below(1000), 1 + random.below(1_000_000)),
        _ => format!("\"\\195\\169\\n\\t{}\"", random.below(1_000_000)),
    }
}

/// Returns the chunk of a program, as luac5.3 writes it.
pub fn luac(source: &str) -> Vec<u8> {
    mlua::Lua::new()
        .load(source)
        .set_name("@big.lua")
        .into_function()
        .unwrap()
        .dump(false)
}

pub fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Returns the seconds that a command takes.
pub fn seconds(command: &mut Command) -> f64 {
    let start = Instant::now();
    let status = command.status().expect("the command runs");
    let seconds = start.elapsed().as_secs_f64();
    assert!(status.success(), "{command:?}: {status}");
    seconds
}

pub fn median_seconds(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Writes this many Lua sources to a new directory, with the sizes of typical files: most have a
/// few KB, some ten times that. Returns their paths.
pub fn write_sources(folder: &Path, count: u32) -> Vec<String> {
    fs::create_dir(folder).expect("a new folder");
    let source = |i: u32| {
        let mut text = String::from("local M = {}\n");
        for j in 0..i.wrapping_mul(2_654_435_761) >> 27 {
            let k = i * j;
            write!(
                text,
                "-- Adds {k} to what \"name{k}\" stands for.\nfunction M.name{k}(self, x, y)\n  \
                 local t = {{ x = x, y = y, 'text {k}' }}\n  for key, value in pairs(self) do\n    \
                 if value > {k} and key ~= 'x' then t[key] = value .. '\\n' else t[{k}] = nil end\n  \
                 end\n  return t, #t + {j}.5\nend\n\n",
            )
            .expect("a string takes all");
        }
        text + "return M\n"
    };
    (0..count)
        .map(|i| {
            let path = folder.join(format!("{i}.lua"));
            fs::write(&path, source(i)).expect("a new file");
            path.to_str().expect("the path is Unicode").to_owned()
        })
        .collect()
}
