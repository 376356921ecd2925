//! A page that shows the rates and the worst answers.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::Result;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};

use super::card::Card;
use super::tally::Tally;
use super::verdict::Level;
use crate::command::io::output::Output;
use crate::command::io::shown::escaped_lines;

/// How many answers the page shows that differ, and as many that fail.
const MAX_CARDS: usize = 150;

pub struct Page {
    output: Output,
    differ: Worst,
    fail: Worst,
}

/// The worst answers of many: the least similar first, then as they came.
#[derive(Default)]
struct Worst {
    cards: BTreeMap<(u64, u64, usize), Card>,
    /// How many there were.
    all: u64,
}

impl Worst {
    fn add(&mut self, card: Card) {
        self.all += 1;
        // Floats that are not negative are ordered as their bits are.
        let place = (card.similarity.to_bits(), card.line, card.sample);
        self.cards.insert(place, card);
        if self.cards.len() > MAX_CARDS {
            self.cards.pop_last();
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

    pub fn add(&mut self, card: Card) {
        match card.level {
            Level::Fails => self.fail.add(card),
            _ => self.differ.add(card),
        }
    }

    /// Writes the page and moves it to its path.
    pub fn finish(mut self, name: &str, tally: &Tally, bad_rows: u64) -> Result<()> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.add_filter("percent", |rate: f64| format!("{:.1}", rate * 100.0));
        environment.add_template("page", include_str!("page.html"))?;
        let (all, by_size) = tally.groups();
        let several = all.answers > all.rows;
        let (differ, fail) = (self.differ.all, self.fail.all);
        let worst = [self.differ, self.fail].map(|worst| worst.cards.into_values());
        let cards: Vec<Card> = worst.into_iter().flatten().collect();
        let page = environment.get_template("page")?.render(context! {
            name,
            several,
            all => Value::from(Serde(all)),
            by_size => Value::from(Serde(by_size)),
            fenced => tally.fenced,
            bad_rows,
            differ,
            fail,
            cards => Value::from(Serde(cards)),
        })?;
        self.output.write_all(escaped_lines(&page).as_bytes())?;
        self.output.finish()
    }
}
