//! The OpenAPI document of the service.

use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};

/// The service's OpenAPI document, as it is published in `infra/openapi.json`.
#[must_use]
pub fn document() -> OpenApi {
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Occupation Coding Service").build())
        .build()
}
