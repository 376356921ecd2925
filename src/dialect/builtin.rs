//! The dialects that come with the program.

/// The built-in dialects: each name, and the text of its file.
pub const BUILTIN: [(&str, &str); 7] = [
    ("androlua", include_str!("builtin/androlua.dialect")),
    ("androlua2", include_str!("builtin/androlua2.dialect")),
    ("lnum", include_str!("builtin/lnum.dialect")),
    ("luaj", include_str!("builtin/luaj.dialect")),
    ("nodemcu", include_str!("builtin/nodemcu.dialect")),
    ("tags54", include_str!("builtin/tags54.dialect")),
    ("xlua", include_str!("builtin/xlua.dialect")),
];
