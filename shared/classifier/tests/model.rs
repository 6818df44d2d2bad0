//! A small network of random weights, written and loaded as a released model is.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use classifier::{
    Calibration, Classifier, Dense, Feature, FeatureParameters, Hashes, Input, LoadError, Manifest,
    Table, Vocabulary, Weights, for_each_feature, occupations_digest,
};
use domain::{Classification, Group};
use proptest::prelude::*;
use tempfile::TempDir;

const WIDTH: usize = 24;
const WORD_WIDTH: usize = 16;
const HIDDEN: usize = 40;
const KNOWN_TEXT: &str = "brick layer nurse manager truck driver baking bread on night shift";

fn classification(occupations: usize) -> Classification {
    let mut codes: Vec<String> = ["1", "11", "111", "1111"].map(str::to_owned).to_vec();
    codes.extend((0..occupations).map(|number| format!("1111{number:02}")));
    let group = |code: String| Group { code: code.parse().unwrap(), title: code };
    Classification::new(codes.into_iter().map(group).collect()).unwrap()
}

/// Numbers between -0.5 and 0.5 that look random.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from(u16::try_from(state >> 16).unwrap()) / 65_535.0 - 0.5
    };
    (0..count).map(|_| next()).collect()
}

fn table(rows: usize, width: usize, seed: u32) -> Table {
    #[expect(clippy::cast_possible_truncation, reason = "between -127 and 127")]
    let mut table: Vec<i8> =
        numbers(rows * width, seed).iter().map(|n| (n * 254.0) as i8).collect();
    table[..width].fill(0);
    let steps = numbers(width, seed + 1).iter().map(|number| number.abs() / 20.0).collect();
    Table { numbers: table, steps }
}

fn save(folder: &Path, classification: &Classification) {
    let outputs = classification.occupations().len();
    let (mut features, mut words) = (Vec::new(), Vec::new());
    for_each_feature(KNOWN_TEXT, |kind, feature| {
        features.push(feature);
        words.extend((kind == Feature::Word).then_some(feature));
    });
    let vocabulary = Vocabulary { features: Hashes::new(features), words: Hashes::new(words) };
    let inputs = 2 * (WIDTH + WORD_WIDTH);
    let weights = Weights {
        features: table(vocabulary.features.rows(), WIDTH, 1),
        words: Some(table(vocabulary.words.rows(), WORD_WIDTH, 7)),
        hidden: Dense { weights: numbers(inputs * HIDDEN, 3), bias: numbers(HIDDEN, 4) },
        output: Dense { weights: numbers(HIDDEN * outputs, 5), bias: numbers(outputs, 6) },
    };
    let mut manifest = Manifest {
        model_id: "00000000-0000-4000-8000-000000000001".parse().unwrap(),
        model_version: 1,
        model_release_date: "2026-01-01T00:00:00Z".parse().unwrap(),
        model_type: "random".to_owned(),
        topic: "test".to_owned(),
        topic_version: "1".to_owned(),
        input_format: vec!["occp_text".to_owned(), "tasks_text".to_owned()],
        features: FeatureParameters::present(&vocabulary),
        threshold: 0.5,
        calibration: Calibration::NONE,
        occupations: occupations_digest(classification),
        files: std::collections::BTreeMap::new(),
    };
    manifest.save_files(folder, &weights, &vocabulary).unwrap();
    manifest.save(folder).unwrap();
}

fn saved() -> (TempDir, Classification) {
    let folder = tempfile::tempdir().unwrap();
    let classification = classification(37);
    save(folder.path(), &classification);
    (folder, classification)
}

fn refusal(folder: &TempDir, classification: &Classification) -> LoadError {
    Classifier::load(folder.path(), classification).err().unwrap()
}

#[test]
fn no_records_and_many_records_are_coded() {
    let (folder, classification) = saved();
    let classifier = Classifier::load(folder.path(), &classification).unwrap();
    assert!(classifier.classify(&[]).unwrap().is_empty());
    let many = vec![Input { title: "brick layer", tasks: "" }; 1000];
    let scores = classifier.classify(&many).unwrap();
    assert_eq!(scores.len(), 1000);
    assert!(scores.iter().all(|one| *one == scores[0]));
}

#[test]
fn a_changed_file_is_refused_by_name() {
    let (folder, classification) = saved();
    for name in ["network.onnx", "vocabulary.bin", "words.bin"] {
        let path = folder.path().join(name);
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[7] ^= 1;
        fs::write(&path, bad).unwrap();
        let refusal = refusal(&folder, &classification);
        assert!(matches!(refusal, LoadError::Digest { .. }), "{refusal}");
        assert!(refusal.to_string().contains(name), "{refusal}");
        fs::write(&path, good).unwrap();
    }
}

#[test]
fn a_missing_file_is_refused_by_name() {
    let (folder, classification) = saved();
    fs::remove_file(folder.path().join("network.onnx")).unwrap();
    let refusal = refusal(&folder, &classification);
    assert!(matches!(refusal, LoadError::Read { .. }), "{refusal}");
    assert!(refusal.to_string().contains("network.onnx"), "{refusal}");
}

#[test]
fn another_label_table_is_refused() {
    let (folder, _) = saved();
    let refusal = refusal(&folder, &classification(36));
    assert!(matches!(refusal, LoadError::Occupations { .. }), "{refusal}");
}

#[test]
fn features_of_another_version_are_refused() {
    let (folder, classification) = saved();
    let path = folder.path().join("manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    let key = "\"features\": {\n    \"version\": ";
    assert!(text.contains(key));
    fs::write(&path, text.replace(key, &format!("{key}9"))).unwrap();
    let refusal = refusal(&folder, &classification);
    assert!(matches!(refusal, LoadError::Features { .. }), "{refusal}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_record_gets_the_same_bits_alone_and_among_others(
        texts in prop::collection::vec(("[a-z ]{0,30}|brick layer|\\PC{0,20}", "([a-z]{1,9} ){0,20}|nurse manager on night shift"), 1..90),
    ) {
        let (folder, classification) = saved();
        let classifier = Classifier::load(folder.path(), &classification).unwrap();
        let inputs: Vec<Input<'_>> =
            texts.iter().map(|(title, tasks)| Input { title, tasks }).collect();
        let together = classifier.classify(&inputs).unwrap();
        for (input, scores) in inputs.iter().zip(&together) {
            let alone = classifier.classify(std::slice::from_ref(input)).unwrap();
            prop_assert_eq!(&alone[0], scores);
            prop_assert!((scores.occupations().iter().sum::<f32>() - 1.0).abs() < 1e-4);
        }
    }
}
