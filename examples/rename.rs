//! Renames a global variable in a token stream: the stream from standard input is read into a tree,
//! the tree is changed, and its stream goes to standard output:
//!
//!     luadec-tok input.luac | cargo run --example rename -- old new | luadec-tok decode > output.luac

use std::error::Error;
use std::io;

use luadec_tok::chunk::{Constant, PackedList, Proto};
use luadec_tok::stream::{Chunks, Text, emit};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(old), Some(new)) = (arguments.next(), arguments.next()) else {
        return Err("which name, and what should it be?".into());
    };
    let mut text = Text::new(io::stdout().lock(), 64 << 10);
    for chunk in Chunks::new(io::stdin().lock()) {
        let mut chunk = chunk?;
        rename(&mut chunk.main, old.as_bytes(), new.as_bytes());
        emit(&chunk, &mut text)?;
        text.end_line()?;
    }
    drop(text.finish()?);
    Ok(())
}

/// A global is a field of `_ENV`, so its name is a string constant, as other strings are.
fn rename(p: &mut Proto, old: &[u8], new: &[u8]) {
    let renamed = |constant| match constant {
        Constant::String(name) if *name == *old => Constant::String(new.into()),
        other => other,
    };
    let k: PackedList<Constant> = p.k.iter().map(renamed).collect();
    p.k = k;
    for function in &mut p.p {
        rename(function, old, new);
    }
}
