//! Renames a global variable in a chunk: parses the token stream from standard input, changes the
//! tree, and prints the stream of the changed tree:
//!
//!     luadec-tok input.luac | cargo run --example rename -- old new | luadec-tok decode > output.luac

use std::error::Error;

use luadec_tok::Chunk;
use luadec_tok::chunk::{Constant, Proto};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(old), Some(new)) = (arguments.next(), arguments.next()) else {
        return Err("expected the old name and the new one".into());
    };
    let stream = std::io::read_to_string(std::io::stdin())?;
    let mut chunk = Chunk::parse(&stream)?;
    rename(&mut chunk.main, old.as_bytes(), new.as_bytes());
    println!("{}", chunk.to_terse());
    Ok(())
}

/// A global is a field of `_ENV`, so its name is a string constant like any other.
fn rename(p: &mut Proto, old: &[u8], new: &[u8]) {
    let constants = p.k.iter().map(|constant| match constant {
        Constant::String(name) if *name == *old => Constant::String(new.into()),
        other => other,
    });
    p.k = constants.collect();
    for function in &mut p.p {
        rename(function, old, new);
    }
}
