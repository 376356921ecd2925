//! Finds the dialect of a modified Lua from one source compiled by it and by Lua.
//!
//! ```
//! use luadec_tok::Chunk;
//! use luadec_tok::infer::{Inferred, infer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let foreign = include_bytes!("../fixtures/opmap/opcodes.luac");
//! # let original = include_bytes!("../fixtures/opcodes.luac");
//! match infer(foreign, &Chunk::read(original)?)? {
//!     Inferred::Map(map) => print!("{map}"),
//!     Inferred::Dialect(dialect, _) => print!("{dialect}"),
//! }
//! # Ok(())
//! # }
//! ```

use std::borrow::Cow;

use thiserror::Error;

use crate::bytes::Layout;
use crate::chunk::{Chunk, Constant, Proto, Step, TreePath};
use crate::dialect::{
    BUILTIN, Dialect, DialectOpcode, FieldPlace, HeaderField, NumberType, SizedType, TagKind,
    TypeSizes, WordField,
};
use crate::luac::{
    ChunkFormat, ChunkProblem, Field, Header, LNUM_INTEGER, LUA_SIGNATURE, LUAC_DATA, Observer,
    UndumpError, undump,
};
use crate::opcodes::{BitField, WordLayout};
use crate::opmap::{FindError, OpcodeMap, find, find_in};
use crate::version::Version;

/// What [`infer`] found.
#[derive(Clone, Debug, PartialEq)]
pub enum Inferred {
    /// Only the numbers of opcodes differ, if anything.
    Map(OpcodeMap),
    /// The dialect, and the opcodes that the source does not use.
    Dialect(Box<Dialect>, OpcodeMap),
}

/// Why nothing was found.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum InferError {
    /// The foreign chunk cannot be read, neither as plain Lua nor in a dialect close to it.
    #[error(transparent)]
    Read(#[from] UndumpError),
    /// The code differs in more than the numbers of opcodes and the places of fields.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The source uses too few opcodes.
    #[error(
        "the fields of its instructions may be in {0} places; use a source that uses more of the language"
    )]
    Ambiguous(usize),
    /// The code is the same, but a constant has another type.
    #[error("the constants have other types than the original's: the chunks are not of one source")]
    Constants,
}

/// Finds the dialect of a chunk that a modified Lua made of the same source as Lua made the original: the
/// numbers of its opcodes, the places of the fields of instructions, its constant tags, and what its
/// header has or lacks.
///
/// # Errors
/// The foreign chunk cannot be read, or is not of the same source.
pub fn infer(foreign: &[u8], original: &Chunk) -> Result<Inferred, InferError> {
    let plain = undump(foreign);
    let failure = match &plain {
        Ok(undumped) => match find(&undumped.chunk, original) {
            Ok(map)
                if undumped.trailing == 0
                    && !misreads(&undumped.chunk, original)
                    && !has_lnum_integers(foreign) =>
            {
                return Ok(Inferred::Map(map));
            }
            Ok(_) => None,
            Err(error) => Some(InferError::Find(error)),
        },
        Err(error) => Some(error.clone().into()),
    };
    // Why the code of a chunk that could be read in a dialect is not the original's.
    let mut other_code = None;
    for candidate in candidates(foreign, original.version) {
        let Some((mut dialect, chunk, layout)) = read(foreign, original, candidate) else {
            continue;
        };
        let map = match code(&mut dialect, &chunk, original) {
            Ok(map) => map,
            Err(error @ InferError::Ambiguous(_)) => return Err(error),
            Err(error) => {
                other_code.get_or_insert(error);
                continue;
            }
        };
        write_like(&mut dialect, original.version, layout);
        if Dialect::parse(&dialect.to_string()).as_ref() == Ok(&dialect) {
            return Ok(Inferred::Dialect(Box::new(dialect), map));
        }
    }
    match (failure, plain) {
        (None, Ok(undumped)) if misreads(&undumped.chunk, original) => Err(InferError::Constants),
        // What is plain Lua's but for bytes after it.
        (None, Ok(undumped)) => Ok(Inferred::Map(find(&undumped.chunk, original)?)),
        (Some(InferError::Read(error)), _) => Err(other_code.unwrap_or(error.into())),
        (failure, _) => Err(failure.expect("the chunk was not read")),
    }
}

/// Returns whether a constant of plain Lua 5.1 has the tag of LNUM's integers.
fn has_lnum_integers(foreign: &[u8]) -> bool {
    let mut tags = Tags::default();
    let Ok((bytes, format)) = ChunkFormat::plain(foreign) else {
        return false;
    };
    format.observe(bytes, &mut tags);
    format.version == Version::Lua51 && tags.0.contains(&LNUM_INTEGER)
}

/// Returns whether a constant has another type than the original's.
fn misreads(foreign: &Chunk, original: &Chunk) -> bool {
    first_misread(&foreign.main, &original.main, original.version, &mut 0).is_some()
}

/// Returns the type of the first constant of the original that was read as another type. Sets `index` to
/// its index among all constants in the order in which they are stored, each function's before those of
/// the functions inside.
fn first_misread(
    foreign: &Proto,
    original: &Proto,
    version: Version,
    index: &mut usize,
) -> Option<TagKind> {
    let kinds = |k: (Constant, Constant)| [kind(&k.0, version), kind(&k.1, version)];
    let mut pairs = foreign
        .k
        .iter()
        .zip(original.k.iter())
        .map(kinds)
        .enumerate();
    if let Some((i, [_, wanted])) = pairs.find(|(_, [found, wanted])| found != wanted) {
        *index += i;
        return Some(wanted);
    }
    *index += foreign.k.len();
    let mut inside = foreign.p.iter().zip(&original.p);
    inside.find_map(|(foreign, original)| first_misread(foreign, original, version, index))
}

/// Collects the tags of constants.
#[derive(Default)]
struct Tags(Vec<u8>);

impl<'a> Observer<'a> for Tags {
    fn field(&mut self, _: usize, _: &'a [u8], field: Field<'a>) {
        if let Field::Tag(tag) = field {
            self.0.push(tag);
        }
    }
}

/// Returns what the tag of a constant stands for.
fn kind(constant: &Constant, version: Version) -> TagKind {
    const MAX_SHORT: usize = 40;
    match constant {
        Constant::Nil => TagKind::Nil,
        Constant::Boolean(value) if version >= Version::Lua54 => match value {
            true => TagKind::True,
            false => TagKind::False,
        },
        Constant::Boolean(_) => TagKind::Boolean,
        // A number without a fraction, if the dialect has integers and the version does not.
        Constant::Integer(_) if version < Version::Lua53 => TagKind::Float,
        Constant::Integer(_) => TagKind::Integer,
        Constant::Float(_) => TagKind::Float,
        Constant::String(text) if version >= Version::Lua53 && text.len() > MAX_SHORT => {
            TagKind::LongString
        }
        Constant::String(_) | Constant::Null => TagKind::String,
    }
}

/// Returns dialects that the chunk may be in, those with few differences first.
fn candidates(foreign: &[u8], version: Version) -> Vec<Dialect> {
    let plain = Dialect::of(version);
    let mut formats = vec![plain.clone()];
    if (Version::Lua52..Version::Lua54).contains(&version) {
        // As from Lua 5.4 on.
        for format in formats.clone() {
            let tags = vec![(0x01, TagKind::False), (0x11, TagKind::True)];
            formats.push(Dialect { tags, ..format });
        }
        for format in formats.clone() {
            let upvalue_kinds = true;
            formats.push(Dialect {
                upvalue_kinds,
                ..format
            });
        }
    }
    let builtin = BUILTIN
        .iter()
        .filter_map(|(name, _)| Dialect::builtin(name));
    formats.extend(
        builtin
            .filter(|builtin| builtin.base.contains(&version))
            .map(|mut builtin| {
                builtin.base = vec![version];
                builtin.opcodes.clear();
                let is_added = |kind| kind == TagKind::Integer && version < Version::Lua53;
                builtin.tags.retain(|(_, kind)| is_added(*kind));
                builtin
            }),
    );
    let fields = HeaderField::ALL.into_iter().map(Some);
    let mut candidates = Vec::new();
    for field in [None].into_iter().chain(fields) {
        for format in &formats {
            let mut candidate = format.clone();
            if let Some(field) = field {
                if format.lacks.contains(&field) {
                    continue;
                }
                candidate.lacks.push(field);
                if let HeaderField::Size(of) = field {
                    let sizes = match (of, version) {
                        (SizedType::Instruction, _) => vec![4],
                        _ => vec![4, 8],
                    };
                    candidate.sizes.retain(|sizes| sizes.of != of);
                    candidate.sizes.push(TypeSizes { of, sizes });
                }
            }
            start(&mut candidate, foreign, version);
            if Dialect::parse(&candidate.to_string()).is_ok() {
                candidates.push(candidate);
            }
        }
    }
    candidates
}

/// Takes over the first bytes of the chunk: its signature, its version and its format.
fn start(dialect: &mut Dialect, foreign: &[u8], version: Version) {
    let has_format = !dialect.lacks.contains(&HeaderField::Format);
    let bytes = 1 + usize::from(has_format);
    let signature = if foreign.starts_with(LUA_SIGNATURE) {
        LUA_SIGNATURE.len()
    } else {
        // LUAC_DATA follows the version and the format, in Lua 5.2 also six sizes.
        let between = bytes + if version == Version::Lua52 { 6 } else { 0 };
        let start = &foreign[..foreign.len().min(64)];
        let data = memchr::memmem::find(start, LUAC_DATA);
        let signature = data.and_then(|data| data.checked_sub(between)).unwrap_or(4);
        let signature = signature.clamp(1, foreign.len().max(1));
        dialect.signature = foreign.get(..signature).map(<[u8]>::to_vec);
        signature
    };
    let mut rest = foreign.iter().skip(signature).copied();
    dialect.version_bytes = rest
        .next()
        .filter(|byte| *byte != version.byte())
        .into_iter()
        .collect();
    dialect.formats = match has_format {
        true => rest.next().filter(|byte| *byte != 0).into_iter().collect(),
        false => Vec::new(),
    };
}

/// Reads a chunk to its last byte as a candidate has it, with the constant tags that the original needs.
fn read<'a>(
    foreign: &'a [u8],
    original: &Chunk,
    mut dialect: Dialect,
) -> Option<(Dialect, Chunk<'a>, Layout)> {
    let version = original.version;
    // Each turn finds a tag.
    for _ in 0..16 {
        let mut tags = Tags::default();
        let read = {
            let (bytes, format) = ChunkFormat::of_dialect(foreign, Cow::Borrowed(&dialect)).ok()?;
            if format.version != version {
                return None;
            }
            format.observe(bytes, &mut tags)
        };
        let chunk = read.chunk?;
        let mut index = 0;
        let misread = first_misread(&chunk.main, &original.main, version, &mut index);
        let (tag, kind) = match (misread, read.error) {
            (Some(kind), _) => (*tags.0.get(index)?, kind),
            (None, None) if read.trailing > 0 => return None,
            (None, None) => match other_string_tag(&dialect, &tags.0, original) {
                Some(tag) => tag,
                None => {
                    complete(&mut dialect, version);
                    return Some((dialect, chunk, read.layout));
                }
            },
            (None, Some(error)) => {
                let ChunkProblem::ConstantTag { found, .. } = error.problem else {
                    return None;
                };
                (found, kind_at(original, &error.path?)?)
            }
        };
        if dialect.tags.contains(&(tag, kind)) {
            return None;
        }
        dialect.tags.retain(|(other, _)| *other != tag);
        dialect.tags.push((tag, kind));
        dialect.tags.sort_by_key(|(tag, _)| *tag);
    }
    None
}

/// Returns the first tag of a string that is not the one that the dialect writes for strings of its length,
/// and what it stands for. It reads as a string, too.
fn other_string_tag(dialect: &Dialect, tags: &[u8], original: &Chunk) -> Option<(u8, TagKind)> {
    let known = dialect.tags_of(original.version);
    let is_other = |(tag, kind): &(u8, TagKind)| {
        let mut known = known.iter();
        let written = known.find(|(_, of)| of == kind);
        matches!(kind, TagKind::String | TagKind::LongString)
            && written.is_some_and(|(written, _)| written != tag)
    };
    let mut kinds = Vec::new();
    collect_kinds(&original.main, original.version, &mut kinds);
    let mut found = tags.iter().copied().zip(kinds);
    found.find(is_other)
}

/// Collects the types of all constants in the order in which they are stored.
fn collect_kinds(p: &Proto, version: Version, kinds: &mut Vec<TagKind>) {
    kinds.extend(p.k.iter().map(|constant| kind(&constant, version)));
    p.p.iter()
        .for_each(|inside| collect_kinds(inside, version, kinds));
}

/// Gives each type whose tag has another meaning the one that this meaning has left. The source has no
/// constants of these types.
fn complete(dialect: &mut Dialect, version: Version) {
    for (_, kind) in Dialect::of(version).tags_of(version) {
        let tags = dialect.tags_of(version);
        let has = |kind| tags.iter().any(|(_, has)| *has == kind);
        if has(kind) || kind == TagKind::Boolean && has(TagKind::False) {
            continue;
        }
        let is_own = |tag| dialect.tags.iter().all(|(other, _)| *other != tag);
        let left = tags.iter().find(|(tag, left)| {
            is_own(*tag) && dialect.tags.iter().any(|(_, moved)| moved == left)
        });
        if let Some((tag, _)) = left.copied() {
            dialect.tags.push((tag, kind));
            dialect.tags.sort_by_key(|(tag, _)| *tag);
        }
    }
}

/// Returns the type of a constant.
fn kind_at(chunk: &Chunk, path: &TreePath) -> Option<TagKind> {
    let mut p = &chunk.main;
    for step in &path.0 {
        match step {
            Step::Function(i) => p = p.p.get(*i)?,
            Step::Constant(i) => return Some(kind(&p.k.iter().nth(*i)?, chunk.version)),
            _ => return None,
        }
    }
    None
}

/// Finds the numbers of opcodes and the places of fields, and notes what differs.
fn code(dialect: &mut Dialect, foreign: &Chunk, original: &Chunk) -> Result<OpcodeMap, InferError> {
    let version = original.version;
    let map = match find(foreign, original) {
        Ok(map) => map,
        Err(error) => {
            let layouts = layouts(version).into_iter();
            let found = layouts.filter_map(|(places, layout)| {
                Some((places, find_in(layout, foreign, original).ok()?))
            });
            let mut found: Vec<_> = found.collect();
            let count = found.len();
            let (places, map) = found.pop().ok_or(error)?;
            if count > 1 {
                return Err(InferError::Ambiguous(count));
            }
            dialect.fields = places;
            map
        }
    };
    let opcode = |name| version.opcode_number(name).unwrap_or_default();
    if map.names().any(|(number, name)| number != opcode(name)) {
        let rows = map.names().map(|(number, name)| DialectOpcode {
            number,
            row: *version.opcode(opcode(name)),
        });
        dialect.opcodes = rows.collect();
    }
    Ok(map)
}

/// Returns the layouts of words in which each mode's fields take every bit, other than the version's own,
/// and the places of the fields that are elsewhere. Ax is together only if the opcode is at one end, and
/// Bx only if A is beside the opcode or at the other end.
fn layouts(version: Version) -> Vec<(Vec<FieldPlace>, WordLayout)> {
    let own = version.layout();
    let mut layouts = Vec::new();
    if version == Version::Lua55 {
        return layouts;
    }
    let [op, a] = [own.op.size(), own.a.size()];
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for op_at in [0, 32 - op] {
        let (start, end) = if op_at == 0 { (op, 32) } else { (0, 32 - op) };
        for a_at in [start, end - a] {
            let rest = if a_at == start { start + a } else { start };
            for order in orders {
                let mut at = rest;
                let mut bits = [own.k, own.b, own.c];
                for i in order {
                    let size = bits[i].size();
                    bits[i] = BitField::new(if size == 0 { 0 } else { at }, size);
                    at += size;
                }
                let layout = WordLayout {
                    op: BitField::new(op_at, op),
                    a: BitField::new(a_at, a),
                    k: bits[0],
                    b: bits[1],
                    c: bits[2],
                    bx: BitField::new(rest, own.bx.size()),
                    ax: BitField::new(start, own.ax.size()),
                    ..own
                };
                let fields = [
                    (WordField::Op, layout.op, own.op),
                    (WordField::A, layout.a, own.a),
                    (WordField::B, layout.b, own.b),
                    (WordField::C, layout.c, own.c),
                    (WordField::K, layout.k, own.k),
                    (WordField::Bx, layout.bx, own.bx),
                    (WordField::Ax, layout.ax, own.ax),
                ];
                let moved = fields.into_iter().filter(|(_, place, own)| place != own);
                let places: Vec<FieldPlace> = moved
                    .map(|(field, bits, _)| FieldPlace { field, bits })
                    .collect();
                let is_new = layouts.iter().all(|(others, _)| *others != places);
                if !places.is_empty() && is_new {
                    layouts.push((places, layout));
                }
            }
        }
    }
    layouts
}

/// Makes the dialect write in the layout of the chunk.
fn write_like(dialect: &mut Dialect, version: Version, layout: Layout) {
    let usual = Header::usual(version).layout;
    dialect.big_endian = layout.big_endian;
    for (of, width, usual) in [
        (SizedType::Int, layout.int, usual.int),
        (SizedType::SizeT, layout.size_t, usual.size_t),
        (
            SizedType::Instruction,
            layout.instruction,
            usual.instruction,
        ),
        (SizedType::Integer, layout.integer, usual.integer),
        (SizedType::Number, layout.number, usual.number),
    ] {
        let is_number = matches!(of, SizedType::Integer | SizedType::Number);
        if version < Version::Lua53 && is_number {
            continue;
        }
        let lacks = dialect.lacks.contains(&HeaderField::Size(of));
        dialect.sizes.retain(|sizes| sizes.of != of);
        if width != usual || lacks {
            let sizes = vec![width];
            dialect.sizes.push(TypeSizes { of, sizes });
        }
    }
    if version < Version::Lua53 && dialect.number.is_none() {
        dialect.number = match (layout.integer, layout.number) {
            (4, 0) => Some(NumberType::Int32),
            (0, 4) => Some(NumberType::Float32),
            _ => None,
        };
    }
}
