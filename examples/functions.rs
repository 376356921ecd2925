//! Lists the functions of a chunk with their instructions:
//!
//!     cargo run --example functions -- fixtures/functions.luac

use std::error::Error;

use luadec_tok::Chunk;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("expected a chunk")?;
    let bytes = std::fs::read(path)?;
    let chunk = Chunk::read(&bytes)?;
    for function in chunk.functions() {
        let proto = function.proto;
        println!(
            "{}, lines {} to {}, {} constants",
            function.path,
            proto.linedefined,
            proto.lastlinedefined,
            proto.k.len(),
        );
        for instruction in function.instructions() {
            println!("  {:4} {instruction}", instruction.pc());
        }
    }
    Ok(())
}
