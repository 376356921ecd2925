//! The arguments of `luadec-tok dataset`.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use luadec_tok::stream::Language;

use super::split::Split;
use super::strip::StripChoice;
use crate::command::io::input::NamesArgs;
use crate::command::io::ordered::parse_jobs;
use crate::command::tokenizer;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  luadec-tok dataset src/ -o train.jsonl                  a line a file, half of them stripped
  luadec-tok dataset --strip both -o train.jsonl.zst src/ both variants of each, compressed
  luadec-tok dataset --unit function --split train=0.98,val=0.01,test=0.01 -o set/ src/
  luadec-tok dataset --rows code.jsonl.zst --shard-size 1GB -o set/train.jsonl.zst
  luadec-tok dataset --format chatml -o - demo.lua        the record as the model sees it

Exit status:
  0  records were written, even if sources were dropped; with --rows, even if there are none
  1  no record was made, or an input or an output failed
  2  the command line is wrong")]
pub struct Dataset {
    /// Lua files, and folders that are searched for *.lua; hidden ones are passed over
    #[arg(
        value_name = "PATH",
        required_unless_present_any = ["rows", "files_from"],
        conflicts_with = "rows"
    )]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub names: NamesArgs,
    /// Write to file F, - for standard output; compressed if F ends in .zst or .gz. Its folder is
    /// made if it is missing
    #[arg(short, long, value_name = "F")]
    pub output: PathBuf,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub records: RecordArgs,
    #[command(flatten)]
    pub tokens: TokenArgs,
    #[command(flatten)]
    pub files: FileArgs,
    /// Write the counts and every drop to file F, as JSON
    #[arg(long, value_name = "F")]
    pub report: Option<PathBuf>,
    /// Write dataset_info.json for LLaMA-Factory and README.md for the Hub beside the output
    #[arg(long)]
    pub card: bool,
    /// Stop at the first drop
    #[arg(long)]
    pub fail_fast: bool,
    /// Threads [default: the cores there are]
    #[arg(short, long, value_name = "N", value_parser = parse_jobs)]
    pub jobs: Option<NonZeroUsize>,
}

// Where the sources come from.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Sources")]
pub struct InputArgs {
    /// In folders, take the files that match too, e.g. '*.luau' or 'conf/*.rc'
    #[arg(long, value_name = "GLOB", conflicts_with = "rows")]
    pub include: Vec<String>,
    /// Take the rows of F instead, JSON lines with a source each; - for standard input. It may end
    /// in .zst or .gz. Their other keys come out under `meta`
    #[arg(long, value_name = "F")]
    pub rows: Option<PathBuf>,
    /// The key of a row's source
    #[arg(long, value_name = "KEY", default_value = "content", requires = "rows")]
    pub content_key: String,
    /// The key of a row's path [default: none; the path is `line` and its number]
    #[arg(long, value_name = "KEY", requires = "rows")]
    pub path_key: Option<String>,
}

// What is made of them.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Records")]
pub struct RecordArgs {
    /// The form of a record
    #[arg(short, long, value_enum, default_value_t = RecordFormat::Messages)]
    pub format: RecordFormat,
    /// The stream in a record
    #[arg(long, value_enum, default_value_t = RecordStream::Full)]
    pub stream: RecordStream,
    /// What a record is made of
    #[arg(long, value_enum, default_value_t = RecordUnit::File)]
    pub unit: RecordUnit,
    /// Whose debug information is cleared: never, always, both (a record for each variant), or a
    /// share of the units from 0 to 1
    #[arg(long = "strip", value_name = "WHICH", default_value = "0.5")]
    pub which: StripChoice,
    /// Clear it always, as -s does everywhere
    #[arg(short = 's', conflicts_with = "which")]
    pub always: bool,
    /// What the draws depend on, beside the content
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Drop records whose stream is longer than N bytes
    #[arg(long, value_name = "N")]
    pub max_bytes: Option<u64>,
    /// Compile with this command instead of Lua 5.3 inside this program, one process a source: luac5.1,
    /// luac5.4, or what takes luac's arguments. It is called with -o - - behind its own, and its
    /// chunks say their version
    #[arg(long, value_name = "COMMAND")]
    pub luac: Option<String>,
    /// Drop sources that take longer to compile than N seconds of processor time; with --luac, of
    /// any
    #[arg(long, value_name = "N", default_value = "60")]
    pub max_seconds: NonZeroU64,
    /// Whether of units with the same code, whatever their layout and comments, only the first
    /// stays
    #[arg(long, value_enum, default_value_t = Dedup::Code)]
    pub dedup: Dedup,
}

// How long they are in tokens, and whether they are written as such.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Tokens")]
pub struct TokenArgs {
    /// Count tokens with this tokenizer.json, or the one in this folder, which knows the vocabulary:
    /// records get `tokens`, of prompt and answer together
    #[arg(long, value_name = "FILE")]
    pub tokenizer: Option<PathBuf>,
    /// Drop records of more than N tokens; none is cut
    #[arg(long, value_name = "N", requires = "tokenizer")]
    pub max_tokens: Option<u32>,
    /// Keep records whose strings or source spell a control token of the tokenizer, such as </s>
    #[arg(long, requires = "tokenizer")]
    pub keep_controls: bool,
    /// Keep records whose ids do not decode to their text, as after a normalizer such as NFC
    #[arg(long, requires = "tokenizer")]
    pub keep_lossy: bool,
    /// Write ids instead of text. They are those of ChatML, or of prompt and completion one after
    /// the other with --format completion; the answer ends in the end token
    #[arg(long, value_enum, value_name = "FORM", requires = "tokenizer")]
    pub ids: Option<IdsFormat>,
    /// With --ids bin, put whole records into rows of N ids, filled up with the end token; longer
    /// records are dropped
    #[arg(long, value_name = "N", requires = "ids")]
    pub pack: Option<u32>,
    /// The end token [default: the eos_token of the tokenizer_config.json beside the tokenizer; for
    /// ChatML else <|im_end|>]
    #[arg(long, value_name = "TOKEN", requires = "tokenizer")]
    pub eos: Option<String>,
    /// Frame ids by this chat template (Jinja) instead of ChatML; stream and source are put in as
    /// they are, and the loss is on what {% generation %} encloses
    #[arg(long, value_name = "FILE", requires = "tokenizer")]
    pub template: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum IdsFormat {
    /// A folder for datasets.load_from_disk, a DatasetDict with --split: input_ids, labels (-100 for
    /// the prompt), attention_mask, id, path
    Arrow,
    /// Ids end to end, of two bytes, or four above 65536 tokens, and Megatron's .idx beside them
    Bin,
    /// Ids end to end as a NumPy array
    Npy,
    /// JSON lines with input_ids and labels
    Jsonl,
}

// Which files they go to.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Files")]
pub struct FileArgs {
    /// Write a file a part, e.g. train=0.98,val=0.01,test=0.01; -o names their folder
    #[arg(long, value_name = "PARTS")]
    pub split: Option<Split>,
    /// How many folders of a path name the group that a split keeps together
    #[arg(long, value_name = "N", default_value = "1")]
    pub group_depth: NonZeroUsize,
    /// Compress the files of a split
    #[arg(long, value_enum, requires = "split")]
    pub compress: Option<Compress>,
    /// Write shards, NAME-00000-of-00012.jsonl, that end with the record that reaches so many
    /// records (10000) or bytes before compression (500MB, 2GiB)
    #[arg(long, value_name = "SIZE")]
    pub shard_size: Option<ShardSize>,
    /// Go on where a run of the same command over the same sources was ended
    #[arg(long, requires = "shard_size")]
    pub resume: bool,
}

impl TokenArgs {
    /// The files that are read beside the sources.
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
    /// Which variants a unit gives.
    pub fn strip(&self) -> StripChoice {
        if self.always {
            StripChoice::Always
        } else {
            self.which
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum RecordFormat {
    /// JSON lines with `messages`: a user turn with the stream, an assistant turn with the source
    Messages,
    /// JSON lines with `text`: the record as ChatML
    Text,
    /// JSON lines with `prompt` and `completion`
    Completion,
    /// ChatML as it is
    Chatml,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum RecordStream {
    /// That of -f tokens
    Full,
    /// That of -f terse, nine times shorter
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
    /// A file
    File,
    /// A function, and what is defined inside; not the main function
    Function,
    /// Files and functions
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Dedup {
    /// By the stripped code without line numbers
    Code,
    /// All stay
    None,
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
        const EXPECTED: &str =
            "expected a number of records, or of bytes with kB, MB, GB, KiB, MiB or GiB";
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number
            .parse()
            .ok()
            .filter(|number| *number > 0)
            .ok_or(EXPECTED)?;
        let scale = match unit {
            "" => return Ok(ShardSize::Records(number)),
            "kB" => 1000,
            "MB" => 1000 * 1000,
            "GB" => 1000 * 1000 * 1000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(EXPECTED),
        };
        number
            .checked_mul(scale)
            .map(ShardSize::Bytes)
            .ok_or(EXPECTED)
    }
}
