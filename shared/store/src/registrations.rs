//! Registrations, and the limits of tiers and clients.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::{ClientId, Limits, Overrides, Registration, RegistrationState, Tier};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

type Item = HashMap<String, AttributeValue>;

/// The registrations table.
#[derive(Debug, Clone)]
pub struct Registrations {
    client: Client,
    table: String,
}

/// A registration together with the limits that it has, measures aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The registration.
    pub registration: Registration,
    /// The published limits, as changed for the tier, as changed for the client.
    pub limits: Limits,
}

/// A tier's item. Its key cannot be a client's: Cognito's identifiers hold no `#`.
#[derive(Serialize, Deserialize)]
struct TierItem {
    #[serde(default)]
    limits: Overrides,
}

impl Registrations {
    /// The table of that name.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// The registration of a client with its limits, if there is one.
    ///
    /// Its tier is not known beforehand, so both tiers' items are read in the same call.
    pub async fn find(&self, client: &ClientId) -> Result<Option<Registered>, StoreError> {
        const OPERATION: &str = "dynamodb:BatchGetItem of a registration";
        let keys = [client.as_str().to_owned(), tier_key(Tier::Public), tier_key(Tier::Partner)]
            .map(|key| Item::from([("client_id".to_owned(), AttributeValue::S(key))]));
        let request = KeysAndAttributes::builder()
            .set_keys(Some(keys.to_vec()))
            .consistent_read(true)
            .build()
            .map_err(|error| StoreError::call(OPERATION, error))?;
        let answer = self
            .client
            .batch_get_item()
            .request_items(&self.table, request)
            .send()
            .await
            .map_err(|error| StoreError::call(OPERATION, error))?;
        if answer.unprocessed_keys.is_some_and(|keys| !keys.is_empty()) {
            return Err(StoreError::Incomplete { operation: OPERATION });
        }
        let items = answer.responses.and_then(|mut tables| tables.remove(&self.table));
        registered(client, items.unwrap_or_default())
    }

    /// Adds a registration; fails if the client has one.
    pub async fn add(&self, registration: &Registration) -> Result<(), StoreError> {
        let item: Item = serde_dynamo::to_item(registration).map_err(item_error)?;
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(client_id)")
            .send()
            .await
            .map_err(|error| StoreError::call("dynamodb:PutItem of a registration", error))?;
        Ok(())
    }

    /// Gives a client limits of its own, replacing those that it had.
    pub async fn set_limits(&self, client: &ClientId, limits: Overrides) -> Result<(), StoreError> {
        self.set(client, "limits", serde_dynamo::to_attribute_value(limits).map_err(item_error)?)
            .await
    }

    /// Suspends, revokes or readmits a client.
    pub async fn set_state(
        &self,
        client: &ClientId,
        state: RegistrationState,
    ) -> Result<(), StoreError> {
        self.set(client, "state", serde_dynamo::to_attribute_value(state).map_err(item_error)?)
            .await
    }

    /// Gives a whole tier limits other than the published ones, replacing those that it had.
    pub async fn set_tier_limits(&self, tier: Tier, limits: Overrides) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(TierItem { limits }).map_err(item_error)?;
        item.insert("client_id".to_owned(), AttributeValue::S(tier_key(tier)));
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .send()
            .await
            .map_err(|error| StoreError::call("dynamodb:PutItem of a tier's limits", error))?;
        Ok(())
    }

    async fn set(
        &self,
        client: &ClientId,
        attribute: &str,
        value: AttributeValue,
    ) -> Result<(), StoreError> {
        let outcome = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("client_id", AttributeValue::S(client.as_str().to_owned()))
            .update_expression("SET #attribute = :value")
            .condition_expression("attribute_exists(client_id)")
            .expression_attribute_names("#attribute", attribute)
            .expression_attribute_values(":value", value)
            .send()
            .await;
        match outcome {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error))
                if error.err().is_conditional_check_failed_exception() =>
            {
                Err(StoreError::NoRegistration)
            }
            Err(error) => Err(StoreError::call("dynamodb:UpdateItem of a registration", error)),
        }
    }
}

fn tier_key(tier: Tier) -> String {
    format!("tier#{tier}")
}

fn item_error(source: serde_dynamo::Error) -> StoreError {
    StoreError::Item { table: "registrations", source }
}

fn registered(client: &ClientId, items: Vec<Item>) -> Result<Option<Registered>, StoreError> {
    let mut by_key: HashMap<String, Item> = HashMap::new();
    for item in items {
        if let Some(AttributeValue::S(key)) = item.get("client_id") {
            by_key.insert(key.clone(), item);
        }
    }
    let Some(item) = by_key.remove(client.as_str()) else { return Ok(None) };
    let registration: Registration = serde_dynamo::from_item(item).map_err(item_error)?;
    let of_tier = match by_key.remove(&tier_key(registration.tier)) {
        Some(item) => serde_dynamo::from_item::<_, TierItem>(item).map_err(item_error)?.limits,
        None => Overrides::default(),
    };
    let limits = registration.tier.limits().with(of_tier).with(registration.limits);
    Ok(Some(Registered { registration, limits }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(json: &serde_json::Value) -> Item {
        serde_dynamo::to_item(json).unwrap()
    }

    #[test]
    fn a_clients_limits_go_before_its_tiers_and_these_before_the_published_ones() {
        let items = vec![
            item(&serde_json::json!({"client_id": "tier#partner", "limits": {"per_day": 1}})),
            item(&serde_json::json!({"client_id": "tier#public",
                "limits": {"per_hour": 50, "per_day": 60}})),
            item(&serde_json::json!({"client_id": "abc", "name": "n", "tier": "public",
                "state": "active", "limits": {"per_day": 70},
                "created_at": "2026-11-25T00:00:00Z"})),
        ];
        let found = registered(&ClientId::new("abc"), items).unwrap().unwrap();
        assert_eq!(
            found.limits,
            Limits { per_hour: Some(50), per_day: 70, ..Tier::Public.limits() }
        );
    }

    #[test]
    fn a_tiers_item_is_nobodys_registration() {
        let items = vec![item(&serde_json::json!({"client_id": "tier#public"}))];
        assert_eq!(registered(&ClientId::new("abc"), items).unwrap(), None);
    }
}
