use aws_config::{BehaviorVersion, SdkConfig};

/// The SDK's configuration: region, credentials and endpoint from the environment.
pub async fn aws_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).load().await
}
