//! Outlines: each function of a chunk by itself, with the functions inside it reduced to holes.
//!
//! `emit.rs` and `parse.rs` write and read them as a form of the terse stream.

use std::sync::Arc;

use crate::chunk::{Chunk, Extension, Functions, LuaString, Proto, TreePath, Upvaldesc};
use crate::version::Version;

/// The outline of one function: what the function itself has, and the header and the upvalues of
/// each function directly inside it.
///
/// Outlines of a chunk are made by [`Chunk::to_outlines`] and borrow from it. A
/// [parsed](Self::parse) outline owns what it has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline<'a> {
    /// The version of Lua.
    pub version: Version,
    /// What a dialect adds to the version; `None` for plain Lua.
    pub extension: Option<Arc<Extension>>,
    /// Whether the function is the main function of a file. Its outline begins like the stream of
    /// the file; any other outline has neither a source nor the line where the function begins.
    ///
    /// The text of a main function that has names of upvalues but no source does not tell that it
    /// is one.
    pub is_main: bool,
    /// The number of upvalues of the function's closure, as in [`Chunk::nupvalues`]. Only that of a
    /// main function can differ from the function's number of upvalues.
    pub nupvalues: u8,
    /// The function. The functions inside are holes: they have a header and upvalues, but no code,
    /// constants, functions or lines.
    ///
    /// A function that is not main begins in line 0, whatever its lines in the chunk are.
    pub function: Proto<'a>,
    /// The upvalues that are marked `<|Env|>`.
    pub env: EnvMarks,
}

/// The upvalues of an outline that are marked `<|Env|>`: they have no name, and refer to the main
/// function's first upvalue (`_ENV`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvMarks {
    /// The indices of the function's own upvalues, in order.
    pub own: Vec<usize>,
    /// For each hole, the indices of its upvalues, in order.
    pub holes: Vec<Vec<usize>>,
}

impl<'a> Chunk<'a> {
    /// Returns the outline of each function with the function's place, each function before those
    /// inside it.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use luadec_tok::Chunk;
    /// use luadec_tok::stream::Outline;
    ///
    /// let chunk = Chunk::read(include_bytes!("../../../fixtures/demo.luac"))?;
    /// for (path, outline) in chunk.to_outlines() {
    ///     let text = outline.to_terse();
    ///     println!("{path}\t{text}");
    ///     assert_eq!(Outline::parse(&text)?.to_terse(), text);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_outlines(&self) -> Outlines<'_> {
        Outlines {
            version: self.version,
            extension: self.extension.clone(),
            nupvalues: self.nupvalues,
            is_main: self.main.is_main(self.version),
            env: Vec::new(),
            functions: self.functions(),
        }
    }
}

impl Proto<'_> {
    /// Returns whether the outermost function of a chunk is the main function of a file, and not a
    /// function that `string.dump` wrote.
    pub fn is_main(&self, version: Version) -> bool {
        let upvalues = usize::from(version != Version::Lua51);
        self.linedefined == 0
            && self.numparams == 0
            && self.is_vararg != 0
            && self.upvalues.len() == upvalues
    }
}

/// The outlines of a chunk. See [`Chunk::to_outlines`].
pub struct Outlines<'c> {
    version: Version,
    extension: Option<Arc<Extension>>,
    nupvalues: u8,
    is_main: bool,
    /// For each function around the next one, the outermost first, its upvalues that refer to the
    /// main function's first.
    env: Vec<Vec<usize>>,
    functions: Functions<'c, 'c>,
}

impl<'c> Iterator for Outlines<'c> {
    type Item = (TreePath, Outline<'c>);

    fn next(&mut self) -> Option<Self::Item> {
        let function = self.functions.next()?;
        let depth = function.path.0.len();
        let is_main = depth == 0 && self.is_main;
        self.env.truncate(depth);
        let env = match self.env.last() {
            None => self.root_env(function.proto),
            Some(around) => inherited(around, function.proto),
        };
        let outline = Outline {
            version: self.version,
            extension: self.extension.clone(),
            is_main,
            nupvalues: match is_main {
                true => self.nupvalues,
                false if self.version.has_closure() => function.proto.upvalues.len() as u8,
                false => 0,
            },
            env: EnvMarks {
                own: marked(&env, function.proto),
                holes: (function.proto.p.iter())
                    .map(|inside| marked(&inherited(&env, inside), inside))
                    .collect(),
            },
            function: with_holes(function.proto, is_main),
        };
        self.env.push(env);
        Some((function.path, outline))
    }
}

impl Outlines<'_> {
    /// Returns the upvalues of the outermost function that are the environment: the first of a main
    /// function, and those named `_ENV` of any other.
    fn root_env(&self, root: &Proto) -> Vec<usize> {
        if self.version == Version::Lua51 {
            return Vec::new();
        }
        let is_env = |(i, upvalue): &(usize, &Upvaldesc)| match self.is_main {
            true => *i == 0,
            false => upvalue.name.as_deref() == Some(b"_ENV"),
        };
        let upvalues = root.upvalues.iter().enumerate();
        upvalues.filter(is_env).map(|(i, _)| i).collect()
    }
}

/// Returns the upvalues of a function that refer to one of these upvalues of the function around it.
fn inherited(around: &[usize], p: &Proto) -> Vec<usize> {
    let upvalues = p.upvalues.iter().enumerate();
    let refers = |upvalue: &Upvaldesc| {
        upvalue.instack == 0 && around.binary_search(&usize::from(upvalue.idx)).is_ok()
    };
    upvalues
        .filter(|(_, upvalue)| refers(upvalue))
        .map(|(i, _)| i)
        .collect()
}

/// Returns those of a function's upvalues that have no name, which is where a mark stands.
fn marked(env: &[usize], p: &Proto) -> Vec<usize> {
    let unnamed = env.iter().filter(|i| p.upvalues[**i].name.is_none());
    unnamed.copied().collect()
}

/// Returns a function that borrows from `p` and whose functions are holes. If it is not main, it
/// has no source, and begins in line 0; holes have a source only if it is not `p`'s.
fn with_holes<'p>(p: &'p Proto<'_>, is_main: bool) -> Proto<'p> {
    let start = if is_main { 0 } else { p.linedefined };
    let moved = |line: i32| line.wrapping_sub(start);
    let source = |source: &'p Option<LuaString>| source.as_deref().map(LuaString::Borrowed);
    let header = |p: &'p Proto| Proto {
        linedefined: moved(p.linedefined),
        lastlinedefined: moved(p.lastlinedefined),
        numparams: p.numparams,
        is_vararg: p.is_vararg,
        maxstacksize: p.maxstacksize,
        upvalues: p.upvalues.iter().map(Upvaldesc::borrowed).collect(),
        ..Proto::default()
    };
    let hole = |inside: &'p Proto| Proto {
        source: match is_main || inside.source != p.source {
            true => source(&inside.source),
            false => None,
        },
        ..header(inside)
    };
    Proto {
        source: if is_main { source(&p.source) } else { None },
        code: p.code.borrowed(),
        k: p.k.borrowed(),
        p: p.p.iter().map(hole).collect(),
        lineinfo: match start {
            0 => p.lineinfo.borrowed(),
            _ => p.lineinfo.iter().map(moved).collect(),
        },
        locvars: p.locvars.borrowed(),
        stored_lines: p.stored_lines.clone().map(|mut stored| {
            for entry in &mut stored.abslineinfo {
                entry.line = moved(entry.line);
            }
            stored
        }),
        ..header(p)
    }
}
