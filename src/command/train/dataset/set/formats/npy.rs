//! `--ids npy`: ids end to end, as an array that NumPy loads or maps.

use std::io::{self, BufWriter, IntoInnerError, Seek, Write};
use std::path::Path;

use anyhow::Result;

use super::IdsFile;
use crate::command::io::named::Named;
use crate::command::io::output::Output;
use crate::command::train::dataset::ids::Encoded;
use crate::command::train::dataset::records::record::RecordFacts;
use crate::command::train::tokenizer::put_ids;

/// The first bytes of an array in version 1.0 of the format.
pub const START: [u8; 8] = *b"\x93NUMPY\x01\x00";

/// Writes a part of the set. The ids wait in a temporary file, because the header contains their
/// number.
pub struct NpyFile {
    ids: BufWriter<Named>,
    count: u64,
    output: Output,
    wide: bool,
}

impl NpyFile {
    pub fn new(path: &Path, wide: bool) -> Result<NpyFile> {
        Ok(NpyFile {
            ids: BufWriter::new(Named::temporary()?),
            count: 0,
            output: Output::file(path)?,
            wide,
        })
    }

    /// Returns the header, which is padded to a multiple of 64 bytes.
    fn header(&self) -> Vec<u8> {
        let (kind, count) = (if self.wide { "<u4" } else { "<u2" }, self.count);
        let mut header =
            format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({count},), }}");
        const BEFORE: usize = 10;
        let length = (BEFORE + header.len() + 1).next_multiple_of(64) - BEFORE;
        header = format!("{header:width$}\n", width = length - 1);
        let mut bytes = START.to_vec();
        bytes.extend((length as u16).to_le_bytes());
        bytes.extend(header.into_bytes());
        bytes
    }
}

impl IdsFile for NpyFile {
    fn write(&mut self, _: &RecordFacts, encoded: &Encoded) -> Result<u64> {
        let mut bytes = Vec::new();
        put_ids(&encoded.ids, self.wide, &mut bytes);
        self.ids.write_all(&bytes)?;
        self.count += encoded.ids.len() as u64;
        Ok(bytes.len() as u64)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let header = self.header();
        let mut output = self.output;
        output.write_all(&header)?;
        let mut ids = self.ids.into_inner().map_err(IntoInnerError::into_error)?;
        ids.rewind()?;
        io::copy(&mut ids, &mut output)?;
        output.finish()
    }
}
