//! Hashes: fingerprints of sources, outlines and code, and random draws that depend only on a seed and a
//! content.

use sha2::{Digest, Sha256};

/// Identifies a source, or the code of a unit.
pub type Fingerprint = [u8; 16];

/// Returns the first bytes of a hash.
pub fn start<const N: usize>(hash: Sha256) -> [u8; N] {
    let hash = hash.finalize();
    *hash.first_chunk().expect("the hash has 32 bytes")
}

/// Returns bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Returns a number from 0 up to, but not including, 1 that depends only on the seed and the
/// content, not on the rest of the set.
pub fn draw(seed: u64, content: &[u8]) -> f64 {
    let hash = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(content);
    // As many bits as a double holds.
    (u64::from_le_bytes(start(hash)) >> 11) as f64 / (1u64 << 53) as f64
}
