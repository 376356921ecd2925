//! The arguments of `luadec-tok dataset`.

use std::ffi::OsStr;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{EnumValueParser, PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Args, Command, Error, ValueEnum, ValueHint};
use luadec_tok::stream::Language;
use serde_json::{Map, Value, json};

use super::records::near::Threshold;
use super::sources::encoding::SourceEncoding;
use super::sources::files::check_pattern;
use super::sources::shard::SourceShard;
use super::split::{PartDraw, Split};
use super::strip::StripChoice;
use crate::command::dialect::file::DialectArgs;
use crate::command::io::input::NamesArgs;
use crate::command::io::ordered::parse_jobs;
use crate::command::io::shown::Shown;
use crate::command::sizes::{self, Amount};
use crate::command::train::tokenizer;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Units:
  Numbers may end in k, M or G, powers of 1,000; numbers of bytes also in kB, MB or GB, or in KiB,
  MiB or GiB, powers of 1,024.

Limits:
  Sources of more than 12 MiB are dropped, and so are rows of more than 24 MiB.

Examples:
  luadec-tok dataset --stream terse -o train.jsonl src/   one record per file, half of them stripped
  luadec-tok dataset --strip both -o train.jsonl.zst src/ two records per file, compressed
  luadec-tok dataset --unit outline --split train=0.98,val=0.01,test=0.01 -o set/ src/
  luadec-tok dataset --rows code.jsonl.zst --shard-size 1GB -o set/train.jsonl.zst
  luadec-tok dataset --format chatml -o - demo.lua        print a record as the model sees it

Exit status:
  0  records were written, even if sources were dropped; with --rows, even if there are none
  1  no record was made, or an input or an output failed
  2  the command line is wrong")]
pub struct Dataset {
    /// Use N threads [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = parse_jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// Lua files, or directories to search for *.lua
    ///
    /// Directories are searched in sorted order; hidden files and directories are skipped.
    /// --include adds other names.
    #[arg(
        value_name = "PATH",
        required_unless_present_any = ["rows", "files_from"],
        conflicts_with = "rows",
        help_heading = "Input"
    )]
    pub paths: Vec<PathBuf>,
    #[command(flatten, next_help_heading = "Input")]
    pub names: NamesArgs,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub records: RecordArgs,
    #[command(flatten)]
    pub tokens: TokenArgs,
    /// Write to file F; - for standard output
    ///
    /// The file is compressed if F ends in .zst or .gz. With --split, F is a directory, or - for
    /// records with the key split. Directories are created as needed.
    #[arg(short, long, value_name = "F", help_heading = "Output")]
    pub output: PathBuf,
    #[command(flatten)]
    pub files: FileArgs,
    /// Write counts and drops to file F, as JSON
    #[arg(long, value_name = "F", help_heading = "Output")]
    pub report: Option<PathBuf>,
    /// Write dataset_info.json and README.md, too
    ///
    /// They go into the directory of the output, for LLaMA-Factory and for the Hugging Face Hub;
    /// with --tokenizer also lengths.svg, a picture of the records' lengths.
    #[arg(long, help_heading = "Output")]
    pub card: bool,
    /// Stop when a source is dropped
    #[arg(long, help_heading = "Records")]
    pub fail_fast: bool,
}

// Where the sources come from.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// Search directories for GLOB, too: '*.luau'
    ///
    /// A pattern without / matches names in any directory, one with / paths below PATH:
    /// 'conf/*.rc'. May be repeated.
    #[arg(long, value_name = "GLOB", value_parser = check_pattern, conflicts_with = "rows")]
    pub include: Vec<String>,
    /// Read files that are not UTF-8 in this encoding: latin1
    ///
    /// LABEL is one of the Encoding Standard, such as latin1, gbk, shift_jis or utf-16le. Files are
    /// converted to UTF-8 before they are compiled. UTF-8 stays as it is, and a byte order mark decides.
    #[arg(long, value_name = "LABEL", conflicts_with = "rows")]
    pub encoding: Option<SourceEncoding>,
    /// Read sources from the rows of F: JSON Lines or Arrow
    ///
    /// Each line of F holds a JSON object with a source, or F is an Arrow IPC stream with a column of
    /// sources; - for standard input. F is decompressed if it ends in .zst or .gz. The other keys of a
    /// row become the key `meta` of its records.
    #[arg(long, value_name = "F")]
    pub rows: Option<PathBuf>,
    /// Take every N-th source, from the I-th on: 0/64
    ///
    /// I counts from 0 to N - 1, as the tasks of a Slurm array and the ranks of datatrove do. Files
    /// are taken in sorted order, rows in theirs. With --dedup none, all shards together have the
    /// records of the whole set.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<SourceShard>,
    /// Take sources from this key of a row [default: content]
    #[arg(long, value_name = "KEY")]
    pub content_key: Option<String>,
    /// Take paths from this key of a row
    ///
    /// Without it, the path of a record is `line` and the number of its line, or `row` and the number
    /// of its row in an Arrow stream.
    #[arg(long, value_name = "KEY")]
    pub path_key: Option<String>,
}

// What is made of them.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Records")]
pub struct RecordArgs {
    #[arg(
        short,
        long,
        value_parser = FormatParser,
        default_value = "messages",
        hide_default_value = true,
        hide_possible_values = true,
        help = "messages, text, completion, chatml [default: messages]",
        long_help = "\
The form of a record [default: messages]

  messages    JSON Lines with `messages`: a user turn with the stream and an assistant turn
              with the source, as most chat trainers expect
  text        JSON Lines with `text`: the whole record as ChatML
  completion  JSON Lines with `prompt` and `completion`
  chatml      ChatML itself, for reading"
    )]
    pub format: RecordFormat,
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        help = "terse or full [default: full]",
        long_help = "\
The stream in a record [default: full]

  terse  about nine times shorter; recommended for new models
  full   every field of the chunk as a token; Lua 5.3 only

Outlines are always terse."
    )]
    pub stream: Option<RecordStream>,
    #[arg(
        long,
        value_enum,
        default_value_t = RecordUnit::File,
        hide_default_value = true,
        hide_possible_values = true,
        help = "outline, file, function or both [default: file]",
        long_help = "\
What a record is made from [default: file]

  outline   each function, the main function included, without the functions inside it: the
            stream and the answer have <|Hole|> in place of each; recommended for new models
  file      a whole source
  function  a function with all functions inside it, but not the main function
  both      each file and each of its functions"
    )]
    pub unit: RecordUnit,
    #[arg(
        long,
        value_enum,
        value_name = "TEXT",
        hide_possible_values = true,
        help = "canonical or original [default: by --unit]",
        long_help = "\
The text of the answers [default: canonical for outlines, otherwise original]

  canonical  only what the bytecode determines, besides names: no comments, one layout and one
             spelling of each literal. An answer that does not compile to its code is dropped
  original   as the author wrote it"
    )]
    pub answers: Option<Answers>,
    /// never, always, both or a share from 0 to 1 [default: 0.5]
    ///
    /// Which records have no debug information. both makes one record with it and one without; a
    /// share is the share of the units, chosen at random.
    #[arg(
        long,
        value_name = "WHICH",
        default_value = "0.5",
        hide_default_value = true
    )]
    pub strip: StripChoice,
    /// Seed for random choices [default: 0]
    ///
    /// --strip and --split choose by the seed and by the content of a unit or the name of a group,
    /// whatever else is in the set.
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Drop records whose stream is longer than N bytes
    ///
    /// Such as 20000, 20k or 64KiB.
    #[arg(long, value_name = "N", value_parser = sizes::bytes::<u64>)]
    pub max_bytes: Option<u64>,
    /// Compile with COMMAND, such as luac5.4
    ///
    /// It is used instead of the built-in Lua 5.3, one process per source. COMMAND takes luac's
    /// arguments: it is called with -o - - after its own, reads the source from standard input and
    /// writes the chunk to standard output. The chunks may be of Lua 5.1 to 5.5; other versions
    /// than 5.3 need --stream terse.
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString)]
    pub luac: Option<String>,
    #[command(flatten)]
    pub dialect: DialectArgs,
    /// Drop sources that take longer to compile [default: 60]
    ///
    /// N is in seconds of processor time, with --luac of elapsed time.
    #[arg(
        long,
        value_name = "N",
        value_parser = sizes::positive::<u64>,
        default_value = "60",
        hide_default_value = true
    )]
    pub max_seconds: u64,
    #[arg(
        long,
        value_name = "BY",
        value_parser = DedupParser,
        default_value = "code",
        hide_default_value = true,
        hide_possible_values = true,
        help = "code, near or none [default: code]",
        long_help = "\
Which duplicates to drop [default: code]

  code  keep only the first unit with the same code, whatever its layout, comments and
        debug information
  near  also drop units that are nearly like an earlier one: if they have at least 0.8 of all
        runs of five tokens in common, as estimated by MinHash; near=0.9 takes another share, from
        0.75 to 1
  none  keep all units"
    )]
    pub dedup: Dedup,
    /// Add the key minhash, for finding near-duplicates
    ///
    /// A signature of the unit's code, by which the records of several runs can be compared as
    /// --dedup near compares those of one.
    #[arg(long)]
    pub signatures: bool,
    /// Write a row with the key error for what is dropped
    ///
    /// It stands in place of the records that were not made, with the reason, a message, the path and
    /// the key `meta`, so that each source has at least one row. Duplicates have such rows, too.
    #[arg(long, conflicts_with = "fail_fast")]
    pub keep_errors: bool,
}

// How long they are in tokens, and whether they are written as ids.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Tokens")]
pub struct TokenArgs {
    /// Count tokens with this tokenizer.json
    ///
    /// PATH is a tokenizer.json or the directory that has it. Records get the key `tokens`, the
    /// length of prompt and answer together. The tokenizer must know the tokens of the stream:
    /// luadec-tok vocab --add-to adds them.
    #[arg(long, value_name = "PATH")]
    pub tokenizer: Option<PathBuf>,
    /// Drop records of more than N tokens
    ///
    /// Such as 4096 or 4k. Records are never truncated.
    #[arg(long, value_name = "N", value_parser = sizes::count::<u32>, requires = "tokenizer")]
    pub max_tokens: Option<u32>,
    /// Keep records that spell control tokens
    ///
    /// They are dropped by default if a string or the source spells a control token of the
    /// tokenizer, such as </s>: the model would see the control token instead of the text.
    #[arg(long, requires = "tokenizer", hide_short_help = true)]
    pub keep_controls: bool,
    /// Keep records whose ids decode to another text
    ///
    /// They are dropped by default. A tokenizer that normalizes Unicode changes some texts, for
    /// example.
    #[arg(long, requires = "tokenizer", hide_short_help = true)]
    pub keep_lossy: bool,
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        requires = "tokenizer",
        hide_possible_values = true,
        help = "Write token ids: arrow, bin, npy or jsonl",
        long_help = "\
Write token ids instead of text

A record is ChatML, or with --format completion its prompt and its completion one after the
other. The answer ends in the end token.

  arrow  a directory for datasets.load_from_disk, with --split a DatasetDict: input_ids,
         labels (-100 for the prompt), attention_mask, id, path
  bin    ids end to end, two bytes each, or four above 65,536 tokens, with Megatron's index
         in a .idx file beside it
  npy    ids end to end as a NumPy array
  jsonl  JSON Lines with input_ids and labels"
    )]
    pub ids: Option<IdsFormat>,
    /// Pack records into rows of N ids
    ///
    /// Rows hold whole records and are filled up with the end token; longer records are dropped.
    /// Needs --ids bin.
    #[arg(long, value_name = "N", value_parser = sizes::positive::<u32>, requires = "ids")]
    pub pack: Option<u32>,
    /// End answers with TOKEN
    ///
    /// By default, the eos_token of the tokenizer_config.json beside the tokenizer; without one,
    /// <|im_end|> for ChatML.
    #[arg(
        long,
        value_name = "TOKEN",
        requires = "tokenizer",
        hide_short_help = true
    )]
    pub eos: Option<String>,
    /// Use a chat template instead of ChatML
    ///
    /// F is a Jinja template, as in tokenizer_config.json. The stream and the source are inserted
    /// unchanged. Labels cover what {% generation %} encloses, or the whole answer without it.
    #[arg(long, value_name = "F", requires = "tokenizer", hide_short_help = true)]
    pub template: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum IdsFormat {
    Arrow,
    Bin,
    Npy,
    Jsonl,
}

// Which files they go to.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct FileArgs {
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        default_value = "jsonl",
        hide_default_value = true,
        hide_possible_values = true,
        help = "jsonl or arrow [default: jsonl]",
        long_help = "\
The form of the output [default: jsonl]

  jsonl  JSON Lines
  arrow  an Arrow IPC stream, for mapInArrow of Spark and for Ray: a column for each key,
         whatever the records, with meta as JSON. With --ids arrow it holds input_ids and
         labels. Each batch of rows gives its records at once"
    )]
    pub container: Container,
    /// Write one file per part: train=0.9,val=0.1
    ///
    /// The shares add up to 1; -o names the directory of the files, or is - for records with the key
    /// `split`. All sources of a group go to the same part: see --group-depth. Rows without a path
    /// are groups of their own.
    #[arg(long, value_name = "PARTS")]
    pub split: Option<Split>,
    /// Group sources by N directories [default: 1]
    ///
    /// Sources whose paths have the same first N directories are a group, which --split keeps
    /// together.
    #[arg(long, value_name = "N", value_parser = sizes::positive::<usize>)]
    pub group_depth: Option<usize>,
    /// Compress the files of a split: zst or gz
    #[arg(long, value_enum, value_name = "BY", hide_possible_values = true)]
    pub compress: Option<Compress>,
    /// Write shards of N records, or of 500MB
    ///
    /// They are called NAME-00000-of-00012.jsonl. A shard ends with the record that reaches this
    /// number of records (10000 or 10k) or of bytes before compression (500MB or 2GiB).
    #[arg(long, value_name = "SIZE")]
    pub shard_size: Option<ShardSize>,
    /// Continue an interrupted run
    ///
    /// It must be the same command over the same sources.
    #[arg(long)]
    pub resume: bool,
}

impl Dataset {
    /// The parts of a split that are files.
    pub fn split_into_files(&self) -> Option<&Split> {
        let split = self.files.split.as_ref();
        split.filter(|_| self.output.as_os_str() != "-")
    }

    /// Draws the key `split` of records, if they have it.
    pub fn split_in_records(&self) -> Option<PartDraw<'_>> {
        match self.split_into_files() {
            Some(_) => None,
            None => self.part_draw(),
        }
    }

    /// Whether each part is a directory of Arrow files.
    pub fn is_arrow_directory(&self) -> bool {
        self.tokens.ids == Some(IdsFormat::Arrow) && self.files.container == Container::Jsonl
    }

    /// Returns the options that decide what a report counts, by their names; those that were not given
    /// and have no default are left out.
    pub fn reported(&self) -> Map<String, Value> {
        let (records, tokens) = (&self.records, &self.tokens);
        let path =
            |path: &Option<PathBuf>| json!(path.as_ref().map(|path| Shown(path).to_string()));
        let split = self.files.split.as_ref().map(Split::to_string);
        let depth = split.as_ref().map(|_| self.files.group_depth());
        let encoding = self.input.encoding.map(|encoding| encoding.to_string());
        let options = [
            (
                "shard",
                json!(self.input.shard.map(|shard| shard.to_string())),
            ),
            ("encoding", json!(encoding)),
            ("unit", json!(name(&records.unit))),
            ("stream", json!(records.stream().name())),
            ("answers", json!(name(&records.answers()))),
            ("format", json!(name(&records.format))),
            ("strip", json!(records.strip.to_string())),
            ("seed", json!(records.seed())),
            ("dedup", json!(records.dedup.to_string())),
            ("max-bytes", json!(records.max_bytes)),
            ("max-seconds", json!(records.max_seconds)),
            ("luac", json!(records.luac)),
            ("dialect", path(&records.dialect.dialect)),
            ("opmap", path(&records.dialect.opmap)),
            ("keep-errors", json!(records.keep_errors)),
            ("tokenizer", path(&tokens.tokenizer)),
            ("max-tokens", json!(tokens.max_tokens)),
            ("keep-controls", json!(tokens.keep_controls)),
            ("keep-lossy", json!(tokens.keep_lossy)),
            ("ids", json!(tokens.ids.as_ref().map(name))),
            ("pack", json!(tokens.pack)),
            ("eos", json!(tokens.eos)),
            ("template", path(&tokens.template)),
            ("split", json!(split)),
            ("group-depth", json!(depth)),
        ];
        let given = options.into_iter();
        let given = given.filter(|(_, value)| !value.is_null() && *value != json!(false));
        given
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Draws the parts of a split.
    pub fn part_draw(&self) -> Option<PartDraw<'_>> {
        self.files.split.as_ref().map(|split| PartDraw {
            split,
            seed: self.records.seed(),
            depth: self.files.group_depth(),
        })
    }
}

impl InputArgs {
    /// The key of a row's source.
    pub fn content_key(&self) -> &str {
        self.content_key.as_deref().unwrap_or("content")
    }
}

impl TokenArgs {
    /// The files that are read in addition to the sources.
    pub fn files(&self) -> Vec<PathBuf> {
        let tokenizer = self.tokenizer.as_deref().map(tokenizer::file);
        let config = tokenizer.as_deref().map(tokenizer::config);
        [tokenizer, config, self.template.clone()]
            .into_iter()
            .flatten()
            .collect()
    }
}

impl RecordArgs {
    /// The stream of the records.
    pub fn stream(&self) -> RecordStream {
        match self.unit {
            RecordUnit::Outline => RecordStream::Terse,
            _ => self.stream.unwrap_or(RecordStream::Full),
        }
    }

    /// The text of the answers.
    pub fn answers(&self) -> Answers {
        self.answers.unwrap_or(match self.unit {
            RecordUnit::Outline => Answers::Canonical,
            _ => Answers::Original,
        })
    }

    /// Whether units need signatures.
    pub fn needs_signatures(&self) -> bool {
        self.signatures || matches!(self.dedup, Dedup::Near(_))
    }

    /// The seed of random choices.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }
}

impl FileArgs {
    /// How many directories of a path name its group.
    pub fn group_depth(&self) -> usize {
        self.group_depth.unwrap_or(1)
    }
}

/// Returns the name of a value of an option.
fn name(value: &impl ValueEnum) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// Reads a seed.
fn seed(text: &str) -> Result<u64, String> {
    let expected = |_| format!("expected a whole number from 0 to {}", u64::MAX);
    text.parse().map_err(expected)
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum RecordFormat {
    Messages,
    Text,
    Completion,
    Chatml,
}

/// Reads a [`RecordFormat`], and recognizes the streams, which are formats of a conversion.
#[derive(Clone)]
struct FormatParser;

impl TypedValueParser for FormatParser {
    type Value = RecordFormat;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<RecordFormat, Error> {
        match RecordStream::from_str(&value.to_string_lossy(), false) {
            Ok(stream) => {
                let name = stream.name();
                let reason = format!("this is a stream, not a format; use --stream {name}");
                let refuse = move |_| Err(reason.clone());
                let parser = StringValueParser::new().try_map(refuse);
                parser.parse_ref(command, arg, value)
            }
            Err(_) => EnumValueParser::new().parse_ref(command, arg, value),
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let formats = RecordFormat::value_variants().iter();
        Some(Box::new(formats.filter_map(ValueEnum::to_possible_value)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum RecordStream {
    #[value(alias = "tokens")]
    Full,
    Terse,
}

impl RecordStream {
    pub fn language(self) -> Language {
        match self {
            RecordStream::Full => Language::Full,
            RecordStream::Terse => Language::Terse,
        }
    }

    /// The name in the option and in a record.
    pub fn name(self) -> &'static str {
        match self {
            RecordStream::Full => "full",
            RecordStream::Terse => "terse",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum RecordUnit {
    File,
    Function,
    Both,
    Outline,
}

/// The text of the answers.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Answers {
    Canonical,
    Original,
}

/// Which duplicates are dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Dedup {
    Code,
    Near(Threshold),
    None,
}

impl fmt::Display for Dedup {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Dedup::Code => f.write_str("code"),
            Dedup::Near(threshold) => write!(f, "near={threshold}"),
            Dedup::None => f.write_str("none"),
        }
    }
}

impl FromStr for Dedup {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let near = |share: &str| Threshold::new(share.parse().ok()?).map(Dedup::Near);
        match text {
            "code" => Ok(Dedup::Code),
            "near" => Ok(Dedup::Near(Threshold::DEFAULT)),
            "none" => Ok(Dedup::None),
            _ => text
                .strip_prefix("near=")
                .and_then(near)
                .ok_or("expected code, near, none, or near=0.75 to near=1"),
        }
    }
}

/// Reads a [`Dedup`], and names its values for completions.
#[derive(Clone)]
struct DedupParser;

impl TypedValueParser for DedupParser {
    type Value = Dedup;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Dedup, Error> {
        let parser = StringValueParser::new().try_map(|text| text.parse());
        parser.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(
            ["code", "near", "none"].into_iter().map(PossibleValue::new),
        ))
    }
}

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Container {
    Jsonl,
    Arrow,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Compress {
    Zst,
    Gz,
}

/// When a shard ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ShardSize {
    Records(u64),
    Bytes(u64),
}

impl FromStr for ShardSize {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match sizes::amount(text) {
            Some(Amount::Plain(records @ 1..)) => Ok(ShardSize::Records(records)),
            Some(Amount::Bytes(bytes @ 1..)) => Ok(ShardSize::Bytes(bytes)),
            _ => {
                Err("expected a number of records, such as 10k, or of bytes, such as 500MB or 2GiB")
            }
        }
    }
}
