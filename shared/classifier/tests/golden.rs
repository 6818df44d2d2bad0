//! The released models say of some texts what they said when they were released.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use classifier::{Classifier, Input};
use domain::{Classification, Level, Model, Registry, Scores, Selection};
use serde::Deserialize;

/// Other processors may round the last bits otherwise.
const TOLERANCE: f32 = 1e-4;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Golden {
    model_id: String,
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    title: String,
    tasks: String,
    best: Vec<(String, f32)>,
}

struct Released {
    golden: Golden,
    classification: Classification,
    classifier: Classifier,
}

fn layer() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/layer")
}

fn registry() -> Registry {
    Registry::from_json(&std::fs::read(layer().join("registry.json")).unwrap()).unwrap()
}

fn released(model: &Model) -> Released {
    let file = format!("tests/golden/{}-{}.json", model.topic, model.model_version);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let golden: Golden = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(golden.model_id, model.model_id.to_string());
    let labels = std::fs::read(layer().join(&model.topic).join("labels.json")).unwrap();
    let classification = Classification::from_json(&labels).unwrap();
    let classifier = Classifier::load(&layer().join(&model.folder), &classification).unwrap();
    assert_eq!(classifier.manifest().model_id, model.model_id);
    assert!((classifier.manifest().threshold - model.threshold).abs() < f32::EPSILON);
    Released { golden, classification, classifier }
}

impl Released {
    fn classify(&self, title: &str, tasks: &str) -> Scores {
        self.classifier.classify(&[Input { title, tasks }]).unwrap().remove(0)
    }

    fn best(&self, scores: &Scores, level: Level) -> Vec<(String, f32)> {
        let best = scores.best(level, 5, &self.classification);
        let code = |place: usize| self.classification.groups(level)[place].code.to_string();
        best.into_iter().map(|(place, share)| (code(place), share)).collect()
    }

    fn check_golden(&self) {
        for answer in &self.golden.answers {
            let scores = self.classify(&answer.title, &answer.tasks);
            let best = self.best(&scores, Level::Occupation);
            for ((code, share), (found, found_share)) in answer.best.iter().zip(&best) {
                let context = format!("{:?}: {best:?}", (&answer.title, &answer.tasks));
                assert!((share - found_share).abs() < TOLERANCE, "{context}");
                // Two codes as good as equal may change places.
                let is_tied = best.iter().any(|(c, s)| c == code && (s - share).abs() < TOLERANCE);
                assert!(code == found || is_tied, "{context}");
            }
        }
    }

    fn check_texts_without_words(&self) {
        for text in ["", "...", "§§"] {
            let (_, share) = self.best(&self.classify(text, text), Level::Major)[0];
            assert!(share < 0.5, "{text:?} is thought to be known: {share}");
        }
    }

    fn check_ways_of_writing(&self) {
        let plain = self.classify("research and development manager", "lead products");
        for title in
            ["R & D manager", "Research & Development Manager", "research,development  managers"]
        {
            let is_same = self.classify(title, "lead products.") == plain;
            assert_eq!(is_same, !title.starts_with("R &"), "{title}");
        }
    }
}

#[test]
fn every_model_in_the_registry_says_what_it_said() {
    for model in registry().models {
        let released = released(&model);
        released.check_golden();
        released.check_texts_without_words();
        released.check_ways_of_writing();
    }
}

#[test]
fn a_brickie_is_a_bricklayer() {
    let registry = registry();
    let osca = released(registry.select("osca", Selection::Latest).unwrap());
    let (code, share) = osca.best(&osca.classify("brickie", ""), Level::Occupation).remove(0);
    assert_eq!(code, "371131");
    assert!(share > 0.9, "{share}");
}
