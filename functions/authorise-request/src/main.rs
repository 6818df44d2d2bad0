//! Starts `authorise-request`.

use authorise_request::{Deps, handle};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    boot::start_logging();
    let deps = Deps::from_settings().await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| handle(&deps, event.payload))).await
}
