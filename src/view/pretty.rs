use std::io;
use crate::proto::Chunk;
impl super::Page<'_> {
    /// x
    pub fn pretty(&mut self, _c: &Chunk) -> io::Result<()> { Ok(()) }
    /// x
    pub fn hexdump(&mut self, _c: &super::Reading) -> io::Result<()> { Ok(()) }
}
