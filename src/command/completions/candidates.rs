//! What may stand in place of the last word of a command line.

use clap::{Arg, Command, ValueHint};
use luadec_tok::dialect::BUILTIN;

/// What may stand there.
#[derive(Debug, Default, PartialEq)]
pub struct Candidates {
    /// The paths that may, which the shell knows best.
    pub paths: Paths,
    /// Words, each with its help.
    pub words: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Paths {
    #[default]
    None,
    Files,
    Directories,
}

/// Returns what may stand in place of the last of the words after the command's name. The command is
/// built.
pub fn candidates(root: &Command, words: &[String]) -> Candidates {
    let Some((word, before)) = words.split_last() else {
        return Candidates::default();
    };
    let mut place = Place {
        root,
        command: root,
        option: None,
        options_ended: false,
        positionals: 0,
        is_first: true,
    };
    for word in before {
        place.pass(word);
    }
    let mut candidates = place.candidates(word);
    candidates
        .words
        .retain(|(candidate, _)| candidate.starts_with(word.as_str()));
    candidates
}

/// A place in the command line.
struct Place<'c> {
    root: &'c Command,
    /// The command, or its subcommand.
    command: &'c Command,
    /// The option whose value comes next.
    option: Option<&'c Arg>,
    /// True if `--` has been passed.
    options_ended: bool,
    /// How many positional arguments have been passed.
    positionals: usize,
    /// True if nothing of the command has been passed. Only here may a subcommand stand.
    is_first: bool,
}

impl<'c> Place<'c> {
    /// Passes a word.
    fn pass(&mut self, word: &str) {
        let is_first = std::mem::take(&mut self.is_first);
        if self.option.take().is_some() {
            return;
        }
        if !self.options_ended && word.len() > 1 && word.starts_with('-') {
            match word.strip_prefix("--") {
                Some("") => self.options_ended = true,
                Some(name) => self.option = self.long(name).filter(|option| takes_value(option)),
                None => self.option = self.short(word),
            }
        } else if is_first && let Some(subcommand) = self.command.find_subcommand(word) {
            self.command = subcommand;
            self.is_first = true;
        } else {
            self.positionals += 1;
        }
    }

    /// The option of a long name.
    fn long(&self, name: &str) -> Option<&'c Arg> {
        let mut arguments = self.command.get_arguments();
        arguments.find(|argument| longs(argument).any(|long| long == name))
    }

    /// The option at the end of a cluster of short ones whose value comes next.
    fn short(&self, word: &str) -> Option<&'c Arg> {
        let mut options = word.chars().skip(1).map(|short| {
            let mut arguments = self.command.get_arguments();
            arguments.find(|argument| argument.get_short() == Some(short))
        });
        // What follows an option that takes a value is the value.
        let option = options.find(|option| option.is_none_or(takes_value))?;
        option.filter(|_| options.next().is_none())
    }

    /// What may stand here, if it begins as the word does.
    fn candidates(&self, word: &str) -> Candidates {
        if let Some(option) = self.option {
            return self.values(option);
        }
        if !self.options_ended && word.starts_with('-') {
            return match word
                .strip_prefix("--")
                .and_then(|word| word.split_once('='))
            {
                Some((name, _)) => self.values_of_long(name),
                None => self.options(word),
            };
        }
        let mut candidates = match self.positional() {
            Some(argument) => self.values(argument),
            None => Candidates::default(),
        };
        if self.is_first {
            candidates.words.extend(subcommands(self.command));
        }
        candidates
    }

    /// The positional argument here.
    fn positional(&self) -> Option<&'c Arg> {
        let mut positionals = self
            .command
            .get_positionals()
            .filter(|argument| !argument.is_hide_set());
        let many = |argument: &&Arg| {
            argument
                .get_num_args()
                .is_some_and(|count| count.max_values() > 1)
        };
        let last = self.command.get_positionals().last().filter(many);
        positionals.nth(self.positionals).or(last)
    }

    /// The options that begin like this. Only a short one that is there already is offered, so that
    /// the shell goes on after it: each has a long name, too.
    fn options(&self, word: &str) -> Candidates {
        let options = self
            .command
            .get_arguments()
            .filter(|argument| !argument.is_hide_set());
        let words = options.flat_map(|option| {
            let help = first_line(option.get_help());
            let short = option.get_short().map(|short| format!("-{short}"));
            let short = short.filter(|short| short == word);
            let names = longs(option).map(|long| format!("--{long}")).chain(short);
            names.map(move |name| (name, help.clone()))
        });
        Candidates {
            words: words.collect(),
            ..Candidates::default()
        }
    }

    /// The values of `--name=`, with that before them.
    fn values_of_long(&self, name: &str) -> Candidates {
        let mut candidates = match self.long(name) {
            Some(option) if takes_value(option) => self.values(option),
            _ => Candidates::default(),
        };
        for (word, _) in &mut candidates.words {
            word.insert_str(0, &format!("--{name}="));
        }
        candidates
    }

    /// What an argument can be.
    fn values(&self, argument: &Arg) -> Candidates {
        let values = argument.get_possible_values().into_iter();
        let values = values.filter(|value| !value.is_hide_set());
        let words: Vec<(String, String)> = values
            .map(|value| (value.get_name().to_owned(), first_line(value.get_help())))
            .collect();
        if !words.is_empty() {
            return Candidates {
                words,
                ..Candidates::default()
            };
        }
        if argument.get_id() == "dialect" {
            let names = BUILTIN
                .iter()
                .map(|(name, _)| ((*name).to_owned(), String::new()));
            return Candidates {
                paths: Paths::Files,
                words: names.collect(),
            };
        }
        match argument.get_value_hint() {
            ValueHint::AnyPath | ValueHint::FilePath => Candidates {
                paths: Paths::Files,
                ..Candidates::default()
            },
            ValueHint::DirPath => Candidates {
                paths: Paths::Directories,
                ..Candidates::default()
            },
            // The command that an argument of ours names is a subcommand.
            ValueHint::CommandName => Candidates {
                words: subcommands(self.root).collect(),
                ..Candidates::default()
            },
            _ => Candidates::default(),
        }
    }
}

fn subcommands(command: &Command) -> impl Iterator<Item = (String, String)> {
    let subcommands = command
        .get_subcommands()
        .filter(|subcommand| !subcommand.is_hide_set());
    subcommands.map(|subcommand| {
        (
            subcommand.get_name().to_owned(),
            first_line(subcommand.get_about()),
        )
    })
}

fn longs(argument: &Arg) -> impl Iterator<Item = &str> {
    argument
        .get_long_and_visible_aliases()
        .into_iter()
        .flatten()
}

fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values()
}

fn first_line(help: Option<&clap::builder::StyledStr>) -> String {
    let help = help.map(ToString::to_string).unwrap_or_default();
    help.lines().next().unwrap_or_default().to_owned()
}
