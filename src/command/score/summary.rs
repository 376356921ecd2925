//! The rates as a table, for people.

use std::fmt;

use super::tally::{Group, Rates, Tally};

pub struct Summary<'a> {
    pub tally: &'a Tally,
    pub bad_rows: u64,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (all, by_size) = self.tally.groups();
        write!(f, "{} rows, {} answers", all.rows, all.answers)?;
        if self.tally.fenced > 0 {
            write!(f, "; fences taken off: {}", self.tally.fenced)?;
        }
        if self.bad_rows > 0 {
            write!(f, "; bad rows: {}", self.bad_rows)?;
        }
        if all.rows == 0 {
            return Ok(());
        }
        // With one sample each, pass@1 is the share of those that are the same.
        let samples: Vec<usize> = match all.answers > all.rows {
            true => all.pass_at.keys().copied().collect(),
            false => Vec::new(),
        };
        write!(f, "\n{:>12} {:>8}", "instructions", "rows")?;
        for name in ["compiles", "same", "identical", "functions", "instructions"] {
            write!(f, " {name:>12}")?;
        }
        for k in &samples {
            write!(f, " {:>8}", format!("pass@{k}"))?;
        }
        let sizes = by_size.iter().filter(|group| group.rows > 0);
        sizes
            .chain([&all])
            .try_for_each(|group| line(f, group, &samples))
    }
}

fn line(f: &mut fmt::Formatter, group: &Group, samples: &[usize]) -> fmt::Result {
    write!(f, "\n{:>12} {:>8}", group.instructions, group.rows)?;
    let Rates {
        compiles,
        same,
        identical,
        functions,
        instructions,
    } = group.rates;
    for rate in [compiles, same, identical, functions, instructions] {
        write!(f, " {:>11.1}%", rate * 100.0)?;
    }
    for k in samples {
        match group.pass_at.get(k) {
            Some(rate) => write!(f, " {:>7.1}%", rate * 100.0)?,
            None => write!(f, " {:>8}", "-")?,
        }
    }
    Ok(())
}
