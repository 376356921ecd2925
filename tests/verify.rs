//! Verifying: what is passed on has been parsed, and a difference is found.

mod common;

use std::io::Write;

use common::{fixture, parse};
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::stream::Verify;

#[test]
fn what_does_not_parse_is_not_passed_on() {
    let stream = String::from_utf8(fixture("demo.txt")).unwrap();
    let at = stream.find("<|Instruction-B-K=0|>").unwrap();
    let wrong = stream.replacen("<|Instruction-B-K=0|>", "<|Instruction-B-K=1|>", 1);
    let mut passed = Vec::new();
    let error = Verify::new(&mut passed, true)
        .write(wrong.as_bytes())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("<|Instruction-B-K=1|> does not fit B=256 (its K is 0)"),
        "{error}"
    );
    assert!(passed.len() < at, "{} bytes went out", passed.len());

    let mut passed = Vec::new();
    Verify::new(&mut passed, false)
        .write_all(wrong.as_bytes())
        .unwrap();
    assert_eq!(passed, wrong.as_bytes());
}

#[test]
fn a_stream_in_pieces_gives_the_chunk() {
    let stream = fixture("functions.txt");
    for size in [1, 7, 100, 1021, 65_536] {
        let mut passed = Vec::new();
        let mut verify = Verify::new(&mut passed, true);
        let (mut start, mut end) = (0, 0);
        let mut chunk = None;
        while chunk.is_none() {
            end = (end + size).min(stream.len());
            start += verify.write(&stream[start..end]).unwrap();
            chunk = verify.take();
        }
        assert_eq!(
            chunk.unwrap(),
            parse(std::str::from_utf8(&stream).unwrap()).unwrap()
        );
        assert_eq!(passed, stream.trim_ascii_end());
    }
}

#[test]
fn a_difference_is_found_where_it_is() {
    let text = String::from_utf8(fixture("functions.txt")).unwrap();
    let chunk = parse(&text).unwrap();
    assert_eq!(chunk.difference(&chunk), None);
    let differs = |change: &dyn Fn(&mut Chunk)| {
        let mut other = chunk.clone();
        change(&mut other);
        assert_ne!(other, chunk);
        chunk.difference(&other).expect("it differs").to_string()
    };
    let in_function = |change: fn(&mut Proto)| differs(&|c| change(&mut c.main.p[3]));
    assert_eq!(differs(&|c| c.nupvalues = 0), "main");
    assert_eq!(
        differs(&|c| c.main.k = change(c.main.k.iter(), |k| k.truncate(1))),
        "main > constant 1"
    );
    assert_eq!(
        differs(&|c| c.main.p[2].maxstacksize += 1),
        "main > function 2"
    );
    assert_eq!(
        in_function(|p| p.code = change(p.code.iter(), |code| code[1].0 ^= 1 << 31)),
        "main > function 3 > instruction 1"
    );
    assert_eq!(
        in_function(|p| p.lineinfo = change(p.lineinfo.iter(), |lines| lines[0] = 0)),
        "main > function 3 > line 0"
    );
    assert_eq!(
        in_function(|p| p.locvars = change(p.locvars.iter(), |locvars| locvars[1].endpc = 0)),
        "main > function 3 > local 1"
    );
    assert_eq!(
        in_function(|p| p.upvalues[0].idx = 9),
        "main > function 3 > upvalue 0"
    );
    assert_eq!(
        in_function(|p| p.source = None),
        "main > function 3 > source"
    );
    assert_eq!(differs(&|c| c.main.p.truncate(4)), "main > function 4");
    let fields: [fn(&mut Proto); 5] = [
        |p| p.linedefined += 1,
        |p| p.lastlinedefined += 1,
        |p| p.numparams ^= 1,
        |p| p.is_vararg ^= 1,
        |p| p.maxstacksize ^= 1,
    ];
    for field in fields {
        assert_eq!(in_function(field), "main > function 3");
    }
}

fn change<T, L: FromIterator<T>>(list: impl Iterator<Item = T>, change: impl Fn(&mut Vec<T>)) -> L {
    let mut elements: Vec<T> = list.collect();
    change(&mut elements);
    elements.into_iter().collect()
}
