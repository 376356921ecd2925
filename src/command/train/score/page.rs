//! The HTML page with the rates and the worst answers.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use minijinja::value::{Serde, Value as Shared};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;
use serde_json::Value;

use super::against::short;
use super::card::Card;
use super::rates::{Group, Rates, counted};
use super::result::{Answer, Level, ScoredRow};
use crate::command::io::output::Output;
use crate::command::io::shown::escaped_lines;

/// The number of answers shown that differ, and also the number shown that fail.
const MAX_SHOWN: usize = 150;

pub struct HtmlPage {
    output: Output,
    differ: Worst,
    fail: Worst,
}

/// The worst answers: the least similar first, then in the order of the rows.
#[derive(Default)]
struct Worst {
    shown: BTreeMap<(u64, u64, usize), PageEntry>,
    /// The number of all answers, shown or not.
    all: u64,
}

/// An answer on the page.
#[derive(Serialize)]
struct PageEntry {
    line: u64,
    /// Its index among the samples of the row.
    sample: usize,
    id: Option<String>,
    level: Level,
    #[serde(flatten)]
    answer: Answer,
    #[serde(flatten)]
    card: Card,
}

impl Worst {
    fn add(&mut self, shown: PageEntry) {
        self.all += 1;
        // The bits of non-negative floats have the order of the floats.
        let place = (shown.answer.similarity.to_bits(), shown.line, shown.sample);
        self.shown.insert(place, shown);
        if self.shown.len() > MAX_SHOWN {
            self.shown.pop_last();
        }
    }
}

impl HtmlPage {
    /// Opens the file of the page.
    pub fn new(path: &Path) -> Result<HtmlPage> {
        Ok(HtmlPage {
            output: Output::file(path)?,
            differ: Worst::default(),
            fail: Worst::default(),
        })
    }

    /// Adds the answers of a row that have a card.
    pub fn add(&mut self, row: ScoredRow) {
        let id = row.id.as_ref().map(|id| match id {
            Value::String(id) => id.clone(),
            id => id.to_string(),
        });
        let line = row.line;
        for (sample, judged) in row.into_answers().into_iter().enumerate() {
            let Some(card) = judged.card else { continue };
            let level = judged.answer.level();
            let worst = match level {
                Level::Fails => &mut self.fail,
                _ => &mut self.differ,
            };
            worst.add(PageEntry {
                line,
                sample,
                id: id.clone(),
                level,
                answer: judged.answer,
                card,
            });
        }
    }

    /// Writes the page and puts it in place. `name` is the input in its title.
    pub fn finish(mut self, name: &str, rates: &Rates) -> Result<()> {
        let environment = templates()?;
        let (differ, fail) = (self.differ.all, self.fail.all);
        let worst = [self.differ, self.fail].map(|worst| worst.shown.into_values());
        let cards: Vec<PageEntry> = worst.into_iter().flatten().collect();
        let page = environment.get_template("page")?.render(context! {
            name,
            samples => rates.all.samples(),
            rates => Shared::from(Serde(rates)),
            sizes => named(rates.by_size.iter().chain([&rates.all])),
            constructs => named(&rates.by_construct),
            debug => named(&rates.by_debug),
            p_value => rates.against.as_ref().map(|against| short(against.p_value)),
            differ,
            fail,
            cards => Shared::from(Serde(cards)),
        })?;
        self.output.write_all(escaped_lines(&page).as_bytes())?;
        self.output.finish()
    }
}

/// Returns groups with their names, for the page.
fn named<'g>(groups: impl IntoIterator<Item = &'g Group>) -> Shared {
    let named = groups.into_iter();
    named
        .map(|group| {
            vec![
                Shared::from(group.name.to_string()),
                Shared::from(Serde(group)),
            ]
        })
        .collect()
}

/// Returns the environment with the template of the page.
pub fn templates() -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("percent", |rate: f64| format!("{:.1}", rate * 100.0));
    environment.add_filter("counted", |count: u64, what: &str| counted(count, what));
    environment.add_template("page", include_str!("page.html"))?;
    Ok(environment)
}
