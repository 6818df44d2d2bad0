//! Forwards and backwards through the network, for a part of a step's examples.

use classifier::Rows;
use ndarray::{Array1, Array2, Axis, Zip};
use rand::Rng;

use super::Settings;
use super::network::TrainedNetwork;

/// A part of a step: what the network is shown, and what it should have said.
pub struct Part<'a> {
    pub rows: Vec<Rows>,
    pub targets: Vec<&'a [(usize, f32)]>,
    pub weights: Vec<f32>,
}

/// The gradients of a part, summed over its examples.
pub struct Gradients {
    pub hidden_weights: Array2<f32>,
    pub hidden_bias: Array1<f32>,
    pub output_weights: Array2<f32>,
    pub output_bias: Array1<f32>,
    /// Of the mean embeddings, for each example.
    pub text: Array2<f32>,
    /// The sum of the losses, for the progress line.
    pub loss: f32,
}

impl Gradients {
    /// Adds the dense gradients of another part.
    pub fn add(&mut self, other: &Self) {
        self.hidden_weights += &other.hidden_weights;
        self.hidden_bias += &other.hidden_bias;
        self.output_weights += &other.output_weights;
        self.output_bias += &other.output_bias;
        self.loss += other.loss;
    }
}

impl Part<'_> {
    /// Runs the part through the network and back. `share` is what one example counts in the step.
    pub fn gradients(
        &self,
        network: &TrainedNetwork,
        settings: &Settings,
        share: f32,
        random: &mut impl Rng,
    ) -> Gradients {
        let mut text = network.text(&self.rows);
        let text_mask = mask(text.dim(), settings.drop_text, random);
        text *= &text_mask;
        let mut hidden = network.hidden.apply(&text.view());
        let mut hidden_mask = mask(hidden.dim(), settings.drop_hidden, random);
        Zip::from(&mut hidden).and(&mut hidden_mask).for_each(|unit, mask| {
            *mask = if *unit > 0.0 { *mask } else { 0.0 };
            *unit *= *mask;
        });
        let mut wrong = network.output.apply(&hidden.view());
        let loss = self.to_errors(&mut wrong, settings.smoothing, share);

        let mut hidden_wrong = wrong.dot(&network.output.weights.value.t());
        hidden_wrong *= &hidden_mask;
        let mut text_wrong = hidden_wrong.dot(&network.hidden.weights.value.t());
        text_wrong *= &text_mask;
        Gradients {
            hidden_weights: text.t().dot(&hidden_wrong),
            hidden_bias: hidden_wrong.sum_axis(Axis(0)),
            output_weights: hidden.t().dot(&wrong),
            output_bias: wrong.sum_axis(Axis(0)),
            text: text_wrong,
            loss,
        }
    }

    /// Turns logits into the gradient of the cross-entropy, and returns the sum of the losses.
    fn to_errors(&self, logits: &mut Array2<f32>, smoothing: f32, share: f32) -> f32 {
        let mut loss = 0.0;
        for (record, mut row) in logits.axis_iter_mut(Axis(0)).enumerate() {
            let weight = self.weights[record];
            let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            row.mapv_inplace(|logit| (logit - highest).exp());
            let sum = row.sum();
            // What the targets leave of the whole is spread evenly, as the smoothing is.
            let given: f32 = self.targets[record].iter().map(|(_, part)| part).sum();
            #[expect(clippy::cast_precision_loss, reason = "about a thousand occupations")]
            let spread = (1.0 - (1.0 - smoothing) * given) / row.len() as f32;
            for &(target, part) in self.targets[record] {
                loss -= weight * part * (row[target] / sum).max(f32::MIN_POSITIVE).ln();
            }
            row.mapv_inplace(|odds| (odds / sum - spread) * weight * share);
            for &(target, part) in self.targets[record] {
                row[target] -= (1.0 - smoothing) * part * weight * share;
            }
        }
        loss
    }
}

/// Zero for what is dropped, and what keeps the sum the same for the rest.
fn mask(size: (usize, usize), drop: f32, random: &mut impl Rng) -> Array2<f32> {
    let kept = 1.0 / (1.0 - drop);
    let threshold = chance(drop);
    Array2::from_shape_simple_fn(
        size,
        || if random.random::<u32>() < threshold { 0.0 } else { kept },
    )
}

/// A share as a bound for random 32-bit numbers: cheaper to draw than a float.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is between 0 and 1, and rounding does not matter"
)]
pub fn chance(share: f32) -> u32 {
    (f64::from(share) * f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// The gradients are written by hand: compare them with what a small change of a weight does.
    #[test]
    fn gradients_are_slopes_of_the_loss() {
        let settings = Settings {
            width: 6,
            hidden: 10,
            drop_text: 0.0,
            drop_hidden: 0.0,
            smoothing: 0.0,
            ..Settings::default()
        };
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut network = TrainedNetwork::new(9, None, 4, &settings, &mut random);
        let rows = |title: &[u32], tasks: &[u32]| Rows {
            title: title.to_vec(),
            tasks: tasks.to_vec(),
            ..Rows::default()
        };
        let part = Part {
            rows: vec![rows(&[1, 2], &[3]), rows(&[4], &[]), rows(&[5, 6, 7], &[8, 8])],
            targets: vec![&[(0, 1.0)], &[(1, 0.5), (2, 0.5)], &[(3, 1.0)]],
            weights: vec![1.0, 0.5, 2.0],
        };
        let gradients = part.gradients(&network, &settings, 1.0, &mut random);
        let change = 1e-2;
        for place in [(0, 0), (3, 7), (11, 9)] {
            let mut loss_after = |change: f32| {
                network.hidden.weights.value[place] += change;
                part.gradients(&network, &settings, 1.0, &mut random).loss
            };
            let (above, below) = (loss_after(change), loss_after(-2.0 * change));
            loss_after(change);
            let slope = (above - below) / (2.0 * change);
            let gradient = gradients.hidden_weights[place];
            assert!((slope - gradient).abs() < 2e-3, "{place:?}: {slope} and {gradient}");
        }
    }
}
