//! A page that shows the rates and the worst answers.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use minijinja::value::{Serde, Value as Shared};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;
use serde_json::Value;

use super::card::Card;
use super::rates::Rates;
use super::result::{Answer, Level, Row};
use crate::command::io::output::Output;
use crate::command::io::shown::escaped_lines;

/// How many answers the page shows that differ, and as many that fail.
const MAX_SHOWN: usize = 150;

pub struct Page {
    output: Output,
    differ: Worst,
    fail: Worst,
}

/// The worst answers of many: the least similar first, then as they came.
#[derive(Default)]
struct Worst {
    shown: BTreeMap<(u64, u64, usize), Shown>,
    /// How many there were.
    all: u64,
}

/// An answer on the page.
#[derive(Serialize)]
struct Shown {
    line: u64,
    /// Which of several samples it is, counted from 0.
    sample: usize,
    id: Option<String>,
    level: Level,
    #[serde(flatten)]
    answer: Answer,
    #[serde(flatten)]
    card: Card,
}

impl Worst {
    fn add(&mut self, shown: Shown) {
        self.all += 1;
        // Floats that are not negative are ordered as their bits are.
        let place = (shown.answer.similarity.to_bits(), shown.line, shown.sample);
        self.shown.insert(place, shown);
        if self.shown.len() > MAX_SHOWN {
            self.shown.pop_last();
        }
    }
}

impl Page {
    pub fn new(path: &Path) -> Result<Page> {
        Ok(Page {
            output: Output::file(path)?,
            differ: Worst::default(),
            fail: Worst::default(),
        })
    }

    /// Adds the answers of a row that are to be shown.
    pub fn add(&mut self, row: Row) {
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
            worst.add(Shown {
                line,
                sample,
                id: id.clone(),
                level,
                answer: judged.answer,
                card,
            });
        }
    }

    /// Writes the page and moves it to its path.
    pub fn finish(mut self, name: &str, rates: &Rates) -> Result<()> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.add_filter("percent", |rate: f64| format!("{:.1}", rate * 100.0));
        environment.add_template("page", include_str!("page.html"))?;
        let (differ, fail) = (self.differ.all, self.fail.all);
        let worst = [self.differ, self.fail].map(|worst| worst.shown.into_values());
        let cards: Vec<Shown> = worst.into_iter().flatten().collect();
        let page = environment.get_template("page")?.render(context! {
            name,
            samples => rates.all.samples(),
            rates => Shared::from(Serde(rates)),
            differ,
            fail,
            cards => Shared::from(Serde(cards)),
        })?;
        self.output.write_all(escaped_lines(&page).as_bytes())?;
        self.output.finish()
    }
}
