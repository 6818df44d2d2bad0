//! The part of the work that the service does.

use std::fs::File;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar};
use uuid::Uuid;

use super::super::exit::{Exit, stop};
use super::super::interrupt::Interrupt;
use super::super::terminal::{bar, say, say_without_terminal};
use crate::{Client, Operation, OperationId, OperationStatus};

const BYTES: &str = "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}";
const RECORDS: &str = "coding {bar:30} {human_pos} of {human_len}, {msg}";

/// Who does it, and for which topic.
pub(super) struct Operator<'a> {
    pub(super) client: &'a Client,
    pub(super) topic: &'a str,
    pub(super) interrupt: &'a Interrupt,
}

impl Operator<'_> {
    /// Creates an operation and sends its file. An operation whose file did not arrive is of no use
    /// and is ended.
    pub(super) async fn send(
        &self,
        model: Option<Uuid>,
        file: &File,
    ) -> anyhow::Result<OperationId> {
        let target = self
            .interrupt
            .or(async { Ok(self.client.create_operation(self.topic, model).await?) })
            .await?;
        let length = file.metadata()?.len();
        say_without_terminal(format!("uploading {}", HumanBytes(length)));
        let bar = bar(length, BYTES).with_message("uploading");
        let on_progress = {
            let bar = bar.clone();
            move |sent| bar.set_position(sent)
        };
        let upload = async { Ok(self.client.upload(&target, file, on_progress).await?) };
        let sent = self.interrupt.or(upload).await;
        bar.finish_and_clear();
        if let Err(error) = sent {
            // It would end by itself, only later.
            let _ = self.client.cancel_operation(self.topic, target.operation_id).await;
            return Err(error.context("the upload did not succeed; nothing was coded"));
        }
        Ok(target.operation_id)
    }

    /// An operation whose file has arrived.
    pub(super) async fn arrived(&self, id: OperationId) -> anyhow::Result<OperationId> {
        let operation = self.client.operation(self.topic, id).await?;
        ensure!(
            operation.status != OperationStatus::AwaitingUpload,
            "the operation's file has not arrived; try again in a minute, or run the command \
             without --resume"
        );
        Ok(id)
    }

    /// Waits until an operation of so many records is completed.
    pub(super) async fn wait(&self, id: OperationId, records: u64) -> anyhow::Result<Operation> {
        let bar = bar(records, RECORDS);
        let mut watch = Watch::new(bar.clone(), records);
        let wait = self.client.wait_for_operation(self.topic, id, |operation| {
            watch.show(operation);
        });
        let operation = self.interrupt.or(async { Ok(wait.await?) }).await;
        bar.finish_and_clear();
        let operation = operation?;
        completed(&operation)?;
        Ok(operation)
    }

    /// Fetches the result of a completed operation.
    pub(super) async fn fetch(&self, operation: &Operation, file: &File) -> anyhow::Result<()> {
        let length = operation.result_size_bytes.unwrap_or(0);
        say_without_terminal(format!("downloading {}", HumanBytes(length)));
        let bar = bar(length, BYTES).with_message("downloading");
        let download = self.client.download(operation, file, |received| bar.set_position(received));
        let fetched = self.interrupt.or(async { Ok(download.await?) }).await;
        bar.finish_and_clear();
        fetched.context("the download did not succeed")
    }
}

fn completed(operation: &Operation) -> anyhow::Result<()> {
    let message = match operation.status {
        OperationStatus::Completed => return Ok(()),
        OperationStatus::Failed => operation.message.as_deref().unwrap_or("no reason is known"),
        OperationStatus::Expired => "its file did not arrive in time; run the command again",
        OperationStatus::Cancelled => "someone ended it; run the command again",
        _ => "it has not ended",
    };
    let status = operation.status.as_str();
    Err(stop(Exit::OperationFailed, format!("the operation is {status}: {message}")))
}

/// Shows how an operation gets on, by a bar or, without a terminal, by lines.
struct Watch {
    bar: ProgressBar,
    records: u64,
    start: Option<(Instant, u64)>,
    said: Option<(OperationStatus, u8)>,
}

impl Watch {
    fn new(bar: ProgressBar, records: u64) -> Self {
        Self { bar, records, start: None, said: None }
    }

    fn show(&mut self, operation: &Operation) {
        let coded = operation.records_coded + operation.records_invalid;
        let (start, coded_before) = *self.start.get_or_insert((Instant::now(), coded));
        let left = time_left(
            coded - coded_before.min(coded),
            start.elapsed(),
            self.records - coded.min(self.records),
        );
        let left = match left {
            Some(left) => format!("about {} left", HumanDuration(left)),
            None => operation.status.as_str().to_lowercase().replace('_', " "),
        };
        let said = (operation.status, operation.percent_complete);
        if self.said.replace(said) != Some(said) {
            let (coded, records) = (HumanCount(coded), HumanCount(self.records));
            say_without_terminal(format!("coding: {coded} of {records}, {left}"));
        }
        self.bar.set_message(left);
        self.bar.set_position(coded);
    }
}

/// How long the rest takes at the pace so far.
fn time_left(done: u64, elapsed: Duration, left: u64) -> Option<Duration> {
    let pace = elapsed.checked_div(u32::try_from(done).ok()?)?;
    pace.checked_mul(u32::try_from(left).ok()?).filter(|_| left > 0)
}

/// Says that nothing is lost, and how to go on.
pub(super) fn say_how_to_resume(command: &str) {
    say(format!("The operation stays at the service. To fetch its result later:\n  {command}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_needs_something_done_and_something_left() {
        let minute = Duration::from_mins(1);
        assert_eq!(time_left(0, minute, 100), None);
        assert_eq!(time_left(100, minute, 0), None);
        assert_eq!(time_left(1_000_000, minute, 500_000), Some(minute / 2));
    }
}
