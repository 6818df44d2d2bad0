//! Clients in Cognito: what a registration's credentials are.

use aws_sdk_cognitoidentityprovider::config::retry::RetryConfig;
use aws_sdk_cognitoidentityprovider::error::SdkError;
use aws_sdk_cognitoidentityprovider::types::{
    OAuthFlowType, TimeUnitsType, TokenValidityUnitsType,
};
use aws_sdk_cognitoidentityprovider::{Client, config};
use domain::{ClientId, Tier};

use crate::error::StoreError;

/// How long a token is valid, in minutes: the `expires_in` of 3,600 seconds of the contract.
const TOKEN_MINUTES: i32 = 60;

/// The clients of a user pool.
#[derive(Debug, Clone)]
pub struct Clients {
    client: Client,
    user_pool_id: String,
    resource_server: String,
}

/// What a client proves itself with. The secret is shown once and stored nowhere else.
#[derive(Clone)]
pub struct Credentials {
    /// The client's identifier.
    pub client_id: ClientId,
    /// The client's secret.
    pub client_secret: String,
}

impl Clients {
    /// The clients of that pool, with scopes of that resource server.
    #[must_use]
    pub fn new(
        client: Client,
        user_pool_id: impl Into<String>,
        resource_server: impl Into<String>,
    ) -> Self {
        Self { client, user_pool_id: user_pool_id.into(), resource_server: resource_server.into() }
    }

    /// Creates a client that may ask for tokens with its tier's scopes.
    ///
    /// Tried once: a second attempt after an answer that was lost would make a second client.
    pub async fn create(&self, name: &str, tier: Tier) -> Result<Credentials, StoreError> {
        const OPERATION: &str = "cognito-idp:CreateUserPoolClient";
        let minutes =
            TokenValidityUnitsType::builder().access_token(TimeUnitsType::Minutes).build();
        let answer = self
            .client
            .create_user_pool_client()
            .user_pool_id(&self.user_pool_id)
            .client_name(name)
            .generate_secret(true)
            .allowed_o_auth_flows_user_pool_client(true)
            .allowed_o_auth_flows(OAuthFlowType::ClientCredentials)
            .set_allowed_o_auth_scopes(Some(self.scopes(tier)))
            .token_validity_units(minutes)
            .access_token_validity(TOKEN_MINUTES)
            .customize()
            .config_override(config::Builder::new().retry_config(RetryConfig::disabled()))
            .send()
            .await
            .map_err(|error| StoreError::call(OPERATION, error))?;
        let credentials = answer.user_pool_client.and_then(|created| {
            Some(Credentials {
                client_id: ClientId::new(created.client_id?),
                client_secret: created.client_secret?,
            })
        });
        credentials.ok_or(StoreError::Incomplete { operation: OPERATION })
    }

    /// The clients whose names begin so. Names are ours to give, and Cognito lets two be the same.
    pub async fn named(&self, prefix: &str) -> Result<Vec<ClientId>, StoreError> {
        let pages = self.client.list_user_pool_clients().user_pool_id(&self.user_pool_id);
        let listed: Vec<_> = pages
            .max_results(60)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<_, _>>()
            .await
            .map_err(|error| StoreError::call("cognito-idp:ListUserPoolClients", error))?;
        let ours = listed.into_iter().filter(|client| {
            client.client_name.as_deref().is_some_and(|name| name.starts_with(prefix))
        });
        Ok(ours.filter_map(|client| client.client_id.map(ClientId::new)).collect())
    }

    /// A client with its secret, or `None` if there is no such client.
    pub async fn credentials(&self, client: &ClientId) -> Result<Option<Credentials>, StoreError> {
        let request = self.client.describe_user_pool_client().user_pool_id(&self.user_pool_id);
        match request.client_id(client.as_str()).send().await {
            Ok(answer) => Ok(answer.user_pool_client.and_then(|found| {
                Some(Credentials {
                    client_id: ClientId::new(found.client_id?),
                    client_secret: found.client_secret?,
                })
            })),
            Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => {
                Ok(None)
            }
            Err(error) => Err(StoreError::call("cognito-idp:DescribeUserPoolClient", error)),
        }
    }

    /// Deletes a client, if it is still there; it gets no more tokens.
    pub async fn delete(&self, client: &ClientId) -> Result<(), StoreError> {
        let request = self.client.delete_user_pool_client().user_pool_id(&self.user_pool_id);
        match request.client_id(client.as_str()).send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(error)) if error.err().is_resource_not_found_exception() => {
                Ok(())
            }
            Err(error) => Err(StoreError::call("cognito-idp:DeleteUserPoolClient", error)),
        }
    }

    fn scopes(&self, tier: Tier) -> Vec<String> {
        let mut scopes = vec![format!("{}/code", self.resource_server)];
        if tier.may_use_bulk() {
            scopes.push(format!("{}/bulk", self.resource_server));
        }
        scopes
    }
}
