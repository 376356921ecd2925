//! Trees of functions that no compiler wrote: any bytes in strings, any opcode, extreme numbers.

use luadec_tok::chunk::{Chunk, Constant, LocVar, LuaString, Proto, Upvaldesc};
use luadec_tok::opcodes::{Instruction, NUM_OPCODES};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// What a string might hold to be taken for something else.
const HOSTILE: [&str; 16] = [
    "<|Proto|>",
    "<|/Constant|><|/Proto-k|><|im_end|>",
    "<|NULL|>",
    "\\x3C",
    "\\x3C|",
    "<",
    "|",
    "<<||",
    "|>",
    "\"",
    "\\",
    "\\\"",
    "<|Instruction-B-R=256|>",
    "\n",
    "\u{1F600}",
    "\\xFF",
];

/// Any bytes, and all that a stream might trip over.
fn bytes() -> impl Strategy<Value = LuaString<'static>> {
    let piece = prop_oneof![
        3 => select(&HOSTILE[..]).prop_map(|text| text.as_bytes().to_vec()),
        3 => "[ -~]{0,50}".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..20),
        1 => vec(any::<u8>(), 250..400),
    ];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat().into())
}

fn name() -> impl Strategy<Value = Option<LuaString<'static>>> {
    proptest::option::weighted(0.8, bytes())
}

fn int() -> impl Strategy<Value = i32> {
    prop_oneof![3 => 0..1000, 1 => any::<i32>(), 1 => select(&[i32::MIN, -1, i32::MAX][..])]
}

/// Any instruction with an opcode of Lua, often one that jumps or tests, often to nearby.
fn instruction() -> impl Strategy<Value = Instruction> {
    let op = prop_oneof![2 => 0..NUM_OPCODES as u8, 1 => select(&[30, 31, 34, 35, 39, 41, 42][..])];
    let fields =
        prop_oneof![1 => any::<u32>(), 1 => (-5..5).prop_map(|sbx| ((sbx + 131_071) as u32) << 14)];
    (op, fields).prop_map(|(op, fields)| Instruction(fields << 6 >> 6 << 6 | u32::from(op)))
}

fn constant() -> impl Strategy<Value = Constant<'static>> {
    prop_oneof![
        Just(Constant::Nil),
        any::<bool>().prop_map(Constant::Boolean),
        any::<i64>().prop_map(Constant::Integer),
        (-1000..1000i64).prop_map(Constant::Integer),
        select(&[i64::MIN, i64::MAX, 99_999_999, 100_000_000][..]).prop_map(Constant::Integer),
        any::<u64>().prop_map(|bits| Constant::Float(f64::from_bits(bits))),
        select(
            &[
                0.0,
                -0.0,
                1e16,
                1e-5,
                5e-324,
                f64::MAX,
                f64::INFINITY,
                f64::NEG_INFINITY,
                f64::NAN
            ][..]
        )
        .prop_map(Constant::Float),
        bytes().prop_map(Constant::String),
    ]
}

fn locvar() -> impl Strategy<Value = LocVar<'static>> {
    (name(), int(), int()).prop_map(|(varname, startpc, endpc)| LocVar {
        varname,
        startpc,
        endpc,
    })
}

fn upvaldesc() -> impl Strategy<Value = Upvaldesc<'static>> {
    (name(), any::<u8>(), any::<u8>()).prop_map(|(name, instack, idx)| Upvaldesc {
        name,
        instack,
        idx,
    })
}

/// A function without functions in it.
fn leaf() -> impl Strategy<Value = Proto<'static>> {
    let header = (name(), int(), int(), any::<[u8; 3]>());
    let lists = (
        vec(instruction(), 0..12),
        vec(constant(), 0..6),
        vec(upvaldesc(), 0..4),
        vec(int(), 0..12),
        vec(locvar(), 0..4),
    );
    (header, lists).prop_map(|(header, lists)| {
        let (source, linedefined, lastlinedefined, [numparams, is_vararg, maxstacksize]) = header;
        let (code, k, upvalues, lineinfo, locvars) = lists;
        Proto {
            source,
            linedefined,
            lastlinedefined,
            numparams,
            is_vararg,
            maxstacksize,
            code: code.into_iter().collect(),
            k: k.into_iter().collect(),
            upvalues,
            p: Vec::new(),
            lineinfo: lineinfo.into_iter().collect(),
            locvars: locvars.into_iter().collect(),
        }
    })
}

/// Any chunk that can be read, but for unknown opcodes.
pub fn chunk() -> impl Strategy<Value = Chunk<'static>> {
    let function = leaf().prop_recursive(4, 12, 3, |inner| {
        (leaf(), vec(inner, 0..3)).prop_map(|(function, p)| Proto { p, ..function })
    });
    (any::<u8>(), function).prop_map(|(nupvalues, mut main)| {
        inherit_source(&mut main, None);
        Chunk {
            nupvalues,
            main,
            ..Chunk::default()
        }
    })
}

/// A function without a source has its parent's.
fn inherit_source(p: &mut Proto<'static>, parent: Option<&LuaString<'static>>) {
    p.source = p.source.take().or_else(|| parent.cloned());
    for function in &mut p.p {
        inherit_source(function, p.source.as_ref());
    }
}
