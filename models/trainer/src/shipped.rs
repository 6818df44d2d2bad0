//! The models as they ship: everything that is measured is measured on these.

use std::path::Path;

use anyhow::Context;
use classifier::{Classifier, Input};
use domain::{Classification, Model, Selection};

use crate::measure::{Outcome, Truth};
use crate::release::read_registry;
use crate::topic::Topic;

/// A topic's model in service.
pub struct Shipped {
    pub model: Model,
    pub classification: Classification,
    pub classifier: Classifier,
}

impl Shipped {
    /// Loads the newest released model of a topic from the layer.
    pub fn load(topic: Topic, layer: &Path) -> anyhow::Result<Self> {
        let registry = read_registry(layer)?;
        let model = registry
            .select(topic.name(), Selection::Latest)
            .with_context(|| format!("`{}` holds no model to use", layer.display()))?
            .clone();
        Self::of(model, topic, layer)
    }

    /// Loads a model of a topic from the layer, whether it is registered or not.
    pub fn of(model: Model, topic: Topic, layer: &Path) -> anyhow::Result<Self> {
        let classification = topic.classification(layer)?;
        let classifier = Classifier::load(&layer.join(&model.folder), &classification)?;
        Ok(Self { model, classification, classifier })
    }

    /// Codes texts and compares each answer with the truth.
    pub fn outcomes(&self, inputs: &[Input<'_>], truths: &[Truth]) -> anyhow::Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(inputs.len());
        // In pieces, as the scores of many records take much memory.
        for (inputs, truths) in inputs.chunks(1024).zip(truths.chunks(1024)) {
            for (scores, truth) in self.classifier.classify(inputs)?.iter().zip(truths) {
                let threshold = self.model.threshold;
                outcomes.push(Outcome::of(scores, truth, &self.classification, threshold)?);
            }
        }
        Ok(outcomes)
    }
}
