use api::Caller;
use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerRequestTypeRequest, ApiGatewayCustomAuthorizerResponse,
};
use boot::{SettingError, setting};
use domain::ClientId;
use jiff::Timestamp;
use lambda_runtime::Diagnostic;
use store::{Registrations, StoreError};

use crate::keys::{Keys, KeysError};
use crate::policy::{Access, allow, deny};
use crate::token::{Verifier, VerifyError, bare_token};

/// What the function needs.
#[derive(Debug)]
pub struct Deps {
    /// Verifies tokens.
    pub verifier: Verifier,
    /// Knows the callers.
    pub registrations: Registrations,
    /// The prefix of the scopes.
    pub resource_server: String,
}

/// Nobody could be authorised, through no fault of the caller's.
#[derive(Debug, thiserror::Error)]
pub enum AuthorisationError {
    /// The issuer's keys are out of reach.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The registrations are out of reach.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A setting is missing.
    #[error(transparent)]
    Setting(#[from] SettingError),
}

impl From<AuthorisationError> for Diagnostic {
    fn from(error: AuthorisationError) -> Self {
        Self { error_type: "AuthorisationError".to_owned(), error_message: error.to_string() }
    }
}

impl Deps {
    /// Builds everything from the settings.
    pub async fn from_settings() -> Result<Self, AuthorisationError> {
        let dynamodb = store::sdk::dynamodb::Client::new(&boot::aws_config().await);
        Ok(Self {
            verifier: Verifier::new(Keys::at(setting("JWKS_URL")?)?, &setting("TOKEN_ISSUER")?),
            registrations: Registrations::new(dynamodb, setting("REGISTRATIONS_TABLE")?),
            resource_server: setting("RESOURCE_SERVER")?,
        })
    }
}

/// Answers API Gateway's question who is calling and what that caller may use.
pub async fn handle(
    deps: &Deps,
    request: ApiGatewayCustomAuthorizerRequestTypeRequest,
) -> Result<ApiGatewayCustomAuthorizerResponse, AuthorisationError> {
    let answer = authorise(deps, &request).await;
    if let Err(error) = &answer {
        tracing::error!(error = error as &dyn std::error::Error, "nobody can be authorised");
    }
    answer
}

async fn authorise(
    deps: &Deps,
    request: &ApiGatewayCustomAuthorizerRequestTypeRequest,
) -> Result<ApiGatewayCustomAuthorizerResponse, AuthorisationError> {
    let method_arn = request.method_arn.as_deref().unwrap_or_default();
    let verified = match token_of(request) {
        Ok(token) => deps.verifier.verify(token).await,
        Err(refused) => Err(refused.into()),
    };
    let claims = match verified {
        Ok(claims) => claims,
        Err(VerifyError::Refused(reason)) => {
            tracing::info!(%reason, "request denied");
            return Ok(deny(method_arn));
        }
        Err(VerifyError::Keys(error)) => return Err(error.into()),
    };
    let client_id = ClientId::new(&claims.client_id);
    let registered = deps.registrations.find(&client_id).await?;
    let now = Timestamp::now();
    let Some(registered) = registered.filter(|found| found.registration.is_open_at(now)) else {
        tracing::info!(client.id = %client_id, reason = "no active registration", "request denied");
        return Ok(deny(method_arn));
    };
    let registration = &registered.registration;
    let (tier, measures) = (registration.tier, &registration.measures);
    let access = Access {
        code: claims.grants(&deps.scope("code")) && !measures.bar_coding_at(now),
        bulk: claims.grants(&deps.scope("bulk"))
            && tier.may_use_bulk()
            && !measures.bar_bulk_at(now),
    };
    let caller = Caller {
        client_id: registration.principal().clone(),
        registration_id: registration.registration_id,
        tier,
        limits: measures.applied_to(registered.limits, now),
    };
    Ok(allow(method_arn, &caller, access))
}

impl Deps {
    fn scope(&self, name: &str) -> String {
        format!("{}/{name}", self.resource_server)
    }
}

fn token_of(
    request: &ApiGatewayCustomAuthorizerRequestTypeRequest,
) -> Result<&str, crate::token::Refused> {
    let values = request.multi_value_headers.get_all("authorization").iter();
    // A value that is not text is no token either.
    let values: Vec<&str> = values.map(|value| value.to_str().unwrap_or(",")).collect();
    bare_token(&values)
}
