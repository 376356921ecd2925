use crate::proto::Chunk;
use std::io;
impl super::Page<'_> {
    /// x
    pub fn pretty(&mut self, _c: &Chunk) -> io::Result<()> {
        Ok(())
    }
}
