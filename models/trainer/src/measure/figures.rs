//! The headline figures of an evaluation.

use serde::{Deserialize, Serialize};

use super::{LevelOutcome, Outcome, calibration_error, right_among_surest, share};
use crate::say::print;

/// The figures that an evaluation ends with. Shares are from 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub records: usize,
    /// The true occupation is the likeliest.
    pub top1: f64,
    /// It is among the three likeliest.
    pub top3: f64,
    /// It is among the five likeliest.
    pub top5: f64,
    /// The likeliest unit group (four digits) is the true one.
    pub unit_group: f64,
    /// The likeliest major group (one digit) is the true one.
    pub major: f64,
    /// The expected calibration error of the likeliest occupation.
    pub ece: f64,
    /// The service would answer, at whatever level.
    pub coded: f64,
    /// Of those answers, the right ones.
    pub coded_right: f64,
    /// The mean number of digits of those answers.
    pub mean_level: f64,
    /// Right occupations among the surest 60 %.
    pub right_at_60: f64,
    /// Among the surest 75 %.
    pub right_at_75: f64,
    /// Among the surest 85 %.
    pub right_at_85: f64,
}

impl Figures {
    /// The figures of some outcomes. Records whose code has too few digits for a figure are left
    /// out of that figure.
    #[expect(clippy::cast_precision_loss, reason = "sums of digits")]
    pub fn of(outcomes: &[&Outcome]) -> Self {
        let among = |most: usize| {
            share(outcomes.iter().filter_map(|outcome| outcome.rank).map(|rank| rank < most))
        };
        let at = |level: usize| outcomes.iter().filter_map(move |outcome| outcome.levels[level]);
        let right = |level: usize| share(at(level).map(|answer| answer.is_right));
        let occupations: Vec<LevelOutcome> = at(0).collect();
        let coded: Vec<(usize, bool)> =
            outcomes.iter().filter_map(|outcome| outcome.coded).collect();
        let digits: usize = coded.iter().map(|(digits, _)| digits).sum();
        Self {
            records: outcomes.len(),
            top1: among(1),
            top3: among(3),
            top5: among(5),
            unit_group: right(1),
            major: right(4),
            ece: calibration_error(occupations.iter().copied()),
            coded: share(outcomes.iter().map(|outcome| outcome.coded.is_some())),
            coded_right: share(coded.iter().map(|&(_, is_right)| is_right)),
            mean_level: digits as f64 / coded.len().max(1) as f64,
            right_at_60: right_among_surest(&occupations, 60),
            right_at_75: right_among_surest(&occupations, 75),
            right_at_85: right_among_surest(&occupations, 85),
        }
    }

    /// The figures as rows of a table: what each one is, and its value.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let per_cent = |share: f64| format!("{:.1} %", 100.0 * share);
        vec![
            ("records", self.records.to_string()),
            ("occupation right", per_cent(self.top1)),
            ("... among the best 3", per_cent(self.top3)),
            ("... among the best 5", per_cent(self.top5)),
            ("unit group right", per_cent(self.unit_group)),
            ("major group right", per_cent(self.major)),
            ("calibration error", per_cent(self.ece)),
            ("answered at some level", per_cent(self.coded)),
            ("... and right there", per_cent(self.coded_right)),
            ("... digits of the answer", format!("{:.2}", self.mean_level)),
            ("right among the surest 60 %", per_cent(self.right_at_60)),
            ("right among the surest 75 %", per_cent(self.right_at_75)),
            ("right among the surest 85 %", per_cent(self.right_at_85)),
        ]
    }
}

/// Prints the figures of all records, of those with a title only and of those with tasks.
pub fn print_columns(figures: [&Figures; 3]) {
    let [all, title_only, with_tasks] = figures.map(Figures::rows);
    print(&format!("{:28} {:>9} {:>11} {:>11}", "", "all", "title only", "with tasks"));
    for (((name, all), (_, title_only)), (_, with_tasks)) in
        all.into_iter().zip(title_only).zip(with_tasks)
    {
        print(&format!("{name:28} {all:>9} {title_only:>11} {with_tasks:>11}"));
    }
}
