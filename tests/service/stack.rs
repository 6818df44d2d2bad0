//! The running stack that the tests talk to, as the environment describes it.

use std::sync::OnceLock;

use aws_config::{BehaviorVersion, SdkConfig};
use store::{Clients, Registrations, sdk};

/// Where everything is.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) base_url: String,
    pub(crate) token_url: String,
    pub(crate) endpoint_url: String,
    pub(crate) registrations_table: String,
    pub(crate) quotas_table: String,
    pub(crate) user_pool_id: String,
    pub(crate) resource_server: String,
}

/// The stack; a test fails where there is none.
pub(crate) fn stack() -> &'static Stack {
    static STACK: OnceLock<Stack> = OnceLock::new();
    STACK.get_or_init(|| Stack {
        base_url: setting("BASE_URL"),
        token_url: setting("TOKEN_URL"),
        endpoint_url: setting("AWS_ENDPOINT_URL"),
        registrations_table: setting("REGISTRATIONS_TABLE"),
        quotas_table: setting("QUOTAS_TABLE"),
        user_pool_id: setting("USER_POOL_ID"),
        resource_server: setting("RESOURCE_SERVER"),
    })
}

#[expect(clippy::disallowed_methods, reason = "the stack is described in the environment")]
fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: this test needs a running stack; run `make test`")
    })
}

impl Stack {
    pub(crate) async fn registrations(&self) -> Registrations {
        Registrations::new(self.dynamodb().await, &self.registrations_table)
    }

    pub(crate) async fn clients(&self) -> Clients {
        Clients::new(self.cognito().await, &self.user_pool_id, &self.resource_server)
    }

    pub(crate) async fn dynamodb(&self) -> sdk::dynamodb::Client {
        sdk::dynamodb::Client::new(&aws().await)
    }

    pub(crate) async fn cognito(&self) -> sdk::cognito::Client {
        sdk::cognito::Client::new(&aws().await)
    }
}

async fn aws() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).load().await
}
