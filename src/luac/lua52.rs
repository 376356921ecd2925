//! Chunks of Lua 5.2. Strings and constants are stored as in Lua 5.1.

use crate::bytes::{AsLayout, Layout, Writer};
use crate::chunk::{Constant, LuaString};
use crate::version::{Lua51, Lua52};

use super::dialect::Dialect;
use super::error::Result;
use super::fields::Fields;
use super::header::{LUAC_DATA, load_data};
use super::lua51::{dump_sizes, load_sizes};
use super::observer::{Observer, Section};

impl Dialect for Lua52 {
    type Strings = ();
    const SECTIONS: &'static [Section] = &[
        Section::Definition,
        Section::Code,
        Section::Constants,
        Section::Protos,
        Section::Upvalues,
        Section::Source,
        Section::LineInfo,
        Section::LocVars,
        Section::UpvalueNames,
    ];
    const HAS_NUPS: bool = false;
    const IS_PACKED: bool = false;

    fn least_string(layout: Layout) -> u64 {
        Lua51::least_string(layout)
    }

    /// Nine ints, three bytes and the size of the source.
    fn least_function(layout: Layout) -> u64 {
        9 * u64::from(layout.int) + 3 + u64::from(layout.size_t)
    }

    fn load_header<'a, O: Observer<'a>>(fields: &mut Fields<'a, '_, O, Layout>) -> Result<Layout> {
        let layout = load_sizes(fields)?;
        load_data(fields)?;
        Ok(layout)
    }

    fn load_string<'a, O: Observer<'a>, L: AsLayout>(
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
        what: &'static str,
    ) -> Result<Option<&'a [u8]>> {
        Lua51::load_string(strings, fields, what)
    }

    fn load_constant<'a, O: Observer<'a>, L: AsLayout>(
        strings: &mut Self::Strings,
        fields: &mut Fields<'a, '_, O, L>,
    ) -> Result<Constant<'a>> {
        Lua51::load_constant(strings, fields)
    }

    fn dump_header(out: &mut Writer) {
        dump_sizes(out);
        out.bytes(LUAC_DATA);
    }

    fn dump_string(strings: &mut Self::Strings, string: Option<&LuaString>, out: &mut Writer) {
        Lua51::dump_string(strings, string, out);
    }

    fn dump_constant(strings: &mut Self::Strings, constant: &Constant, out: &mut Writer) {
        Lua51::dump_constant(strings, constant, out);
    }
}
