//! Bulk operations: one item each, every change of it one conditional write.
//!
//! A client's open operations stand in a set of their own item, so that their number can be limited
//! in the same write that adds one. Taking one out of a set twice does no harm.

use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    Update,
};
use domain::{
    ClientId, Counts, Operation, OperationId, OperationStatus, RESULT_LIFE, UPLOAD_LIFE, Upload,
};
use jiff::Timestamp;

use crate::days::{COUNT_LIFE_DAYS, date_of, day_key};
use crate::error::StoreError;
use crate::transaction::transact;

type Item = HashMap<String, AttributeValue>;

/// The operations table, and the table in which records are counted.
#[derive(Debug, Clone)]
pub struct Operations {
    client: Client,
    table: String,
    quotas_table: String,
}

/// What came of a chunk that was coded.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// It was counted; this is the operation after it.
    Counted(Box<Operation>),
    /// It had been counted before.
    Before,
    /// Its operation has ended, and nothing was counted.
    Ended,
    /// It has more records than its owner has left, and nothing was counted.
    TooMany,
}

impl Operations {
    /// The tables of those names.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>, quotas_table: impl Into<String>) -> Self {
        Self { client, table: table.into(), quotas_table: quotas_table.into() }
    }

    /// Adds an operation, unless its client has `allowed` open ones already; says whether it did.
    pub async fn create(&self, operation: &Operation, allowed: u32) -> Result<bool, StoreError> {
        // A set that is not there has no size to compare.
        if allowed == 0 {
            return Ok(false);
        }
        let mut item: Item = serde_dynamo::to_item(operation).map_err(item_error)?;
        item.insert("item".to_owned(), text(OPERATION));
        // Long enough for any file; what has ended gets its own end.
        let last = operation.created_at + UPLOAD_LIFE + RESULT_LIFE + RESULT_LIFE;
        item.insert("expires_at".to_owned(), number(last.as_second()));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(operation_id)");
        let open = self
            .change_of_open(&operation.client_id, "ADD", operation.operation_id)
            .condition_expression(
                "attribute_not_exists(open_operations) OR size(open_operations) < :allowed",
            )
            .expression_attribute_values(":allowed", number(allowed));
        let items = vec![
            TransactWriteItem::builder().put(put.build().map_err(call_error)?).build(),
            TransactWriteItem::builder().update(open.build().map_err(call_error)?).build(),
        ];
        self.transact("creating an operation", items).await
    }

    /// Takes an operation that is over out of its client's set of open ones.
    pub async fn release(&self, client: &ClientId, id: OperationId) -> Result<(), StoreError> {
        let open = self.change_of_open(client, "DELETE", id);
        self.transact("releasing an operation", updates([open])?).await.map(drop)
    }

    /// An operation.
    pub async fn find(&self, id: OperationId) -> Result<Option<Operation>, StoreError> {
        self.get(key(&id.to_string(), OPERATION)).await?.map(read).transpose()
    }

    /// A client's operations that wait or run, or did when they were last looked at.
    pub async fn open_of(&self, client: &ClientId) -> Result<Vec<OperationId>, StoreError> {
        let item = self.get(open_key(client)).await?.unwrap_or_default();
        let ids = item.get("open_operations").and_then(|value| value.as_ss().ok());
        Ok(ids.into_iter().flatten().filter_map(|id| id.parse().ok()).collect())
    }

    /// How many records a client's operations have coded on the day of `now`, in UTC.
    pub async fn records_coded(
        &self,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let item = self
            .client
            .get_item()
            .table_name(&self.quotas_table)
            .key("client_id", day_key(client, date_of(now)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::call("dynamodb:GetItem of a count of records", error))?
            .item;
        let records = item.as_ref().and_then(|item| item.get("records")?.as_n().ok()?.parse().ok());
        Ok(records.unwrap_or(0))
    }

    /// Notes that the file has arrived, if it was awaited; says whether it was.
    pub async fn queue(&self, id: OperationId, upload: &Upload) -> Result<bool, StoreError> {
        let upload = serde_dynamo::to_attribute_value(upload).map_err(item_error)?;
        let update = self
            .update(id)
            .update_expression("SET #status = :queued, upload = :upload")
            .condition_expression("#status = :awaiting")
            .expression_attribute_values(":queued", status(OperationStatus::Queued))
            .expression_attribute_values(":awaiting", status(OperationStatus::AwaitingUpload))
            .expression_attribute_values(":upload", upload);
        Ok(sent(update).await?.is_ok())
    }

    /// Notes that coding has begun, if it had not; nothing happens otherwise.
    pub async fn start(&self, id: OperationId, now: Timestamp) -> Result<(), StoreError> {
        let update = self
            .update(id)
            .update_expression("SET #status = :running, started_at = :now")
            .condition_expression("#status = :queued")
            .expression_attribute_values(":running", status(OperationStatus::InProgress))
            .expression_attribute_values(":queued", status(OperationStatus::Queued))
            .expression_attribute_values(":now", text(now));
        sent(update).await.map(drop)
    }

    /// Counts a chunk that is coded and stored, once, however often it is reported.
    pub async fn record_chunk(
        &self,
        id: OperationId,
        chunk: u32,
        counts: Counts,
    ) -> Result<Recorded, StoreError> {
        let update = self
            .update(id)
            .update_expression(
                "ADD chunks_done :chunk_set, successful :successful, unsuccessful :unsuccessful, \
                 invalid :invalid SET records_left = records_left - :coded",
            )
            .condition_expression(
                "#status = :running AND NOT contains(chunks_done, :chunk) AND records_left >= :coded",
            )
            .expression_attribute_values(":running", status(OperationStatus::InProgress))
            .expression_attribute_values(":chunk", number(chunk))
            .expression_attribute_values(":chunk_set", AttributeValue::Ns(vec![chunk.to_string()]))
            .expression_attribute_values(":successful", number(counts.successful))
            .expression_attribute_values(":unsuccessful", number(counts.unsuccessful))
            .expression_attribute_values(":invalid", number(counts.invalid))
            .expression_attribute_values(":coded", number(counts.coded()));
        Ok(match sent(update).await? {
            Ok(operation) => Recorded::Counted(Box::new(operation)),
            Err(None) => Recorded::Ended,
            Err(Some(operation)) if operation.chunks_done.contains(&chunk) => Recorded::Before,
            Err(Some(operation)) if !operation.status.is_open() => Recorded::Ended,
            Err(Some(_)) => Recorded::TooMany,
        })
    }

    /// Ends an operation whose result is stored, and counts its records; says whether it did.
    /// It does so once, and not if the operation has ended otherwise.
    pub async fn complete(
        &self,
        operation: &Operation,
        result_bytes: u64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let end = self
            .end(operation.operation_id, OperationStatus::Completed, now)
            .update_expression(
                "SET #status = :status, finished_at = :now, expires_at = :expires_at, \
                 result_bytes = :result_bytes",
            )
            .condition_expression("#status = :running")
            .expression_attribute_values(":running", status(OperationStatus::InProgress))
            .expression_attribute_values(":result_bytes", number(result_bytes));
        let count = Update::builder()
            .table_name(&self.quotas_table)
            .key("client_id", day_key(&operation.client_id, date_of(now)))
            .update_expression("SET expires_at = :expires_at ADD records :records")
            .expression_attribute_values(":records", number(operation.counts.coded()))
            .expression_attribute_values(
                ":expires_at",
                number(now.as_second() + COUNT_LIFE_DAYS * 86_400),
            );
        let open = self.change_of_open(&operation.client_id, "DELETE", operation.operation_id);
        let items = updates([end, count, open])?;
        self.transact("completing an operation", items).await
    }

    /// Ends an operation without a result; says whether it did. One that has ended already stays as
    /// it is, but that a completed one can still be cancelled.
    pub async fn end_early(
        &self,
        operation: &Operation,
        outcome: OperationStatus,
        message: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change =
            "SET #status = :status, finished_at = :now, expires_at = :expires_at".to_owned();
        let mut condition = "#status IN (:awaiting, :queued, :running)".to_owned();
        let mut end = self
            .end(operation.operation_id, outcome, now)
            .expression_attribute_values(":awaiting", status(OperationStatus::AwaitingUpload))
            .expression_attribute_values(":queued", status(OperationStatus::Queued))
            .expression_attribute_values(":running", status(OperationStatus::InProgress));
        if let Some(message) = message {
            change += ", message = :message";
            end = end.expression_attribute_values(":message", text(message));
        }
        if outcome == OperationStatus::Cancelled {
            condition += " OR #status = :completed";
            end = end.expression_attribute_values(":completed", status(OperationStatus::Completed));
        }
        let end = end.update_expression(change).condition_expression(condition);
        let open = self.change_of_open(&operation.client_id, "DELETE", operation.operation_id);
        self.transact("ending an operation", updates([end, open])?).await
    }

    async fn get(&self, key: Item) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| StoreError::call("dynamodb:GetItem of an operation", error))?;
        Ok(answer.item)
    }

    fn update(&self, id: OperationId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(&id.to_string(), OPERATION)))
            .expression_attribute_names("#status", "status")
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    fn end(
        &self,
        id: OperationId,
        outcome: OperationStatus,
        now: Timestamp,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(&id.to_string(), OPERATION)))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":status", status(outcome))
            .expression_attribute_values(":now", text(now))
            .expression_attribute_values(":expires_at", number((now + RESULT_LIFE).as_second()))
    }

    /// Puts an operation into its client's set of open ones, or takes it out.
    fn change_of_open(
        &self,
        client: &ClientId,
        verb: &str,
        id: OperationId,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(open_key(client)))
            .update_expression(format!("{verb} open_operations :operation"))
            .expression_attribute_values(":operation", AttributeValue::Ss(vec![id.to_string()]))
    }

    /// Writes all of it, or nothing if a condition does not hold; says which.
    async fn transact(
        &self,
        purpose: &'static str,
        items: Vec<TransactWriteItem>,
    ) -> Result<bool, StoreError> {
        transact(&self.client, purpose, items).await
    }
}

/// The sort key of an operation's own item.
const OPERATION: &str = "operation";
/// The sort key of a client's set of open operations.
const OPEN: &str = "open";

/// The operation after an update, or as it was if the condition did not hold.
async fn sent(
    update: UpdateItemFluentBuilder,
) -> Result<Result<Operation, Option<Operation>>, StoreError> {
    match update.send().await {
        Ok(answer) => read(answer.attributes.unwrap_or_default()).map(Ok),
        Err(SdkError::ServiceError(error))
            if error.err().is_conditional_check_failed_exception() =>
        {
            let item = match error.into_err() {
                UpdateItemError::ConditionalCheckFailedException(failed) => failed.item,
                _ => None,
            };
            Ok(Err(item.map(read).transpose()?))
        }
        Err(error) => Err(StoreError::call("dynamodb:UpdateItem of an operation", error)),
    }
}

fn updates<const COUNT: usize>(
    updates: [aws_sdk_dynamodb::types::builders::UpdateBuilder; COUNT],
) -> Result<Vec<TransactWriteItem>, StoreError> {
    let items = updates.into_iter().map(|update| {
        Ok(TransactWriteItem::builder().update(update.build().map_err(call_error)?).build())
    });
    items.collect()
}

fn key(operation_id: &str, item: &str) -> Item {
    Item::from([("operation_id".to_owned(), text(operation_id)), ("item".to_owned(), text(item))])
}

/// An operation's identifier holds no `#`, so this key is none's.
fn open_key(client: &ClientId) -> Item {
    key(&format!("client#{client}"), OPEN)
}

fn status(status: OperationStatus) -> AttributeValue {
    text(status.as_str())
}

fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn read(item: Item) -> Result<Operation, StoreError> {
    serde_dynamo::from_item(item).map_err(item_error)
}

fn item_error(source: serde_dynamo::Error) -> StoreError {
    StoreError::Item { table: "operations", source }
}

fn call_error(error: aws_sdk_dynamodb::error::BuildError) -> StoreError {
    StoreError::call("building a transaction", error)
}
