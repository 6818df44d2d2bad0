//! The command line of the Occupation Coding Service.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    client::cli::main().await
}
