//! The weights in training.

use classifier::Rows;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand::Rng;

use super::Settings;
use super::adam::{Learned, Step};
use super::batch::Gradients;
use super::table::Table;
use super::words::WordVectors;

/// A dense layer: `x · weights + bias`.
#[derive(Debug, Clone)]
pub struct Layer {
    pub weights: Learned<ndarray::Ix2>,
    pub bias: Learned<ndarray::Ix1>,
}

/// All weights of a network.
#[derive(Debug, Clone)]
pub struct TrainedNetwork {
    pub table: Table,
    /// Given, not learnt.
    pub words: Option<WordVectors>,
    pub hidden: Layer,
    pub output: Layer,
}

impl Layer {
    /// Random weights of the size that keeps the scale of what passes through a rectifier
    /// (He and others 2015).
    fn new(inputs: usize, outputs: usize, gain: f32, random: &mut impl Rng) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a layer has some hundred inputs")]
        let bound = gain * (6.0 / inputs as f32).sqrt();
        let weights =
            Array2::from_shape_simple_fn((inputs, outputs), || random.random_range(-bound..bound));
        Self { weights: Learned::new(weights), bias: Learned::new(Array1::zeros(outputs)) }
    }

    pub fn apply(&self, inputs: &ArrayView2<'_, f32>) -> Array2<f32> {
        let mut outputs = Array2::zeros((inputs.nrows(), self.bias.value.len()));
        general_mat_mul(1.0, inputs, &self.weights.value, 0.0, &mut outputs);
        outputs += &self.bias.value;
        outputs
    }

    fn learn(&mut self, weights: &Array2<f32>, bias: &Array1<f32>, step: Step) {
        self.weights.learn(weights, step);
        self.bias.learn(bias, step);
    }
}

impl TrainedNetwork {
    /// A network before training, with a row for each feature.
    pub fn new(
        rows: usize,
        words: Option<WordVectors>,
        outputs: usize,
        settings: &Settings,
        random: &mut impl Rng,
    ) -> Self {
        let Settings { width, hidden, .. } = *settings;
        let inputs = 2 * (width + words.as_ref().map_or(0, WordVectors::width));
        Self {
            table: Table::new(rows, width, random),
            words,
            // Means of many small embeddings are small: the first layer starts wide.
            hidden: Layer::new(inputs, hidden, 3.0, random),
            output: Layer::new(hidden, outputs, 0.5, random),
        }
    }

    /// The means of the features' embeddings in the title and in the tasks, and of the words'
    /// vectors in both, side by side.
    pub fn text(&self, rows: &[Rows]) -> Array2<f32> {
        let width = self.table.width;
        let mut text = Array2::zeros((rows.len(), self.hidden.weights.value.nrows()));
        for (rows, means) in rows.iter().zip(text.axis_iter_mut(Axis(0))) {
            let (title, means) = means.split_at(Axis(0), width);
            let (tasks, means) = means.split_at(Axis(0), width);
            self.table.mean(&rows.title, title);
            self.table.mean(&rows.tasks, tasks);
            if let Some(words) = &self.words {
                let (mut title, mut tasks) = means.split_at(Axis(0), words.width());
                words.mean(&rows.title_words, &mut title);
                words.mean(&rows.tasks_words, &mut tasks);
            }
        }
        text
    }

    /// The logits of some records, with nothing dropped.
    pub fn logits(&self, rows: &[Rows]) -> Array2<f32> {
        let mut hidden = self.hidden.apply(&self.text(rows).view());
        hidden.mapv_inplace(|unit| unit.max(0.0));
        self.output.apply(&hidden.view())
    }

    /// One step of the dense layers.
    pub fn learn(&mut self, gradients: &Gradients, step: Step) {
        let hidden = &mut self.hidden;
        let output = &mut self.output;
        rayon::join(
            || output.learn(&gradients.output_weights, &gradients.output_bias, step),
            || hidden.learn(&gradients.hidden_weights, &gradients.hidden_bias, step),
        );
    }
}
