//! How good a model's answers are.

mod bootstrap;
mod breakdown;
mod calibration_error;
mod coverage;
mod figures;
mod outcome;
mod section;
mod variants;

pub use bootstrap::{Interval, interval};
pub use breakdown::{Confusion, MajorGroup, by_major_group, confusions};
pub use calibration_error::{ReliabilityBin, calibration_error, reliability};
pub use coverage::{CoveragePoint, right_among_surest, risk_coverage};
pub use figures::{Figures, print_columns};
pub use outcome::{LevelOutcome, Outcome, Truth};
pub use section::Section;
pub use variants::WAYS;

/// The share of some outcomes of which something holds: 0 if there are none.
#[expect(clippy::cast_precision_loss, reason = "counts of records")]
pub fn share(holds: impl Iterator<Item = bool>) -> f64 {
    let (mut count, mut all) = (0_usize, 0_usize);
    for holds in holds {
        count += usize::from(holds);
        all += 1;
    }
    count as f64 / all.max(1) as f64
}
