//! Applications, and what became of them: one item each, every change of it one transaction with
//! the act that is written down, the mails that are owed, and what the authoriser is to know.
//!
//! | `registration_id` | `item` | what it is |
//! |---|---|---|
//! | a registration | `application` | its record |
//! | the same | `act#<time>#<revision>#<act>` | one act, written once and never changed |
//! | the same | `mail#<mail>` | a mail that is owed; gone when it is sent |
//! | the same | `link#<purpose>` | the hash of a link's token, and whether it was used |

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use domain::{
    ActRecord, Application, ApplicationState, LinkPurpose, OwedMail, Registration, RegistrationId,
    Step, UNCONFIRMED_LIFE,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::StoreError;
use crate::transaction::transact;

type Item = HashMap<String, AttributeValue>;

/// How long whoever sends a mail is left alone with it: longer than any function may run.
const CLAIM: SignedDuration = SignedDuration::from_secs(120);
/// The index of items by what they are listed as.
const LISTS: &str = "lists";
/// What owed mails are listed as.
const MAIL: &str = "mail";

/// The applications table, and the registrations table that the authoriser reads.
#[derive(Debug, Clone)]
pub struct Applications {
    client: Client,
    table: String,
    registrations_table: String,
}

/// A link as it is kept: its token's hash and not its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// The SHA-256 of its token.
    pub hash: Vec<u8>,
    /// What it opens: an address or a client's identifier.
    pub subject: String,
    /// Until when it is good.
    pub good_until: Timestamp,
    /// Whether it was used.
    pub is_used: bool,
}

impl Applications {
    /// The tables of those names.
    #[must_use]
    pub fn new(
        client: Client,
        table: impl Into<String>,
        registrations_table: impl Into<String>,
    ) -> Self {
        Self { client, table: table.into(), registrations_table: registrations_table.into() }
    }

    /// A registration's record.
    pub async fn find(&self, id: RegistrationId) -> Result<Option<Application>, StoreError> {
        self.get(id, APPLICATION).await?.map(record).transpose()
    }

    /// Writes what an act comes to; says false, and writes nothing, if the record is no longer the
    /// one that the act was done on, or its link, whose token has this hash, is used up.
    pub async fn record(&self, step: &Step, link_hash: &[u8]) -> Result<bool, StoreError> {
        let application = &step.application;
        let id = application.registration_id;
        let put =
            Put::builder().table_name(&self.table).set_item(Some(application_item(application)?));
        let put = if application.revision == 1 {
            put.condition_expression("attribute_not_exists(registration_id)")
        } else {
            put.condition_expression("revision = :seen")
                .expression_attribute_values(":seen", number(application.revision - 1))
        };
        let mut writes =
            vec![write_put(put)?, self.write_act(id, &step.act, application.revision)?];
        for mail in &step.mails {
            let mut item = item_of(id, &mail_key(mail.mail_id), mail)?;
            list(&mut item, MAIL, mail.owed_at);
            writes.push(write_put(Put::builder().table_name(&self.table).set_item(Some(item)))?);
        }
        if let Some(purpose) = step.spent_link {
            let update = Update::builder()
                .table_name(&self.table)
                .set_key(Some(key(id, &link_key(purpose))))
                .update_expression("SET used_at = :now")
                .condition_expression("attribute_not_exists(used_at) AND token_hash = :hash")
                .expression_attribute_values(":now", text(application.changed_at))
                .expression_attribute_values(":hash", AttributeValue::B(link_hash.to_vec().into()));
            writes.push(write_update(update)?);
        }
        for registration in application.registrations() {
            writes.push(write_update(self.known_to_the_authoriser(&registration)?)?);
        }
        for client in &step.removed_clients {
            let delete = Delete::builder()
                .table_name(&self.registrations_table)
                .key("client_id", text(client))
                .build()
                .map_err(|error| StoreError::call(RECORD, error))?;
            writes.push(TransactWriteItem::builder().delete(delete).build());
        }
        transact(&self.client, RECORD, writes).await
    }

    /// Everything of a client's item but its own limits, which operators of old may have set.
    fn known_to_the_authoriser(
        &self,
        registration: &Registration,
    ) -> Result<aws_sdk_dynamodb::types::builders::UpdateBuilder, StoreError> {
        let mut item: Item = serde_dynamo::to_item(registration).map_err(item_error)?;
        item.remove("client_id");
        item.remove("limits");
        let mut update = Update::builder()
            .table_name(&self.registrations_table)
            .key("client_id", text(&registration.client_id));
        let mut assignments = Vec::new();
        for (place, (name, value)) in item.into_iter().enumerate() {
            assignments.push(format!("#n{place} = :v{place}"));
            update = update
                .expression_attribute_names(format!("#n{place}"), name)
                .expression_attribute_values(format!(":v{place}"), value);
        }
        let mut expression = format!("SET {}", assignments.join(", "));
        // Left out of the item where there are none, and so not overwritten.
        if registration.measures.is_empty() {
            expression.push_str(" REMOVE measures");
        }
        Ok(update.update_expression(expression))
    }

    /// Up to `limit` records in that state, oldest first, that came after that instant.
    pub async fn in_state(
        &self,
        state: ApplicationState,
        after: Option<Timestamp>,
        limit: i32,
    ) -> Result<Vec<Application>, StoreError> {
        self.listed(state.as_str(), after, limit).await?.into_iter().map(record).collect()
    }

    /// Up to `limit` owed mails of all registrations, oldest first, that are owed since before that
    /// instant.
    pub async fn owed_mails(
        &self,
        before: Timestamp,
        limit: i32,
    ) -> Result<Vec<(RegistrationId, OwedMail)>, StoreError> {
        let items = self.listed(MAIL, None, limit).await?.into_iter();
        let mails = items.map(|item| {
            let id = item.get("registration_id").and_then(|id| id.as_s().ok()?.parse().ok());
            Ok((id, record::<OwedMail>(item)?))
        });
        let mails: Vec<(Option<RegistrationId>, OwedMail)> = mails.collect::<Result<_, _>>()?;
        let old = mails.into_iter().filter(|(_, mail)| mail.owed_at < before);
        Ok(old.filter_map(|(id, mail)| Some((id?, mail))).collect())
    }

    /// The mails that a registration is owed.
    pub async fn owed_mails_of(&self, id: RegistrationId) -> Result<Vec<OwedMail>, StoreError> {
        self.beginning_with(id, "mail#").await?.into_iter().map(record).collect()
    }

    /// The acts on a registration, oldest first.
    pub async fn acts_of(&self, id: RegistrationId) -> Result<Vec<ActRecord>, StoreError> {
        self.beginning_with(id, "act#").await?.into_iter().map(record).collect()
    }

    /// Takes on the sending of a mail; says false if it was sent, or if somebody else is at it.
    pub async fn claim_mail(
        &self,
        id: RegistrationId,
        mail: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let outcome = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(id, &mail_key(mail))))
            .update_expression("SET claimed_until = :until")
            .condition_expression(
                "attribute_exists(registration_id) \
                 AND (attribute_not_exists(claimed_until) OR claimed_until < :now)",
            )
            .expression_attribute_values(":until", number((now + CLAIM).as_second()))
            .expression_attribute_values(":now", number(now.as_second()))
            .send()
            .await;
        held("dynamodb:UpdateItem of a mail", outcome, |error| {
            error.is_conditional_check_failed_exception()
        })
    }

    /// A mail was sent, or has nothing to say any more.
    pub async fn forget_mail(&self, id: RegistrationId, mail: Uuid) -> Result<(), StoreError> {
        self.delete(key(id, &mail_key(mail))).await
    }

    /// Puts a link in the place of the one before it for the same purpose; says false if that one
    /// was used and opened the same.
    pub async fn put_link(&self, id: RegistrationId, link: &Link) -> Result<bool, StoreError> {
        let forgotten = link.good_until + SignedDuration::from_hours(24);
        let mut item = key(id, &link_key(link.purpose));
        item.insert("token_hash".to_owned(), AttributeValue::B(link.hash.clone().into()));
        item.insert("subject".to_owned(), text(&link.subject));
        item.insert("good_until".to_owned(), text(link.good_until));
        // A used one is kept, as it is what says that there is no secret left to show.
        if link.purpose != LinkPurpose::Secret {
            item.insert("expires_at".to_owned(), number(forgotten.as_second()));
        }
        let outcome = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(used_at) OR subject <> :subject")
            .expression_attribute_values(":subject", text(&link.subject))
            .send()
            .await;
        held("dynamodb:PutItem of a link", outcome, |error| {
            error.is_conditional_check_failed_exception()
        })
    }

    /// The link for a purpose.
    pub async fn link(
        &self,
        id: RegistrationId,
        purpose: LinkPurpose,
    ) -> Result<Option<Link>, StoreError> {
        let Some(item) = self.get(id, &link_key(purpose)).await? else { return Ok(None) };
        let read = || {
            Some(Link {
                purpose,
                hash: item.get("token_hash")?.as_b().ok()?.as_ref().to_vec(),
                subject: item.get("subject")?.as_s().ok()?.clone(),
                good_until: item.get("good_until")?.as_s().ok()?.parse().ok()?,
                is_used: item.contains_key("used_at"),
            })
        };
        Ok(read())
    }

    /// Writes down an act that changes nothing of the record.
    pub async fn write_down(&self, id: RegistrationId, act: &ActRecord) -> Result<(), StoreError> {
        transact(&self.client, RECORD, vec![self.write_act(id, act, u64::MAX)?]).await.map(drop)
    }

    /// Deletes what is kept of a registration but the acts; writes this one down first.
    pub async fn erase(&self, id: RegistrationId, act: &ActRecord) -> Result<(), StoreError> {
        self.write_down(id, act).await?;
        for prefix in ["mail#", "link#"] {
            for item in self.beginning_with(id, prefix).await? {
                if let Some(AttributeValue::S(place)) = item.get("item") {
                    self.delete(key(id, place)).await?;
                }
            }
        }
        // Last, so that an erasure that was broken off is found again and can be repeated.
        self.delete(key(id, APPLICATION)).await
    }

    /// Acts of the same instant stand in the order of the revisions that they made.
    fn write_act(
        &self,
        id: RegistrationId,
        act: &ActRecord,
        revision: u64,
    ) -> Result<TransactWriteItem, StoreError> {
        let place = format!("act#{:.9}#{revision:020}#{}", act.at, act.act_id);
        let item = item_of(id, &place, act)?;
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        write_put(put.condition_expression("attribute_not_exists(registration_id)"))
    }

    async fn get(&self, id: RegistrationId, item: &str) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = request.set_key(Some(key(id, item))).send().await;
        let answer = answer
            .map_err(|error| StoreError::call("dynamodb:GetItem of an application", error))?;
        Ok(answer.item)
    }

    async fn delete(&self, key: Item) -> Result<(), StoreError> {
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(key));
        let deleted = request.send().await;
        deleted
            .map_err(|error| StoreError::call("dynamodb:DeleteItem of an application", error))?;
        Ok(())
    }

    async fn beginning_with(
        &self,
        id: RegistrationId,
        prefix: &str,
    ) -> Result<Vec<Item>, StoreError> {
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("registration_id = :id AND begins_with(#item, :prefix)")
            .expression_attribute_names("#item", "item")
            .expression_attribute_values(":id", text(id))
            .expression_attribute_values(":prefix", text(prefix))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<_, _>>()
            .await
            .map_err(|error| StoreError::call("dynamodb:Query of an application", error))
    }

    async fn listed(
        &self,
        list: &str,
        after: Option<Timestamp>,
        limit: i32,
    ) -> Result<Vec<Item>, StoreError> {
        let after = after.map_or(String::new(), |after| format!("{after:.9}"));
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(LISTS)
            .key_condition_expression("listed_as = :list AND listed_at > :after")
            .expression_attribute_values(":list", text(list))
            // No instant's text sorts before this one.
            .expression_attribute_values(
                ":after",
                text(if after.is_empty() { "#" } else { &after }),
            )
            .limit(limit)
            .send()
            .await
            .map_err(|error| StoreError::call("dynamodb:Query of applications", error))?;
        Ok(answer.items.unwrap_or_default())
    }
}

/// The sort key of a record.
const APPLICATION: &str = "application";
const RECORD: &str = "recording an act";

fn mail_key(mail: Uuid) -> String {
    format!("mail#{mail}")
}

fn link_key(purpose: LinkPurpose) -> String {
    format!("link#{}", purpose.as_str())
}

fn key(id: RegistrationId, item: &str) -> Item {
    Item::from([("registration_id".to_owned(), text(id)), ("item".to_owned(), text(item))])
}

fn application_item(application: &Application) -> Result<Item, StoreError> {
    let mut item = item_of(application.registration_id, APPLICATION, application)?;
    item.insert("revision".to_owned(), number(application.revision));
    list(&mut item, application.state.as_str(), application.created_at);
    if application.state == ApplicationState::Applied {
        let end = application.created_at + UNCONFIRMED_LIFE;
        item.insert("expires_at".to_owned(), number(end.as_second()));
    }
    Ok(item)
}

fn item_of(id: RegistrationId, place: &str, record: &impl Serialize) -> Result<Item, StoreError> {
    let mut item = key(id, place);
    let record = serde_dynamo::to_attribute_value(record).map_err(item_error)?;
    item.insert("record".to_owned(), record);
    Ok(item)
}

/// Enters an item in a list. With nine digits of a second, so that texts sort as instants do.
fn list(item: &mut Item, name: &str, at: Timestamp) {
    item.insert("listed_as".to_owned(), text(name));
    item.insert("listed_at".to_owned(), text(format!("{at:.9}")));
}

fn record<Record: DeserializeOwned>(mut item: Item) -> Result<Record, StoreError> {
    let record = item.remove("record").unwrap_or(AttributeValue::Null(true));
    serde_dynamo::from_attribute_value(record).map_err(item_error)
}

/// Whether the condition of a write held.
fn held<Output, Error>(
    operation: &'static str,
    outcome: Result<Output, SdkError<Error>>,
    is_condition: impl FnOnce(&Error) -> bool,
) -> Result<bool, StoreError>
where
    Error: std::error::Error + Send + Sync + 'static,
{
    match outcome {
        Ok(_) => Ok(true),
        Err(SdkError::ServiceError(error)) if is_condition(error.err()) => Ok(false),
        Err(error) => Err(StoreError::call(operation, error)),
    }
}

fn write_put(
    put: aws_sdk_dynamodb::types::builders::PutBuilder,
) -> Result<TransactWriteItem, StoreError> {
    let put = put.build().map_err(|error| StoreError::call(RECORD, error))?;
    Ok(TransactWriteItem::builder().put(put).build())
}

fn write_update(
    update: aws_sdk_dynamodb::types::builders::UpdateBuilder,
) -> Result<TransactWriteItem, StoreError> {
    let update = update.build().map_err(|error| StoreError::call(RECORD, error))?;
    Ok(TransactWriteItem::builder().update(update).build())
}

fn text(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn item_error(source: serde_dynamo::Error) -> StoreError {
    StoreError::Item { table: "applications", source }
}
