//! One record's answer beside the truth.

use anyhow::{Context, bail};
use domain::{Classification, Code, CodeStatus, Level, Scored, Scores, Suggestions};

/// The true code of a record, at whatever level it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    code: Code,
    /// From the finest level to the broadest, the place of the true group; `None` below the code's
    /// own level.
    groups: [Option<usize>; 5],
}

/// The model's best group of one level.
#[derive(Debug, Clone, Copy)]
pub struct LevelOutcome {
    pub confidence: f32,
    /// Its place among the groups of the level.
    pub answer: usize,
    pub is_right: bool,
}

/// What became of one record.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// From the finest level to the broadest; `None` where the truth is not known so finely.
    pub levels: [Option<LevelOutcome>; 5],
    /// How many occupations the model thinks likelier than the true one.
    pub rank: Option<usize>,
    /// The place of the true occupation.
    pub occupation: Option<usize>,
    /// The digits of the answer that the service would give, and whether they are right.
    pub coded: Option<(usize, bool)>,
}

impl Truth {
    /// Looks a code up in the classification.
    pub fn new(code: Code, classification: &Classification) -> anyhow::Result<Self> {
        let mut groups = [None; 5];
        for (place, level) in groups.iter_mut().zip(Level::FINEST_FIRST) {
            let Some(ancestor) = code.at(level) else { continue };
            let found = classification.groups(level).binary_search_by(|g| g.code.cmp(&ancestor));
            *place = Some(found.ok().with_context(|| format!("the topic has no code {code}"))?);
        }
        if groups.iter().all(Option::is_none) {
            bail!("{code} is no code of any level");
        }
        Ok(Self { code, groups })
    }
}

impl Outcome {
    /// Compares the scores of a record with the truth.
    pub fn of(
        scores: &Scores,
        truth: &Truth,
        classification: &Classification,
        threshold: f32,
    ) -> anyhow::Result<Self> {
        let mut levels = [None; 5];
        for ((outcome, level), group) in
            levels.iter_mut().zip(Level::FINEST_FIRST).zip(truth.groups)
        {
            let best = scores.best(level, 1, classification);
            *outcome = group.zip(best.first()).map(|(group, &(best, confidence))| LevelOutcome {
                confidence,
                answer: best,
                is_right: best == group,
            });
        }
        let rank = truth.groups[0].map(|occupation| rank_of(scores.occupations(), occupation));
        let coded =
            Scored { scores, classification, threshold }.code_with_fallback(Suggestions::new(1)?);
        let coded = match coded.status {
            CodeStatus::Successful => coded.result.first().map(|best| {
                (best.code_category.level().digits(), agree(&best.code_category, &truth.code))
            }),
            CodeStatus::Unsuccessful => None,
        };
        Ok(Self { levels, rank, occupation: truth.groups[0], coded })
    }
}

fn rank_of(probabilities: &[f32], occupation: usize) -> usize {
    let own = probabilities[occupation];
    // Equals are ordered by code, as in `Scores::best`.
    let is_before =
        |(index, other): (usize, &f32)| other.total_cmp(&own).then(occupation.cmp(&index)).is_gt();
    probabilities.iter().enumerate().filter(|&pair| is_before(pair)).count()
}

/// Whether two codes are the same as far as both go.
fn agree(one: &Code, other: &Code) -> bool {
    one.as_str().starts_with(other.as_str()) || other.as_str().starts_with(one.as_str())
}
