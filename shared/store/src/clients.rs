//! Clients in Cognito: what a registration's credentials are.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{
    OAuthFlowType, TimeUnitsType, TokenValidityUnitsType,
};
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

    /// Deletes a client; it gets no more tokens.
    pub async fn delete(&self, client: &ClientId) -> Result<(), StoreError> {
        self.client
            .delete_user_pool_client()
            .user_pool_id(&self.user_pool_id)
            .client_id(client.as_str())
            .send()
            .await
            .map_err(|error| StoreError::call("cognito-idp:DeleteUserPoolClient", error))?;
        Ok(())
    }

    fn scopes(&self, tier: Tier) -> Vec<String> {
        let mut scopes = vec![format!("{}/code", self.resource_server)];
        if tier.may_use_bulk() {
            scopes.push(format!("{}/bulk", self.resource_server));
        }
        scopes
    }
}
