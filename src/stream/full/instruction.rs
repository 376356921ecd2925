//! An instruction's tokens to its word. Most of them say again what others say; all must agree.

use super::emit::say_instruction;
use crate::opcodes::{BITRK, Instruction, NUM_OPCODES, UNKNOWN, is_inline, number_of};
use crate::stream::error::StreamProblem;
use crate::stream::fragments as f;
use crate::stream::scan::{Result, Scan, Stop, leading_number, show, split};
use crate::stream::sink::{MAX_ELEMENT_BYTES, Window};

/// No instruction with all its tokens is longer, but for white space.
const LONGEST: usize = 1 << 16;

/// Reads an instruction, from the end of its index to `<|/Instruction|>`. The room is for its own
/// use.
#[inline]
pub(crate) fn instruction(
    scan: &mut Scan,
    room: &mut [u8; MAX_ELEMENT_BYTES],
) -> Result<Instruction> {
    match guess(scan.rest(), room) {
        Some((instruction, length)) => {
            scan.advance(length);
            Ok(instruction)
        }
        None => piecewise(scan),
    }
}

/// Reads an instruction that is laid out as the emitter does it: the fields are taken from the
/// first token that tells them, and what the emitter says of those fields is what must stand there.
/// A wrong guess does no harm.
#[inline(always)]
fn guess(stream: &[u8], room: &mut [u8; MAX_ELEMENT_BYTES]) -> Option<(Instruction, usize)> {
    const OP: usize = b"<|/Proto-code-idx|><|Instruction|><|OP_".len();
    const ISK: usize = b"<|Instruction-B-ISK=".len();
    const A: usize = b"<|Instruction-A=".len();

    let name = stream.get(OP..)?;
    let name = &name[..name.iter().take(9).position(|byte| *byte == b'|')?];
    let op = number_of(name)?;
    let row = usize::from(op);
    let b_operand = f::HEAD[row].len();
    let b = operand(stream.get(b_operand + ISK..)?);
    let c_operand = b_operand + f::B_OPERAND[b].len() + f::C_MASK[row].len();
    let c = operand(stream.get(c_operand + ISK..)?);
    let tail = if is_inline(op, c as u16) {
        &f::TAIL_INLINE[row]
    } else {
        &f::TAIL[row]
    };
    let a = leading_number(stream.get(c_operand + f::C_OPERAND[c].len() + tail.len() + A..)?);
    let instruction = Instruction::new(op, a as u8, b as u16, c as u16);

    let mut said = Window::new(room);
    say_instruction(&mut said, instruction);
    let length = said.len();
    (stream.get(..length)? == &room[..length]).then_some((instruction, length))
}

/// The operand that the text from ISK's value on tells: `true|><|Instruction-B-K=1|>…` is 257.
#[inline(always)]
fn operand(isk: &[u8]) -> usize {
    const K: usize = b"true|><|Instruction-B-K=".len();
    let constant = isk.first() == Some(&b't');
    let k = isk
        .get(K + usize::from(!constant)..)
        .map_or(0, leading_number)
        & 0xFF;
    if constant { k | usize::from(BITRK) } else { k }
}

/// Who decides what a token says.
#[derive(Clone, Copy)]
enum Of {
    /// The opcode.
    Op,
    /// Operand B.
    B,
    /// Operand C.
    C,
    /// All operands: it is the number of the field with this name.
    Number(&'static str),
    /// Nobody: it is always the same, or it decides itself.
    Itself,
}

/// Reads an instruction token by token, whatever white space is between them, and says which token
/// is at odds with the opcode and the operands A, B and C.
#[cold]
fn piecewise(scan: &mut Scan) -> Result<Instruction> {
    const END: &[u8] = b"<|/Instruction|>";
    match memchr::memmem::find(scan.rest(), END) {
        Some(end) => agreed(scan, end + END.len()),
        None if scan.may_grow() && scan.rest().len() < LONGEST => Err(Stop::More),
        // What is missing is found by looking at what is there.
        None => agreed(scan, scan.rest().len()),
    }
}

/// Reads an instruction within the next `length` bytes.
fn agreed(scan: &mut Scan, length: usize) -> Result<Instruction> {
    let found = &scan.rest()[..length];
    let instruction = match decided(found) {
        Ok(instruction) => instruction,
        Err(Undecided::Unknown) => return unknown(scan),
        Err(Undecided::Name) => Instruction::default(),
    };
    for (token, of) in tokens(instruction) {
        scan.skip_space();
        let rest = scan.rest();
        let (same, length) = match token.starts_with(b"<|") {
            true => (rest.starts_with(&token), token.len()),
            false => {
                let number = rest
                    .iter()
                    .take_while(|byte| !byte.is_ascii_whitespace() && **byte != b'<');
                let number = number.count();
                (rest[..number] == *token, number)
            }
        };
        if !same {
            return Err(at_odds(scan, instruction, &token, of, length));
        }
        scan.advance(length);
    }
    Ok(instruction)
}

fn unknown(scan: &mut Scan) -> Result<Instruction> {
    for token in split(f::HEAD[NUM_OPCODES].tokens()).take(2) {
        scan.skip_space();
        if !scan.rest().starts_with(token) {
            return Err(scan.expected(&show(token)));
        }
        scan.advance(token.len());
    }
    scan.skip_space();
    Err(scan.problem(StreamProblem::UnknownOpcode))
}

enum Undecided {
    /// The opcode is the one that stands for many.
    Unknown,
    /// There is no opcode of that name, or none at all.
    Name,
}

/// The instruction as the tokens say it that decide: the opcode's name, and the fields A, B and C.
fn decided(tokens: &[u8]) -> std::result::Result<Instruction, Undecided> {
    let last = |name: &str| {
        let at = memchr::memmem::rfind(tokens, name.as_bytes())? + name.len();
        let value = &tokens[at..];
        value
            .first()?
            .is_ascii_digit()
            .then(|| leading_number(value))
    };
    let at = memchr::memmem::find(tokens, b"<|OP_").ok_or(Undecided::Name)?;
    let name = &tokens[at + b"<|OP_".len()..];
    let name = &name[..name.iter().position(|byte| *byte == b'|').unwrap_or(0)];
    if name == UNKNOWN.name.as_bytes() {
        return Err(Undecided::Unknown);
    }
    let op = number_of(name).ok_or(Undecided::Name)?;
    let a = last("<|Instruction-A=").unwrap_or(0);
    let b = last("<|Instruction-B=")
        .or_else(|| last("<|Instruction-B-R="))
        .unwrap_or(0);
    let c = last("<|Instruction-C=")
        .or_else(|| last("<|Instruction-C-R="))
        .unwrap_or(0);
    Ok(Instruction::new(op, a as u8, b as u16, c as u16))
}

/// All tokens and values of an instruction.
fn tokens(i: Instruction) -> Vec<(Vec<u8>, Of)> {
    let (op, a) = (usize::from(i.op()), usize::from(i.a()));
    let (b, c) = (usize::from(i.b()), usize::from(i.c()));
    let mut tokens = Vec::new();
    let mut run = |run: &[u8], of: Of| tokens.extend(split(run).map(|token| (token.to_vec(), of)));
    run(f::HEAD[op].tokens(), Of::Op);
    run(f::B_OPERAND[b].tokens(), Of::B);
    run(f::C_MASK[op].tokens(), Of::Op);
    run(f::C_OPERAND[c].tokens(), Of::C);
    run(
        if i.is_inline() {
            f::TAIL_INLINE[op].tokens()
        } else {
            f::TAIL[op].tokens()
        },
        Of::Op,
    );
    run(f::A[a].tokens(), Of::Itself);
    run(f::B[b].tokens(), Of::Itself);
    run(f::C_BX[c].tokens(), Of::Itself);
    run(i.bx().to_string().as_bytes(), Of::Number("Bx"));
    run(f::SBX.tokens(), Of::Itself);
    run(i.sbx().to_string().as_bytes(), Of::Number("sBx"));
    run(f::AX.tokens(), Of::Itself);
    run(i.ax().to_string().as_bytes(), Of::Number("Ax"));
    run(f::INSTRUCTION_END.tokens(), Of::Itself);
    tokens
}

/// The error where `token` should stand and does not. What stands there and says the same thing
/// with another value does not fit; anything else is no part of an instruction there.
fn at_odds(scan: &Scan, i: Instruction, token: &[u8], of: Of, length: usize) -> Stop {
    let wanted = show(token);
    let opcode = format!("OP_{}", i.opcode().name);
    let with = match of {
        Of::Number(field) if length > 0 => {
            return scan.problem(StreamProblem::DoesNotFit {
                found: show(&scan.rest()[..length]),
                with: format!("A={}, B={} and C={}", i.a(), i.b(), i.c()),
                what: field.to_owned(),
                value: wanted,
            });
        }
        Of::Op if wanted.starts_with("<|OP_") => {
            return scan.expected("an opcode of Lua 5.3, <|OP_MOVE|> to <|OP_EXTRAARG|>");
        }
        Of::Number(_) | Of::Itself => return scan.expected(&wanted),
        Of::Op if wanted.contains("INLINE") => format!("{opcode} with C={}", i.c()),
        Of::Op => opcode,
        Of::B => format!("B={}", i.b()),
        Of::C => format!("C={}", i.c()),
    };
    let Some((name, value)) = wanted.split_once('=') else {
        return scan.expected(&wanted);
    };
    let found = scan.found();
    if !found.starts_with(&format!("{name}=")) {
        return scan.expected(&wanted);
    }
    let what = match name.trim_start_matches("<|Instruction-") {
        "A" => "A flag".to_owned(),
        mask @ ("B" | "C") => format!("{mask} mask"),
        name => name
            .trim_start_matches("B-")
            .trim_start_matches("C-")
            .to_owned(),
    };
    let value = value.trim_end_matches("|>").to_owned();
    scan.problem(StreamProblem::DoesNotFit {
        found,
        with,
        what,
        value,
    })
}
