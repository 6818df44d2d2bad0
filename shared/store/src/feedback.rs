//! Feedback, and the texts of codes that were wrong.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Feedback, WrongCode};
use jiff::{SignedDuration, Timestamp};

use crate::error::StoreError;

/// How long feedback is kept.
const FEEDBACK_LIFE: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);
/// How long a report of a wrong code is kept, with the texts that its sender let us keep.
const WRONG_CODE_LIFE: SignedDuration = SignedDuration::from_hours(365 * 24);
/// The index of feedback that nobody has settled.
const OPEN: &str = "open";

/// The feedback table, and the table of wrong codes.
#[derive(Debug, Clone)]
pub struct FeedbackBox {
    client: Client,
    table: String,
    wrong_codes_table: String,
}

impl FeedbackBox {
    /// The tables of those names.
    #[must_use]
    pub fn new(
        client: Client,
        table: impl Into<String>,
        wrong_codes_table: impl Into<String>,
    ) -> Self {
        Self { client, table: table.into(), wrong_codes_table: wrong_codes_table.into() }
    }

    /// Keeps feedback, open until it is settled.
    pub async fn put(&self, feedback: &Feedback) -> Result<(), StoreError> {
        let mut item = item_of(&feedback.reference, feedback)?;
        item.insert("listed_as".to_owned(), AttributeValue::S(OPEN.to_owned()));
        item.insert("listed_at".to_owned(), AttributeValue::S(format!("{:.9}", feedback.at)));
        item.insert("expires_at".to_owned(), seconds(feedback.at + FEEDBACK_LIFE));
        self.write(&self.table, item).await
    }

    /// Keeps the report of a wrong code apart from who sent it.
    pub async fn put_wrong_code(
        &self,
        reference: &str,
        wrong_code: &WrongCode,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut item = item_of(reference, wrong_code)?;
        item.insert("expires_at".to_owned(), seconds(now + WRONG_CODE_LIFE));
        self.write(&self.wrong_codes_table, item).await
    }

    /// Up to 100 that nobody has settled, oldest first.
    pub async fn open(&self) -> Result<Vec<Feedback>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(OPEN)
            .key_condition_expression("listed_as = :open")
            .expression_attribute_values(":open", AttributeValue::S(OPEN.to_owned()))
            .limit(100)
            .send()
            .await
            .map_err(|error| StoreError::call("dynamodb:Query of feedback", error))?;
        let records = answer
            .items
            .unwrap_or_default()
            .into_iter()
            .filter_map(|mut item| item.remove("record"));
        records
            .map(|record| serde_dynamo::from_attribute_value(record).map_err(item_error))
            .collect()
    }

    /// Settles feedback: who did, when and how; says false if there is none that is open.
    pub async fn settle(
        &self,
        reference: &str,
        by: &str,
        how: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let outcome = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("reference", text(reference))
            .update_expression(
                "SET settled_by = :by, settled_how = :how, settled_at = :now REMOVE listed_as",
            )
            .condition_expression("listed_as = :open")
            .expression_attribute_values(":by", text(by))
            .expression_attribute_values(":how", text(how))
            .expression_attribute_values(":now", text(&now.to_string()))
            .expression_attribute_values(":open", text(OPEN))
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(true),
            Err(aws_sdk_dynamodb::error::SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                Ok(false)
            }
            Err(error) => Err(StoreError::call("dynamodb:UpdateItem of feedback", error)),
        }
    }

    async fn write(
        &self,
        table: &str,
        item: HashMap<String, AttributeValue>,
    ) -> Result<(), StoreError> {
        self.client
            .put_item()
            .table_name(table)
            .set_item(Some(item))
            .send()
            .await
            .map_err(|error| StoreError::call("dynamodb:PutItem of feedback", error))?;
        Ok(())
    }
}

fn item_of(
    reference: &str,
    record: &impl serde::Serialize,
) -> Result<HashMap<String, AttributeValue>, StoreError> {
    let record = serde_dynamo::to_attribute_value(record).map_err(item_error)?;
    Ok(HashMap::from([
        ("reference".to_owned(), AttributeValue::S(reference.to_owned())),
        ("record".to_owned(), record),
    ]))
}

fn seconds(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.as_second().to_string())
}

fn item_error(source: serde_dynamo::Error) -> StoreError {
    StoreError::Item { table: "feedback", source }
}
