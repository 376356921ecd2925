//! Chunks that borrow nothing.

use luadec_tok::chunk::Chunk;
use luadec_tok::{dump, undump};

use crate::common::files;

/// The chunk of bytes that are gone when it is used.
fn owned(bytes: Vec<u8>) -> Chunk<'static> {
    undump(&bytes).unwrap().chunk.into_owned()
}

#[test]
fn a_chunk_outlives_its_bytes() {
    let mut count = 0;
    for folder in [".", "lua51", "lua52", "lua54", "lua55"] {
        for file in files(folder, "luac") {
            let bytes = std::fs::read(&file).unwrap();
            let Ok(borrowed) = undump(&bytes) else {
                continue;
            };
            let chunk = owned(bytes.clone());
            assert_eq!(
                chunk.difference(&borrowed.chunk),
                None,
                "{}",
                file.display()
            );
            assert_eq!(dump(&chunk), dump(&borrowed.chunk), "{}", file.display());
            count += 1;
        }
    }
    assert!(count > 10, "only {count} chunks");
}
