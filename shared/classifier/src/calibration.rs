//! Calibration: from the network's logits to probabilities that mean what they say.

use serde::{Deserialize, Serialize};

use crate::network::Rows;

/// Ensemble temperature scaling (Zhang, Kailkhura and Han 2020, *Mix-n-Match: Ensemble and
/// Compositional Methods for Uncertainty Calibration in Deep Learning*) with two terms: the logits
/// are divided by a temperature, as in plain temperature scaling (Guo, Pleiss, Sun and Weinberger
/// 2017), and a share of the probability goes by twice that temperature instead, as an answer
/// that looks certain is still wrong at times. Both numbers were fitted on records which took no
/// part in training, for each kind of record by itself, as the network is too sure of itself to a
/// different degree in each. Neither changes the order of the occupations.
///
/// It works on the occupations alone. The groups above are sums of their occupations, so no level
/// can contradict another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Calibration {
    /// The temperature of records with a title only.
    pub title_only: f32,
    /// That of records with tasks.
    pub with_tasks: f32,
    /// That of records in words that the model hardly knows.
    pub unfamiliar: f32,
    /// The shares that go by the higher temperature.
    #[serde(default)]
    pub doubt: Doubt,
    /// A record is unfamiliar if a smaller share of its features than this is known.
    pub unfamiliar_below: f32,
}

/// The shares of the probability, from 0 to 1, that go by twice the temperature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Doubt {
    /// For records with a title only.
    pub title_only: f32,
    /// For records with tasks.
    pub with_tasks: f32,
    /// For records in words that the model hardly knows.
    pub unfamiliar: f32,
}

/// What calibration tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A title and no tasks.
    TitleOnly,
    /// Tasks, with or without a title.
    WithTasks,
    /// Mostly unknown features.
    Unfamiliar,
}

impl Calibration {
    /// Leaves the network's own probabilities as they are.
    pub const NONE: Self = Self {
        title_only: 1.0,
        with_tasks: 1.0,
        unfamiliar: 1.0,
        doubt: Doubt { title_only: 0.0, with_tasks: 0.0, unfamiliar: 0.0 },
        unfamiliar_below: 0.6,
    };

    /// Which kind of record this is.
    #[must_use]
    pub fn shape(&self, rows: &Rows) -> Shape {
        if rows.known_share() < self.unfamiliar_below {
            Shape::Unfamiliar
        } else if rows.tasks.is_empty() {
            Shape::TitleOnly
        } else {
            Shape::WithTasks
        }
    }

    /// The temperature and the doubt for a kind of record.
    fn of(&self, shape: Shape) -> (f32, f32) {
        match shape {
            Shape::TitleOnly => (self.title_only, self.doubt.title_only),
            Shape::WithTasks => (self.with_tasks, self.doubt.with_tasks),
            Shape::Unfamiliar => (self.unfamiliar, self.doubt.unfamiliar),
        }
    }

    /// The probabilities of all occupations, which sum to 1.
    #[must_use]
    pub fn probabilities(&self, logits: &[f32], rows: &Rows) -> Vec<f32> {
        let (temperature, doubt) = self.of(self.shape(rows));
        calibrated(logits, temperature, doubt)
    }
}

/// The softmax of the logits at a temperature, and for a share of it, the doubt, at twice that.
#[must_use]
pub fn calibrated(logits: &[f32], temperature: f32, doubt: f32) -> Vec<f32> {
    let highest = highest(logits);
    // Powers of two instead of e, with the change of base in the factor.
    let sharpness = std::f32::consts::LOG2_E / temperature;
    let mut odds: Vec<f32> =
        logits.iter().map(|logit| power_of_two((logit - highest) * sharpness)).collect();
    let share = (1.0 - doubt) / sum(odds.iter().copied());
    if doubt > 0.0 {
        // At twice the temperature, odds are the square roots of what they were.
        let doubtful = doubt / sum(odds.iter().map(|odds| odds.sqrt()));
        for odds in &mut odds {
            *odds = *odds * share + odds.sqrt() * doubtful;
        }
    } else {
        for odds in &mut odds {
            *odds *= share;
        }
    }
    odds
}

/// Summed in double precision: a thousand small terms must not add up to 1.0001.
#[expect(clippy::cast_possible_truncation, reason = "at most the number of occupations")]
fn sum(odds: impl Iterator<Item = f32>) -> f32 {
    odds.map(f64::from).sum::<f64>() as f32
}

/// The highest of some numbers, in eight lanes, as one after the other they would wait for each other.
fn highest(numbers: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; 8];
    let (chunks, rest) = numbers.as_chunks::<8>();
    for chunk in chunks {
        for (lane, &number) in lanes.iter_mut().zip(chunk) {
            *lane = if number > *lane { number } else { *lane };
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max)
}

/// 2 to a power from 0 downwards, to about the last bit of a float. The library's exponential takes
/// a tenth of the time of a whole record, as it is called for each occupation and is not vectorised.
fn power_of_two(power: f32) -> f32 {
    /// The Taylor series of 2 to a power between -½ and ½, highest term first.
    const TERMS: [f32; 7] = [
        1.540_353e-4,
        1.333_355_8e-3,
        9.618_129e-3,
        5.550_411e-2,
        2.402_265e-1,
        std::f32::consts::LN_2,
        1.0,
    ];
    /// Adding this leaves no bit for fractions, and the whole number in the lowest bits.
    const ROUNDER: f32 = 12_582_912.0;
    let power = if power < -126.0 { -126.0 } else { power };
    let rounded = power + ROUNDER;
    let part = power - (rounded - ROUNDER);
    let series = TERMS.iter().fold(0.0, |sum, term| sum * part + term);
    // The exponent of a float stands above its 23 other bits, with 127 for nought.
    series * f32::from_bits(rounded.to_bits().wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn probabilities_sum_to_one_and_keep_the_order(
            logits in prop::collection::vec(-40.0_f32..40.0, 1..1200),
            temperature in 0.3_f32..4.0,
            doubt in prop_oneof![Just(0.0_f32), 0.0_f32..1.0],
        ) {
            let probabilities = calibrated(&logits, temperature, doubt);
            prop_assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-4);
            for (pair, scores) in probabilities.windows(2).zip(logits.windows(2)) {
                prop_assert!((scores[0] < scores[1]) || pair[0] >= pair[1] * (1.0 - 1e-6));
            }
        }
    }

    #[test]
    fn powers_are_those_of_the_library() {
        for step in 0..12_600_u16 {
            let power = -f32::from(step) / 100.0;
            let (ours, theirs) = (power_of_two(power), power.exp2());
            assert!((ours / theirs - 1.0).abs() < 1e-6, "{power}: {ours} and {theirs}");
        }
    }

    #[test]
    fn records_of_unknown_words_are_unfamiliar() {
        let shape = |title: &[u32], tasks: &[u32], unknown| {
            let rows =
                Rows { title: title.to_vec(), tasks: tasks.to_vec(), unknown, ..Rows::default() };
            Calibration::NONE.shape(&rows)
        };
        assert_eq!(shape(&[], &[], 0), Shape::Unfamiliar);
        assert_eq!(shape(&[1, 2], &[], 9), Shape::Unfamiliar);
        assert_eq!(shape(&[1, 2], &[], 1), Shape::TitleOnly);
        assert_eq!(shape(&[], &[3], 0), Shape::WithTasks);
    }
}
