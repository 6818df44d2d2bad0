//! Explanations by the released models: whoever has the model can check each weight.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::LazyLock;

use classifier::{Input, LoadedModel, Models};
use domain::{Code, Explanation, Field, Level, Record, RecordRules, Selection, Weighed};
use proptest::prelude::*;

static MODELS: LazyLock<Models> = LazyLock::new(|| {
    Models::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/layer")).unwrap()
});

fn model(topic: &str) -> &'static LoadedModel {
    MODELS.get(MODELS.registry().select(topic, Selection::Latest).unwrap()).unwrap()
}

fn record(title: &str, tasks: &str) -> Record {
    let json = serde_json::json!({"occp_text": title, "tasks_text": tasks}).to_string();
    Record::from_json(&json, RecordRules::SYNCHRONOUS).unwrap()
}

fn log_odds(model: &LoadedModel, title: &str, tasks: &str, code: &Code) -> f64 {
    let scores = model.classifier.classify(&[Input { title, tasks }]).unwrap().remove(0);
    scores.log_odds(code, &model.classification)
}

/// The weight that anyone finds who asks for the record with and without the part.
fn recomputed(model: &LoadedModel, texts: [&str; 2], part: &Weighed, code: &Code) -> f64 {
    let [title, tasks] = texts;
    let without = |text: &str| text.replacen(&part.text, "", 1);
    let rest = match part.field {
        Field::TasksText => [title.to_owned(), without(tasks)],
        _ => [without(title), tasks.to_owned()],
    };
    log_odds(model, title, tasks, code) - log_odds(model, &rest[0], &rest[1], code)
}

fn assert_ordered(explanation: &Explanation) {
    let Explanation { in_favour, against, nearest_titles } = explanation;
    assert!(
        in_favour.len() <= Explanation::MOST_WEIGHED && against.len() <= Explanation::MOST_WEIGHED
    );
    assert!(in_favour.iter().all(|part| part.weight > 0.0));
    assert!(against.iter().all(|part| part.weight < 0.0));
    assert!(in_favour.is_sorted_by(|a, b| a.weight >= b.weight));
    assert!(against.is_sorted_by(|a, b| a.weight <= b.weight));
    assert!(nearest_titles.len() <= Explanation::MOST_TITLES);
    assert!(nearest_titles.is_sorted_by(|a, b| a.similarity >= b.similarity));
    assert!(nearest_titles.iter().all(|near| near.similarity > 0.0 && near.similarity <= 1.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_weight_can_be_recomputed_at_every_level(
        title in prop::sample::subsequence(
            vec!["senior", "primary", "nurse", "truck", "driver", "brickie", "manager", "zqxv"], 1..4,
        ),
        tasks in prop::sample::subsequence(
            vec!["lay", "bricks", "drive", "patients,", "roster", "teach", "and", "serve"], 0..5,
        ),
        topic in prop::sample::select(vec!["osca", "anzsco"]),
        level in prop::sample::select(Level::FINEST_FIRST.to_vec()),
    ) {
        let (title, tasks) = (title.join(" "), tasks.join(" "));
        let model = model(topic);
        let record = record(&title, &tasks);
        let scores = model.classifier.classify(&[(&record).into()]).unwrap().remove(0);
        for (place, _) in scores.best(level, 2, &model.classification) {
            let code = &model.classification.groups(level)[place].code;
            let explanation = model.reasons(&record).unwrap().of(code);
            assert_ordered(&explanation);
            for part in explanation.in_favour.iter().chain(&explanation.against) {
                let expected = recomputed(model, [&title, &tasks], part, code);
                prop_assert!((part.weight - expected).abs() < 1e-4, "{part:?}, but {expected}");
            }
            prop_assert_eq!(&explanation, &model.reasons(&record).unwrap().of(code));
        }
    }
}

#[test]
fn what_names_the_work_speaks_for_it() {
    let osca = model("osca");
    let record = record("brickie", "outdoors on Mondays");
    let explanation = osca.reasons(&record).unwrap().of(&"371131".parse().unwrap());
    assert_eq!(explanation.in_favour[0].text, "brickie");
    assert_eq!(explanation.in_favour[0].field, Field::OccpText);
    let near = explanation.nearest_titles.iter().find(|near| near.code.as_str() == "371131");
    assert_eq!(near.unwrap().title, "Bricklayer");
    let of_others = osca.reasons(&record).unwrap().of(&"471231".parse().unwrap());
    assert!(of_others.against.iter().any(|part| part.text == "brickie"), "{of_others:?}");
}

#[test]
fn a_text_without_words_has_nothing_to_weigh() {
    let osca = model("osca");
    let explanation = osca.reasons(&record("...", "& and -")).unwrap().of(&"3".parse().unwrap());
    assert_eq!(
        explanation,
        Explanation { in_favour: vec![], against: vec![], nearest_titles: vec![] }
    );
}
