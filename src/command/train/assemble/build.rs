//! Builds the file of a chunk from one answer for each function, and compares it with the chunk.

use std::collections::HashMap;

use luadec_tok::Step;
use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, Proto};
use luadec_tok::compare::{Capture, Comparison, compare};
use luadec_tok::source::{Source, TokenKind, VariableId, VariableKind, parse_answer};
use luadec_tok::undump;

use super::file::{FileNames, Outside, Piece};
use super::functions::Function;
use super::locals::{chunk_names, valid_name};
use super::skeleton::Skeleton;
use crate::command::train::compile::{CompileError, Compiler, Limits};
use crate::command::train::outline::{Captured, captured};

/// The answer that is used for a function.
pub struct UsedAnswer {
    pub text: String,
    /// The free names that are upvalues. All others are globals.
    pub upvalues: HashMap<Vec<u8>, usize>,
    /// The upvalue that is the environment of its globals, if it has globals.
    pub env: Option<usize>,
    /// True if it is proven to be the function.
    pub is_proven: bool,
}

/// A file that compiles.
pub struct Built {
    /// Canonical text.
    pub text: String,
    pub comparison: Comparison,
    bytes: Vec<u8>,
    levels: usize,
}

impl Built {
    /// Calls `show` with the compiled code of each function; `None` where it has no such function.
    pub fn with_code<T>(
        &self,
        functions: &[Function],
        show: impl FnOnce(&[Option<&Proto>]) -> T,
    ) -> T {
        let main = main_of(&self.bytes);
        let root = root_of(&main, self.levels);
        let found = functions.iter().map(|function| inside(root?, function));
        show(&found.collect::<Vec<_>>())
    }
}

/// The compiler and its limits.
pub struct Building<'a> {
    pub compiler: &'a Compiler,
    pub seconds: u64,
}

impl Building<'_> {
    /// Compiles a text.
    pub fn compile(&self, text: &[u8]) -> Result<Vec<u8>, CompileError> {
        let limits = Limits {
            memory: (4 << 20) + 32 * text.len(),
            seconds: self.seconds,
        };
        self.compiler.compile(text, "answer", limits)
    }

    /// Builds the file. Functions without an answer become skeletons.
    ///
    /// # Errors
    /// The file does not compile.
    pub fn build(
        &self,
        chunk: &Chunk,
        functions: &[Function],
        answers: &[Option<&UsedAnswer>],
    ) -> Result<Built, String> {
        let outside = outside(chunk, functions, answers);
        let skeletons = skeletons(chunk, functions, answers);
        let is_main = |number: usize| number == 0 && chunk.main.is_main(chunk.version);
        let mut pieces = Vec::new();
        for (number, function) in functions.iter().enumerate() {
            pieces.push(match (&answers[number], &skeletons[number]) {
                (Some(answer), _) => of_answer(chunk.version, function, is_main(number), answer)?,
                (None, Some(skeleton)) => {
                    let inside = function.inside.iter().map(|inside| &functions[*inside]);
                    of_skeleton(
                        chunk.version,
                        function,
                        &inside.collect::<Vec<_>>(),
                        skeleton,
                    )?
                }
                (None, None) => unreachable!("there is a skeleton where there is no answer"),
            });
        }
        let is_named = |function: &Function| !function.proto.locvars.is_empty();
        let is_proven = |number: usize| answers[number].is_some_and(|answer| answer.is_proven);
        let named = (0..functions.len()).filter(|i| is_proven(*i) && is_named(&functions[*i]));
        let named: Vec<usize> = named.collect();
        if !named.is_empty() {
            let found = self.names_of_chunk(chunk, functions, &pieces, &outside, &named)?;
            for (number, names) in named.into_iter().zip(found) {
                pieces[number].preferred.extend(names);
            }
        }
        let mut names = FileNames::new(chunk.version, &pieces, &outside);
        names.reconcile();
        let text = names.text()?;
        let bytes = self
            .compile(text.as_bytes())
            .map_err(|error| error.to_string())?;
        let main = main_of(&bytes);
        let Some(root) = root_of(&main, names.levels()) else {
            return Err("the compiler made something other than the file's function".to_owned());
        };
        let comparison = match chunk.main.is_main(chunk.version) {
            true => compare(chunk.version, &chunk.main, root),
            // Variables around the function may have been renamed.
            false => compare(
                chunk.version,
                &without_names(&chunk.main),
                &without_names(root),
            ),
        };
        drop(main);
        Ok(Built {
            text,
            comparison,
            levels: names.levels(),
            bytes,
        })
    }

    /// Returns the names that the chunk has for the variables of some functions.
    fn names_of_chunk(
        &self,
        chunk: &Chunk,
        functions: &[Function],
        pieces: &[Piece],
        outside: &Outside,
        named: &[usize],
    ) -> Result<Vec<HashMap<VariableId, String>>, String> {
        let mut names = FileNames::new(chunk.version, pieces, outside);
        names.make_unique();
        let bytes = self
            .compile(names.text()?.as_bytes())
            .map_err(|error| error.to_string())?;
        let main = main_of(&bytes);
        let root = root_of(&main, names.levels());
        let of_function = |number: &usize| {
            let function = &functions[*number];
            let compiled = inside(root?, function)?;
            let by_name = names.by_name(*number);
            Some(chunk_names(
                chunk.version,
                function.proto,
                compiled,
                &by_name,
            ))
        };
        Ok(named
            .iter()
            .map(|number| of_function(number).unwrap_or_default())
            .collect())
    }
}

fn main_of(bytes: &[u8]) -> Proto<'_> {
    undump(bytes)
        .expect("the compiler writes a chunk")
        .chunk
        .main
}

/// Finds the outermost function of the chunk in a compiled file.
fn root_of<'m>(main: &'m Proto<'m>, levels: usize) -> Option<&'m Proto<'m>> {
    (0..levels).try_fold(main, |p, _| match &p.p[..] {
        [function] => Some(function),
        _ => None,
    })
}

/// Finds a function of the chunk in a compiled file.
fn inside<'m>(root: &'m Proto<'m>, function: &Function) -> Option<&'m Proto<'m>> {
    function
        .path
        .0
        .iter()
        .try_fold(root, |around, step| match step {
            Step::Function(index) => around.p.get(*index),
            _ => None,
        })
}

fn without_names<'p>(root: &Proto<'p>) -> Proto<'p> {
    let mut root = root.clone();
    for upvalue in &mut root.upvalues {
        upvalue.name = None;
    }
    root
}

/// Returns what is around the root.
fn outside(chunk: &Chunk, functions: &[Function], answers: &[Option<&UsedAnswer>]) -> Outside {
    let root = &functions[0];
    let is_file = chunk.main.is_main(chunk.version);
    let mut env = root.envs.iter().position(|is_env| *is_env);
    if env.is_none() && chunk.version != Version::Lua51 {
        // Without names, an answer that uses globals says which upvalue they are in.
        env = answers
            .iter()
            .zip(functions)
            .find_map(|(answer, function)| {
                let upvalue = answer.as_ref()?.env?;
                root_upvalue(functions, function, upvalue)
            });
    }
    let names = || {
        let upvalues = root.proto.upvalues.iter().enumerate();
        let name = upvalues.map(|(index, upvalue)| {
            let name = upvalue.name.as_deref();
            let name = name.and_then(|name| valid_name(chunk.version, name));
            name.unwrap_or_else(|| format!("u{index}"))
        });
        name.collect()
    };
    Outside {
        declared: (!is_file).then(names),
        env,
    }
}

/// Follows an upvalue to the root. Returns `None` if a function declares its variable.
fn root_upvalue(functions: &[Function], function: &Function, upvalue: usize) -> Option<usize> {
    let Some((around, index)) = function.place else {
        return Some(upvalue);
    };
    let around = &functions[around];
    match around.captures[index].get(upvalue)? {
        Capture::Upvalue(outer) => root_upvalue(functions, around, usize::from(*outer)),
        Capture::Register(_) => None,
    }
}

/// Makes skeletons of the functions without an answer.
fn skeletons(
    chunk: &Chunk,
    functions: &[Function],
    answers: &[Option<&UsedAnswer>],
) -> Vec<Option<Skeleton>> {
    if answers.iter().all(Option::is_some) {
        return functions.iter().map(|_| None).collect();
    }
    // In Lua 5.5, a declaration of globals anywhere may exclude `error`.
    let declares = |answer: &UsedAnswer| {
        parse_answer(answer.text.as_bytes(), chunk.version).is_ok_and(|source| {
            let mut variables = source.variables.iter();
            variables.any(|variable| variable.kind == VariableKind::Global)
        })
    };
    let has_globals = !answers.iter().flatten().any(|answer| declares(answer));
    let skeleton = |number: usize| {
        let is_file = number == 0 && chunk.main.is_main(chunk.version);
        Skeleton::new(chunk.version, &functions[number], is_file, has_globals)
    };
    let numbers = 0..functions.len();
    numbers
        .map(|number| answers[number].is_none().then(|| skeleton(number)))
        .collect()
}

/// Returns the tokens of the holes of an answer.
fn holes(source: &Source) -> Vec<u32> {
    let tokens = (0..).zip(&source.tokens);
    let holes = tokens.filter(|(_, token)| token.kind == TokenKind::Hole);
    holes.map(|(token, _)| token).collect()
}

/// Returns what the upvalues of the functions in the holes of an answer capture; `None` if one captures
/// a register where the answer has no variable.
pub fn captured_variables(
    function: &Function,
    is_main: bool,
    source: &Source,
) -> Option<Vec<Vec<Captured>>> {
    let captured = captured(source, u32::from(!is_main), &function.captures);
    let captured = captured.into_iter();
    captured
        .map(|upvalues| upvalues.into_iter().collect())
        .collect()
}

fn of_answer<'a>(
    version: Version,
    function: &Function,
    is_main: bool,
    answer: &'a UsedAnswer,
) -> Result<Piece<'a>, String> {
    let source =
        parse_answer(answer.text.as_bytes(), version).map_err(|error| error.to_string())?;
    let captured = captured_variables(function, is_main, &source);
    Ok(Piece {
        captured: captured.ok_or("a captured variable is not in scope at its hole")?,
        holes: holes(&source),
        inside: function.inside.clone(),
        place: function.place,
        upvalues: answer.upvalues.clone(),
        preferred: HashMap::new(),
        source,
    })
}

fn of_skeleton<'a>(
    version: Version,
    function: &Function,
    inside: &[&Function],
    skeleton: &'a Skeleton,
) -> Result<Piece<'a>, String> {
    let source =
        parse_answer(skeleton.text.as_bytes(), version).map_err(|error| error.to_string())?;
    let holes = holes(&source);
    Ok(Piece {
        captured: skeleton.captured(function, &source, &holes),
        holes,
        inside: function.inside.clone(),
        place: function.place,
        upvalues: Skeleton::upvalues(function),
        preferred: Skeleton::names(version, function, inside, &source),
        source,
    })
}
