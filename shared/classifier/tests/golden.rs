//! The released models say of some texts what they said when they were released.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use classifier::{Classifier, Input};
use domain::{Classification, Level, Registry, Scores, Selection};
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

fn released(topic: &str) -> Released {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{topic}.json"));
    let golden: Golden = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let registry = std::fs::read(layer().join("registry.json")).unwrap();
    let registry = Registry::from_json(&registry).unwrap();
    let model = registry.select(topic, Selection::Named(&golden.model_id)).unwrap();
    let labels = std::fs::read(layer().join(topic).join("labels.json")).unwrap();
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
fn osca_says_what_it_said() {
    let osca = released("osca");
    osca.check_golden();
    osca.check_texts_without_words();
    osca.check_ways_of_writing();
    let (code, share) = osca.best(&osca.classify("brickie", ""), Level::Occupation).remove(0);
    assert_eq!(code, "371131");
    assert!(share > 0.9, "{share}");
}

#[test]
fn anzsco_says_what_it_said() {
    let anzsco = released("anzsco");
    anzsco.check_golden();
    anzsco.check_texts_without_words();
    anzsco.check_ways_of_writing();
}
