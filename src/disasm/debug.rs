//! Chunks for debugging: their instructions show as the chunk's version reads them.

use std::fmt;

use crate::chunk::{Chunk, Proto};
use crate::opcodes::Instruction;
use crate::version::Version;

impl fmt::Debug for Chunk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let version = self.version;
        f.debug_struct("Chunk")
            .field("version", &version)
            .field("nupvalues", &self.nupvalues)
            .field("main", &(Versioned(version, &self.main)))
            .finish()
    }
}

/// A part of a chunk with its version.
struct Versioned<T>(Version, T);

impl fmt::Debug for Versioned<&Proto<'_>> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Versioned(version, p) = *self;
        let code: Vec<_> = p.code.iter().map(|i| Versioned(version, i)).collect();
        let functions: Vec<_> = p.p.iter().map(|p| Versioned(version, p)).collect();
        f.debug_struct("Proto")
            .field("source", &p.source)
            .field("linedefined", &p.linedefined)
            .field("lastlinedefined", &p.lastlinedefined)
            .field("numparams", &p.numparams)
            .field("is_vararg", &p.is_vararg)
            .field("maxstacksize", &p.maxstacksize)
            .field("code", &code)
            .field("k", &p.k)
            .field("upvalues", &p.upvalues)
            .field("p", &functions)
            .field("lineinfo", &p.lineinfo)
            .field("locvars", &p.locvars)
            .field("stored_lines", &p.stored_lines)
            .finish()
    }
}

impl fmt::Debug for Versioned<Instruction> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.1.display(self.0))
    }
}
