//! What a compiler makes of a source that every version of Lua takes.

use anyhow::{Result, anyhow};
use sha2::{Digest, Sha256};

use super::hex;
use crate::command::compile::{Compiler, Limits};

/// Something of everything, so that compilers that differ anywhere are likely to differ here.
const SOURCE: &str = "\
local a, b = 1, 'two' .. 3 * 4 - 0.5
local t = { 1, 2, x = a, [b] = nil, f = function(...) return ..., a end }
function t.g(x, y) if x and not y or x <= y then return t.f(x, y) else b = #t end end
function t:h(...) for i = 10, 1, -3 do self.x = self.x + i end return self:h(...) end
for k, v in pairs(t) do while k ~= v do repeat local u = k; t[u] = function() return u end until u; break end end
return 2 ^ 53 % 7, -a, 1e308 * 10, 255 == 0xff, t.g(1, 2)
";

/// A hash that tells compilers apart, also those that one command line starts on different days.
///
/// # Errors
/// The compiler does not take the source.
pub fn probe(compiler: &Compiler) -> Result<String> {
    let limits = Limits {
        memory: 1 << 20,
        seconds: 60,
    };
    let chunk = compiler.compile(SOURCE.as_bytes(), "probe", limits);
    let chunk = chunk.map_err(|error| anyhow!("the compiler refuses a small program: {error}"))?;
    Ok(hex(&Sha256::digest(chunk)))
}
