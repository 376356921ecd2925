//! `examples/decompile.py` with a stub server in place of a model.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::{env, fs, thread};

use luadec_tok::Chunk;
use luadec_tok::source::{Inside, parse};
use serde_json::{Value, json};

use crate::common;

const SOURCE: &str = "local M = {}\n\
                      function M.easy(a) return a + 1 end\n\
                      function M.second(b) return function() return b - 1 end end\n\
                      function M.never(c) return c * 2 end\n\
                      return M";

/// A server that knows the answer to each outline.
struct Stub {
    answers: HashMap<String, String>,
    /// The outlines that it answers right only when it hears what was wrong.
    slow: Vec<String>,
    /// The outlines that it never answers right.
    hopeless: Vec<String>,
    /// The number of turns of each request.
    turns: Mutex<Vec<usize>>,
}

impl Stub {
    fn serve(self: Arc<Stub>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let stub = self.clone();
                thread::spawn(move || stub.reply(stream));
            }
        });
        format!("http://{address}/v1")
    }

    fn reply(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut length = 0;
        let mut line = String::new();
        let mut path = String::new();
        while reader.read_line(&mut line).unwrap() > 2 {
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.starts_with("POST") {
                path = line.split(' ').nth(1).unwrap().to_owned();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        assert_eq!(path, "/v1/chat/completions");
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["model"], json!("stub"));
        let turns = body["messages"].as_array().unwrap();
        self.turns.lock().unwrap().push(turns.len());
        let outline = turns[0]["content"].as_str().unwrap();
        let right = self.answers[outline].clone();
        let is_first = turns.len() == 1;
        let is_wrong = self.hopeless.iter().any(|hopeless| hopeless == outline)
            || is_first && self.slow.iter().any(|slow| slow == outline);
        let answer = match is_wrong {
            true => "function(x)\n\treturn\nend".to_owned(),
            false => format!("```lua\n{right}\n```"),
        };
        let message = json!({"role": "assistant", "content": answer});
        let reply = json!({"choices": [{"index": 0, "message": message}]}).to_string();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: \
             close\r\n\r\n{reply}",
            reply.len()
        )
        .unwrap();
    }
}

/// Runs the example. Returns the exit status, the file, and the number of turns of each request.
fn decompile(slow: &[usize], hopeless: &[usize]) -> (Option<i32>, String, Vec<usize>, String) {
    let bytes = common::luac(SOURCE.as_bytes(), "asked.lua", false);
    let chunk = Chunk::read(&bytes).unwrap();
    let source = parse(SOURCE.as_bytes(), chunk.version).unwrap();
    let outlines: Vec<String> = chunk
        .to_outlines()
        .map(|(_, outline)| outline.to_terse())
        .collect();
    let answer = |number: usize| source.answer(number as u32, Inside::Holes).unwrap();
    let stub = Arc::new(Stub {
        answers: outlines.iter().cloned().zip((0..).map(answer)).collect(),
        slow: slow
            .iter()
            .map(|number| outlines[*number].clone())
            .collect(),
        hopeless: hopeless
            .iter()
            .map(|number| outlines[*number].clone())
            .collect(),
        turns: Mutex::default(),
    });
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("asked.luac"), &bytes).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_luadec-tok"))
        .parent()
        .unwrap();
    let path = env::var_os("PATH").unwrap();
    let paths = [binary.to_owned()]
        .into_iter()
        .chain(env::split_paths(&path));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/decompile.py");
    let output = Command::new("python3")
        .arg(script)
        .args([
            "asked.luac",
            "-o",
            "got.lua",
            "--model",
            "stub",
            "--server",
            &stub.clone().serve(),
        ])
        .env("PATH", env::join_paths(paths).unwrap())
        .current_dir(&directory)
        .output()
        .unwrap();
    let file = fs::read_to_string(directory.path().join("got.lua")).unwrap_or_default();
    let turns = stub.turns.lock().unwrap().clone();
    let messages = super::text(&output.stderr).to_owned();
    (output.status.code(), file, turns, messages)
}

fn canonical() -> String {
    let source = parse(SOURCE.as_bytes(), luadec_tok::Version::Lua53).unwrap();
    source.canonical() + "\n"
}

#[test]
fn what_is_wrong_is_asked_again() {
    if !is_python_there() {
        return;
    }
    let (status, file, mut turns, messages) = decompile(&[3], &[]);
    assert_eq!((status, file), (Some(0), canonical()), "{messages}");
    // Five functions, then one of them with the answer and what is wrong with it.
    turns.sort_unstable();
    assert_eq!(turns, [1, 1, 1, 1, 1, 3], "{messages}");
}

#[test]
fn the_loop_ends_if_the_model_does_not_learn() {
    if !is_python_there() {
        return;
    }
    let (status, file, turns, messages) = decompile(&[], &[4]);
    assert_eq!(status, Some(3), "{messages}");
    assert!(file.contains("-- not proven: "), "{file}");
    assert_eq!(turns.len(), 7, "{messages}");
}

fn is_python_there() -> bool {
    let is_there = Command::new("python3").arg("--version").output().is_ok();
    if !is_there {
        eprintln!("skipped: python3 is not installed");
    }
    is_there
}
