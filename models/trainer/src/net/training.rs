//! The training loop.

use std::collections::HashMap;

use classifier::{Rows, Vocabulary};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::Settings;
use super::adam::Step;
use super::batch::{Part, chance};
use super::network::TrainedNetwork;
use super::table::FieldGradient;
use super::watch::share_right;
use super::words::WordVectors;
use crate::examples::Example;

use crate::say::{progress_bar, say};

/// Each step is worked on in so many parts at once. Their sums are added in order and each part
/// draws its own random numbers, so the result does not hang on the number of cores.
const PARTS: usize = 2;

/// Trains a network. `watched` is a sample that takes no part, for the progress line alone.
pub fn train(
    examples: &[Example],
    watched: &[Example],
    vocabulary: &Vocabulary,
    words: Option<WordVectors>,
    outputs: usize,
    settings: &Settings,
) -> anyhow::Result<TrainedNetwork> {
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut network =
        TrainedNetwork::new(vocabulary.features.rows(), words, outputs, settings, &mut random);
    let peers = Peers::of(examples);
    let steps = examples.len().div_ceil(settings.batch);
    let all_steps = steps * settings.epochs;
    let bar = progress_bar(all_steps as u64, "training")?;
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut step = 0;
    for epoch in 1..=settings.epochs {
        order.shuffle(&mut random);
        let mut loss = 0.0;
        for batch in order.chunks(settings.batch) {
            step += 1;
            let progress = ratio(step, all_steps);
            let parts = batch.chunks(batch.len().div_ceil(PARTS));
            let seeds: Vec<_> = parts.map(|part| (part, random.random::<u64>())).collect();
            let context = Context { examples, peers: &peers, vocabulary, settings };
            loss += context.step(&mut network, &seeds, step, schedule(progress));
            bar.inc(1);
        }
        let right = share_right(&network, watched, vocabulary);
        let line = format!(
            "epoch {epoch:2}: loss {:.3}, right on {} watched records {:.1} %",
            loss / ratio(examples.len(), 1),
            watched.len(),
            100.0 * right
        );
        if bar.is_hidden() { say(&line) } else { bar.println(line) }
    }
    bar.finish_and_clear();
    Ok(network)
}

/// What a step needs to know and does not change.
struct Context<'a> {
    examples: &'a [Example],
    peers: &'a Peers,
    vocabulary: &'a Vocabulary,
    settings: &'a Settings,
}

impl Context<'_> {
    /// One step on a batch, given in parts with their seeds; returns the sum of the losses.
    fn step(
        &self,
        network: &mut TrainedNetwork,
        parts: &[(&[usize], u64)],
        number: usize,
        pace: f32,
    ) -> f32 {
        let settings = self.settings;
        let size: usize = parts.iter().map(|(part, _)| part.len()).sum();
        let work = |&(part, seed): &(&[usize], u64)| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let part = self.part(part, &mut random);
            let gradients = part.gradients(network, settings, 1.0 / ratio(size, 1), &mut random);
            (part, gradients)
        };
        let mut done: Vec<_> = parts.par_iter().map(work).collect();
        let Some(((_, first), others)) = done.split_first_mut() else { return 0.0 };
        for (_, other) in &*others {
            first.add(other);
        }
        let number = i32::try_from(number).unwrap_or(i32::MAX);
        let step = Step::new(number, settings.dense_rate * pace, settings.decay);
        network.learn(first, step);
        let loss = first.loss;
        let width = settings.width;
        let mut fields = Vec::with_capacity(2 * size);
        for (part, gradients) in &done {
            for (rows, gradient) in part.rows.iter().zip(gradients.text.rows()) {
                let (title, rest) = gradient.split_at(ndarray::Axis(0), width);
                let (tasks, _) = rest.split_at(ndarray::Axis(0), width);
                fields.push(FieldGradient { rows: &rows.title, gradient: title });
                fields.push(FieldGradient { rows: &rows.tasks, gradient: tasks });
            }
        }
        network.table.learn(&fields, settings.table_rate * pace);
        loss
    }

    /// Varied texts of some examples, as rows, with some features dropped.
    fn part(&self, places: &[usize], random: &mut impl Rng) -> Part<'_> {
        let examples: Vec<&Example> = places.iter().map(|&place| &self.examples[place]).collect();
        let mut rows = Vec::with_capacity(examples.len());
        for &example in &examples {
            let other = self.peers.pick(example, self.examples, random);
            let (title, tasks) = self.settings.variations.vary(example, other, random);
            let mut record = self.vocabulary.rows_of(&title, &tasks);
            drop_features(&mut record, self.settings.drop_features, random);
            rows.push(record);
        }
        Part {
            rows,
            targets: examples.iter().map(|example| example.targets.as_slice()).collect(),
            weights: examples.iter().map(|example| example.weight).collect(),
        }
    }
}

fn drop_features(rows: &mut Rows, share: f32, random: &mut impl Rng) {
    let threshold = chance(share);
    for field in [&mut rows.title, &mut rows.tasks] {
        field.retain(|_| random.random::<u32>() >= threshold);
    }
    let threshold = chance(share / 4.0);
    for field in [&mut rows.title_words, &mut rows.tasks_words] {
        field.retain(|_| random.random::<u32>() >= threshold);
    }
}

/// Rises over the first twentieth of the steps and then falls in a straight line.
fn schedule(progress: f32) -> f32 {
    const RISE: f32 = 0.05;
    (progress / RISE).min((1.0 - progress) / (1.0 - RISE)).max(0.001)
}

#[expect(clippy::cast_precision_loss, reason = "counts of records and steps")]
fn ratio(part: usize, whole: usize) -> f32 {
    part as f32 / whole as f32
}

/// The examples with tasks, by the occupation that they stand for most.
struct Peers(HashMap<usize, Vec<usize>>);

impl Peers {
    fn of(examples: &[Example]) -> Self {
        let mut peers: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, example) in examples.iter().enumerate() {
            if let Some(occupation) = example.occupation
                && !example.tasks.is_empty()
            {
                peers.entry(occupation).or_default().push(place);
            }
        }
        Self(peers)
    }

    /// Another example of the same occupation, or the example itself.
    fn pick<'a>(
        &self,
        example: &'a Example,
        examples: &'a [Example],
        random: &mut impl Rng,
    ) -> &'a Example {
        let peers = example.occupation.and_then(|occupation| self.0.get(&occupation));
        peers.map_or(example, |peers| &examples[peers[random.random_range(0..peers.len())]])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::features_of;
    use classifier::Hashes;

    const TEXTS: [(&str, &str); 6] = [
        ("brickie", "laying bricks"),
        ("bricklayer", ""),
        ("nurse", "caring for patients"),
        ("registered nurse", ""),
        ("truck driver", "long haul"),
        ("truckie", "driving trucks"),
    ];

    fn examples() -> Vec<Example> {
        let example = |(place, &(title, tasks)): (usize, &(&str, &str))| Example {
            title: title.to_owned(),
            tasks: tasks.to_owned(),
            targets: vec![(place / 2, 1.0)],
            occupation: Some(place / 2),
            is_official: false,
            weight: 1.0,
        };
        TEXTS.iter().enumerate().map(example).collect()
    }

    #[test]
    fn training_learns_and_can_be_repeated() -> anyhow::Result<()> {
        let settings = Settings { epochs: 60, batch: 3, least_count: 1, ..Settings::default() };
        let examples = examples();
        let features = features_of(&examples, &settings);
        let vocabulary = Vocabulary { features, words: Hashes::new(Vec::new()) };
        let once = train(&examples, &[], &vocabulary, None, 3, &settings)?;
        assert!((share_right(&once, &examples, &vocabulary) - 1.0).abs() < f64::EPSILON);
        let again = train(&examples, &[], &vocabulary, None, 3, &settings)?;
        assert_eq!(once.to_weights().to_onnx(), again.to_weights().to_onnx());
        Ok(())
    }

    #[test]
    fn the_pace_rises_and_falls() {
        assert!(schedule(0.01) < schedule(0.05));
        assert!(schedule(0.05) > schedule(0.5) && schedule(0.5) > schedule(1.0));
    }
}
