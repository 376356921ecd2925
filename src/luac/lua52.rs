//! Chunks of Lua 5.2. Strings and constants are stored as in Lua 5.1.

use crate::bytes::{AsLayout, Layout, Writer};
use crate::chunk::{Constant, LuaString};
use crate::version::{Lua51, Lua52, Version};

use super::error::{ChunkProblem, Result, UndumpError};
use super::fields::Fields;
use super::format::Format;
use super::header::{LUAC_DATA, load_data};
use super::lua51::{dump_sizes, load_sizes, tag::LNUM_INTEGER};
use super::observer::{Observer, Section};

/// The tags for error messages.
const TAGS: &str = "0x00 (nil), 0x01 (boolean), 0x03 (number) or 0x04 (string)";

impl Format for Lua52 {
    type Strings = ();

    #[inline(always)]
    fn version(self) -> Version {
        Version::Lua52
    }

    #[inline(always)]
    fn sections(self) -> &'static [Section] {
        &[
            Section::Definition,
            Section::Code,
            Section::Constants,
            Section::Protos,
            Section::Upvalues,
            Section::Source,
            Section::LineInfo,
            Section::LocVars,
            Section::UpvalueNames,
        ]
    }

    #[inline(always)]
    fn has_nups(self) -> bool {
        false
    }

    #[inline(always)]
    fn is_packed(self) -> bool {
        false
    }

    fn least_string(self, layout: Layout) -> u64 {
        Lua51.least_string(layout)
    }

    /// Nine ints, three bytes and the size of the source.
    fn least_function(self, layout: Layout) -> u64 {
        9 * u64::from(layout.int) + 3 + u64::from(layout.size_t)
    }

    fn load_header<'a, O: Observer<'a>>(
        self,
        fields: &mut Fields<'a, '_, O, Layout>,
    ) -> Result<Layout> {
        let flag = |offset, found| {
            let field = "integral";
            UndumpError::at(offset, ChunkProblem::Flag { field, found })
        };
        let layout = load_sizes(fields).map_err(|error| match error.problem {
            ChunkProblem::Integral(found) => flag(error.offset, found),
            _ => error,
        })?;
        // Only LNUM has both.
        if layout.integer > 0 && layout.number > 0 {
            return Err(flag(fields.reader.position() - 1, layout.integer));
        }
        load_data(fields)?;
        Ok(layout)
    }

    fn load_string<'a, O: Observer<'a>, L: AsLayout>(
        self,
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
        what: &'static str,
    ) -> Result<Option<&'a [u8]>> {
        Lua51.load_string(strings, fields, what)
    }

    fn load_constant<'a, O: Observer<'a>, L: AsLayout>(
        self,
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
    ) -> Result<Constant<'a>> {
        let offset = fields.reader.position();
        let unknown = |found| {
            let expected = TAGS.into();
            UndumpError::at(offset, ChunkProblem::ConstantTag { found, expected })
        };
        match fields.reader.rest().first() {
            // LNUM is a patch of Lua 5.1.
            Some(&LNUM_INTEGER) => Err(unknown(LNUM_INTEGER)),
            _ => Lua51
                .load_constant(strings, fields)
                .map_err(|error| match error.problem {
                    ChunkProblem::ConstantTag { found, .. } => unknown(found),
                    _ => error,
                }),
        }
    }

    fn dump_header(self, out: &mut Writer) {
        dump_sizes(out);
        out.bytes(LUAC_DATA);
    }

    fn dump_string(
        self,
        strings: &mut Self::Strings,
        string: Option<&LuaString>,
        out: &mut Writer,
    ) {
        Lua51.dump_string(strings, string, out);
    }

    fn dump_constant(self, strings: &mut Self::Strings, constant: &Constant, out: &mut Writer) {
        Lua51.dump_constant(strings, constant, out);
    }
}
