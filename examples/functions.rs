//! Lists the functions of a chunk, with their lines and how much is in them:
//!
//!     cargo run --example functions -- fixtures/functions.luac

use std::error::Error;

use luadec_tok::chunk::{Constant, Proto};
use luadec_tok::undump;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("which chunk?")?;
    let bytes = std::fs::read(path)?;
    let chunk = undump(&bytes)?.chunk;
    list(&chunk.main, 0);
    Ok(())
}

fn list(p: &Proto, depth: usize) {
    let strings = p.k.iter().filter(|k| matches!(k, Constant::String(_)));
    println!(
        "{:indent$}lines {} to {}: {} instructions, {} strings among {} constants",
        "",
        p.linedefined,
        p.lastlinedefined,
        p.code.len(),
        strings.count(),
        p.k.len(),
        indent = 2 * depth,
    );
    for function in &p.p {
        list(function, depth + 1);
    }
}
