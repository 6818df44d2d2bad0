//! Files of bulk operations in S3: uploads, pieces of results, results.

use std::ops::Range;
use std::path::Path;

use async_compression::tokio::bufread::GzipDecoder;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier, ServerSideEncryption,
};
use bytes::{Bytes, BytesMut};
use domain::{OperationId, UPLOAD_URL_LIFE};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::error::StoreError;

/// The first bytes of a gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The fewest bytes that a part of a multipart upload may have, but for the last (S3's limit).
const LEAST_PART: u64 = 5 * 1024 * 1024;
/// How much of an inflated file goes up at a time.
const INFLATED_PART: usize = 16 * 1024 * 1024;
/// How many parts of a result are put in place at a time.
const PARTS_AT_ONCE: usize = 8;
/// How long the URL of a result is valid; each look at the operation makes a new one.
const RESULT_URL_LIFE: std::time::Duration = std::time::Duration::from_hours(1);
/// The most objects that S3 deletes in one call.
const MOST_DELETED: usize = 1_000;

/// The bucket of bulk operations.
#[derive(Debug, Clone)]
pub struct Files {
    client: Client,
    bucket: String,
    key_arn: String,
}

/// An object as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its entity tag: another content is another tag.
    pub etag: String,
    /// Its bytes.
    pub bytes: u64,
}

/// A file that chunks are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The upload as it came.
    Upload,
    /// The inflated copy of a gzip upload.
    Inflated,
}

/// A range of a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The object is another one than was meant.
    #[error("the object was replaced")]
    Replaced,
    /// S3 could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A gzip file could not be inflated.
#[derive(Debug, thiserror::Error)]
pub enum InflateError {
    /// It is damaged or cut off.
    #[error("the file is not valid gzip")]
    Damaged(#[source] std::io::Error),
    /// It is larger than is taken once it is inflated.
    #[error("the file is too large once inflated")]
    TooLarge,
    /// S3 could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Files {
    /// The bucket of that name, whose objects are encrypted with the KMS key of that ARN.
    #[must_use]
    pub fn new(client: Client, bucket: impl Into<String>, key_arn: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into(), key_arn: key_arn.into() }
    }

    /// The KMS key that uploads are to be encrypted with.
    #[must_use]
    pub fn key_arn(&self) -> &str {
        &self.key_arn
    }

    /// A URL to which one file can be PUT, with the headers of server-side encryption.
    pub async fn upload_url(&self, id: OperationId) -> Result<String, StoreError> {
        let life = UPLOAD_URL_LIFE.unsigned_abs();
        let request = self.client.put_object().bucket(&self.bucket).key(Source::Upload.key(id));
        let request = request
            .server_side_encryption(ServerSideEncryption::AwsKms)
            .ssekms_key_id(&self.key_arn)
            .presigned(presigning(life)?);
        let request = request.await;
        let request = request.map_err(|error| StoreError::call("presigning an upload", error))?;
        Ok(request.uri().to_owned())
    }

    /// A URL from which the result can be fetched.
    pub async fn result_url(&self, id: OperationId) -> Result<String, StoreError> {
        let request = self.client.get_object().bucket(&self.bucket).key(result_key(id));
        let request = request
            .response_content_type("application/x-ndjson")
            .response_content_disposition(format!("attachment; filename=\"{id}.jsonl\""))
            .presigned(presigning(RESULT_URL_LIFE)?);
        let request = request.await;
        let request = request.map_err(|error| StoreError::call("presigning a result", error))?;
        Ok(request.uri().to_owned())
    }

    /// The upload as it stands, or `None` if there is none.
    pub async fn uploaded(&self, id: OperationId) -> Result<Option<Object>, StoreError> {
        self.look_at(&Source::Upload.key(id)).await
    }

    /// Whether the upload is a gzip file.
    pub async fn is_gzip(&self, id: OperationId, upload: &Object) -> Result<bool, ReadError> {
        if upload.bytes < GZIP.len() as u64 {
            return Ok(false);
        }
        let start = self.read(id, Source::Upload, &upload.etag, 0..GZIP.len() as u64).await?;
        Ok(start.as_ref() == GZIP)
    }

    /// Bytes of a file, if it is still the one with that entity tag.
    pub async fn read(
        &self,
        id: OperationId,
        source: Source,
        etag: &str,
        range: Range<u64>,
    ) -> Result<Bytes, ReadError> {
        let request = self.client.get_object().bucket(&self.bucket).key(source.key(id));
        // HTTP ranges include their last byte (RFC 9110, 14.1.2).
        let request =
            request.if_match(etag).range(format!("bytes={}-{}", range.start, range.end - 1));
        let object = request.send().await.map_err(|error| {
            let status = error.raw_response().map(|response| response.status().as_u16());
            if status == Some(412) { ReadError::Replaced } else { get_error(error).into() }
        })?;
        Ok(whole(object).await?)
    }

    /// Inflates a gzip upload into a file beside it, in a stream.
    pub async fn inflate(&self, id: OperationId, limit: u64) -> Result<Object, InflateError> {
        let request = self.client.get_object().bucket(&self.bucket).key(Source::Upload.key(id));
        let object = request.send().await.map_err(get_error)?;
        let mut decoder = GzipDecoder::new(object.body.into_async_read());
        decoder.multiple_members(true);
        let key = Source::Inflated.key(id);
        let upload_id = self.begin_parts(&key).await?;
        match self.inflate_parts(&key, &upload_id, &mut decoder, limit).await {
            Ok(parts) => self.end_parts(&key, &upload_id, parts).await?,
            Err(error) => {
                self.abort_parts(&key, &upload_id).await?;
                return Err(error);
            }
        }
        let object = self.look_at(&key).await?;
        Ok(object.ok_or(StoreError::Incomplete { operation: "inflating an upload" })?)
    }

    async fn inflate_parts(
        &self,
        key: &str,
        upload_id: &str,
        decoder: &mut (impl AsyncRead + Unpin),
        limit: u64,
    ) -> Result<Vec<CompletedPart>, InflateError> {
        let mut parts = Vec::new();
        let mut total = 0;
        loop {
            let mut part = BytesMut::with_capacity(INFLATED_PART);
            while part.len() < INFLATED_PART
                && decoder.read_buf(&mut part).await.map_err(InflateError::Damaged)? > 0
            {
            }
            total += part.len() as u64;
            if total > limit {
                return Err(InflateError::TooLarge);
            }
            // Of an empty file, the one part is empty.
            if part.is_empty() && !parts.is_empty() {
                return Ok(parts);
            }
            let is_last = part.len() < INFLATED_PART;
            let number = part_number(parts.len());
            parts.push(self.put_part(key, upload_id, number, part.freeze()).await?);
            if is_last {
                return Ok(parts);
            }
        }
    }

    /// Stores what a chunk's lines were coded to. The same chunk's piece is overwritten.
    pub async fn put_piece(
        &self,
        id: OperationId,
        chunk: u32,
        file: &Path,
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "s3:PutObject of a piece";
        let body = ByteStream::from_path(file)
            .await
            .map_err(|error| StoreError::call(OPERATION, error))?;
        let request = self.client.put_object().bucket(&self.bucket).key(piece_key(id, chunk));
        request.body(body).send().await.map_err(|error| StoreError::call(OPERATION, error))?;
        Ok(())
    }

    /// Puts the pieces of all chunks together into the result, in order; gives its bytes.
    ///
    /// S3 copies them in place. Only pieces below its least size of a part pass through here,
    /// together with as many of those that follow as are needed.
    pub async fn put_result(&self, id: OperationId, chunks: u32) -> Result<u64, StoreError> {
        let pieces = self.pieces(id).await?;
        if pieces.len() != chunks as usize {
            return Err(StoreError::Incomplete { operation: "listing the pieces of a result" });
        }
        let bytes = pieces.iter().map(|piece| piece.bytes).sum();
        let key = result_key(id);
        let upload_id = self.begin_parts(&key).await?;
        let parts = stream::iter(parts_of(&pieces).into_iter().enumerate())
            .map(|(place, part)| {
                self.put_pieces(&key, &upload_id, part_number(place), &pieces[part])
            })
            .buffered(PARTS_AT_ONCE)
            .try_collect()
            .await;
        match parts {
            Ok(parts) => self.end_parts(&key, &upload_id, parts).await?,
            Err(error) => {
                self.abort_parts(&key, &upload_id).await?;
                return Err(error);
            }
        }
        Ok(bytes)
    }

    /// Puts pieces in place as one part of the result.
    async fn put_pieces(
        &self,
        key: &str,
        upload_id: &str,
        number: i32,
        pieces: &[Piece],
    ) -> Result<CompletedPart, StoreError> {
        if let [piece] = pieces
            && piece.bytes > 0
        {
            return self.copy_part(key, upload_id, number, &piece.key).await;
        }
        let mut part = BytesMut::new();
        for piece in pieces.iter().filter(|piece| piece.bytes > 0) {
            let request = self.client.get_object().bucket(&self.bucket).key(&piece.key);
            part.extend_from_slice(&whole(request.send().await.map_err(get_error)?).await?);
        }
        self.put_part(key, upload_id, number, part.freeze()).await
    }

    /// Deletes what was uploaded and the pieces, once the result is there.
    pub async fn delete_all_but_result(&self, id: OperationId) -> Result<(), StoreError> {
        let pieces = self.pieces(id).await?.into_iter().map(|piece| piece.key);
        self.delete([Source::Upload.key(id), Source::Inflated.key(id)].into_iter().chain(pieces))
            .await
    }

    /// Deletes all that an operation has stored.
    pub async fn delete_all(&self, id: OperationId) -> Result<(), StoreError> {
        self.delete([result_key(id)]).await?;
        self.delete_all_but_result(id).await
    }

    async fn delete(&self, keys: impl IntoIterator<Item = String>) -> Result<(), StoreError> {
        const OPERATION: &str = "s3:DeleteObjects";
        let keys: Vec<String> = keys.into_iter().collect();
        for keys in keys.chunks(MOST_DELETED) {
            let objects: Result<Vec<_>, _> =
                keys.iter().map(|key| ObjectIdentifier::builder().key(key).build()).collect();
            let objects = objects.map_err(|error| StoreError::call(OPERATION, error))?;
            let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build();
            let delete = delete.map_err(|error| StoreError::call(OPERATION, error))?;
            let request = self.client.delete_objects().bucket(&self.bucket).delete(delete);
            let answer =
                request.send().await.map_err(|error| StoreError::call(OPERATION, error))?;
            if !answer.errors().is_empty() {
                return Err(StoreError::Incomplete { operation: OPERATION });
            }
        }
        Ok(())
    }

    async fn pieces(&self, id: OperationId) -> Result<Vec<Piece>, StoreError> {
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(pieces_prefix(id));
        let mut pages = request.into_paginator().send();
        let mut pieces = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| StoreError::call("s3:ListObjectsV2 of pieces", error))?;
            pieces.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| {
                let bytes = object.size.and_then(|size| size.try_into().ok());
                Some(Piece { key: object.key?, bytes: bytes? })
            }));
        }
        Ok(pieces)
    }

    async fn look_at(&self, key: &str) -> Result<Option<Object>, StoreError> {
        const OPERATION: &str = "s3:HeadObject";
        match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head) => {
                let bytes = head.content_length.and_then(|length| length.try_into().ok());
                let object = head.e_tag.zip(bytes).map(|(etag, bytes)| Object { etag, bytes });
                object.map(Some).ok_or(StoreError::Incomplete { operation: OPERATION })
            }
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => {
                Ok(None)
            }
            Err(error) => Err(StoreError::call(OPERATION, error)),
        }
    }

    async fn begin_parts(&self, key: &str) -> Result<String, StoreError> {
        const OPERATION: &str = "s3:CreateMultipartUpload";
        let request = self.client.create_multipart_upload().bucket(&self.bucket).key(key);
        let answer = request.send().await.map_err(|error| StoreError::call(OPERATION, error))?;
        answer.upload_id.ok_or(StoreError::Incomplete { operation: OPERATION })
    }

    async fn put_part(
        &self,
        key: &str,
        upload_id: &str,
        number: i32,
        bytes: Bytes,
    ) -> Result<CompletedPart, StoreError> {
        let request = self.client.upload_part().bucket(&self.bucket).key(key);
        let request =
            request.upload_id(upload_id).part_number(number).body(ByteStream::from(bytes));
        let answer =
            request.send().await.map_err(|error| StoreError::call("s3:UploadPart", error))?;
        let part = CompletedPart::builder().part_number(number);
        Ok(part.set_e_tag(answer.e_tag).set_checksum_crc32(answer.checksum_crc32).build())
    }

    async fn copy_part(
        &self,
        key: &str,
        upload_id: &str,
        number: i32,
        piece: &str,
    ) -> Result<CompletedPart, StoreError> {
        const OPERATION: &str = "s3:UploadPartCopy";
        let request = self.client.upload_part_copy().bucket(&self.bucket).key(key);
        let request = request
            .upload_id(upload_id)
            .part_number(number)
            // Our keys need no percent-encoding.
            .copy_source(format!("{}/{piece}", self.bucket));
        let answer = request.send().await.map_err(|error| StoreError::call(OPERATION, error))?;
        let copied =
            answer.copy_part_result.ok_or(StoreError::Incomplete { operation: OPERATION })?;
        let part = CompletedPart::builder().part_number(number);
        Ok(part.set_e_tag(copied.e_tag).set_checksum_crc32(copied.checksum_crc32).build())
    }

    async fn end_parts(
        &self,
        key: &str,
        upload_id: &str,
        parts: Vec<CompletedPart>,
    ) -> Result<(), StoreError> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self.client.complete_multipart_upload().bucket(&self.bucket).key(key);
        let request = request.upload_id(upload_id).multipart_upload(parts);
        request
            .send()
            .await
            .map_err(|error| StoreError::call("s3:CompleteMultipartUpload", error))?;
        Ok(())
    }

    /// What is not aborted, because the process ended, the bucket's lifecycle sweeps away.
    async fn abort_parts(&self, key: &str, upload_id: &str) -> Result<(), StoreError> {
        let request = self.client.abort_multipart_upload().bucket(&self.bucket).key(key);
        request
            .upload_id(upload_id)
            .send()
            .await
            .map_err(|error| StoreError::call("s3:AbortMultipartUpload", error))?;
        Ok(())
    }
}

impl Source {
    fn key(self, id: OperationId) -> String {
        match self {
            Self::Upload => format!("{UPLOADS}{id}"),
            Self::Inflated => format!("inflated/{id}"),
        }
    }
}

/// What the keys of uploads begin with; the template notifies of these.
const UPLOADS: &str = "uploads/";

/// S3's message that objects were created. (The message with which it tries a queue has none.)
#[derive(Deserialize)]
struct Notification {
    #[serde(default, rename = "Records")]
    records: Vec<NotificationRecord>,
}

#[derive(Deserialize)]
struct NotificationRecord {
    s3: NotificationEntity,
}

#[derive(Deserialize)]
struct NotificationEntity {
    object: NotificationObject,
}

#[derive(Deserialize)]
struct NotificationObject {
    key: String,
}

/// The operations whose uploads a message of S3's tells of.
pub fn operations_uploaded(notification: &str) -> Result<Vec<OperationId>, serde_json::Error> {
    let notification: Notification = serde_json::from_str(notification)?;
    let keys = notification.records.iter().map(|record| &record.s3.object.key);
    Ok(keys.filter_map(|key| operation_of_upload(key)).collect())
}

/// The operation whose upload has this key. (None of our keys needs the encoding that S3 uses here.)
fn operation_of_upload(key: &str) -> Option<OperationId> {
    key.strip_prefix(UPLOADS)?.parse().ok()
}

fn result_key(id: OperationId) -> String {
    format!("results/{id}.jsonl")
}

fn pieces_prefix(id: OperationId) -> String {
    format!("pieces/{id}/")
}

/// In the order of their keys, pieces are in the order of their chunks.
fn piece_key(id: OperationId, chunk: u32) -> String {
    format!("{}{chunk:08}", pieces_prefix(id))
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    key: String,
    bytes: u64,
}

/// Which pieces make a part each: as few as reach S3's least size.
fn parts_of(pieces: &[Piece]) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let mut bytes = 0;
    for (place, piece) in pieces.iter().enumerate() {
        bytes += piece.bytes;
        if bytes >= LEAST_PART {
            parts.push(begin..place + 1);
            (begin, bytes) = (place + 1, 0);
        }
    }
    if begin < pieces.len() {
        parts.push(begin..pieces.len());
    }
    parts
}

fn part_number(place: usize) -> i32 {
    i32::try_from(place + 1).unwrap_or(i32::MAX)
}

async fn whole(object: GetObjectOutput) -> Result<Bytes, StoreError> {
    let body = object.body.collect().await;
    Ok(body.map_err(|error| StoreError::call("s3:GetObject", error))?.into_bytes())
}

fn get_error(error: SdkError<GetObjectError>) -> StoreError {
    StoreError::call("s3:GetObject", error)
}

fn presigning(life: std::time::Duration) -> Result<PresigningConfig, StoreError> {
    PresigningConfig::expires_in(life).map_err(|error| StoreError::call("presigning", error))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_hold_every_piece_in_order_and_are_large_enough(
            sizes in prop::collection::vec(0..2 * LEAST_PART, 1..40),
        ) {
            let pieces: Vec<Piece> =
                sizes.iter().map(|&bytes| Piece { key: bytes.to_string(), bytes }).collect();
            let parts: Vec<&[Piece]> =
                parts_of(&pieces).into_iter().map(|part| &pieces[part]).collect();
            prop_assert_eq!(parts.concat(), pieces.clone());
            let bytes = |part: &[Piece]| part.iter().map(|piece| piece.bytes).sum::<u64>();
            for part in &parts[..parts.len() - 1] {
                prop_assert!(bytes(part) >= LEAST_PART);
                prop_assert!(bytes(&part[..part.len() - 1]) < LEAST_PART);
            }
        }
    }

    #[test]
    fn a_notification_names_the_operations_and_the_trial_of_a_queue_none() {
        let id = OperationId::random();
        let record = |key: String| serde_json::json!({"s3": {"object": {"key": key, "size": 7}}});
        let records = [record(format!("uploads/{id}")), record("uploads/other".to_owned())];
        let created = serde_json::json!({"Records": records}).to_string();
        assert_eq!(operations_uploaded(&created).unwrap(), [id]);
        let trial = r#"{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}"#;
        assert_eq!(operations_uploaded(trial).unwrap(), []);
        assert!(operations_uploaded("no JSON").is_err());
    }

    #[test]
    fn a_key_names_its_operation_and_no_other_key_does() {
        let id = OperationId::random();
        assert_eq!(operation_of_upload(&Source::Upload.key(id)), Some(id));
        for key in ["uploads/", "uploads/x", "results/1.jsonl", &format!("uploads/{id}/x")] {
            assert_eq!(operation_of_upload(key), None);
        }
    }
}
