//! The outlines of a chunk, each once.

use std::collections::HashMap;

use luadec_tok::chunk::{Chunk, TreePath};
use luadec_tok::stream::Outline;

use crate::command::train::outline;

/// An outline, and the functions that have it.
pub struct UniqueOutline<'c> {
    pub id: String,
    /// The first function that has it.
    pub path: TreePath,
    /// How many functions have it.
    pub count: usize,
    pub outline: Outline<'c>,
}

/// Returns the outlines of a chunk, in the order of the first functions that have them.
pub fn unique<'c>(chunk: &'c Chunk<'c>) -> Vec<UniqueOutline<'c>> {
    let mut found: Vec<UniqueOutline> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (path, outline) in chunk.to_outlines() {
        let id = outline::id(&outline);
        let place = *places.entry(id.clone()).or_insert(found.len());
        match found.get_mut(place) {
            Some(known) => known.count += 1,
            None => found.push(UniqueOutline {
                id,
                path,
                count: 1,
                outline,
            }),
        }
    }
    found
}
