//! The OpenAPI document of the service, built from the same constants and tables that answer.

mod answers;
mod registrations;
mod routes;
mod schemas;

use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, ClientCredentials, Flow, OAuth2, Scopes, SecurityRequirement,
    SecurityScheme,
};
use utoipa::openapi::server::{ServerBuilder, ServerVariableBuilder};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Server,
};

const DESCRIPTION: &str = "\
Codes free-text job titles and tasks to OSCA and ANZSCO.

Every answer carries `x-request-id`; name it when asking about an answer. Every error body has a \
`message` from a fixed list, and where more can be said, a `detail`. No route takes query-string \
parameters, but for one for operators.";

const TOKENS: &str = "\
A token of the token endpoint (`grant_type=client_credentials`, the client's identifier and secret \
as HTTP Basic authentication), sent as `Authorization: Bearer <token>` or bare, as \
`Authorization: <token>`. It is good for 3,600 seconds. A missing, wrong or expired token and a \
suspended registration are answered with 403.";

const SIGNATURES: &str = "\
An AWS Signature Version 4 for the service `execute-api`, by an identity that AWS IAM allows \
`execute-api:Invoke` on the route. `occoder admin` signs so.";

/// The name of the security scheme, and the scopes that coding needs.
const TOKEN: &str = "token";
const CODE_SCOPE: &str = "occupation-coding/code";
const OPERATOR: &str = "operator";
const BULK_SCOPE: &str = "occupation-coding/bulk";

/// The service's OpenAPI document, as it is published in `infra/openapi.json`.
#[must_use]
pub fn document() -> OpenApi {
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title("Occupation Coding Service")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license))
        .build();
    let tag = |name, description| TagBuilder::new().name(name).description(Some(description));
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([server()]))
        .tags(Some([
            tag(routes::CODING, "One record, or a small batch, in one call.").build(),
            tag(routes::BULK, "Files of one to millions of records, for partners.").build(),
            tag(routes::TOPICS, "The classifications and the models that code to them.").build(),
            tag(registrations::REGISTRATION, "Who may use the service, and under which terms.")
                .build(),
            tag(registrations::OPERATORS, "For those who run the service.").build(),
            tag(routes::SERVICE, "About the service itself.").build(),
        ]))
        .security(Some([SecurityRequirement::new::<_, _, String>(TOKEN, [])]))
        .paths(routes::paths())
        .components(Some(components()))
        .build()
}

fn server() -> Server {
    let variable = |value, description| {
        ServerVariableBuilder::new().default_value(value).description(Some(description)).build()
    };
    ServerBuilder::new()
        .url("https://{host}/{stage}")
        .description(Some("The `ApiUrl` of the deployment"))
        .parameter("host", variable("api.example", "The host of the deployment"))
        .parameter("stage", variable("prod", "The stage of the deployment"))
        .build()
}

fn components() -> Components {
    let scopes = Scopes::from_iter([
        (CODE_SCOPE, "Code single records and small batches"),
        (BULK_SCOPE, "Code files"),
    ]);
    let flow = Flow::ClientCredentials(ClientCredentials::new(
        "https://auth.example/oauth2/token",
        scopes,
    ));
    let signature = ApiKeyValue::with_description("Authorization", SIGNATURES);
    let mut components = ComponentsBuilder::new()
        .security_scheme(TOKEN, SecurityScheme::OAuth2(OAuth2::with_description([flow], TOKENS)))
        .security_scheme(OPERATOR, SecurityScheme::ApiKey(ApiKey::Header(signature)));
    for (name, schema) in schemas::all() {
        components = components.schema(name, schema);
    }
    for (name, header) in answers::headers() {
        components = components.header(name, header);
    }
    components.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/openapi.json");

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a switch of this test alone")]
    fn the_published_document_is_the_one_the_code_describes() {
        let described = document().to_pretty_json().unwrap() + "\n";
        if std::env::var("UPDATE_OPENAPI").is_ok() {
            std::fs::write(PUBLISHED, &described).unwrap();
        }
        let published = std::fs::read_to_string(PUBLISHED).unwrap();
        // As values: the order of an example's keys depends on which crates are built together.
        let read = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        let is_same = read(&published) == read(&described);
        // Not assert_eq, which would print both documents whole.
        assert!(is_same, "infra/openapi.json is out of date; run `make openapi`");
    }
}
