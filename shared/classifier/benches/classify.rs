//! How fast the released models code: one record, batches, and loading.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use classifier::{Classifier, Input};
use criterion::{BenchmarkId, Criterion, Throughput};
use domain::{Classification, Registry, Selection};

fn layer() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/layer")
}

/// The label table of a topic and the folder of its newest model.
fn released(topic: &str) -> (Classification, PathBuf) {
    let labels = std::fs::read(layer().join(topic).join("labels.json")).unwrap();
    let registry = std::fs::read(layer().join("registry.json")).unwrap();
    let registry = Registry::from_json(&registry).unwrap();
    let model = registry.select(topic, Selection::Latest).unwrap();
    (Classification::from_json(&labels).unwrap(), layer().join(&model.folder))
}

/// Every so-manieth record of the corpus: about a third have no tasks, as in real answers.
fn texts() -> Vec<(String, String)> {
    let corpus = layer().join("../corpus");
    let mut texts = Vec::new();
    for major in 1..=8 {
        let table = std::fs::read_to_string(corpus.join(format!("major-{major}.tsv"))).unwrap();
        for line in table.lines().skip(1).step_by(29) {
            let fields: Vec<&str> = line.split('\t').collect();
            texts.push((fields[2].to_owned(), fields[3].to_owned()));
        }
    }
    texts
}

fn inputs(texts: &[(String, String)]) -> Vec<Input<'_>> {
    texts.iter().map(|(title, tasks)| Input { title, tasks }).collect()
}

fn coding(criterion: &mut Criterion) {
    let texts = texts();
    let inputs = inputs(&texts);
    for topic in ["osca", "anzsco"] {
        let (classification, folder) = released(topic);
        let classifier = Classifier::load(&folder, &classification).unwrap();
        let mut group = criterion.benchmark_group(format!("{topic}, records"));
        for size in [1, 64, 300] {
            let mut batches = inputs.chunks_exact(size).cycle();
            group.throughput(Throughput::Elements(size as u64));
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.iter(|| classifier.classify(black_box(batches.next().unwrap())).unwrap());
            });
        }
    }
}

fn loading(criterion: &mut Criterion) {
    for topic in ["osca", "anzsco"] {
        let (classification, folder) = released(topic);
        criterion.bench_function(&format!("{topic}, load"), |bencher| {
            bencher.iter(|| Classifier::load(black_box(&folder), &classification).unwrap());
        });
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    coding(&mut criterion);
    loading(&mut criterion);
    criterion.final_summary();
}
