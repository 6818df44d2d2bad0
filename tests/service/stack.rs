//! The running stack that the tests talk to, as the environment describes it.

use std::sync::OnceLock;

use aws_config::{BehaviorVersion, SdkConfig};
use store::{Clients, Operations, Queues, Registrations, sdk};

/// Where everything is.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) base_url: String,
    pub(crate) token_url: String,
    pub(crate) endpoint_url: String,
    pub(crate) registrations_table: String,
    pub(crate) applications_table: String,
    pub(crate) feedback_table: String,
    pub(crate) wrong_codes_table: String,
    pub(crate) quotas_table: String,
    pub(crate) operations_table: String,
    pub(crate) bulk_bucket: String,
    pub(crate) chunks_queue: String,
    pub(crate) finish_queue: String,
    /// Those of uploads, of chunks and of ends.
    pub(crate) dead_letter_queues: [String; 3],
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
        applications_table: setting("APPLICATIONS_TABLE"),
        feedback_table: setting("FEEDBACK_TABLE"),
        wrong_codes_table: setting("WRONG_CODES_TABLE"),
        quotas_table: setting("QUOTAS_TABLE"),
        operations_table: setting("OPERATIONS_TABLE"),
        bulk_bucket: setting("BULK_BUCKET"),
        chunks_queue: setting("CHUNKS_QUEUE_URL"),
        finish_queue: setting("FINISH_QUEUE_URL"),
        dead_letter_queues: [
            setting("FAILED_UPLOADS_QUEUE_URL"),
            setting("FAILED_CHUNKS_QUEUE_URL"),
            setting("FAILED_FINISHES_QUEUE_URL"),
        ],
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

    pub(crate) async fn operations(&self) -> Operations {
        Operations::new(self.dynamodb().await, &self.operations_table, &self.quotas_table)
    }

    pub(crate) async fn queues(&self) -> Queues {
        Queues::new(self.sqs().await, &self.chunks_queue, &self.finish_queue)
    }

    pub(crate) async fn s3(&self) -> sdk::s3::Client {
        sdk::s3::Client::new(&aws().await)
    }

    pub(crate) async fn sqs(&self) -> sdk::sqs::Client {
        sdk::sqs::Client::new(&aws().await)
    }

    pub(crate) async fn cognito(&self) -> sdk::cognito::Client {
        sdk::cognito::Client::new(&aws().await)
    }
}

pub(crate) async fn aws() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).load().await
}
