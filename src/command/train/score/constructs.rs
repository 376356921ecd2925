//! Finds the constructs of the code that a row asks for.

use luadec_tok::chunk::FunctionAt;
use luadec_tok::source::NodeKind;

use super::judge::{Inside, is_file};
use super::result::Constructs;
use super::row::AskedFor;

impl Constructs {
    /// Finds the constructs of a stream. `reference` is the right answer, if the row has it.
    pub fn of(asked: &AskedFor, reference: Option<&[u8]>) -> Constructs {
        let is_main = match &asked.outline {
            Some(outline) => outline.is_main,
            None => is_file(&asked.chunk),
        };
        let count = match asked.outline {
            Some(_) => 1,
            None => usize::MAX,
        };
        let mut found = Constructs {
            stripped: !asked.chunk.functions().any(|f| f.proto.has_debug()),
            gotos: reference.and_then(|text| has_goto(asked, text)),
            ..Constructs::default()
        };
        for function in asked.chunk.functions().take(count) {
            let is_main = is_main && function.path.0.is_empty();
            found.closures |= !function.proto.p.is_empty();
            found.varargs |= !is_main && function.proto.is_vararg != 0;
            found.add_code(&function);
        }
        found
    }

    fn add_code(&mut self, function: &FunctionAt) {
        for instruction in function.instructions() {
            let target = instruction.target();
            self.loops |= target.is_some_and(|target| target <= instruction.pc() as i64);
            self.varargs |= !instruction.is_operand() && instruction.opcode().name() == "VARARG";
        }
    }
}

/// Returns whether a reference has a `goto`. Returns `None` if it is not Lua.
fn has_goto(asked: &AskedFor, reference: &[u8]) -> Option<bool> {
    let Inside { text, source, .. } = Inside::of(asked, reference);
    let source = match source {
        Some(source) => source,
        None => asked.parse_answer(&text).ok()?,
    };
    Some(source.nodes.iter().any(|node| node.kind == NodeKind::Goto))
}
