//! Lines in, coded lines out.

use std::io::{self, Write};

use api::ResultLine;
use classifier::{ClassifyError, Input, LoadedModel};
use domain::{Counts, LINE_LIMIT, Record, RecordError, RecordId, RecordRules, Scored, Suggestions};

/// How many lines are coded together: enough to keep the network busy, few enough for their
/// probabilities to stay in the cache.
const BATCH: usize = 64;

/// Lines could not be coded.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ClassifyError),
    /// What was coded could not be written.
    #[error("cannot write the coded lines")]
    Write(#[from] io::Error),
}

/// Codes lines with a model whose answers count from `threshold` on, and writes one line of JSON
/// for each, in order.
pub fn code_lines<'a>(
    model: &LoadedModel,
    threshold: f32,
    lines: impl Iterator<Item = &'a [u8]>,
    mut out: impl Write,
) -> Result<Counts, CodeError> {
    let mut counts = Counts::default();
    let mut lines = lines.peekable();
    let mut batch = Vec::with_capacity(BATCH);
    while lines.peek().is_some() {
        batch.clear();
        batch.extend(lines.by_ref().take(BATCH).map(|line| (line, read(line))));
        code_batch(model, threshold, &batch, &mut counts, &mut out)?;
    }
    out.flush()?;
    Ok(counts)
}

/// What is wrong with a line, and its identifier if that could be read.
struct InvalidLine {
    id: Option<RecordId>,
    error: String,
}

fn code_batch(
    model: &LoadedModel,
    threshold: f32,
    batch: &[(&[u8], Result<Record, InvalidLine>)],
    counts: &mut Counts,
    out: &mut impl Write,
) -> Result<(), CodeError> {
    let records = batch.iter().filter_map(|(_, read)| read.as_ref().ok());
    let inputs: Vec<Input<'_>> = records.map(Input::from).collect();
    let mut scores = model.classifier.classify(&inputs)?.into_iter();
    for (line, read) in batch {
        match read {
            Ok(record) => {
                // As many scores as records: the classifier answers for each.
                let Some(scores) = scores.next() else { continue };
                let classification = &model.classification;
                let coding = Scored { scores: &scores, classification, threshold }
                    .code_with_fallback(Suggestions::BATCH_DEFAULT);
                counts.add(coding.status);
                write_line(out, &ResultLine::coded(record, coding))?;
            }
            Err(InvalidLine { id, error }) => {
                counts.invalid += 1;
                write_line(out, &ResultLine::invalid(line, id.as_ref(), error))?;
            }
        }
    }
    Ok(())
}

fn read(line: &[u8]) -> Result<Record, InvalidLine> {
    if line.len() > LINE_LIMIT {
        let error = format!("the line has more than {LINE_LIMIT} bytes");
        return Err(InvalidLine { id: None, error });
    }
    let Ok(text) = std::str::from_utf8(line) else {
        return Err(InvalidLine { id: None, error: "the line is not UTF-8".to_owned() });
    };
    Record::from_json(text, RecordRules::BULK).map_err(|RecordError { id, faults }| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        InvalidLine { id, error: faults.join("; ") }
    })
}

fn write_line(out: &mut impl Write, line: &ResultLine<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
