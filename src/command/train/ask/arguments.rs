//! The arguments of `luadec-tok ask`.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::command::dialect::file::DialectArgs;
use crate::command::sizes;
use crate::command::train::compile::arguments::CompilerArgs;

#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Rows:
  A row is a line of JSON with the id of an outline, the path of the chunk, the first function \
that has this outline, and the count of those that have it. Functions with the same outline are \
asked about once. The prompt is that of the records that luadec-tok dataset --unit outline makes. \
luadec-tok assemble takes the answers.

Examples:
  luadec-tok ask game.luac > asks.jsonl
  luadec-tok ask game.luac --form openai --model lua-7b -o batch.jsonl
  luadec-tok ask game.luac --tokenizer lua-7b/ --max-tokens 8k > asks.jsonl
  luadec-tok ask game.luac --after answers.jsonl > again.jsonl
  luadec-tok ask --strip --dialect androlua game.luac > asks.jsonl

Exit status:
  0  the prompts were written, even if some were left out by --max-tokens
  1  an input or an output failed, or the chunk has a function that no source can have
  2  the command line is wrong")]
pub struct Ask {
    /// Chunk to decompile; - for standard input
    #[arg(value_name = "CHUNK", display_order = 0, help_heading = "Input")]
    pub chunk: PathBuf,
    #[command(flatten, next_help_heading = "Input")]
    pub dialect: DialectArgs,
    /// Clear debug information first, as luac -s does
    #[arg(short, long, help_heading = "Prompts")]
    pub strip: bool,
    #[arg(
        short,
        long,
        value_enum,
        hide_possible_values = true,
        help_heading = "Prompts",
        help = "prompt, messages, openai or ids [default: prompt]",
        long_help = "\
The form of a row [default: prompt, or ids with --tokenizer]

  prompt    the outline in `prompt`
  messages  the outline in `messages`, as a user turn
  openai    a request of the batch format that vLLM's run-batch and compatible servers read
  ids       token ids in `input_ids`, up to where the answer begins; needs --tokenizer"
    )]
    pub form: Option<Form>,
    /// Name of the model, for --form openai
    #[arg(
        long,
        value_name = "NAME",
        required_if_eq("form", "openai"),
        help_heading = "Prompts"
    )]
    pub model: Option<String>,
    /// Ask again about what these answers do not prove
    ///
    /// The answers are judged as luadec-tok assemble does it. A row has the best attempt and its first
    /// difference, too: in a second user turn, or at the end of the prompt. Of a long attempt it has the
    /// start. Several files are named with several --after.
    #[arg(
        long,
        value_name = "ANSWERS",
        action = ArgAction::Append,
        help_heading = "Another round"
    )]
    pub after: Vec<PathBuf>,
    #[command(flatten, next_help_heading = "Another round")]
    pub compiler: CompilerArgs,
    /// Count tokens with this tokenizer.json, and write ids
    ///
    /// PATH is a tokenizer.json or the directory that has it. Rows of all forms but openai get the key
    /// `tokens`, the length of the prompt.
    #[arg(long, value_name = "PATH", help_heading = "Tokens")]
    pub tokenizer: Option<PathBuf>,
    /// Leave out prompts of more than N tokens, and report them
    ///
    /// Such as 4096 or 4k. The answer needs room, too.
    #[arg(
        long,
        value_name = "N",
        value_parser = sizes::count::<u32>,
        requires = "tokenizer",
        help_heading = "Tokens"
    )]
    pub max_tokens: Option<u32>,
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        requires = "tokenizer",
        hide_possible_values = true,
        hide_short_help = true,
        help_heading = "Tokens",
        help = "Text around the prompt: messages or completion [default: messages]",
        long_help = "\
What tokens are counted around the prompt, as in dataset --format [default: messages]

  messages    the turns of ChatML, or of --template
  completion  none"
    )]
    pub format: Option<PromptFormat>,
    /// Use a chat template instead of ChatML
    ///
    /// F is a Jinja template, as in tokenizer_config.json.
    #[arg(
        long,
        value_name = "F",
        requires = "tokenizer",
        hide_short_help = true,
        help_heading = "Tokens"
    )]
    pub template: Option<PathBuf>,
    /// Write to file F [default: -, standard output]
    ///
    /// The file is compressed if F ends in .zst or .gz. It appears whole or not at all.
    #[arg(short, long, value_name = "F", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// The form of a row.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Form {
    Prompt,
    Messages,
    Openai,
    Ids,
}

/// What stands around the prompt of a record.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum PromptFormat {
    Messages,
    Completion,
}

impl Ask {
    /// Returns the form of the rows.
    pub fn form(&self) -> Form {
        self.form.unwrap_or(match self.tokenizer {
            Some(_) => Form::Ids,
            None => Form::Prompt,
        })
    }
}
