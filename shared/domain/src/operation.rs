//! Bulk coding: the operation that codes one uploaded file.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ClientId, CodeStatus, Failure, Kind, Model, Selection};

/// How long the URL for the upload is valid.
pub const UPLOAD_URL_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// How long the file may take to arrive: an upload that began in time may end after its URL.
pub const UPLOAD_LIFE: SignedDuration = SignedDuration::from_hours(2);
/// How long a result can be fetched, and an operation looked at, once it has ended.
pub const RESULT_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The most bytes that a file may have: what S3 takes in one PUT.
pub const UPLOAD_LIMIT: u64 = 5 * 1024 * 1024 * 1024;

/// An operation's identifier. It cannot be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(Uuid);

impl OperationId {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(formatter)
    }
}

impl FromStr for OperationId {
    type Err = OperationError;

    fn from_str(text: &str) -> Result<Self, OperationError> {
        text.parse().map(Self).map_err(|_| OperationError::Unknown)
    }
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OperationStatus {
    /// The URL was given out and nothing has arrived.
    AwaitingUpload,
    /// The file has arrived and its chunks wait their turn.
    Queued,
    /// Some of it is coded.
    InProgress,
    /// All of it is coded; the result can be fetched.
    Completed,
    /// It could not be coded; the message says why.
    Failed,
    /// Nothing was uploaded in time.
    Expired,
    /// Its owner ended it.
    Cancelled,
}

impl OperationStatus {
    /// Those that an operation leaves again.
    pub const OPEN: [Self; 3] = [Self::AwaitingUpload, Self::Queued, Self::InProgress];

    /// The name in answers and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingUpload => "AWAITING_UPLOAD",
            Self::Queued => "QUEUED",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Expired => "EXPIRED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether the operation still waits or runs.
    #[must_use]
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

/// Lines of a file by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Records with a code.
    pub successful: u64,
    /// Records that the model was not sure enough of at any level.
    pub unsuccessful: u64,
    /// Lines that are no record.
    pub invalid: u64,
}

impl Counts {
    /// Counts one coded record.
    pub fn add(&mut self, status: CodeStatus) {
        match status {
            CodeStatus::Successful => self.successful += 1,
            CodeStatus::Unsuccessful => self.unsuccessful += 1,
        }
    }

    /// All lines.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.coded() + self.invalid
    }

    /// The lines that are records.
    #[must_use]
    pub const fn coded(&self) -> u64 {
        self.successful + self.unsuccessful
    }
}

/// A file that has arrived, and how it is cut into chunks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Whether chunks are read from the inflated copy of the file that arrived.
    pub is_inflated: bool,
    /// The entity tag of the object that chunks are read from: another file is another tag.
    pub etag: String,
    /// Its bytes.
    pub bytes: u64,
    /// The bytes of each chunk but the last.
    pub chunk_bytes: u64,
    /// How many chunks may wait or run at a time.
    pub chunks_at_once: u32,
}

impl Upload {
    /// The number of chunks.
    #[must_use]
    pub fn chunks(&self) -> u32 {
        u32::try_from(self.bytes.div_ceil(self.chunk_bytes.max(1))).unwrap_or(u32::MAX)
    }

    /// The bytes of a chunk.
    #[must_use]
    pub fn range(&self, chunk: u32) -> Range<u64> {
        let place = |chunk: u64| self.bytes.min(chunk * self.chunk_bytes);
        place(chunk.into())..place(u64::from(chunk) + 1)
    }

    /// The chunks to begin with.
    #[must_use]
    pub fn first_chunks(&self) -> Range<u32> {
        0..self.chunks().min(self.chunks_at_once.max(1))
    }

    /// The chunk whose turn it is once this one is done: so that no file, however long, has more
    /// than a few chunks in the queue before another client's.
    #[must_use]
    pub fn chunk_after(&self, chunk: u32) -> Option<u32> {
        let next = chunk.checked_add(self.chunks_at_once.max(1))?;
        (next < self.chunks()).then_some(next)
    }
}

/// The coding of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its identifier.
    pub operation_id: OperationId,
    /// Whose it is.
    pub client_id: ClientId,
    /// What it codes to.
    pub topic: String,
    /// The model that it was created with and keeps.
    pub model_id: Uuid,
    /// Where it stood when it was last written; see [`Operation::status_at`].
    pub status: OperationStatus,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the first chunk was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended, however it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// How many records its owner had left that day when it was created, less those coded.
    pub records_left: u64,
    /// The file, once it has arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
    /// The chunks that are done.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub chunks_done: BTreeSet<u32>,
    /// What became of their lines.
    #[serde(flatten)]
    pub counts: Counts,
    /// The bytes of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_bytes: Option<u64>,
    /// Why it ended without a result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Operation {
    /// A new operation of a client, that waits for its file.
    #[must_use]
    pub fn new(client_id: ClientId, model: &Model, records_left: u64, now: Timestamp) -> Self {
        Self {
            operation_id: OperationId::random(),
            client_id,
            topic: model.topic.clone(),
            model_id: model.model_id,
            status: OperationStatus::AwaitingUpload,
            created_at: now,
            started_at: None,
            finished_at: None,
            records_left,
            upload: None,
            chunks_done: BTreeSet::new(),
            counts: Counts::default(),
            result_bytes: None,
            message: None,
        }
    }

    /// Whether a client reaches it by a path with that topic and model, now. Nobody does any more
    /// once the time of its result is over.
    #[must_use]
    pub fn is_reached_by(
        &self,
        client: &ClientId,
        topic: &str,
        model: Selection<'_>,
        now: Timestamp,
    ) -> bool {
        let is_of_model = match model {
            Selection::Latest => true,
            Selection::Named(id) => id.parse() == Ok(self.model_id),
        };
        let is_over = self.result_expires_at().is_some_and(|end| end <= now);
        self.client_id == *client && self.topic == topic && is_of_model && !is_over
    }

    /// Where it stands now: one that has waited too long for its file has expired.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> OperationStatus {
        let is_late = now.duration_since(self.created_at) > UPLOAD_LIFE;
        match self.status {
            OperationStatus::AwaitingUpload if is_late => OperationStatus::Expired,
            status => status,
        }
    }

    /// How much of the file is coded; 100 only once the result is there.
    #[must_use]
    pub fn percent_complete(&self) -> usize {
        let chunks = self.upload.as_ref().map_or(1, |upload| upload.chunks().max(1) as usize);
        match self.status {
            OperationStatus::Completed => 100,
            _ => (self.chunks_done.len() * 100 / chunks).min(99),
        }
    }

    /// Whether every chunk is done.
    #[must_use]
    pub fn is_all_coded(&self) -> bool {
        self.upload
            .as_ref()
            .is_some_and(|upload| self.chunks_done.len() >= upload.chunks() as usize)
    }

    /// When the result is deleted.
    #[must_use]
    pub fn result_expires_at(&self) -> Option<Timestamp> {
        self.finished_at?.checked_add(RESULT_LIFE).ok()
    }
}

/// Why an operation failed, in the words of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OperationFault {
    /// Nothing is in the file.
    #[error("the uploaded file is empty")]
    Empty,
    /// The file has more bytes than are taken.
    #[error("the uploaded file is larger than {UPLOAD_LIMIT} bytes")]
    TooLarge,
    /// The file begins like gzip and does not go on like it.
    #[error("the uploaded file is not valid gzip: it is damaged or cut off")]
    Damaged,
    /// The file has more bytes than are taken, once it is inflated.
    #[error("the uploaded file is larger than {limit} bytes once it is inflated")]
    TooLargeInflated {
        /// How many are taken.
        limit: u64,
    },
    /// No line is a record.
    #[error(
        "the uploaded file has no valid line: each line must be a JSON object with occp_text and tasks_text, for example {{\"recordId\": \"a1\", \"occp_text\": \"brickie\", \"tasks_text\": \"\"}}"
    )]
    NoValidLine,
    /// Another file came while the first was being coded.
    #[error(
        "another file was uploaded while the first was being coded; create an operation for each file"
    )]
    Replaced,
    /// The file has more records than its owner has left.
    #[error("the uploaded file has more records than the day's limit has left")]
    TooManyRecords,
    /// The model that it was created with was withdrawn.
    #[error("the model of this operation was withdrawn; create an operation with another model")]
    ModelWithdrawn,
    /// It is our fault.
    #[error(
        "the service failed to code the file; no record was counted against your limits; please try again"
    )]
    Internal,
}

/// Why there is no operation to answer with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// None of this identifier, or another client's.
    #[error("the operation is unknown")]
    Unknown,
    /// The client has as many open operations as it may have.
    #[error("{open} operations are open, {allowed} are allowed")]
    TooMany {
        /// How many wait or run.
        open: usize,
        /// How many may.
        allowed: u32,
    },
    /// The client has no records left today.
    #[error("all of the day's {allowed} records are used up")]
    NoRecordsLeft {
        /// The day's records.
        allowed: u32,
        /// Seconds until the next day.
        retry_after: u64,
    },
}

/// After how many seconds it makes sense to ask whether an operation has ended.
const OPERATION_RETRY_SECONDS: u64 = 60;

impl Failure for OperationError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unknown => Kind::OperationUnknown,
            Self::TooMany { .. } | Self::NoRecordsLeft { .. } => Kind::CeilingExceeded,
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Unknown => None,
            Self::TooMany { open, allowed } => Some(format!(
                "{open} bulk operations are awaiting their upload or running, {allowed} are allowed \
                 at a time; wait for one to end or cancel one"
            )),
            Self::NoRecordsLeft { allowed, .. } => Some(format!(
                "the {allowed} bulk records of today are used up; the next day begins at midnight UTC"
            )),
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::TooMany { .. } => Some(OPERATION_RETRY_SECONDS),
            Self::NoRecordsLeft { retry_after, .. } => Some(*retry_after),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ModelStatus;

    fn operation(status: OperationStatus) -> Operation {
        let model = Model {
            model_id: Uuid::nil(),
            model_version: 1,
            model_release_date: Timestamp::UNIX_EPOCH,
            model_type: String::new(),
            topic: "osca".to_owned(),
            topic_version: String::new(),
            input_format: Vec::new(),
            threshold: 0.9,
            status: ModelStatus::Released,
            superseded_date: None,
            retirement_date: None,
            withdrawal_date: None,
            folder: String::new(),
        };
        let operation = Operation::new(ClientId::new("4k2j"), &model, 10, Timestamp::UNIX_EPOCH);
        Operation { status, ..operation }
    }

    fn upload(bytes: u64, chunk_bytes: u64, chunks_at_once: u32) -> Upload {
        Upload { is_inflated: false, etag: String::new(), bytes, chunk_bytes, chunks_at_once }
    }

    #[test]
    fn what_is_not_uploaded_in_time_expires_and_nothing_else_does() {
        let in_time = Timestamp::UNIX_EPOCH + UPLOAD_LIFE;
        let late = in_time + SignedDuration::from_secs(1);
        let waiting = operation(OperationStatus::AwaitingUpload);
        assert_eq!(waiting.status_at(in_time), OperationStatus::AwaitingUpload);
        assert_eq!(waiting.status_at(late), OperationStatus::Expired);
        for status in [OperationStatus::Queued, OperationStatus::Completed] {
            assert_eq!(operation(status).status_at(late), status);
        }
    }

    #[test]
    fn only_its_client_reaches_it_and_only_by_its_topic_and_model() {
        let mut operation = operation(OperationStatus::Completed);
        let (owner, other) = (ClientId::new("4k2j"), ClientId::new("4k2"));
        let now = Timestamp::UNIX_EPOCH;
        let nil = Uuid::nil().to_string();
        assert!(operation.is_reached_by(&owner, "osca", Selection::Latest, now));
        assert!(operation.is_reached_by(&owner, "osca", Selection::Named(&nil), now));
        assert!(!operation.is_reached_by(&other, "osca", Selection::Latest, now));
        assert!(!operation.is_reached_by(&owner, "anzsco", Selection::Latest, now));
        assert!(!operation.is_reached_by(&owner, "osca", Selection::Named("latest"), now));
        operation.finished_at = Some(now);
        assert!(!operation.is_reached_by(&owner, "osca", Selection::Latest, now + RESULT_LIFE));
    }

    #[test]
    fn nothing_is_whole_before_its_result_is_there() {
        let mut operation = operation(OperationStatus::InProgress);
        operation.upload = Some(upload(1_000, 100, 4));
        for (done, percent) in [(0, 0), (3, 30), (10, 99)] {
            operation.chunks_done = (0..done).collect();
            assert_eq!(operation.percent_complete(), percent);
        }
        operation.status = OperationStatus::Completed;
        assert_eq!(operation.percent_complete(), 100);
    }

    proptest! {
        #[test]
        fn chunks_cover_a_file_once_and_in_order(
            bytes in 1..100_000_u64,
            chunk_bytes in 1..5_000_u64,
        ) {
            let upload = upload(bytes, chunk_bytes, 4);
            let mut end = 0;
            for chunk in 0..upload.chunks() {
                let range = upload.range(chunk);
                prop_assert_eq!(range.start, end);
                prop_assert!(!range.is_empty());
                end = range.end;
            }
            prop_assert_eq!(end, bytes);
        }

        #[test]
        fn every_chunk_gets_its_turn_exactly_once(chunks in 1..500_u64, at_once in 0..50_u32) {
            let upload = upload(chunks, 1, at_once);
            let mut turns: Vec<u32> = upload.first_chunks().collect();
            let mut next = 0;
            while next < turns.len() {
                turns.extend(upload.chunk_after(turns[next]));
                next += 1;
            }
            turns.sort_unstable();
            prop_assert_eq!(turns, (0..upload.chunks()).collect::<Vec<_>>());
        }
    }
}
