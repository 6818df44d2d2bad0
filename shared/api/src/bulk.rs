//! Bodies of bulk coding.

use std::borrow::Cow;

use domain::{
    Candidate, CodeStatus, Coding, Operation, OperationId, OperationStatus, Record, RecordId,
};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::answer::Input;

/// Where to send a file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadTarget<'a> {
    /// The URL to PUT the file to.
    pub request_upload_url: &'a str,
    /// The operation that codes it.
    pub operation_id: OperationId,
    /// The key that the request must name for the file's encryption.
    pub bucket_kms_key_arn: &'a str,
}

/// An operation as it is answered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationDetails<'a> {
    operation_id: OperationId,
    status: OperationStatus,
    topic: &'a str,
    model_id: Uuid,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    records_total: Option<u64>,
    records_coded: u64,
    records_successful: u64,
    records_unsuccessful: u64,
    records_invalid: u64,
    percent_complete: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_download_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

impl<'a> OperationDetails<'a> {
    /// An operation as it stands at `now`, with the URL of its result if it has one.
    #[must_use]
    pub fn new(operation: &'a Operation, result_url: Option<String>, now: Timestamp) -> Self {
        let counts = operation.counts;
        let is_completed = operation.status == OperationStatus::Completed;
        Self {
            operation_id: operation.operation_id,
            status: operation.status_at(now),
            topic: &operation.topic,
            model_id: operation.model_id,
            created_at: operation.created_at,
            started_at: operation.started_at,
            finished_at: operation.finished_at,
            // How many lines a file has is known when the last is coded.
            records_total: operation.is_all_coded().then(|| counts.lines()),
            records_coded: counts.coded(),
            records_successful: counts.successful,
            records_unsuccessful: counts.unsuccessful,
            records_invalid: counts.invalid,
            percent_complete: operation.percent_complete(),
            result_download_url: result_url,
            result_size_bytes: operation.result_bytes.filter(|_| is_completed),
            result_expires_at: operation.result_expires_at().filter(|_| is_completed),
            message: operation.message.as_deref(),
        }
    }
}

/// How many characters of a line that is no record are given back.
const RAW_LIMIT: usize = 300;

/// A line of a result.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultLine<'a> {
    record_id: Option<&'a RecordId>,
    code_status: CodeStatus,
    input: LineInput<'a>,
    result: Option<Candidate>,
    suggestions: Option<Vec<Candidate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum LineInput<'a> {
    Record(Input<'a>),
    Raw(Cow<'a, str>),
}

impl<'a> ResultLine<'a> {
    /// A record with its coding: its best code, or suggestions if none is sure enough.
    #[must_use]
    pub fn coded(record: &'a Record, coding: Coding) -> Self {
        let (result, suggestions) = match coding.status {
            CodeStatus::Successful => (coding.result.into_iter().next(), None),
            CodeStatus::Unsuccessful => (None, Some(coding.result)),
        };
        Self {
            record_id: record.id(),
            code_status: coding.status,
            input: LineInput::Record(Input::of(record)),
            result,
            suggestions,
            error: None,
        }
    }

    /// A line that is no record, with what is wrong with it. Bytes that are no text are replaced by
    /// U+FFFD, and what is longer than 300 characters is cut.
    #[must_use]
    pub fn invalid(line: &'a [u8], record_id: Option<&'a RecordId>, error: &'a str) -> Self {
        // A character has at most four bytes: enough is looked at, and no more.
        let start = &line[..line.len().min(4 * RAW_LIMIT)];
        let raw = match String::from_utf8_lossy(start) {
            Cow::Borrowed(text) => Cow::Borrowed(cut(text)),
            Cow::Owned(text) => Cow::Owned(cut(&text).to_owned()),
        };
        Self {
            record_id,
            code_status: CodeStatus::Unsuccessful,
            input: LineInput::Raw(raw),
            result: None,
            suggestions: None,
            error: Some(error),
        }
    }
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(RAW_LIMIT).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(line: &[u8]) -> serde_json::Value {
        serde_json::to_value(ResultLine::invalid(line, None, "is wrong")).unwrap()["input"].take()
    }

    #[test]
    fn what_is_given_back_of_an_invalid_line_is_text_of_at_most_300_characters() {
        assert_eq!(raw(b"short"), "short");
        assert_eq!(raw(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(raw("é".repeat(500).as_bytes()), "é".repeat(300));
        assert_eq!(raw(&vec![b'x'; 100_000]), "x".repeat(300));
    }
}
