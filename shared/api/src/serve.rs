//! The loop that serves a function.

use std::sync::Arc;
use std::time::Instant;

use domain::{Failure, Kind};
use lambda_http::{Body, Error, Request, Response, service_fn};

use crate::answer::Answer;
use crate::call::Call;
use crate::problem::Problem;

/// A handler panicked: a defect of ours, answered like any other. The panic's own message could
/// repeat what was sent, and stays out of the log.
#[derive(Debug, thiserror::Error)]
#[error("the handler panicked")]
struct Panicked;

impl Failure for Panicked {
    fn kind(&self) -> Kind {
        Kind::Internal
    }
}

/// Serves requests with `handle` until the process is told to stop.
///
/// Every answer carries `x-request-id`. One line a request is logged: who, which route, what came
/// of it and how long it took; nothing of what was sent.
pub async fn serve<Deps, Handle, Handled>(deps: Deps, handle: Handle) -> Result<(), Error>
where
    Deps: Send + Sync + 'static,
    Handle: Fn(Arc<Deps>, Call) -> Handled + Send + Sync + 'static,
    Handled: Future<Output = Result<Answer, Problem>> + Send + 'static,
{
    let deps = Arc::new(deps);
    let handle = Arc::new(handle);
    lambda_http::run(service_fn(move |request: Request| {
        let deps = Arc::clone(&deps);
        let handle = Arc::clone(&handle);
        async move { answer(deps, handle.as_ref(), request.into()).await }
    }))
    .await
}

async fn answer<Deps, Handle, Handled>(
    deps: Arc<Deps>,
    handle: &Handle,
    call: Call,
) -> Result<Response<Body>, Error>
where
    Handle: Fn(Arc<Deps>, Call) -> Handled,
    Handled: Future<Output = Result<Answer, Problem>> + Send + 'static,
{
    let started = Instant::now();
    let request_id = call.request_id.clone();
    let route = call.route.clone();
    let client_id =
        call.caller().map_or_else(|_| String::new(), |caller| caller.client_id.to_string());
    // In a task of its own, so that a panic ends in an answer.
    let answer = match tokio::spawn(handle(deps, call)).await {
        Ok(outcome) => Answer::from(outcome),
        Err(_) => Problem::new(&Panicked).into(),
    };
    let duration_ms = started.elapsed().as_secs_f64() * 1_000.0;
    let status = answer.status();
    if status >= 500 {
        let cause = answer.cause();
        tracing::error!(
            request.id = request_id,
            request.route = route,
            client.id = client_id,
            status,
            duration_ms,
            cause,
            "request failed"
        );
    } else {
        tracing::info!(
            request.id = request_id,
            request.route = route,
            client.id = client_id,
            status,
            duration_ms,
            "request answered"
        );
    }
    Ok(answer.into_response(&request_id))
}
