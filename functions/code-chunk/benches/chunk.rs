//! Bytes in, bytes out: the lines of a chunk, coded, beside the classifier alone on the same texts.

#![expect(clippy::expect_used, reason = "a benchmark without its model has nothing to measure")]

use std::hint::black_box;
use std::path::Path;

use classifier::{Input, Models};
use code_chunk::code_lines;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use domain::{RangeText, Record, RecordRules};

/// Every so many-th record of the corpus.
const STEP: usize = 12;

/// A file of JSON lines, made of the corpus's own records.
fn file() -> String {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/corpus");
    let mut lines = String::new();
    for part in corpus.read_dir().expect("the corpus") {
        let path = part.expect("a part").path();
        if path.extension().is_none_or(|extension| extension != "tsv") {
            continue;
        }
        let mut rows = csv::ReaderBuilder::new().delimiter(b'\t').from_path(path).expect("a part");
        for (number, row) in rows.records().enumerate().step_by(STEP) {
            let row = row.expect("a row");
            let line = serde_json::json!({
                "recordId": number, "occp_text": &row[2], "tasks_text": &row[3],
            });
            lines.push_str(&line.to_string());
            lines.push('\n');
        }
    }
    lines
}

fn bench(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/layer");
    let models = Models::open(folder).expect("the shipped models");
    let model = models.registry().select("osca", domain::Selection::Latest).expect("a model");
    let loaded = models.get(model).expect("the model");
    let file = file();
    let bytes = file.len() as u64;
    let records: Vec<Record> = file
        .lines()
        .map(|line| Record::from_json(line, RecordRules::BULK).expect("a record"))
        .collect();

    let mut group = criterion.benchmark_group("chunk");
    group.sample_size(20).throughput(Throughput::Elements(records.len() as u64));
    group.bench_function("classifier alone", |bencher| {
        bencher.iter(|| {
            for records in records.chunks(256) {
                let inputs: Vec<Input<'_>> = records.iter().map(Input::from).collect();
                black_box(loaded.classifier.classify(&inputs).expect("scores"));
            }
        });
    });
    group.bench_function("bytes in, bytes out", |bencher| {
        bencher.iter(|| {
            let mut text = RangeText::new(&(0..bytes), bytes);
            text.add(file.as_bytes());
            let mut out = Vec::new();
            let counts = code_lines(loaded, model.threshold, text.lines(), &mut out);
            black_box((counts.expect("codes"), out))
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
