//! Starts `take-feedback`.

use take_feedback::{Deps, handle};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    boot::start_logging();
    api::serve(Deps::from_settings().await?, handle).await
}
