//! A row, and what is counted for it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use luadec_tok::Version;
use luadec_tok::chunk::{Chunk, FunctionAt, Proto};
use luadec_tok::stream::Language;
use serde::ser::{Serialize, Serializer};

use crate::command::io::json::spaced;
use crate::command::io::shown::escaped;

/// The counts of a function, or of all functions of a file.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub lines: Option<u64>,
    parameters: u64,
    upvalues: u64,
    constants: u64,
    instructions: u64,
    tokens: [Option<u64>; 2],
    /// The ids in the full and in the terse stream, if there is a tokenizer.
    #[cfg(feature = "tokenizer")]
    pub ids: Option<[Option<u64>; 2]>,
}

impl Counts {
    /// Counts a function without its tokens.
    pub fn of(function: &FunctionAt) -> Counts {
        let p = function.proto;
        Counts {
            lines: lines(p),
            parameters: p.numparams.into(),
            upvalues: p.upvalues.len() as u64,
            constants: p.k.len() as u64,
            instructions: p.code.len() as u64,
            ..Counts::default()
        }
    }

    /// Counts the tokens of the function's streams.
    pub fn count_tokens(&mut self, stream: &Chunk) {
        let count = |language: Language| language.count_tokens(stream).ok();
        self.tokens = [Language::Full, Language::Terse].map(count);
    }

    fn add(&mut self, other: Counts) {
        let add = |to: &mut Option<u64>, other: Option<u64>| {
            if let Some(other) = other {
                *to.get_or_insert(0) += other;
            }
        };
        add(&mut self.lines, other.lines);
        self.parameters += other.parameters;
        self.upvalues += other.upvalues;
        self.constants += other.constants;
        self.instructions += other.instructions;
        for (to, other) in self.tokens.iter_mut().zip(other.tokens) {
            add(to, other);
        }
        #[cfg(feature = "tokenizer")]
        if let Some(other) = other.ids {
            for (to, other) in self.ids.get_or_insert_default().iter_mut().zip(other) {
                add(to, other);
            }
        }
    }
}

/// The number of lines from a function's first to its last. A main function has those up to the last
/// line of any code in it.
fn lines(p: &Proto) -> Option<u64> {
    fn last(p: &Proto) -> i64 {
        let inside = p.p.iter().map(last).max().unwrap_or(0);
        let code = p.lineinfo.iter().max().unwrap_or(0);
        inside.max(code.into()).max(p.lastlinedefined.into())
    }
    let lines = match p.linedefined {
        0 => last(p),
        first => i64::from(p.lastlinedefined) - i64::from(first) + 1,
    };
    u64::try_from(lines).ok().filter(|lines| *lines > 0)
}

/// A row: a function with its counts, or a file with those of all its functions.
pub struct Row {
    path: String,
    place: Place,
    /// Those of the chunks in the file.
    versions: BTreeSet<Version>,
    counts: Counts,
}

/// What of the file the row is about.
enum Place {
    Function(String),
    Functions(u64),
}

impl Row {
    pub fn of_function(path: String, function: &FunctionAt, counts: Counts) -> Row {
        Row {
            path,
            place: Place::Function(function.path.to_string()),
            versions: BTreeSet::from([function.version]),
            counts,
        }
    }

    /// The row of a file before any function is added.
    pub fn of_file(path: String) -> Row {
        Row {
            path,
            place: Place::Functions(0),
            versions: BTreeSet::new(),
            counts: Counts::default(),
        }
    }

    /// Adds a function to the row of its file.
    pub fn add(&mut self, function: &FunctionAt, counts: Counts) {
        if let Place::Functions(count) = &mut self.place {
            *count += 1;
        }
        self.versions.insert(function.version);
        self.counts.add(counts);
    }

    pub fn has_functions(&self) -> bool {
        !self.versions.is_empty()
    }

    /// The columns in order.
    fn fields(&self) -> Vec<(&'static str, Field<'_>)> {
        let versions: Vec<String> = self.versions.iter().map(Version::to_string).collect();
        let counts = &self.counts;
        let [full, terse] = counts.tokens;
        let fields = vec![
            ("path", Field::Text(self.path.as_str().into())),
            match &self.place {
                Place::Function(path) => ("function", Field::Text(path.into())),
                Place::Functions(count) => ("functions", Field::Count(Some(*count))),
            },
            ("lua", Field::Text(versions.join(",").into())),
            ("lines", Field::Count(counts.lines)),
            ("parameters", Field::Count(Some(counts.parameters))),
            ("upvalues", Field::Count(Some(counts.upvalues))),
            ("constants", Field::Count(Some(counts.constants))),
            ("instructions", Field::Count(Some(counts.instructions))),
            ("tokens_full", Field::Count(full)),
            ("tokens_terse", Field::Count(terse)),
        ];
        #[cfg(feature = "tokenizer")]
        let fields = match counts.ids {
            None => fields,
            Some([full, terse]) => [
                fields,
                vec![
                    ("ids_full", Field::Count(full)),
                    ("ids_terse", Field::Count(terse)),
                ],
            ]
            .concat(),
        };
        fields
    }

    /// The names of the columns.
    pub fn names(&self) -> Vec<&'static str> {
        self.fields().iter().map(|(name, _)| *name).collect()
    }

    /// The line of tab-separated values.
    pub fn tsv(&self) -> String {
        let fields = self.fields().into_iter().map(|(_, field)| match field {
            Field::Text(text) => escaped(&text),
            Field::Count(count) => count.map(|count| count.to_string()).unwrap_or_default(),
        });
        fields.collect::<Vec<String>>().join("\t")
    }

    /// The line of JSON.
    pub fn json(&self) -> String {
        spaced(self)
    }
}

/// A value, which may not exist.
#[derive(Clone)]
enum Field<'r> {
    Text(Cow<'r, str>),
    Count(Option<u64>),
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields())
    }
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Field::Text(text) => text.serialize(serializer),
            Field::Count(count) => count.serialize(serializer),
        }
    }
}
