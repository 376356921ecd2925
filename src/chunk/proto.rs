//! A chunk and its functions, named as in `lobject.h`.

use std::sync::Arc;

use crate::opcodes::Instruction;
use crate::version::Version;

use super::contents::{Constant, LocVar, LuaString, Upvaldesc, owned};
use super::extension::Extension;
use super::packed_list::PackedList;
use super::packed_words::PackedWords;
use super::relative_lines::RelativeLines;

/// The deepest nesting of functions below the main function (`LUAI_MAXCCALLS`).
pub const MAX_DEPTH: usize = 200;

/// A chunk: the main function and what belongs to the chunk as a whole.
#[derive(Clone, Default, PartialEq)]
pub struct Chunk<'a> {
    /// The version of Lua. It decides what the numbers of opcodes mean.
    pub version: Version,
    /// What a dialect adds to the version; `None` for plain Lua.
    pub extension: Option<Arc<Extension>>,
    /// The number of upvalues of the main function's closure (`sizeupvalues`), which is stored
    /// before the main function. `luac` writes the main function's number of upvalues. Chunks of
    /// Lua 5.1 and 5.2 do not store it; it is 0 there.
    pub nupvalues: u8,
    /// The main function.
    pub main: Proto<'a>,
}

impl<'a> Chunk<'a> {
    /// Makes a chunk whose main function is `main`.
    pub fn of_function(version: Version, main: Proto<'a>) -> Self {
        let nupvalues = match version.has_closure() {
            true => main.upvalues.len() as u8,
            false => 0,
        };
        Chunk {
            version,
            extension: None,
            nupvalues,
            main,
        }
    }

    /// Returns what a dialect adds to the version.
    pub fn extension(&self) -> &Extension {
        self.extension.as_deref().unwrap_or(Extension::NONE)
    }

    /// Notes what a dialect adds to the version.
    pub fn extend(&mut self, extension: &Extension) {
        self.extension = (!extension.is_empty()).then(|| Arc::new(extension.clone()));
    }

    /// Returns the chunk as one that borrows nothing, so it outlives the bytes or the stream that
    /// it was read from.
    pub fn into_owned(self) -> Chunk<'static> {
        Chunk {
            version: self.version,
            extension: self.extension,
            nupvalues: self.nupvalues,
            main: self.main.into_owned(),
        }
    }

    /// Clears the debug information that `luac -s` does not write. See [`Proto::strip`].
    pub fn strip(&mut self) {
        self.main.strip();
    }
}

/// A function prototype (`struct Proto`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proto<'a> {
    /// The name of the source. As in `lundump.c`, a function that is stored without one has its
    /// parent's; `None` means that no enclosing function has one either.
    pub source: Option<LuaString<'a>>,
    /// The line of `function`; 0 for a main function.
    pub linedefined: i32,
    /// The line of `end`; 0 for a main function.
    pub lastlinedefined: i32,
    /// The number of fixed parameters.
    pub numparams: u8,
    /// Whether the function takes `...`: 0 or 1 from a real compiler, and flags in Lua 5.1 and 5.5
    /// (`PF_VAHID`, `PF_VATAB`).
    pub is_vararg: u8,
    /// The number of registers.
    pub maxstacksize: u8,
    /// The instructions.
    pub code: PackedWords<'a, Instruction>,
    /// The constants.
    pub k: PackedList<'a, Constant<'a>>,
    /// The upvalues. Chunks of Lua 5.1 do not store what they refer to.
    pub upvalues: Vec<Upvaldesc<'a>>,
    /// The functions defined inside.
    pub p: Vec<Proto<'a>>,
    /// The line of each instruction; empty when stripped.
    pub lineinfo: PackedWords<'a, i32>,
    /// The local variables; empty when stripped.
    pub locvars: PackedList<'a, LocVar<'a>>,
    /// How a chunk of Lua 5.4 or 5.5 stores the lines, if not as `luac` does.
    pub stored_lines: Option<Box<RelativeLines>>,
}

impl Proto<'_> {
    /// Returns the function as one that borrows nothing.
    pub fn into_owned(self) -> Proto<'static> {
        Proto {
            source: self.source.map(owned),
            linedefined: self.linedefined,
            lastlinedefined: self.lastlinedefined,
            numparams: self.numparams,
            is_vararg: self.is_vararg,
            maxstacksize: self.maxstacksize,
            code: self.code.into_owned(),
            k: self.k.into_owned(),
            upvalues: self.upvalues.into_iter().map(|u| u.into_owned()).collect(),
            p: self.p.into_iter().map(Proto::into_owned).collect(),
            lineinfo: self.lineinfo.into_owned(),
            locvars: self.locvars.into_owned(),
            stored_lines: self.stored_lines,
        }
    }

    /// Clears line information, local variables, names of upvalues and sources, in this function
    /// and in those inside, as `ldump.c` does with `strip`. The lines where functions begin and end
    /// stay.
    pub fn strip(&mut self) {
        self.source = None;
        self.lineinfo = PackedWords::default();
        self.stored_lines = None;
        self.locvars = PackedList::default();
        for upvalue in &mut self.upvalues {
            upvalue.name = None;
        }
        for function in &mut self.p {
            function.strip();
        }
    }

    /// Whether this function, apart from those inside, has anything that [`strip`](Self::strip)
    /// clears.
    pub fn has_debug(&self) -> bool {
        self.source.is_some()
            || !self.lineinfo.is_empty()
            || self.stored_lines.is_some()
            || !self.locvars.is_empty()
            || self.upvalues.iter().any(|upvalue| upvalue.name.is_some())
    }
}
