//! Which records are trained on, which calibrated on, and which held out for the figures.

use std::collections::HashSet;

use clap::ValueEnum;
use classifier::{Words, digest};

/// A part of the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Part {
    /// 85 %: the network's weights are fitted on it.
    Train,
    /// 5 %: temperatures and threshold are fitted on it.
    Calibrate,
    /// 10 %: nothing is fitted on it.
    Test,
}

/// Splits by the normalised text alone: it takes no seed, no order of records and no label, so a
/// text stays on its side when the corpus grows, and is on the same side for every topic.
#[derive(Debug, Default)]
pub struct Split {
    /// Texts that are always trained on.
    official: HashSet<String>,
}

impl Split {
    /// A split that keeps these titles, when they stand without tasks, for training. They are the
    /// classification's own: a service must know them, and as test records they would only flatter.
    pub fn with_official<'a>(titles: impl Iterator<Item = &'a str>) -> Self {
        Self { official: titles.map(|title| key(title, "")).collect() }
    }

    /// The part that a text belongs to.
    pub fn part(&self, title: &str, tasks: &str) -> Part {
        let key = key(title, tasks);
        if self.official.contains(&key) {
            return Part::Train;
        }
        let start = u32::from_str_radix(&digest(key.as_bytes())[..8], 16).unwrap_or_default();
        match start % 100 {
            0..10 => Part::Test,
            10..15 => Part::Calibrate,
            _ => Part::Train,
        }
    }
}

/// A text as the featuriser sees it.
pub fn key(title: &str, tasks: &str) -> String {
    let joined = |text: &str| Words::of(text).iter().collect::<Vec<_>>().join(" ");
    format!("{}|{}", joined(title), joined(tasks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_on_one_side_however_it_is_written() {
        let split = Split::default();
        for number in 0..200 {
            let part = split.part(&format!("title {number}"), "Tasks & more");
            assert_eq!(part, split.part(&format!(" TITLE-{number}. "), "task and more"));
        }
    }

    #[test]
    fn official_titles_are_trained_on() {
        let titles: Vec<String> = (0..200).map(|number| format!("Title {number}")).collect();
        let split = Split::with_official(titles.iter().map(String::as_str));
        assert!(titles.iter().all(|title| split.part(title, "") == Part::Train));
    }
}
