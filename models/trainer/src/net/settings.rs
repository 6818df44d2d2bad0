//! The settings of a training run. They are part of what a model is: change them with its version.

use crate::augment::Variations;

/// How a network is trained.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub seed: u64,
    pub epochs: usize,
    /// Examples in each step.
    pub batch: usize,
    /// Columns of the embedding table.
    pub width: usize,
    /// Units of the hidden layer.
    pub hidden: usize,
    /// A feature must stand in so many examples to get a row.
    pub least_count: u32,
    /// The most rows that the table may have.
    pub most_features: usize,
    /// The step of Adam for the dense layers, at its highest.
    pub dense_rate: f32,
    /// The step of Adagrad for the embeddings, at its highest.
    pub table_rate: f32,
    /// How strongly Adam pulls the dense weights to zero.
    pub decay: f32,
    /// The share of a text's features that are hidden from the network.
    pub drop_features: f32,
    /// The share of the mean embeddings' columns that are hidden.
    pub drop_text: f32,
    /// The share of the hidden units that are switched off.
    pub drop_hidden: f32,
    /// The share of the probability that is spread over all occupations.
    pub smoothing: f32,
    pub variations: Variations,
}

impl Settings {
    /// The settings of the network whose opinions are averaged with the teacher's.
    pub fn of_a_first_network(self) -> Self {
        Self { epochs: self.epochs.div_ceil(2), ..self }
    }

    /// The settings for learning from a teacher, whose opinions keep a network from learning texts
    /// by heart as hiding its features does.
    pub fn beside_a_teacher(self) -> Self {
        Self { drop_features: 0.1, drop_text: 0.0, drop_hidden: 0.0, smoothing: 0.01, ..self }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 2024,
            epochs: 14,
            batch: 128,
            width: 96,
            hidden: 256,
            least_count: 2,
            most_features: 100_000,
            dense_rate: 0.002,
            table_rate: 0.2,
            decay: 0.01,
            drop_features: 0.4,
            drop_text: 0.1,
            drop_hidden: 0.25,
            smoothing: 0.05,
            variations: Variations {
                slip: 0.2,
                borrowed_tasks: 0.1,
                no_tasks: 0.1,
                no_title: 0.05,
                nothing: 0.002,
            },
        }
    }
}
