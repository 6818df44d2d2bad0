//! Starts `finish-operation`.

use finish_operation::{Deps, handle};

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    boot::start_logging();
    boot::consume(Deps::from_settings().await?, handle).await
}
