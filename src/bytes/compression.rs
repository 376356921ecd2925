//! Compressed formats, by how their files begin.

/// The name of the format that bytes are compressed in, and the command that undoes it.
pub(crate) fn compression(start: &[u8]) -> Option<(&'static str, &'static str)> {
    Some(match start {
        [0x1F, 0x8B, ..] => ("gzip", "gzip -d"),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => ("zstd", "zstd -d"),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => ("bzip2", "bzip2 -d"),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => ("xz", "xz -d"),
        [0x04, 0x22, 0x4D, 0x18, ..] => ("lz4", "lz4 -d"),
        _ => return None,
    })
}
