//! Parses an instruction's tokens into its word. Most tokens repeat what others have; all must
//! agree.

use super::emit::{added, write_added, write_instruction};
use super::links::is_inline;
use crate::chunk::Extension;
use crate::opcodes::{BITRK, Instruction, InstructionSet, WordLayout};
use crate::stream::error::StreamProblem;
use crate::stream::fragments::full as f;
use crate::stream::scan::{Halt, Scan, Scanned, leading_number, show, split};
use crate::stream::sink::{MAX_ELEMENT_BYTES, Window};
use crate::version::{Lua53, Version};

const LAYOUT: WordLayout = Lua53::LAYOUT;

/// The longest instruction with all its tokens, without white space.
const LONGEST: usize = 1 << 16;

/// Reads an instruction, from the end of its index to `<|/Instruction|>`. `room` is scratch space.
#[inline]
pub(crate) fn instruction(
    extension: &Extension,
    scan: &mut Scan,
    room: &mut [u8; MAX_ELEMENT_BYTES],
) -> Scanned<Instruction> {
    match guess(scan.rest(), room) {
        Some((instruction, length)) => {
            scan.advance(length);
            Ok(instruction)
        }
        None => piecewise(extension, scan),
    }
}

/// Reads an instruction in the emitter's layout. Takes the fields from the first tokens that have
/// them, and compares what the emitter writes for these fields with the stream. A wrong guess does
/// no harm.
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
    let tail = if is_inline(op, c as u32) {
        &f::TAIL_INLINE[row]
    } else {
        &f::TAIL[row]
    };
    let a = leading_number(stream.get(c_operand + f::C_OPERAND[c].len() + tail.len() + A..)?);
    let instruction = word(op, a, b, c);

    let mut written = Window::new(room);
    write_instruction(&mut written, instruction);
    let length = written.len();
    (stream.get(..length)? == &room[..length]).then_some((instruction, length))
}

/// Returns the operand from the text that begins with the value of ISK:
/// `true|><|Instruction-B-K=1|>…` is 257.
#[inline(always)]
fn operand(isk: &[u8]) -> usize {
    const K: usize = b"true|><|Instruction-B-K=".len();
    let constant = isk.first() == Some(&b't');
    let k = isk
        .get(K + usize::from(!constant)..)
        .map_or(0, leading_number)
        & 0xFF;
    if constant { k | BITRK as usize } else { k }
}

/// A place among the tokens of an instruction, by what decides its token.
#[derive(Clone, Copy)]
enum Slot {
    /// Always the same, or one of the fields A, B and C, which decide the rest.
    Plain,
    /// The opcode.
    Opcode,
    /// A property of the opcode.
    OfOpcode(&'static str),
    /// A property of the opcode and operand C together.
    OfOpcodeAndC(&'static str),
    /// A property of operand B.
    OfB(&'static str),
    /// A property of operand C.
    OfC(&'static str),
    /// The fields A, B and C together as one number, the field of this name.
    Number(&'static str),
}

/// The places of an instruction, from the end of its index on.
const SLOTS: [Slot; 29] = {
    use Slot::{Number, OfB, OfC, OfOpcode, OfOpcodeAndC, Opcode, Plain};
    [
        Plain, // the end of the index
        Plain, // <|Instruction|>
        Opcode,
        OfOpcode("T"),
        OfOpcode("A flag"),
        OfOpcode("B mask"),
        OfB("ISK"),
        OfB("K"),
        OfB("R"),
        OfOpcode("C mask"),
        OfC("ISK"),
        OfC("K"),
        OfC("R"),
        OfOpcode("MODE"),
        OfOpcodeAndC("INLINE"),
        OfOpcode("JUMP"),
        Plain, // A
        Plain, // B
        Plain, // C
        Plain, // <|Instruction-Bx|>
        Number("Bx"),
        Plain,
        Plain, // <|Instruction-sBx|>
        Number("sBx"),
        Plain,
        Plain, // <|Instruction-Ax|>
        Number("Ax"),
        Plain,
        Plain, // <|/Instruction|>
    ]
};

/// Reads an instruction token by token, with any white space between them. An error names the token
/// that contradicts the opcode and the operands A, B and C.
#[cold]
fn piecewise(extension: &Extension, scan: &mut Scan) -> Scanned<Instruction> {
    const END: &[u8] = b"<|/Instruction|>";
    match memchr::memmem::find(scan.rest(), END) {
        Some(end) => agreed(extension, scan, end + END.len()),
        None if scan.may_grow() && scan.rest().len() < LONGEST => Err(Halt::More),
        // The comparison finds what is missing.
        None => agreed(extension, scan, scan.rest().len()),
    }
}

/// Reads an instruction within the next `length` bytes.
fn agreed(extension: &Extension, scan: &mut Scan, length: usize) -> Scanned<Instruction> {
    let found = &scan.rest()[..length];
    let instruction = match decided(extension, found) {
        Ok(instruction) => instruction,
        Err(Undecided::Unknown) => return unknown(scan),
        Err(Undecided::Name) => Instruction::default(),
    };
    for (token, slot) in tokens(extension, instruction).into_iter().zip(SLOTS) {
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
            return Err(contradiction(
                extension,
                scan,
                instruction,
                &token,
                slot,
                length,
            ));
        }
        scan.advance(length);
    }
    Ok(instruction)
}

fn unknown(scan: &mut Scan) -> Scanned<Instruction> {
    for token in split(f::HEAD[Lua53::OPCODES.len()].tokens()).take(2) {
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
    /// The opcode that stands for every unknown one.
    Unknown,
    /// A name that is not an opcode's, or none.
    Name,
}

/// Returns the instruction from the tokens that decide it: the opcode's name and the fields A, B
/// and C.
fn decided(extension: &Extension, tokens: &[u8]) -> Result<Instruction, Undecided> {
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
    if name == b"UNKNOWN" {
        return Err(Undecided::Unknown);
    }
    let op = extension.number(name).or_else(|| number_of(name));
    let op = op.ok_or(Undecided::Name)?;
    let a = last("<|Instruction-A=").unwrap_or(0);
    let b = last("<|Instruction-B=")
        .or_else(|| last("<|Instruction-B-R="))
        .unwrap_or(0);
    let c = last("<|Instruction-C=")
        .or_else(|| last("<|Instruction-C-R="))
        .unwrap_or(0);
    Ok(word(op, a, b, c))
}

/// Returns the word of an opcode with these fields, whatever its operands are. Bits that do not fit
/// are cut off.
#[inline(always)]
fn word(op: u8, a: usize, b: usize, c: usize) -> Instruction {
    let [a, b, c] = [
        LAYOUT.a.put(a as u32),
        LAYOUT.b.put(b as u32),
        LAYOUT.c.put(c as u32),
    ];
    Instruction(LAYOUT.op.put(op.into()) | a | b | c)
}

/// Returns the number of the only opcode that can have this name, without its `OP_`.
fn number_of(name: &[u8]) -> Option<u8> {
    Lua53::candidate(name).filter(|_| name.len() <= Lua53::LONGEST_NAME)
}

/// Returns all tokens and values of an instruction, one per place.
fn tokens(extension: &Extension, i: Instruction) -> Vec<Vec<u8>> {
    if let Some(row) = added(extension, i) {
        let mut room = [0; MAX_ELEMENT_BYTES];
        let mut written = Window::new(&mut room);
        write_added(&mut written, row, i);
        let length = written.len();
        return split_values(&room[..length]);
    }
    let (op, a) = (usize::from(Lua53::op(i)), LAYOUT.a.get(i) as usize);
    let (b, c) = (LAYOUT.b.get(i) as usize, LAYOUT.c.get(i) as usize);
    let tail = match is_inline(op as u8, c as u32) {
        true => &f::TAIL_INLINE[op],
        false => &f::TAIL[op],
    };
    let bx = LAYOUT.bx.get(i).to_string();
    let sbx = LAYOUT.bx.signed(i).to_string();
    let ax = LAYOUT.ax.get(i).to_string();
    [
        f::HEAD[op].tokens(),
        f::B_OPERAND[b].tokens(),
        f::C_MASK[op].tokens(),
        f::C_OPERAND[c].tokens(),
        tail.tokens(),
        f::A[a].tokens(),
        f::B[b].tokens(),
        f::C_BX[c].tokens(),
        bx.as_bytes(),
        f::SBX.tokens(),
        sbx.as_bytes(),
        f::AX.tokens(),
        ax.as_bytes(),
        f::INSTRUCTION_END.tokens(),
    ]
    .into_iter()
    .flat_map(split)
    .map(<[u8]>::to_vec)
    .collect()
}

/// Splits a text into its tokens and the values between them.
fn split_values(text: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    for part in split(text) {
        let value = part.iter().position(|byte| *byte == b'<').unwrap_or(0);
        let (value, token) = part.split_at(value);
        parts.extend((!value.is_empty()).then(|| value.to_vec()));
        parts.push(token.to_vec());
    }
    parts
}

/// Returns the error where `token` is expected. A token for the same property with another value
/// contradicts; anything else is unexpected.
fn contradiction(
    extension: &Extension,
    scan: &Scan,
    i: Instruction,
    token: &[u8],
    slot: Slot,
    length: usize,
) -> Halt {
    let wanted = show(token);
    let opcode = format!("OP_{}", extension.opcode_of(Version::Lua53, i).name());
    let [a, b, c] = [LAYOUT.a, LAYOUT.b, LAYOUT.c].map(|field| field.get(i));
    let (with, what) = match slot {
        Slot::Number(field) if length > 0 => {
            return scan.problem(StreamProblem::DoesNotFit {
                found: show(&scan.rest()[..length]),
                with: format!("A={a}, B={b} and C={c}"),
                what: field.to_owned(),
                value: wanted,
            });
        }
        Slot::Number(_) | Slot::Plain => return scan.expected(&wanted),
        Slot::Opcode => {
            return scan.expected("an opcode of Lua 5.3, <|OP_MOVE|> to <|OP_EXTRAARG|>");
        }
        Slot::OfOpcode(what) => (opcode, what),
        Slot::OfOpcodeAndC(what) => (format!("{opcode} with C={c}"), what),
        Slot::OfB(what) => (format!("B={b}"), what),
        Slot::OfC(what) => (format!("C={c}"), what),
    };
    let (name, value) = wanted
        .split_once('=')
        .expect("a property is <|name=value|>");
    let found = scan.found();
    if !found.starts_with(&format!("{name}=")) {
        return scan.expected(&wanted);
    }
    scan.problem(StreamProblem::DoesNotFit {
        found,
        with,
        what: what.to_owned(),
        value: value.trim_end_matches("|>").to_owned(),
    })
}
