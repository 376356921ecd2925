//! Trees of functions that no compiler would write: any bytes in strings, any opcode, extreme numbers.
#![allow(dead_code, reason = "each test file uses some of it")]

use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Constant, LocVar, LuaString, Proto, Upvaldesc};
use luadec_tok::opcodes::{Instruction, OpMode, Operand};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The version whose chunks these are.
const V: Version = Version::Lua53;

/// Strings that a parser might take for something else.
const HOSTILE: [&str; 18] = [
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
    "<|K0|>",
    "<|/LocVar|><|OP_MOVE|>",
];

/// Any bytes, and everything that a parser might stumble over.
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

/// Any instruction with an opcode of Lua, often one that jumps or tests, often to nearby, often as a
/// compiler might write it.
fn instruction() -> impl Strategy<Value = Instruction> {
    let op = prop_oneof![2 => 0..V.opcodes().len() as u8, 1 => select(&[30, 31, 34, 35, 39, 41, 42][..])];
    let word =
        prop_oneof![1 => any::<u32>(), 1 => (-5..5).prop_map(|sbx| ((sbx + 131_071) as u32) << 14)];
    let any = (op, word).prop_map(|(op, word)| Instruction(word << 6 >> 6 << 6 | u32::from(op)));
    prop_oneof![any, tidy_instruction()]
}

/// An instruction that sets no field that its opcode does not use, and refers to little that is not
/// there.
fn tidy_instruction() -> impl Strategy<Value = Instruction> {
    let op = prop_oneof![3 => 0..V.opcodes().len() as u8, 1 => select(&[1, 6, 30, 36, 44][..])];
    (op, [0..5u32, 0..5, 0..5], any::<[bool; 2]>()).prop_map(|(op, [a, b, c], rk)| {
        let row = V.opcode(op);
        let field = |i: usize, value: u32| match row.operands[i] {
            Operand::Unused => 0,
            Operand::Rk if rk[i - 1] => value | 256,
            _ => value,
        };
        match row.mode {
            OpMode::iAsBx => {
                let bx = b + V.layout().bx.offset() as u32 - 2;
                V.instruction(op, [a, bx, 0, 0])
            }
            OpMode::iABx => V.instruction(op, [a, field(1, b), 0, 0]),
            _ => V.instruction(op, [field(0, a), field(1, b), field(2, c), 0]),
        }
    })
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
        kind: 0,
    })
}

/// Variables that begin in order and are nested, in code of this size.
fn nested(mut spans: Vec<(u32, u32)>, sizecode: u32) -> Vec<(i32, i32)> {
    spans
        .iter_mut()
        .for_each(|(start, _)| *start %= sizecode + 1);
    spans.sort_by_key(|(start, _)| *start);
    let mut around = Vec::new();
    let nested = spans.into_iter().map(|(start, length)| {
        around.retain(|end| *end > start);
        let most = around.last().copied().unwrap_or(sizecode);
        let end = (start + length).min(most);
        around.push(end);
        (start as i32, end as i32)
    });
    nested.collect()
}

/// A function without inner functions.
fn leaf() -> impl Strategy<Value = Proto<'static>> {
    let header = (name(), int(), int(), any::<[u8; 3]>());
    let lists = (
        vec(instruction(), 0..12),
        vec(constant(), 0..6),
        vec(upvaldesc(), 0..4),
        vec(int(), 0..12),
        vec(locvar(), 0..4),
    );
    // What a compiler would do, each of them in half of the functions.
    let tidy = (any::<[bool; 3]>(), vec((bytes(), 0..12u32, 0..6u32), 0..5));
    (header, lists, tidy).prop_map(|(header, lists, (tidy, scopes))| {
        let (source, linedefined, lastlinedefined, [numparams, is_vararg, maxstacksize]) = header;
        let (code, k, mut upvalues, mut lineinfo, mut locvars) = lists;
        if tidy[0] {
            lineinfo.resize(code.len(), 7);
        }
        if tidy[1] {
            let spans = scopes
                .iter()
                .map(|(_, start, length)| (*start, *length))
                .collect();
            let names = scopes.into_iter().map(|(name, ..)| Some(name));
            locvars = names
                .zip(nested(spans, code.len() as u32))
                .map(|(varname, (startpc, endpc))| LocVar {
                    varname,
                    startpc,
                    endpc,
                })
                .collect();
        }
        if tidy[2] {
            upvalues.iter_mut().for_each(|upvalue| upvalue.instack &= 1);
        }
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
            stored_lines: None,
        }
    })
}

/// Any chunk that can be read.
pub fn any_chunk() -> impl Strategy<Value = Chunk<'static>> {
    let unknown = V.opcodes().len() as u8..V.opcode_values() as u8;
    (chunk(), proptest::option::of((unknown, any::<u32>()))).prop_map(|(mut chunk, unknown)| {
        if let Some((op, word)) = unknown {
            chunk.main.code.push(Instruction(word << 6 | u32::from(op)));
        }
        chunk
    })
}

/// Any chunk that can be read, without unknown opcodes.
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

/// Returns the chunk as one of another version, without what that version does not have.
pub fn of_version(chunk: &Chunk<'static>, version: Version) -> Chunk<'static> {
    let mut chunk = chunk.clone();
    chunk.version = version;
    if version < Version::Lua53 {
        chunk.nupvalues = 0;
        without(&mut chunk.main, version);
    }
    if version > Version::Lua53 {
        of_later(&mut chunk.main);
    }
    chunk
}

/// From Lua 5.4 on, no number is negative, and upvalues have a kind.
fn of_later(p: &mut Proto<'static>) {
    p.linedefined &= i32::MAX;
    p.lastlinedefined &= i32::MAX;
    p.lineinfo = p.lineinfo.iter().map(|line| line & i32::MAX).collect();
    p.locvars = p
        .locvars
        .iter()
        .map(|locvar| LocVar {
            varname: locvar.varname.map(|name| name.into_owned().into()),
            startpc: locvar.startpc & i32::MAX,
            endpc: locvar.endpc & i32::MAX,
        })
        .collect();
    for upvalue in &mut p.upvalues {
        upvalue.kind = upvalue.idx % 5;
    }
    p.p.iter_mut().for_each(of_later);
}

fn without(p: &mut Proto<'static>, version: Version) {
    p.k =
        p.k.iter()
            .map(|constant| match constant {
                Constant::Integer(value) => Constant::Float(value as f64),
                Constant::String(text) => Constant::String(text.into_owned().into()),
                Constant::Float(value) => Constant::Float(value),
                Constant::Boolean(value) => Constant::Boolean(value),
                Constant::Nil => Constant::Nil,
                Constant::Null => Constant::Null,
            })
            .collect();
    for upvalue in &mut p.upvalues {
        if version == Version::Lua51 {
            (upvalue.instack, upvalue.idx) = (0, 0);
        }
    }
    for function in &mut p.p {
        // In Lua 5.2, a function can be without a source inside one that has one.
        if version == Version::Lua52 && function.source == p.source && function.numparams % 2 == 1 {
            function.source = None;
        }
        without(function, version);
    }
}

/// Gives functions without a source that of their parent.
fn inherit_source(p: &mut Proto<'static>, parent: Option<&LuaString<'static>>) {
    p.source = p.source.take().or_else(|| parent.cloned());
    for function in &mut p.p {
        inherit_source(function, p.source.as_ref());
    }
}
