//! Compares the instructions of the full stream with a second, plain rendering, which was written from
//! lopcodes.c and the description of the format only.

use std::fmt::Write;

use crate::common;
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::opcodes::Instruction;
use proptest::prelude::*;

/// `luaP_opnames` and `luaP_opmodes`: name, T, A, B, C, mode.
const OPMODES: &str = "\
MOVE 0 1 R N iABC
LOADK 0 1 K N iABx
LOADKX 0 1 N N iABx
LOADBOOL 0 1 U U iABC
LOADNIL 0 1 U N iABC
GETUPVAL 0 1 U N iABC
GETTABUP 0 1 U K iABC
GETTABLE 0 1 R K iABC
SETTABUP 0 0 K K iABC
SETUPVAL 0 0 U N iABC
SETTABLE 0 0 K K iABC
NEWTABLE 0 1 U U iABC
SELF 0 1 R K iABC
ADD 0 1 K K iABC
SUB 0 1 K K iABC
MUL 0 1 K K iABC
MOD 0 1 K K iABC
POW 0 1 K K iABC
DIV 0 1 K K iABC
IDIV 0 1 K K iABC
BAND 0 1 K K iABC
BOR 0 1 K K iABC
BXOR 0 1 K K iABC
SHL 0 1 K K iABC
SHR 0 1 K K iABC
UNM 0 1 R N iABC
BNOT 0 1 R N iABC
NOT 0 1 R N iABC
LEN 0 1 R N iABC
CONCAT 0 1 R R iABC
JMP 0 0 R N iAsBx
EQ 1 0 K K iABC
LT 1 0 K K iABC
LE 1 0 K K iABC
TEST 1 0 N U iABC
TESTSET 1 1 R U iABC
CALL 0 1 U U iABC
TAILCALL 0 1 U U iABC
RETURN 0 0 U N iABC
FORLOOP 0 1 R N iAsBx
FORPREP 0 1 R N iAsBx
TFORCALL 0 0 N U iABC
TFORLOOP 0 1 R N iAsBx
SETLIST 0 0 U U iABC
CLOSURE 0 1 U N iABx
VARARG 0 1 U N iABC
EXTRAARG 0 0 U U iAx";

/// Renders the instructions of a function, between `<|Proto-code|>` and `<|/Proto-code|>`.
fn rendering(code: &[u32]) -> String {
    let mut out = String::new();
    let mut after_test = false;
    for (pc, &word) in code.iter().enumerate() {
        let op = (word & 0x3F) as usize;
        let a = word >> 6 & 0xFF;
        let c = word >> 14 & 0x1FF;
        let b = word >> 23 & 0x1FF;
        let bx = b * 512 + c;
        let sbx = bx as i64 - 131071;
        let ax = bx * 256 + a;
        let row: Vec<String> = match OPMODES.lines().nth(op) {
            Some(row) => row.split(' ').map(str::to_owned).collect(),
            None => ["UNKNOWN", "0", "0", "None", "None", "iNone"]
                .map(str::to_owned)
                .into(),
        };
        let name = row[0].as_str();
        let inline = match name {
            "LOADKX" | "EQ" | "LT" | "LE" | "TEST" | "TESTSET" | "TFORCALL" => true,
            "LOADBOOL" => c != 0,
            "SETLIST" => c == 0,
            _ => false,
        };
        let jump = ["JMP", "FORLOOP", "FORPREP", "TFORLOOP"].contains(&name);
        write!(
            out,
            "<|Proto-code-idx|>{pc}<|/Proto-code-idx|><|Instruction|><|OP_{name}|>"
        )
        .unwrap();
        write!(
            out,
            "<|Instruction-T={}|><|Instruction-A={}|>",
            row[1], row[2]
        )
        .unwrap();
        for (x, mask, value) in [("B", &row[3], b), ("C", &row[4], c)] {
            write!(
                out,
                "<|Instruction-{x}=OpArg{mask}|><|Instruction-{x}-ISK={}|>",
                value >= 256
            )
            .unwrap();
            write!(
                out,
                "<|Instruction-{x}-K={}|><|Instruction-{x}-R={value}|>",
                value % 256
            )
            .unwrap();
        }
        write!(
            out,
            "<|Instruction-MODE={}|><|Instruction-INLINE={inline}|>",
            row[5]
        )
        .unwrap();
        write!(out, "<|Instruction-JUMP={jump}|>").unwrap();
        write!(
            out,
            "<|Instruction-A={a}|><|Instruction-B={b}|><|Instruction-C={c}|>"
        )
        .unwrap();
        write!(
            out,
            "<|Instruction-Bx|>{bx}<|/Instruction-Bx|><|Instruction-sBx|>{sbx}<|/Instruction-sBx|>"
        )
        .unwrap();
        write!(
            out,
            "<|Instruction-Ax|>{ax}<|/Instruction-Ax|><|/Instruction|>"
        )
        .unwrap();
        let target = pc as i64 + 1 + sbx;
        if (jump || after_test) && 0 <= target && target < code.len() as i64 {
            write!(out, "<|Jump-Target|>{target}<|/Jump-Target|>").unwrap();
        }
        after_test = ["EQ", "LT", "LE", "TEST", "TESTSET", "TFORCALL"].contains(&name);
    }
    out
}

fn emitted(code: &[u32]) -> String {
    let code = code.iter().map(|&word| Instruction(word)).collect();
    let chunk = Chunk {
        main: Proto {
            code,
            ..Proto::default()
        },
        ..Chunk::default()
    };
    let stream = common::stream(&chunk);
    let (_, after) = stream.split_once("<|Proto-code|>").unwrap();
    after.split_once("<|/Proto-code|>").unwrap().0.to_owned()
}

proptest! {
    #[test]
    fn all_opcodes_with_any_operands(operands: [u32; 64], near in prop::collection::vec((any::<u32>(), -9i32..9), 64)) {
        // All 64 opcodes with random operands, and then with an sBx whose target is near.
        let mut code: Vec<u32> = (0..64).map(|op| operands[op as usize] << 6 | op).collect();
        for (i, (word, sbx)) in near.into_iter().enumerate() {
            code.push(((sbx + 131071) as u32) << 14 | (word & 0xFF) << 6 | ((i as u32 * 5) & 0x3F));
        }
        prop_assert_eq!(emitted(&code), rendering(&code));
    }
}
