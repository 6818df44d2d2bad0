//! Starts `tend-registrations`.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use tend_registrations::{Deps, handle};

#[tokio::main]
async fn main() -> Result<(), Error> {
    boot::start_logging();
    let deps = Deps::from_settings().await?;
    let deps = &deps;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<_>| async move {
        handle(deps, event.payload).await.map_err(|error| Error::from(error.to_string()))
    }))
    .await
}
