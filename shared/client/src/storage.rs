//! Files on their way to and from the store that the service names. Nothing here carries a token:
//! the URLs are signed, as good as passwords, and stay out of errors.

use std::io::SeekFrom;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::stream::{Stream, try_unfold};
use reqwest::header::{CONTENT_LENGTH, RANGE};
use reqwest::{Body, RequestBuilder, Response, StatusCode};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::client::Client;
use crate::error::ClientError;
use crate::operation::{Operation, UploadTarget};
use crate::retry::Repeat;

/// How much of a file is in memory at a time.
const PIECE_BYTES: usize = 128 * 1024;
/// A download on which nothing has come for so long is dead.
const SILENCE: Duration = Duration::from_mins(1);

/// For files, which take as long as they take.
pub(crate) fn http() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().connect_timeout(Duration::from_secs(30)).build()
}

impl Client {
    /// Sends the file of an operation, JSON Lines, plain or gzip, without holding more than a piece
    /// of it in memory; `on_progress` is told how many bytes have been sent. Coding begins by itself.
    ///
    /// Once all of it has been sent, it is not sent again even by a patient client: the service
    /// takes one file for each operation, and the first may have arrived. The operation tells.
    pub async fn upload(
        &self,
        target: &UploadTarget,
        file: &std::fs::File,
        on_progress: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<(), ClientError> {
        let length = file.metadata()?.len();
        let on_progress = Arc::new(on_progress);
        let sent = Arc::new(AtomicU64::new(0));
        let is_partly_sent = || sent.load(Ordering::Relaxed) < length;
        let repeat = || if is_partly_sent() { Repeat::Whenever } else { Repeat::IfNothingWasDone };
        self.again(repeat, || async {
            sent.store(0, Ordering::Relaxed);
            let (sent, on_progress) = (Arc::clone(&sent), Arc::clone(&on_progress));
            let pieces = pieces(at(file, 0).await?, move |piece| {
                on_progress(sent.fetch_add(piece, Ordering::Relaxed) + piece);
            });
            accepted(self.put(target, length, pieces)).await.map(drop)
        })
        .await
    }

    /// Writes the result of a completed operation over a file, without holding more than a piece of
    /// it in memory, and checks its length; `on_progress` is told how many bytes have come. A
    /// patient client goes on where a connection broke.
    pub async fn download(
        &self,
        operation: &Operation,
        file: &std::fs::File,
        on_progress: impl Fn(u64),
    ) -> Result<(), ClientError> {
        let url = operation.result_download_url.as_deref().ok_or(ClientError::NoResult)?;
        file.set_len(0)?;
        self.again(|| Repeat::Whenever, || self.fetch(url, file, &on_progress)).await?;
        let received = file.metadata()?.len();
        match operation.result_size_bytes {
            Some(expected) if expected != received => {
                Err(ClientError::Truncated { received, expected })
            }
            _ => Ok(()),
        }
    }

    fn put(
        &self,
        target: &UploadTarget,
        length: u64,
        pieces: impl Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    ) -> RequestBuilder {
        self.files
            .put(&target.request_upload_url)
            .header(CONTENT_LENGTH, length)
            .header("x-amz-server-side-encryption", "aws:kms")
            .header("x-amz-server-side-encryption-aws-kms-key-id", &target.bucket_kms_key_arn)
            .body(Body::wrap_stream(pieces))
    }

    /// Fetches what is not yet in the file.
    async fn fetch(
        &self,
        url: &str,
        file: &std::fs::File,
        on_progress: impl Fn(u64),
    ) -> Result<(), ClientError> {
        let mut received = file.metadata()?.len();
        let mut request = self.files.get(url);
        if received > 0 {
            request = request.header(RANGE, format!("bytes={received}-"));
        }
        let mut answer = moving(accepted(request)).await?;
        if answer.status() != StatusCode::PARTIAL_CONTENT {
            received = 0;
        }
        let mut file = at(file, received).await?;
        file.set_len(received).await?;
        let mut end = Ok(());
        while let Some(piece) = next_piece(&mut answer, &mut end).await {
            file.write_all(&piece).await?;
            received += piece.len() as u64;
            on_progress(received);
        }
        // What came before a connection broke need not come again.
        file.flush().await?;
        end
    }
}

/// The next piece of an answer, or `None` at its end or, with the error noted, where it broke.
async fn next_piece(answer: &mut Response, end: &mut Result<(), ClientError>) -> Option<Bytes> {
    let piece = moving(async { Ok(answer.chunk().await.map_err(reqwest::Error::without_url)?) });
    piece.await.unwrap_or_else(|error| {
        *end = Err(error);
        None
    })
}

/// The file for one attempt at sending or writing it from there on.
async fn at(file: &std::fs::File, position: u64) -> std::io::Result<File> {
    let mut file = File::from_std(file.try_clone()?);
    file.seek(SeekFrom::Start(position)).await?;
    Ok(file)
}

fn pieces(
    file: File,
    on_sent: impl Fn(u64) + Send,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send {
    try_unfold((file, on_sent), |(mut file, on_sent)| async {
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        let read = file.read_buf(&mut piece).await?;
        on_sent(read as u64);
        Ok((read > 0).then(|| (piece.freeze(), (file, on_sent))))
    })
}

async fn moving<T>(step: impl Future<Output = Result<T, ClientError>>) -> Result<T, ClientError> {
    timeout(SILENCE, step).await.unwrap_or(Err(ClientError::Silent(SILENCE.as_secs())))
}

/// The store's answer, unless it is a refusal.
async fn accepted(request: RequestBuilder) -> Result<Response, ClientError> {
    let answer = request.send().await.map_err(reqwest::Error::without_url)?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status().as_u16();
    let text = answer.text().await.map_err(reqwest::Error::without_url)?;
    Err(ClientError::Store { status, answer: message(&text).to_owned() })
}

/// The message of the store's XML. The rest may repeat what was signed.
fn message(xml: &str) -> &str {
    xml.split_once("<Message>")
        .and_then(|(_, rest)| rest.split_once("</Message>"))
        .map_or("(without a message)", |(message, _)| message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_message_of_a_refusal_is_shown() {
        let xml = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message><X>secret</X></Error>";
        assert_eq!(message(xml), "Request has expired");
        assert_eq!(message("secret"), "(without a message)");
    }
}
