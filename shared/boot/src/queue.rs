//! The loop that serves a function behind a queue.

use std::sync::Arc;
use std::time::Instant;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::Failure;
use lambda_runtime::{Error, LambdaEvent, service_fn};

/// Hands each message's body to `handle`, until the process is told to stop.
///
/// A message whose handling fails comes back after the queue's visibility timeout, and goes to the
/// dead-letter queue when it has come back too often. One line a message is logged: which one, how
/// often it came, what became of it and how long that took; never its body.
pub async fn consume<Deps, Handle, Handled, Failed>(deps: Deps, handle: Handle) -> Result<(), Error>
where
    Deps: Send + Sync + 'static,
    Handle: Fn(Arc<Deps>, String) -> Handled + Send + Sync + 'static,
    Handled: Future<Output = Result<(), Failed>> + Send + 'static,
    Failed: Failure + Send + 'static,
{
    let deps = Arc::new(deps);
    let handle = Arc::new(handle);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| {
        let deps = Arc::clone(&deps);
        let handle = Arc::clone(&handle);
        async move {
            let mut response = SqsBatchResponse::default();
            for message in event.payload.records {
                let id = message.message_id.clone().unwrap_or_default();
                if !is_handled(&deps, handle.as_ref(), message).await {
                    let mut failure = BatchItemFailure::default();
                    failure.item_identifier = id;
                    response.batch_item_failures.push(failure);
                }
            }
            Ok::<_, Error>(response)
        }
    }))
    .await
}

async fn is_handled<Deps, Handle, Handled, Failed>(
    deps: &Arc<Deps>,
    handle: &Handle,
    message: SqsMessage,
) -> bool
where
    Handle: Fn(Arc<Deps>, String) -> Handled,
    Handled: Future<Output = Result<(), Failed>> + Send + 'static,
    Failed: Failure + Send + 'static,
{
    let started = Instant::now();
    let id = message.message_id.unwrap_or_default();
    let receives = message.attributes.get("ApproximateReceiveCount").cloned().unwrap_or_default();
    // In a task of its own, so that a panic costs this message and not the process.
    let outcome = tokio::spawn(handle(Arc::clone(deps), message.body.unwrap_or_default())).await;
    let cause = match &outcome {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.chain()),
        // The panic's own message could repeat what was sent.
        Err(_) => Some("the handler panicked".to_owned()),
    };
    let duration_ms = started.elapsed().as_secs_f64() * 1_000.0;
    match &cause {
        None => tracing::info!(message.id = id, receives, duration_ms, "message handled"),
        Some(cause) => {
            tracing::error!(message.id = id, receives, duration_ms, cause, "message failed");
        }
    }
    cause.is_none()
}
